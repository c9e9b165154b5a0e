//! Resources (zircon/kernel/object/resource_dispatcher.cc).

use zx_abi::{RSRC_FLAG_EXCLUSIVE, ResourceKind, Result, Rights, Signals, Status};

use super::{Header, Key, ResourceId, object, rights};
use crate::Name;
use crate::account::AccountId;
use crate::state::State;

/// Resources that there are at most: a new one is compared with all others.
pub(crate) const RESOURCES: usize = 1024;

/// Leave to use a range of something that is not everybody's.
#[derive(Debug)]
pub(crate) struct Resource {
    pub header: Header,
    pub name: Name,
    pub kind: ResourceKind,
    pub exclusive: bool,
    pub base: u64,
    pub size: u64,
}

object!(
    Resource,
    rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::WRITE]),
    Signals::empty()
);

impl Resource {
    /// `ZX_RSRC_FLAG_*`
    pub fn flags(&self) -> u32 {
        if self.exclusive { RSRC_FLAG_EXCLUSIVE } else { 0 }
    }

    /// Whether it gives everything of a kind.
    pub fn is_whole(&self, kind: ResourceKind) -> bool {
        self.kind == ResourceKind::Root || self.kind == kind && (self.base, self.size) == (0, 0)
    }

    /// Whether it gives `base..base + size` of a kind.
    ///
    /// # Errors
    /// WRONG_TYPE for another kind; OUT_OF_RANGE.
    pub fn covers(&self, kind: ResourceKind, base: u64, size: u64) -> Result {
        if self.is_whole(kind) {
            return Ok(());
        }
        if self.kind != kind {
            return Err(Status::WRONG_TYPE);
        }
        let end = base.checked_add(size).ok_or(Status::OUT_OF_RANGE)?;
        if base >= self.base && end <= self.base + self.size {
            Ok(())
        } else {
            Err(Status::OUT_OF_RANGE)
        }
    }
}

/// How much there is of a kind.
fn limit(kind: ResourceKind) -> u64 {
    match kind {
        ResourceKind::Mmio | ResourceKind::Root => u64::MAX,
        ResourceKind::Irq => 1 << 32,
        ResourceKind::Ioport | ResourceKind::Smc => 1 << 16,
        ResourceKind::System => 16,
    }
}

impl State {
    /// A resource for a range; `base` and `size` do not overflow, and are 0 for everything.
    ///
    /// # Errors
    /// NOT_FOUND for what there is not, what is another's exclusively and, for an exclusive one, what
    /// is another's at all; NO_RESOURCES for one more than [`RESOURCES`]; NO_MEMORY at a limit.
    pub fn new_resource(
        &mut self,
        account: AccountId,
        kind: ResourceKind,
        exclusive: bool,
        (base, size): (u64, u64),
        name: Name,
    ) -> Result<ResourceId> {
        let end = base + size;
        if end > limit(kind) {
            return Err(Status::NOT_FOUND);
        }
        let others = &self.objects.resources;
        self.meter.count(others.len());
        let taken = |other: &Resource| {
            other.kind == kind
                && other.base < end
                && base < other.base + other.size
                && (exclusive || other.exclusive)
        };
        if others.values().any(taken) {
            return Err(Status::NOT_FOUND);
        }
        if others.len() >= RESOURCES {
            return Err(Status::NO_RESOURCES);
        }
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        let resource = Resource { header, name, kind, exclusive, base, size };
        Ok(ResourceId::insert(&mut self.objects, resource))
    }
}
