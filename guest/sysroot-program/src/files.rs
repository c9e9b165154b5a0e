//! Files, in the working directory, which is empty and can be written.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;

use crate::c::{Iovec, PollFd, Stat, Timespec};
use crate::{call, check, errno, fails};

pub const O_RDONLY: c_int = 0;
pub const O_WRONLY: c_int = 1;
pub const O_RDWR: c_int = 2;
pub const O_CREAT: c_int = 0x1_0000;
pub const O_EXCL: c_int = 0x2_0000;
pub const O_TRUNC: c_int = 0x4_0000;
pub const O_DIRECTORY: c_int = 0x8_0000;
pub const O_APPEND: c_int = 0x10_0000;
pub const O_PATH: c_int = 0x40_0000;
pub const AT_FDCWD: c_int = -100;
pub const MODE: c_int = 0o644;

pub const ENOENT: c_int = 2;
pub const EBADF: c_int = 9;
pub const EAGAIN: c_int = 11;
pub const EACCES: c_int = 13;
pub const EEXIST: c_int = 17;
pub const ENOTDIR: c_int = 20;
pub const EISDIR: c_int = 21;
pub const EINVAL: c_int = 22;
pub const ENOTTY: c_int = 25;
pub const ESPIPE: c_int = 29;
pub const ENAMETOOLONG: c_int = 36;
pub const ENOSYS: c_int = 38;
pub const ENOTEMPTY: c_int = 39;
pub const ENOTSUP: c_int = 95;

pub const S_IFMT: u32 = 0o17_0000;
pub const S_IFDIR: u32 = 0o4_0000;
pub const S_IFREG: u32 = 0o10_0000;

pub fn check_all() {
    opening();
    content();
    appending();
    knowing();
    times();
    entries();
    permissions();
    locks();
    mapping();
    waiting();
    what_there_is_not();
}

/// Makes a file with this content.
pub fn make(path: &CStr, content: &[u8]) {
    let fd = call!(open(path.as_ptr(), O_WRONLY | O_CREAT | O_TRUNC, MODE));
    check!(fd >= 0 && write(fd, content) == content.len() as isize && call!(close(fd)) == 0);
}

pub fn write(fd: c_int, bytes: &[u8]) -> isize {
    call!(write(fd, bytes.as_ptr().cast::<c_void>(), bytes.len()))
}

/// Whether this is what is read next, all of it.
pub fn reads(fd: c_int, expected: &[u8]) -> bool {
    let mut buffer = [0; 64];
    let size = call!(read(fd, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()));
    usize::try_from(size).is_ok_and(|size| buffer[..size] == *expected)
}

/// Whether this is what a file has.
pub fn holds(path: &CStr, expected: &[u8]) -> bool {
    let fd = call!(open(path.as_ptr(), O_RDONLY));
    let holds = reads(fd, expected);
    holds && call!(close(fd)) == 0
}

pub fn stat(path: &CStr) -> Stat {
    let mut stat = Stat::default();
    check!(call!(stat(path.as_ptr(), &mut stat)) == 0);
    stat
}

