//! `zx_task_suspend`, and the registers of what is suspended (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{Result, Rights, Status};

use crate::object::{ObjectId, SuspendedTask, ThreadId};
use crate::{Caller, GeneralRegisters};

impl Caller<'_> {
    /// `zx_task_suspend` of a thread, or of all threads of a process: they stop wherever they are,
    /// each with THREAD_SUSPENDED once it has, until every token is closed. Threads that begin
    /// meanwhile are stopped before their first instruction.
    ///
    /// A thread that waits in the kernel goes on waiting, but does not return.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without WRITE; WRONG_TYPE for anything but a process or thread;
    /// NOT_SUPPORTED for the caller itself and for contexts of the embedder; BAD_STATE for a dead
    /// task; NO_MEMORY.
    pub fn task_suspend(&mut self, task: u32) -> Result<u32> {
        let task = match self.object_with(task, Rights::WRITE)? {
            ObjectId::Thread(id) if self.thread == Some(id) => return Err(Status::NOT_SUPPORTED),
            ObjectId::Thread(id) => SuspendedTask::Thread(id),
            ObjectId::Process(id) if self.process == id => return Err(Status::NOT_SUPPORTED),
            ObjectId::Process(id) => SuspendedTask::Process(id),
            _ => return Err(Status::WRONG_TYPE),
        };
        let token = self.state.new_suspend_token(task)?;
        self.add_default(token)
    }

    /// `zx_thread_read_state` of `ZX_THREAD_STATE_GENERAL_REGS`. In a system call they are those of
    /// the program around it.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; BAD_STATE for a thread that is not
    /// suspended; NOT_SUPPORTED on a machine that does not show them.
    pub fn thread_read_registers(&mut self, thread: u32) -> Result<GeneralRegisters> {
        let id: ThreadId = self.get(thread, Rights::READ)?;
        self.state.thread_registers(id)
    }

    /// `zx_thread_write_state` of `ZX_THREAD_STATE_GENERAL_REGS`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; BAD_STATE for a thread that is not
    /// suspended; INVALID_ARGS for values that no program can have; NOT_SUPPORTED for a thread in a
    /// system call, for one that has not begun if they are others than those it begins with, and on
    /// a machine that cannot change them.
    pub fn thread_write_registers(&mut self, thread: u32, registers: &GeneralRegisters) -> Result {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        self.state.set_thread_registers(id, registers)
    }
}
