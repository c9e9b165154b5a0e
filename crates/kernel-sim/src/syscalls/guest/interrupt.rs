//! `zx_interrupt_*` for guests.

use zx_abi::Instant;

use super::calls::{
    GuestCall, InterruptAck, InterruptBind, InterruptCreate, InterruptDestroy, InterruptTrigger,
    InterruptWait,
};
use super::{Outcome, done};
use crate::syscalls;
use crate::wait::Sleeper;
use crate::{Caller, SyscallOutcome};

impl GuestCall for InterruptCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let interrupt = caller.interrupt_create(self.src_obj.0, self.src_num, self.options.0)?;
        caller.copy_out_handles(&[(self.out_handle, interrupt)])
    }
}

impl GuestCall for InterruptTrigger {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.interrupt_trigger(self.handle.0, self.options.0, self.timestamp.0).map(done)
    }
}

impl GuestCall for InterruptWait {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let sleeper = Sleeper::Thread(caller.guest_thread()?);
        let out = self.out_timestamp.map_or(0, |out| out.address);
        match caller.wait_for_interrupt(self.handle.0, sleeper, out)? {
            syscalls::InterruptWait::Ready(timestamp) => {
                caller.copy_out_optional(self.out_timestamp, Instant(timestamp))
            }
            syscalls::InterruptWait::Pending => Ok(SyscallOutcome::Blocked),
        }
    }
}

impl GuestCall for InterruptBind {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (port, key) = (self.port_handle.0, self.key.0);
        caller.interrupt_bind(self.handle.0, port, key, self.options.0).map(done)
    }
}

impl GuestCall for InterruptAck {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.interrupt_ack(self.handle.0).map(done)
    }
}

impl GuestCall for InterruptDestroy {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.interrupt_destroy(self.handle.0).map(done)
    }
}
