//! Suspend tokens (zircon/kernel/object/suspend_token_dispatcher.cc).
//!
//! No machine stops a thread that runs. What can be suspended is a thread that has not begun: its
//! start waits until nothing suspends it any more.

use zx_abi::{Result, Rights, Signals, Status};

use super::{Header, ProcessId, ProcessRun, ThreadId, ThreadRun, object, rights};
use crate::state::State;
use crate::{EntryState, ProcessLaunch};

/// Closing it lets its task go on.
#[derive(Debug)]
pub(crate) struct SuspendToken {
    pub header: Header,
    pub task: SuspendedTask,
}

/// What a token suspends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SuspendedTask {
    Process(ProcessId),
    Thread(ThreadId),
}

object!(SuspendToken, rights(&[Rights::TRANSFER, Rights::INSPECT]));

impl State {
    /// Suspends a task once more.
    ///
    /// # Errors
    /// BAD_STATE for a task that dies or is dead; NOT_SUPPORTED for one that the machine runs, and
    /// for contexts of the embedder.
    pub fn new_suspend_token(&mut self, task: SuspendedTask) -> Result<super::SuspendTokenId> {
        let suspends = match task {
            SuspendedTask::Thread(id) => {
                let thread = self.objects.get_mut(id)?;
                match thread.run {
                    ThreadRun::Dead => return Err(Status::BAD_STATE),
                    ThreadRun::New => {}
                    _ if thread.held.is_some() => {}
                    ThreadRun::Running | ThreadRun::Blocked(_) => {
                        return Err(Status::NOT_SUPPORTED);
                    }
                }
                &mut thread.suspends
            }
            SuspendedTask::Process(id) => {
                let process = self.objects.get_mut(id)?;
                match process.run {
                    ProcessRun::Dying | ProcessRun::Dead => return Err(Status::BAD_STATE),
                    ProcessRun::Initial => {}
                    ProcessRun::Running if !process.on_machine => {}
                    ProcessRun::Running | ProcessRun::Host => return Err(Status::NOT_SUPPORTED),
                }
                &mut process.suspends
            }
        };
        *suspends += 1;
        let header = self.objects.new_header(0, Signals::empty());
        Ok(self.objects.suspend_tokens.insert(SuspendToken { header, task }))
    }

    /// The last handle of a token is gone.
    pub fn suspend_token_on_zero_handles(&mut self, id: super::SuspendTokenId) {
        let threads = match self.objects.suspend_tokens.remove(id).map(|token| token.task) {
            Some(SuspendedTask::Thread(id)) => {
                let Some(thread) = self.objects.threads.get_mut(id) else { return };
                thread.suspends -= 1;
                vec![id]
            }
            Some(SuspendedTask::Process(id)) => {
                let Some(process) = self.objects.processes.get_mut(id) else { return };
                process.suspends -= 1;
                process.threads.clone()
            }
            None => return,
        };
        for thread in threads {
            self.begin_held(thread);
        }
    }

    /// A thread that was started begins, now or when nothing suspends it any more.
    pub fn begin_thread(&mut self, id: ThreadId, entry: EntryState) {
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.run = ThreadRun::Running;
            thread.held = Some(entry);
        }
        self.begin_held(id);
        if self.objects.threads.get(id).is_some_and(|thread| thread.held.is_some()) {
            self.update_signals(id, Signals::empty(), Signals::THREAD_SUSPENDED);
        }
    }

    /// Lets a thread begin that was held back, unless something still suspends it.
    fn begin_held(&mut self, id: ThreadId) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let process_id = thread.process;
        let Some(process) = self.objects.processes.get_mut(process_id) else { return };
        if thread.suspends > 0 || process.suspends > 0 {
            return;
        }
        let Some(entry) = thread.held.take() else { return };
        thread.set_run(ThreadRun::Running, now);
        let (process_koid, thread_koid) = (process.header.koid, thread.header.koid);
        let first = !std::mem::replace(&mut process.on_machine, true);
        self.update_signals(id, Signals::THREAD_SUSPENDED, Signals::THREAD_RUNNING);
        if first {
            let mappings = self.machine_mappings(process_id);
            let (process, thread) = (process_koid, thread_koid);
            self.machine.start_process(ProcessLaunch { process, thread, entry, mappings });
        } else {
            self.machine.start_thread(process_koid, thread_koid, entry);
        }
    }
}
