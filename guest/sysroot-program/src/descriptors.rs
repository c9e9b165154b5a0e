//! Descriptors. Standard input is `abc`.

use core::ffi::{c_int, c_short, c_void};
use core::ptr;

use crate::c::{self, Iovec, Message, PollFd};
use crate::{check, errno, threads};

pub fn check_all() {
    streams();
    pipes();
    flags();
    pairs();
    messages();
    counters();
    timeouts();
}

fn write(fd: c_int, bytes: &[u8]) -> isize {
    // SAFETY: the bytes have the size passed.
    unsafe { c::write(fd, bytes.as_ptr().cast::<c_void>(), bytes.len()) }
}

fn read(fd: c_int, buffer: &mut [u8]) -> isize {
    // SAFETY: the buffer has the size passed.
    unsafe { c::read(fd, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()) }
}

fn streams() {
    let mut buffer = [0; 8];
    check!(read(0, &mut buffer[..2]) == 2 && buffer[..2] == *b"ab");
    check!(read(0, &mut buffer) == 1 && buffer[0] == b'c');
    check!(read(0, &mut buffer) == 0);
    check!(write(1, b"to stdout\n") == 10);
    check!(write(2, b"to stderr\n") == 10);
    check!(write(77, b"nobody") == -1 && errno() == 9);
    check!(read(-1, &mut buffer) == -1 && errno() == 9);
    // SAFETY: takes no pointer.
    check!(unsafe { c::isatty(1) } == 0 && errno() == 25);
}

fn pipe() -> [c_int; 2] {
    let mut fds = [-1; 2];
    // SAFETY: there are two places.
    check!(unsafe { c::pipe(fds.as_mut_ptr()) } == 0);
    fds
}

/// Whether something can be said of a descriptor now, and what.
fn polled(fd: c_int, events: i16) -> i16 {
    let mut entry = PollFd { fd, events, returned: 77 };
    // SAFETY: there is one entry.
    let count = unsafe { c::poll(&mut entry, 1, 0) };
    check!(count == c_int::from(entry.returned != 0));
    entry.returned
}

fn pipes() {
    const IN: i16 = 1;
    const OUT: i16 = 4;
    const HANG_UP: i16 = 0x10;
    const INVALID: i16 = 0x20;
    const NORMAL_IN: i16 = 0x40;
    const NORMAL_OUT: i16 = 0x100;
    let [from, to] = pipe();
    check!(polled(from, IN) == 0 && polled(to, OUT) == OUT);
    check!(write(to, b"through") == 7);
    check!(polled(from, IN) == IN);
    check!(polled(from, NORMAL_IN) == NORMAL_IN && polled(to, NORMAL_OUT) == NORMAL_OUT);
    check!(polled(to, IN | NORMAL_IN | OUT | NORMAL_OUT) == OUT | NORMAL_OUT);
    // SAFETY: takes no pointer.
    let again = unsafe { c::dup(to) };
    check!(again > to);
    // SAFETY: takes no pointer.
    check!(unsafe { c::close(to) == 0 && c::close(to) == -1 });
    check!(polled(to, OUT) == INVALID);
    check!(write(again, b"!") == 1);
    // SAFETY: takes no pointer.
    check!(unsafe { c::close(again) } == 0);
    let mut buffer = [0; 16];
    check!(read(from, &mut buffer) == 8 && buffer[..8] == *b"through!");
    check!(polled(from, IN) == IN | HANG_UP && read(from, &mut buffer) == 0);
    // SAFETY: takes no pointer.
    check!(unsafe { c::close(from) } == 0);
    // The numbers are free again.
    let next = pipe();
    check!(next == [from, to]);
    for fd in next {
        // SAFETY: takes no pointer.
        check!(unsafe { c::close(fd) } == 0);
    }
}

