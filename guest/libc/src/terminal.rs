//! Settings of terminals, of which there are none: termios.h.

use core::ffi::c_int;

use crate::errno::{self, EINVAL};

/// `struct termios`, as far as speeds and raw terminals go.
#[repr(C)]
struct Settings {
    input: u32,
    output: u32,
    control: u32,
    local: u32,
    line: u8,
    characters: [u8; 32],
    input_speed: u32,
    output_speed: u32,
}

/// The bits of `control` that are the speed (`CBAUD`).
const SPEED: u32 = 0o010_017;

const VTIME: usize = 5;
const VMIN: usize = 6;

#[unsafe(no_mangle)]
unsafe extern "C" fn cfgetospeed(settings: *const Settings) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { (*settings).control & SPEED }
}

/// That of output.
#[unsafe(no_mangle)]
unsafe extern "C" fn cfgetispeed(settings: *const Settings) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { cfgetospeed(settings) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cfsetospeed(settings: *mut Settings, speed: u32) -> c_int {
    if speed & !SPEED != 0 {
        return errno::fail(EINVAL);
    }
    // SAFETY: the caller's promise.
    let settings = unsafe { &mut *settings };
    settings.control = settings.control & !SPEED | speed;
    0
}

/// 0 stands for that of output, as which it is anyway.
#[unsafe(no_mangle)]
unsafe extern "C" fn cfsetispeed(settings: *mut Settings, speed: u32) -> c_int {
    // SAFETY: the caller's promise.
    if speed == 0 { 0 } else { unsafe { cfsetospeed(settings, speed) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn cfsetspeed(settings: *mut Settings, speed: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { cfsetospeed(settings, speed) }
}

/// Lets bytes pass as they are, each as it comes.
#[unsafe(no_mangle)]
unsafe extern "C" fn cfmakeraw(settings: *mut Settings) {
    // SAFETY: the caller's promise.
    let settings = unsafe { &mut *settings };
    // IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON.
    settings.input &= !0o2753;
    // OPOST.
    settings.output &= !1;
    // CSIZE, PARENB; CS8.
    settings.control = settings.control & !0x130 | 0x30;
    // ISIG, ICANON, ECHO, ECHONL, IEXTEN.
    settings.local &= !0x804b;
    settings.characters[VMIN] = 1;
    settings.characters[VTIME] = 0;
}
