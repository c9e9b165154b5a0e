//! Locks on files: sys/file.h.

use core::ffi::c_int;

use guest_rt::io::file::{self, Lock};
use zx_abi::Status;

use crate::descriptor;
use crate::errno::{EAGAIN, EINVAL, EOPNOTSUPP, Result, done};

const LOCK_SH: c_int = 1;
const LOCK_EX: c_int = 2;
const LOCK_NB: c_int = 4;
const LOCK_UN: c_int = 8;

#[unsafe(no_mangle)]
extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    done(lock(fd, operation))
}

fn lock(fd: c_int, operation: c_int) -> Result {
    let wait = operation & LOCK_NB == 0;
    let kind = match operation & !LOCK_NB {
        LOCK_SH => Lock::Read,
        LOCK_EX => Lock::Write,
        LOCK_UN => Lock::Unlock,
        _ => return Err(EINVAL),
    };
    let object = descriptor::get(fd)?;
    let node = object.remote().map_err(|_| EOPNOTSUPP)?.channel();
    match file::lock(node, kind, wait) {
        // Servers tell of others' locks in either way.
        Err(Status::BAD_STATE | Status::SHOULD_WAIT) => Err(EAGAIN),
        result => Ok(result?),
    }
}
