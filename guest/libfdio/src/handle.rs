//! Descriptors as handles (lib/fdio/fd.h). Functions return statuses.

use core::ffi::c_int;

use guest_rt::io::{OpenFlags, node};
use guest_rt::{Handle, Owned};
use zx_abi::{Rights, Status};

use crate::descriptor;
use crate::object::{Kind, Object};

/// Another handle to what is behind a descriptor, for another process.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_clone(fd: c_int, out: *mut u32) -> i32 {
    let clone = || {
        let object = descriptor::get(fd).map_err(|_| Status::INVALID_ARGS)?;
        clone(&object)
    };
    // SAFETY: the caller's promise.
    unsafe { give(clone(), out) }
}

pub fn clone(object: &Object) -> Result<Handle, Status> {
    match &object.kind {
        Kind::Pipe(handle) | Kind::Log(handle, _) => handle.get().duplicate(Rights::SAME_RIGHTS),
        Kind::Remote(remote) => node::clone(remote.channel(), OpenFlags::CLONE_SAME_RIGHTS),
        Kind::Null => Err(Status::NOT_SUPPORTED),
    }
}

/// Makes a descriptor of a handle, which is consumed.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_create(handle: u32, out: *mut c_int) -> i32 {
    let object = Object::from_handle(Owned::new(Handle::from_raw(handle)));
    let inserted = object
        .and_then(|object| descriptor::insert(object, 0, false).map_err(|_| Status::NO_RESOURCES));
    match inserted {
        Ok(fd) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(fd) };
            Status::OK.into_raw()
        }
        Err(status) => status.into_raw(),
    }
}

/// Closes a descriptor, and gives out a handle to what was behind it.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_fd_transfer(fd: c_int, out: *mut u32) -> i32 {
    let transfer = || {
        let object = descriptor::get(fd).map_err(|_| Status::INVALID_ARGS)?;
        let handle = clone(&object)?;
        // It was there a moment ago; if another thread has closed it, so be it.
        let _ = descriptor::remove(fd);
        Ok(handle)
    };
    // SAFETY: the caller's promise.
    unsafe { give(transfer(), out) }
}

/// # Safety
/// `out` is valid for the write.
unsafe fn give(result: Result<Handle, Status>, out: *mut u32) -> i32 {
    match result {
        Ok(handle) => {
            // SAFETY: the caller's promise.
            unsafe { out.write(handle.into_raw()) };
            Status::OK.into_raw()
        }
        Err(status) => status.into_raw(),
    }
}
