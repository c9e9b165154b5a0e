//! `zx_nanosleep` and reading the clocks (zircon/kernel/lib/syscalls/zircon.cc).

use zx_abi::TIME_INFINITE;

use crate::Caller;
use crate::object::ThreadId;
use crate::wait::{Sleeper, WaitFor};

impl Caller<'_> {
    /// The monotonic clock in nanoseconds. The boot clock is the same: this kernel never sleeps.
    pub fn clock_get_monotonic(&self) -> i64 {
        self.state.now()
    }

    /// The monotonic clock's ticks.
    pub(crate) fn ticks_get(&self) -> i64 {
        self.state.clock.ticks()
    }

    /// Parks a guest thread until `deadline`; false if that is past, or 0 for a mere yield.
    pub(crate) fn sleep_until(&mut self, thread: ThreadId, deadline: i64) -> bool {
        if deadline != TIME_INFINITE && deadline <= self.state.now() {
            return false;
        }
        let sleeper = Sleeper::Thread(thread);
        self.state.start_wait(self.process, sleeper, WaitFor::Deadline, deadline);
        true
    }
}
