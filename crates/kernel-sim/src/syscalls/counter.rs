//! `zx_counter_*` (zircon/kernel/lib/syscalls/counter.rs).

use zx_abi::{Result, Rights, Status};

use crate::Caller;
use crate::object::CounterId;

impl Caller<'_> {
    /// `zx_counter_create`: a counter at 0.
    ///
    /// # Errors
    /// INVALID_ARGS for options; NO_MEMORY.
    pub fn counter_create(&mut self, options: u32) -> Result<u32> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let counter = self.state.new_counter(self.account)?;
        self.add_default(counter)
    }

    /// `zx_counter_add`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ and WRITE; OUT_OF_RANGE for a sum of more
    /// than 64 bits, which leaves the counter as it was.
    pub fn counter_add(&mut self, counter: u32, amount: i64) -> Result {
        let id: CounterId = self.get(counter, Rights::IO)?;
        let value = self.state.objects.get(id)?.value;
        self.state.set_counter(id, value.checked_add(amount).ok_or(Status::OUT_OF_RANGE)?)
    }

    /// `zx_counter_read`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ.
    pub fn counter_read(&mut self, counter: u32) -> Result<i64> {
        let id: CounterId = self.get(counter, Rights::READ)?;
        Ok(self.state.objects.get(id)?.value)
    }

    /// `zx_counter_write`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE.
    pub fn counter_write(&mut self, counter: u32, value: i64) -> Result {
        let id: CounterId = self.get(counter, Rights::WRITE)?;
        self.state.set_counter(id, value)
    }
}