fn opening() {
    let open = |path: &CStr, flags| call!(open(path.as_ptr(), flags, MODE));
    let fails = |number, path: &CStr, flags| open(path, flags) == -1 && errno() == number;
    make(c"a", b"content");
    check!(call!(mkdir(c"d".as_ptr(), 0o755)) == 0);
    check!(fails(EEXIST, c"a", O_RDWR | O_CREAT | O_EXCL));
    check!(fails(ENOTDIR, c"a", O_RDONLY | O_DIRECTORY));
    check!(fails(ENOTDIR, c"a/", O_RDONLY));
    check!(fails(ENOTDIR, c"a/b", O_RDONLY));
    check!(fails(ENOENT, c"none", O_RDONLY));
    check!(fails(ENOENT, c"none/", O_RDONLY));
    check!(fails(ENOENT, c"none/b", O_RDWR | O_CREAT));
    check!(fails(ENOENT, c"", O_RDONLY));
    check!(fails(EISDIR, c"d", O_WRONLY));
    check!(fails(EISDIR, c"d", O_RDWR | O_CREAT));
    check!(fails(EISDIR, c"new/", O_RDWR | O_CREAT));
    check!(fails(EINVAL, c"new", O_RDONLY | O_CREAT | O_DIRECTORY));
    check!(fails(EINVAL, c"a", 3));
    fails!(EINVAL, open(ptr::null(), O_RDONLY));
    let mut name = [b'n' as c_char; 257];
    name[256] = 0;
    fails!(ENAMETOOLONG, open(name.as_ptr(), O_RDONLY));
    let mut path = [b'/' as c_char; 4097];
    path[4096] = 0;
    fails!(ENAMETOOLONG, open(path.as_ptr(), O_RDONLY));

    let d = open(c"d", O_RDONLY | O_DIRECTORY);
    let inner = call!(openat(d, c"./inner".as_ptr(), O_RDWR | O_CREAT, MODE));
    check!(inner > d && write(inner, b"inner") == 5 && holds(c"d//../d/inner", b"inner"));
    fails!(ENOTDIR, openat(inner, c"x".as_ptr(), O_RDONLY));
    fails!(EBADF, openat(900, c"x".as_ptr(), O_RDONLY));
    // Out of a directory that is open nothing leads.
    fails!(EINVAL, openat(d, c"../a".as_ptr(), O_RDONLY));
    let mut byte = 0u8;
    fails!(EISDIR, read(d, ptr::from_mut(&mut byte).cast::<c_void>(), 1));

    let flags = |fd| call!(fcntl(fd, 3));
    check!(flags(inner) == O_RDWR && flags(d) == O_RDONLY | O_DIRECTORY);
    let node = open(c"a", O_PATH);
    check!(flags(node) == O_PATH);
    fails!(EBADF, read(node, ptr::from_mut(&mut byte).cast::<c_void>(), 1));
    let mut known = Stat::default();
    check!(call!(fstat(node, &mut known)) == 0 && known.size == 7);
    for fd in [d, inner, node] {
        check!(call!(close(fd)) == 0);
    }
    check!(open(c"a", O_RDONLY) == d);
    check!(call!(close(d)) == 0);
    let made = call!(creat(c"a".as_ptr(), 0o644));
    check!(flags(made) == O_WRONLY && stat(c"a").size == 0);
    fails!(EBADF, read(made, ptr::from_mut(&mut byte).cast::<c_void>(), 1));
    check!(call!(close(made)) == 0);
    // What nobody has bound is there only as far as it leads to what is.
    check!(fails(ENOENT, c"/none", O_RDWR | O_CREAT) && fails(EISDIR, c"/", O_RDWR));
    check!(call!(access(c"/".as_ptr(), 0)) == 0);
}

