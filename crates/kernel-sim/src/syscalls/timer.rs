//! `zx_timer_*` (zircon/kernel/lib/syscalls/timer.cc).

use zx_abi::{
    CLOCK_BOOT, CLOCK_MONOTONIC, PolicyCondition, Result, Rights, Status, TIMER_SLACK_LATE,
};

use crate::Caller;

impl Caller<'_> {
    /// `zx_timer_create`: `options` are the slack mode, CENTER (0), EARLY (1) or LATE (2); `clock`
    /// is MONOTONIC (0) or, since 2020, BOOT (1), which are the same here.
    ///
    /// # Errors
    /// INVALID_ARGS for the clock; ACCESS_DENIED by policy; INVALID_ARGS for options; NO_MEMORY.
    pub fn timer_create(&mut self, options: u32, clock: u32) -> Result<u32> {
        let boot = clock == CLOCK_BOOT && self.generation().has_boot_clock;
        if clock != CLOCK_MONOTONIC && !boot {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewTimer)?;
        if options > TIMER_SLACK_LATE {
            return Err(Status::INVALID_ARGS);
        }
        let timer = self.state.new_timer(self.account, options, clock)?;
        self.add_default(timer)
    }

    /// `zx_timer_set`: SIGNALED at `deadline`, at once if that is past. An earlier setting is
    /// forgotten. The slack allows to fire later or earlier, which this kernel never does; it is at
    /// least that of the caller's policy.
    ///
    /// # Errors
    /// OUT_OF_RANGE for a negative slack; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE.
    pub fn timer_set(&mut self, timer: u32, deadline: i64, slack: i64) -> Result {
        if slack < 0 {
            return Err(Status::OUT_OF_RANGE);
        }
        let id = self.get(timer, Rights::WRITE)?;
        let least = self.process_mut()?.policy.timer_slack.amount;
        self.state.timer_set(id, deadline, slack.max(least));
        Ok(())
    }

    /// `zx_timer_cancel`: it will not fire, and is not signalled.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE.
    pub fn timer_cancel(&mut self, timer: u32) -> Result {
        let id = self.get(timer, Rights::WRITE)?;
        self.state.timer_cancel(id);
        Ok(())
    }
}
