//! Suspend tokens (zircon/kernel/object/suspend_token_dispatcher.cc) and what they do to threads.
//!
//! The machine stops a thread, one that was suspended before at its first instruction, and says when it
//! has: the thread is suspended from then on. A wait of the kernel goes on meanwhile; what ends it reaches
//! the thread when it is released.

use zx_abi::{
    EXCP_PROCESS_STARTING, EXCP_THREAD_STARTING, KOID_INVALID, Result, Rights, Signals, StateKind,
    Status,
};

use super::{
    Exception, Header, Key, Launch, OnMachine, Origin, ProcessId, ProcessRun, SuspendTokenId,
    Thread, ThreadId, ThreadRun,
};
use super::{object, rights};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::state::State;
use crate::{EntryState, ExceptionReport, GeneralRegisters, Koid};

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

/// What suspends a thread, its process's tokens aside, and how far the machine is.
#[derive(Debug, Default)]
pub(crate) struct Suspension {
    /// Tokens for this thread.
    tokens: usize,
    /// How often the machine was asked to stop it: an answer to an earlier time says nothing.
    number: u64,
    stop: Stop,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stop {
    #[default]
    No,
    /// The machine was asked to stop the thread.
    Asked,
    /// It has.
    Stopped,
}

impl Suspension {
    /// Whether the machine is about to stop the thread.
    pub fn is_asked(&self) -> bool {
        self.stop == Stop::Asked
    }

    /// The thread is dead: nothing stops it any more.
    pub fn end(&mut self) {
        self.stop = Stop::No;
    }
}

impl Thread {
    /// Whether the machine has stopped it, for a token or for an exception.
    pub fn is_stopped(&self) -> bool {
        self.suspension.stop == Stop::Stopped
    }
}

impl State {
    /// Suspends a task once more.
    ///
    /// # Errors
    /// BAD_STATE for a task that dies or is dead; NOT_SUPPORTED for contexts of the embedder;
    /// NO_MEMORY at a limit.
    pub fn new_suspend_token(
        &mut self,
        account: AccountId,
        task: SuspendedTask,
    ) -> Result<SuspendTokenId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        if let Err(status) = self.count_token(task) {
            self.objects.accounts.refund(account, Item::Objects, 1);
            return Err(status);
        }
        Ok(self.objects.suspend_tokens.insert(SuspendToken { header, task }))
    }

    /// Counts one more token for a task, and stops it.
    fn count_token(&mut self, task: SuspendedTask) -> Result {
        match task {
            SuspendedTask::Thread(id) => {
                let thread = self.objects.get_mut(id)?;
                if thread.run == ThreadRun::Dead {
                    return Err(Status::BAD_STATE);
                }
                thread.suspension.tokens += 1;
                self.suspend_or_release(id);
            }
            SuspendedTask::Process(id) => {
                let process = self.objects.get_mut(id)?;
                match process.run {
                    ProcessRun::Dying | ProcessRun::Ending | ProcessRun::Dead => {
                        return Err(Status::BAD_STATE);
                    }
                    ProcessRun::Host => return Err(Status::NOT_SUPPORTED),
                    ProcessRun::Initial | ProcessRun::Running => {}
                }
                process.suspends += 1;
                self.end(Ending::Suspension(id, KOID_INVALID));
            }
        }
        Ok(())
    }

    /// The last handle of a token is gone.
    pub fn suspend_token_on_zero_handles(&mut self, id: SuspendTokenId) {
        match id.remove(&mut self.objects).map(|token| token.task) {
            Some(SuspendedTask::Thread(id)) => {
                let Some(thread) = self.objects.threads.get_mut(id) else { return };
                thread.suspension.tokens -= 1;
                self.suspend_or_release(id);
            }
            Some(SuspendedTask::Process(id)) => {
                let Some(process) = self.objects.processes.get_mut(id) else { return };
                process.suspends -= 1;
                self.end(Ending::Suspension(id, KOID_INVALID));
            }
            None => {}
        }
    }

