//! Entries of directories: making, removing, moving and linking them.

use core::ffi::{c_char, c_int};

use guest_rt::io::{Flags, directory};
use guest_rt::{Handle, Owned};
use zx_abi::Status;

use crate::errno::{EINVAL, Result, done};
use crate::open::{AT_FDCWD, DIRECTORY};
use crate::place::Place;
use crate::text::text;

const AT_REMOVEDIR: c_int = 0x200;
const AT_SYMLINK_FOLLOW: c_int = 0x400;

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mkdirat(AT_FDCWD, path, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdirat(fd: c_int, path: *const c_char, _mode: u32) -> c_int {
    let make = || {
        // SAFETY: the caller's promise.
        let place = Place::of(fd, unsafe { text(path) }?)?;
        place.open(DIRECTORY | Flags::FLAG_MUST_CREATE, true)?;
        Ok(())
    };
    done(make())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { unlinkat(AT_FDCWD, path, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { unlinkat(AT_FDCWD, path, AT_REMOVEDIR) }
}

/// An empty directory is removed as well without AT_REMOVEDIR, as Fuchsia has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn unlinkat(fd: c_int, path: *const c_char, flags: c_int) -> c_int {
    let remove = || {
        if flags & !AT_REMOVEDIR != 0 {
            return Err(EINVAL);
        }
        // SAFETY: the caller's promise.
        let entry = Place::of(fd, unsafe { text(path) }?)?.entry()?;
        let must_be_directory = entry.is_directory || flags & AT_REMOVEDIR != 0;
        Ok(directory::unlink(entry.directory(), &entry.name, must_be_directory)?)
    };
    done(remove())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(path: *const c_char, new_path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { renameat(AT_FDCWD, path, AT_FDCWD, new_path) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn renameat(
    fd: c_int,
    path: *const c_char,
    new_fd: c_int,
    new_path: *const c_char,
) -> c_int {
    // SAFETY: the caller's promise.
    done(unsafe { place(fd, path, new_fd, new_path, directory::rename) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn link(path: *const c_char, new_path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { linkat(AT_FDCWD, path, AT_FDCWD, new_path, 0) }
}

/// There are no symbolic links to follow.
#[unsafe(no_mangle)]
unsafe extern "C" fn linkat(
    fd: c_int,
    path: *const c_char,
    new_fd: c_int,
    new_path: *const c_char,
    flags: c_int,
) -> c_int {
    if flags & !AT_SYMLINK_FOLLOW != 0 {
        return done(Err(EINVAL));
    }
    // SAFETY: the caller's promise.
    done(unsafe { place(fd, path, new_fd, new_path, directory::link) })
}

/// Gives an entry another place.
///
/// # Safety
/// The paths are null or strings.
unsafe fn place(
    fd: c_int,
    path: *const c_char,
    new_fd: c_int,
    new_path: *const c_char,
    act: impl FnOnce(Handle, &[u8], Owned, &[u8]) -> Result<(), Status>,
) -> Result {
    // SAFETY: the caller's promise.
    let (path, new_path) = unsafe { (text(path)?, text(new_path)?) };
    let from = Place::of(fd, path)?.entry()?;
    let to = Place::of(new_fd, new_path)?.entry()?;
    let token = directory::token(to.directory())?;
    Ok(act(from.directory(), &from.name_with_slash(), token, &to.name_with_slash())?)
}
