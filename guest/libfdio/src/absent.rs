//! What Fuchsia's file systems do not have: symbolic links and special files. What is asked of
//! something else fails as it does where there are none.

use core::ffi::{c_char, c_int};

use crate::errno::{EINVAL, ENOSYS, answer, done};
use crate::open::AT_FDCWD;
use crate::stat::exists;
use crate::text::text;

#[unsafe(no_mangle)]
extern "C" fn symlink(_target: *const c_char, _path: *const c_char) -> c_int {
    done(Err(ENOSYS))
}

#[unsafe(no_mangle)]
extern "C" fn symlinkat(_target: *const c_char, _fd: c_int, _path: *const c_char) -> c_int {
    done(Err(ENOSYS))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn readlink(path: *const c_char, buffer: *mut c_char, size: usize) -> isize {
    // SAFETY: the caller's promise.
    unsafe { readlinkat(AT_FDCWD, path, buffer, size) }
}

/// Nothing is a link: EINVAL.
#[unsafe(no_mangle)]
unsafe extern "C" fn readlinkat(
    fd: c_int,
    path: *const c_char,
    _buffer: *mut c_char,
    _size: usize,
) -> isize {
    // SAFETY: the caller's promise.
    answer(unsafe { text(path) }.and_then(|path| exists(fd, path)).and(Err(EINVAL)))
}

#[unsafe(no_mangle)]
extern "C" fn mkfifo(_path: *const c_char, _mode: u32) -> c_int {
    done(Err(ENOSYS))
}

#[unsafe(no_mangle)]
extern "C" fn mkfifoat(_fd: c_int, _path: *const c_char, _mode: u32) -> c_int {
    done(Err(ENOSYS))
}

#[unsafe(no_mangle)]
extern "C" fn mknod(_path: *const c_char, _mode: u32, _device: u64) -> c_int {
    done(Err(ENOSYS))
}

#[unsafe(no_mangle)]
extern "C" fn mknodat(_fd: c_int, _path: *const c_char, _mode: u32, _device: u64) -> c_int {
    done(Err(ENOSYS))
}
