//! `zx_thread_*` and `zx_nanosleep` for guests.

use zx_abi::{
    EXCEPTION_TARGET_JOB_DEBUGGER, EXCP_THREAD_EXITING, EXCP_USER, ExceptionDetails, Rights, Status,
};

use super::calls::{
    GuestCall, Nanosleep, ThreadCreate, ThreadExit, ThreadRaiseException, ThreadReadState,
    ThreadStart, ThreadStartRegs, ThreadWriteState,
};
use super::{DONE, Outcome, done};
use crate::object::{Origin, ThreadId};
use crate::{Caller, EntryState, ExceptionReport, SyscallOutcome};

impl GuestCall for ThreadCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let name = caller.copy_in_name(self.name);
        let thread = caller.create_thread(self.process.0, name, self.options.0)?;
        caller.copy_out_handles(&[(self.out, thread)])
    }
}

impl GuestCall for ThreadStart {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (pc, sp) = (self.thread_entry.0, self.stack.0);
        let entry = EntryState::new(pc, sp, self.arg1.0, self.arg2.0);
        caller.thread_start(self.handle.0, entry).map(done)
    }
}

impl GuestCall for ThreadStartRegs {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let entry = EntryState {
            tp: self.tp.0,
            abi_reg: self.abi_reg.0,
            ..EntryState::new(self.pc.0, self.sp.0, self.arg1.0, self.arg2.0)
        };
        caller.thread_start(self.handle.0, entry).map(done)
    }
}

impl GuestCall for ThreadExit {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let thread = caller.guest_thread()?;
        let report = ExceptionReport::synthetic(caller.target(), EXCP_THREAD_EXITING);
        if caller.state.raise(thread, report, Origin::Exit) {
            return Ok(SyscallOutcome::Blocked);
        }
        caller.state.thread_exits(thread);
        Ok(SyscallOutcome::Exited)
    }
}

impl GuestCall for ThreadRaiseException {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.not_null(self.context.address)?;
        let details: ExceptionDetails = caller.copy_in_record(self.context.cast())?;
        if self.options.0 != EXCEPTION_TARGET_JOB_DEBUGGER || self.kind != EXCP_USER {
            return Err(Status::INVALID_ARGS);
        }
        let thread = caller.guest_thread()?;
        if caller.state.has_handler(thread, EXCP_USER) {
            let report = ExceptionReport {
                synth_code: details.synth_code,
                synth_data: details.synth_data,
                ..ExceptionReport::synthetic(caller.target(), EXCP_USER)
            };
            caller.state.breach(thread, report);
        }
        Ok(DONE)
    }
}

impl GuestCall for ThreadReadState {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let room = usize::try_from(self.buffer.count).unwrap_or(usize::MAX);
        let state = caller.thread_read_state(self.handle.0, self.kind, room)?;
        caller.copy_out(self.buffer, &state)
    }
}

impl GuestCall for ThreadWriteState {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let _: ThreadId = caller.get(self.handle.0, Rights::WRITE)?;
        let room = usize::try_from(self.buffer.count).unwrap_or(usize::MAX);
        let (_, size) = caller.register_set(self.kind, room)?;
        let state = caller.copy_in(self.buffer.at_most(size as u64))?;
        caller.thread_write_state(self.handle.0, self.kind, &state).map(done)
    }
}

impl GuestCall for Nanosleep {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let thread = caller.guest_thread()?;
        Ok(match caller.sleep_until(thread, self.deadline.0) {
            true => SyscallOutcome::Blocked,
            false => DONE,
        })
    }
}
