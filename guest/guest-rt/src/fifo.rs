//! Fifos of elements of one type.

use zerocopy::{FromBytes, Immutable, IntoBytes};
use zx_abi::{Result, Status};

use crate::{Handle, syscalls};

/// Creates a fifo that holds `count` elements in each direction, and returns its two ends.
///
/// # Errors
/// NO_MEMORY, ACCESS_DENIED (job policy), OUT_OF_RANGE (none, or more than 4096 bytes).
pub fn create<T>(count: usize) -> Result<(Handle, Handle)> {
    let (mut one, mut other) = (0, 0);
    // SAFETY: both are valid for the writes.
    Status::ok(unsafe { syscalls::fifo_create(count, size_of::<T>(), 0, &mut one, &mut other) })?;
    Ok((Handle::from_raw(one), Handle::from_raw(other)))
}

/// Writes elements, and returns how many of them there was room for.
///
/// # Errors
/// SHOULD_WAIT (no room), PEER_CLOSED, OUT_OF_RANGE (none, or of another size), BAD_HANDLE,
/// WRONG_TYPE, ACCESS_DENIED.
pub fn write<T: IntoBytes + Immutable>(fifo: Handle, elements: &[T]) -> Result<usize> {
    let mut actual = 0;
    // SAFETY: the elements are as many and as large as is passed.
    Status::ok(unsafe {
        syscalls::fifo_write(
            fifo.into_raw(),
            size_of::<T>(),
            elements.as_ptr().cast(),
            elements.len(),
            &mut actual,
        )
    })?;
    Ok(actual)
}

/// Reads elements, and returns how many there were.
///
/// # Errors
/// SHOULD_WAIT (empty), PEER_CLOSED (and empty), OUT_OF_RANGE (none, or of another size),
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn read<T: FromBytes + IntoBytes>(fifo: Handle, elements: &mut [T]) -> Result<usize> {
    let mut actual = 0;
    // SAFETY: the elements are as many and as large as is passed, and any bytes make one.
    Status::ok(unsafe {
        syscalls::fifo_read(
            fifo.into_raw(),
            size_of::<T>(),
            elements.as_mut_ptr().cast(),
            elements.len(),
            &mut actual,
        )
    })?;
    Ok(actual)
}
