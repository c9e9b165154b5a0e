//! `zx_debuglog_*` and `zx_debug_write` for guests.

use zx_abi::{DEBUG_WRITE_MAX_LEN, LOG_RECORD_DATA_MAX};

use super::calls::{DebugWrite, DebuglogCreate, DebuglogWrite, GuestCall};
use super::{DONE, Outcome, done};
use crate::Caller;

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

impl GuestCall for DebugWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let data = caller.copy_in(self.buffer.at_most(DEBUG_WRITE_MAX_LEN).cast())?;
        let thread = caller.state.objects.koid(caller.guest_thread()?);
        caller.debug_write(&data, thread);
        Ok(DONE)
    }
}