fn content() {
    let fd = call!(open(c"content".as_ptr(), O_RDWR | O_CREAT | O_EXCL, MODE));
    let part =
        |text: &'static [u8]| Iovec { start: text.as_ptr() as *mut c_void, size: text.len() };
    let parts = [part(b"01"), part(b""), part(b"23456789")];
    check!(call!(writev(fd, parts.as_ptr(), 3)) == 10);
    check!(call!(lseek(fd, 0, 1)) == 10 && call!(lseek(fd, -4, 2)) == 6);
    check!(reads(fd, b"6789") && reads(fd, b""));
    check!(call!(pwrite(fd, c"xy".as_ptr().cast::<c_void>(), 2, 8)) == 2);
    let (mut first, mut second) = ([0u8; 3], [0u8; 20]);
    let into = [
        Iovec { start: first.as_mut_ptr().cast::<c_void>(), size: 3 },
        Iovec { start: second.as_mut_ptr().cast::<c_void>(), size: 20 },
    ];
    check!(call!(preadv(fd, into.as_ptr(), 2, 4)) == 6);
    check!(first == *b"456" && second[..3] == *b"7xy");
    check!(call!(pwritev(fd, parts.as_ptr(), 3, 1)) == 10);
    check!(call!(lseek(fd, 0, 0)) == 0 && reads(fd, b"00123456789"));
    check!(call!(lseek(fd, 0, 0)) == 0 && call!(readv(fd, into.as_ptr(), 2)) == 11);
    check!(call!(pread(fd, first.as_mut_ptr().cast::<c_void>(), 3, 11)) == 0);
    fails!(EINVAL, pread(fd, first.as_mut_ptr().cast::<c_void>(), 3, -1));
    fails!(EINVAL, lseek(fd, -1, 0));
    fails!(EINVAL, lseek(fd, 0, 3));
    fails!(EINVAL, preadv(fd, into.as_ptr(), 1025, 0));

    // A descriptor that was doubled is at the same place.
    let again = call!(dup(fd));
    check!(call!(lseek(again, 9, 0)) == 9 && reads(fd, b"89"));
    check!(call!(close(again)) == 0);

    check!(call!(ftruncate(fd, 3)) == 0 && call!(ftruncate(fd, 5)) == 0);
    check!(holds(c"content", b"001\0\0"));
    fails!(EINVAL, ftruncate(fd, -1));
    check!(call!(truncate(c"content".as_ptr(), 2)) == 0 && holds(c"content", b"00"));
    fails!(EISDIR, truncate(c"d".as_ptr(), 2));
    // More than a message holds.
    static LARGE: [u8; 20_000] = [7; 20_000];
    check!(call!(pwrite(fd, LARGE.as_ptr().cast::<c_void>(), LARGE.len(), 1)) == 20_000);
    let mut large = [0u8; 20_010];
    check!(call!(pread(fd, large.as_mut_ptr().cast::<c_void>(), large.len(), 0)) == 20_001);
    check!(large[1..20_001] == LARGE && large[20_001] == 0);
    check!(call!(fsync(fd)) == 0 && call!(fdatasync(fd)) == 0);
    check!(call!(close(fd)) == 0);
    fails!(EBADF, fsync(fd));

    let mut pipe = [-1; 2];
    check!(call!(pipe(pipe.as_mut_ptr())) == 0);
    fails!(ESPIPE, lseek(pipe[0], 0, 0));
    fails!(ESPIPE, pread(pipe[0], first.as_mut_ptr().cast::<c_void>(), 3, 0));
    for fd in pipe {
        check!(call!(close(fd)) == 0);
    }
}

fn appending() {
    const F_GETFL: c_int = 3;
    const F_SETFL: c_int = 4;
    make(c"log", b"one");
    let [first, second] = [0; 2].map(|_| call!(open(c"log".as_ptr(), O_WRONLY | O_APPEND)));
    check!(write(first, b",two") == 4 && write(second, b",three") == 6 && write(first, b"!") == 1);
    check!(holds(c"log", b"one,two,three!") && call!(lseek(first, 0, 1)) == 14);
    check!(call!(fcntl(first, F_GETFL)) == O_WRONLY | O_APPEND);
    check!(call!(fcntl(first, F_SETFL, 0)) == 0 && call!(fcntl(first, F_GETFL)) == O_WRONLY);
    check!(call!(lseek(first, 0, 0)) == 0 && write(first, b"1") == 1);
    check!(holds(c"log", b"1ne,two,three!"));
    check!(call!(fcntl(first, F_SETFL, O_APPEND)) == 0 && write(first, b"?") == 1);
    check!(holds(c"log", b"1ne,two,three!?"));
    for fd in [first, second] {
        check!(call!(close(fd)) == 0);
    }
}

