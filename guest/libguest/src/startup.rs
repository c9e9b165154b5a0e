//! What the program was started with.

use core::cell::UnsafeCell;
use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};

use guest_rt::processargs::HandleInfo;
use guest_rt::stdio::{STDERR, STDOUT};
use guest_rt::{Handle, Startup};
use zx_abi::Status;

struct Kept {
    locked: AtomicBool,
    startup: UnsafeCell<Option<Startup>>,
}

// SAFETY: `locked` admits one thread at a time.
unsafe impl Sync for Kept {}

static KEPT: Kept = Kept { locked: AtomicBool::new(false), startup: UnsafeCell::new(None) };

impl Kept {
    /// Does something with the contents, briefly and without doing it again inside.
    fn with<T>(&self, act: impl FnOnce(&mut Option<Startup>) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            hint::spin_loop();
        }
        // SAFETY: nobody else has passed the lock.
        let result = act(unsafe { &mut *self.startup.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

/// Keeps what the message said.
pub fn keep(startup: Startup) {
    KEPT.with(|kept| *kept = Some(startup));
}

/// Strings of a process.
const ARGUMENTS: u32 = 0;
const ENVIRONMENT: u32 = 1;
const NAMESPACE: u32 = 2;

/// The string at an index of the arguments (0), the environment (1) or the namespace's paths (2),
/// and its size in bytes; null after the last one.
///
/// # Safety
/// `size` is valid for the write.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_string(list: u32, index: usize, size: *mut usize) -> *const u8 {
    let string = KEPT.with(|kept| {
        let startup = kept.as_ref()?;
        let mut strings = match list {
            ARGUMENTS => startup.args(),
            ENVIRONMENT => startup.environ(),
            NAMESPACE => startup.names(),
            _ => return None,
        };
        strings.nth(index)
    });
    // SAFETY: the caller's promise.
    unsafe { size.write(string.map_or(0, <[u8]>::len)) };
    string.map_or(core::ptr::null(), <[u8]>::as_ptr)
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

/// Writes to standard output (1) or standard error (2), and returns a status.
///
/// # Safety
/// The bytes have this size.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_write(stream: u32, bytes: *const u8, size: usize) -> i32 {
    let stream = match stream {
        1 => &STDOUT,
        2 => &STDERR,
        _ => return Status::BAD_HANDLE.into_raw(),
    };
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(bytes, size) };
    stream.write_all(bytes).err().unwrap_or(Status::OK).into_raw()
}
