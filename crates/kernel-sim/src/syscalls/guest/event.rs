//! `zx_event_create` and `zx_eventpair_create` for guests.

use super::Outcome;
use super::calls::{EventCreate, EventpairCreate, GuestCall};
use crate::Caller;

impl GuestCall for EventCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let event = caller.event_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out, event)])
    }
}

impl GuestCall for EventpairCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (first, second) = caller.eventpair_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out0, first), (self.out1, second)])
    }
}
