//! Replies of methods that can fail: a union of what they succeed with and a status.

use zx_abi::{Result, Status};

use crate::fidl::Decoder;

/// Bytes of a reply that says no more than whether it failed.
pub const OUTCOME_SIZE: usize = 32;

const RESPONSE: u64 = 1;

/// Reads as far as the struct of at least `size` bytes that the method succeeds with, and returns
/// where that is.
///
/// # Errors
/// What the method failed with; INVALID_ARGS for what is no such reply.
pub fn response(reply: Decoder<'_>, size: usize) -> Result<(Decoder<'_>, usize)> {
    let mut reply = reply.body(OUTCOME_SIZE)?;
    if reply.u64(16)? != RESPONSE {
        return Err(failure(reply)?);
    }
    let at = reply.content(24, size)?;
    Ok((reply, at))
}

/// Reads a reply that says no more than whether the method failed.
///
/// # Errors
/// As [`response`].
pub fn done(reply: Decoder<'_>) -> Result {
    let mut reply = reply.body(OUTCOME_SIZE)?;
    if reply.u64(16)? != RESPONSE {
        // Some servers tell of a success so.
        return Status::ok(failure(reply)?.into_raw());
    }
    // A struct without fields has a byte.
    reply.envelope(24, 1)?;
    reply.finish().map(drop)
}

/// The status of a failure: the method's own, or that of FIDL, which does not know the method.
fn failure(mut reply: Decoder<'_>) -> Result<Status> {
    if !matches!(reply.u64(16)?, 2 | 3) {
        return Err(Status::INVALID_ARGS);
    }
    let at = reply.envelope(24, 4)?;
    let status = reply.status(at)?;
    reply.finish().map(|_| status)
}
