//! Sockets: sys/socket.h. There is no network: sockets of the Internet are refused politely.
//! Pairs of local sockets are those of Zircon.

use core::ffi::{CStr, c_char, c_int, c_void};

use zx_abi::{SOCKET_DATAGRAM, SOCKET_STREAM};

use crate::descriptor;
use crate::errno::{
    EAFNOSUPPORT, EDOM, EINVAL, ENOTCONN, ENOTSOCK, EOPNOTSUPP, EPROTONOSUPPORT, EPROTOTYPE, Errno,
    Result, answer,
};
use crate::object::{Kind, Timeout, Which};
use crate::open::{O_CLOEXEC, O_NONBLOCK};
use crate::times::Timeval;
use crate::transfer::Iovec;
use crate::{pipe, transfer};

const AF_UNIX: c_int = 1;
const SOCK_STREAM: c_int = 1;
const SOCK_DGRAM: c_int = 2;
const SOCK_NONBLOCK: c_int = 0o4000;
const SOCK_CLOEXEC: c_int = 0o2_000_000;

#[unsafe(no_mangle)]
extern "C" fn socket(_family: c_int, _kind: c_int, _protocol: c_int) -> c_int {
    answer(Err(EAFNOSUPPORT))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn socketpair(
    family: c_int,
    kind: c_int,
    protocol: c_int,
    out: *mut [c_int; 2],
) -> c_int {
    let create = || {
        let options = match kind & !(SOCK_NONBLOCK | SOCK_CLOEXEC) {
            SOCK_STREAM => SOCKET_STREAM,
            SOCK_DGRAM => SOCKET_DATAGRAM,
            _ => return Err(EPROTOTYPE),
        };
        if family != AF_UNIX {
            return Err(EAFNOSUPPORT);
        }
        if protocol != 0 {
            return Err(EPROTONOSUPPORT);
        }
        let nonblocking = if kind & SOCK_NONBLOCK != 0 { O_NONBLOCK } else { 0 };
        let close_on_exec = if kind & SOCK_CLOEXEC != 0 { O_CLOEXEC } else { 0 };
        pipe::create(options, nonblocking | close_on_exec)
    };
    answer(create().map(|fds| {
        // SAFETY: the caller's promise.
        unsafe { out.write(fds) };
        0
    }))
}

/// Fails, because a descriptor is none of the Internet's sockets.
fn refuse(fd: c_int, of_pair: Errno) -> c_int {
    answer(descriptor::get(fd).and_then(|object| match object.kind {
        Kind::Pipe(_) => Err(of_pair),
        _ => Err(ENOTSOCK),
    }))
}

macro_rules! refused {
    ($($name:ident($($arg:ident: $ty:ty),*) = $error:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name(fd: c_int, $($arg: $ty),*) -> c_int {
                refuse(fd, $error)
            }
        )*
    };
}

// What is asked of a pair, it is connected and has no names.
refused! {
    accept(_address: *mut c_void, _size: *mut u32) = EINVAL;
    accept4(_address: *mut c_void, _size: *mut u32, _flags: c_int) = EINVAL;
    bind(_address: *const c_void, _size: u32) = EOPNOTSUPP;
    connect(_address: *const c_void, _size: u32) = EOPNOTSUPP;
    getpeername(_address: *mut c_void, _size: *mut u32) = ENOTCONN;
    getsockname(_address: *mut c_void, _size: *mut u32) = EOPNOTSUPP;
    listen(_backlog: c_int) = EOPNOTSUPP;
}

/// Whether a descriptor is one of a pair.
fn check(fd: c_int) -> Result {
    match descriptor::get(fd)?.kind {
        Kind::Pipe(_) => Ok(()),
        _ => Err(ENOTSOCK),
    }
}

const SOL_SOCKET: c_int = 1;
const SO_RCVTIMEO: c_int = 20;
const SO_SNDTIMEO: c_int = 21;
const TIMEVAL_SIZE: u32 = size_of::<Timeval>() as u32;

/// Acts on the timeout that an option is: a pair has no others.
fn with_timeout<T>(
    fd: c_int,
    (level, name): (c_int, c_int),
    act: impl FnOnce(&Timeout) -> Result<T>,
) -> Result<T> {
    let object = descriptor::get(fd)?;
    match (&object.kind, level, name) {
        (Kind::Pipe(_), SOL_SOCKET, SO_RCVTIMEO) => act(&object.read_timeout),
        (Kind::Pipe(_), SOL_SOCKET, SO_SNDTIMEO) => act(&object.write_timeout),
        (Kind::Pipe(_), ..) => Err(EOPNOTSUPP),
        _ => Err(ENOTSOCK),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    size: *mut u32,
) -> c_int {
    answer(with_timeout(fd, (level, name), |timeout| {
        // SAFETY: the caller's promise.
        unsafe {
            if size.read() < TIMEVAL_SIZE {
                return Err(EINVAL);
            }
            value.cast::<Timeval>().write(Timeval::of(timeout.get()));
            size.write(TIMEVAL_SIZE);
        }
        Ok(0)
    }))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn setsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *const c_void,
    size: u32,
) -> c_int {
    answer(with_timeout(fd, (level, name), |timeout| {
        if size < TIMEVAL_SIZE {
            return Err(EINVAL);
        }
        // SAFETY: the caller's promise.
        let value = unsafe { value.cast::<Timeval>().read() };
        timeout.set(value.timespec().and_then(|time| time.duration()).map_err(|_| EDOM)?);
        Ok(0)
    }))
}

/// Only this call does not wait.
const MSG_DONTWAIT: c_int = 0x40;
/// Nothing signals a broken pipe, whether this asks for that or not.
const MSG_NOSIGNAL: c_int = 0x4000;

/// What the flags of a call on one of a pair ask for.
fn which(fd: c_int, flags: c_int) -> Result<Which> {
    check(fd)?;
    match flags & !MSG_NOSIGNAL {
        0 => Ok(Which::Next),
        MSG_DONTWAIT => Ok(Which::NextAtOnce),
        _ => Err(EOPNOTSUPP),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn recv(fd: c_int, buffer: *mut c_void, size: usize, flags: c_int) -> isize {
    let part = Iovec { start: buffer, size };
    let received = which(fd, flags).and_then(|which| {
        // SAFETY: the caller's promise.
        unsafe { transfer::read_parts(fd, &part, 1, which) }
    });
    answer(received)
}

/// There are no addresses: `recv`.
#[unsafe(no_mangle)]
unsafe extern "C" fn recvfrom(
    fd: c_int,
    buffer: *mut c_void,
    size: usize,
    flags: c_int,
    _address: *mut c_void,
    _address_size: *mut u32,
) -> isize {
    // SAFETY: the caller's promise.
    unsafe { recv(fd, buffer, size, flags) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn send(fd: c_int, bytes: *const c_void, size: usize, flags: c_int) -> isize {
    let part = Iovec { start: bytes.cast_mut(), size };
    let sent = which(fd, flags).and_then(|which| {
        // SAFETY: the caller's promise.
        unsafe { transfer::write_parts(fd, &part, 1, which) }
    });
    answer(sent)
}

/// There are no addresses to send to: `send`.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendto(
    fd: c_int,
    bytes: *const c_void,
    size: usize,
    flags: c_int,
    address: *const c_void,
    _address_size: u32,
) -> isize {
    if !address.is_null() {
        return answer(check(fd).and(Err(EOPNOTSUPP)));
    }
    // SAFETY: the caller's promise.
    unsafe { send(fd, bytes, size, flags) }
}

/// `struct msghdr`
#[repr(C)]
struct Message {
    address: *mut c_void,
    address_size: u32,
    parts: *mut Iovec,
    part_count: c_int,
    padding: c_int,
    control: *mut c_void,
    control_size: u32,
    padding2: u32,
    flags: c_int,
}

/// There are no addresses, and nothing else comes with bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn recvmsg(fd: c_int, message: *mut Message, flags: c_int) -> isize {
    let received = which(fd, flags).and_then(|which| {
        // SAFETY: the caller's promise.
        unsafe {
            let message = &mut *message;
            message.address_size = 0;
            message.control_size = 0;
            message.flags = 0;
            transfer::read_parts(fd, message.parts, message.part_count, which)
        }
    });
    answer(received)
}

/// Nothing else can be sent with bytes, nor to an address.
#[unsafe(no_mangle)]
unsafe extern "C" fn sendmsg(fd: c_int, message: *const Message, flags: c_int) -> isize {
    // SAFETY: the caller's promise.
    let message = unsafe { &*message };
    let is_plain =
        message.address.is_null() && (message.control.is_null() || message.control_size == 0);
    let sent = which(fd, flags).and_then(|which| {
        if !is_plain {
            return Err(EOPNOTSUPP);
        }
        // SAFETY: the caller's promise.
        unsafe { transfer::write_parts(fd, message.parts, message.part_count, which) }
    });
    answer(sent)
}

#[unsafe(no_mangle)]
extern "C" fn shutdown(fd: c_int, how: c_int) -> c_int {
    const READ: c_int = 0;
    const WRITE: c_int = 1;
    const BOTH: c_int = 2;
    let end = || {
        let object = descriptor::get(fd)?;
        let Kind::Pipe(socket) = &object.kind else { return Err(ENOTSOCK) };
        let (write, read) = match how {
            READ => (false, true),
            WRITE => (true, false),
            BOTH => (true, true),
            _ => return Err(EINVAL),
        };
        guest_rt::socket::disable(socket.get(), write, read)?;
        Ok(0)
    };
    answer(end())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gethostname(out: *mut c_char, size: usize) -> c_int {
    const NAME: &CStr = c"fuchsia";
    let name = NAME.to_bytes_with_nul();
    if size < name.len() {
        return answer(Err(crate::errno::ENAMETOOLONG));
    }
    // SAFETY: the caller's promise.
    unsafe { out.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), name.len()) };
    0
}
