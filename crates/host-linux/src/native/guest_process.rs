//! A guest process: its threads, and what becomes of their calls.
//!
//! One mutex guards the state. It is a leaf: the kernel is never called under it, so that the
//! kernel may call in here under its own lock, from any thread.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kernel_sim::{ExceptionReport, GeneralRegisters, Koid, SyscallOutcome};
use rustix::process::Signal;
use zx_abi::{Result, Status};

use crate::native::control::Control;
use crate::native::exception;
use crate::native::guest::{Entry, entry};
use crate::native::layout::{MAX_THREADS, SUSPEND_SIGNAL, action, word};
use crate::native::listener::{Listener, Notification};
use crate::native::order::{Order, write_batch};
use crate::native::thread::{self, Call, Stop, Thread};
use crate::native::zygote::Forked;

/// How long the service thread may take for a batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Linux process that runs, or is ready to run, a Zircon process.
#[derive(Debug)]
pub struct GuestProcess {
    pid: i32,
    pidfd: OwnedFd,
    socket: OwnedFd,
    listener: Listener,
    control: Control,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The process that it runs.
    koid: Option<Koid>,
    killed: bool,
    /// What the service thread has still to do.
    orders: VecDeque<Order>,
    service: Service,
    /// A call is being served: what it orders goes out together afterwards.
    serving: bool,
    threads: Vec<Thread>,
    /// Rings of a thread whose start has not been reported yet.
    early: Vec<Notification>,
}

#[derive(Debug)]
enum Service {
    /// Working since then, and starting that thread.
    Busy { since: Instant, starts: Option<(Koid, usize)> },
    /// Waiting for an answer to this ring.
    Parked(u64),
}

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
        report: ExceptionReport,
    },
    /// Not to decide, but to know.
    Suspended {
        process: Koid,
        thread: Koid,
        number: u64,
    },
}

impl GuestProcess {
    pub fn new(forked: Forked, control: Control, wakes_at_end: bool) -> Self {
        let Forked { pid, pidfd, socket, listener } = forked;
        let state = State {
            koid: None,
            killed: false,
            orders: VecDeque::new(),
            // Until its first ring.
            service: Service::Busy { since: Instant::now(), starts: None },
            serving: false,
            threads: Vec::new(),
            early: Vec::new(),
        };
        let (listener, _) = Listener::new(listener, wakes_at_end);
        Self { pid, pidfd, socket, listener, control, state: Mutex::new(state) }
    }

    pub fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// The process that it runs, if any.
    pub fn koid(&self) -> Option<Koid> {
        self.lock().koid
    }

    /// Makes it run a process.
    pub fn bind(&self, koid: Koid, orders: impl IntoIterator<Item = Order>) {
        let mut state = self.lock();
        state.koid = Some(koid);
        state.orders.extend(orders);
        self.dispatch(&mut state);
    }

    /// Queues an order behind all others.
    pub fn order(&self, order: Order) {
        let mut state = self.lock();
        state.orders.push_back(order);
        self.dispatch(&mut state);
    }

    /// Lets a blocked thread go on; also one that is about to block.
    pub fn resume(&self, thread: Koid, value: u64) {
        let mut state = self.lock();
        let Some(thread) = state.thread_with_koid(thread) else { return };
        match thread.call {
            Call::InKernel(id) => thread.call = Call::Resumed(id, value),
            Call::Blocked(id) => thread.call = Call::Answered(id, value),
            _ => return,
        }
        self.dispatch(&mut state);
    }

    /// Sets the base of %fs as soon as the thread returns from a call.
    pub fn set_fs_base(&self, thread: Koid, base: u64) {
        let mut state = self.lock();
        if let Some(thread) = state.thread_with_koid(thread) {
            self.control.set_slot_word(thread.slot, word::FS, base);
            self.control.set_slot_word(thread.slot, word::ACTION, action::SET_FS);
        }
    }

    /// The general registers of a suspended thread.
    ///
    /// # Errors
    /// BAD_STATE if it is not.
    pub fn registers(&self, thread: Koid) -> Result<GeneralRegisters> {
        let mut state = self.lock();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        thread.registers(&self.control)
    }

    /// Changes the general registers of a suspended thread.
    ///
    /// # Errors
    /// As [`Thread::set_registers`].
    pub fn set_registers(&self, thread: Koid, registers: &GeneralRegisters) -> Result {
        let mut state = self.lock();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        thread.set_registers(&self.control, registers)
    }

    /// Kills every thread. Returns at once.
    pub fn kill(&self) {
        self.kill_locked(&mut self.lock());
    }

    /// Kills it if the service thread has been busy for too long, or a thread does not stop.
    pub fn kill_if_late(&self, now: Instant) {
        let mut state = self.lock();
        let busy = match state.service {
            Service::Busy { since, .. } => Some(since),
            Service::Parked(_) => None,
        };
        let stopping = state.threads.iter().filter_map(|thread| match thread.stop {
            Stop::Signalled { since, .. } if !thread.is_over() => Some(since),
            _ => None,
        });
        let late = |since: Instant| now.saturating_duration_since(since) > PATIENCE;
        if busy.into_iter().chain(stopping).any(late) {
            self.kill_locked(&mut state);
        }
    }

    /// Takes in a ring. Returns what the kernel is to decide.
    pub fn ring(&self, ring: Notification) -> Option<Request> {
        let mut state = self.lock();
        if u32::try_from(self.pid) == Ok(ring.tid) && ring.pointer == entry(Entry::ServiceReturn) {
            self.service_done(&mut state, ring);
            return None;
        }
        self.thread_rings(&mut state, ring)
    }

