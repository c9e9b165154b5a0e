//! Counters, which there are since 2021.

use zx_abi::{Result, Status};

use crate::{Handle, syscalls};

/// Creates a counter at 0.
///
/// # Errors
/// NO_MEMORY.
pub fn create() -> Result<Handle> {
    let mut counter = 0;
    // SAFETY: `counter` is valid for the write.
    Status::ok(unsafe { syscalls::counter_create(0, &mut counter) })?;
    Ok(Handle::from_raw(counter))
}

/// Adds to a counter.
///
/// # Errors
/// OUT_OF_RANGE, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn add(counter: Handle, amount: i64) -> Result {
    // SAFETY: no pointers are passed.
    Status::ok(unsafe { syscalls::counter_add(counter.into_raw(), amount) })
}

/// Reads a counter.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn read(counter: Handle) -> Result<i64> {
    let mut value = 0;
    // SAFETY: `value` is valid for the write.
    Status::ok(unsafe { syscalls::counter_read(counter.into_raw(), &mut value) })?;
    Ok(value)
}