    /// A thread that was started begins, the first one of its process or another, once debuggers have been
    /// told of it.
    pub fn begin_thread(&mut self, id: ThreadId, entry: EntryState, is_first: bool) {
        let now = self.now();
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.held = Some(entry);
            thread.set_run(ThreadRun::Running, now);
            if let Some(process) = self.objects.processes.get_mut(thread.process)
                && let Some((koid, id)) = process.new_threads.remove_entry(&thread.header.koid)
            {
                process.threads.insert(koid, id);
            }
        }
        let starts = is_first.then_some(EXCP_PROCESS_STARTING);
        for kind in starts.into_iter().chain([EXCP_THREAD_STARTING]) {
            let report = ExceptionReport::synthetic(self.target, kind);
            if self.raise(id, report, Origin::Start) {
                return;
            }
        }
        self.suspend_or_release(id);
    }

    /// The machine has stopped a thread.
    pub fn thread_stopped(&mut self, id: ThreadId, number: u64) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        if thread.suspension.stop != Stop::Asked || thread.suspension.number != number {
            return;
        }
        thread.suspension.stop = Stop::Stopped;
        thread.account(now);
        match self.exception_of(id) {
            // It was to stop for it.
            Some((exception, it)) if it.stops_thread() && !it.has_been_told() => {
                self.offer(exception);
            }
            Some(_) => {}
            None => {
                self.update_signals(id, Signals::THREAD_RUNNING, Signals::THREAD_SUSPENDED);
                self.suspend_page_wait(id);
            }
        }
    }

    /// The general registers of a thread that is suspended or in an exception.
    ///
    /// # Errors
    /// BAD_STATE for one that is neither; NOT_SUPPORTED for one that is about to end; what the machine
    /// says.
    pub fn thread_registers(&self, id: ThreadId) -> Result<GeneralRegisters> {
        let (process, thread) = self.debugged(id)?;
        self.machine.registers(process, thread)
    }

    /// Changes the general registers of a thread that is suspended or in an exception.
    ///
    /// # Errors
    /// INVALID_ARGS for registers of another architecture; BAD_STATE for a thread that is neither;
    /// NOT_SUPPORTED for one that is about to end; what the machine says.
    pub fn set_thread_registers(&mut self, id: ThreadId, registers: &GeneralRegisters) -> Result {
        if registers.arch() != self.target {
            return Err(Status::INVALID_ARGS);
        }
        let (process, thread) = self.debugged(id)?;
        let waiter = match self.objects.get(id)?.run {
            ThreadRun::Blocked(waiter) => waiter,
            _ => return self.machine.set_registers(process, thread, registers),
        };
        let known = self.machine.registers(process, thread)?;
        self.machine.set_registers(process, thread, registers)?;
        if (registers.pc(), registers.result()) != (known.pc(), known.result()) {
            // It is in its program again, and waits no longer.
            self.forget_waiter(waiter);
            let now = self.now();
            if let Some(thread) = self.objects.threads.get_mut(id) {
                thread.set_run(ThreadRun::Running, now);
            }
            self.trace_return(id, registers.result());
        }
        Ok(())
    }

    /// The state of a thread that is not in its general registers.
    ///
    /// # Errors
    /// As [`State::thread_registers`].
    pub fn thread_state(&self, id: ThreadId, kind: StateKind) -> Result<Vec<u8>> {
        let (process, thread) = self.debugged(id)?;
        self.machine.state(process, thread, kind)
    }

    /// Changes it.
    ///
    /// # Errors
    /// As [`State::set_thread_registers`].
    pub fn set_thread_state(&mut self, id: ThreadId, kind: StateKind, state: &[u8]) -> Result {
        let (process, thread) = self.debugged(id)?;
        self.machine.set_state(process, thread, kind, state)
    }

    /// What the machine knows a thread by whose registers can be had: its process, and itself.
    ///
    /// # Errors
    /// BAD_STATE for a thread that is neither suspended nor in an exception; NOT_SUPPORTED for one that
    /// is about to end.
    pub fn debugged(&self, id: ThreadId) -> Result<(Koid, Koid)> {
        let thread = self.objects.get(id)?;
        match self.exception_of(id) {
            Some((_, exception)) if exception.is_exit() => return Err(Status::NOT_SUPPORTED),
            Some((_, exception)) if exception.has_been_told() => {}
            Some(_) => return Err(Status::BAD_STATE),
            None if thread.is_stopped() => {}
            None => return Err(Status::BAD_STATE),
        }
        Ok((self.objects.koid(thread.process), thread.header.koid))
    }

    /// Stops a thread that a token or an exception suspends, or else lets it begin or go on.
    pub fn suspend_or_release(&mut self, id: ThreadId) {
        // All of them are looked at once it has begun.
        if self.is_launching(id) {
            return;
        }
        let exception = self.exception_of(id).map(|(_, exception)| exception.stops_thread());
        let Some(thread) = self.objects.threads.get(id) else { return };
        let Some(process) = self.objects.processes.get(thread.process) else { return };
        let is_wanted = thread.suspension.tokens > 0 || process.suspends > 0;
        match exception {
            Some(true) => self.begin_stopped(id),
            // It stops once it goes on.
            Some(false) if is_wanted => {}
            None if is_wanted && thread.is_stopped() => {
                self.update_signals(id, Signals::THREAD_RUNNING, Signals::THREAD_SUSPENDED);
            }
            None if is_wanted => self.begin_stopped(id),
            Some(false) | None => self.release(id),
        }
    }

    /// Whether the machine is still being told of the process of a thread.
    fn is_launching(&self, id: ThreadId) -> bool {
        let process = self.objects.threads.get(id).map(|thread| thread.process);
        let process = process.and_then(|process| self.objects.processes.get(process));
        process.is_some_and(|process| matches!(process.on_machine, OnMachine::Launching(_)))
    }

    /// Has the machine stop a thread: one that has not begun stands at its first instruction then, where its
    /// registers can be had.
    fn begin_stopped(&mut self, id: ThreadId) {
        self.begin_held(id);
        if !self.is_launching(id) {
            self.stop_thread(id);
        }
    }

    /// Has the machine stop a thread that runs, if nobody has asked it yet.
    fn stop_thread(&mut self, id: ThreadId) {
        let Some(number) = self.next_stop(id) else { return };
        let Some(thread) = self.objects.threads.get(id) else { return };
        let (process, koid) = (thread.process, thread.header.koid);
        self.machine.suspend(self.objects.koid(process), koid, number);
        self.suspend_access(id);
    }

    /// The number of the suspension with which a thread is to begin, if something stops it.
    pub fn wanted_stop(&mut self, id: ThreadId) -> Option<u64> {
        let thread = self.objects.threads.get(id)?;
        let process = self.objects.processes.get(thread.process)?;
        let is_suspended = thread.suspension.tokens > 0 || process.suspends > 0;
        let exception = self.exception_of(id).map(|(_, exception)| exception);
        let is_wanted = is_suspended || exception.is_some_and(Exception::stops_thread);
        if is_wanted { self.next_stop(id) } else { None }
    }

    /// The number under which the machine is asked to stop a thread that it has, unless it has been
    /// asked.
    fn next_stop(&mut self, id: ThreadId) -> Option<u64> {
        let thread = self.objects.threads.get_mut(id)?;
        let is_there = !matches!(thread.run, ThreadRun::New | ThreadRun::Dead);
        if !is_there || thread.held.is_some() || thread.suspension.stop != Stop::No {
            return None;
        }
        thread.suspension.stop = Stop::Asked;
        thread.suspension.number += 1;
        Some(thread.suspension.number)
    }

    /// Lets a thread begin, or go on that was stopped.
    fn release(&mut self, id: ThreadId) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let Some(process) = self.objects.processes.get(thread.process) else { return };
        let (process_koid, thread_koid) = (process.header.koid, thread.header.koid);
        let stop = std::mem::take(&mut thread.suspension.stop);
        thread.account(now);
        if stop != Stop::No {
            self.machine.release(process_koid, thread_koid);
        }
        if stop == Stop::Stopped {
            self.update_signals(id, Signals::THREAD_SUSPENDED, Signals::THREAD_RUNNING);
        }
        self.begin_held(id);
        self.release_page_wait(id);
    }

    /// Has the machine begin a thread that has not begun.
    fn begin_held(&mut self, id: ThreadId) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let Some(entry) = thread.held.take() else { return };
        let (process, koid) = (thread.process, thread.header.koid);
        thread.account(now);
        self.update_signals(id, Signals::THREAD_SUSPENDED, Signals::THREAD_RUNNING);
        self.start_on_machine(process, koid, entry);
    }

    /// The machine gets a thread to run, the first one with all of its process.
    fn start_on_machine(&mut self, id: ProcessId, thread: Koid, entry: EntryState) {
        let Some(guest) = self.objects.processes.get_mut(id) else { return };
        if guest.on_machine == OnMachine::Yes {
            let process = guest.header.koid;
            let id = self.thread_with_koid(thread);
            let stop = id.and_then(|id| self.wanted_stop(id));
            self.machine.start_thread(process, thread, entry, stop);
        } else {
            guest.on_machine = OnMachine::Launching(0);
            self.end(Ending::Launch(Launch { process: id, thread, entry }));
        }
    }
}
