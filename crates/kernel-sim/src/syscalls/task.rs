//! `zx_task_*` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{Result, Rights, Status, TASK_RETCODE_SYSCALL_KILL};

use crate::Caller;
use crate::object::{ObjectId, SuspendedTask};

impl Caller<'_> {
    /// `zx_task_kill` of a job or process. TERMINATED follows once nothing of it runs any more.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without DESTROY; NOT_SUPPORTED, in 2020 WRONG_TYPE, for a thread;
    /// WRONG_TYPE for anything else.
    pub fn task_kill(&mut self, task: u32) -> Result {
        match self.object_with(task, Rights::DESTROY)? {
            ObjectId::Job(id) => self.state.kill_job(id, TASK_RETCODE_SYSCALL_KILL),
            ObjectId::Process(id) => self.state.kill_process(id, TASK_RETCODE_SYSCALL_KILL),
            ObjectId::Thread(_) => return Err(self.generation().thread_killed),
            _ => return Err(Status::WRONG_TYPE),
        }
        Ok(())
    }

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
        let token = self.state.new_suspend_token(self.account, task)?;
        self.add_default(token)
    }
}
