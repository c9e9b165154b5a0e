//! `zx_counter_*` for guests.

use super::calls::{CounterAdd, CounterCreate, CounterRead, CounterWrite, GuestCall};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for CounterCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let counter = caller.counter_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out, counter)])
    }
}

impl GuestCall for CounterAdd {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.counter_add(self.handle.0, self.value).map(done)
    }
}

impl GuestCall for CounterRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.not_null(self.value.address)?;
        let value = caller.counter_read(self.handle.0)?;
        caller.copy_out_value(self.value, value)
    }
}

impl GuestCall for CounterWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.counter_write(self.handle.0, self.value).map(done)
    }
}
