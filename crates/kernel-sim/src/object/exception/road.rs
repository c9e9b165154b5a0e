//! The road of an exception: raised, offered to one handler after the other, and how its thread then
//! goes on (zircon/kernel/object/exception.cc, thread_dispatcher.cc).

use zx_abi::{
    EXCP_PROCESS_STARTING, EXCP_THREAD_EXITING, EXCP_THREAD_STARTING, EXCP_USER, ExceptionState,
    KOID_INVALID, Signals,
};

use super::{Exception, ExceptionChannel, Origin};
use crate::generation::Generation;
use crate::object::{ExceptionId, JobId, ProcessId, ThreadId, ThreadRun};
use crate::state::State;
use crate::{ExceptionReport, Koid};

/// Who is asked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Debugger,
    Thread,
    Process,
    /// The debugger again, if it wants to be.
    SecondChance,
    Job(JobId),
    /// Those debuggers of a job whose channels have greater koids, then those of the jobs above.
    JobDebugger(JobId, Koid),
    Nobody,
}

impl State {
    /// Whether a thread would have to wait for somebody.
    pub fn has_handler(&self, id: ThreadId, kind: u32) -> bool {
        let Some(thread) = self.objects.threads.get(id) else { return false };
        let first = self.first_handler(thread.process, kind);
        self.handler_from(first, (thread.process, id), (kind, false)).is_some()
    }

