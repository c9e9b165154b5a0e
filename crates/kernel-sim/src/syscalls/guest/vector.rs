//! Data of guests that lies in several buffers.

use zx_abi::{In, IoVector, Passing, Result, Span, Status};

use crate::Caller;
use crate::object::StoreId;

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

    /// How many of the first `len` bytes of all buffers together can be accessed now, as
    /// [`Caller::buffer_ready_so_far`] of each.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    pub(super) fn vector_ready(
        &mut self,
        vector: In<[IoVector]>,
        len: u64,
        passing: Passing,
        failure: Option<Status>,
    ) -> Result<u64> {
        if self.process_mut()?.paged_mappings == 0 {
            return Ok(len);
        }
        let mut left = len;
        self.each_buffer(vector, |caller, IoVector { buffer, capacity }| {
            let len = capacity.min(left);
            let span = Span { address: buffer, len, passing };
            let ready = caller.buffer_ready_so_far(span, failure)?;
            left -= ready;
            Ok(ready == len && left > 0)
        })?;
        Ok(len - left)
    }

    /// How many of the first `len` bytes of all buffers together can be read, as [`Caller::mapped_for`] each.
    ///
    /// # Errors
    /// As [`Caller::each_buffer`].
    pub(super) fn vector_mapped_for(
        &mut self,
        store: StoreId,
        vector: In<[IoVector]>,
        len: u64,
    ) -> Result<u64> {
        if self.state.objects.paging(store).is_none() {
            return Ok(len);
        }
        let mut left = len;
        self.each_buffer(vector, |caller, IoVector { buffer, capacity }| {
            let len = capacity.min(left);
            let mapped = caller.mapped_for(store, buffer, len)?;
            left -= mapped;
            Ok(mapped == len && left > 0)
        })?;
        Ok(len - left)
    }
}
