//! Rings of the doorbell: what they mean, and what the kernel is to decide.

use kernel_sim::{ExceptionOutcome, ExceptionReport, Koid, SyscallOutcome};
use zx_abi::{Result, Status};

use super::{GuestProcess, Starting, State};
use crate::native::exception;
use crate::native::guest::{Entry, entry};
use crate::native::layout::{SUSPEND_SIGNAL, word};
use crate::native::listener::Notification;
use crate::native::thread::{Call, Stop, Thread};

/// What a ring asks of the kernel.
#[derive(Debug)]
pub enum Request {
    Call {
        process: Koid,
        thread: Koid,
        tid: u32,
        number: u64,
        args: [u64; 8],
    },
    Exception {
        process: Koid,
        thread: Koid,
        tid: u32,
        report: Box<ExceptionReport>,
    },
    /// The kernel is told; there is nothing to answer.
    Suspended {
        process: Koid,
        thread: Koid,
        number: u64,
    },
}

impl GuestProcess {
    /// Takes in a ring. Returns what the kernel is to decide.
    pub fn ring(&self, ring: Notification) -> Option<Request> {
        let mut state = self.lock();
        // The filter lets guest threads ring at neither place.
        if ring.pointer == entry(Entry::ServiceReturn) {
            self.service_done(&mut state, ring);
            return None;
        }
        if ring.pointer == entry(Entry::StartReturn) {
            self.thread_begins(&mut state, ring);
            return None;
        }
        self.thread_rings(&mut state, ring)
    }

    /// A new thread rings for the first time, or again because a stop signal interrupted it.
    fn thread_begins(&self, state: &mut State, ring: Notification) {
        if let Some(Starting { koid, slot, .. }) = state.starting.take() {
            state.threads.push(Thread::new(koid, ring.tid, slot));
        }
        // As for any answer: a ring that was interrupted comes again.
        let _ = self.listener.answer(ring.id, 0);
        self.dispatch(state);
    }

    /// Says how the call of `tid` went on.
    pub fn served(&self, tid: u32, outcome: SyscallOutcome) {
        let mut state = self.lock();
        state.serving = false;
        if let Some(thread) = state.thread(tid) {
            thread.call = match (thread.call, outcome) {
                (Call::InKernel(id) | Call::Resumed(id, _), SyscallOutcome::Return(value)) => {
                    Call::Answered(id, value)
                }
                (Call::InKernel(id), SyscallOutcome::Blocked) => Call::Blocked(id),
                (Call::Resumed(id, value), SyscallOutcome::Blocked) => Call::Answered(id, value),
                (Call::InKernel(id) | Call::Resumed(id, _), SyscallOutcome::Exited) => {
                    // The kernel has forgotten it, and with it what suspended it.
                    thread.release(&self.listener);
                    Call::Ending(id)
                }
                (other, _) => other,
            };
        }
        self.dispatch(&mut state);
    }

    /// Says how the exception of `tid` went on.
    pub fn judged(&self, tid: u32, outcome: ExceptionOutcome) {
        let mut state = self.lock();
        state.serving = false;
        if let Some(thread) = state.thread(tid) {
            thread.call = match (thread.call, outcome) {
                (Call::Faulted(id, fs_base), ExceptionOutcome::Resume) => Call::Mended(id, fs_base),
                (Call::Faulted(..), ExceptionOutcome::Stopped) => Call::Stopped,
                (other, ExceptionOutcome::Stopped) => other,
                // It has nowhere to go on.
                (other, ExceptionOutcome::Resume) => {
                    self.kill();
                    other
                }
            };
        }
        self.dispatch(&mut state);
    }

    fn thread_rings(&self, state: &mut State, ring: Notification) -> Option<Request> {
        if self.is_killed() {
            return None;
        }
        let Some(process) = state.koid else {
            self.kill();
            return None;
        };
        let thread = state.thread(ring.tid);
        if ring.number == libc::SYS_exit as i32
            && let Some(Thread { call: Call::Ended, .. }) = thread
        {
            // As for any answer: a ring that was interrupted comes again.
            let _ = self.listener.allow(ring.id);
            return None;
        }
        let Some(thread) = thread.filter(|thread| !thread.is_over()) else {
            // No honest one rings after it was told to end.
            self.kill();
            return None;
        };
        let koid = thread.koid;
        if ring.number == libc::SYS_exit as i32 {
            // Nobody has told it to end.
            thread.call = Call::Stopped;
            let report = Box::new(exception::forbidden_call(&ring));
            return Some(Request::Exception { process, thread: koid, tid: ring.tid, report });
        }
        if ring.pointer == entry(Entry::SignalReturn) {
            if ring.args[0] != SUSPEND_SIGNAL as u64
                && let Call::Faulted(id, _) | Call::Mended(id, _) = &mut thread.call
            {
                // A stop signal interrupted the ring, and Linux made it again.
                *id = ring.id;
                self.dispatch(state);
                return None;
            }
            let request = self.signalled(thread, process, &ring);
            if request.is_err() {
                self.kill();
            }
            let request = request.ok().flatten();
            state.serving = matches!(request, Some(Request::Exception { .. }));
            return request;
        }
        match &mut thread.call {
            // Rung before the signal came, and again after it.
            Call::None if !matches!(thread.stop, Stop::No) => return None,
            Call::None if ring.pointer == entry(Entry::CallReturn) => {}
            // A signal interrupted the call, and Linux made it again.
            Call::InKernel(id)
            | Call::Resumed(id, _)
            | Call::Blocked(id)
            | Call::Answered(id, _)
            | Call::Ending(id) => {
                *id = ring.id;
                self.dispatch(state);
                return None;
            }
            // The filter lets threads ring nowhere else.
            _ => {
                self.kill();
                return None;
            }
        }
        thread.call = Call::InKernel(ring.id);
        let word = |word| self.control.slot_word(thread.slot, word);
        let number = word(word::NUMBER) & u64::from(u32::MAX);
        let [rdi, rsi, rdx, r10, r8, r9] = ring.args;
        let args = [rdi, rsi, rdx, r10, r8, r9, word(word::R12), word(word::R13)];
        state.serving = true;
        Some(Request::Call { process, thread: koid, tid: ring.tid, number, args })
    }

    /// A thread rings in its signal handler.
    ///
    /// # Errors
    /// BAD_STATE if there is no signal frame where it says.
    fn signalled(
        &self,
        thread: &mut Thread,
        process: Koid,
        ring: &Notification,
    ) -> Result<Option<Request>> {
        let koid = thread.koid;
        let [signal, info, context, _, fs_base, gs_base] = ring.args;
        if signal == SUSPEND_SIGNAL as u64 {
            let number = thread.park(ring, &self.control, &self.listener)?;
            return Ok(number.map(|number| Request::Suspended { process, thread: koid, number }));
        }
        // Nothing but a signal of another process comes while the thread is in a call.
        thread.call = match thread.call {
            Call::None => Call::Faulted(ring.id, fs_base),
            _ => Call::Stopped,
        };
        let info = self.control.signal_stack_words(thread.slot, info).ok_or(Status::BAD_STATE)?;
        let context = thread.context(&self.control, context)?;
        let registers = thread.with_bases(&context, fs_base, gs_base);
        let report = Box::new(exception::report(info, &context, registers));
        Ok(Some(Request::Exception { process, thread: koid, tid: ring.tid, report }))
    }
}