fn flags() {
    const F_DUPFD_CLOEXEC: c_int = 1030;
    const F_GETFD: c_int = 1;
    const F_GETFL: c_int = 3;
    const F_SETFL: c_int = 4;
    const O_NONBLOCK: c_int = 0x10;
    let [from, to] = pipe();
    let mut buffer = [0; 4];
    // SAFETY: takes no pointer.
    unsafe {
        check!(c::fcntl(from, F_SETFL, O_NONBLOCK) == 0);
        check!(c::fcntl(from, F_GETFL) & O_NONBLOCK != 0);
        check!(read(from, &mut buffer) == -1 && errno() == 11);
        let high = c::fcntl(from, F_DUPFD_CLOEXEC, 100 as c_int);
        check!(high == 100 && c::fcntl(high, F_GETFD) == 1 && c::fcntl(from, F_GETFD) == 0);
        check!(c::fcntl(from, 12345) == -1 && errno() == 22);
        check!(c::sysconf(30) == 4096 && c::sysconf(12345) == -1);
        for fd in [from, to, high] {
            check!(c::close(fd) == 0);
        }
    }
}

fn pairs() {
    const AF_UNIX: c_int = 1;
    const AF_INET: c_int = 2;
    const SOCK_STREAM: c_int = 1;
    let part = |bytes: &[u8]| Iovec { start: bytes.as_ptr().cast_mut().cast(), size: bytes.len() };
    let mut fds = [-1; 2];
    let mut address = 0u64;
    let (first, second) = ([0; 4], [0; 4]);
    let mut sent = [part(b"in "), part(b"parts")];
    let mut received = [part(&first), part(&second)];
    let mut message = Message::of(&mut sent);
    let mut answer = Message::of(&mut received);
    // SAFETY: there are two places for descriptors, and messages of parts that are there.
    unsafe {
        check!(c::socket(AF_INET, SOCK_STREAM, 0) == -1 && errno() == 97);
        check!(c::socketpair(AF_INET, SOCK_STREAM, 0, &mut fds) == -1 && errno() == 97);
        check!(c::socketpair(AF_UNIX, SOCK_STREAM, 6, &mut fds) == -1 && errno() == 93);
        check!(c::socketpair(AF_INET, 5, 6, &mut fds) == -1 && errno() == 91);
        check!(c::socketpair(AF_UNIX, SOCK_STREAM, 0, &mut fds) == 0);
        check!(c::sendmsg(fds[0], &message, 0) == 8);
        check!(c::recvmsg(fds[1], &mut answer, 0) == 8);
        check!(ptr::read_volatile(&first) == *b"in p" && ptr::read_volatile(&second) == *b"arts");
        check!(c::recvmsg(fds[1], &mut answer, 1) == -1 && errno() == 95);
        message.address = (&raw mut address).cast();
        check!(c::sendmsg(fds[0], &message, 0) == -1 && errno() == 95);
        check!(c::sendmsg(1000, &message, 0) == -1 && errno() == 9);
        for fd in fds {
            check!(c::close(fd) == 0);
        }
    }
}

