//! Files and directories with names of their own: stdlib.h.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int};
use core::{ptr, slice};

use guest_rt::system;

use crate::{errno, extensions};

const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0x1_0000;
const O_EXCL: c_int = 0x2_0000;

/// How often a name is tried.
const TRIES: usize = 100;
const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
const X: &[u8] = b"XXXXXX";

/// Replaces the six X before the end, or before a suffix, until `make` makes what has that name.
///
/// # Safety
/// The template is a string that nobody else uses.
unsafe fn with_name(
    template: *mut c_char,
    suffix: c_int,
    make: impl Fn(*const c_char) -> c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let bytes = unsafe {
        slice::from_raw_parts_mut(template.cast::<u8>(), CStr::from_ptr(template).count_bytes())
    };
    let place = usize::try_from(suffix).ok().and_then(|suffix| {
        let end = bytes.len().checked_sub(suffix)?;
        bytes.get_mut(end.checked_sub(X.len())?..end).filter(|place| **place == *X)
    });
    let Some(place) = place else { return errno::fail(errno::EINVAL) };
    for _ in 0..TRIES {
        system::random(place);
        for byte in place.iter_mut() {
            *byte = LETTERS[usize::from(*byte) % LETTERS.len()];
        }
        let made = make(template);
        if made >= 0 || errno::get() != errno::EEXIST {
            return made;
        }
    }
    place.copy_from_slice(X);
    errno::fail(errno::EEXIST)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkostemps(template: *mut c_char, suffix: c_int, flags: c_int) -> c_int {
    let Some(open) = extensions::open() else { return errno::fail(errno::ENOSYS) };
    // SAFETY: the caller's promise.
    unsafe {
        with_name(template, suffix, |path| open(path, flags | O_RDWR | O_CREAT | O_EXCL, 0o600))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkstemps(template: *mut c_char, suffix: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, suffix, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkostemp(template: *mut c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, 0, flags) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkstemp(template: *mut c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkostemps(template, 0, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdtemp(template: *mut c_char) -> *mut c_char {
    let Some(mkdir) = extensions::mkdir() else {
        errno::set(errno::ENOSYS);
        return ptr::null_mut();
    };
    // SAFETY: the caller's promise.
    let made = unsafe { with_name(template, 0, |path| mkdir(path, 0o700)) };
    if made < 0 { ptr::null_mut() } else { template }
}

/// What `tmpnam` makes names of. A buffer for one has 20 bytes (`L_tmpnam`).
const TEMPLATE: [u8; 19] = *b"/tmp/tmpnam_XXXXXX\0";

/// The name that the last call without a buffer has made.
struct Last(UnsafeCell<[u8; TEMPLATE.len()]>);

// SAFETY: C says that who calls `tmpnam` so sees to it that nobody else does.
unsafe impl Sync for Last {}

static LAST: Last = Last(UnsafeCell::new(TEMPLATE));

/// A name that nothing has. Null if none is found; Fuchsia's libc takes one that something has, and
/// so finds none.
#[unsafe(no_mangle)]
unsafe extern "C" fn tmpnam(buffer: *mut c_char) -> *mut c_char {
    let Some(access) = extensions::access() else {
        errno::set(errno::ENOSYS);
        return ptr::null_mut();
    };
    let name = if buffer.is_null() { LAST.0.get().cast() } else { buffer };
    // SAFETY: the caller's promise: it has room for a name, and nobody else uses it.
    unsafe {
        name.cast::<u8>().copy_from_nonoverlapping(TEMPLATE.as_ptr(), TEMPLATE.len());
        let is_taken = |path| {
            if access(path, 0) == 0 {
                return errno::fail(errno::EEXIST);
            }
            if errno::get() == errno::ENOENT { 0 } else { -1 }
        };
        if with_name(name, 0, is_taken) < 0 { ptr::null_mut() } else { name }
    }
}

/// A file or an empty directory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remove(path: *const c_char) -> c_int {
    let (Some(unlink), Some(rmdir)) = (extensions::unlink(), extensions::rmdir()) else {
        return errno::fail(errno::ENOSYS);
    };
    // SAFETY: the caller's promise.
    unsafe {
        let removed = unlink(path);
        if removed < 0 && errno::get() == errno::EISDIR { rmdir(path) } else { removed }
    }
}
