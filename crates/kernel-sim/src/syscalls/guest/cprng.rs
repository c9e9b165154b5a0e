//! `zx_cprng_draw` for guests.

use zx_abi::{CPRNG_DRAW_MAX_LEN, Status};

use super::Outcome;
use crate::Caller;

impl Caller<'_> {
    pub(super) fn guest_cprng_draw(&mut self, buffer: u64, size: u64) -> Outcome {
        if size > CPRNG_DRAW_MAX_LEN {
            return Err(Status::INVALID_ARGS);
        }
        let mut bytes = vec![0; size as usize];
        self.state.entropy.fill(&mut bytes);
        self.copy_out(buffer, &bytes)
    }
}
