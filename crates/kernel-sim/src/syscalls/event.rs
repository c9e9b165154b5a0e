//! `zx_event_create` and `zx_eventpair_create` (zircon/kernel/lib/syscalls/event.cc, eventpair.cc).

use zx_abi::{PolicyCondition, Result, Status};

use crate::Caller;

impl Caller<'_> {
    /// `zx_event_create`.
    ///
    /// # Errors
    /// INVALID_ARGS for options; ACCESS_DENIED by policy; NO_MEMORY.
    pub fn event_create(&mut self, options: u32) -> Result<u32> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewEvent)?;
        let event = self.state.new_event(self.account)?;
        self.add_default(event)
    }

    /// `zx_eventpair_create`, for both ends.
    ///
    /// # Errors
    /// NOT_SUPPORTED for options; ACCESS_DENIED by policy; NO_MEMORY.
    pub fn eventpair_create(&mut self, options: u32) -> Result<(u32, u32)> {
        if options != 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        self.check_policy(PolicyCondition::NewEventpair)?;
        let (first, second) = self.state.new_event_pair(self.account)?;
        self.add_pair(first, second)
    }
}
