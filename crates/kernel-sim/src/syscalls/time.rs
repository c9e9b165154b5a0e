//! `zx_nanosleep` and reading the clocks (zircon/kernel/lib/syscalls/zircon.cc).

use zx_abi::{Signals, TIME_INFINITE};

use crate::Caller;
use crate::object::ThreadId;
use crate::wait::WaitTarget;

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
        let via = (self.process, zx_abi::HANDLE_INVALID);
        self.state.start_wait(None, Signals::empty(), via, deadline, WaitTarget::Sleep { thread });
        true
    }
}
