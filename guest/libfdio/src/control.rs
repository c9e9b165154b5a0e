//! Descriptors themselves: closing, doubling, flags.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use guest_rt::io::{Flags, node};
use guest_rt::socket;
use zx_abi::Status;

use crate::descriptor;
use crate::errno::{self, EINVAL, ENOSYS, ENOTTY, Errno, Result, answer, done};
use crate::object::{Kind, Object};
use crate::open::{
    O_APPEND, O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR, O_WRONLY,
};

const F_DUPFD: c_int = 0;
const F_GETFD: c_int = 1;
const F_SETFD: c_int = 2;
const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;
const F_GETLK: c_int = 5;
const F_GETOWN: c_int = 9;
const F_DUPFD_CLOEXEC: c_int = 1030;
const FD_CLOEXEC: c_int = 1;

#[unsafe(no_mangle)]
extern "C" fn close(fd: c_int) -> c_int {
    done(descriptor::remove(fd).and_then(Object::close))
}

#[unsafe(no_mangle)]
extern "C" fn dup(fd: c_int) -> c_int {
    answer(duplicate(fd, 0, false))
}

#[unsafe(no_mangle)]
extern "C" fn dup2(fd: c_int, to: c_int) -> c_int {
    answer(
        descriptor::get(fd).and_then(|object| {
            if fd == to { Ok(to) } else { descriptor::replace(object, to, false) }
        }),
    )
}

#[unsafe(no_mangle)]
extern "C" fn dup3(fd: c_int, to: c_int, flags: c_int) -> c_int {
    if fd == to || flags & !O_CLOEXEC != 0 {
        return answer(Err(EINVAL));
    }
    answer(
        descriptor::get(fd)
            .and_then(|object| descriptor::replace(object, to, flags & O_CLOEXEC != 0)),
    )
}

fn duplicate(fd: c_int, from: c_int, close_on_exec: bool) -> Result<c_int> {
    descriptor::insert(descriptor::get(fd)?, from, close_on_exec)
}

/// With its third argument, which C passes as any other.
#[unsafe(no_mangle)]
extern "C" fn fcntl(fd: c_int, command: c_int, argument: c_int) -> c_int {
    let result = match command {
        F_DUPFD => duplicate(fd, argument, false),
        F_DUPFD_CLOEXEC => duplicate(fd, argument, true),
        F_GETFD => descriptor::is_close_on_exec(fd).map(|set| if set { FD_CLOEXEC } else { 0 }),
        F_SETFD => descriptor::set_close_on_exec(fd, argument & FD_CLOEXEC != 0).map(|()| 0),
        F_GETFL => descriptor::get(fd).and_then(|object| flags(&object)),
        F_SETFL => descriptor::get(fd).and_then(|object| set_flags(&object, argument)).map(|()| 0),
        // Locks of ranges, and signals.
        F_GETLK..=F_GETOWN => Err(ENOSYS),
        _ => Err(EINVAL),
    };
    answer(result)
}

/// How something was opened.
fn flags(object: &Object) -> Result<c_int> {
    let nonblocking = if object.is_nonblocking() { O_NONBLOCK } else { 0 };
    let Kind::Remote(remote) = &object.kind else {
        let is_local = matches!(object.kind, Kind::Local(_));
        return Ok(nonblocking | if is_local { O_RDONLY | O_DIRECTORY } else { O_RDWR });
    };
    let flags = node::flags(remote.channel())?;
    let opened = if flags.contains(Flags::PROTOCOL_NODE) {
        O_PATH
    } else if remote.is_directory() {
        // Whatever can be done below, it is read.
        O_RDONLY | O_DIRECTORY
    } else {
        let read = flags.contains(Flags::PERM_READ_BYTES);
        match (read, flags.contains(Flags::PERM_WRITE_BYTES)) {
            (true, true) => O_RDWR,
            (false, true) => O_WRONLY,
            _ => O_RDONLY,
        }
    };
    let append = if flags.contains(Flags::FILE_APPEND) { O_APPEND } else { 0 };
    Ok(opened | append | nonblocking)
}

fn set_flags(object: &Object, flags: c_int) -> Result {
    if let Kind::Remote(remote) = &object.kind {
        let append = if flags & O_APPEND != 0 { Flags::FILE_APPEND } else { Flags::empty() };
        match node::set_flags(remote.channel(), append) {
            // What appends nowhere is only told not to wait.
            Err(Status::NOT_SUPPORTED) if append.is_empty() => {}
            result => result?,
        }
    }
    object.set_nonblocking(flags & O_NONBLOCK != 0);
    Ok(())
}

const FIONREAD: c_int = 0x541b;
const FIONBIO: c_int = 0x5421;
const FIONCLEX: c_int = 0x5450;
const FIOCLEX: c_int = 0x5451;

/// With its third argument, which C passes as any other. Nothing is a terminal or a device.
#[unsafe(no_mangle)]
unsafe extern "C" fn ioctl(fd: c_int, request: c_int, argument: *mut c_void) -> c_int {
    let control = || {
        let object = descriptor::get(fd)?;
        match request {
            FIONREAD => {
                let Kind::Pipe(socket) = &object.kind else { return Err(ENOTTY) };
                let there = c_int::try_from(socket::readable(socket.get())?);
                // SAFETY: the caller's promise.
                unsafe { argument.cast::<c_int>().write(there.unwrap_or(c_int::MAX)) };
            }
            // SAFETY: the caller's promise.
            FIONBIO => object.set_nonblocking(unsafe { argument.cast::<c_int>().read() } != 0),
            FIOCLEX | FIONCLEX => descriptor::set_close_on_exec(fd, request == FIOCLEX)?,
            _ => return Err(ENOTTY),
        }
        Ok(())
    };
    done(control())
}

/// Nothing is a terminal.
fn no_terminal(fd: c_int) -> Errno {
    descriptor::get(fd).err().unwrap_or(ENOTTY)
}

#[unsafe(no_mangle)]
extern "C" fn isatty(fd: c_int) -> c_int {
    errno::set(no_terminal(fd));
    0
}

macro_rules! names_of_terminals {
    ($($name:ident $name_r:ident;)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name(fd: c_int) -> *mut c_char {
                errno::set(no_terminal(fd));
                ptr::null_mut()
            }

            /// Returns an error's number.
            #[unsafe(no_mangle)]
            extern "C" fn $name_r(fd: c_int, _buffer: *mut c_char, _size: usize) -> c_int {
                no_terminal(fd).0
            }
        )*
    };
}

names_of_terminals! {
    ptsname ptsname_r;
    ttyname ttyname_r;
}
