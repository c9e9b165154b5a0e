//! File descriptors.

use guest_rt::{Handle, Owned};
use zx_abi::{Result, Status};

unsafe extern "C" {
    fn fdio_fd_clone(fd: u32, out: *mut u32) -> i32;
}

/// Another handle to what is behind a descriptor, for another process.
///
/// # Errors
/// INVALID_ARGS if the descriptor is not open; NOT_SUPPORTED if that cannot be cloned, or if it is
/// a standard stream that leads nowhere.
pub fn clone(fd: u16) -> Result<Owned> {
    let mut handle = 0;
    // SAFETY: `handle` is valid for the write.
    Status::ok(unsafe { fdio_fd_clone(fd.into(), &mut handle) })?;
    Ok(Owned::new(Handle::from_raw(handle)))
}
