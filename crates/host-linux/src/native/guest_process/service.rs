//! What is done to a guest: the service thread's batches, stops, and the answers that wait for both.

use kernel_sim::Koid;

use super::{GuestProcess, State};
use crate::native::layout::{MAX_THREADS, action, word};
use crate::native::listener::Notification;
use crate::native::order::{self, Order, write_batch};
use crate::native::thread::{self, Call, Stop, Thread};

/// What the service thread is doing.
#[derive(Debug)]
pub(super) enum Service {
    /// Working: for that many looks now, and starting that thread. `idle`: without orders.
    Busy { looks: u32, starts: Option<(Koid, usize)>, idle: bool },
    /// Waiting for an answer to this ring. Looks count on if it had nothing to do.
    Parked { ring: u64, looks: u32 },
}

impl GuestProcess {
    /// The service thread has worked off its batch, or begins.
    pub(super) fn service_done(&self, state: &mut State, ring: Notification) {
        let [left, _result, tid, ..] = ring.args;
        if left != 0 {
            return self.kill();
        }
        let looks = match state.service {
            Service::Busy { looks, idle: true, .. } => looks,
            _ => 0,
        };
        if let Service::Busy { starts: Some((koid, slot)), .. } = state.service {
            match u32::try_from(tid) {
                Ok(tid) if tid != 0 => {
                    state.threads.push(Thread::new(koid, tid, slot));
                }
                _ => return self.kill(),
            }
        }
        state.service = Service::Parked { ring: ring.id, looks };
        self.dispatch(state);
    }

    /// Does whatever can be done now: the next batch, or else the answers that waited for it.
    pub(super) fn dispatch(&self, state: &mut State) {
        let Service::Parked { ring, looks } = state.service else { return };
        if self.is_killed() {
            state.orders.clear();
        }
        if self.is_killed() || state.serving || state.moving {
            return;
        }
        self.end_threads(state);
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
                Some(_) if order::is_heavy(&state.orders) => {
                    state.moving = true;
                    return (self.mover)();
                }
                Some(_) => return self.send_batch(state, ring, looks),
                None => return self.answer_threads(state),
            }
            state.orders.pop_front();
        }
    }

    fn send_batch(&self, state: &mut State, ring: u64, looks: u32) {
        let starts = state.orders.iter().any(|order| matches!(order, Order::Start { .. }));
        let slot = if starts { self.free_slot(state) } else { None };
        let records = if starts && slot.is_none() && state.threads.iter().any(Thread::is_leaving) {
            // Answered without orders, to look again at its next ring: Linux does not tell when it
            // has forgotten a thread.
            state.service = Service::Busy { looks, starts: None, idle: true };
            0
        } else {
            let Ok(batch) = write_batch(&mut state.orders, slot, &self.control, &self.socket)
            else {
                return self.kill();
            };
            state.service = Service::Busy { looks: 0, starts: batch.starts, idle: false };
            batch.records
        };
        if self.listener.answer(ring, records as u64).is_err() {
            // Only a stop signal or its end can take the service thread out of its wait.
            self.kill();
        }
    }

    fn answer_threads(&self, state: &mut State) {
        for thread in state.threads.iter_mut().filter(|thread| matches!(thread.stop, Stop::No)) {
            // If an answer fails, the call was interrupted and will be made again.
            if let Call::Answered(id, value) = thread.call
                && self.listener.answer(id, value).is_ok()
            {
                thread.call = Call::None;
            }
        }
    }

    /// Ends the threads that are to end. They see no change any more, and a start may need their
    /// slots.
    fn end_threads(&self, state: &mut State) {
        for thread in state.threads.iter_mut().filter(|thread| matches!(thread.stop, Stop::No)) {
            if let Call::Ending(id) = thread.call {
                self.control.set_slot_word(thread.slot, word::ACTION, action::EXIT);
                // As above.
                if self.listener.answer(id, 0).is_ok() {
                    thread.call = Call::Ended;
                }
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
