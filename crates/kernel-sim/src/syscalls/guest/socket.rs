//! `zx_socket_*` for guests.

use zx_abi::{SOCKET_CAPACITY, Status, Syscall};

use super::{Outcome, done};
use crate::Caller;
use crate::object::ThreadId;

impl Caller<'_> {
    pub(super) fn socket_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, d, e, ..] = args;
        match syscall {
            Syscall::SocketCreate => {
                let (first, second) = self.socket_create(a as u32)?;
                self.copy_out_handles(&[(b, first), (c, second)])
            }
            Syscall::SocketRead => self.guest_socket_read(a as u32, b as u32, c, d, e),
            Syscall::SocketWrite => self.guest_socket_write(a as u32, b as u32, c, d, e),
            Syscall::SocketSetDisposition => {
                self.socket_set_disposition(a as u32, b as u32, c as u32).map(done)
            }
            _ => self.not_implemented(thread, syscall),
        }
    }

    fn guest_socket_read(
        &mut self,
        socket: u32,
        options: u32,
        buffer: u64,
        size: u64,
        actual: u64,
    ) -> Outcome {
        if buffer == 0 && size > 0 {
            return Err(Status::INVALID_ARGS);
        }
        let max = usize::try_from(size).unwrap_or(usize::MAX).min(SOCKET_CAPACITY);
        let bytes = self.socket_read(socket, options, max)?;
        self.copy_out(buffer, &bytes)?;
        self.copy_out_optional(actual, &(bytes.len() as u64).to_le_bytes())
    }

    fn guest_socket_write(
        &mut self,
        socket: u32,
        options: u32,
        buffer: u64,
        size: u64,
        actual: u64,
    ) -> Outcome {
        if buffer == 0 && size > 0 {
            return Err(Status::INVALID_ARGS);
        }
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        // No more is copied than the peer can take.
        let (_, accepted) = self.socket_accepts(socket, options, len)?;
        let bytes = self.copy_in(buffer, accepted as u64)?;
        let written = self.socket_write(socket, options, &bytes)?;
        self.copy_out_optional(actual, &(written as u64).to_le_bytes())
    }
}
