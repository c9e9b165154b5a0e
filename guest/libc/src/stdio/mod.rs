//! stdio.h, as far as programs that log need it: the standard streams, without buffers, and the
//! `printf` family.

mod format;
mod printf;

use core::ffi::{CStr, c_char, c_int, c_void};
use core::{ptr, slice};

use guest_rt::debug;

use crate::{errno, extensions, string};

/// `FILE`: a stream is its descriptor.
pub struct File {
    fd: c_int,
}

/// A pointer to a stream, which programs import by its name.
#[repr(transparent)]
struct Stream(*const File);

// SAFETY: what it points to never changes.
unsafe impl Sync for Stream {}

#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stdin: Stream = Stream(&File { fd: 0 });
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stdout: Stream = Stream(&File { fd: 1 });
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals, reason = "C's name")]
static stderr: Stream = Stream(&File { fd: 2 });

impl File {
    /// Writes everything. Without `libfdio.so` it goes to the kernel's console.
    fn write(&self, mut bytes: &[u8]) -> Result<(), ()> {
        let Some(write) = extensions::write() else {
            return debug::write(bytes).map_err(|_| errno::set(errno::EIO));
        };
        while !bytes.is_empty() {
            // SAFETY: the bytes have the size passed.
            let written = unsafe { write(self.fd, bytes.as_ptr().cast(), bytes.len()) };
            let written = usize::try_from(written).map_err(|_| ())?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

/// Nothing is kept back.
pub fn flush_all() {}

#[unsafe(no_mangle)]
extern "C" fn fflush(_file: *mut File) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fileno(file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { (*file).fd }
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
    unsafe { fputc(character, stdout.0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn puts(text: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { printf::line(&*stdout.0, CStr::from_ptr(text).to_bytes()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn perror(text: *const c_char) {
    let error = crate::thread::Thread::current().errno.get();
    let mut message = [0; 64];
    // SAFETY: the buffer has the size passed; the caller's promise.
    unsafe {
        errno::strerror_r(error, message.as_mut_ptr(), message.len());
        if !text.is_null() && string::strlen(text) != 0 {
            fputs(text, stderr.0);
            fputs(c": ".as_ptr(), stderr.0);
        }
        printf::line(&*stderr.0, CStr::from_ptr(ptr::from_ref(&message).cast()).to_bytes());
    }
}