    /// A thread has an exception. Whether somebody is asked about it: the thread waits from here on,
    /// and goes on, or ends, when it has been answered.
    pub fn raise(&mut self, id: ThreadId, report: ExceptionReport, origin: Origin) -> bool {
        let Some(thread) = self.objects.threads.get(id) else { return false };
        let (process, now) = (thread.process, self.now());
        let next = self.first_handler(process, report.kind);
        let handler = self.handler_from(next, (process, id), (report.kind, false));
        let Some((ExceptionChannel { account, .. }, _)) = handler else { return false };
        // The handler pays: it can be had by what it handles only as often as there are threads.
        let Ok(header) = self.objects.new_header(account, 0, Signals::empty()) else {
            return false;
        };
        let is_exit = report.kind == EXCP_THREAD_EXITING;
        let exception = self.objects.exceptions.insert(Exception {
            header,
            process,
            thread: id,
            report,
            state: ExceptionState::TryNext,
            second_chance: false,
            handler: None,
            next,
            origin,
            awaited: true,
        });
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.kept += 1;
        }
        let Some(thread) = self.objects.threads.get_mut(id) else { return false };
        thread.kept += 1;
        thread.has_told_exit |= is_exit;
        thread.set_run(ThreadRun::Excepted(exception), now);
        match origin {
            Origin::Program | Origin::Exit => self.offer(exception),
            Origin::Call | Origin::Start if thread.is_stopped() => self.offer(exception),
            // It is offered once the machine has stopped the thread.
            Origin::Call | Origin::Start => self.suspend_or_release(id),
        }
        true
    }

    /// Tells the debugger of a process that one of its threads has been killed. Nobody waits for the
    /// answer.
    pub fn tell_of_exit(&mut self, id: ThreadId, process: ProcessId) {
        let debugger = self.objects.processes.get(process).and_then(|process| process.debugger);
        let Some(channel) = debugger else { return };
        let header = self.objects.new_header(channel.account, 0, Signals::empty());
        let Ok(header) = header else { return };
        let exception = self.objects.exceptions.insert(Exception {
            header,
            process,
            thread: id,
            report: ExceptionReport::synthetic(self.target, EXCP_THREAD_EXITING),
            state: ExceptionState::TryNext,
            second_chance: false,
            handler: None,
            next: Next::Nobody,
            origin: Origin::Exit,
            awaited: false,
        });
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.kept += 1;
        }
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.kept += 1;
        }
        if self.tell(exception, channel).is_err() {
            self.remove_exception(exception);
        }
    }

    /// Asks the next handler, if there is one left.
    pub fn offer(&mut self, id: ExceptionId) {
        loop {
            let Some(exception) = self.objects.exceptions.get(id) else { return };
            let Exception { process, thread, next, second_chance, ref report, .. } = *exception;
            let found = self.handler_from(next, (process, thread), (report.kind, second_chance));
            let Some((handler, next)) = found else { return self.unhandled(id) };
            if let Some(exception) = self.objects.exceptions.get_mut(id) {
                exception.next = next;
            }
            // A handler that has no room for it is none.
            if self.tell(id, handler).is_ok() {
                return;
            }
        }
    }

    /// Nobody is left to ask.
    fn unhandled(&mut self, id: ExceptionId) {
        let Some(exception) = self.objects.exceptions.get(id) else { return };
        if !exception.kills() {
            return self.resume_from(id);
        }
        let (process, report) = (exception.process, exception.report.clone());
        let Some(thread) = self.answered(id) else { return };
        let (process, thread) = (self.objects.koid(process), self.objects.koid(thread));
        self.die_of(process, thread, report);
    }

    /// The thread of an exception goes on, or has its next one.
    pub fn resume_from(&mut self, id: ExceptionId) {
        let Some(exception) = self.objects.exceptions.get(id) else { return };
        let (origin, kind) = (exception.origin, exception.report.kind);
        let Some(thread) = self.answered(id) else { return };
        if kind == EXCP_PROCESS_STARTING {
            let report = ExceptionReport::synthetic(self.target, EXCP_THREAD_STARTING);
            if self.raise(thread, report, origin) {
                return;
            }
        }
        match origin {
            Origin::Exit => self.exit_thread(thread),
            Origin::Call | Origin::Start => self.suspend_or_release(thread),
            Origin::Program => {
                // First what stops it, so that it executes nothing in between.
                self.suspend_or_release(thread);
                let Some(thread) = self.objects.threads.get(thread) else { return };
                let (process, thread) = (thread.process, thread.header.koid);
                self.machine.resume_exception(self.objects.koid(process), thread);
            }
        }
    }

    /// The thread of an exception ends, and its process with it only if it was the last one.
    pub fn exit_from(&mut self, id: ExceptionId) {
        if let Some(thread) = self.answered(id) {
            self.exit_thread(thread);
        }
    }

    /// A thread that waits for nothing but its end ends.
    fn exit_thread(&mut self, id: ThreadId) {
        let Some(thread) = self.objects.threads.get(id) else { return };
        let (process, koid) = (thread.process, thread.header.koid);
        let process_koid = self.objects.koid(process);
        if !self.thread_exits(id) {
            self.machine.end_thread(process_koid, koid);
        }
    }

    /// A thread ends, and its process if no other runs. Whether it has.
    pub fn thread_exits(&mut self, id: ThreadId) -> bool {
        let Some(process) = self.objects.threads.get(id).map(|thread| thread.process) else {
            return true;
        };
        self.thread_died(id);
        // Threads that never started keep nothing alive.
        let process_of = self.objects.processes.get(process);
        let is_last = process_of.is_some_and(|process| process.threads.is_empty());
        if is_last {
            self.exit_process(process, 0);
        }
        is_last
    }

    /// An exception is over, and its thread runs again, as far as it is concerned.
    fn answered(&mut self, id: ExceptionId) -> Option<ThreadId> {
        let now = self.now();
        let exception = self.objects.exceptions.get_mut(id)?;
        exception.awaited = false;
        let id_of_thread = exception.thread;
        if let Some(thread) = self.objects.threads.get_mut(id_of_thread) {
            thread.set_run(ThreadRun::Running, now);
        }
        self.remove_exception(id);
        Some(id_of_thread)
    }

    fn first_handler(&self, process: ProcessId, kind: u32) -> Next {
        let job = self.objects.processes.get(process).map(|process| process.job);
        match (kind, job) {
            (EXCP_PROCESS_STARTING | EXCP_USER, Some(job)) => Next::JobDebugger(job, KOID_INVALID),
            (EXCP_PROCESS_STARTING | EXCP_USER, None) => Next::Nobody,
            _ => Next::Debugger,
        }
    }

    /// The first handler from a place of the road on, and where the road goes on behind it.
    fn handler_from(
        &self,
        mut at: Next,
        (process_id, thread): (ProcessId, ThreadId),
        (kind, second_chance): (u32, bool),
    ) -> Option<(ExceptionChannel, Next)> {
        let objects = &self.objects;
        let process = objects.processes.get(process_id)?;
        let tells_all = Generation::of(process.abi).tells_all_job_debuggers;
        loop {
            self.meter.count(1);
            let above = |job: JobId| objects.jobs.get(job).and_then(|job| job.parent);
            let (handler, next) = match at {
                Next::Debugger if Exception::is_news(kind) => (process.debugger, Next::Nobody),
                Next::Debugger => (process.debugger, Next::Thread),
                Next::Thread => (objects.threads.get(thread)?.exceptions, Next::Process),
                Next::Process => (process.exceptions, Next::SecondChance),
                Next::SecondChance => {
                    (process.debugger.filter(|_| second_chance), Next::Job(process.job))
                }
                Next::Job(id) => {
                    let next = above(id).map_or(Next::Nobody, Next::Job);
                    (objects.jobs.get(id)?.exceptions, next)
                }
                Next::JobDebugger(id, told) => {
                    let debuggers = &objects.jobs.get(id)?.debuggers;
                    let with_koid = |channel: &ExceptionChannel| objects.koid(channel.end);
                    let handler = debuggers.iter().find(|channel| with_koid(channel) > told);
                    let next = match handler {
                        Some(handler) if tells_all => Next::JobDebugger(id, with_koid(handler)),
                        Some(_) => Next::Nobody,
                        None => above(id)
                            .map_or(Next::Nobody, |job| Next::JobDebugger(job, KOID_INVALID)),
                    };
                    (handler.copied(), next)
                }
                Next::Nobody => return None,
            };
            at = next;
            if let Some(handler) = handler {
                return Some((handler, next));
            }
        }
    }
}
