//! Virtual interrupts.

use zx_abi::{INTERRUPT_VIRTUAL, Result, Status};

use crate::{Handle, syscalls};

/// Creates a virtual interrupt.
///
/// # Errors
/// NO_MEMORY.
pub fn create() -> Result<Handle> {
    let mut interrupt = 0;
    // SAFETY: `interrupt` is valid for the write.
    Status::ok(unsafe { syscalls::interrupt_create(0, 0, INTERRUPT_VIRTUAL, &mut interrupt) })?;
    Ok(Handle::from_raw(interrupt))
}

/// Triggers it.
///
/// # Errors
/// CANCELED, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn trigger(interrupt: Handle, timestamp: i64) -> Result {
    // SAFETY: no pointers are passed.
    Status::ok(unsafe { syscalls::interrupt_trigger(interrupt.into_raw(), 0, timestamp) })
}

/// Waits for a trigger, and returns its moment.
///
/// # Errors
/// CANCELED, BAD_STATE, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn wait(interrupt: Handle) -> Result<i64> {
    let mut timestamp = 0;
    // SAFETY: `timestamp` is valid for the write.
    Status::ok(unsafe { syscalls::interrupt_wait(interrupt.into_raw(), &mut timestamp) })?;
    Ok(timestamp)
}
