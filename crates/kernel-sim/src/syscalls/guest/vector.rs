//! Data of guests that lies in several buffers.

use zx_abi::{In, IoVector, Passing, Result, Span, Status};

use crate::Caller;

/// Buffers of a vector that are looked at at a time.
const AT_A_TIME: u64 = 256;

impl Caller<'_> {
    /// Calls `f` with each buffer, until that says it was the last.
    pub(super) fn each_buffer(
        &mut self,
        vector: In<[IoVector]>,
        mut f: impl FnMut(&mut Self, IoVector) -> Result<bool>,
    ) -> Result {
        let mut first = 0;
        while first < vector.count {
            let count = (vector.count - first).min(AT_A_TIME);
            let address = first.checked_mul(size_of::<IoVector>() as u64);
            let address = address.and_then(|offset| vector.address.checked_add(offset));
            let some = In::<[IoVector]>::new(address.ok_or(Status::INVALID_ARGS)?, count);
            for buffer in self.copy_in_records(some)? {
                if !f(self, buffer)? {
                    return Ok(());
                }
            }
            first += count;
            self.state.meter.count(count as usize);
            self.breathe()?;
        }
        Ok(())
    }

    /// Whether the first `len` bytes of all buffers together can be accessed now, as far as they are
    /// mapped. If they cannot and their pages do not come, the call returns `failure`, or why they do
    /// not.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    pub(super) fn vector_ready(
        &mut self,
        vector: In<[IoVector]>,
        len: u64,
        passing: Passing,
        failure: Option<Status>,
    ) -> Result {
        if self.process_mut()?.paged_mappings == 0 {
            return Ok(());
        }
        let mut left = len;
        self.each_buffer(vector, |caller, IoVector { buffer, capacity }| {
            let len = capacity.min(left);
            caller.buffer_ready(Span { address: buffer, len, passing }, failure)?;
            left -= len;
            Ok(left > 0)
        })
    }
}
