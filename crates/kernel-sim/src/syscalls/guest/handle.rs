//! `zx_handle_*` for guests.

use zx_abi::{HandleValue, In, MAX_HANDLE_COUNT, Result, Status};

use super::calls::{GuestCall, HandleClose, HandleCloseMany, HandleDuplicate, HandleReplace};
use super::{Outcome, done};
use crate::Caller;

/// Handles of a list that are closed at a time.
const CLOSE_CHUNK: u64 = 1024;

impl GuestCall for HandleClose {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.handle_close(self.handle.0).map(done)
    }
}

impl GuestCall for HandleCloseMany {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.close_listed(self.handles).map(done)
    }
}

impl GuestCall for HandleDuplicate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let handle = caller.handle_duplicate(self.handle.0, self.rights.bits())?;
        caller.copy_out_handles(&[(self.out, handle)])
    }
}

impl GuestCall for HandleReplace {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let handle = caller.handle_replace(self.handle.0, self.rights.bits())?;
        caller.copy_out_handles(&[(self.out, handle)])
    }
}

impl Caller<'_> {
    /// Closes the handles of a list in guest memory, piece by piece. A list longer than there can
    /// be handles is INVALID_ARGS.
    pub(super) fn close_listed(&mut self, list: In<[HandleValue]>) -> Result {
        if list.count > MAX_HANDLE_COUNT as u64 {
            return Err(Status::INVALID_ARGS);
        }
        let mut result = Ok(());
        for first in (0..list.count).step_by(CLOSE_CHUNK as usize) {
            let at = list.address.checked_add(first * 4).ok_or(Status::INVALID_ARGS)?;
            let piece = In::new(at, (list.count - first).min(CLOSE_CHUNK));
            let handles = self.copy_in_handles(piece)?;
            result = result.and(self.handle_close_many(&handles));
            self.breathe()?;
        }
        result
    }
}
