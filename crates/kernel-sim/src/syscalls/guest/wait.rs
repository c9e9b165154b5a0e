//! `zx_object_wait_*`, `zx_port_*` and `zx_timer_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{PortPacket, Rights, Signals, Status, Syscall, WAIT_MANY_MAX_ITEMS, WaitItem};

use super::{DONE, Outcome, done};
use crate::object::{PortId, ThreadId};
use crate::syscalls::{PortWait, WaitManyStart};
use crate::wait::{Sleeper, WaitFor};
use crate::{Caller, SyscallOutcome};

impl Caller<'_> {
    pub(super) fn guest_wait_one(
        &mut self,
        thread: ThreadId,
        [handle, signals, deadline, observed, ..]: [u64; 8],
    ) -> Outcome {
        let (handle, signals) = (handle as u32, Signals::from_bits_retain(signals as u32));
        let (object, now) = self.wait_state(handle)?;
        let ready = now.intersects(signals);
        if ready || deadline as i64 <= self.state.now() {
            self.copy_out_optional(observed, &now.bits().to_le_bytes())?;
            return if ready { Ok(DONE) } else { Err(Status::TIMED_OUT) };
        }
        let (sleeper, wait_for) = (Sleeper::Thread(thread), WaitFor::One { out: observed });
        let items = [(handle, object, signals)];
        self.sleep_for_signals(sleeper, wait_for, deadline as i64, &items);
        Ok(SyscallOutcome::Blocked)
    }

    pub(super) fn guest_wait_many(
        &mut self,
        thread: ThreadId,
        [address, count, deadline, ..]: [u64; 8],
    ) -> Outcome {
        if count > WAIT_MANY_MAX_ITEMS as u64 {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut items: Vec<WaitItem> = self.copy_in_records(address, count)?;
        let waits: Vec<(u32, Signals)> = items
            .iter()
            .map(|item| (item.handle, Signals::from_bits_retain(item.waitfor)))
            .collect();
        match self.wait_many(&waits, Sleeper::Thread(thread), address, deadline as i64)? {
            WaitManyStart::Pending => Ok(SyscallOutcome::Blocked),
            WaitManyStart::Ended(status, pending) => {
                for (item, signals) in items.iter_mut().zip(pending) {
                    item.pending = signals.bits();
                }
                self.copy_out(address, items.as_bytes())?;
                Status::ok(status.into_raw()).map(done)
            }
        }
    }

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

    pub(super) fn timer_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, ..] = args;
        match syscall {
            Syscall::TimerCreate => {
                let timer = self.timer_create(a as u32, b as u32)?;
                self.copy_out_handles(&[(c, timer)])
            }
            Syscall::TimerSet => self.timer_set(a as u32, b as i64, c as i64).map(done),
            Syscall::TimerCancel => self.timer_cancel(a as u32).map(done),
            _ => self.not_implemented(thread, syscall),
        }
    }
}
