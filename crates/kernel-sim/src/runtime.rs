//! How long tasks run, and what keeps them from it (zircon/kernel/object/thread_dispatcher.cc,
//! process_dispatcher.cc, job_dispatcher.cc).
//!
//! A process has the times of its threads, those that are dead included; a job those of its own
//! processes, not of the jobs below it.

use crate::ThreadTime;
use crate::object::{OnMachine, ProcessId, ProcessRun, ThreadId, ThreadRun};
use crate::state::State;

/// Units of work that it is to have the machine look at a thread.
const LOOK: usize = 4;

/// Threads of a process whose times are taken when it is killed, which is done at once. What others
/// took since they were last looked at is lost.
const LOOKS: usize = 256;

/// Nanoseconds, as `ZX_INFO_TASK_RUNTIME` has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runtime {
    /// On a processor.
    pub cpu: i64,
    /// Ready, without a processor.
    pub queue: i64,
    /// In page faults.
    pub page_fault: i64,
    /// Waiting for the kernel's lock.
    pub lock_contention: i64,
}

impl Runtime {
    /// Adds that of another task.
    pub fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.queue += other.queue;
        self.page_fault += other.page_fault;
        self.lock_contention += other.lock_contention;
    }
}

/// What a thread is known to have taken.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    /// On a machine that does not count: nanoseconds that it ran before it last began to.
    ran: i64,
    /// Since when it runs, if it does.
    runs_since: Option<i64>,
    /// What the machine has told, if it counts.
    told: Option<ThreadTime>,
    /// In page faults that are over.
    faulted: i64,
    /// Since when it is in one.
    faults_since: Option<i64>,
    /// Waiting for the kernel's lock.
    contended: i64,
}

impl Timed {
    /// Of a thread that does not run yet. `told` is what a machine that counts tells of it.
    pub fn new(told: Option<ThreadTime>) -> Self {
        Self { told, ..Self::default() }
    }

    /// From `now` on it runs, or does not.
    pub fn set_runs(&mut self, runs: bool, now: i64) {
        self.ran = self.ran_until(now);
        self.runs_since = runs.then_some(now);
    }

    /// All of it so far. That a thread has waited for a processor is certain once it ran.
    pub fn runtime(&self, now: i64) -> Runtime {
        let counted = ThreadTime { running: self.ran_until(now), queued: 0 };
        let ThreadTime { running, queued } = self.told.unwrap_or(counted);
        Runtime {
            cpu: running,
            queue: queued.max(running.min(1)),
            page_fault: self.faulted + self.faults_since.map_or(0, |since| now - since),
            lock_contention: self.contended,
        }
    }

    fn ran_until(&self, now: i64) -> i64 {
        self.ran + self.runs_since.map_or(0, |since| now.saturating_sub(since))
    }

    fn end_fault(&mut self, now: i64) {
        let since = self.faults_since.take();
        self.faulted += since.map_or(0, |since| now.saturating_sub(since));
    }
}

impl State {
    /// How long a thread has run by now; 0 if it is gone.
    pub fn thread_runtime(&mut self, id: ThreadId) -> Runtime {
        self.look_at_time(id);
        let now = self.now();
        self.objects
            .threads
            .get(id)
            .map_or_else(Runtime::default, |thread| thread.timed.runtime(now))
    }

    /// Takes the times of the threads of a process that is about to be killed.
    pub fn look_at_times(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get(id) else { return };
        let threads: Vec<_> = process.threads.values().copied().take(LOOKS).collect();
        threads.into_iter().for_each(|thread| self.look_at_time(thread));
    }

    /// Asks a machine that counts how long a thread has run, as long as it can.
    pub fn look_at_time(&mut self, id: ThreadId) {
        let Some(thread) = self.objects.threads.get(id) else { return };
        let (koid, has_begun) = (thread.header.koid, thread.run != ThreadRun::New);
        let Some(process) = self.objects.processes.get(thread.process) else { return };
        let runs = process.run == ProcessRun::Running && process.on_machine == OnMachine::Yes;
        if thread.timed.told.is_none() || !has_begun || !runs {
            return;
        }
        self.meter.count(LOOK);
        let told = self.machine.thread_time(process.header.koid, koid);
        if let Some(thread) = self.objects.threads.get_mut(id)
            && let (Some(known), Some(told)) = (&mut thread.timed.told, told)
        {
            known.running = known.running.max(told.running);
            known.queued = known.queued.max(told.queued);
        }
    }

    /// A thread is in a page fault from here on.
    pub fn begin_fault(&mut self, id: ThreadId) {
        let now = self.now();
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.timed.faults_since = Some(now);
        }
    }

    /// A page fault has been judged: it is over, unless the thread waits for a page.
    pub fn end_fault(&mut self, id: ThreadId) {
        let now = self.now();
        if let Some(thread) = self.objects.threads.get_mut(id)
            && !matches!(thread.run, ThreadRun::Blocked(_))
        {
            thread.timed.end_fault(now);
        }
    }

    /// A thread has waited so long for the kernel's lock.
    pub fn contended(&mut self, id: ThreadId, nanoseconds: i64) {
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.timed.contended += nanoseconds;
        }
    }
}
