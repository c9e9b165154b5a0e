//! `zx_process_*` for guests whose data lies in their memory.

use zx_abi::MAX_NAME_LEN;

use super::Outcome;
use super::copy::in_chunks;
use crate::Caller;

impl Caller<'_> {
    pub(super) fn guest_process_create_shared(&mut self, args: [u64; 8]) -> Outcome {
        let [shared, options, name, name_len, process, vmar, ..] = args;
        let name = self.copy_in(name, name_len.min(MAX_NAME_LEN as u64 - 1)).map(|_| ());
        let handles = self.create_shared(shared as u32, options as u32, name)?;
        self.copy_out_handles(&[(process, handles.0), (vmar, handles.1)])
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
