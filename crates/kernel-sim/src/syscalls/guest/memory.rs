//! The guests' side of the calls about memory whose data lies in guest memory.

use zerocopy::IntoBytes;
use zx_abi::{Result, Rights, Status, VmoOp};

use super::{COPY_CHUNK, DONE, Outcome, done};
use crate::Caller;
use crate::object::VmoId;

impl Caller<'_> {
    pub(super) fn guest_vmo_read(
        &mut self,
        vmo: u32,
        buffer: u64,
        offset: u64,
        size: u64,
    ) -> Outcome {
        let id: VmoId = self.get(vmo, Rights::READ)?;
        let (memory, offset) = self.vmo_data(id, offset, size)?;
        in_chunks(buffer, size, |at, chunk, from| {
            memory.read(offset + from, chunk)?;
            self.copy_out(at, chunk).map(|_| ())
        })?;
        Ok(DONE)
    }

    pub(super) fn guest_vmo_write(
        &mut self,
        vmo: u32,
        buffer: u64,
        offset: u64,
        size: u64,
    ) -> Outcome {
        let id: VmoId = self.get(vmo, Rights::WRITE)?;
        let (memory, offset) = self.vmo_data(id, offset, size)?;
        in_chunks(buffer, size, |at, chunk, from| {
            self.state.read_user(self.process, at, chunk)?;
            memory.write(offset + from, chunk)
        })?;
        Ok(DONE)
    }

    pub(super) fn guest_vmo_op_range(&mut self, args: [u64; 8]) -> Outcome {
        let [vmo, op, offset, size, buffer, buffer_size, ..] = args;
        let (vmo, op) = (vmo as u32, op as u32);
        let Some(state) = self.vmo_op_range(vmo, op, offset, size)? else { return Ok(DONE) };
        let state = state.as_bytes();
        let written = if buffer_size < state.len() as u64 {
            Err(Status::INVALID_ARGS)
        } else {
            self.copy_out(buffer, state)
        };
        if written.is_err() {
            self.vmo_op_range(vmo, VmoOp::Unlock as u32, offset, size)?;
        }
        written
    }

    /// Takes no buffer: none of the operations has data.
    pub(super) fn guest_vmar_op_range(&mut self, args: [u64; 8]) -> Outcome {
        let [vmar, op, address, len, buffer, buffer_size, ..] = args;
        if (buffer, buffer_size) != (0, 0) {
            // Judged after handle and operation, before the range: as length 0 is.
            return self.vmar_op_range(vmar as u32, op as u32, address, 0).map(done);
        }
        self.vmar_op_range(vmar as u32, op as u32, address, len).map(done)
    }

    pub(super) fn guest_process_read(&mut self, args: [u64; 8]) -> Outcome {
        let [process, address, buffer, size, actual, ..] = args;
        self.not_null(buffer)?;
        let target = self.readable_memory(process as u32, address, size)?;
        in_chunks(buffer, target.len, |at, chunk, from| {
            target.memory.read(target.offset + from, chunk)?;
            self.copy_out(at, chunk).map(|_| ())
        })?;
        self.copy_out(actual, &target.len.to_le_bytes())
    }

    pub(super) fn guest_process_write(&mut self, args: [u64; 8]) -> Outcome {
        let [process, address, buffer, size, actual, ..] = args;
        self.not_null(buffer)?;
        let target = self.writable_memory(process as u32, address, size)?;
        in_chunks(buffer, target.len, |at, chunk, from| {
            self.state.read_user(self.process, at, chunk)?;
            target.memory.write(target.offset + from, chunk)
        })?;
        self.copy_out(actual, &target.len.to_le_bytes())
    }
}

/// Calls `f` with each piece of guest memory in `buffer..buffer + size`: its address, room for it,
/// and how far it is from the beginning.
fn in_chunks(buffer: u64, size: u64, mut f: impl FnMut(u64, &mut [u8], u64) -> Result) -> Result {
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
