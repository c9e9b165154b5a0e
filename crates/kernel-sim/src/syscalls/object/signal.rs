//! `zx_object_signal` and `zx_object_signal_peer` (zircon/kernel/lib/syscalls/object.cc).

use zx_abi::{Result, Rights, Signals, Status};

use crate::Caller;
use crate::object::ObjectId;

impl Caller<'_> {
    /// `zx_object_signal`: clears, then sets signals that user code may touch.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without SIGNAL; INVALID_ARGS for other signals.
    pub fn object_signal(&mut self, handle: u32, clear: u32, set: u32) -> Result {
        let object = self.object_with(handle, Rights::SIGNAL)?;
        let (clear, set) = checked_signals(object, clear, set)?;
        self.state.update_signals(object, clear, set);
        Ok(())
    }

    /// `zx_object_signal_peer`: the same on the other end.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without SIGNAL_PEER; INVALID_ARGS for other signals;
    /// NOT_SUPPORTED for an object without a peer; PEER_CLOSED.
    pub fn object_signal_peer(&mut self, handle: u32, clear: u32, set: u32) -> Result {
        let object = self.object_with(handle, Rights::SIGNAL_PEER)?;
        let peer = self.state.objects.any_peer(object);
        if peer == Err(Status::NOT_SUPPORTED) {
            return Err(Status::NOT_SUPPORTED);
        }
        let (clear, set) = checked_signals(object, clear, set)?;
        self.state.update_signals(peer?, clear, set);
        Ok(())
    }
}

/// The masks, if user code may touch all of their signals on this type.
fn checked_signals(object: ObjectId, clear: u32, set: u32) -> Result<(Signals, Signals)> {
    let (clear, set) = (Signals::from_bits_retain(clear), Signals::from_bits_retain(set));
    if object.allowed_signals().contains(clear | set) {
        Ok((clear, set))
    } else {
        Err(Status::INVALID_ARGS)
    }
}
