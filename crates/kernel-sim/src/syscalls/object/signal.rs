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
        self.user_signal(object, object, clear, set)
    }

    /// `zx_object_signal_peer`: the same on the other end.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without SIGNAL_PEER; INVALID_ARGS for other signals;
    /// NOT_SUPPORTED for an object without a peer; PEER_CLOSED.
    pub fn object_signal_peer(&mut self, handle: u32, clear: u32, set: u32) -> Result {
        let object = self.object_with(handle, Rights::SIGNAL_PEER)?;
        let objects = &self.state.objects;
        let peer: Option<ObjectId> = match object {
            ObjectId::Channel(id) => {
                objects.channels.get(id).and_then(|end| end.peer).map(Into::into)
            }
            ObjectId::Socket(id) => {
                objects.sockets.get(id).and_then(|end| end.peer).map(Into::into)
            }
            ObjectId::EventPair(id) => {
                objects.event_pairs.get(id).and_then(|end| end.peer).map(Into::into)
            }
            _ => return Err(Status::NOT_SUPPORTED),
        };
        match peer {
            Some(peer) => self.user_signal(object, peer, clear, set),
            None => Err(checked_signals(object, clear, set).err().unwrap_or(Status::PEER_CLOSED)),
        }
    }

    fn user_signal(&mut self, through: ObjectId, object: ObjectId, clear: u32, set: u32) -> Result {
        let (clear, set) = checked_signals(through, clear, set)?;
        self.state.update_signals(object, clear, set);
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
