//! Rings of the doorbell: what they mean, and what the kernel is to decide.

use std::sync::atomic::Ordering;

use kernel_sim::{ExceptionOutcome, ExceptionReport, Koid, SyscallOutcome};
use zx_abi::{EXCP_POLICY_ERROR, Result, Status, X86_64Registers};

use super::{GuestProcess, State};
use crate::native::exception;
use crate::native::guest::{Entry, entry};
use crate::native::layout::{EXIT_DOORBELL, SUSPEND_SIGNAL};
use crate::native::listener::Notification;
use crate::native::order::Starting;
use crate::native::thread::{Call, Handler, Stop, Thread};
use crate::native::vdso_code::rings_as;

/// What a forbidden call returns if its exception is handled.
pub(super) const BAD_SYSCALL: u64 = Status::BAD_SYSCALL.into_raw() as i64 as u64;

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
        if let Some(Starting { koid, slot, stop, .. }) = state.starting.take() {
            let mut thread = Thread::new(koid, ring.tid, slot);
            if let Some(number) = stop {
                // Until its program begins the signal is blocked.
                thread.suspend(self.pid.load(Ordering::Relaxed), number);
            }
            state.threads.push(thread);
        }
        // As for any answer: a ring that was interrupted comes again.
        let _ = self.listener.answer(ring.id, 0);
        self.dispatch(state);
    }

    /// Says how the call of `tid` went on.
    pub fn served(&self, tid: u32, outcome: SyscallOutcome) {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
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
                    thread.release(&self.control, &self.listener);
                    // Unless its process ends.
                    if thread.leaves { Call::Ending(id) } else { Call::Blocked(id) }
                }
                (Call::Trapped(handler), SyscallOutcome::Return(value)) => {
                    handler.set_result(&self.control, value);
                    Call::Mended(handler)
                }
                (other, _) => other,
            };
            thread.complete_call(&self.control, vdso.as_ref());
        }
        self.dispatch(&mut state);
    }

    /// Says how the exception of `tid` went on.
    pub fn judged(&self, tid: u32, outcome: ExceptionOutcome) {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        state.serving = false;
        if let Some(thread) = state.thread(tid) {
            thread.call = match (thread.call, outcome) {
                (Call::Faulted(handler), ExceptionOutcome::Resume) => Call::Mended(handler),
                (Call::Faulted(handler), ExceptionOutcome::Stopped) => Call::Excepted(handler),
                (Call::InKernel(id), ExceptionOutcome::Resume) => Call::Answered(id, BAD_SYSCALL),
                (Call::InKernel(id), ExceptionOutcome::Stopped) => Call::Blocked(id),
                (other, ExceptionOutcome::Stopped) => other,
                // It has nowhere to go on.
                (other, ExceptionOutcome::Resume) => {
                    self.kill();
                    other
                }
            };
            thread.complete_call(&self.control, vdso.as_ref());
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
        let is_exit = ring.number == EXIT_DOORBELL as i32;
        let entry_here = state.vdso.as_ref().and_then(|vdso| vdso.entry(ring.pointer));
        let thread = state.thread(ring.tid);
        if is_exit && let Some(Thread { call: Call::Ended, .. }) = thread {
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
        if ring.pointer == entry(Entry::SignalReturn) {
            if ring.args[0] != SUSPEND_SIGNAL as u64
                && let Call::Trapped(handler)
                | Call::Faulted(handler)
                | Call::Excepted(handler)
                | Call::Mended(handler) = &mut thread.call
            {
                // A stop signal interrupted the ring, and Linux made it again.
                handler.id = ring.id;
                self.dispatch(state);
                return None;
            }
            let request = self.signalled(state, process, &ring);
            if request.is_err() {
                self.kill();
            }
            let request = request.ok().flatten();
            state.serving = !matches!(request, None | Some(Request::Suspended { .. }));
            return request;
        }
        if thread.is_sent_away && is_exit && matches!(thread.call, Call::None) {
            thread.call = Call::Ending(ring.id);
            self.dispatch(state);
            return None;
        }
        match &mut thread.call {
            // Rung before the signal came, and again after it.
            Call::None if !matches!(thread.stop, Stop::No) => return None,
            Call::None => {}
            // A signal interrupted the call, and Linux made it again. The host may let it do what it
            // rings with, so that it may not have become another meanwhile.
            Call::InKernel(id)
            | Call::Resumed(id, _)
            | Call::Blocked(id)
            | Call::Answered(id, _)
            | Call::Ending(id)
                if is_exit == thread.leaves =>
            {
                *id = ring.id;
                self.dispatch(state);
                return None;
            }
            _ => {
                self.kill();
                return None;
            }
        }
        let tid = ring.tid;
        let call = entry_here.filter(|call| rings_as(*call) == ring.number as u32);
        let request = if let Some(call) = call {
            thread.call = Call::InKernel(ring.id);
            thread.leaves = call.ends_thread();
            thread.called = exception::known_registers(&ring, call.number().into());
            let [rdi, rsi, rdx, r10, r8, r9] = ring.args;
            let args = call.arguments([rdi, rsi, rdx, r10, r8, r9, 0, 0]);
            Request::Call { process, thread: koid, tid, number: call.number().into(), args }
        } else {
            // In the vDSO's code, but at no entry of it, or with the number of another. If that is
            // forgiven, it returns.
            thread.call = Call::InKernel(ring.id);
            thread.leaves = is_exit;
            thread.called = exception::known_registers(&ring, u64::from(ring.number as u32));
            let report = Box::new(exception::forbidden_call(&ring));
            Request::Exception { process, thread: koid, tid, report }
        };
        state.serving = true;
        Some(request)
    }

    /// A thread rings in its signal handler.
    ///
    /// # Errors
    /// BAD_STATE if there is no signal frame where it says.
    fn signalled(
        &self,
        state: &mut State,
        process: Koid,
        ring: &Notification,
    ) -> Result<Option<Request>> {
        let vdso = state.vdso.clone();
        let tid = ring.tid;
        let thread = state.thread(tid).ok_or(Status::BAD_STATE)?;
        let koid = thread.koid;
        if ring.args[0] == SUSPEND_SIGNAL as u64 {
            let pid = self.pid.load(Ordering::Relaxed);
            let number = thread.park(pid, ring, &self.control, &self.listener, vdso.as_ref())?;
            return Ok(number.map(|number| Request::Suspended { process, thread: koid, number }));
        }
        let (handler, info, context) = Handler::new(ring, thread.slot, &self.control)?;
        let mut registers = handler.registers(&context);
        if let Some(vdso) = &vdso {
            if let Some(call) = exception::trapped_call(info, vdso)
                && matches!(thread.call, Call::None)
            {
                thread.call = Call::Trapped(handler);
                thread.called = vdso.shown(registers, true);
                let X86_64Registers { rdi, rsi, rdx, r10, r8, r9, r12, r13, .. } = registers;
                let args = call.arguments([rdi, rsi, rdx, r10, r8, r9, r12, r13]);
                let number = call.number().into();
                return Ok(Some(Request::Call { process, thread: koid, tid, number, args }));
            }
            registers = vdso.shown(registers, false);
        }
        // Nothing but a signal of another process comes while the thread is in a call.
        thread.call = match thread.call {
            Call::None => Call::Faulted(handler),
            _ => Call::Stopped,
        };
        let report = Box::new(exception::report(info, &context, registers));
        match exception::hit(info) {
            Some(index) => thread.debug.hit(index),
            None if report.vector == exception::VECTOR_DEBUG => thread.debug.stepped(),
            None => {}
        }
        if report.kind == EXCP_POLICY_ERROR {
            // If it goes on, then as from a call.
            handler.set_result(&self.control, BAD_SYSCALL);
        }
        Ok(Some(Request::Exception { process, thread: koid, tid, report }))
    }
}
