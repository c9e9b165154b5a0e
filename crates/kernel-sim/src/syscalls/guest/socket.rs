//! `zx_socket_*` for guests.

use zx_abi::{Result, SOCKET_CAPACITY, Size, Status};

use super::calls::{
    GuestCall, SocketCreate, SocketRead, SocketSetDisposition, SocketShutdown, SocketWrite,
};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for SocketCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (first, second) = caller.socket_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out0, first), (self.out1, second)])
    }
}

impl GuestCall for SocketRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        some_buffer(self.buffer.address, self.buffer.count)?;
        let max = usize::try_from(self.buffer.count).unwrap_or(usize::MAX).min(SOCKET_CAPACITY);
        let bytes = caller.socket_read(self.handle.0, self.options.0, max)?;
        caller.copy_out(self.buffer, &bytes)?;
        caller.copy_out_optional(self.actual, Size(bytes.len() as u64))
    }
}

impl GuestCall for SocketWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        some_buffer(self.buffer.address, self.buffer.count)?;
        let (socket, options) = (self.handle.0, self.options.0);
        let len = usize::try_from(self.buffer.count).unwrap_or(usize::MAX);
        // No more is copied than the peer can take.
        let (_, accepted) = caller.socket_accepts(socket, options, len)?;
        let bytes = caller.copy_in(self.buffer.at_most(accepted as u64))?;
        let written = caller.socket_write(socket, options, &bytes)?;
        caller.copy_out_optional(self.actual, Size(written as u64))
    }
}

impl GuestCall for SocketSetDisposition {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (own, peer) = (self.disposition, self.disposition_peer);
        caller.socket_set_disposition(self.handle.0, own, peer).map(done)
    }
}

impl GuestCall for SocketShutdown {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.socket_shutdown(self.handle.0, self.options.0).map(done)
    }
}

/// Only an empty buffer may be null.
fn some_buffer(address: u64, count: u64) -> Result {
    if address == 0 && count > 0 { Err(Status::INVALID_ARGS) } else { Ok(()) }
}
