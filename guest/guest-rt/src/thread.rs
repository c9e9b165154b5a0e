//! Threads.

use zx_abi::{PROP_REGISTER_FS, Result, Status};

use crate::{Handle, syscalls};

/// Sets the thread pointer of the calling thread, to which the handle must be.
///
/// # Safety
/// The pointer is that of a thread control block, which stays.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no SET_PROPERTY, or another thread), INVALID_ARGS (no
/// address).
pub unsafe fn set_thread_pointer(thread: Handle, pointer: u64) -> Result {
    let bytes = pointer.to_le_bytes();
    // SAFETY: the bytes have the size passed; the caller's promise.
    Status::ok(unsafe {
        syscalls::object_set_property(
            thread.into_raw(),
            PROP_REGISTER_FS,
            bytes.as_ptr(),
            bytes.len(),
        )
    })
}
