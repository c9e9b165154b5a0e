//! `zx_task_suspend` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{Result, Rights, Status};

use crate::Caller;
use crate::object::{ObjectId, SuspendedTask};

impl Caller<'_> {
    /// `zx_task_suspend` of a thread that was never started, or a process with none that was:
    /// threads then begin once every token is closed.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without WRITE; WRONG_TYPE for anything but a process or thread;
    /// NOT_SUPPORTED for the caller itself; BAD_STATE for a dead task; NOT_SUPPORTED for one that
    /// runs, because no machine can stop it; NO_MEMORY.
    pub fn task_suspend(&mut self, task: u32) -> Result<u32> {
        let task = match self.any(task, Rights::WRITE)? {
            ObjectId::Thread(id) if self.thread == Some(id) => return Err(Status::NOT_SUPPORTED),
            ObjectId::Thread(id) => SuspendedTask::Thread(id),
            ObjectId::Process(id) if self.process == id => return Err(Status::NOT_SUPPORTED),
            ObjectId::Process(id) => SuspendedTask::Process(id),
            _ => return Err(Status::WRONG_TYPE),
        };
        let token = self.state.new_suspend_token(task)?;
        self.add_default(token)
    }
}
