//! `zx_port_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{PortPacket, Rights, Syscall};

use super::{Outcome, done};
use crate::object::{PortId, ThreadId};
use crate::syscalls::PortWait;
use crate::wait::Sleeper;
use crate::{Caller, SyscallOutcome};

impl Caller<'_> {
    pub(super) fn port_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, ..] = args;
        match syscall {
            Syscall::PortCreate => {
                let port = self.port_create(a as u32)?;
                self.copy_out_handles(&[(b, port)])
            }
            Syscall::PortQueue => {
                let port: PortId = self.get(a as u32, Rights::WRITE)?;
                let packet: PortPacket = self.copy_in_record(b)?;
                self.queue_packet(port, packet).map(done)
            }
            Syscall::PortWait => {
                match self.wait_for_packet(a as u32, Sleeper::Thread(thread), c, b as i64)? {
                    PortWait::Ready(packet) => self.copy_out(c, packet.as_bytes()),
                    PortWait::Pending => Ok(SyscallOutcome::Blocked),
                }
            }
            Syscall::PortCancel => self.port_cancel(a as u32, b as u32, c).map(done),
            Syscall::PortCancelKey => self.port_cancel_key(a as u32, b as u32, c).map(done),
            _ => self.not_implemented(thread, syscall),
        }
    }
}
