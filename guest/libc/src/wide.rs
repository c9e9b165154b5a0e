//! The little of wchar.h that is declared elsewhere.

use core::ffi::c_int;
use core::ptr;

#[unsafe(no_mangle)]
unsafe extern "C" fn wcslen(string: *const c_int) -> usize {
    let mut size = 0;
    // SAFETY: the caller's promise: it ends with 0.
    while unsafe { string.add(size).read() } != 0 {
        size += 1;
    }
    size
}

#[unsafe(no_mangle)]
unsafe extern "C" fn wmemchr(string: *const c_int, wanted: c_int, count: usize) -> *mut c_int {
    // SAFETY: the caller's promise: nothing behind the first one is looked at.
    let found = (0..count).find(|&index| unsafe { string.add(index).read() } == wanted);
    found.map_or(ptr::null_mut(), |index| string.wrapping_add(index).cast_mut())
}
