//! Reading directories: dirent.h.

use alloc::boxed::Box;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use guest_rt::io::{OpenFlags, directory};

use crate::descriptor;
use crate::errno::{self, EBADF, ENOTDIR, Errno, Result, answer};
use crate::file;
use crate::object::{Kind, Object};

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
    reader: directory::Reader,
    entry: Dirent,
}

impl Directory {
    /// Of a descriptor, which belongs to it from now on.
    fn new(fd: c_int) -> Result<*mut Self> {
        let object = descriptor::get(fd)?;
        let remote = object.remote().map_err(|_| ENOTDIR)?;
        if !remote.is_directory() {
            return Err(ENOTDIR);
        }
        let entry = Dirent { number: 0, offset: 0, size: 0, node_type: 0, name: [0; 256] };
        let reader = directory::Reader::new(remote.channel());
        Ok(Box::into_raw(Box::new(Self { fd, reader, entry })))
    }

    fn next(&mut self) -> Result<Option<&mut Dirent>> {
        let Some(entry) = self.reader.next_entry()? else { return Ok(None) };
        let mut name = [0; 256];
        name.iter_mut().zip(entry.name).take(255).for_each(|(to, &from)| *to = from);
        self.entry = Dirent {
            // A number that is none: 0 would mean that there is no entry.
            number: u64::MAX,
            offset: 0,
            size: size_of::<Dirent>() as u16,
            node_type: entry.node_type,
            name,
        };
        Ok(Some(&mut self.entry))
    }
}

fn pointer<T>(result: Result<*mut T, Errno>) -> *mut T {
    result.unwrap_or_else(|error| {
        errno::set(error);
        ptr::null_mut()
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn opendir(path: *const c_char) -> *mut Directory {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let open = || {
        let remote = file::find(file::AT_FDCWD, path, OpenFlags::READABLE)?;
        if !remote.is_directory() {
            return Err(ENOTDIR);
        }
        let fd = descriptor::insert(Object::new(Kind::Remote(remote)), 0, true)?;
        Directory::new(fd).inspect_err(|_| drop(descriptor::remove(fd)))
    };
    pointer(open())
}

#[unsafe(no_mangle)]
extern "C" fn fdopendir(fd: c_int) -> *mut Directory {
    pointer(Directory::new(fd))
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
    answer(descriptor::remove(directory.fd).map(|_| 0))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn dirfd(directory: *const Directory) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { (*directory).fd }
}
