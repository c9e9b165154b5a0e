//! Descriptors themselves: closing, doubling, flags.

use core::ffi::c_int;

use crate::descriptor;
use crate::errno::{self, EINVAL, ENOTTY, Result, answer};

const F_DUPFD: c_int = 0;
const F_GETFD: c_int = 1;
const F_SETFD: c_int = 2;
const F_GETFL: c_int = 3;
const F_SETFL: c_int = 4;
const F_DUPFD_CLOEXEC: c_int = 1030;
const FD_CLOEXEC: c_int = 1;

pub const O_NONBLOCK: c_int = 0x10;
pub const O_CLOEXEC: c_int = 0x100;
const O_RDWR: c_int = 2;

#[unsafe(no_mangle)]
extern "C" fn close(fd: c_int) -> c_int {
    answer(descriptor::remove(fd).map(|_| 0))
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
        F_GETFL => descriptor::get(fd)
            .map(|object| O_RDWR | if object.is_nonblocking() { O_NONBLOCK } else { 0 }),
        F_SETFL => descriptor::get(fd).map(|object| {
            object.set_nonblocking(argument & O_NONBLOCK != 0);
            0
        }),
        _ => Err(EINVAL),
    };
    answer(result)
}

/// Nothing is a terminal.
#[unsafe(no_mangle)]
extern "C" fn isatty(fd: c_int) -> c_int {
    errno::set(descriptor::get(fd).err().unwrap_or(ENOTTY));
    0
}
