//! Opening files: fcntl.h.

use core::ffi::{c_char, c_int};

use guest_rt::io::Flags;

use crate::descriptor;
use crate::errno::{EINVAL, Result, answer};
use crate::place::Place;
use crate::text::text;

pub const O_ACCMODE: c_int = 3;
pub const O_RDONLY: c_int = 0;
pub const O_WRONLY: c_int = 1;
pub const O_RDWR: c_int = 2;
pub const O_NONBLOCK: c_int = 0x10;
pub const O_CLOEXEC: c_int = 0x100;
const O_CREAT: c_int = 0x1_0000;
const O_EXCL: c_int = 0x2_0000;
const O_TRUNC: c_int = 0x4_0000;
pub const O_DIRECTORY: c_int = 0x8_0000;
pub const O_APPEND: c_int = 0x10_0000;
pub const O_PATH: c_int = 0x40_0000;

pub const AT_FDCWD: c_int = -100;

/// What each way to open asks for: attributes, and an event that says what was opened.
const ALWAYS: Flags = Flags::PERM_GET_ATTRIBUTES.union(Flags::FLAG_SEND_REPRESENTATION);
/// Rights that a directory passes on as far as it has them.
const INHERITED: Flags = Flags::PERM_INHERIT_WRITE.union(Flags::PERM_INHERIT_EXECUTE);

/// To read.
pub const READ: Flags = ALWAYS.union(INHERITED).union(Flags::PERM_READABLE);
/// To write.
pub const WRITE: Flags = ALWAYS.union(INHERITED).union(Flags::PERM_WRITABLE);
/// A directory, to be listed and, where that is allowed, changed.
pub const DIRECTORY: Flags = READ.union(Flags::PROTOCOL_DIRECTORY);
/// The node as such.
pub const NODE: Flags = ALWAYS.union(Flags::PROTOCOL_NODE);

/// With its third argument, which C passes as any other. Fuchsia's files have no modes.
#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { openat(AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(fd: c_int, path: *const c_char, flags: c_int, _mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    answer(unsafe { text(path) }.and_then(|path| open_at(fd, path, flags)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn creat(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { open(path, O_WRONLY | O_CREAT | O_TRUNC, mode) }
}

/// Opens a descriptor of what is at a path.
pub fn open_at(fd: c_int, path: &[u8], flags: c_int) -> Result<c_int> {
    let writes = flags & O_PATH == 0 && flags & O_ACCMODE != O_RDONLY;
    let object = Place::of(fd, path)?.open(
        translate(flags)?,
        // A directory cannot be written, nor made in this way.
        !writes && flags & O_CREAT == 0,
    )?;
    object.set_nonblocking(flags & O_NONBLOCK != 0);
    descriptor::insert(object, 0, flags & O_CLOEXEC != 0)
}

/// What `O_*` flags ask a file system for.
///
/// # Errors
/// EINVAL for what can be neither read nor written, and for a directory to be made.
fn translate(flags: c_int) -> Result<Flags> {
    if flags & O_CREAT != 0 && flags & O_DIRECTORY != 0 {
        return Err(EINVAL);
    }
    let mut made = match flags & O_ACCMODE {
        _ if flags & O_PATH != 0 => NODE,
        O_RDONLY => READ,
        O_WRONLY => WRITE,
        O_RDWR => READ | WRITE,
        _ => return Err(EINVAL),
    };
    made.set(Flags::PROTOCOL_DIRECTORY, flags & O_DIRECTORY != 0);
    if flags & O_PATH != 0 {
        return Ok(made);
    }
    if flags & O_EXCL != 0 {
        made |= Flags::FLAG_MUST_CREATE;
    } else if flags & O_CREAT != 0 {
        made |= Flags::FLAG_MAYBE_CREATE;
    }
    if flags & (O_CREAT | O_EXCL) != 0 && flags & O_DIRECTORY == 0 {
        made |= Flags::PROTOCOL_FILE;
    }
    made.set(Flags::FILE_TRUNCATE, flags & O_TRUNC != 0);
    made.set(Flags::FILE_APPEND, flags & O_APPEND != 0);
    Ok(made)
}
