//! Reading directories: dirent.h.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_long};
use core::ptr;

use guest_rt::io::dirents::{self, Reader};

use crate::descriptor;
use crate::errno::{self, EBADF, ENOMEM, ENOSYS, ENOTDIR, Errno, Result, answer, done, pointer};
use crate::heap::malloc;
use crate::object::{Kind, Object};
use crate::open::{AT_FDCWD, O_CLOEXEC, O_DIRECTORY, open_at};
use crate::text::text;

/// `DT_*`, where fuchsia.io has the same numbers.
const DT_UNKNOWN: u8 = 0;
const DT_DIR: u8 = 4;
const DT_REG: u8 = 8;
const DT_LNK: u8 = 10;

/// `struct dirent`
#[repr(C)]
struct Dirent {
    number: u64,
    offset: i64,
    size: u16,
    node_type: u8,
    name: [u8; 256],
}

/// `DIR`
struct Directory {
    fd: c_int,
    listing: Listing,
    entry: Dirent,
}

/// What is left to be listed.
enum Listing {
    /// What a server says next.
    Remote(Box<Reader>),
    /// As many names of a directory that nobody serves, after `.`, were listed.
    Local(usize),
}

impl Directory {
    /// Of a descriptor, which belongs to it from now on.
    fn new(fd: c_int) -> Result<Self> {
        let listing = match &descriptor::get(fd)?.kind {
            Kind::Remote(remote) if remote.is_directory() => Listing::Remote(Box::default()),
            Kind::Local(_) => Listing::Local(0),
            _ => return Err(ENOTDIR),
        };
        let entry = Dirent { number: 0, offset: 0, size: 0, node_type: 0, name: [0; 256] };
        Ok(Self { fd, listing, entry })
    }

    fn open(path: &[u8]) -> Result<Self> {
        let fd = open_at(AT_FDCWD, path, O_DIRECTORY | O_CLOEXEC)?;
        Self::new(fd).inspect_err(|_| drop(descriptor::remove(fd)))
    }

    /// What C programs pass.
    fn into_raw(self) -> *mut Self {
        Box::into_raw(Box::new(self))
    }

    fn next(&mut self) -> Result<Option<&mut Dirent>> {
        let object: &Object = &*descriptor::get(self.fd)?;
        self.entry = match (&mut self.listing, &object.kind) {
            (Listing::Remote(reader), Kind::Remote(remote)) => {
                match reader.next_entry(remote.channel())? {
                    Some(entry) => Dirent::new(entry.name, entry.id, entry.node_type),
                    None => return Ok(None),
                }
            }
            (Listing::Local(listed), Kind::Local(local)) => {
                let names = local.names();
                let name = match listed.checked_sub(1) {
                    None => &b"."[..],
                    Some(index) => match names.get(index) {
                        Some(name) => name,
                        None => return Ok(None),
                    },
                };
                *listed += 1;
                Dirent::new(name, dirents::ID_UNKNOWN, DT_DIR)
            }
            _ => return Err(EBADF),
        };
        Ok(Some(&mut self.entry))
    }

    fn rewind(&mut self) -> Result {
        match (&mut self.listing, &descriptor::get(self.fd)?.kind) {
            (Listing::Remote(reader), Kind::Remote(remote)) => reader.rewind(remote.channel())?,
            (Listing::Local(listed), _) => *listed = 0,
            _ => return Err(EBADF),
        }
        Ok(())
    }
}

impl Dirent {
    fn new(from: &[u8], number: u64, node_type: u8) -> Self {
        let mut name = [0; 256];
        name.iter_mut().zip(from).take(255).for_each(|(to, &from)| *to = from);
        Self {
            number,
            offset: 0,
            size: size_of::<Self>() as u16,
            node_type: match node_type {
                DT_DIR | DT_REG | DT_LNK => node_type,
                _ => DT_UNKNOWN,
            },
            name,
        }
    }

