//! `zx_object_*` for guests.

use zx_abi::{MAX_NAME_LEN, Rights, Signals, Size, Status, WAIT_MANY_MAX_ITEMS, WaitItem};

use super::calls::{
    GuestCall, ObjectGetChild, ObjectGetInfo, ObjectGetProperty, ObjectSetProperty, ObjectSignal,
    ObjectSignalPeer, ObjectWaitAsync, ObjectWaitMany, ObjectWaitOne,
};
use super::{DONE, Outcome, done};
use crate::syscalls::{Info, WaitManyStart};
use crate::wait::{Sleeper, WaitFor};
use crate::{Caller, SyscallOutcome};

/// Bytes of a property value, at most.
const PROPERTY_MAX_LEN: u64 = MAX_NAME_LEN as u64;

impl GuestCall for ObjectGetInfo {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let info = caller.object_get_info(self.handle.0, self.topic.0)?;
        let Info { bytes, record_size, list } = info;
        if record_size == 0 {
            return Ok(DONE);
        }
        let available = bytes.len() / record_size;
        let room = usize::try_from(self.buffer.count).unwrap_or(usize::MAX) / record_size;
        let copied = available.min(room);
        if copied > 0 {
            let records = bytes.get(..copied * record_size).unwrap_or_default();
            caller.copy_out_long(self.buffer.address, records)?;
        }
        caller.copy_out_optional(self.actual, Size(copied as u64))?;
        caller.copy_out_optional(self.avail, Size(available as u64))?;
        if copied < available && !list { Err(Status::BUFFER_TOO_SMALL) } else { Ok(DONE) }
    }
}

impl GuestCall for ObjectGetProperty {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.not_null(self.value.address)?;
        let size = usize::try_from(self.value.count).unwrap_or(usize::MAX);
        let value = caller.object_get_property(self.handle.0, self.property.0, size)?;
        caller.copy_out(self.value.cast(), &value)
    }
}

impl GuestCall for ObjectSetProperty {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.not_null(self.value.address)?;
        caller.object_with(self.handle.0, Rights::SET_PROPERTY)?;
        let value = caller.copy_in(self.value.cast::<[u8]>().at_most(PROPERTY_MAX_LEN))?;
        caller.object_set_property(self.handle.0, self.property.0, &value).map(done)
    }
}

impl GuestCall for ObjectGetChild {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let child = caller.object_get_child(self.handle.0, self.koid, self.rights.bits())?;
        caller.copy_out_handles(&[(self.out, child)])
    }
}

impl GuestCall for ObjectSignal {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (clear, set) = (self.clear_mask.bits(), self.set_mask.bits());
        caller.object_signal(self.handle.0, clear, set).map(done)
    }
}

impl GuestCall for ObjectSignalPeer {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (clear, set) = (self.clear_mask.bits(), self.set_mask.bits());
        caller.object_signal_peer(self.handle.0, clear, set).map(done)
    }
}

impl GuestCall for ObjectWaitAsync {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { handle, port, key, signals, options } = self;
        caller.object_wait_async(handle.0, port.0, key.0, signals, options.0).map(done)
    }
}

impl GuestCall for ObjectWaitOne {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (handle, signals, deadline) = (self.handle.0, self.signals, self.deadline.0);
        let (object, now) = caller.wait_state(handle)?;
        let ready = now.intersects(signals);
        if ready || deadline <= caller.state.now() {
            caller.copy_out_optional(self.observed, now)?;
            return if ready { Ok(DONE) } else { Err(Status::TIMED_OUT) };
        }
        let sleeper = Sleeper::Thread(caller.guest_thread()?);
        let wait_for = WaitFor::One { out: self.observed.map_or(0, |observed| observed.address) };
        let items = [(handle, object, signals)];
        caller.sleep_for_signals(sleeper, wait_for, deadline, &items);
        Ok(SyscallOutcome::Blocked)
    }
}

impl GuestCall for ObjectWaitMany {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        if self.items.count > WAIT_MANY_MAX_ITEMS as u64 {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut items: Vec<WaitItem> = caller.copy_in_records(self.items.input())?;
        let waits: Vec<(u32, Signals)> = items
            .iter()
            .map(|item| (item.handle, Signals::from_bits_retain(item.waitfor)))
            .collect();
        let sleeper = Sleeper::Thread(caller.guest_thread()?);
        match caller.wait_many(&waits, sleeper, self.items.address, self.deadline.0)? {
            WaitManyStart::Pending => Ok(SyscallOutcome::Blocked),
            WaitManyStart::Ended(status, pending) => {
                for (item, signals) in items.iter_mut().zip(pending) {
                    item.pending = signals.bits();
                }
                caller.copy_out_records(self.items.output(), &items)?;
                Status::ok(status.into_raw()).map(done)
            }
        }
    }
}
