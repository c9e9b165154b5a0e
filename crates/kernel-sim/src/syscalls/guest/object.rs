//! `zx_object_get_info` and `zx_object_wait_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{Signals, Status, WAIT_MANY_MAX_ITEMS, WaitItem};

use super::{DONE, Outcome, done};
use crate::object::ThreadId;
use crate::syscalls::{Info, WaitManyStart};
use crate::wait::{Sleeper, WaitFor};
use crate::{Caller, SyscallOutcome};

impl Caller<'_> {
    pub(super) fn guest_get_info(
        &mut self,
        handle: u32,
        topic: u32,
        buffer: u64,
        size: u64,
        [actual, avail]: [u64; 2],
    ) -> Outcome {
        let Info { bytes, record_size, list } = self.object_get_info(handle, topic)?;
        if record_size == 0 {
            return Ok(DONE);
        }
        let available = bytes.len() / record_size;
        let room = usize::try_from(size).unwrap_or(usize::MAX) / record_size;
        let copied = available.min(room);
        if copied > 0 {
            self.copy_out(buffer, bytes.get(..copied * record_size).unwrap_or_default())?;
        }
        self.copy_out_optional(actual, &(copied as u64).to_le_bytes())?;
        self.copy_out_optional(avail, &(available as u64).to_le_bytes())?;
        if copied < available && !list { Err(Status::BUFFER_TOO_SMALL) } else { Ok(DONE) }
    }

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
}
