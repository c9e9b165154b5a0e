//! `zx_thread_*` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{Result, Rights, Status};

use crate::object::{ProcessId, ProcessRun, ThreadId, ThreadRun};
use crate::trace::TraceEvent;
use crate::{Caller, EntryState, GeneralRegisters, Name};

impl Caller<'_> {
    /// `zx_thread_create`. The name is truncated to 31 bytes.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD;
    /// BAD_STATE in a dead process; NO_RESOURCES at a limit of threads; NO_MEMORY.
    pub fn thread_create(&mut self, process: u32, name: &[u8], options: u32) -> Result<u32> {
        self.create_thread(process, Ok(Name::truncated(name)), options)
    }

    /// `zx_thread_create` with a name that may have failed to be copied in.
    pub(crate) fn create_thread(
        &mut self,
        process: u32,
        name: Result<Name>,
        options: u32,
    ) -> Result<u32> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let name = name?;
        let id: ProcessId = self.get(process, Rights::MANAGE_THREAD)?;
        let process = self.state.objects.get(id)?;
        if !matches!(process.run, ProcessRun::Initial | ProcessRun::Running) {
            return Err(Status::BAD_STATE);
        }
        let thread = self.state.new_thread(id, name)?;
        self.add_default(thread)
    }

    /// `zx_thread_start`: a further thread of a running process begins.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD; BAD_STATE for a process that does
    /// not run; INVALID_ARGS for an entry that is neither 0 nor an address of programs; BAD_STATE for
    /// a thread that was started before.
    pub fn thread_start(&mut self, thread: u32, entry: EntryState) -> Result {
        let id: ThreadId = self.get(thread, Rights::MANAGE_THREAD)?;
        let objects = &self.state.objects;
        let thread = objects.get(id)?;
        let process = objects.get(thread.process)?;
        if process.run != ProcessRun::Running {
            return Err(Status::BAD_STATE);
        }
        self.begins_at(thread.process, entry.pc)?;
        if thread.run != ThreadRun::New {
            return Err(Status::BAD_STATE);
        }
        self.state.trace(|state| TraceEvent::ThreadStart {
            process: state.objects.koid(thread.process),
            thread: thread.header.koid,
            name: thread.name,
            entry: entry.pc,
            stack: entry.sp,
        });
        self.state.begin_thread(id, entry);
        Ok(())
    }

    /// `zx_thread_read_state` of `ZX_THREAD_STATE_GENERAL_REGS`. In a system call that waits they are
    /// those of the program behind it, with INTERNAL_INTR_RETRY as its result: it is made again.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; BAD_STATE for a thread that is not
    /// suspended; NOT_SUPPORTED on a machine that does not show them.
    pub fn thread_read_registers(&mut self, thread: u32) -> Result<GeneralRegisters> {
        let id: ThreadId = self.get(thread, Rights::READ)?;
        self.state.thread_registers(id)
    }

    /// `zx_thread_write_state` of `ZX_THREAD_STATE_GENERAL_REGS`. A thread that waits in a system call
    /// goes on waiting, unless its program counter or its result is changed: then it is out of the call,
    /// and goes on there with that.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; INVALID_ARGS for registers of another
    /// architecture than the kernel's; BAD_STATE for a thread that is not suspended; INVALID_ARGS
    /// for values that no program can have; NOT_SUPPORTED for a thread whose call is being served, for
    /// one that has not begun if they are others than those it begins with, and on a machine that
    /// cannot change them.
    pub fn thread_write_registers(&mut self, thread: u32, registers: &GeneralRegisters) -> Result {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        self.state.set_thread_registers(id, registers)
    }
}
