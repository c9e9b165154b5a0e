//! Exceptions (zircon/kernel/object/exception_dispatcher.cc): what has stopped a thread, from when it
//! is raised until the thread goes on or ends.
//!
//! There is one object for it, whoever handles it: the channels that are asked get a handle one after
//! the other, and closing it is the answer.

mod channels;
mod road;

use zx_abi::{
    EXCP_SYNTH, EXCP_THREAD_EXITING, EXCP_THREAD_STARTING, ExceptionState, Rights, Signals,
};

use super::{ExceptionId, Header, Key, ProcessId, ThreadId, object, rights};
use crate::ExceptionReport;
use crate::state::State;

pub(crate) use channels::*;
pub(crate) use road::Next;

#[derive(Debug)]
pub(crate) struct Exception {
    pub header: Header,
    pub process: ProcessId,
    pub thread: ThreadId,
    pub report: ExceptionReport,
    /// What its handler wants.
    pub state: ExceptionState,
    /// The debugger is to be asked again after the process's handler.
    pub second_chance: bool,
    /// Who has been asked last.
    pub handler: Option<ExceptionChannel>,
    next: Next,
    origin: Origin,
    /// The thread waits for it.
    awaited: bool,
}

/// Where a thread was when it had its exception, which says how it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In its program: the machine keeps it in the exception.
    Program,
    /// Before it returns from a call, whose result it has. The machine has stopped it.
    Call,
    /// Before its first instruction. The machine has stopped it.
    Start,
    /// In `zx_thread_exit`.
    Exit,
}

object!(
    Exception,
    rights(&[Rights::TRANSFER, Rights::PROPERTY, Rights::INSPECT]),
    Signals::empty()
);

impl Exception {
    /// Whether the machine stops the thread for it, as for a suspension.
    pub fn stops_thread(&self) -> bool {
        matches!(self.origin, Origin::Call | Origin::Start)
    }

    /// Whether somebody has been told of it, so that the thread stands still.
    pub fn has_been_told(&self) -> bool {
        self.handler.is_some()
    }

    /// Whether the thread ends.
    pub fn is_exit(&self) -> bool {
        self.origin == Origin::Exit
    }

    /// Whether its process ends if nobody handles it.
    fn kills(&self) -> bool {
        let Self { report, .. } = self;
        report.kind & EXCP_SYNTH == 0 || report.kind == zx_abi::EXCP_POLICY_ERROR
    }

    /// Whether only debuggers are told.
    fn is_news(kind: u32) -> bool {
        matches!(kind, EXCP_THREAD_STARTING | EXCP_THREAD_EXITING)
    }
}

impl State {
    /// The last handle of an exception is gone: its handler has answered.
    pub fn exception_on_zero_handles(&mut self, id: ExceptionId) {
        let Some(exception) = self.objects.exceptions.get_mut(id) else { return };
        if !exception.awaited {
            return self.remove_exception(id);
        }
        let state = std::mem::take(&mut exception.state);
        match state {
            ExceptionState::Handled if exception.kills() => self.resume_from(id),
            ExceptionState::ThreadExit if exception.kills() => self.exit_from(id),
            _ => self.offer(id),
        }
    }

    /// The exception that a thread is in.
    pub fn exception_of(&self, id: ThreadId) -> Option<(ExceptionId, &Exception)> {
        let exception = self.objects.threads.get(id)?.exception()?;
        Some((exception, self.objects.exceptions.get(exception)?))
    }

    /// The thread of an exception has been killed: whoever has the handle may keep it.
    pub fn abandon_exception(&mut self, id: ExceptionId) {
        let Some(exception) = self.objects.exceptions.get_mut(id) else { return };
        exception.awaited = false;
        if exception.header.handles == 0 {
            self.remove_exception(id);
        }
    }

    /// Takes out an exception that nobody waits for, and what only it has kept.
    fn remove_exception(&mut self, id: ExceptionId) {
        let Some(Exception { process, thread, .. }) = id.remove(&mut self.objects) else { return };
        if let Some(thread) = self.objects.threads.get_mut(thread) {
            thread.kept -= 1;
        }
        if let Some(process) = self.objects.processes.get_mut(process) {
            process.kept -= 1;
        }
        self.release_thread(thread);
        self.release_process(process);
    }
}