/// Counters that are read and written, and polled.
fn counters() {
    const SEMAPHORE: c_int = 1;
    const NONBLOCK: c_int = 0x10;
    const POLLIN: c_short = 1;
    const POLLOUT: c_short = 4;
    let polled = |fd| {
        let mut entry = PollFd { fd, events: POLLIN | POLLOUT, returned: 0 };
        // SAFETY: there is one entry.
        let ready = unsafe { c::poll(&mut entry, 1, 0) };
        (ready, entry.returned)
    };
    let mut value = 0;
    // SAFETY: there is room for a value.
    unsafe {
        check!(c::eventfd(0, 0x1000) == -1 && errno() == 22);
        let fd = c::eventfd(0, NONBLOCK | 0x8_0000);
        check!(fd > 2 && c::fcntl(fd, 1) == 1 && polled(fd) == (1, POLLOUT));
        check!(c::eventfd_read(fd, &mut value) == -1 && errno() == 11);
        check!(c::eventfd_write(fd, 2) == 0 && write(fd, &3_u64.to_le_bytes()) == 8);
        check!(polled(fd) == (1, POLLIN | POLLOUT));
        check!(c::eventfd_read(fd, &mut value) == 0 && value == 5 && polled(fd) == (1, POLLOUT));
        check!(write(fd, b"seven b") == -1 && errno() == 22);
        check!(read(fd, &mut [0; 7]) == -1 && errno() == 22);
        check!(c::eventfd_write(fd, u64::MAX) == -1 && errno() == 22);
        check!(c::eventfd_write(fd, u64::MAX - 1) == 0 && polled(fd) == (1, POLLIN));
        check!(c::eventfd_write(fd, 1) == -1 && errno() == 11);
        check!(c::eventfd_read(fd, &mut value) == 0 && value == u64::MAX - 1);
        check!(polled(fd) == (1, POLLOUT) && c::close(fd) == 0);

        let fd = c::eventfd(2, SEMAPHORE);
        check!(c::fcntl(fd, 1) == 0);
        check!(c::eventfd_read(fd, &mut value) == 0 && value == 1);
        check!(c::eventfd_read(fd, &mut value) == 0 && value == 1 && polled(fd) == (1, POLLOUT));
        // A reader waits for a writer.
        let thread = threads::create(ptr::null(), add_one, fd as usize);
        check!(c::eventfd_read(fd, &mut value) == 0 && value == 1);
        threads::join(thread);
        check!(c::eventfd_read(0, &mut value) == -1 && errno() == 9);
        // Writers wait for readers, each until there is room for its own.
        check!(c::eventfd_write(fd, u64::MAX - 1) == 0);
        let writers = [0; 2].map(|_| threads::create(ptr::null(), add_one, fd as usize));
        for _ in 0..4 {
            check!(c::eventfd_read(fd, &mut value) == 0 && value == 1);
        }
        for writer in writers {
            threads::join(writer);
        }
        check!(c::close(fd) == 0);
    }
}

extern "C" fn add_one(fd: *mut c_void) -> *mut c_void {
    // SAFETY: takes no pointer.
    check!(unsafe { c::eventfd_write(fd.addr() as c_int, 1) } == 0);
    ptr::null_mut()
}

/// Messages that are kept apart, and read as wholes.
fn messages() {
    const SIZE: usize = 100_000;
    static BYTES: [u8; SIZE] = [b'x'; SIZE];
    let part = |bytes: &[u8]| Iovec { start: bytes.as_ptr().cast_mut().cast(), size: bytes.len() };
    let mut fds = [-1; 2];
    // SAFETY: there are two places for descriptors, and parts that are there.
    unsafe {
        check!(c::socketpair(1, 2, 0, &mut fds) == 0);
        check!(write(fds[0], b"one") == 3 && write(fds[0], b"and two") == 7);
        check!(c::writev(fds[0], [part(b"in "), part(b""), part(b"parts")].as_ptr(), 3) == 8);
        let mut room = [0; 5];
        check!(read(fds[1], &mut room) == 3 && room[..3] == *b"one");
        // What there is no room for is lost.
        check!(read(fds[1], &mut room) == 5 && room == *b"and t");
        let (first, second) = ([0; 4], [0; 8]);
        check!(c::readv(fds[1], [part(&first), part(&second)].as_ptr(), 2) == 8);
        check!(ptr::read_volatile(&first) == *b"in p");
        check!(ptr::read_volatile(&second) == *b"arts\0\0\0\0");

        // Neither end waits where it is not to.
        let mut received = [part(&first), part(&second)];
        let mut answer = Message::of(&mut received);
        check!(c::recvmsg(fds[1], &mut answer, 0x40) == -1 && errno() == 11);
        let mut sent = [part(&BYTES)];
        let message = Message::of(&mut sent);
        let mut count = 0;
        while c::sendmsg(fds[0], &message, 0x4040) == SIZE as isize {
            count += 1;
        }
        check!(errno() == 11 && count == 2);
        for _ in 0..count {
            check!(read(fds[1], &mut room) == 5);
        }
        // Two have room, but not a third one, though there is room for less.
        let timeout = [0_i64, 1_000];
        check!(c::setsockopt(fds[0], 1, 21, timeout.as_ptr().cast(), 16) == 0);
        check!(write(fds[0], &BYTES) == SIZE as isize && write(fds[0], &BYTES) == SIZE as isize);
        check!(write(fds[0], &BYTES) == -1 && errno() == 11 && write(fds[0], b"less") == 4);
        check!(read(fds[1], &mut room) == 5 && write(fds[0], &BYTES) == SIZE as isize);
        // These are more than a socket takes.
        check!(c::writev(fds[0], [part(&BYTES), part(&BYTES), part(&BYTES)].as_ptr(), 3) == -1);
        check!(errno() == 22);
        for fd in fds {
            check!(c::close(fd) == 0);
        }
    }
}

