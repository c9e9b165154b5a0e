//! What is known of files: sys/stat.h, and whether they can be used.

use core::ffi::{c_char, c_int, c_long};

use guest_rt::io::attributes::{self, Attributes, protocols};
use guest_rt::io::{Flags, dirents};

use crate::descriptor;
use crate::errno::{EINVAL, Result, done};
use crate::object::{Kind, Object};
use crate::open::{AT_FDCWD, NODE, READ, WRITE};
use crate::place::Place;
use crate::text::text;

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

const S_IFMT: u32 = 0o17_0000;
const S_IFIFO: u32 = 0o1_0000;
const S_IFDIR: u32 = 0o4_0000;
const S_IFREG: u32 = 0o10_0000;
const S_IFLNK: u32 = 0o12_0000;
const S_IRUSR: u32 = 0o400;
const S_IWUSR: u32 = 0o200;
const S_IXUSR: u32 = 0o100;

const NANOSECONDS: u64 = 1_000_000_000;
const BLOCK_SIZE: u64 = 512;

impl Stat {
    fn of(object: &Object) -> Result<Self> {
        match &object.kind {
            Kind::Remote(remote) => Ok(Self::from_attributes(attributes::get(remote.channel())?)),
            Kind::Local(_) => {
                let mode = S_IFDIR | S_IRUSR | S_IXUSR;
                Ok(Self { mode, number: dirents::ID_UNKNOWN, links: 1, ..Self::default() })
            }
            _ => Ok(Self { mode: S_IFIFO | 0o600, links: 1, ..Self::default() }),
        }
    }

    fn from_attributes(attributes: Attributes) -> Self {
        let time = |nanoseconds: u64| {
            [(nanoseconds / NANOSECONDS) as i64, (nanoseconds % NANOSECONDS) as i64]
        };
        let modified = attributes.modification_time.unwrap_or_default();
        Self {
            mode: attributes.mode.unwrap_or_else(|| mode_of(&attributes)),
            number: attributes.id.unwrap_or(dirents::ID_UNKNOWN),
            size: attributes.content_size as i64,
            block_size: BLOCK_SIZE as c_long,
            blocks: attributes.storage_size.div_ceil(BLOCK_SIZE) as i64,
            links: attributes.link_count,
            accessed: time(attributes.access_time.unwrap_or(modified)),
            modified: time(modified),
            changed: time(attributes.change_time.unwrap_or(modified)),
            ..Self::default()
        }
    }
}

/// A mode for a node that has none. What can be done with it is its user's.
fn mode_of(attributes: &Attributes) -> u32 {
    let is = |protocol| attributes.protocols & protocol != 0;
    let (kind, bits) = if is(protocols::DIRECTORY) {
        let bits = [Flags::PERM_ENUMERATE, Flags::PERM_MODIFY_DIRECTORY, Flags::PERM_TRAVERSE];
        (S_IFDIR, bits)
    } else {
        let kind = if is(protocols::FILE | protocols::CONNECTOR) {
            S_IFREG
        } else if is(protocols::SYMLINK) {
            S_IFLNK
        } else {
            0
        };
        (kind, [Flags::PERM_READ_BYTES, Flags::PERM_WRITE_BYTES, Flags::PERM_EXECUTE])
    };
    let abilities = Flags::from_bits_retain(attributes.abilities);
    bits.iter()
        .zip([S_IRUSR, S_IWUSR, S_IXUSR])
        .filter(|(ability, _)| abilities.contains(**ability))
        .fold(kind, |mode, (_, bit)| mode | bit)
}

/// # Safety
/// `out` is valid for the write.
unsafe fn give(made: Result<Stat>, out: *mut Stat) -> c_int {
    // SAFETY: the caller's promise.
    done(made.map(|made| unsafe { out.write(made) }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fstat(fd: c_int, out: *mut Stat) -> c_int {
    let made = descriptor::get(fd).and_then(|object| Stat::of(&object));
    // SAFETY: the caller's promise.
    unsafe { give(made, out) }
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
    let made = unsafe { text(path) }.and_then(|path| look(fd, path));
    // SAFETY: the caller's promise.
    unsafe { give(made, out) }
}

fn look(fd: c_int, path: &[u8]) -> Result<Stat> {
    Stat::of(&*Place::of(fd, path)?.open(NODE, true)?)
}

/// Whether there is something at a path.
pub fn exists(fd: c_int, path: &[u8]) -> Result {
    look(fd, path).map(drop)
}

/// Whether it is a directory that is at a path.
pub fn is_directory(fd: c_int, path: &[u8]) -> Result<bool> {
    Ok(look(fd, path)?.mode & S_IFMT == S_IFDIR)
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

const R_OK: c_int = 4;
const W_OK: c_int = 2;
const X_OK: c_int = 1;
const AT_EACCESS: c_int = 0x200;

#[unsafe(no_mangle)]
unsafe extern "C" fn access(path: *const c_char, mode: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { faccessat(AT_FDCWD, path, mode, 0) }
}

/// Whether something can be executed shows only when it is.
#[unsafe(no_mangle)]
unsafe extern "C" fn faccessat(fd: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int {
    let check = || {
        if flags & !AT_EACCESS != 0 || mode & !(R_OK | W_OK | X_OK) != 0 {
            return Err(EINVAL);
        }
        // SAFETY: the caller's promise.
        let path = unsafe { text(path) }?;
        let flags = match mode & (R_OK | W_OK) {
            0 if mode == 0 => return exists(fd, path),
            W_OK => WRITE,
            0 | R_OK => READ,
            _ => READ | WRITE,
        };
        Place::of(fd, path)?.open(flags, true)?;
        Ok(())
    };
    done(check())
}
