//! Threads (zircon/kernel/object/thread_dispatcher.cc).

use zx_abi::{ExceptionChannelType, Result, Rights, Signals, ThreadState};

use super::{
    ExceptionChannel, ExceptionId, Header, Key, ProcessId, Suspension, ThreadId, object, rights,
};
use crate::account::Item;
use crate::fault::LastFault;
use crate::runtime::Timed;
use crate::state::State;
use crate::syscalls::Missing;
use crate::wait::{Waiter, WaiterId};
use crate::{EntryState, ExceptionReport, Name};

#[derive(Debug)]
pub(crate) struct Thread {
    pub header: Header,
    pub name: Name,
    pub process: ProcessId,
    pub run: ThreadRun,
    pub timed: Timed,
    pub suspension: Suspension,
    pub last_fault: LastFault,
    /// Where it begins, once debuggers and the machine have been told of it.
    pub held: Option<EntryState>,
    /// The processors that a profile has it run on.
    pub affinity: Option<[u64; 8]>,
    /// Its own exception channel.
    pub exceptions: Option<ExceptionChannel>,
    /// Through which channel its last exception was told.
    pub exception_channel: ExceptionChannelType,
    /// What it has done against its job's policy: raised when its call returns.
    pub breach: Option<ExceptionReport>,
    /// The pages that do not come, without which its call is made again.
    pub missing: Missing,
    /// The debugger knows that it ends.
    pub has_told_exit: bool,
    /// Exceptions of it that there are.
    pub kept: usize,
}

/// The state of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThreadRun {
    New,
    Running,
    /// In a system call that waits.
    Blocked(WaiterId),
    /// Waiting for what a handler says.
    Excepted(ExceptionId),
    Dead,
}

object!(
    Thread,
    rights(&[
        Rights::BASIC,
        Rights::IO,
        Rights::PROPERTY,
        Rights::DESTROY,
        Rights::SIGNAL,
        Rights::MANAGE_THREAD,
    ])
);

impl Thread {
    /// `ZX_THREAD_STATE_*`, given the wait that the thread is in.
    pub fn state(&self, wait: Option<&Waiter>) -> ThreadState {
        match self.run {
            ThreadRun::New => ThreadState::New,
            ThreadRun::Excepted(_) if self.has_told_exit => ThreadState::Dying,
            ThreadRun::Excepted(_) => ThreadState::BlockedException,
            ThreadRun::Running | ThreadRun::Blocked(_) if self.is_stopped() => {
                ThreadState::Suspended
            }
            ThreadRun::Running => ThreadState::Running,
            ThreadRun::Blocked(_) => wait.map_or(ThreadState::Blocked, Waiter::thread_state),
            ThreadRun::Dead => ThreadState::Dead,
        }
    }
}

impl Thread {
    /// The exception that it is in.
    pub fn exception(&self) -> Option<ExceptionId> {
        match self.run {
            ThreadRun::Excepted(id) => Some(id),
            _ => None,
        }
    }

    /// Changes the state of the thread as of `now`.
    pub fn set_run(&mut self, run: ThreadRun, now: i64) {
        self.run = run;
        self.account(now);
    }

    /// Whether the thread runs may have changed, as of `now`.
    pub fn account(&mut self, now: i64) {
        let is_held = self.held.is_some() || self.is_stopped();
        let runs = self.run == ThreadRun::Running && !is_held;
        self.timed.set_runs(runs, now);
    }
}

impl State {
    /// A thread of a process that lives.
    ///
    /// # Errors
    /// NO_MEMORY and NO_RESOURCES at a limit.
    pub fn new_thread(&mut self, process_id: ProcessId, name: Name) -> Result<ThreadId> {
        let process = self.objects.get(process_id)?;
        let (related, account) = (process.header.koid, process.account);
        let charges = [(Item::Threads, 1), (Item::Objects, 1)];
        self.objects.accounts.charge(account, charges)?;
        let header = self.objects.charged_header(account, related, Signals::empty());
        let koid = header.koid;
        let told = self.machine.thread_time(related, koid);
        let id = self.objects.threads.insert(Thread {
            header,
            name,
            process: process_id,
            run: ThreadRun::New,
            timed: Timed::new(told),
            suspension: Suspension::default(),
            last_fault: LastFault::default(),
            held: None,
            affinity: None,
            exceptions: None,
            exception_channel: ExceptionChannelType::None,
            breach: None,
            missing: Missing::default(),
            has_told_exit: false,
            kept: 0,
        });
        if let Some(process) = self.objects.processes.get_mut(process_id) {
            process.new_threads.insert(koid, id);
        }
        self.by_koid.insert(koid, id.into());
        Ok(id)
    }

    /// The wait that a thread is in.
    pub fn waiter_of(&self, id: ThreadId) -> Option<&Waiter> {
        match self.objects.threads.get(id)?.run {
            ThreadRun::Blocked(waiter) => self.waiters.get(waiter),
            _ => None,
        }
    }

    /// The thread is dead, and so is its wait.
    pub fn thread_died(&mut self, id: ThreadId) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let (was, process_id) = (thread.run, thread.process);
        let (koid, account) = (thread.header.koid, thread.header.account);
        thread.set_run(ThreadRun::Dead, now);
        thread.held = None;
        let (exceptions, has_told_exit) = (thread.exceptions.take(), thread.has_told_exit);
        thread.suspension.end();
        if was == ThreadRun::Dead {
            return;
        }
        self.end_fault(id);
        let ran = self.thread_runtime(id);
        self.meter.count(1);
        self.objects.accounts.refund(account, Item::Threads, 1);
        match was {
            ThreadRun::Blocked(waiter) => drop(self.forget_waiter(waiter)),
            ThreadRun::Excepted(exception) => self.abandon_exception(exception),
            ThreadRun::New | ThreadRun::Running | ThreadRun::Dead => {}
        }
        if was != ThreadRun::New {
            self.trace_thread_exit(id);
            if !has_told_exit {
                self.tell_of_exit(id, process_id);
            }
        }
        self.close_exception_channels(exceptions);
        let living = Signals::THREAD_RUNNING | Signals::THREAD_SUSPENDED;
        self.update_signals(id, living, Signals::TASK_TERMINATED);
        if let Some(process) = self.objects.processes.get_mut(process_id) {
            process.ran.add(ran);
            process.threads.remove(&koid);
            process.new_threads.remove(&koid);
        }
        self.release_thread(id);
    }

    /// Frees a thread that is dead, or can never start, once it has no handles.
    pub fn release_thread(&mut self, id: ThreadId) {
        let Some(thread) = self.objects.threads.get(id) else { return };
        if thread.header.handles > 0 || thread.kept > 0 {
            return;
        }
        match thread.run {
            ThreadRun::Dead => {
                let koid = thread.header.koid;
                self.by_koid.remove(&koid);
                id.remove(&mut self.objects);
            }
            ThreadRun::New => self.thread_died(id),
            ThreadRun::Running | ThreadRun::Blocked(_) | ThreadRun::Excepted(_) => {}
        }
    }
}
