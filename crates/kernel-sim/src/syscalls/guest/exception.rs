//! `zx_exception_*` for guests.

use super::Outcome;
use super::calls::{ExceptionGetProcess, ExceptionGetThread, GuestCall};
use crate::Caller;

impl GuestCall for ExceptionGetThread {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let thread = caller.exception_get_thread(self.handle.0)?;
        caller.copy_out_handles(&[(self.out, thread)])
    }
}

impl GuestCall for ExceptionGetProcess {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let process = caller.exception_get_process(self.handle.0)?;
        caller.copy_out_handles(&[(self.out, process)])
    }
}
