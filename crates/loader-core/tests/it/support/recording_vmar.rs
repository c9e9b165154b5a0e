//! A VMAR that records what is asked of it, and checks no rights.

use super::fake_vmo::{FakeVmo, Fault, Faults, check};
use loader_core::seam::{Mapper, Vmar};
use std::cell::RefCell;
use std::rc::Rc;
use zx_abi::{Status, VmOptions};

/// One call of `map`.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub vmar_offset: u64,
    pub vmo: FakeVmo,
    pub vmo_offset: u64,
    pub length: u64,
    pub flags: VmOptions,
}

/// One call of `allocate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    pub offset: u64,
    pub size: u64,
    pub flags: VmOptions,
}

/// A VMAR at `base`; what is allocated in it is at `base` too, and records in the same place.
#[derive(Clone, Debug, Default)]
pub struct RecordingVmar {
    base: u64,
    faults: Faults,
    mappings: Rc<RefCell<Vec<Mapping>>>,
    allocations: Rc<RefCell<Vec<Allocation>>>,
}

impl RecordingVmar {
    /// A VMAR whose operations fail when those of `vmo` do.
    pub fn new(base: u64, vmo: &FakeVmo) -> Self {
        Self { base, faults: vmo.faults.clone(), ..Self::default() }
    }

    pub fn mappings(&self) -> Vec<Mapping> {
        self.mappings.borrow().clone()
    }

    pub fn allocations(&self) -> Vec<Allocation> {
        self.allocations.borrow().clone()
    }
}

impl Mapper for RecordingVmar {
    type Vmo = FakeVmo;

    fn map(
        &self,
        vmar_offset: u64,
        vmo: &FakeVmo,
        vmo_offset: u64,
        length: u64,
        flags: VmOptions,
    ) -> Result<u64, Status> {
        check(&self.faults, Fault::Map)?;
        self.mappings.borrow_mut().push(Mapping {
            vmar_offset,
            vmo: vmo.clone(),
            vmo_offset,
            length,
            flags,
        });
        Ok(self.base.wrapping_add(vmar_offset))
    }

    fn create_vmo(&self, size: u64) -> Result<FakeVmo, Status> {
        check(&self.faults, Fault::CreateVmo)?;
        let mut vmo = FakeVmo::create(size);
        vmo.faults = self.faults.clone();
        Ok(vmo)
    }
}

impl Vmar for RecordingVmar {
    fn allocate(&self, offset: u64, size: u64, flags: VmOptions) -> Result<(Self, u64), Status> {
        check(&self.faults, Fault::Allocate)?;
        self.allocations.borrow_mut().push(Allocation { offset, size, flags });
        Ok((self.clone(), self.base))
    }
}
