//! `zx_pager_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{PagerVmoStats, Size, Status, VmoDirtyRange};

use super::calls::{
    GuestCall, PagerCreate, PagerCreateVmo, PagerDetachVmo, PagerOpRange, PagerQueryDirtyRanges,
    PagerQueryVmoStats, PagerSupplyPages,
};
use super::{Outcome, done};
use crate::Caller;

impl GuestCall for PagerCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let pager = caller.pager_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out, pager)])
    }
}

impl GuestCall for PagerCreateVmo {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { pager, options, port, key, size, out } = self;
        let vmo = caller.pager_create_vmo(pager.0, options.0, port.0, key.0, size.0)?;
        caller.copy_out_handles(&[(out, vmo)])
    }
}

impl GuestCall for PagerDetachVmo {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.pager_detach_vmo(self.pager.0, self.vmo.0).map(done)
    }
}

impl GuestCall for PagerSupplyPages {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { pager, pager_vmo, offset, length, aux_vmo, aux_offset } = self;
        let range = (offset.0, length.0);
        caller.pager_supply_pages(pager.0, pager_vmo.0, range, aux_vmo.0, aux_offset.0).map(done)
    }
}

impl GuestCall for PagerOpRange {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { pager, op, pager_vmo, offset, length, data } = self;
        caller.pager_op_range(pager.0, op.0, pager_vmo.0, (offset.0, length.0), data.0).map(done)
    }
}

impl GuestCall for PagerQueryDirtyRanges {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { pager, pager_vmo, offset, length, buffer, buffer_size, actual, avail } = self;
        let room = buffer_size.0 / size_of::<VmoDirtyRange>() as u64;
        let range = (offset.0, length.0);
        let (found, count) = caller.pager_query_dirty_ranges(pager.0, pager_vmo.0, range, room)?;
        caller.copy_out_long(buffer.address, found.as_bytes())?;
        caller.copy_out_optional(actual, Size(found.len() as u64))?;
        caller.copy_out_optional(avail, Size(count))
    }
}

impl GuestCall for PagerQueryVmoStats {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { pager, pager_vmo, options, buffer, buffer_size } = self;
        caller.pager_stats_of(pager.0, pager_vmo.0)?;
        if buffer_size.0 < size_of::<PagerVmoStats>() as u64 {
            return Err(Status::BUFFER_TOO_SMALL);
        }
        let stats = caller.pager_query_vmo_stats(pager.0, pager_vmo.0, options.0)?;
        caller.copy_out(buffer, stats.as_bytes())
    }
}
