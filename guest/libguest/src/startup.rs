//! What the program was started with.

use core::ptr;

use guest_rt::processargs::HandleInfo;
use guest_rt::{Handle, Startup};

use crate::locked::Locked;
use crate::{fds, namespace};

static KEPT: Locked<Option<Startup>> = Locked::new(None);

/// Makes file descriptors and the namespace of what the message has for them, and keeps the rest.
pub fn keep(mut startup: Startup) {
    fds::adopt(&mut startup);
    namespace::adopt(&startup);
    KEPT.with(|kept| *kept = Some(startup));
}

/// Strings of a process.
const ARGUMENTS: u32 = 0;
const ENVIRONMENT: u32 = 1;

/// The arguments (0) or the environment (1): strings, each with a NUL at its end, of so many bytes
/// together.
///
/// # Safety
/// `size` is valid for the write.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_strings(list: u32, size: *mut usize) -> *const u8 {
    let strings = KEPT.with(|kept| {
        let startup = kept.as_ref()?;
        match list {
            ARGUMENTS => Some(startup.args().as_bytes()),
            ENVIRONMENT => Some(startup.environ().as_bytes()),
            _ => None,
        }
    });
    // SAFETY: the caller's promise.
    unsafe { size.write(strings.map_or(0, <[u8]>::len)) };
    strings.map_or(ptr::null(), <[u8]>::as_ptr)
}

/// The startup handle at an index, which stays here, and its info. What was taken is 0; after the
/// last one, so are both.
///
/// # Safety
/// `info` is valid for the write.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_handle(index: usize, info: *mut u32) -> u32 {
    let found = KEPT.with(|kept| kept.as_ref()?.handles().nth(index));
    let (found_info, handle) = found.unwrap_or((HandleInfo::from_raw(0), Handle::INVALID));
    // SAFETY: the caller's promise.
    unsafe { info.write(found_info.into_raw()) };
    handle.into_raw()
}

/// Takes the startup handle of this info out; 0 if there is none (zircon/processargs.h).
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn zx_take_startup_handle(info: u32) -> u32 {
    let info = HandleInfo::from_raw(info);
    KEPT.with(|kept| kept.as_mut()?.take_info(info)).unwrap_or(Handle::INVALID).into_raw()
}

/// Where the vDSO is mapped.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub extern "C" fn guest_vdso_base() -> usize {
    KEPT.with(|kept| kept.as_ref().map_or(0, Startup::vdso_base))
}
