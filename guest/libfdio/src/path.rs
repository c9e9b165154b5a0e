//! Paths: the working directory, and `realpath`.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};

use guest_rt::io::{Flags, MAX_PATH};
use guest_rt::lock::Mutex;
use zx_abi::Status;

use crate::errno::{EINVAL, ENOMEM, ERANGE, Result, done, pointer};
use crate::heap::malloc;
use crate::namespace::{self, Space};
use crate::open::{AT_FDCWD, DIRECTORY, NODE};
use crate::place::Place;
use crate::text::text;

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *mut c_char;
}

/// A path without `.` and double slashes, and without `..` but at the start of one that is not
/// absolute: nothing is a link.
pub struct Clean {
    /// Without a slash at the end; `.` and `/` for what would be empty.
    pub text: Vec<u8>,
    /// Whether it must lead to a directory: `/`, `.` or `..` at the end say so.
    pub is_directory: bool,
    /// Whether it names no entry of a directory, as `.`, `..` and `/` do not.
    pub is_nameless: bool,
}

/// Cleans a path.
///
/// # Errors
/// BAD_PATH if it is too long.
pub fn clean(path: &[u8]) -> Result<Clean, Status> {
    if path.len() > MAX_PATH {
        return Err(Status::BAD_PATH);
    }
    let is_absolute = path.starts_with(b"/");
    let mut names: Vec<&[u8]> = Vec::new();
    let (mut is_directory, mut is_nameless) = (false, true);
    for name in path.split(|&byte| byte == b'/') {
        is_directory = matches!(name, b"" | b"." | b"..");
        if !name.is_empty() {
            is_nameless = is_directory;
        }
        match (name, names.last()) {
            (b"" | b".", _) => {}
            (b"..", None) if is_absolute => {}
            (b"..", Some(&last)) if last != b".." => drop(names.pop()),
            _ => names.push(name),
        }
    }
    let mut text = names.join(&b'/');
    if is_absolute {
        text.insert(0, b'/');
    } else if text.is_empty() {
        text.push(b'.');
    }
    Ok(Clean { text, is_directory, is_nameless })
}

/// Where relative paths begin: a namespace, and a path of it. The root of the process's own to begin
/// with.
static WORKING_DIRECTORY: Mutex<Option<(Arc<Space>, Vec<u8>)>> = Mutex::new(None);

/// Where relative paths begin.
pub fn working_directory() -> (Arc<Space>, Vec<u8>) {
    let directory = WORKING_DIRECTORY.with(|directory| directory.clone());
    directory.unwrap_or_else(|| (namespace::installed(), b"/".to_vec()))
}

/// Lets relative paths begin in a directory, by its clean path.
pub fn change_to(space: Arc<Space>, path: Vec<u8>) {
    let old = WORKING_DIRECTORY.with(|directory| directory.replace((space, path)));
    drop(old);
}

/// Null allocates.
#[unsafe(no_mangle)]
unsafe extern "C" fn getcwd(buffer: *mut c_char, size: usize) -> *mut c_char {
    let (_, path) = working_directory();
    // SAFETY: the caller's promise.
    pointer(unsafe { copy_out(&path, buffer, size) })
}

/// Copies a path with its NUL into a buffer, or into a new block if there is none.
///
/// # Safety
/// The buffer is null or has `size` bytes.
unsafe fn copy_out(path: &[u8], buffer: *mut c_char, size: usize) -> Result<*mut c_char> {
    let needed = path.len() + 1;
    let buffer = if buffer.is_null() {
        // SAFETY: takes no pointer.
        unsafe { malloc(needed.max(size)).cast() }
    } else if size == 0 {
        return Err(EINVAL);
    } else if size < needed {
        return Err(ERANGE);
    } else {
        buffer
    };
    if buffer.is_null() {
        return Err(ENOMEM);
    }
    // SAFETY: there is room for path and NUL.
    unsafe {
        buffer.cast::<u8>().copy_from_nonoverlapping(path.as_ptr(), path.len());
        buffer.add(path.len()).write(0);
    }
    Ok(buffer)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn chdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    done(unsafe { text(path) }.and_then(enter))
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
            let _ = enter(path);
        }
    }
}

fn enter(path: &[u8]) -> Result {
    let place = Place::of(AT_FDCWD, path)?;
    place.open(DIRECTORY, true)?;
    if let Some((space, path)) = place.absolute() {
        change_to(space, path);
    }
    Ok(())
}

/// There are no links to resolve. Null allocates.
#[unsafe(no_mangle)]
unsafe extern "C" fn realpath(path: *const c_char, buffer: *mut c_char) -> *mut c_char {
    let find = || {
        // SAFETY: the caller's promise.
        let place = Place::of(AT_FDCWD, unsafe { text(path) }?)?;
        place.open(NODE | Flags::PERM_GET_ATTRIBUTES, true)?;
        let (_, path) = place.absolute().ok_or(EINVAL)?;
        // SAFETY: the caller's buffer has PATH_MAX bytes.
        unsafe { copy_out(&path, buffer, MAX_PATH + 1) }
    };
    pointer(find())
}
