//! Parts of strings: more of string.h.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::string::{strlen, strnlen};

/// How many bytes a string begins with that are all in the set, or all not.
///
/// # Safety
/// Both are strings.
unsafe fn span(string: *const c_char, set: *const c_char, is_in: bool) -> usize {
    // SAFETY: the caller's promise.
    let (string, set) = unsafe { (CStr::from_ptr(string), CStr::from_ptr(set)) };
    let set = set.to_bytes();
    string.to_bytes().iter().take_while(|byte| set.contains(byte) == is_in).count()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strspn(string: *const c_char, set: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    unsafe { span(string, set, true) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcspn(string: *const c_char, set: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    unsafe { span(string, set, false) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strpbrk(string: *const c_char, set: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let found = string.add(strcspn(string, set)).cast_mut();
        if found.read() == 0 { ptr::null_mut() } else { found }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strtok_r(
    string: *mut c_char,
    set: *const c_char,
    next: *mut *mut c_char,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let start = if string.is_null() { next.read() } else { string };
        if start.is_null() {
            return start;
        }
        let token = start.add(strspn(start, set));
        if token.read() == 0 {
            next.write(ptr::null_mut());
            return ptr::null_mut();
        }
        let end = token.add(strcspn(token, set));
        if end.read() == 0 {
            next.write(ptr::null_mut());
        } else {
            end.write(0);
            next.write(end.add(1));
        }
        token
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strtok(string: *mut c_char, set: *const c_char) -> *mut c_char {
    static NEXT: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
    let mut next = NEXT.load(Ordering::Relaxed);
    // SAFETY: the caller's promise.
    let token = unsafe { strtok_r(string, set, &mut next) };
    NEXT.store(next, Ordering::Relaxed);
    token
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strsep(string: *mut *mut c_char, set: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let start = string.read();
        if start.is_null() {
            return start;
        }
        let end = start.add(strcspn(start, set));
        if end.read() == 0 {
            string.write(ptr::null_mut());
        } else {
            end.write(0);
            string.write(end.add(1));
        }
        start
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strncat(to: *mut c_char, from: *const c_char, limit: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let (end, count) = (to.add(strlen(to)), strnlen(from, limit));
        end.copy_from_nonoverlapping(from, count);
        end.add(count).write(0);
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn stpcpy(to: *mut c_char, from: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let size = strlen(from);
        to.copy_from_nonoverlapping(from, size + 1);
        to.add(size)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn stpncpy(to: *mut c_char, from: *const c_char, size: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe {
        let count = strnlen(from, size);
        to.copy_from_nonoverlapping(from, count);
        to.add(count).write_bytes(0, size - count);
        to.add(count)
    }
}

/// Returns how many bytes the whole has.
#[unsafe(no_mangle)]
unsafe extern "C" fn strlcpy(to: *mut c_char, from: *const c_char, size: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let whole = strlen(from);
        if let Some(room) = size.checked_sub(1) {
            let count = whole.min(room);
            to.copy_from_nonoverlapping(from, count);
            to.add(count).write(0);
        }
        whole
    }
}

/// Returns how many bytes the whole has.
#[unsafe(no_mangle)]
unsafe extern "C" fn strlcat(to: *mut c_char, from: *const c_char, size: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let there = strnlen(to, size);
        there + strlcpy(to.add(there), from, size - there)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mempcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe {
        to.cast::<u8>().copy_from_nonoverlapping(from.cast(), count);
        to.byte_add(count)
    }
}

/// Copies until a byte, and returns what is behind it; null if it does not occur.
#[unsafe(no_mangle)]
unsafe extern "C" fn memccpy(
    to: *mut c_void,
    from: *const c_void,
    last: c_int,
    count: usize,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe {
        let found = guest_rt::scan::find(from.cast(), count, last as u8);
        let end = mempcpy(to, from, found.map_or(count, |index| index + 1));
        if found.is_some() { end } else { ptr::null_mut() }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmem(
    bytes: *const c_void,
    size: usize,
    wanted: *const c_void,
    wanted_size: usize,
) -> *mut c_void {
    if wanted_size == 0 {
        return bytes.cast_mut();
    }
    // SAFETY: the caller's promise, of sizes that are not 0.
    let (bytes, wanted) = unsafe {
        let bytes =
            if size == 0 { &[] } else { core::slice::from_raw_parts(bytes.cast::<u8>(), size) };
        (bytes, core::slice::from_raw_parts(wanted.cast::<u8>(), wanted_size))
    };
    let found = bytes.windows(wanted_size).position(|part| part == wanted);
    found.map_or(ptr::null_mut(), |index| bytes[index..].as_ptr().cast_mut().cast())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strcasestr(string: *const c_char, wanted: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let (text, wanted) = unsafe { (CStr::from_ptr(string), CStr::from_ptr(wanted)) };
    let (text, wanted) = (text.to_bytes(), wanted.to_bytes());
    let is_here = |&start: &usize| {
        text[start..].get(..wanted.len()).is_some_and(|part| part.eq_ignore_ascii_case(wanted))
    };
    let found = (0..=text.len()).find(is_here);
    found.map_or(ptr::null_mut(), |index| string.wrapping_add(index).cast_mut())
}

/// C's locale orders strings by their bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn strcoll(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { crate::string::strcmp(left, right) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strxfrm(to: *mut c_char, from: *const c_char, size: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { strlcpy(to, from, size) }
}
