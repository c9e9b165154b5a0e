//! Pipes: two ends of a socket, which is a stream or keeps messages apart.

use core::ffi::c_int;

use guest_rt::{Handle, Owned, socket};
use zx_abi::SOCKET_STREAM;

use crate::descriptor;
use crate::errno::{EINVAL, Result, answer};
use crate::object::{Kind, Object};
use crate::open::{O_CLOEXEC, O_NONBLOCK};

#[unsafe(no_mangle)]
unsafe extern "C" fn pipe(out: *mut [c_int; 2]) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { pipe2(out, 0) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pipe2(out: *mut [c_int; 2], flags: c_int) -> c_int {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return answer(Err(EINVAL));
    }
    answer(create(SOCKET_STREAM, flags).map(|fds| {
        // SAFETY: the caller's promise.
        unsafe { out.write(fds) };
        0
    }))
}

/// Opens both ends of a socket that is created with these options.
pub fn create(options: u32, flags: c_int) -> Result<[c_int; 2]> {
    let (one, other) = socket::create(options)?;
    let insert = |end: Handle| {
        let object = Object::new(Kind::Pipe(Owned::new(end)));
        object.set_nonblocking(flags & O_NONBLOCK != 0);
        descriptor::insert(object, 0, flags & O_CLOEXEC != 0)
    };
    let first = insert(one).inspect_err(|_| other.close())?;
    let second = insert(other).inspect_err(|_| drop(descriptor::remove(first)))?;
    Ok([first, second])
}
