//! Futexes (zircon/kernel/object/futex_context.cc): words in the memory of a process that threads
//! of it wait at. They are known by address; one without waiters takes no room.

use std::collections::VecDeque;

use crate::object::{ProcessId, ThreadId};
use crate::state::State;
use crate::wait::{Sleeper, WaitEnd, WaitFor, WaiterId};

/// A futex with waiters.
#[derive(Debug, Default)]
pub(crate) struct Futex {
    /// Oldest first, never empty.
    waiters: VecDeque<WaiterId>,
    pub owner: Option<ThreadId>,
}

/// Who owns a futex after a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextOwner {
    None,
    /// The one that was woken, if others go on waiting.
    Woken,
}

impl State {
    /// Blocks a thread at a futex, whose owner changes.
    pub fn futex_wait(
        &mut self,
        process: ProcessId,
        thread: ThreadId,
        address: u64,
        owner: Option<ThreadId>,
        deadline: i64,
    ) {
        let wait_for = WaitFor::Wake { futex: address };
        let waiter = self.start_wait(process, Sleeper::Thread(thread), wait_for, deadline);
        let futex = self.futexes.entry((process, address)).or_default();
        futex.waiters.push_back(waiter);
        futex.owner = owner;
    }

    /// Wakes up to `count` threads, oldest first.
    pub fn futex_wake(&mut self, process: ProcessId, address: u64, count: u32, next: NextOwner) {
        let mut woken = None;
        for _ in 0..count {
            let futex = self.futexes.get(&(process, address));
            let Some(first) = futex.and_then(|futex| futex.waiters.front().copied()) else { break };
            woken = self.waiters.get(first).map(|waiter| waiter.sleeper);
            self.finish_wait(first, WaitEnd::Woken);
        }
        if let Some(futex) = self.futexes.get_mut(&(process, address)) {
            futex.owner = match (next, woken) {
                (NextOwner::Woken, Some(Sleeper::Thread(thread))) => Some(thread),
                _ => None,
            };
        }
    }

    /// Lets up to `count` waiters wait at another futex, which gets a new owner.
    pub fn futex_requeue(
        &mut self,
        process: ProcessId,
        from: u64,
        to: u64,
        count: u32,
        owner: Option<ThreadId>,
    ) {
        let mut source = self.futexes.remove(&(process, from)).unwrap_or_default();
        let count = source.waiters.len().min(usize::try_from(count).unwrap_or(usize::MAX));
        let moved: Vec<WaiterId> = source.waiters.drain(..count).collect();
        if !source.waiters.is_empty() {
            self.futexes.insert((process, from), source);
        }
        for waiter in &moved {
            if let Some(waiter) = self.waiters.get_mut(*waiter) {
                waiter.wait_for = WaitFor::Wake { futex: to };
            }
        }
        if !moved.is_empty() {
            self.futexes.entry((process, to)).or_default().waiters.extend(moved);
        }
        if let Some(target) = self.futexes.get_mut(&(process, to)) {
            target.owner = owner;
        }
    }

    /// The futex that a thread waits at.
    pub fn futex_of(&self, thread: ThreadId) -> Option<u64> {
        match self.waiter_of(thread)?.wait_for {
            WaitFor::Wake { futex } => Some(futex),
            _ => None,
        }
    }

    /// A waiter is gone; the last one takes the futex with it.
    pub fn futex_forget(&mut self, process: ProcessId, address: u64, id: WaiterId) {
        let Some(futex) = self.futexes.get_mut(&(process, address)) else { return };
        futex.waiters.retain(|other| *other != id);
        if futex.waiters.is_empty() {
            self.futexes.remove(&(process, address));
        }
    }
}
