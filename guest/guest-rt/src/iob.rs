//! IOBuffers, which there are since 2021.

use zx_abi::{
    IOB_DISCIPLINE_TYPE_RING_BUFFER, IOB_REGION_TYPE_SHARED, IoVector, IobAccess, IobRegion,
    Result, Status, VmOptions,
};

use crate::{Handle, syscalls};

/// Creates memory for rings: a page of what the ring is like, and pages of records.
///
/// # Errors
/// INVALID_ARGS, ACCESS_DENIED (job policy), NO_MEMORY.
pub fn create_shared_region(size: usize) -> Result<Handle> {
    let mut region = 0;
    // SAFETY: `region` is valid for the write.
    Status::ok(unsafe { syscalls::iob_create_shared_region(0, size, &mut region) })?;
    Ok(Handle::from_raw(region))
}

/// Creates both ends of an IOBuffer of one ring.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, INVALID_ARGS, ACCESS_DENIED (job policy), NO_MEMORY.
pub fn create_ring(shared: Handle, access: IobAccess, tag: u64) -> Result<(Handle, Handle)> {
    let mut region = IobRegion {
        kind: IOB_REGION_TYPE_SHARED,
        access: access.bits(),
        discipline: IOB_DISCIPLINE_TYPE_RING_BUFFER,
        ..IobRegion::default()
    };
    region.discipline_extension[0] = tag;
    region.extension[1] = shared.into_raw();
    let (mut first, mut second) = (0, 0);
    // SAFETY: there is one region, and both are valid for the writes.
    Status::ok(unsafe { syscalls::iob_create(0, &region, 1, &mut first, &mut second) })?;
    Ok((Handle::from_raw(first), Handle::from_raw(second)))
}

/// Writes a record into a ring.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, OUT_OF_RANGE, INVALID_ARGS, NO_SPACE, IO_DATA_INTEGRITY.
pub fn write(iob: Handle, region: u32, data: &[u8]) -> Result {
    let buffer = IoVector { buffer: data.as_ptr().addr() as u64, capacity: data.len() as u64 };
    // SAFETY: there is one buffer, of the size it says.
    Status::ok(unsafe { syscalls::iob_writev(iob.into_raw(), 0, region, &buffer, 1) })
}

/// Maps a region from its start where the kernel likes, and returns the address.
///
/// # Errors
/// As `zx_vmar_map_iob`. SPECIFIC and SPECIFIC_OVERWRITE are INVALID_ARGS: they could replace
/// memory in use.
pub fn map(
    vmar: Handle,
    options: VmOptions,
    iob: Handle,
    region: u32,
    len: usize,
) -> Result<usize> {
    if options.intersects(VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE) {
        return Err(Status::INVALID_ARGS);
    }
    let (vmar, options, iob) = (vmar.into_raw(), options.bits(), iob.into_raw());
    let mut address = 0;
    // SAFETY: `address` is valid for the write, and the mapping replaces no other.
    Status::ok(unsafe {
        syscalls::vmar_map_iob(vmar, options, 0, iob, region, 0, len, &mut address)
    })?;
    Ok(address)
}
