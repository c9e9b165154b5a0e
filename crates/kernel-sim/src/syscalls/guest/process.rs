//! `zx_process_*` for guests.

use super::calls::{
    GuestCall, ProcessCreate, ProcessCreateShared, ProcessExit, ProcessReadMemory, ProcessStart,
    ProcessWriteMemory,
};
use super::{Outcome, done};
use crate::{Caller, SyscallOutcome};

use zx_abi::Size;
use zx_abi::Status;

impl GuestCall for ProcessCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let name = caller.copy_in_name(self.name);
        let (process, vmar) =
            caller.create_process(caller.abi(), self.job.0, name, self.options.0)?;
        caller.copy_out_handles(&[(self.proc_handle, process), (self.vmar_handle, vmar)])
    }
}

impl GuestCall for ProcessCreateShared {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let name = caller.copy_in_name(self.name).map(|_| ());
        let handles = caller.create_shared(self.shared_proc.0, self.options.0, name)?;
        let places = (self.proc_handle, self.restricted_vmar_handle);
        caller.copy_out_handles(&[(places.0, handles.0), (places.1, handles.1)])
    }
}

impl GuestCall for ProcessStart {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (process, thread) = (self.handle.0, self.thread.0);
        let (entry, stack) = (self.entry.0, self.stack.0);
        caller.process_start(process, thread, entry, stack, self.arg1.0, self.arg2.0).map(done)
    }
}

impl GuestCall for ProcessExit {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.state.exit_process(caller.process, self.retcode);
        Ok(SyscallOutcome::Exited)
    }
}

impl GuestCall for ProcessReadMemory {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { buffer, .. } = self;
        caller.not_null(buffer.address)?;
        let target = caller.readable_memory(self.handle.0, self.vaddr.0, buffer.count)?;
        caller.each_piece(&target, |caller, piece, before| {
            let at = buffer.address.checked_add(before).ok_or(Status::INVALID_ARGS)?;
            caller.copy_from_memory(piece, at)
        })?;
        caller.copy_out_value(self.actual, Size(target.len))
    }
}

impl GuestCall for ProcessWriteMemory {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { buffer, .. } = self;
        caller.not_null(buffer.address)?;
        let place = (self.vaddr.0, buffer.count);
        let target = caller.writable_memory(self.handle.0, place, Some(buffer.address))?;
        caller.copy_to_memory(buffer.address, &target, &mut 0)?;
        caller.copy_out_value(self.actual, Size(target.len))
    }
}
