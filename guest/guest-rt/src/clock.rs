//! Clocks that can be mapped, which there are since 2021.

use zx_abi::{CLOCK_OPT_AUTO_START, CLOCK_OPT_MAPPABLE, PAGE_SIZE, Result, Status, VmOptions};

use crate::{Handle, syscalls};

/// Creates a clock that shows the monotonic clock's time.
///
/// # Errors
/// INVALID_ARGS in 2020; NO_MEMORY.
pub fn create_mappable() -> Result<Handle> {
    let (options, mut clock) = (CLOCK_OPT_AUTO_START | CLOCK_OPT_MAPPABLE, 0);
    // SAFETY: there are no further arguments, and `clock` is valid for the write.
    Status::ok(unsafe { syscalls::clock_create(options, core::ptr::null(), &mut clock) })?;
    Ok(Handle::from_raw(clock))
}

/// Reads a clock: nanoseconds.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn read(clock: Handle) -> Result<i64> {
    let mut now = 0;
    // SAFETY: `now` is valid for the write.
    Status::ok(unsafe { syscalls::clock_read(clock.into_raw(), &mut now) })?;
    Ok(now)
}

/// Maps a clock where the kernel likes, and returns the address.
///
/// # Errors
/// As `zx_vmar_map_clock`. SPECIFIC and SPECIFIC_OVERWRITE are INVALID_ARGS: they could replace memory in
/// use.
pub fn map(vmar: Handle, options: VmOptions, clock: Handle) -> Result<usize> {
    if options.intersects(VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE) {
        return Err(Status::INVALID_ARGS);
    }
    let (vmar, options, clock) = (vmar.into_raw(), options.bits(), clock.into_raw());
    let (len, mut address) = (PAGE_SIZE as usize, 0);
    // SAFETY: `address` is valid for the write, and the mapping replaces no other.
    Status::ok(unsafe { syscalls::vmar_map_clock(vmar, options, 0, clock, len, &mut address) })?;
    Ok(address)
}

/// Reads the clock that is mapped at an address.
///
/// # Errors
/// INVALID_ARGS where none is.
pub fn read_mapped(address: usize) -> Result<i64> {
    let (clock, mut now) = (core::ptr::with_exposed_provenance(address), 0);
    // SAFETY: the kernel judges the address, and `now` is valid for the write.
    Status::ok(unsafe { syscalls::clock_read_mapped(clock, &mut now) })?;
    Ok(now)
}
