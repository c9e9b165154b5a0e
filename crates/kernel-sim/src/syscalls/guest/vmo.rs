//! `zx_vmo_*` for guests whose data lies in their memory.

use zerocopy::IntoBytes;
use zx_abi::{Rights, Status, VmoOp};

use super::copy::in_chunks;
use super::{DONE, Outcome};
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
}