fn knowing() {
    make(c"known", &[1; 600]);
    let file = stat(c"known");
    check!(file.mode & S_IFMT == S_IFREG && file.mode & 0o600 == 0o600);
    check!(file.size == 600 && file.links == 1 && file.blocks >= 2 && file.block_size > 0);
    let directory = stat(c"d");
    check!(directory.mode & S_IFMT == S_IFDIR && directory.mode & 0o700 == 0o700);
    check!(directory.number != file.number && stat(c"./d/../known").number == file.number);
    let mut linked = Stat::default();
    check!(call!(lstat(c"known".as_ptr(), &mut linked)) == 0 && linked.number == file.number);
    let d = call!(open(c"d".as_ptr(), O_RDONLY));
    check!(call!(fstatat(d, c"inner".as_ptr(), &mut linked, 0)) == 0 && linked.size == 5);
    check!(call!(close(d)) == 0);
    fails!(ENOTDIR, stat(c"known/".as_ptr(), &mut linked));
    fails!(ENOENT, stat(c"none".as_ptr(), &mut linked));
    fails!(EBADF, fstat(900, &mut linked));

    check!(call!(access(c"known".as_ptr(), 0)) == 0 && call!(access(c"known".as_ptr(), 6)) == 0);
    check!(call!(faccessat(AT_FDCWD, c"d".as_ptr(), 2, 0x200)) == 0);
    fails!(ENOENT, access(c"none".as_ptr(), 4));
    fails!(EINVAL, access(c"known".as_ptr(), 8));
    fails!(EINVAL, faccessat(AT_FDCWD, c"known".as_ptr(), 0, 0x100));

    let mut path = [0; 4096];
    let mut whole = [0; 4096];
    check!(!call!(getcwd(path.as_mut_ptr(), path.len())).is_null());
    check!(!call!(realpath(c"d/.././d/./inner".as_ptr(), whole.as_mut_ptr())).is_null());
    // SAFETY: both are strings.
    let (path, whole) = unsafe { (CStr::from_ptr(path.as_ptr()), CStr::from_ptr(whole.as_ptr())) };
    check!(whole.to_bytes().strip_prefix(path.to_bytes()) == Some(b"/d/inner"));
    check!(call!(realpath(c"none".as_ptr(), ptr::null_mut())).is_null() && errno() == ENOENT);
    check!(call!(realpath(c"known/".as_ptr(), ptr::null_mut())).is_null() && errno() == ENOTDIR);
    check!(call!(chdir(c"d".as_ptr())) == 0 && holds(c"inner", b"inner"));
    check!(holds(c"../log", b"1ne,two,three!?") && call!(chdir(c"..".as_ptr())) == 0);
    fails!(ENOTDIR, chdir(c"known".as_ptr()));
    fails!(ENOENT, chdir(c"none".as_ptr()));
}

fn times() {
    const NOW: i64 = 0x3fff_ffff;
    const OMIT: i64 = 0x3fff_fffe;
    let time = |seconds, nanoseconds| Timespec { seconds, nanoseconds };
    make(c"timed", b"");
    let mut now = Timespec::default();
    check!(call!(clock_gettime(0, &mut now)) == 0);
    // Clocks of guests and of the host tick apart.
    check!((stat(c"timed").modified.seconds - now.seconds).abs() < 3600);
    let set = [time(900_000_000, 0), time(1_000_000_000, 500_000_000)];
    check!(call!(utimensat(AT_FDCWD, c"timed".as_ptr(), set.as_ptr(), 0)) == 0);
    let is = |access, modification| {
        let known = stat(c"timed");
        known.accessed == access && known.modified == modification
    };
    check!(is(set[0], set[1]));
    let fd = call!(open(c"timed".as_ptr(), O_WRONLY));
    let later = [time(0, OMIT), time(1_000_000_001, 0)];
    check!(call!(futimens(fd, later.as_ptr())) == 0 && is(set[0], later[1]));
    check!(call!(futimens(fd, [time(0, NOW), time(0, OMIT)].as_ptr())) == 0);
    let known = stat(c"timed");
    check!(known.modified == later[1] && known.accessed.seconds >= now.seconds - 1);
    check!(call!(futimens(fd, ptr::null())) == 0);
    check!(stat(c"timed").modified.seconds >= now.seconds - 1);
    fails!(EINVAL, futimens(fd, [time(0, 1_000_000_000), time(0, 0)].as_ptr()));
    fails!(EINVAL, futimens(fd, [time(0, 0), time(-1, 0)].as_ptr()));
    check!(call!(close(fd)) == 0);
    check!(call!(utimensat(AT_FDCWD, c"d".as_ptr(), set.as_ptr(), 0x100)) == 0);
    check!(stat(c"d").modified == set[1]);
    fails!(ENOENT, utimensat(AT_FDCWD, c"none".as_ptr(), set.as_ptr(), 0));
}

