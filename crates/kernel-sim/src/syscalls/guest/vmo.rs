//! `zx_vmo_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{Rights, Status, VmoOp};

use super::calls::{
    GuestCall, VmoCreate, VmoCreateChild, VmoCreateContiguous, VmoCreatePhysical, VmoGetSize,
    VmoGetStreamSize, VmoOpRange, VmoRead, VmoReplaceAsExecutable, VmoSetCachePolicy, VmoSetSize,
    VmoSetStreamSize, VmoTransferData, VmoWrite,
};
use super::{DONE, Outcome, done};
use crate::Caller;
use crate::object::VmoId;
use crate::syscalls::vmo::Access;

impl GuestCall for VmoCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let vmo = caller.vmo_create(self.size.0, self.options.0)?;
        caller.copy_out_handles(&[(self.out, vmo)])
    }
}

impl GuestCall for VmoCreateChild {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (vmo, options) = (self.handle.0, self.options.0);
        let child = caller.vmo_create_child(vmo, options, self.offset.0, self.size.0)?;
        caller.copy_out_handles(&[(self.out, child)])
    }
}

impl GuestCall for VmoCreateContiguous {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let vmo = caller.vmo_create_contiguous(self.bti.0, self.size.0, self.alignment_log2)?;
        caller.copy_out_handles(&[(self.out, vmo)])
    }
}

impl GuestCall for VmoCreatePhysical {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let vmo = caller.vmo_create_physical(self.resource.0, self.paddr.0, self.size.0)?;
        caller.copy_out_handles(&[(self.out, vmo)])
    }
}

impl GuestCall for VmoReplaceAsExecutable {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let vmo = caller.vmo_replace_as_executable(self.handle.0, self.vmex.0)?;
        caller.copy_out_handles(&[(self.out, vmo)])
    }
}

impl GuestCall for VmoRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { buffer, .. } = self;
        let id: VmoId = caller.get(self.handle.0, Rights::READ)?;
        let target = caller.vmo_data(id, self.offset.0, buffer.count)?;
        let range = target.offset..target.offset + target.len;
        caller.pages_ready(target.store, range, Access::Read)?;
        caller
            .each_piece(&target, |caller, piece, before| {
                let at = buffer.address.checked_add(before).ok_or(Status::INVALID_ARGS)?;
                caller.copy_from_memory(piece, at)
            })
            .map(done)
    }
}

impl GuestCall for VmoWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { buffer, .. } = self;
        let id: VmoId = caller.get(self.handle.0, Rights::WRITE)?;
        let target = caller.vmo_data(id, self.offset.0, buffer.count)?;
        let mapped = caller.mapped_for(target.store, buffer.address, target.len)?;
        let range = target.offset..target.offset + mapped;
        caller.pages_ready(target.store, range, Access::Write)?;
        caller.copy_to_memory(buffer.address, &target, &mut 0).map(done)
    }
}

impl GuestCall for VmoGetSize {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let size = caller.vmo_get_size(self.handle.0)?;
        caller.copy_out_value(self.size, size)
    }
}

impl GuestCall for VmoSetSize {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.vmo_set_size(self.handle.0, self.size.0).map(done)
    }
}

impl GuestCall for VmoGetStreamSize {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let size = caller.vmo_get_stream_size(self.handle.0)?;
        caller.copy_out_value(self.size, size)
    }
}

impl GuestCall for VmoSetStreamSize {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.vmo_set_stream_size(self.handle.0, self.size.0).map(done)
    }
}

impl GuestCall for VmoOpRange {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (vmo, offset, size) = (self.handle.0, self.offset.0, self.size.0);
        let Some(state) = caller.vmo_op_range(vmo, self.op.0, offset, size)? else {
            return Ok(DONE);
        };
        let written = if self.buffer.count < size_of_val(&state) as u64 {
            Err(Status::INVALID_ARGS)
        } else {
            caller.copy_out(self.buffer, state.as_bytes())
        };
        if written.is_err() {
            caller.vmo_op_range(vmo, VmoOp::Unlock as u32, offset, size)?;
        }
        written
    }
}

impl GuestCall for VmoSetCachePolicy {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.vmo_set_cache_policy(self.handle.0, self.cache_policy.0).map(done)
    }
}

impl GuestCall for VmoTransferData {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { dst_vmo, options, offset, length, src_vmo, src_offset } = self;
        let (to, from) = (dst_vmo.0, src_vmo.0);
        caller.vmo_transfer_data(to, options.0, offset.0, length.0, from, src_offset.0).map(done)
    }
}
