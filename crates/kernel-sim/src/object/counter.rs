//! Counters (zircon/kernel/object/counter_dispatcher.rs).

use zx_abi::{Result, Rights, Signals};

use super::{CounterId, Header, object, rights};
use crate::account::AccountId;
use crate::state::State;

/// A number whose sign shows in its signals.
#[derive(Debug)]
pub(crate) struct Counter {
    pub header: Header,
    pub value: i64,
}

object!(
    Counter,
    rights(&[Rights::BASIC, Rights::IO, Rights::SIGNAL]),
    Signals::USER_ALL.union(Signals::SIGNALED)
);

impl State {
    /// A counter at 0.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_counter(&mut self, account: AccountId) -> Result<CounterId> {
        let header = self.objects.new_header(account, 0, Signals::COUNTER_NON_POSITIVE)?;
        Ok(self.objects.counters.insert(Counter { header, value: 0 }))
    }

    /// # Errors
    /// BAD_HANDLE if the counter is gone.
    pub fn set_counter(&mut self, id: CounterId, value: i64) -> Result {
        self.objects.get_mut(id)?.value = value;
        let (clear, set) = match value {
            1.. => (Signals::COUNTER_NON_POSITIVE, Signals::COUNTER_POSITIVE),
            _ => (Signals::COUNTER_POSITIVE, Signals::COUNTER_NON_POSITIVE),
        };
        self.update_signals(id, clear, set);
        Ok(())
    }
}