fn entries() {
    const AT_REMOVEDIR: c_int = 0x200;
    make(c"from", b"from");
    make(c"to", b"to");
    check!(call!(rename(c"from".as_ptr(), c"to".as_ptr())) == 0 && holds(c"to", b"from"));
    fails!(ENOENT, rename(c"from".as_ptr(), c"to".as_ptr()));
    check!(call!(mkdir(c"x".as_ptr(), 0o755)) == 0 && call!(mkdir(c"x/y/".as_ptr(), 0o755)) == 0);
    fails!(EEXIST, mkdir(c"x".as_ptr(), 0o755));
    fails!(EEXIST, mkdir(c"to".as_ptr(), 0o755));
    fails!(ENOENT, mkdir(c"none/x".as_ptr(), 0o755));
    fails!(EEXIST, mkdir(c"/".as_ptr(), 0o755));
    let (x, d) = (call!(open(c"x".as_ptr(), O_RDONLY)), call!(open(c"d".as_ptr(), O_RDONLY)));
    check!(call!(renameat(AT_FDCWD, c"to".as_ptr(), x, c"y/moved".as_ptr())) == 0);
    check!(holds(c"x/y/moved", b"from"));
    check!(call!(mkdirat(x, c"z".as_ptr(), 0o755)) == 0);
    check!(call!(rename(c"x/y".as_ptr(), c"x/z".as_ptr())) == 0 && holds(c"x/z/moved", b"from"));
    fails!(EINVAL, rename(c"x".as_ptr(), c"x/z/x".as_ptr()));
    fails!(EISDIR, rename(c"x/z/moved".as_ptr(), c"d".as_ptr()));
    fails!(ENOTDIR, rename(c"x/z".as_ptr(), c"log".as_ptr()));
    fails!(ENOTDIR, rename(c"x/z/moved/".as_ptr(), c"else".as_ptr()));
    fails!(ENOTEMPTY, rename(c"d".as_ptr(), c"x/z".as_ptr()));

    check!(call!(link(c"x/z/moved".as_ptr(), c"linked".as_ptr())) == 0);
    check!(call!(linkat(x, c"z/moved".as_ptr(), d, c"linked".as_ptr(), 0)) == 0);
    check!(stat(c"linked").links == 3 && stat(c"linked").number == stat(c"d/linked").number);
    fails!(EEXIST, link(c"linked".as_ptr(), c"log".as_ptr()));
    fails!(EINVAL, linkat(x, c"z/moved".as_ptr(), d, c"more".as_ptr(), 1));
    check!(call!(link(c"d".as_ptr(), c"more".as_ptr())) == -1);

    fails!(ENOTDIR, rmdir(c"linked".as_ptr()));
    fails!(ENOTDIR, unlink(c"linked/".as_ptr()));
    fails!(ENOTEMPTY, rmdir(c"x".as_ptr()));
    fails!(ENOENT, unlink(c"none".as_ptr()));
    for path in [c".", c"x/.", c"x/z/..", c"/"] {
        fails!(EINVAL, rmdir(path.as_ptr()));
    }
    fails!(EINVAL, unlinkat(AT_FDCWD, c"linked".as_ptr(), 1));
    let open = call!(open(c"linked".as_ptr(), O_RDONLY));
    for name in [c"linked", c"x/z/moved", c"d/linked"] {
        check!(call!(unlink(name.as_ptr())) == 0);
    }
    // It is there while somebody has it open.
    check!(reads(open, b"from") && call!(close(open)) == 0);
    check!(call!(unlinkat(x, c"z".as_ptr(), AT_REMOVEDIR)) == 0);
    check!(call!(rmdir(c"x/".as_ptr())) == 0);
    fails!(ENOENT, rmdir(c"x".as_ptr()));
    // What is bound, and what leads there, is not to be moved or removed.
    fails!(ENOTSUP, rmdir(c"/svc".as_ptr()));
    fails!(ENOENT, rmdir(c"/none".as_ptr()));
    for fd in [x, d] {
        check!(call!(close(fd)) == 0);
    }
}

