//! What cannot be written: the working directory has `file`, with `content`, and `dir/inner`.

use core::ffi::c_int;
use core::ptr;

use crate::files::{
    AT_FDCWD, EACCES, EBADF, EISDIR, ENOENT, MODE, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR, O_TRUNC,
    O_WRONLY, S_IFMT, S_IFREG, holds, reads, stat,
};
use crate::{call, check, fails};

pub fn check_all() {
    check!(holds(c"file", b"content") && holds(c"dir/inner", b""));
    let known = stat(c"file");
    check!(known.mode & S_IFMT == S_IFREG && known.mode & 0o600 == 0o400 && known.size == 7);
    for flags in [O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_RDWR | O_CREAT] {
        fails!(EACCES, open(c"file".as_ptr(), flags, MODE));
    }
    fails!(EACCES, open(c"new".as_ptr(), O_WRONLY | O_CREAT, MODE));
    fails!(EACCES, mkdir(c"new".as_ptr(), 0o755));
    fails!(EACCES, mkdir(c"dir".as_ptr(), 0o755));
    fails!(EACCES, access(c"file".as_ptr(), 2));
    fails!(EACCES, truncate(c"file".as_ptr(), 0));
    fails!(EACCES, utimensat(AT_FDCWD, c"file".as_ptr(), ptr::null(), 0));
    fails!(ENOENT, open(c"none".as_ptr(), O_RDONLY));
    // A directory as such cannot be changed: its connection does not serve for that.
    fails!(EBADF, unlink(c"file".as_ptr()));
    fails!(EBADF, rmdir(c"dir".as_ptr()));
    fails!(EBADF, rename(c"file".as_ptr(), c"new".as_ptr()));
    fails!(EBADF, link(c"file".as_ptr(), c"new".as_ptr()));

    let fd = call!(open(c"file".as_ptr(), O_RDONLY));
    fails!(EBADF, ftruncate(fd, 0));
    fails!(EBADF, futimens(fd, ptr::null()));
    fails!(EBADF, write(fd, c"x".as_ptr().cast(), 1));
    check!(call!(access(c"file".as_ptr(), 4)) == 0 && call!(fsync(fd)) == 0);
    check!(reads(fd, b"content") && call!(close(fd)) == 0);
    let dir: c_int = call!(open(c"dir".as_ptr(), O_RDONLY | O_DIRECTORY));
    fails!(EACCES, openat(dir, c"new".as_ptr(), O_WRONLY | O_CREAT, MODE));
    fails!(EACCES, openat(dir, c"inner".as_ptr(), O_WRONLY, MODE));
    check!(call!(close(dir)) == 0);
    fails!(EISDIR, open(c"dir/".as_ptr(), O_WRONLY, MODE));
}
