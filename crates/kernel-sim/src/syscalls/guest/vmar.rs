//! `zx_vmar_*` for guests.

use zx_abi::{Address, HandleValue, Out};

use super::calls::{
    GuestCall, VmarAllocate, VmarDestroy, VmarMap, VmarOpRange, VmarProtect, VmarUnmap,
};
use super::{Outcome, done};
use crate::Caller;
use crate::object::page_end;

impl GuestCall for VmarAllocate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (parent, options) = (self.parent_vmar.0, self.options.bits());
        let (vmar, base) = caller.vmar_allocate(parent, options, self.offset.0, self.size.0)?;
        let address = caller.copy_out_value(self.child_addr, Address(base));
        let written =
            address.and_then(|_| caller.copy_out_value(self.child_vmar, HandleValue(vmar)));
        if written.is_err() {
            caller.vmar_destroy(vmar)?;
            caller.handle_close(vmar)?;
        }
        written
    }
}

impl GuestCall for VmarMap {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (handle, options, len) = (self.handle.0, self.options.bits(), self.len.0);
        let (at, from) = (self.vmar_offset.0, self.vmo_offset.0);
        let base = caller.vmar_map(handle, options, at, self.vmo.0, from, len)?;
        caller.copy_out_mapping(handle, self.mapped_addr, base, len)
    }
}

impl Caller<'_> {
    /// Tells where a new mapping of a VMAR is, which is taken back if that fails.
    pub(super) fn copy_out_mapping(
        &mut self,
        vmar: u32,
        to: Out<Address>,
        base: u64,
        len: u64,
    ) -> Outcome {
        let written = self.copy_out_value(to, Address(base));
        if written.is_err()
            && let (vmar, _) = self.typed(vmar)?
            && let Some(len) = page_end(len)
        {
            self.state.unmap_some(vmar, base, base + len);
        }
        written
    }
}

impl GuestCall for VmarUnmap {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.vmar_unmap(self.handle.0, self.addr.0, self.len.0).map(done)
    }
}

impl GuestCall for VmarProtect {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let options = self.options.bits();
        caller.vmar_protect(self.handle.0, options, self.addr.0, self.len.0).map(done)
    }
}

impl GuestCall for VmarDestroy {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.vmar_destroy(self.handle.0).map(done)
    }
}

impl GuestCall for VmarOpRange {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        // None of the operations has data. A buffer is judged after handle and operation, before
        // the range: as length 0 is.
        let no_buffer = (self.buffer.address, self.buffer.count) == (0, 0);
        let len = if no_buffer { self.size.0 } else { 0 };
        caller.vmar_op_range(self.handle.0, self.op.0, self.address.0, len).map(done)
    }
}
