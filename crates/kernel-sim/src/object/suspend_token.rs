//! Suspend tokens (zircon/kernel/object/suspend_token_dispatcher.cc) and what they do to threads.
//!
//! A thread that is suspended before it begins is held back here. One that runs is stopped by the
//! machine, which says when it has: the thread is suspended from then on. A wait of the kernel goes
//! on meanwhile; what ends it reaches the thread when it is released.

use zx_abi::{KOID_INVALID, Result, Rights, Signals, Status};

use super::{
    Header, Key, Launch, OnMachine, ProcessId, ProcessRun, SuspendTokenId, Thread, ThreadId,
    ThreadRun,
};
use super::{object, rights};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::state::State;
use crate::{EntryState, GeneralRegisters};

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
    /// The thread is dead: nothing stops it any more.
    pub fn end(&mut self) {
        self.stop = Stop::No;
    }
}

impl Thread {
    /// Whether it executes nothing until a token is closed.
    pub fn is_suspended(&self) -> bool {
        self.held.is_some() || self.suspension.stop == Stop::Stopped
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

    /// A thread that was started begins, now or when nothing suspends it any more.
    pub fn begin_thread(&mut self, id: ThreadId, entry: EntryState) {
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
        self.suspend_or_release(id);
        if self.objects.threads.get(id).is_some_and(|thread| thread.held.is_some()) {
            self.update_signals(id, Signals::empty(), Signals::THREAD_SUSPENDED);
        }
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
        self.update_signals(id, Signals::THREAD_RUNNING, Signals::THREAD_SUSPENDED);
    }

    /// The general registers of a suspended thread.
    ///
    /// # Errors
    /// BAD_STATE for a thread that is not suspended; what the machine says.
    pub fn thread_registers(&self, id: ThreadId) -> Result<GeneralRegisters> {
        let thread = self.objects.get(id)?;
        match thread.held {
            Some(entry) => Ok(GeneralRegisters::at(self.target, entry)),
            None if thread.is_suspended() => {
                let process = self.objects.koid(thread.process);
                self.machine.registers(process, thread.header.koid)
            }
            None => Err(Status::BAD_STATE),
        }
    }

    /// Changes the general registers of a suspended thread.
    ///
    /// # Errors
    /// INVALID_ARGS for registers of another architecture; BAD_STATE for a thread that is not
    /// suspended; NOT_SUPPORTED for registers of a thread that has not begun, other than those it
    /// begins with; what the machine says.
    pub fn set_thread_registers(&mut self, id: ThreadId, registers: &GeneralRegisters) -> Result {
        if registers.arch() != self.target {
            return Err(Status::INVALID_ARGS);
        }
        let thread = self.objects.get_mut(id)?;
        if let Some(entry) = &mut thread.held {
            let wanted = registers.entry();
            if *registers != GeneralRegisters::at(self.target, wanted) {
                return Err(Status::NOT_SUPPORTED);
            }
            *entry = wanted;
            return Ok(());
        }
        if !thread.is_suspended() {
            return Err(Status::BAD_STATE);
        }
        let (run, process, koid) = (thread.run, thread.process, thread.header.koid);
        let process = self.objects.koid(process);
        let ThreadRun::Blocked(waiter) = run else {
            return self.machine.set_registers(process, koid, registers);
        };
        let known = self.machine.registers(process, koid)?;
        self.machine.set_registers(process, koid, registers)?;
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

    /// Stops a thread that a token suspends, or else lets it begin or go on.
    pub fn suspend_or_release(&mut self, id: ThreadId) {
        let Some(thread) = self.objects.threads.get(id) else { return };
        let Some(process) = self.objects.processes.get(thread.process) else { return };
        // All of them are looked at once it has begun.
        if matches!(process.on_machine, OnMachine::Launching(_)) {
            return;
        }
        if thread.suspension.tokens > 0 || process.suspends > 0 {
            self.stop_thread(id);
        } else {
            self.release(id);
        }
    }

    /// Has the machine stop a thread that runs, if nobody has asked it yet.
    fn stop_thread(&mut self, id: ThreadId) {
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let runs = matches!(thread.run, ThreadRun::Running | ThreadRun::Blocked(_));
        if !runs || thread.held.is_some() || thread.suspension.stop != Stop::No {
            return;
        }
        thread.suspension.stop = Stop::Asked;
        thread.suspension.number += 1;
        let (number, koid, process) =
            (thread.suspension.number, thread.header.koid, thread.process);
        self.machine.suspend(self.objects.koid(process), koid, number);
    }

    /// Lets a thread begin that was held back, or go on that was stopped.
    fn release(&mut self, id: ThreadId) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let process_id = thread.process;
        let Some(process) = self.objects.processes.get(process_id) else { return };
        let (process_koid, thread_koid) = (process.header.koid, thread.header.koid);
        let stop = std::mem::take(&mut thread.suspension.stop);
        let held = thread.held.take();
        thread.account(now);
        if stop != Stop::No {
            self.machine.release(process_koid, thread_koid);
        }
        if stop == Stop::Stopped || held.is_some() {
            self.update_signals(id, Signals::THREAD_SUSPENDED, Signals::THREAD_RUNNING);
        }
        if let Some(entry) = held {
            self.start_on_machine(process_id, thread_koid, entry);
        }
    }

    /// The machine gets a thread to run, the first one with all of its process.
    fn start_on_machine(&mut self, id: ProcessId, thread: crate::Koid, entry: EntryState) {
        let Some(guest) = self.objects.processes.get_mut(id) else { return };
        if guest.on_machine == OnMachine::Yes {
            self.machine.start_thread(guest.header.koid, thread, entry);
        } else {
            guest.on_machine = OnMachine::Launching(0);
            self.end(Ending::Launch(Launch { process: id, thread, entry }));
        }
    }
}
