//! `zx_thread_start` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{Result, Rights, Status};

use crate::object::{ProcessRun, ThreadId, ThreadRun};
use crate::trace::TraceEvent;
use crate::{Caller, EntryState};

impl Caller<'_> {
    /// `zx_thread_start`: a further thread of a running process begins.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD; BAD_STATE for a thread that was
    /// started before, or a process that does not run.
    pub fn thread_start(&mut self, thread: u32, entry: EntryState) -> Result {
        let id: ThreadId = self.get(thread, Rights::MANAGE_THREAD)?;
        let objects = &self.state.objects;
        let thread = objects.get(id)?;
        let process = objects.get(thread.process)?;
        if process.run != ProcessRun::Running || thread.run != ThreadRun::New {
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
}
