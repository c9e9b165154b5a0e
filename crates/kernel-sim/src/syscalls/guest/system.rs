//! `zx_system_get_event`, `zx_system_watch_memory_stall`, `zx_membarrier_*`, `zx_cprng_add_entropy` and
//! `zx_thread_legacy_yield` for guests.

use zx_abi::{CPRNG_ADD_ENTROPY_MAX_LEN, Status};

use super::calls::{
    CprngAddEntropy, GuestCall, MembarrierSyncProcessData, MembarrierSyncProcessInsn,
    SystemGetEvent, SystemWatchMemoryStall, ThreadLegacyYield,
};
use super::{DONE, Outcome, done};
use crate::Caller;

impl GuestCall for SystemGetEvent {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let event = caller.system_get_event(self.root_job.0, self.kind)?;
        caller.copy_out_handles(&[(self.event, event)])
    }
}

impl GuestCall for SystemWatchMemoryStall {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (threshold, window) = (self.threshold.0, self.window.0);
        let resource = self.resource.0;
        let event = caller.system_watch_memory_stall(resource, self.kind, threshold, window)?;
        caller.copy_out_handles(&[(self.event, event)])
    }
}

impl GuestCall for CprngAddEntropy {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.cprng_add_entropy(self.buffer.count)?;
        caller.copy_in(self.buffer.at_most(CPRNG_ADD_ENTROPY_MAX_LEN)).map(done)
    }
}

impl GuestCall for MembarrierSyncProcessData {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.membarrier();
        Ok(DONE)
    }
}

impl GuestCall for MembarrierSyncProcessInsn {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.membarrier();
        Ok(DONE)
    }
}

impl GuestCall for ThreadLegacyYield {
    fn run(self, _: &mut Caller<'_>) -> Outcome {
        // The host has had its choice of threads when the call rang.
        if self.options.0 == 0 { Ok(DONE) } else { Err(Status::INVALID_ARGS) }
    }
}
