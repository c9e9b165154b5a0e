//! Opening streams, and closing them.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use super::File;
use super::stream::{STDERR, STDIN, STDOUT};
use crate::{errno, extensions, memory, temporary};

const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0x1_0000;
const O_EXCL: c_int = 0x2_0000;
const O_TRUNC: c_int = 0x4_0000;
const O_APPEND: c_int = 0x10_0000;
const O_CLOEXEC: c_int = 0x100;

/// Who may do what with a new file.
const MODE: u32 = 0o666;

/// What `fopen` says in letters.
fn flags(mode: &[u8]) -> Option<c_int> {
    let (first, others) = mode.split_first()?;
    let flags = match first {
        b'r' => 0,
        b'w' => O_WRONLY | O_CREAT | O_TRUNC,
        b'a' => O_WRONLY | O_CREAT | O_APPEND,
        _ => return None,
    };
    Some(others.iter().fold(flags, |flags, letter| match letter {
        b'+' => flags & !O_WRONLY | O_RDWR,
        b'x' => flags | O_EXCL,
        b'e' => flags | O_CLOEXEC,
        _ => flags,
    }))
}

/// Opens a file, and returns its descriptor; -1 if that fails.
///
/// # Safety
/// Both are strings.
unsafe fn open(path: *const c_char, mode: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let mode = unsafe { CStr::from_ptr(mode) }.to_bytes();
    match (flags(mode), extensions::open()) {
        // SAFETY: the caller's promise.
        (Some(flags), Some(open)) => unsafe { open(path, flags, MODE) },
        (None, _) => errno::fail(errno::EINVAL),
        (_, None) => errno::fail(errno::ENOSYS),
    }
}

/// A stream of a descriptor; null without memory.
fn stream(fd: c_int) -> *mut File {
    let file = memory::malloc(size_of::<File>()).cast::<File>();
    if !file.is_null() {
        // SAFETY: the block has room for it.
        unsafe { file.write(File::new(fd)) };
    }
    file
}

/// A stream of a descriptor that nobody else has; null without memory.
fn stream_of(fd: c_int) -> *mut File {
    let file = stream(fd);
    if file.is_null() {
        // Only the descriptor is left to close.
        let _ = File::new(fd).close();
    }
    file
}

fn is_standard(file: *const File) -> bool {
    [&STDIN, &STDOUT, &STDERR].into_iter().any(|standard| ptr::eq(standard, file))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fopen(path: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let fd = unsafe { open(path, mode) };
    if fd < 0 {
        return ptr::null_mut();
    }
    stream_of(fd)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdopen(fd: c_int, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(flags) = flags(unsafe { CStr::from_ptr(mode) }.to_bytes()) else {
        errno::set(errno::EINVAL);
        return ptr::null_mut();
    };
    if flags & O_APPEND != 0 {
        append(fd);
    }
    stream(fd)
}

/// Lets what is written to a file go to its end, if the descriptor is one of a file.
fn append(fd: c_int) {
    const F_GETFL: c_int = 3;
    const F_SETFL: c_int = 4;
    let Some(control) = extensions::control() else { return };
    // SAFETY: takes no pointer.
    unsafe {
        let flags = control(fd, F_GETFL, 0);
        if flags >= 0 && flags & O_APPEND == 0 {
            let _ = control(fd, F_SETFL, flags | O_APPEND);
        }
    }
}

/// The stream keeps its descriptor's number, if it can.
#[unsafe(no_mangle)]
unsafe extern "C" fn freopen(
    path: *const c_char,
    mode: *const c_char,
    file: *mut File,
) -> *mut File {
    if path.is_null() {
        errno::set(errno::ENOSYS);
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let (fd, stream) = unsafe { (open(path, mode), &*file) };
    if fd < 0 {
        // SAFETY: as above.
        unsafe { fclose(file) };
        return ptr::null_mut();
    }
    let before = stream.fd();
    // SAFETY: takes no pointer.
    let kept = extensions::dup2().is_some_and(|dup2| unsafe { dup2(fd, before) } == before);
    if kept {
        // It has two numbers now.
        let _ = File::new(fd).close();
        stream.set_fd(before);
    } else {
        let _ = stream.close();
        stream.set_fd(fd);
    }
    file
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fclose(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let closed = unsafe { &*file }.close();
    if !is_standard(file) {
        // SAFETY: it is one of `stream`, and nobody uses it any more.
        unsafe { memory::free(file.cast::<c_void>()) };
    }
    closed
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fileno(file: *const File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*file }.fd()
}

/// A file that is nowhere to be found, and goes when it is closed.
#[unsafe(no_mangle)]
extern "C" fn tmpfile() -> *mut File {
    let mut path = *b"/tmp/tmpfileXXXXXX\0";
    // SAFETY: it is a template, then a path.
    let fd = unsafe {
        let fd = temporary::mkstemp(path.as_mut_ptr().cast());
        if fd >= 0 {
            // Where it cannot be removed, it stays.
            let _ = temporary::remove(path.as_ptr().cast());
        }
        fd
    };
    if fd < 0 { ptr::null_mut() } else { stream_of(fd) }
}

/// There are no commands of a shell.
#[unsafe(no_mangle)]
extern "C" fn popen(_command: *const c_char, _mode: *const c_char) -> *mut File {
    errno::set(errno::ENOSYS);
    ptr::null_mut()
}
