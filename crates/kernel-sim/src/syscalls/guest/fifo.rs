//! `zx_fifo_*` for guests.

use zx_abi::Size;

use super::Outcome;
use super::calls::{FifoCreate, FifoRead, FifoWrite, GuestCall};
use crate::Caller;

impl GuestCall for FifoCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (count, size) = (self.elem_count.0, self.elem_size.0);
        let (first, second) = caller.fifo_create(count, size, self.options.0)?;
        caller.copy_out_handles(&[(self.out0, first), (self.out1, second)])
    }
}

impl GuestCall for FifoRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (fifo, size, count) = (self.handle.0, self.elem_size.0, self.data_size.0);
        // Elements leave the fifo only once the guest has them.
        let (_, elements) = caller.fifo_front(fifo, size, count)?;
        caller.copy_out(self.data, &elements)?;
        caller.fifo_read(fifo, size, count)?;
        caller.copy_out_optional(self.actual_count, Size(elements.len() as u64 / size))
    }
}

impl GuestCall for FifoWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (fifo, size) = (self.handle.0, self.elem_size.0);
        // No more is copied than the peer can take.
        let (_, accepted) = caller.fifo_accepts(fifo, size, self.count.0)?;
        let elements = caller.copy_in(self.data.at_most(accepted as u64 * size))?;
        let written = caller.fifo_write(fifo, size, &elements)?;
        caller.copy_out_optional(self.actual_count, Size(written as u64))
    }
}
