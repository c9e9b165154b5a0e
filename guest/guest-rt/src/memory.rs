//! VMOs and their mappings.

use zx_abi::{Result, Status, VmOptions, VmoChildOptions};

use crate::{Handle, syscalls};

/// Creates a VMO of at least `size` bytes.
///
/// # Errors
/// OUT_OF_RANGE, NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create_vmo(size: u64) -> Result<Handle> {
    let mut vmo = 0;
    // SAFETY: `vmo` is valid for the write.
    Status::ok(unsafe { syscalls::vmo_create(size as usize, 0, &mut vmo) })?;
    Ok(Handle::from_raw(vmo))
}

/// The size of a VMO in bytes.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE.
pub fn vmo_size(vmo: Handle) -> Result<u64> {
    let mut size = 0;
    // SAFETY: `size` is valid for the write.
    Status::ok(unsafe { syscalls::vmo_get_size(vmo.into_raw(), &mut size) })?;
    Ok(size)
}

/// Fills the buffer from a VMO.
///
/// # Errors
/// OUT_OF_RANGE, ACCESS_DENIED, BAD_HANDLE, WRONG_TYPE.
pub fn read_vmo(vmo: Handle, offset: u64, buffer: &mut [u8]) -> Result {
    // SAFETY: the buffer has the size passed.
    Status::ok(unsafe {
        syscalls::vmo_read(vmo.into_raw(), buffer.as_mut_ptr(), offset, buffer.len())
    })
}

/// Writes bytes into a VMO.
///
/// # Errors
/// OUT_OF_RANGE, ACCESS_DENIED, BAD_HANDLE, WRONG_TYPE.
pub fn write_vmo(vmo: Handle, offset: u64, bytes: &[u8]) -> Result {
    // SAFETY: the bytes have the size passed.
    Status::ok(unsafe { syscalls::vmo_write(vmo.into_raw(), bytes.as_ptr(), offset, bytes.len()) })
}

/// Maps `len` bytes from the start of a VMO where the kernel likes, and returns the address.
///
/// # Errors
/// As `zx_vmar_map`. SPECIFIC and SPECIFIC_OVERWRITE are INVALID_ARGS: they could replace memory
/// in use.
pub fn map(vmar: Handle, options: VmOptions, vmo: Handle, len: usize) -> Result<usize> {
    if options.intersects(VmOptions::SPECIFIC | VmOptions::SPECIFIC_OVERWRITE) {
        return Err(Status::INVALID_ARGS);
    }
    let mut address = 0;
    // SAFETY: `address` is valid for the write, and the mapping replaces no other.
    Status::ok(unsafe {
        syscalls::vmar_map(vmar.into_raw(), options.bits(), 0, vmo.into_raw(), 0, len, &mut address)
    })?;
    Ok(address)
}

/// Maps part of a VMO at an offset of a VMAR, where nothing is mapped, and returns the address.
///
/// # Errors
/// As `zx_vmar_map`. SPECIFIC_OVERWRITE is INVALID_ARGS: it could replace memory in use.
pub fn map_at(
    vmar: Handle,
    options: VmOptions,
    offset: usize,
    vmo: Handle,
    vmo_offset: u64,
    len: usize,
) -> Result<usize> {
    if options.contains(VmOptions::SPECIFIC_OVERWRITE) {
        return Err(Status::INVALID_ARGS);
    }
    let options = options | VmOptions::SPECIFIC;
    let mut address = 0;
    // SAFETY: `address` is valid for the write, and the mapping replaces no other.
    Status::ok(unsafe {
        syscalls::vmar_map(
            vmar.into_raw(),
            options.bits(),
            offset as u64,
            vmo.into_raw(),
            vmo_offset,
            len,
            &mut address,
        )
    })?;
    Ok(address)
}

/// Allocates a region of the VMAR where the kernel likes, and returns it with its address.
///
/// # Errors
/// As `zx_vmar_allocate`.
pub fn allocate(vmar: Handle, options: VmOptions, size: usize) -> Result<(Handle, usize)> {
    let (mut child, mut address) = (0, 0);
    // SAFETY: both are valid for the writes.
    Status::ok(unsafe {
        syscalls::vmar_allocate(vmar.into_raw(), options.bits(), 0, size, &mut child, &mut address)
    })?;
    Ok((Handle::from_raw(child), address))
}

/// Creates a child of a VMO.
///
/// # Errors
/// As `zx_vmo_create_child`.
pub fn create_child(
    vmo: Handle,
    options: VmoChildOptions,
    offset: u64,
    size: u64,
) -> Result<Handle> {
    let mut child = 0;
    // SAFETY: `child` is valid for the write.
    Status::ok(unsafe {
        syscalls::vmo_create_child(
            vmo.into_raw(),
            options.bits(),
            offset,
            size as usize,
            &mut child,
        )
    })?;
    Ok(Handle::from_raw(child))
}

/// Changes the permissions of mapped pages.
///
/// # Safety
/// Nothing relies on the permissions that go.
///
/// # Errors
/// As `zx_vmar_protect`.
pub unsafe fn protect(vmar: Handle, options: VmOptions, address: usize, len: usize) -> Result {
    // SAFETY: the caller's promise.
    Status::ok(unsafe { syscalls::vmar_protect(vmar.into_raw(), options.bits(), address, len) })
}

/// Unmaps pages.
///
/// # Safety
/// Nothing points into them.
///
/// # Errors
/// As `zx_vmar_unmap`.
pub unsafe fn unmap(vmar: Handle, address: usize, len: usize) -> Result {
    // SAFETY: the caller's promise.
    Status::ok(unsafe { syscalls::vmar_unmap(vmar.into_raw(), address, len) })
}
