//! What happens at which instant.

use std::collections::BTreeMap;

use zx_abi::TIME_INFINITE;

use super::{WaitEnd, WaiterId};
use crate::object::{ProcessId, TimerId};
use crate::state::State;

/// What happens at a deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Due {
    Wait(WaiterId),
    Timer(TimerId),
    CpuTime(ProcessId),
}

/// Where a deadline stands in the table: by instant, then by age.
pub(crate) type DeadlineKey = (i64, u64);

/// All deadlines of a kernel.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    due: BTreeMap<DeadlineKey, Due>,
    count: u64,
}

impl Deadlines {
    /// Adds one; an infinite one needs no place.
    pub fn add(&mut self, deadline: i64, due: Due) -> Option<DeadlineKey> {
        (deadline != TIME_INFINITE).then(|| {
            self.count += 1;
            let key = (deadline, self.count);
            self.due.insert(key, due);
            key
        })
    }

    pub fn remove(&mut self, key: DeadlineKey) {
        self.due.remove(&key);
    }

    /// The next instant at which something happens.
    pub fn earliest(&self) -> i64 {
        self.due.first_key_value().map_or(TIME_INFINITE, |(key, _)| key.0)
    }

    /// Whether any has come.
    pub fn has_due(&self, now: i64) -> bool {
        self.due.first_key_value().is_some_and(|(key, _)| key.0 <= now)
    }

    fn pop_due(&mut self, now: i64) -> Option<Due> {
        if !self.has_due(now) {
            return None;
        }
        self.due.pop_first().map(|(_, due)| due)
    }
}

impl State {
    /// Lets the deadlines pass that are not after `now`, as far as this turn goes.
    pub fn expire(&mut self, now: i64) {
        while !self.meter.is_due()
            && let Some(due) = self.deadlines.pop_due(now)
        {
            self.meter.count(1);
            match due {
                Due::Wait(waiter) => self.finish_wait(waiter, WaitEnd::TimedOut),
                Due::Timer(timer) => self.timer_fired(timer),
                Due::CpuTime(process) => self.check_cpu_time(process),
            }
        }
    }
}
