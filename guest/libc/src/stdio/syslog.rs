//! syslog.h. Fuchsia has no such log: a line goes where the program wants it as well, to standard
//! error or, as nobody takes it, to the console.

use core::ffi::{CStr, c_char, c_int};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicI32, AtomicU8, Ordering};

use guest_rt::debug;

use super::args::{VaList, variadic};
use super::format::{Output, format};
use super::stream::STDERR;
use crate::process::getpid;

const LOG_PID: c_int = 0x01;
const LOG_CONS: c_int = 0x02;
const LOG_PERROR: c_int = 0x20;

/// `LOG_PRIMASK`: of a priority, how much it matters. The rest is whom it is about.
const LEVEL: c_int = 7;
/// A line's bytes, at most: what is beyond is left out.
const LINE_MAX: usize = 1024;

/// What lines begin with, and a 0. It is a copy: the program may free its own.
static NAME: [AtomicU8; 32] = [const { AtomicU8::new(0) }; 32];
static OPTIONS: AtomicI32 = AtomicI32::new(0);
/// A bit for each level that is to be told.
static MASK: AtomicI32 = AtomicI32::new(0xff);

#[unsafe(no_mangle)]
unsafe extern "C" fn openlog(name: *const c_char, options: c_int, _facility: c_int) {
    let name = match name.is_null() {
        true => &[],
        // SAFETY: the caller's promise.
        false => unsafe { CStr::from_ptr(name) }.to_bytes(),
    };
    let bytes = name.iter().copied().take(NAME.len() - 1).chain([0]);
    NAME.iter().zip(bytes).for_each(|(place, byte)| place.store(byte, Ordering::Relaxed));
    OPTIONS.store(options, Ordering::Relaxed);
}

/// Nothing is open: as in Fuchsia's libc, name and options stay.
#[unsafe(no_mangle)]
extern "C" fn closelog() {}

/// Returns the mask that was; 0 changes nothing.
#[unsafe(no_mangle)]
extern "C" fn setlogmask(mask: c_int) -> c_int {
    if mask == 0 { MASK.load(Ordering::Relaxed) } else { MASK.swap(mask, Ordering::Relaxed) }
}

/// A line of the log.
struct Line {
    bytes: [u8; LINE_MAX],
    used: usize,
}

impl Output for Line {
    fn put(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(LINE_MAX - self.used);
        self.bytes[self.used..][..count].copy_from_slice(&bytes[..count]);
        self.used += count;
    }
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vsyslog(priority: c_int, text: *const c_char, args: *mut VaList) {
    let options = OPTIONS.load(Ordering::Relaxed);
    if MASK.load(Ordering::Relaxed) & 1 << (priority & LEVEL) == 0 {
        return;
    }
    let mut line = Line { bytes: [0; LINE_MAX], used: 0 };
    let name = NAME.iter().map(|byte| byte.load(Ordering::Relaxed));
    name.take_while(|byte| *byte != 0).for_each(|byte| line.put(&[byte]));
    if options & LOG_PID != 0 {
        let _ = write!(line, "[{}]", getpid());
    }
    line.put(b": ");
    // SAFETY: the caller's promise.
    unsafe { format(&mut line, text, &mut *args) };
    // Room for the end of the line.
    line.used = line.used.min(LINE_MAX - 1);
    if line.bytes[..line.used].last() != Some(&b'\n') {
        line.put(b"\n");
    }
    let bytes = &line.bytes[..line.used];
    // Nobody is told that this fails.
    if options & LOG_PERROR != 0 {
        let _ = STDERR.write(bytes);
    }
    if options & LOG_CONS != 0 {
        let _ = debug::write(bytes);
    }
}

variadic!(syslog, 2, "rdx", vsyslog);
