//! Random bytes.

use core::ffi::{c_int, c_void};
use core::slice;

use guest_rt::system;

use crate::errno;

/// Bytes that [`getentropy`] gives at a time, at most.
const MAX_ENTROPY: usize = 256;

#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut c_void, size: usize) -> c_int {
    if size > MAX_ENTROPY {
        return errno::fail(errno::EIO);
    }
    // SAFETY: the caller's promise.
    unsafe { getrandom(buffer, size, 0) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, size: usize, _flags: u32) -> isize {
    if size != 0 {
        // SAFETY: the caller's buffer has this size.
        system::random(unsafe { slice::from_raw_parts_mut(buffer.cast(), size) });
    }
    size as isize
}
