//! The `printf` family.

use core::ffi::{c_char, c_int};

use super::File;
use super::args::{VaList, variadic};
use super::format::{Output, format};
use super::stream::STDOUT;
use crate::memory;

/// Gathers pieces, so that a line is one call.
struct Buffered<'a> {
    file: &'a File,
    bytes: [u8; 512],
    used: usize,
    failed: bool,
}

impl<'a> Buffered<'a> {
    fn new(file: &'a File) -> Self {
        Self { file, bytes: [0; 512], used: 0, failed: false }
    }

    fn flush(&mut self) {
        let bytes = self.bytes.get(..self.used).unwrap_or_default();
        self.failed |= self.file.write(bytes).is_err();
        self.used = 0;
    }
}

impl Output for Buffered<'_> {
    fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.used == self.bytes.len() {
                self.flush();
            }
            self.bytes[self.used] = byte;
            self.used += 1;
        }
    }
}

/// Writes a line.
pub fn line(file: &File, text: &[u8]) -> c_int {
    let mut output = Buffered::new(file);
    output.put(text);
    output.put(b"\n");
    output.flush();
    if output.failed { -1 } else { 0 }
}

/// A string of the caller's, which ends with a NUL.
struct Text {
    next: *mut c_char,
    /// Without the NUL.
    left: usize,
}

impl Output for Text {
    fn put(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(self.left);
        // SAFETY: the caller's string has as much room.
        unsafe { self.next.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), count) };
        self.next = self.next.wrapping_add(count);
        self.left -= count;
    }
}

fn count(count: Option<usize>) -> c_int {
    count.and_then(|count| count.try_into().ok()).unwrap_or(-1)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vfprintf(file: *const File, text: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let mut output = Buffered::new(&*file);
        let size = format(&mut output, text, &mut *args);
        output.flush();
        if output.failed { -1 } else { count(size) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vprintf(text: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(&STDOUT, text, args) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vsnprintf(
    out: *mut c_char,
    size: usize,
    text: *const c_char,
    args: *mut VaList,
) -> c_int {
    let mut output = Text { next: out, left: size.saturating_sub(1) };
    // SAFETY: the caller's promise.
    unsafe {
        let whole = format(&mut output, text, &mut *args);
        if size != 0 {
            output.next.write(0);
        }
        count(whole)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vsprintf(out: *mut c_char, text: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vsnprintf(out, isize::MAX as usize, text, args) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn vdprintf(fd: c_int, text: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(&File::new(fd), text, args) }
}

/// Counts what there is to say.
struct Nothing;

impl Output for Nothing {
    fn put(&mut self, _bytes: &[u8]) {}
}

/// Into a block, which the caller frees.
#[unsafe(no_mangle)]
unsafe extern "C" fn vasprintf(
    out: *mut *mut c_char,
    text: *const c_char,
    args: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise; the block has room for all.
    unsafe {
        let Some(size) = format(&mut Nothing, text, &mut (*args).clone()) else { return -1 };
        let size = size.saturating_add(1);
        let block = memory::malloc(size).cast::<c_char>();
        if block.is_null() {
            return -1;
        }
        out.write(block);
        vsnprintf(block, size, text, args)
    }
}

variadic!(printf, 1, "rsi", vprintf);
variadic!(fprintf, 2, "rdx", vfprintf);
variadic!(sprintf, 2, "rdx", vsprintf);
variadic!(snprintf, 3, "rcx", vsnprintf);
variadic!(dprintf, 2, "rdx", vdprintf);
variadic!(asprintf, 2, "rdx", vasprintf);
