//! Processes.

use zx_abi::{Result, Status};

use crate::object::Owned;
use crate::{Handle, syscalls};

/// Creates a process, and returns it with its root VMAR.
///
/// # Errors
/// ACCESS_DENIED (job policy, or no MANAGE_PROCESS), BAD_HANDLE, WRONG_TYPE, BAD_STATE (the job is
/// dead).
pub fn create(job: Handle, name: &[u8]) -> Result<(Owned, Owned)> {
    let (mut process, mut root_vmar) = (0, 0);
    // SAFETY: the name has the size passed, and both are valid for the writes.
    Status::ok(unsafe {
        syscalls::process_create(
            job.into_raw(),
            name.as_ptr(),
            name.len(),
            0,
            &mut process,
            &mut root_vmar,
        )
    })?;
    let owned = |raw| Owned::new(Handle::from_raw(raw));
    Ok((owned(process), owned(root_vmar)))
}

/// Ends the process with this return code.
pub fn exit(code: i64) -> ! {
    // SAFETY: takes no pointer.
    match unsafe { syscalls::process_exit(code) } {}
}

/// Ends the process by an undefined instruction, for want of anything better.
pub fn trap() -> ! {
    // SAFETY: ud2 raises an exception and does nothing else.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}
