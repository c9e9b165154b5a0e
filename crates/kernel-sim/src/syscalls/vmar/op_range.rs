//! `zx_vmar_op_range` (zircon/kernel/vm/vm_address_region.cc).

use zx_abi::{PAGE_SIZE, Result, Status, VmOptions, VmarOp};

use super::fills;
use crate::Caller;
use crate::object::{Placed, VmarId, page_end};

impl Caller<'_> {
    /// `zx_vmar_op_range`: does to the VMOs what mappings in a range show. Filling page tables,
    /// and hints, are judged and need nothing done.
    ///
    /// # Errors
    /// In order: BAD_HANDLE, WRONG_TYPE; NOT_SUPPORTED for an unknown operation; INVALID_ARGS for
    /// length 0 or an address within a page; OUT_OF_RANGE outside of the VMAR; BAD_STATE for a
    /// destroyed one; ACCESS_DENIED for the vDSO's code; BAD_STATE for a hole; INVALID_ARGS for
    /// mappings in child VMARs without OP_CHILDREN, and ever to commit, prefetch or, since 2020,
    /// decommit;
    /// ACCESS_DENIED to commit, decommit or zero what cannot be made writable, or prefetch what
    /// cannot be made readable; then those of `zx_vmo_op_range`.
    pub fn vmar_op_range(&mut self, handle: u32, op: u32, address: u64, len: u64) -> Result {
        let (id, rights) = self.typed::<VmarId>(handle)?;
        let op = VmarOp::from_raw(op).ok_or(Status::NOT_SUPPORTED)?;
        let len = page_end(len).filter(|len| *len > 0).ok_or(Status::INVALID_ARGS)?;
        if !address.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmar = self.state.objects.get(id)?;
        if !vmar.contains(address, len) {
            return Err(Status::OUT_OF_RANGE);
        }
        if !self.state.is_live(id) {
            return Err(Status::BAD_STATE);
        }
        let end = address + len;
        if self.state.vdso_code_in(vmar.process, address, end) {
            return Err(Status::ACCESS_DENIED);
        }
        let here = match op {
            VmarOp::Commit | VmarOp::Prefetch => true,
            VmarOp::Decommit => !self.generation().decommits_below,
            _ => false,
        };
        let here = here || !self.reaches_children(rights);
        let needed = match op {
            VmarOp::Commit | VmarOp::Decommit | VmarOp::Zero => VmOptions::PERM_WRITE,
            VmarOp::Prefetch => VmOptions::PERM_READ,
            VmarOp::MapRange | VmarOp::DontNeed | VmarOp::AlwaysNeed => VmOptions::empty(),
        };
        let judge = |mappings: &[Placed], range| {
            let allowed = |placed: &Placed| placed.mapping.max_permissions.contains(needed);
            if !fills(mappings, range) {
                Err(Status::BAD_STATE)
            } else if here && mappings.iter().any(|placed| placed.vmar != id) {
                Err(Status::INVALID_ARGS)
            } else if mappings.iter().all(allowed) {
                Ok(())
            } else {
                Err(Status::ACCESS_DENIED)
            }
        };
        self.each_mapping(id, (address, end), |_, mappings, range| judge(mappings, range))?;
        // What others have changed since then is judged again.
        self.each_mapping(id, (address, end), |caller, mappings, range| {
            judge(mappings, range)?;
            mappings.iter().try_for_each(|placed| caller.mapping_op(op, placed, range))
        })
    }

    fn mapping_op(&mut self, op: VmarOp, placed: &Placed, (base, end): (u64, u64)) -> Result {
        let Placed { start, mapping, .. } = placed;
        let (from, to) = (base.max(*start), end.min(placed.end()));
        let (offset, len) = (mapping.vmo_offset + (from - start), to - from);
        if mapping.beyond_stream {
            let stream = self.state.objects.get(mapping.vmo)?.stream_size();
            if offset + len > stream {
                return Err(Status::OUT_OF_RANGE);
            }
        }
        self.vmo_in_range(mapping.vmo, offset, len)?;
        match op {
            VmarOp::Commit => self.commit_range(mapping.vmo, offset, len),
            VmarOp::Decommit => self.decommit_range(mapping.vmo, offset, len),
            VmarOp::Zero => self.zero_range(mapping.vmo, offset, len),
            VmarOp::AlwaysNeed if self.is_paged(mapping.vmo) => {
                self.fetch_range(mapping.vmo, offset, len, false)
            }
            VmarOp::Prefetch if self.is_paged(mapping.vmo) => {
                self.fetch_range(mapping.vmo, offset, len, true)
            }
            VmarOp::MapRange | VmarOp::DontNeed | VmarOp::AlwaysNeed | VmarOp::Prefetch => Ok(()),
        }
    }
}
