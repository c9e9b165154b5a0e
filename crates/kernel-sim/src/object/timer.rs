//! Timers (zircon/kernel/object/timer_dispatcher.cc).

use zx_abi::{Result, Rights, Signals};

use super::{Header, Key, TimerId, object, rights};
use crate::account::AccountId;
use crate::state::State;
use crate::wait::{DeadlineKey, Due};

#[derive(Debug)]
pub(crate) struct Timer {
    pub header: Header,
    /// `ZX_TIMER_SLACK_*`
    pub options: u32,
    /// The `zx_clock_t`.
    pub clock: u32,
    /// What it was set to, until it fires or is cancelled; else 0.
    pub deadline: i64,
    pub slack: i64,
    armed: Option<DeadlineKey>,
}

object!(Timer, rights(&[Rights::BASIC, Rights::WRITE, Rights::SIGNAL]));

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_timer(&mut self, account: AccountId, options: u32, clock: u32) -> Result<TimerId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        let timer = Timer { header, options, clock, deadline: 0, slack: 0, armed: None };
        Ok(self.objects.timers.insert(timer))
    }

    /// Sets a timer anew. It fires at its deadline, which any slack allows.
    pub fn timer_set(&mut self, id: TimerId, deadline: i64, slack: i64) {
        self.timer_disarm(id);
        if deadline <= self.now() {
            self.update_signals(id, Signals::empty(), Signals::SIGNALED);
            return;
        }
        self.update_signals(id, Signals::SIGNALED, Signals::empty());
        let armed = self.deadlines.add(deadline, Due::Timer(id));
        if let Some(timer) = self.objects.timers.get_mut(id) {
            (timer.deadline, timer.slack, timer.armed) = (deadline, slack, armed);
        }
    }

    pub fn timer_cancel(&mut self, id: TimerId) {
        self.timer_disarm(id);
        self.update_signals(id, Signals::SIGNALED, Signals::empty());
    }

    /// Its deadline has come.
    pub fn timer_fired(&mut self, id: TimerId) {
        self.timer_disarm(id);
        self.update_signals(id, Signals::empty(), Signals::SIGNALED);
    }

    fn timer_disarm(&mut self, id: TimerId) {
        let Some(timer) = self.objects.timers.get_mut(id) else { return };
        (timer.deadline, timer.slack) = (0, 0);
        if let Some(key) = timer.armed.take() {
            self.deadlines.remove(key);
        }
    }

    /// The last handle is gone.
    pub fn timer_on_zero_handles(&mut self, id: TimerId) {
        self.timer_disarm(id);
        id.remove(&mut self.objects);
    }
}
