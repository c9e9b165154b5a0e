//! File systems as such: sys/statfs.h, sys/statvfs.h, and what reaches their disks.

use core::ffi::{c_char, c_int, c_ulong};

use guest_rt::io::directory::{self, FilesystemInfo};
use guest_rt::io::node;

use crate::descriptor;
use crate::errno::{EBADF, ENOSYS, EOPNOTSUPP, Errno, Result, done};
use crate::object::Object;
use crate::open::{AT_FDCWD, READ};
use crate::place::Place;
use crate::text::text;

/// `struct statfs`
#[derive(Default)]
#[repr(C)]
pub struct Statfs {
    kind: c_ulong,
    block_size: c_ulong,
    blocks: u64,
    free: u64,
    available: u64,
    files: u64,
    free_files: u64,
    id: [c_int; 2],
    max_name: c_ulong,
    fragment_size: c_ulong,
    flags: c_ulong,
    reserved: [c_ulong; 4],
}

/// `struct statvfs`
#[derive(Default)]
#[repr(C)]
pub struct Statvfs {
    block_size: c_ulong,
    fragment_size: c_ulong,
    blocks: u64,
    free: u64,
    available: u64,
    files: u64,
    free_files: u64,
    available_files: u64,
    id: c_ulong,
    flags: c_ulong,
    max_name: c_ulong,
    reserved: [c_int; 6],
}

/// How many blocks there are, and how many of them are free.
fn blocks(info: &FilesystemInfo) -> (u64, u64) {
    let size = u64::from(info.block_size);
    let count = |bytes: u64| bytes.checked_div(size).unwrap_or_default();
    let all = count(info.total_bytes);
    (all, all.saturating_sub(count(info.used_bytes)))
}

impl From<FilesystemInfo> for Statfs {
    fn from(info: FilesystemInfo) -> Self {
        let (blocks, free) = blocks(&info);
        Self {
            kind: info.kind.into(),
            block_size: info.block_size.into(),
            blocks,
            free,
            available: free,
            files: info.total_nodes,
            free_files: info.total_nodes.saturating_sub(info.used_nodes),
            id: [info.id as c_int, (info.id >> 32) as c_int],
            max_name: info.max_name.into(),
            ..Self::default()
        }
    }
}

impl From<FilesystemInfo> for Statvfs {
    fn from(info: FilesystemInfo) -> Self {
        let (blocks, free) = blocks(&info);
        let free_files = info.total_nodes.saturating_sub(info.used_nodes);
        Self {
            block_size: info.block_size.into(),
            fragment_size: info.block_size.into(),
            blocks,
            free,
            available: free,
            files: info.total_nodes,
            free_files,
            available_files: free_files,
            id: info.id,
            max_name: info.max_name.into(),
            ..Self::default()
        }
    }
}

fn info(object: &Object) -> Result<FilesystemInfo> {
    let remote = object.remote().map_err(|_| EOPNOTSUPP)?;
    Ok(directory::filesystem(remote.channel())?)
}

fn info_of(fd: c_int) -> Result<FilesystemInfo> {
    info(&*descriptor::get(fd)?)
}

/// # Safety
/// The path is null or a string.
unsafe fn info_at(path: *const c_char) -> Result<FilesystemInfo> {
    // SAFETY: the caller's promise.
    info(&*Place::of(AT_FDCWD, unsafe { text(path) }?)?.open(READ, true)?)
}

/// # Safety
/// `out` is valid for the write.
unsafe fn give<T: From<FilesystemInfo>>(info: Result<FilesystemInfo>, out: *mut T) -> c_int {
    // SAFETY: the caller's promise.
    done(info.map(|info| unsafe { out.write(info.into()) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fstatfs(fd: c_int, out: *mut Statfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { give(info_of(fd), out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn statfs(path: *const c_char, out: *mut Statfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { give(info_at(path), out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fstatvfs(fd: c_int, out: *mut Statvfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { give(info_of(fd), out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn statvfs(path: *const c_char, out: *mut Statvfs) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { give(info_at(path), out) }
}

#[unsafe(no_mangle)]
extern "C" fn fsync(fd: c_int) -> c_int {
    let sync = || {
        let object = descriptor::get(fd)?;
        Ok(node::sync(object.remote().map_err(|_| EOPNOTSUPP)?.channel())?)
    };
    done(sync())
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: c_int) -> c_int {
    fsync(fd)
}

#[unsafe(no_mangle)]
extern "C" fn syncfs(fd: c_int) -> c_int {
    fsync(fd)
}

/// There is nobody to be told.
#[unsafe(no_mangle)]
extern "C" fn sync() {}

/// Returns an error's number.
fn unless_open(fd: c_int) -> c_int {
    let Errno(error) = if descriptor::get(fd).is_ok() { ENOSYS } else { EBADF };
    error
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn posix_fadvise(fd: c_int, _start: i64, _size: i64, _advice: c_int) -> c_int {
    unless_open(fd)
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn posix_fallocate(fd: c_int, _start: i64, _size: i64) -> c_int {
    unless_open(fd)
}
