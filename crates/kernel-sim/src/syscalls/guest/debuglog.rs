//! `zx_debuglog_*` and `zx_debug_write` for guests.

use zerocopy::IntoBytes;
use zx_abi::{Abi, DEBUG_WRITE_MAX_LEN, LOG_RECORD_DATA_MAX, LogRecordHeader};

use super::calls::{DebugRead, DebugWrite, DebuglogCreate, DebuglogRead, DebuglogWrite, GuestCall};
use super::{DONE, Outcome, done};
use crate::{Caller, SyscallOutcome};

impl GuestCall for DebuglogCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let log = caller.debuglog_create(self.resource.0, self.options.0)?;
        caller.copy_out_handles(&[(self.out, log)])
    }
}

impl GuestCall for DebuglogWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (handle, options) = (self.handle.0, self.options.0);
        caller.debuglog_write_checks(handle, options)?;
        let data = caller.copy_in(self.buffer.at_most(LOG_RECORD_DATA_MAX as u64))?;
        let thread = caller.state.objects.koid(caller.guest_thread()?);
        caller.debuglog_write(handle, options, &data, thread).map(done)
    }
}

impl GuestCall for DebuglogRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let record = caller.debuglog_read(self.handle.0, self.options.0)?;
        let header = LogRecordHeader {
            sequence: record.sequence,
            padding: 0,
            datalen: record.data.len() as u16,
            severity: record.severity,
            flags: 0,
            timestamp: record.timestamp,
            process: record.process,
            thread: record.thread,
        };
        // In 2020 records have no number.
        let number = size_of_val(&header.sequence);
        let skipped = if caller.abi() == Abi::Sdk2020 { number } else { 0 };
        let header = header.as_bytes().get(skipped..).unwrap_or_default();
        let mut bytes = [header, &record.data].concat();
        bytes.truncate(usize::try_from(self.buffer.count).unwrap_or(usize::MAX));
        caller.copy_out(self.buffer, &bytes)?;
        Ok(SyscallOutcome::Return(bytes.len() as u64))
    }
}

impl GuestCall for DebugRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.debug_read(self.handle.0).map(done)
    }
}

impl GuestCall for DebugWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let data = caller.copy_in(self.buffer.at_most(DEBUG_WRITE_MAX_LEN).cast())?;
        let thread = caller.state.objects.koid(caller.guest_thread()?);
        caller.debug_write(&data, thread);
        Ok(DONE)
    }
}
