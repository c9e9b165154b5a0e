//! Pipes: two ends of a socket.

use core::ffi::c_int;

use guest_rt::{Handle, Owned, socket};

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
    answer(create(flags).map(|fds| {
        // SAFETY: the caller's promise.
        unsafe { out.write(fds) };
        0
    }))
}

pub fn create(flags: c_int) -> Result<[c_int; 2]> {
    let (one, other) = socket::create_stream()?;
    let insert = |end: Handle| {
        let object = Object::new(Kind::Pipe(Owned::new(end)));
        object.set_nonblocking(flags & O_NONBLOCK != 0);
        descriptor::insert(object, 0, flags & O_CLOEXEC != 0)
    };
    let first = insert(one).inspect_err(|_| other.close())?;
    let second = insert(other).inspect_err(|_| drop(descriptor::remove(first)))?;
    Ok([first, second])
}
