//! Paths: the working directory, and `realpath`.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use guest_rt::io::OpenFlags;
use guest_rt::lock::Mutex;

use crate::errno::{self, EINVAL, ENAMETOOLONG, ENOENT, ENOTDIR, ERANGE, Result};
use crate::heap::malloc;
use crate::namespace;

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *mut c_char;
}

/// Bytes of a path, at most (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// Without a slash at the end: empty for the root.
static WORKING_DIRECTORY: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A path from the working directory, if it is not absolute, without `.`, `..` and double slashes.
pub fn absolute(path: &[u8]) -> Result<Vec<u8>> {
    if path.is_empty() {
        return Err(ENOENT);
    }
    if path.len() >= MAX_PATH {
        return Err(ENAMETOOLONG);
    }
    let mut made = match path {
        [b'/', ..] => Vec::new(),
        _ => WORKING_DIRECTORY.with(|directory| directory.clone()),
    };
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                let parent = made.iter().rposition(|&byte| byte == b'/');
                made.truncate(parent.unwrap_or(0));
            }
            name => {
                made.push(b'/');
                made.extend_from_slice(name);
            }
        }
    }
    if made.is_empty() {
        made.push(b'/');
    }
    Ok(made)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getcwd(buffer: *mut c_char, size: usize) -> *mut c_char {
    let directory = WORKING_DIRECTORY.with(|directory| directory.clone());
    let directory = if directory.is_empty() { b"/".to_vec() } else { directory };
    // SAFETY: the caller's promise.
    unsafe { copy_out(&directory, buffer, size) }
}

/// Copies a path with its NUL into a buffer, or into a new block if there is none.
///
/// # Safety
/// The buffer is null or has `size` bytes.
unsafe fn copy_out(path: &[u8], buffer: *mut c_char, size: usize) -> *mut c_char {
    let needed = path.len() + 1;
    let buffer = if buffer.is_null() {
        // SAFETY: takes no pointer.
        unsafe { malloc(needed.max(size)).cast() }
    } else if size == 0 {
        errno::set(EINVAL);
        return ptr::null_mut();
    } else if size < needed {
        errno::set(ERANGE);
        return ptr::null_mut();
    } else {
        buffer
    };
    if !buffer.is_null() {
        // SAFETY: there is room for path and NUL.
        unsafe {
            buffer.cast::<u8>().copy_from_nonoverlapping(path.as_ptr(), path.len());
            buffer.add(path.len()).write(0);
        }
    }
    buffer
}

#[unsafe(no_mangle)]
unsafe extern "C" fn chdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    errno::answer(change_to(path).map(|()| 0))
}

/// Begins in the directory that the variable `PWD` names, if it is absolute and there is one
/// (sdk/lib/fdio/unistd.cc): nothing else tells a program where it is.
pub fn begin() {
    // SAFETY: takes a string, and returns null or one of the environment's.
    let path = unsafe { getenv(c"PWD".as_ptr()) };
    if !path.is_null() {
        // SAFETY: see above; nobody has changed the environment yet.
        let path = unsafe { CStr::from_ptr(path) }.to_bytes();
        if path.starts_with(b"/") {
            // Without it, the root remains.
            let _ = change_to(path);
        }
    }
}

fn change_to(path: &[u8]) -> Result {
    let mut path = absolute(path)?;
    if !namespace::open(&path, OpenFlags::READABLE)?.is_directory() {
        return Err(ENOTDIR);
    }
    if path == b"/" {
        path.clear();
    }
    WORKING_DIRECTORY.with(|directory| *directory = path);
    Ok(())
}

/// There are no links to resolve.
#[unsafe(no_mangle)]
unsafe extern "C" fn realpath(path: *const c_char, buffer: *mut c_char) -> *mut c_char {
    if path.is_null() {
        errno::set(EINVAL);
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let found = absolute(path).and_then(|path| {
        namespace::open(&path, OpenFlags::READABLE)?;
        Ok(path)
    });
    match found {
        // SAFETY: the caller's buffer has PATH_MAX bytes.
        Ok(path) => unsafe { copy_out(&path, buffer, MAX_PATH) },
        Err(error) => {
            errno::set(error);
            ptr::null_mut()
        }
    }
}