fn permissions() {
    check!(call!(chmod(c"log".as_ptr(), 0o777)) == 0);
    fails!(ENOSYS, chmod(c"log".as_ptr(), 0o4777));
    fails!(ENOENT, chmod(c"none".as_ptr(), 0o777));
    check!(call!(fchmod(0, 0o600)) == 0);
    fails!(EBADF, fchmod(900, 0o600));
    fails!(ENOSYS, chown(c"log".as_ptr(), 0, 0));
    fails!(ENOENT, chown(c"none".as_ptr(), 0, 0));
    fails!(ENOSYS, fchown(0, 0, 0));
    check!(call!(umask(0o1022)) == 0 && call!(umask(0)) == 0o22);
}

fn locks() {
    const SHARED: c_int = 1;
    const EXCLUSIVE: c_int = 2;
    const NONBLOCKING: c_int = 4;
    const UNLOCK: c_int = 8;
    let [first, second] = [0; 2].map(|_| call!(open(c"log".as_ptr(), O_RDWR)));
    check!(call!(flock(first, EXCLUSIVE)) == 0);
    fails!(EAGAIN, flock(second, SHARED | NONBLOCKING));
    check!(call!(flock(first, SHARED)) == 0 && call!(flock(second, SHARED | NONBLOCKING)) == 0);
    fails!(EAGAIN, flock(first, EXCLUSIVE | NONBLOCKING));
    check!(call!(flock(second, UNLOCK)) == 0);
    check!(call!(flock(first, EXCLUSIVE | NONBLOCKING)) == 0);
    // A lock goes with its descriptor.
    check!(call!(close(first)) == 0 && call!(flock(second, EXCLUSIVE)) == 0);
    let [one, other] = [0; 2].map(|_| call!(open(c"d".as_ptr(), O_RDONLY)));
    check!(call!(flock(one, EXCLUSIVE)) == 0);
    fails!(EAGAIN, flock(other, EXCLUSIVE | NONBLOCKING));
    check!(call!(close(one)) == 0 && call!(flock(other, EXCLUSIVE)) == 0);
    check!(call!(close(other)) == 0);
    fails!(EINVAL, flock(second, 3));
    fails!(EBADF, flock(first, SHARED));
    check!(call!(close(second)) == 0);
}

