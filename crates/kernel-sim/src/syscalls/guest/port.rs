//! `zx_port_*` for guests.

use zx_abi::Rights;

use super::calls::{GuestCall, PortCancel, PortCancelKey, PortCreate, PortQueue, PortWait};
use super::{Outcome, done};
use crate::object::PortId;
use crate::syscalls;
use crate::wait::Sleeper;
use crate::{Caller, SyscallOutcome};

impl GuestCall for PortCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let port = caller.port_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out, port)])
    }
}

impl GuestCall for PortQueue {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let port: PortId = caller.get(self.handle.0, Rights::WRITE)?;
        let packet = caller.copy_in_record(self.packet)?;
        caller.queue_packet(port, packet).map(done)
    }
}

impl GuestCall for PortWait {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { handle, deadline, packet } = self;
        let sleeper = Sleeper::Thread(caller.guest_thread()?);
        match caller.wait_for_packet(handle.0, sleeper, packet.address, deadline.0)? {
            syscalls::PortWait::Ready(ready) => caller.copy_out_record(packet, &ready),
            syscalls::PortWait::Pending => Ok(SyscallOutcome::Blocked),
        }
    }
}

impl GuestCall for PortCancel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.port_cancel(self.handle.0, self.source.0, self.key.0).map(done)
    }
}

impl GuestCall for PortCancelKey {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.port_cancel_key(self.handle.0, self.options.0, self.key.0).map(done)
    }
}
