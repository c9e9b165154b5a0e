//! `zx_timer_*` for guests.

use zx_abi::Syscall;

use super::{Outcome, done};
use crate::Caller;
use crate::object::ThreadId;

impl Caller<'_> {
    pub(super) fn timer_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, ..] = args;
        match syscall {
            Syscall::TimerCreate => {
                let timer = self.timer_create(a as u32, b as u32)?;
                self.copy_out_handles(&[(c, timer)])
            }
            Syscall::TimerSet => self.timer_set(a as u32, b as i64, c as i64).map(done),
            Syscall::TimerCancel => self.timer_cancel(a as u32).map(done),
            _ => self.not_implemented(thread, syscall),
        }
    }
}