fn mapping() {
    const READ: c_int = 1;
    const WRITE: c_int = 2;
    const SHARED: c_int = 1;
    const PRIVATE: c_int = 2;
    const ENODEV: c_int = 19;
    static PAGES: [u8; 5000] = [5; 5000];
    make(c"mapped", &PAGES);
    let fd = call!(open(c"mapped".as_ptr(), O_RDWR));
    let map = |protection, flags, fd, offset| {
        let address = call!(mmap(ptr::null_mut(), 4096, protection, flags, fd, offset));
        (address as isize != -1).then_some(address.cast::<u8>())
    };
    let copy = map(READ | WRITE, PRIVATE, fd, 4096);
    let view = map(READ, SHARED, fd, 4096);
    check!(copy.is_some() && view.is_some());
    if let (Some(copy), Some(view)) = (copy, view) {
        // SAFETY: both are pages.
        unsafe {
            check!(*copy == 5 && *copy.add(903) == 5 && *copy.add(904) == 0);
            *copy = 6;
            check!(*view == 5 && *copy == 6);
        }
        check!(call!(munmap(copy.cast(), 4096)) == 0 && call!(munmap(view.cast(), 4096)) == 0);
    }
    // What is written to a mapping does not reach the file.
    check!(map(READ | WRITE, SHARED, fd, 0).is_none() && errno() == ENODEV);
    check!(map(READ, PRIVATE, 900, 0).is_none() && errno() == EBADF);
    let unread = call!(open(c"mapped".as_ptr(), O_WRONLY));
    check!(map(READ, PRIVATE, unread, 0).is_none() && errno() == EACCES);
    for fd in [fd, unread] {
        check!(call!(close(fd)) == 0);
    }
}

fn waiting() {
    const FIONREAD: c_int = 0x541b;
    const FIONBIO: c_int = 0x5421;
    const TIOCGWINSZ: c_int = 0x5413;
    let file = call!(open(c"log".as_ptr(), O_RDWR));
    let mut pipe = [-1; 2];
    check!(call!(pipe(pipe.as_mut_ptr())) == 0);
    let [from, to] = pipe;
    // Files never make one wait.
    let mut list =
        [PollFd { fd: file, events: 5, returned: 0 }, PollFd { fd: from, events: 1, returned: 9 }];
    check!(call!(poll(list.as_mut_ptr(), 2, -1)) == 1 && list[0].returned == 5);
    check!(list[1].returned == 0);
    let bit = |fd: c_int| [1 << fd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (mut read, mut write_set) = (bit(from), bit(to));
    let mut none = Timespec::default();
    check!(
        call!(select(to + 1, &mut read, &mut write_set, ptr::null_mut(), &mut none)) == 1
            && read == [0; 16]
            && write_set == bit(to)
    );
    check!(write(to, b"three") == 5);
    let mut count: c_int = 0;
    check!(call!(ioctl(from, FIONREAD, &raw mut count)) == 0 && count == 5);
    read = bit(from);
    check!(
        call!(select(from + 1, &mut read, ptr::null_mut(), ptr::null_mut(), ptr::null_mut())) == 1
            && read == bit(from)
    );
    fails!(EINVAL, select(1025, &mut read, ptr::null_mut(), ptr::null_mut(), ptr::null_mut()));
    check!(reads(from, b"three"));
    count = 1;
    check!(call!(ioctl(from, FIONBIO, &raw mut count)) == 0);
    let mut byte = 0u8;
    fails!(EAGAIN, read(from, ptr::from_mut(&mut byte).cast::<c_void>(), 1));
    fails!(ENOTTY, ioctl(file, FIONREAD, &raw mut count));
    fails!(ENOTTY, ioctl(1, TIOCGWINSZ, &raw mut count));
    fails!(EBADF, ioctl(900, FIONREAD, &raw mut count));
    for fd in [file, from, to] {
        check!(call!(close(fd)) == 0);
    }
}

fn what_there_is_not() {
    let mut buffer = [0; 16];
    fails!(ENOSYS, symlink(c"log".as_ptr(), c"symbolic".as_ptr()));
    fails!(EINVAL, readlink(c"log".as_ptr(), buffer.as_mut_ptr(), 16));
    fails!(ENOENT, readlink(c"none".as_ptr(), buffer.as_mut_ptr(), 16));
    fails!(ENOSYS, mkfifo(c"fifo".as_ptr(), 0o600));
    let mut system = [0; 16];
    fails!(ENOTSUP, statvfs(c".".as_ptr(), &mut system));
    check!(call!(posix_fadvise(0, 0, 0, 0)) == ENOSYS);
    check!(call!(posix_fadvise(900, 0, 0, 0)) == EBADF);
}
