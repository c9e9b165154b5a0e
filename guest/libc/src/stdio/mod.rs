//! stdio.h: streams, and the `printf` and `scanf` families. What is written is written at once; only what is read
//! is read ahead.

mod args;
mod float;
mod format;
mod open;
mod printf;
mod read;
mod scanf;
mod stream;
mod syslog;

use core::ffi::{CStr, c_char, c_int, c_void};
use core::{ptr, slice};

use crate::{errno, string};
use stream::{STDERR, STDOUT};

pub use stream::File;

/// Nothing is kept back.
pub fn flush_all() {}

#[unsafe(no_mangle)]
extern "C" fn fflush(_file: *mut File) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fwrite(
    bytes: *const c_void,
    size: usize,
    count: usize,
    file: *const File,
) -> usize {
    let Some(whole) = size.checked_mul(count).filter(|&whole| whole != 0) else { return 0 };
    // SAFETY: the caller's promise.
    let written = unsafe { (*file).write(slice::from_raw_parts(bytes.cast(), whole)) };
    if written.is_ok() { count } else { 0 }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fputs(text: *const c_char, file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    let written = unsafe { (*file).write(CStr::from_ptr(text).to_bytes()) };
    if written.is_ok() { 0 } else { -1 }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fputc(character: c_int, file: *const File) -> c_int {
    let byte = character as u8;
    // SAFETY: the caller's promise.
    if unsafe { (*file).write(&[byte]) }.is_ok() { byte.into() } else { -1 }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn putc(character: c_int, file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fputc(character, file) }
}

#[unsafe(no_mangle)]
extern "C" fn putchar(character: c_int) -> c_int {
    // SAFETY: the stream is there.
    unsafe { fputc(character, &STDOUT) }
}

#[unsafe(no_mangle)]
extern "C" fn putchar_unlocked(character: c_int) -> c_int {
    putchar(character)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn puts(text: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { printf::line(&STDOUT, CStr::from_ptr(text).to_bytes()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn perror(text: *const c_char) {
    let error = errno::get();
    let mut message = [0; 64];
    // SAFETY: the buffer has the size passed; the caller's promise.
    unsafe {
        errno::strerror_r(error, message.as_mut_ptr(), message.len());
        if !text.is_null() && string::strlen(text) != 0 {
            fputs(text, &STDERR);
            fputs(c": ".as_ptr(), &STDERR);
        }
        printf::line(&STDERR, CStr::from_ptr(ptr::from_ref(&message).cast()).to_bytes());
    }
}
