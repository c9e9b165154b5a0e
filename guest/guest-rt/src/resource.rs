//! Resources, and what they are asked for.

use zx_abi::{PROFILE_INFO_FLAG_PRIORITY, ProfileInfo, ResourceKind, Result, Status};

use crate::{Handle, syscalls};

/// Makes a part of a resource.
///
/// # Errors
/// INVALID_ARGS, NOT_FOUND, NO_RESOURCES, NO_MEMORY, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn create(parent: Handle, kind: ResourceKind, base: u64, size: usize) -> Result<Handle> {
    let mut part = 0;
    // SAFETY: no name is passed, and `part` is valid for the write.
    Status::ok(unsafe {
        let name = core::ptr::null();
        syscalls::resource_create(parent.into_raw(), kind as u32, base, size, name, 0, &mut part)
    })?;
    Ok(Handle::from_raw(part))
}

/// Makes a profile of a priority, by the root job in 2020 and by a resource since.
///
/// # Errors
/// INVALID_ARGS, NO_MEMORY, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn profile(authority: Handle, priority: i32) -> Result<Handle> {
    let info = ProfileInfo {
        flags: PROFILE_INFO_FLAG_PRIORITY,
        params: [i64::from(priority), 0, 0],
        ..ProfileInfo::default()
    };
    let mut profile = 0;
    // SAFETY: `info` is valid for the read, and `profile` for the write.
    Status::ok(unsafe { syscalls::profile_create(authority.into_raw(), 0, &info, &mut profile) })?;
    Ok(Handle::from_raw(profile))
}
