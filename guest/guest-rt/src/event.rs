//! Events: what can be signalled, and nothing else.

use zx_abi::{Result, Status};

use crate::{Handle, syscalls};

/// Creates an event without signals.
///
/// # Errors
/// NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create() -> Result<Handle> {
    let mut event = 0;
    // SAFETY: `event` is valid for the write.
    Status::ok(unsafe { syscalls::event_create(0, &mut event) })?;
    Ok(Handle::from_raw(event))
}
