//! `zx_iob_*` and `zx_vmar_map_iob` for guests.

use zx_abi::{IOB_MAX_IOVECS, IOB_MAX_REGIONS, IOB_MAX_WRITE, IoVector, Passing, Status};

use super::Outcome;
use super::calls::{
    GuestCall, IobAllocateId, IobCreate, IobCreateSharedRegion, IobWritev, VmarMapIob,
};
use super::done;
use crate::Caller;

impl GuestCall for IobCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let regions = self.regions;
        let read = |caller: &Caller<'_>| {
            if regions.count > IOB_MAX_REGIONS as u64 {
                return Err(Status::OUT_OF_RANGE);
            }
            caller.copy_in_records(regions)
        };
        let (first, second) = caller.iob_create(self.options.0, read)?;
        caller.copy_out_handles(&[(self.ep0_out, first), (self.ep1_out, second)])
    }
}

impl GuestCall for IobCreateSharedRegion {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let region = caller.iob_create_shared_region(self.options.0, self.size.0)?;
        caller.copy_out_handles(&[(self.out, region)])
    }
}

impl GuestCall for IobAllocateId {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (iob, options, region) = (self.handle.0, self.options.0, self.region_index);
        let table = caller.iob_allocator(iob, options, region)?;
        // No table holds more than it is large.
        if self.blob.count > table.len.min(MAX_BLOB) {
            return Err(Status::NO_MEMORY);
        }
        let blob = caller.copy_in(self.blob)?;
        let id = caller.iob_allocate_id(iob, options, region, &blob)?;
        caller.copy_out_value(self.id, id)
    }
}

/// Bytes of a blob, at most: what is copied while the kernel's lock is held.
const MAX_BLOB: u64 = 1 << 20;

impl GuestCall for IobWritev {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (iob, options, region) = (self.handle.0, self.options.0, self.region_index);
        caller.iob_ring(iob, options, region)?;
        if self.vectors.count > IOB_MAX_IOVECS {
            return Err(Status::INVALID_ARGS);
        }
        let vectors: Vec<IoVector> = caller.copy_in_records(self.vectors)?;
        let total = vectors.iter().try_fold(0_u64, |sum, it| sum.checked_add(it.capacity));
        if total.is_none_or(|total| total > IOB_MAX_WRITE) {
            return Err(Status::INVALID_ARGS);
        }
        let failure = Some(Status::INVALID_ARGS);
        caller.vector_ready(self.vectors, IOB_MAX_WRITE, Passing::In, failure)?;
        let mut data = Vec::new();
        for IoVector { buffer, capacity } in vectors {
            data.extend(caller.copy_in(zx_abi::In::new(buffer, capacity))?);
        }
        caller.iob_write(iob, options, region, &data).map(done)
    }
}

impl GuestCall for VmarMapIob {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (vmar, len) = (self.handle.0, self.region_length.0);
        let base = caller.vmar_map_iob(
            vmar,
            self.options.bits(),
            self.vmar_offset.0,
            (self.ep.0, self.region_index),
            (self.region_offset.0, len),
        )?;
        caller.copy_out_mapping(vmar, self.mapped_addr, base, len)
    }
}
