//! Copies between the kernel and the memory of the calling guest.

use zerocopy::FromBytes;
use zx_abi::{Result, Status};

use super::{DONE, Outcome, done};
use crate::Caller;

/// Bytes of a VMO that are copied at a time.
const COPY_CHUNK: u64 = 64 * 1024;

impl Caller<'_> {
    /// Copies bytes in from the guest's memory.
    pub(super) fn copy_in(&self, address: u64, len: u64) -> Result<Vec<u8>> {
        self.state.read_user_vec(self.process, address, len)
    }

    /// Copies a record in.
    pub(super) fn copy_in_record<T: FromBytes>(&self, address: u64) -> Result<T> {
        let bytes = self.copy_in(address, size_of::<T>() as u64)?;
        T::read_from_bytes(&bytes).map_err(|_| Status::INTERNAL)
    }

    /// Copies an array of records in.
    pub(super) fn copy_in_records<T: FromBytes>(&self, address: u64, count: u64) -> Result<Vec<T>> {
        let size = size_of::<T>();
        let bytes =
            self.copy_in(address, count.checked_mul(size as u64).ok_or(Status::INVALID_ARGS)?)?;
        Ok(bytes.chunks_exact(size).filter_map(|record| T::read_from_bytes(record).ok()).collect())
    }

    /// Copies an array of handles in.
    pub(super) fn copy_in_handles(&self, address: u64, count: u64) -> Result<Vec<u32>> {
        let bytes = self.copy_in(address, count.checked_mul(4).ok_or(Status::INVALID_ARGS)?)?;
        let words = bytes.chunks_exact(4).filter_map(|word| word.try_into().ok());
        Ok(words.map(u32::from_le_bytes).collect())
    }

    pub(super) fn not_null(&self, address: u64) -> Result {
        if address == 0 { Err(Status::INVALID_ARGS) } else { Ok(()) }
    }

    /// Copies bytes out to the guest's memory, as the end of a call.
    pub(super) fn copy_out(&self, address: u64, bytes: &[u8]) -> Outcome {
        self.state.write_user(self.process, address, bytes).map(done)
    }

    /// Copies out to the guest unless the pointer is null.
    pub(super) fn copy_out_optional(&self, address: u64, bytes: &[u8]) -> Outcome {
        if address == 0 { Ok(DONE) } else { self.copy_out(address, bytes) }
    }

    /// Copies out new handles, each to its address; if that fails, all are closed again.
    pub(super) fn copy_out_handles(&mut self, handles: &[(u64, u32)]) -> Outcome {
        let written = handles.iter().try_for_each(|(address, handle)| {
            self.copy_out(*address, &handle.to_le_bytes()).map(|_| ())
        });
        if written.is_err() {
            for (_, handle) in handles {
                self.handle_close(*handle)?;
            }
        }
        written.map(done)
    }
}

/// Calls `f` with each piece of guest memory in `buffer..buffer + size`: its address, room for it,
/// and how far it is from the beginning.
pub(super) fn in_chunks(
    buffer: u64,
    size: u64,
    mut f: impl FnMut(u64, &mut [u8], u64) -> Result,
) -> Result {
    let mut room = vec![0; size.min(COPY_CHUNK) as usize];
    let mut from = 0;
    while from < size {
        let count = (size - from).min(COPY_CHUNK);
        let at = buffer.checked_add(from).ok_or(Status::INVALID_ARGS)?;
        f(at, room.get_mut(..count as usize).unwrap_or_default(), from)?;
        from += count;
    }
    Ok(())
}
