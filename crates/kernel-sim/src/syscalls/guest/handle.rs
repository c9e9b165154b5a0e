//! `zx_handle_*` for guests.

use zx_abi::{MAX_HANDLE_COUNT, Result, Status};

use crate::Caller;

/// Handles of a list that are closed at a time.
const CLOSE_CHUNK: u64 = 1024;

impl Caller<'_> {
    /// Closes the handles of a list in guest memory, piece by piece. A list longer than there can
    /// be handles is INVALID_ARGS.
    pub(super) fn close_listed(&mut self, address: u64, count: u64) -> Result {
        if count > MAX_HANDLE_COUNT as u64 {
            return Err(Status::INVALID_ARGS);
        }
        let mut result = Ok(());
        for first in (0..count).step_by(CLOSE_CHUNK as usize) {
            let at = address.checked_add(first * 4).ok_or(Status::INVALID_ARGS)?;
            let handles = self.copy_in_handles(at, (count - first).min(CLOSE_CHUNK))?;
            result = result.and(self.handle_close_many(&handles));
        }
        result
    }
}
