//! Strings of C, and texts for people.

use alloc::string::String;
use core::ffi::{CStr, c_char};
use core::fmt::{Arguments, Write};

use crate::errno::{EINVAL, Result};

/// A string that is passed.
///
/// # Errors
/// EINVAL for null.
///
/// # Safety
/// The pointer is null or a string, which stays.
pub unsafe fn text<'a>(pointer: *const c_char) -> Result<&'a [u8]> {
    if pointer.is_null() {
        return Err(EINVAL);
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// A text. `format!` would be compiled to be unwound, which nothing here is.
pub fn written(text: Arguments<'_>) -> String {
    let mut string = String::new();
    // A string takes everything.
    let _ = string.write_fmt(text);
    string
}
