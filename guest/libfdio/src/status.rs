//! Statuses, which Fuchsia's own functions return.

use zx_abi::Status;

/// What such a function returns.
pub fn of(result: Result<(), Status>) -> i32 {
    result.err().unwrap_or(Status::OK).into_raw()
}

/// The same for a function that gives something out.
///
/// # Safety
/// `out` is valid for the write.
pub unsafe fn give<T>(result: Result<T, Status>, out: *mut T) -> i32 {
    // SAFETY: the caller's promise.
    of(result.map(|value| unsafe { out.write(value) }))
}
