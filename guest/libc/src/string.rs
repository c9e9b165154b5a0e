//! string.h. What compilers call (`memcpy` and its kin) is in `guest_rt`, which every image has.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use guest_rt::scan;

use crate::memory;

macro_rules! byte {
    ($string:expr, $index:expr) => {
        // SAFETY: nothing behind the NUL, or beyond the count, is looked at; the caller's promise.
        unsafe { $string.cast::<u8>().add($index).read() }
    };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn strlen(string: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    unsafe { scan::find_or_nul(string.cast(), 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn strnlen(string: *const c_char, limit: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { scan::find(string.cast(), limit, 0) }.unwrap_or(limit)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn strcmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strncmp(left, right, usize::MAX) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncmp(left: *const c_char, right: *const c_char, limit: usize) -> c_int {
    compare(left, right, limit, |byte| byte)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcasecmp(left: *const c_char, right: *const c_char) -> c_int {
    compare(left, right, usize::MAX, |byte| byte.to_ascii_lowercase())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncasecmp(left: *const c_char, right: *const c_char, limit: usize) -> c_int {
    compare(left, right, limit, |byte| byte.to_ascii_lowercase())
}

fn compare(
    left: *const c_char,
    right: *const c_char,
    limit: usize,
    key: impl Fn(u8) -> u8,
) -> c_int {
    for index in 0..limit {
        let (left, right) = (key(byte!(left, index)), key(byte!(right, index)));
        if left != right || left == 0 {
            return c_int::from(left) - c_int::from(right);
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strchr(string: *const c_char, wanted: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    let found = unsafe { strchrnul(string, wanted) };
    if byte!(found, 0) == wanted as u8 { found } else { ptr::null_mut() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strchrnul(string: *const c_char, wanted: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    let index = unsafe { scan::find_or_nul(string.cast(), wanted as u8) };
    string.wrapping_add(index).cast_mut()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strrchr(string: *const c_char, wanted: c_int) -> *mut c_char {
    // SAFETY: the caller's promise; the NUL counts.
    unsafe { memrchr(string.cast(), wanted, strlen(string) + 1).cast() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memchr(bytes: *const c_void, wanted: c_int, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    let found = unsafe { scan::find(bytes.cast(), size, wanted as u8) };
    found.map_or(ptr::null_mut(), |index| bytes.wrapping_add(index).cast_mut())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memrchr(bytes: *const c_void, wanted: c_int, size: usize) -> *mut c_void {
    let found = (0..size).rev().find(|&index| byte!(bytes, index) == wanted as u8);
    found.map_or(ptr::null_mut(), |index| bytes.wrapping_add(index).cast_mut())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strstr(string: *const c_char, wanted: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let size = unsafe { strlen(wanted) };
    let mut start = string;
    loop {
        if compare(start, wanted, size, |byte| byte) == 0 {
            return start.cast_mut();
        }
        if byte!(start, 0) == 0 {
            return ptr::null_mut();
        }
        start = start.wrapping_add(1);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcpy(to: *mut c_char, from: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { to.copy_from_nonoverlapping(from, strlen(from) + 1) };
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncpy(to: *mut c_char, from: *const c_char, size: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let count = strnlen(from, size);
        to.copy_from_nonoverlapping(from, count);
        to.add(count).write_bytes(0, size - count);
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcat(to: *mut c_char, from: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { strcpy(to.add(strlen(to)), from) };
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strdup(string: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { strndup(string, usize::MAX) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strndup(string: *const c_char, limit: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    let size = unsafe { strnlen(string, limit) };
    let copy = memory::malloc(size + 1).cast::<c_char>();
    if !copy.is_null() {
        // SAFETY: the block has room for the string and its NUL.
        unsafe {
            copy.copy_from_nonoverlapping(string, size);
            copy.add(size).write(0);
        }
    }
    copy
}
