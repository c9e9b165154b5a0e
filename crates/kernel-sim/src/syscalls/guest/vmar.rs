//! `zx_vmar_op_range` for guests.

use super::{Outcome, done};
use crate::Caller;

impl Caller<'_> {
    /// Takes no buffer: none of the operations has data.
    pub(super) fn guest_vmar_op_range(&mut self, args: [u64; 8]) -> Outcome {
        let [vmar, op, address, len, buffer, buffer_size, ..] = args;
        if (buffer, buffer_size) != (0, 0) {
            // Judged after handle and operation, before the range: as length 0 is.
            return self.vmar_op_range(vmar as u32, op as u32, address, 0).map(done);
        }
        self.vmar_op_range(vmar as u32, op as u32, address, len).map(done)
    }
}
