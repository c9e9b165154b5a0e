//! Modes and owners, which Fuchsia's files do not have: what is asked is checked, and what changes
//! nothing is done.

use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicU32, Ordering};

use crate::descriptor;
use crate::errno::{EINVAL, ENOSYS, Result, done};
use crate::open::AT_FDCWD;
use crate::stat::exists;
use crate::text::text;

const AT_SYMLINK_NOFOLLOW: c_int = 0x100;

/// Bits of a mode that mean nothing here; others would.
const PERMISSIONS: u32 = 0o777;
const ALL: u32 = 0o7777;

static UMASK: AtomicU32 = AtomicU32::new(0);

fn check_mode(mode: u32) -> Result {
    if mode & ALL & !PERMISSIONS == 0 { Ok(()) } else { Err(ENOSYS) }
}

/// # Safety
/// The path is null or a string.
unsafe fn check(fd: c_int, path: *const c_char) -> Result {
    // SAFETY: the caller's promise.
    exists(fd, unsafe { text(path) }?)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn chmod(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fchmodat(AT_FDCWD, path, mode, 0) }
}

#[unsafe(no_mangle)]
extern "C" fn fchmod(fd: c_int, mode: u32) -> c_int {
    done(descriptor::get(fd).and_then(|_| check_mode(mode)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fchmodat(fd: c_int, path: *const c_char, mode: u32, flags: c_int) -> c_int {
    if flags & !AT_SYMLINK_NOFOLLOW != 0 {
        return done(Err(EINVAL));
    }
    // SAFETY: the caller's promise.
    done(unsafe { check(fd, path) }.and_then(|()| check_mode(mode)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn chown(path: *const c_char, user: u32, group: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fchownat(AT_FDCWD, path, user, group, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn lchown(path: *const c_char, user: u32, group: u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fchownat(AT_FDCWD, path, user, group, 0) }
}

#[unsafe(no_mangle)]
extern "C" fn fchown(fd: c_int, _user: u32, _group: u32) -> c_int {
    done(descriptor::get(fd).and(Err(ENOSYS)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fchownat(
    fd: c_int,
    path: *const c_char,
    _user: u32,
    _group: u32,
    _flags: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    done(unsafe { check(fd, path) }.and(Err(ENOSYS)))
}

/// Kept for who asks.
#[unsafe(no_mangle)]
extern "C" fn umask(mask: u32) -> u32 {
    UMASK.swap(mask & PERMISSIONS, Ordering::Relaxed)
}