/// A pair that is full is not waited for longer than it is to be, nor one that has nothing.
fn timeouts() {
    const SOL_SOCKET: c_int = 1;
    const SO_TYPE: c_int = 3;
    const SO_RCVTIMEO: c_int = 20;
    const SO_SNDTIMEO: c_int = 21;
    const SIZE: u32 = 16;
    let fds = pair();
    let set = |option, value: [i64; 2]| {
        // SAFETY: the value has the size.
        unsafe { c::setsockopt(fds[0], SOL_SOCKET, option, value.as_ptr().cast(), SIZE) }
    };
    let get = |option| {
        let (mut value, mut size) = ([-1_i64; 2], SIZE + 1);
        // SAFETY: the value has room.
        let result = unsafe {
            c::getsockopt(fds[0], SOL_SOCKET, option, value.as_mut_ptr().cast(), &mut size)
        };
        (result == 0 && size == SIZE).then_some(value)
    };
    check!(get(SO_RCVTIMEO) == Some([0, 0]) && get(SO_SNDTIMEO) == Some([0, 0]));
    check!(set(SO_RCVTIMEO, [0, 1]) == 0 && set(SO_SNDTIMEO, [1, 999_999]) == 0);
    check!(get(SO_RCVTIMEO) == Some([0, 1]) && get(SO_SNDTIMEO) == Some([1, 999_999]));
    for refused in [[0, 1_000_000], [0, -1], [-1, 0]] {
        check!(set(SO_SNDTIMEO, refused) == -1 && errno() == 33);
    }
    check!(set(SO_SNDTIMEO, [0, 1]) == 0);
    check!(set(SO_TYPE, [0, 0]) == -1 && errno() == 95 && get(SO_TYPE).is_none());
    // SAFETY: the value is not read.
    unsafe {
        let (level, option, value) = (SOL_SOCKET, SO_RCVTIMEO, [0_i64; 2]);
        let value = value.as_ptr().cast();
        check!(c::setsockopt(fds[0], level, option, value, SIZE - 1) == -1 && errno() == 22);
        check!(c::setsockopt(1000, level, option, value, SIZE) == -1 && errno() == 9);
    }

    let mut room = [0; 4];
    check!(read(fds[0], &mut room) == -1 && errno() == 11);
    check!(write(fds[1], b"here") == 4 && read(fds[0], &mut room) == 4 && room == *b"here");
    let part = [0; 4096];
    while write(fds[0], &part) == 4096 {}
    check!(write(fds[0], &part) == -1 && errno() == 11);
    for fd in fds {
        // SAFETY: takes no pointer.
        check!(unsafe { c::close(fd) } == 0);
    }
}

fn pair() -> [c_int; 2] {
    let mut fds = [-1; 2];
    // SAFETY: there are two places for descriptors.
    check!(unsafe { c::socketpair(1, 1, 0, &mut fds) } == 0);
    fds
}
