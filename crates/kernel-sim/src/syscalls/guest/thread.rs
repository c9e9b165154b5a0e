//! `zx_thread_*` and `zx_nanosleep` for guests.

use zx_abi::{
    Result, Rights, Status, THREAD_STATE_DEBUG_REGS, THREAD_STATE_FP_REGS,
    THREAD_STATE_GENERAL_REGS, THREAD_STATE_SINGLE_STEP, THREAD_STATE_VECTOR_REGS,
    general_registers_size,
};

use super::calls::{
    GuestCall, Nanosleep, ThreadCreate, ThreadExit, ThreadReadState, ThreadStart, ThreadStartRegs,
    ThreadWriteState,
};
use super::{DONE, Outcome, done};
use crate::object::ThreadId;
use crate::{Caller, EntryState, GeneralRegisters, SyscallOutcome};

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
        let entry = EntryState { pc, sp, arg1: self.arg1.0, arg2: self.arg2.0 };
        caller.thread_start(self.handle.0, entry).map(done)
    }
}

impl GuestCall for ThreadStartRegs {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        if self.tp.0 != 0 || self.abi_reg.0 != 0 {
            // Machines start threads with all other registers zero.
            return Err(Status::NOT_SUPPORTED);
        }
        let (pc, sp) = (self.pc.0, self.sp.0);
        let entry = EntryState { pc, sp, arg1: self.arg1.0, arg2: self.arg2.0 };
        caller.thread_start(self.handle.0, entry).map(done)
    }
}

impl GuestCall for ThreadExit {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let thread = caller.guest_thread()?;
        caller.state.thread_died(thread);
        // Threads that never started keep nothing alive.
        let process = caller.state.objects.processes.get(caller.process);
        if process.is_some_and(|process| process.threads.is_empty()) {
            caller.state.exit_process(caller.process, 0);
        }
        Ok(SyscallOutcome::Exited)
    }
}

impl GuestCall for ThreadReadState {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let _: ThreadId = caller.get(self.handle.0, Rights::READ)?;
        caller.judge_registers(self.kind, self.buffer.count)?;
        let registers = caller.thread_read_registers(self.handle.0)?;
        caller.copy_out(self.buffer, registers.as_bytes())
    }
}

impl GuestCall for ThreadWriteState {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let _: ThreadId = caller.get(self.handle.0, Rights::WRITE)?;
        let size = caller.judge_registers(self.kind, self.buffer.count)?;
        let mut registers = GeneralRegisters::zero(caller.target());
        registers.as_mut_bytes().copy_from_slice(&caller.copy_in(self.buffer.at_most(size))?);
        caller.thread_write_registers(self.handle.0, &registers).map(done)
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

impl Caller<'_> {
    /// Whether there is such a kind of registers, and room for them: how many bytes they are.
    fn judge_registers(&self, kind: u32, room: u64) -> Result<u64> {
        let size = general_registers_size(self.target()) as u64;
        match kind {
            THREAD_STATE_GENERAL_REGS if room < size => Err(Status::BUFFER_TOO_SMALL),
            THREAD_STATE_GENERAL_REGS => Ok(size),
            THREAD_STATE_FP_REGS
            | THREAD_STATE_VECTOR_REGS
            | THREAD_STATE_DEBUG_REGS
            | THREAD_STATE_SINGLE_STEP => Err(Status::NOT_SUPPORTED),
            _ => Err(Status::INVALID_ARGS),
        }
    }
}
