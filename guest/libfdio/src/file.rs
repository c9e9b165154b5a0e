//! Files by their paths: fcntl.h, sys/stat.h.

use alloc::sync::Arc;
use core::ffi::{CStr, c_char, c_int, c_long};

use guest_rt::io::OpenFlags;
use guest_rt::io::file::Whence;
use guest_rt::io::node::Attributes;

use crate::control::{O_CLOEXEC, O_NONBLOCK};
use crate::descriptor;
use crate::errno::{EINVAL, ENOTDIR, EOVERFLOW, ESPIPE, Result, answer};
use crate::namespace;
use crate::object::{Kind, Object};
use crate::path;
use crate::remote::Remote;

const O_ACCMODE: c_int = 3;
const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0x1_0000;
const O_EXCL: c_int = 0x2_0000;
const O_TRUNC: c_int = 0x4_0000;
const O_DIRECTORY: c_int = 0x8_0000;
const O_APPEND: c_int = 0x10_0000;

pub const AT_FDCWD: c_int = -100;

/// With its third argument, which C passes as any other.
#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, _mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    answer(open_at(AT_FDCWD, path, flags))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(fd: c_int, path: *const c_char, flags: c_int, _mode: u32) -> c_int {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    answer(open_at(fd, path, flags))
}

fn open_at(fd: c_int, path: &[u8], flags: c_int) -> Result<c_int> {
    let remote = find(fd, path, open_flags(flags)?)?;
    if flags & O_DIRECTORY != 0 && !remote.is_directory() {
        return Err(ENOTDIR);
    }
    let object = Object::new(Kind::Remote(remote));
    object.set_nonblocking(flags & O_NONBLOCK != 0);
    descriptor::insert(object, 0, flags & O_CLOEXEC != 0)
}

/// Opens what is at a path, from a directory if it is not absolute.
pub fn find(fd: c_int, path: &[u8], flags: OpenFlags) -> Result<Remote> {
    if fd == AT_FDCWD || path.starts_with(b"/") {
        return Ok(namespace::open(&path::absolute(path)?, flags)?);
    }
    let object: Arc<Object> = descriptor::get(fd)?;
    let directory = object.remote()?;
    if !directory.is_directory() {
        return Err(ENOTDIR);
    }
    Ok(Remote::open(directory.channel(), flags, path)?)
}

fn open_flags(flags: c_int) -> Result<OpenFlags> {
    let mut made = match flags & O_ACCMODE {
        0 => OpenFlags::READABLE,
        O_WRONLY => OpenFlags::WRITABLE,
        O_RDWR => OpenFlags::READABLE | OpenFlags::WRITABLE,
        _ => return Err(EINVAL),
    };
    made.set(OpenFlags::CREATE, flags & O_CREAT != 0);
    made.set(OpenFlags::CREATE_IF_ABSENT, flags & O_EXCL != 0);
    made.set(OpenFlags::TRUNCATE, flags & O_TRUNC != 0);
    made.set(OpenFlags::DIRECTORY, flags & O_DIRECTORY != 0);
    made.set(OpenFlags::APPEND, flags & O_APPEND != 0);
    Ok(made)
}

#[unsafe(no_mangle)]
extern "C" fn lseek(fd: c_int, offset: i64, whence: c_int) -> i64 {
    let seek = || {
        let object = descriptor::get(fd)?;
        let whence = match whence {
            0 => Whence::Start,
            1 => Whence::Current,
            2 => Whence::End,
            _ => return Err(EINVAL),
        };
        let place = object.file().map_err(|_| ESPIPE)?.seek(offset, whence)?;
        i64::try_from(place).map_err(|_| EOVERFLOW)
    };
    answer(seek())
}

/// `struct stat`
#[derive(Default)]
#[repr(C)]
struct Stat {
    device: u64,
    number: u64,
    links: u64,
    mode: u32,
    user: u32,
    group: u32,
    padding: u32,
    special: u64,
    size: i64,
    block_size: c_long,
    blocks: i64,
    accessed: [i64; 2],
    modified: [i64; 2],
    changed: [i64; 2],
    reserved: [c_long; 3],
}

const S_IFIFO: u32 = 0o1_0000;
const NANOSECONDS: u64 = 1_000_000_000;

impl Stat {
    fn of(object: &Object) -> Result<Self> {
        match &object.kind {
            Kind::Remote(remote) => Ok(Self::from_attributes(remote.attributes()?)),
            _ => Ok(Self { mode: S_IFIFO | 0o600, links: 1, ..Self::default() }),
        }
    }

    fn from_attributes(attributes: Attributes) -> Self {
        let time = |nanoseconds: u64| {
            [(nanoseconds / NANOSECONDS) as i64, (nanoseconds % NANOSECONDS) as i64]
        };
        Self {
            mode: attributes.mode,
            number: attributes.id,
            size: attributes.content_size as i64,
            block_size: 4096,
            blocks: attributes.storage_size.div_ceil(512) as i64,
            links: attributes.link_count,
            accessed: time(attributes.modification_time),
            modified: time(attributes.modification_time),
            changed: time(attributes.creation_time),
            ..Self::default()
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fstat(fd: c_int, out: *mut Stat) -> c_int {
    let made = descriptor::get(fd).and_then(|object| Stat::of(&object));
    // SAFETY: the caller's promise.
    answer(made.map(|made| unsafe { out.write(made) }).map(|()| 0))
}

/// There are no links, so that `flags` do not matter.
#[unsafe(no_mangle)]
unsafe extern "C" fn fstatat(
    fd: c_int,
    path: *const c_char,
    out: *mut Stat,
    _flags: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let made = find(fd, path, OpenFlags::NODE_REFERENCE)
        .and_then(|remote| Ok(Stat::from_attributes(remote.attributes()?)));
    // SAFETY: the caller's promise.
    answer(made.map(|made| unsafe { out.write(made) }).map(|()| 0))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn stat(path: *const c_char, out: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fstatat(AT_FDCWD, path, out, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn lstat(path: *const c_char, out: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fstatat(AT_FDCWD, path, out, 0) }
}
