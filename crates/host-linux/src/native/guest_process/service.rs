//! What is done to a guest: the service thread's batches, stops, and the answers that wait for both.

use std::sync::atomic::Ordering;

use super::{GuestProcess, State};
use crate::host_error::{HostError, Step};
use crate::native::debug_registers::DebugRegisters;
use crate::native::lateness::Lateness;
use crate::native::layout::MAX_THREADS;
use crate::native::listener::Notification;
use crate::native::order::{self, Batch, Order, write_batch};
use crate::native::thread::{self, Call, Stop, Thread};

/// What the service thread is doing.
#[derive(Debug)]
pub(super) enum Service {
    /// Working off that many records. `idle`: without orders.
    Busy { lateness: Lateness, records: usize, idle: bool },
    /// Waiting for an answer to this ring. It stays as late as it was if it had nothing to do.
    Parked { ring: u64, lateness: Lateness },
}

impl GuestProcess {
    /// The service thread has worked off its batch, or begins.
    pub(super) fn service_done(&self, state: &mut State, ring: Notification) {
        let [left, result, ..] = ring.args;
        if left != 0 {
            return self.fail(self.refused(&state.service, left, result));
        }
        let lateness = match state.service {
            Service::Busy { lateness, idle: true, .. } => lateness,
            _ => Lateness::default(),
        };
        self.pid.store(ring.tid as i32, Ordering::Relaxed);
        state.unmapped.clear();
        state.service = Service::Parked { ring: ring.id, lateness };
        self.dispatch(state);
    }

    /// Why a batch could not be worked off: what Linux said to the first of those records that are
    /// left.
    fn refused(&self, service: &Service, left: u64, result: u64) -> HostError {
        let index = match service {
            Service::Busy { records, .. } => (*records as u64).saturating_sub(left),
            Service::Parked { .. } => 0,
        };
        let step = match self.control.record_number(index as usize) {
            libc::SYS_clone => Step::GuestThread,
            libc::SYS_recvmsg | libc::SYS_close_range => Step::Message,
            _ => Step::Mapping,
        };
        // What is no error number is no success either.
        let errno = i32::try_from(result.wrapping_neg()).ok().filter(|errno| *errno > 0);
        HostError::Refused { step, errno: errno.unwrap_or(libc::EPROTO) }
    }

    /// Does whatever can be done now: the next batch, or else the answers that waited for it.
    pub(super) fn dispatch(&self, state: &mut State) {
        let Service::Parked { ring, lateness } = state.service else { return };
        if self.is_killed() {
            state.orders.clear();
            if self.kill_refused.load(Ordering::SeqCst) {
                self.end_itself(state, ring);
            }
            return;
        }
        if state.serving || state.moving || state.starting.is_some() {
            return;
        }
        self.end_threads(state);
        loop {
            match state.orders.front() {
                Some(Order::Suspend { thread, number }) => {
                    let (koid, number) = (*thread, *number);
                    let pid = self.pid.load(Ordering::Relaxed);
                    if let Some(thread) = state.thread_with_koid(koid).filter(|it| !it.is_ending())
                    {
                        thread.suspend(pid, number);
                    }
                }
                Some(Order::Release { thread }) => {
                    let koid = *thread;
                    if let Some(thread) = state.thread_with_koid(koid) {
                        thread.release(&self.control, &self.listener);
                    }
                }
                Some(_) if order::is_heavy(&state.orders) => {
                    state.moving = true;
                    return (self.mover)();
                }
                Some(_) => return self.send_batch(state, ring, lateness),
                None => return self.answer_threads(state),
            }
            state.orders.pop_front();
        }
    }

    /// Has the service thread end the process.
    fn end_itself(&self, state: &mut State, ring: u64) {
        self.control.write_record(0, [libc::SYS_exit_group as u64, 1, 0, 0, 0, 0, 0, 0]);
        let lateness = Lateness::default();
        state.service = Service::Busy { lateness, records: 1, idle: false };
        // It fails only for a process that ends already.
        let _ = self.listener.answer(ring, 1);
    }

    fn send_batch(&self, state: &mut State, ring: u64, lateness: Lateness) {
        let starts = state.orders.iter().any(|order| matches!(order, Order::Start { .. }));
        let slot = if starts { self.free_slot(state) } else { None };
        let records = if starts && slot.is_none() && state.threads.iter().any(Thread::is_leaving) {
            // Answered without orders, to look again at its next ring: Linux does not tell when it
            // has forgotten a thread.
            state.service = Service::Busy { lateness, records: 0, idle: true };
            0
        } else {
            let State { orders, vdso, places, .. } = state;
            let batch = write_batch(orders, slot, &self.control, &self.socket, vdso, places);
            let Batch { records, starts, unmapped } = match batch {
                Ok(batch) => batch,
                Err(error) => return self.fail(error),
            };
            state.service = Service::Busy { lateness: Lateness::default(), records, idle: false };
            state.unmapped = unmapped;
            state.starting = starts;
            records
        };
        if self.listener.answer(ring, records as u64).is_err() {
            // Only a stop signal or its end can take the service thread out of its wait.
            self.fail(HostError::Ended { step: Step::GuestProcess });
        }
    }

    fn answer_threads(&self, state: &mut State) {
        for thread in &mut state.threads {
            let answered = match thread.call {
                Call::Answered(id, value) if matches!(thread.stop, Stop::No) => {
                    self.listener.answer(id, value)
                }
                Call::Mended(handler) => handler.answer(&self.control, &self.listener),
                _ => continue,
            };
            // If an answer fails, the ring was interrupted and will be made again.
            if answered.is_ok() {
                thread.call = Call::None;
            }
        }
    }

    /// Ends the threads that are to end. They see no change any more, and a start may need their
    /// slots.
    fn end_threads(&self, state: &mut State) {
        for thread in state.threads.iter_mut().filter(|thread| matches!(thread.stop, Stop::No)) {
            if let Call::Ending(id) = thread.call {
                // As above.
                if self.listener.allow(id).is_ok() {
                    thread.call = Call::Ended;
                    thread.debug = DebugRegisters::default();
                }
            }
        }
    }

    /// A slot for a new thread. Those of ended threads are free once Linux has forgotten the
    /// thread, whatever the guest did instead of ending it.
    fn free_slot(&self, state: &mut State) -> Option<usize> {
        let pid = self.pid.load(Ordering::Relaxed);
        state.threads.retain(|thread| {
            !matches!(thread.call, Call::Ended) || thread::exists(pid, thread.tid)
        });
        (1..=MAX_THREADS).find(|slot| state.threads.iter().all(|thread| thread.slot != *slot))
    }
}
