//! Names of threads.

use core::ffi::{CStr, c_char, c_int};

use guest_rt::Handle;
use zx_abi::MAX_NAME_LEN;

use super::Thread;
use crate::errno;

/// What does not fit is cut off. Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_setname_np(thread: *const Thread, name: *const c_char) -> c_int {
    // SAFETY: the caller's promise: the thread has not been joined.
    let (thread, name) = unsafe { (&*thread, CStr::from_ptr(name).to_bytes()) };
    let mut cut = [0; MAX_NAME_LEN];
    let size = name.len().min(MAX_NAME_LEN - 1);
    cut[..size].copy_from_slice(&name[..size]);
    let set = Handle::from_raw(thread.handle.get()).set_name(&cut);
    set.err().map_or(0, errno::of_status)
}

/// Returns an error's number: ERANGE without room for all.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_getname_np(
    thread: *const Thread,
    out: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller's promise: the thread has not been joined.
    let handle = Handle::from_raw(unsafe { (*thread).handle.get() });
    let name = match handle.name() {
        Ok(name) => name,
        Err(status) => return errno::of_status(status),
    };
    let count = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
    if size <= count {
        return errno::ERANGE;
    }
    // SAFETY: the caller's room has this size.
    unsafe {
        out.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), count);
        out.add(count).write(0);
    }
    0
}
