//! `zx_timer_*` for guests.

use super::calls::{GuestCall, TimerCancel, TimerCreate, TimerSet};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for TimerCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let timer = caller.timer_create(self.options.0, self.clock_id.0)?;
        caller.copy_out_handles(&[(self.out, timer)])
    }
}

impl GuestCall for TimerSet {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.timer_set(self.handle.0, self.deadline.0, self.slack.0).map(done)
    }
}

impl GuestCall for TimerCancel {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.timer_cancel(self.handle.0).map(done)
    }
}
