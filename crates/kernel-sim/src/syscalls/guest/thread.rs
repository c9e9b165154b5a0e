//! `zx_thread_*` for guests.

use zx_abi::{
    Abi, Result, Rights, Status, THREAD_STATE_DEBUG_REGS, THREAD_STATE_FP_REGS,
    THREAD_STATE_GENERAL_REGS, THREAD_STATE_SINGLE_STEP, THREAD_STATE_VECTOR_REGS,
    general_registers_size,
};

use super::{Outcome, done};
use crate::object::{ThreadId, ThreadRun};
use crate::{Caller, EntryState};

impl Caller<'_> {
    pub(super) fn guest_thread_start(&mut self, thread: u32, args: [u64; 8]) -> Outcome {
        let [_, pc, sp, arg1, arg2, tp, abi_reg, _] = args;
        if tp != 0 || abi_reg != 0 {
            // Machines start threads with all other registers zero.
            return Err(Status::NOT_SUPPORTED);
        }
        self.thread_start(thread, EntryState { pc, sp, arg1, arg2 }).map(done)
    }

    pub(super) fn guest_thread_exit(&mut self, thread: ThreadId) {
        self.state.thread_died(thread);
        let objects = &self.state.objects;
        let Some(process) = objects.processes.get(self.process) else { return };
        let mut rest = process.threads.iter().filter_map(|id| objects.threads.get(*id));
        // Threads that never started keep nothing alive.
        if rest.all(|thread| thread.run == ThreadRun::New) {
            self.state.kill_process(self.process, 0);
        }
    }

    pub(super) fn guest_thread_read_state(
        &mut self,
        thread: u32,
        kind: u32,
        buffer: u64,
        size: u64,
    ) -> Outcome {
        let _: ThreadId = self.get(thread, Rights::READ)?;
        let size = self.registers_size(kind, size)?;
        let registers = self.thread_read_registers(thread)?;
        self.copy_out(buffer, registers.as_bytes().get(..size).unwrap_or_default())
    }

    pub(super) fn guest_thread_write_state(
        &mut self,
        thread: u32,
        kind: u32,
        buffer: u64,
        size: u64,
    ) -> Outcome {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        let size = self.registers_size(kind, size)?;
        let written = self.copy_in(buffer, size as u64)?;
        // What the caller's generation does not know stays.
        let mut registers = self.state.thread_registers(id)?;
        let bytes = registers.as_mut_bytes().get_mut(..size).ok_or(Status::INTERNAL)?;
        bytes.copy_from_slice(&written);
        self.thread_write_registers(thread, &registers).map(done)
    }

    /// Bytes of a kind of registers in the caller's generation.
    fn registers_size(&self, kind: u32, room: u64) -> Result<usize> {
        match kind {
            THREAD_STATE_GENERAL_REGS => {}
            THREAD_STATE_FP_REGS
            | THREAD_STATE_VECTOR_REGS
            | THREAD_STATE_DEBUG_REGS
            | THREAD_STATE_SINGLE_STEP => return Err(Status::NOT_SUPPORTED),
            _ => return Err(Status::INVALID_ARGS),
        }
        let vdso = self.state.objects.processes.get(self.process).and_then(|guest| guest.vdso);
        let abi = vdso.map_or(Abi::default(), |vdso| vdso.abi);
        let size = general_registers_size(abi, self.state.target);
        if room < size as u64 { Err(Status::BUFFER_TOO_SMALL) } else { Ok(size) }
    }
}
