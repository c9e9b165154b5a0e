//! Waits: on an object's signals, for a deadline, or both.

use slotmap::new_key_type;
use zx_abi::{Signals, Status, TIME_INFINITE};

use crate::object::{ObjectId, ProcessId, ThreadId, ThreadRun};
use crate::state::{Effect, State};
use crate::trace::TraceEvent;

new_key_type! { pub(crate) struct WaiterId; }

/// One wait.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// What is waited on; None for a sleep.
    pub object: Option<ObjectId>,
    pub signals: Signals,
    /// Whose handle the wait goes through: closing it cancels the wait.
    pub process: ProcessId,
    pub handle: u32,
    pub target: WaitTarget,
    /// Its key in the table of deadlines, unless infinite.
    deadline: Option<(i64, u64)>,
}

/// Whom the end of a wait concerns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WaitTarget {
    /// A guest thread in `zx_object_wait_one`; `observed` is its out pointer or 0.
    WaitOne { thread: ThreadId, observed: u64 },
    /// A guest thread in `zx_nanosleep`.
    Sleep { thread: ThreadId },
    /// The host, under a token of its choice.
    Host { token: u64 },
}

impl WaitTarget {
    fn thread(self) -> Option<ThreadId> {
        match self {
            Self::WaitOne { thread, .. } | Self::Sleep { thread } => Some(thread),
            Self::Host { .. } => None,
        }
    }
}

impl State {
    /// Starts a wait. A guest thread that waits is blocked from here on.
    pub fn start_wait(
        &mut self,
        object: Option<ObjectId>,
        signals: Signals,
        (process, handle): (ProcessId, u32),
        deadline: i64,
        target: WaitTarget,
    ) -> WaiterId {
        let key = (deadline != TIME_INFINITE).then(|| {
            self.deadline_count += 1;
            (deadline, self.deadline_count)
        });
        let waiter = Waiter { object, signals, process, handle, target, deadline: key };
        let id = self.waiters.insert(waiter);
        if let Some(key) = key {
            self.deadlines.insert(key, id);
        }
        if let Some(header) = object.and_then(|object| self.objects.header_mut(object)) {
            header.waiters.push(id);
        }
        if let Some(thread) = target.thread().and_then(|id| self.objects.threads.get_mut(id)) {
            thread.run = ThreadRun::Blocked(id);
        }
        id
    }

    /// Takes a wait out of all tables without telling anybody.
    pub fn forget_waiter(&mut self, id: WaiterId) -> Option<Waiter> {
        let waiter = self.waiters.remove(id)?;
        if let Some(key) = waiter.deadline {
            self.deadlines.remove(&key);
        }
        if let Some(header) = waiter.object.and_then(|object| self.objects.header_mut(object)) {
            header.waiters.retain(|other| *other != id);
        }
        Some(waiter)
    }

    /// Ends a wait and tells whom it concerns.
    pub fn finish_wait(&mut self, id: WaiterId, status: Status, observed: Signals) {
        let Some(waiter) = self.forget_waiter(id) else { return };
        match waiter.target {
            WaitTarget::Host { token } => {
                self.effects.push(Effect::WaitCompleted { token, status, observed });
            }
            WaitTarget::Sleep { thread } => self.resume(thread, Status::OK),
            WaitTarget::WaitOne { thread, observed: pointer } => {
                let bytes = observed.bits().to_le_bytes();
                let written =
                    pointer == 0 || self.write_user(waiter.process, pointer, &bytes).is_ok();
                self.resume(thread, if written { status } else { Status::INVALID_ARGS });
            }
        }
    }

    /// Lets a blocked guest thread return from its call.
    fn resume(&mut self, id: ThreadId, status: Status) {
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        thread.run = ThreadRun::Running;
        let (thread_koid, process) = (thread.header.koid, thread.process);
        self.trace_return(id, status);
        self.effects.push(Effect::Resume {
            process: self.objects.koid(process),
            thread: thread_koid,
            value: i64::from(status.into_raw()) as u64,
        });
    }

    /// Changes an object's signals and ends the waits that they satisfy. Signals that are both
    /// cleared and set still wake waiters: they see the state at set time.
    pub fn update_signals(&mut self, id: impl Into<ObjectId>, clear: Signals, set: Signals) {
        let id = id.into();
        let Some(header) = self.objects.header_mut(id) else { return };
        let before = header.signals;
        header.signals = before.difference(clear).union(set);
        let now = header.signals;
        if now == before {
            return;
        }
        let mut woken = Vec::new();
        header.waiters.retain(|id| {
            let wakes = self.waiters.get(*id).is_some_and(|waiter| waiter.signals.intersects(now));
            if wakes {
                woken.push(*id);
            }
            !wakes
        });
        self.trace(|state| TraceEvent::Signal {
            object: state.objects.koid(id),
            object_type: id.object_type(),
            before: before.bits(),
            after: now.bits(),
        });
        for waiter in woken {
            self.finish_wait(waiter, Status::OK, now);
        }
    }

    /// A handle leaves its table: waits through it end as cancelled.
    pub fn cancel_waits_through(&mut self, process: ProcessId, handle: u32, object: ObjectId) {
        let Some(header) = self.objects.header(object) else { return };
        let signals = header.signals | Signals::HANDLE_CLOSED;
        let through = |waiter: &Waiter| waiter.process == process && waiter.handle == handle;
        let waiters: Vec<WaiterId> = header
            .waiters
            .iter()
            .copied()
            .filter(|id| self.waiters.get(*id).is_some_and(through))
            .collect();
        for waiter in waiters {
            self.finish_wait(waiter, Status::CANCELED, signals);
        }
    }

    /// Takes back a wait of the host.
    pub fn cancel_host_wait(&mut self, token: u64) -> bool {
        let found = self.waiters.iter().find(|(_, waiter)| {
            matches!(waiter.target, WaitTarget::Host { token: other } if other == token)
        });
        let id = found.map(|(id, _)| id);
        id.and_then(|id| self.forget_waiter(id)).is_some()
    }

    /// A process ends: so do all waits through its handles.
    pub fn cancel_waits_of(&mut self, process: ProcessId) {
        let of_process = self.waiters.iter().filter(|(_, waiter)| waiter.process == process);
        let waiters: Vec<(WaiterId, Option<ObjectId>)> =
            of_process.map(|(id, waiter)| (id, waiter.object)).collect();
        for (id, object) in waiters {
            let signals = object.and_then(|object| self.objects.header(object));
            let signals = signals.map_or(Signals::empty(), |header| header.signals);
            self.finish_wait(id, Status::CANCELED, signals | Signals::HANDLE_CLOSED);
        }
    }

    /// Ends the waits whose deadline is not after `now`.
    pub fn expire(&mut self, now: i64) {
        while let Some((&(deadline, _), &id)) = self.deadlines.first_key_value()
            && deadline <= now
        {
            let object = self.waiters.get(id).and_then(|waiter| waiter.object);
            let signals = object.and_then(|object| self.objects.header(object));
            let signals = signals.map_or(Signals::empty(), |header| header.signals);
            self.finish_wait(id, Status::TIMED_OUT, signals);
        }
    }
}