    /// Its name.
    fn text(&self) -> &[u8] {
        self.name.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// Whether it is a directory, if that is told.
    fn is_directory(&self) -> Option<bool> {
        (self.node_type != DT_UNKNOWN).then_some(self.node_type == DT_DIR)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut Directory {
    // SAFETY: the caller's promise.
    let path = unsafe { text(path) };
    pointer(path.and_then(Directory::open).map(Directory::into_raw))
}

#[unsafe(no_mangle)]
extern "C" fn fdopendir(fd: c_int) -> *mut Directory {
    pointer(Directory::new(fd).map(Directory::into_raw))
}

/// What a listing has of an entry: its name, and whether it is a directory, if that is told.
pub type Listed = (Vec<u8>, Option<bool>);

/// All that is in a directory.
pub fn list(path: &[u8]) -> Result<Vec<Listed>> {
    let mut directory = Directory::open(path)?;
    let mut listed = Vec::new();
    let read = loop {
        match directory.next() {
            Ok(Some(entry)) => listed.push((entry.text().to_vec(), entry.is_directory())),
            Ok(None) => break Ok(listed),
            Err(error) => break Err(error),
        }
    };
    // Nothing was written that could be lost.
    drop(descriptor::remove(directory.fd));
    read
}

/// Null with `errno` as it was means the end.
#[unsafe(no_mangle)]
unsafe extern "C" fn readdir(directory: *mut Directory) -> *mut Dirent {
    // SAFETY: the caller's promise.
    let next = unsafe { &mut *directory }.next();
    pointer(next.map(|entry| entry.map_or(ptr::null_mut(), ptr::from_mut)))
}

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn readdir_r(
    directory: *mut Directory,
    entry: *mut Dirent,
    result: *mut *mut Dirent,
) -> c_int {
    // SAFETY: the caller's promise, for all three.
    unsafe {
        match (*directory).next() {
            Ok(Some(next)) => {
                entry.copy_from_nonoverlapping(next, 1);
                result.write(entry);
                0
            }
            Ok(None) => {
                result.write(ptr::null_mut());
                0
            }
            Err(Errno(error)) => error,
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn closedir(directory: *mut Directory) -> c_int {
    if directory.is_null() {
        return answer(Err(EBADF));
    }
    // SAFETY: the caller's promise: nobody uses it any more.
    let directory = unsafe { Box::from_raw(directory) };
    // Nothing was written that could be lost.
    done(descriptor::remove(directory.fd).map(drop))
}

/// What cannot begin anew goes on.
#[unsafe(no_mangle)]
unsafe extern "C" fn rewinddir(directory: *mut Directory) {
    // SAFETY: the caller's promise.
    let _ = unsafe { &mut *directory }.rewind();
}

/// Places in a listing have no names.
#[unsafe(no_mangle)]
extern "C" fn telldir(_directory: *const Directory) -> c_long {
    answer(Err(ENOSYS))
}

/// There is no place to go to.
#[unsafe(no_mangle)]
extern "C" fn seekdir(_directory: *mut Directory, _place: c_long) {}

type Filter = unsafe extern "C" fn(*const Dirent) -> c_int;
type Compare = unsafe extern "C" fn(*const *const Dirent, *const *const Dirent) -> c_int;

/// The entries and their list are blocks of their own, for the caller to free.
#[unsafe(no_mangle)]
unsafe extern "C" fn scandir(
    path: *const c_char,
    out: *mut *mut *const Dirent,
    filter: Option<Filter>,
    compare: Option<Compare>,
) -> c_int {
    let scan = || {
        // SAFETY: the caller's promise.
        let directory = unsafe { opendir(path) };
        if directory.is_null() {
            return Err(errno::get());
        }
        // SAFETY: `opendir` has made it, and nobody else has it.
        let list = unsafe { gather(&mut *directory, filter) };
        // SAFETY: likewise.
        unsafe { closedir(directory) };
        let mut list = list?;
        if let Some(compare) = compare {
            // SAFETY: the caller's promise, of a function that compares entries.
            list.sort_by(|one, other| unsafe { compare(one, other) }.cmp(&0));
        }
        // SAFETY: takes no pointer.
        let block = unsafe { malloc(size_of_val(&list[..]).max(1)) }.cast::<*const Dirent>();
        if block.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: there is room for all of them; the caller's promise.
        unsafe {
            block.copy_from_nonoverlapping(list.as_ptr(), list.len());
            out.write(block);
        }
        Ok(list.len() as c_int)
    };
    answer(scan())
}

/// # Safety
/// The filter can be called with an entry.
unsafe fn gather(directory: &mut Directory, filter: Option<Filter>) -> Result<Vec<*const Dirent>> {
    let mut list = Vec::new();
    while let Some(entry) = directory.next()? {
        // SAFETY: the caller's promise.
        if filter.is_some_and(|filter| unsafe { filter(entry) } == 0) {
            continue;
        }
        // SAFETY: takes no pointer.
        let copy = unsafe { malloc(size_of::<Dirent>()) }.cast::<Dirent>();
        if copy.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: it has room for an entry.
        unsafe { copy.copy_from_nonoverlapping(entry, 1) };
        list.push(copy.cast_const());
    }
    Ok(list)
}

/// Compares names, for `scandir`.
#[unsafe(no_mangle)]
unsafe extern "C" fn alphasort(one: *const *const Dirent, other: *const *const Dirent) -> c_int {
    // SAFETY: the caller's promise. What follows a name is NUL.
    unsafe { (**one).name.cmp(&(**other).name) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn dirfd(directory: *const Directory) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { (*directory).fd }
}
