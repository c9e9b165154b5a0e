//! `zx_cprng_draw` for guests.

use zx_abi::{CPRNG_DRAW_MAX_LEN, Status};

use super::Outcome;
use super::calls::{CprngDrawOnce, GuestCall};
use crate::Caller;

impl GuestCall for CprngDrawOnce {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        if self.buffer.count > CPRNG_DRAW_MAX_LEN {
            return Err(Status::INVALID_ARGS);
        }
        let mut bytes = vec![0; self.buffer.count as usize];
        caller.state.entropy.fill(&mut bytes);
        caller.copy_out(self.buffer, &bytes)
    }
}
