//! Listings of directories, in the working directory, which is empty and can be written.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::c::{self, Dir, Dirent};
use crate::files::{EBADF, ENOENT, ENOSYS, ENOTDIR, O_CREAT, O_RDONLY, O_WRONLY, make};
use crate::{call, check, errno, fails};

const DT_DIR: u8 = 4;
const DT_REG: u8 = 8;

/// Files, more than one message tells of.
const MANY: usize = 300;

pub fn check_all() {
    for index in 0..MANY {
        let mut name = [0; 64];
        // SAFETY: the format asks for this argument, and there is room for it.
        unsafe {
            c::snprintf(name.as_mut_ptr(), 64, c"a-file-of-many-%03d".as_ptr(), index as c_int);
        }
        let fd = call!(open(name.as_ptr(), O_WRONLY | O_CREAT, 0o644));
        check!(fd >= 0 && call!(close(fd)) == 0);
    }
    check!(call!(mkdir(c"dir".as_ptr(), 0o755)) == 0);
    all();
    sorted();
    local();
    failures();
}

fn name(entry: &Dirent) -> &CStr {
    // SAFETY: it is a string.
    unsafe { CStr::from_ptr(entry.name.as_ptr()) }
}

fn next<'a>(directory: *mut Dir) -> Option<&'a Dirent> {
    let entry = call!(readdir(directory));
    // SAFETY: it is there until the next one is read.
    unsafe { entry.as_ref() }
}

/// How many entries follow, and how many of them are directories.
fn count(directory: *mut Dir) -> (usize, usize) {
    let (mut all, mut directories) = (0, 0);
    // SAFETY: `errno` is there.
    unsafe { *c::__errno_location() = 0 };
    while let Some(entry) = next(directory) {
        let is_directory = matches!(name(entry).to_bytes(), b"." | b"dir");
        check!(entry.node_type == if is_directory { DT_DIR } else { DT_REG });
        all += 1;
        directories += usize::from(is_directory);
    }
    check!(errno() == 0);
    (all, directories)
}

fn all() {
    let directory = call!(opendir(c".".as_ptr()));
    check!(!directory.is_null() && call!(dirfd(directory)) >= 3);
    check!(count(directory) == (MANY + 2, 2) && count(directory) == (0, 0));
    make(c"new", b"");
    call!(rewinddir(directory));
    check!(count(directory) == (MANY + 3, 2));
    fails!(ENOSYS, telldir(directory));
    check!(call!(closedir(directory)) == 0);
    let fd = call!(open(c"dir".as_ptr(), O_RDONLY));
    let directory = call!(fdopendir(fd));
    check!(call!(dirfd(directory)) == fd && count(directory) == (1, 1));
    check!(call!(closedir(directory)) == 0);
    fails!(EBADF, close(fd));
}

fn sorted() {
    extern "C" fn begins_with_n(entry: *const Dirent) -> c_int {
        // SAFETY: it is an entry.
        c_int::from(unsafe { (*entry).name[0] } == b'n' as c_char)
    }
    make(c"newer", b"");
    make(c"nadir", b"");
    let mut list = ptr::null_mut();
    let found = call!(scandir(c".".as_ptr(), &mut list, Some(begins_with_n), Some(c::alphasort)));
    check!(found == 3);
    for (index, expected) in [c"nadir", c"new", c"newer"].into_iter().enumerate() {
        // SAFETY: there are as many.
        let entry = unsafe { *list.add(index) };
        // SAFETY: it is an entry.
        check!(name(unsafe { &*entry }) == expected);
        call!(free(entry.cast::<c_void>()));
    }
    call!(free(list.cast::<c_void>()));
}

/// Directories that lead to what is bound.
fn local() {
    let directory = call!(opendir(c"/".as_ptr()));
    let (mut all, mut services) = (0, 0);
    while let Some(entry) = next(directory) {
        check!(entry.node_type == DT_DIR);
        all += 1;
        services += usize::from(name(entry) == c"svc");
    }
    check!(all >= 3 && services == 1);
    call!(rewinddir(directory));
    check!(!call!(readdir(directory)).is_null() && call!(closedir(directory)) == 0);
    let root = call!(open(c"/".as_ptr(), O_RDONLY));
    let svc = call!(openat(root, c"./svc".as_ptr(), O_RDONLY));
    check!(svc > root && call!(close(svc)) == 0 && call!(close(root)) == 0);
}

fn failures() {
    check!(call!(opendir(c"none".as_ptr())).is_null() && errno() == ENOENT);
    check!(call!(opendir(c"new".as_ptr())).is_null() && errno() == ENOTDIR);
    check!(call!(fdopendir(900)).is_null() && errno() == EBADF);
    let fd = call!(open(c"new".as_ptr(), O_RDONLY));
    check!(call!(fdopendir(fd)).is_null() && errno() == ENOTDIR && call!(close(fd)) == 0);
    let mut list = ptr::null_mut();
    fails!(ENOENT, scandir(c"none".as_ptr(), &mut list, None, None));
}