    /// Rings that came before their thread was known.
    pub fn take_early_ring(&self) -> Option<Request> {
        let mut state = self.lock();
        if matches!(state.service, Service::Busy { starts: Some(_), .. }) {
            return None;
        }
        let ring = state.early.pop()?;
        self.thread_rings(&mut state, ring)
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kill_locked(&self, state: &mut State) {
        state.killed = true;
        state.orders.clear();
        // It fails only for a process that has ended.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// The service thread has worked off its batch, or begins.
    fn service_done(&self, state: &mut State, ring: Notification) {
        let [left, _result, tid, ..] = ring.args;
        if left != 0 {
            return self.kill_locked(state);
        }
        if let Service::Busy { starts: Some((koid, slot)), .. } = state.service {
            match u32::try_from(tid) {
                Ok(tid) if tid != 0 => {
                    state.threads.push(Thread::new(koid, tid, slot));
                }
                _ => return self.kill_locked(state),
            }
        }
        state.service = Service::Parked(ring.id);
        self.dispatch(state);
    }

    fn thread_rings(&self, state: &mut State, ring: Notification) -> Option<Request> {
        if state.killed {
            return None;
        }
        let starting = matches!(state.service, Service::Busy { starts: Some(_), .. });
        let Some(process) = state.koid else {
            self.kill_locked(state);
            return None;
        };
        let known = state.thread(ring.tid).filter(|thread| !thread.is_over());
        let Some(thread) = known else {
            // A new thread may have the id of one that has ended. No honest one rings afterwards.
            if starting {
                state.early.push(ring);
            } else {
                self.kill_locked(state);
            }
            return None;
        };
        let koid = thread.koid;
        if ring.pointer == entry(Entry::SignalReturn) {
            let request = self.signalled(thread, process, &ring);
            if request.is_err() {
                self.kill_locked(state);
            }
            return request.ok().flatten();
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
                self.kill_locked(state);
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
        thread.call = Call::Stopped;
        let info = self.control.signal_stack_words(thread.slot, info).ok_or(Status::BAD_STATE)?;
        let context = thread.context(&self.control, context)?;
        let registers = thread.with_bases(&context, fs_base, gs_base);
        let report = exception::report(info, &context, registers);
        Ok(Some(Request::Exception { process, thread: koid, report }))
    }

    /// Does whatever can be done now: the next batch, or else the answers that waited for it.
    fn dispatch(&self, state: &mut State) {
        let Service::Parked(id) = state.service else { return };
        if state.killed || state.serving {
            return;
        }
        loop {
            match state.orders.front() {
                Some(Order::Suspend { thread, number }) => {
                    let (koid, number) = (*thread, *number);
                    if let Some(thread) = state.thread_with_koid(koid).filter(|it| !it.is_ending())
                    {
                        thread.suspend(self.pid, number);
                    }
                }
                Some(Order::Release { thread }) => {
                    let koid = *thread;
                    if let Some(thread) = state.thread_with_koid(koid) {
                        thread.release(&self.listener);
                    }
                }
                Some(_) => return self.send_batch(state, id),
                None => return self.answer_threads(state),
            }
            state.orders.pop_front();
        }
    }

    fn send_batch(&self, state: &mut State, id: u64) {
        let starts = state.orders.iter().any(|order| matches!(order, Order::Start { .. }));
        let slot = if starts { self.free_slot(state) } else { None };
        let Ok(batch) = write_batch(&mut state.orders, slot, &self.control, &self.socket) else {
            return self.kill_locked(state);
        };
        state.service = Service::Busy { since: Instant::now(), starts: batch.starts };
        if self.listener.answer(id, batch.records as u64).is_err() {
            // Only a stop signal or its end can take the service thread out of its wait.
            self.kill_locked(state);
        }
    }

    fn answer_threads(&self, state: &mut State) {
        for thread in &mut state.threads {
            if !matches!(thread.stop, Stop::No) {
                continue;
            }
            // If an answer fails, the call was interrupted and will be made again.
            match thread.call {
                Call::Answered(id, value) if self.listener.answer(id, value).is_ok() => {
                    thread.call = Call::None;
                }
                Call::Ending(id) => {
                    self.control.set_slot_word(thread.slot, word::ACTION, action::EXIT);
                    if self.listener.answer(id, 0).is_ok() {
                        thread.call = Call::Ended;
                    }
                }
                _ => {}
            }
        }
    }

    /// A slot for a new thread. Those of ended threads are free once Linux has forgotten the
    /// thread, whatever the guest did instead of ending it.
    fn free_slot(&self, state: &mut State) -> Option<usize> {
        state.threads.retain(|thread| {
            !matches!(thread.call, Call::Ended) || thread::exists(self.pid, thread.tid)
        });
        let slot = (1..=MAX_THREADS)
            .find(|slot| state.threads.iter().all(|thread| thread.slot != *slot))?;
        self.control.set_slot_word(slot, word::ACTION, action::NONE);
        Some(slot)
    }
}

impl State {
    fn thread(&mut self, tid: u32) -> Option<&mut Thread> {
        // A later thread may have the id of one that has ended.
        self.threads.iter_mut().rev().find(|thread| thread.tid == tid)
    }

    fn thread_with_koid(&mut self, koid: Koid) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.koid == koid)
    }
}
