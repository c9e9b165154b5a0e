//! The little of wchar.h that is declared elsewhere.

use core::ffi::{c_char, c_int};
use core::ptr;

use crate::errno;

/// What a `wchar_t` is; nothing for what is no character.
pub fn character(number: c_int) -> Option<char> {
    u32::try_from(number).ok().and_then(char::from_u32)
}

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

/// In UTF-8. Returns how many bytes these are, without a NUL, which is only there if there is room for
/// it; all bits for what is no character.
#[unsafe(no_mangle)]
unsafe extern "C" fn wcstombs(out: *mut c_char, string: *const c_int, size: usize) -> usize {
    let mut used = 0;
    // SAFETY: the caller's promise: the string ends with 0, and there is room, if it is asked for.
    unsafe {
        for index in 0.. {
            let Some(character) = character(string.add(index).read()) else {
                errno::set(errno::EILSEQ);
                return usize::MAX;
            };
            if character == '\0' {
                break;
            }
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            if !out.is_null() {
                if bytes.len() > size - used {
                    return used;
                }
                out.cast::<u8>().add(used).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
            used += bytes.len();
        }
        if !out.is_null() && used < size {
            out.add(used).write(0);
        }
    }
    used
}
