//! As much of a kernel as loading meets, without memory: rights, and room in an address space.
//!
//! Rules are those of `zx_vmo_create`, `zx_vmo_create_child`, `zx_vmar_allocate` and
//! `zx_vmar_map`. Execute-only memory does not exist, and a region that may go anywhere follows
//! the last one, so that what finds no room here finds none under any placement.

use crate::page::page_offset;
use crate::seam::{Mapper, ReadVmo, Vmar, Vmo};
use std::cell::RefCell;
use std::collections::BTreeMap;
use zx_abi::{Abi, Arch, Rights, Status, VMO_MAX_SIZE, VmOptions, VmoChildOptions};

/// A handle to a VMO.
#[derive(Debug)]
pub(super) struct DryVmo {
    rights: Rights,
}

impl DryVmo {
    const NEW: Rights = Rights::DUPLICATE
        .union(Rights::TRANSFER)
        .union(Rights::READ)
        .union(Rights::WRITE)
        .union(Rights::MAP)
        .union(Rights::PROPERTY);

    /// A file as a file server hands it out to be executed.
    pub fn executable() -> Self {
        Self { rights: (Self::NEW - Rights::WRITE) | Rights::EXECUTE }
    }

    /// `zx_vmo_create`
    pub fn create(size: u64) -> Result<Self, Status> {
        if size > VMO_MAX_SIZE { Err(Status::OUT_OF_RANGE) } else { Ok(Self { rights: Self::NEW }) }
    }
}

impl ReadVmo for DryVmo {
    fn read(&self, _offset: u64, _buffer: &mut [u8]) -> Result<(), Status> {
        Err(Status::NOT_SUPPORTED)
    }
}

impl Vmo for DryVmo {
    fn name(&self) -> Result<Vec<u8>, Status> {
        Ok(Vec::new())
    }

    fn set_name(&self, _name: &[u8]) -> Result<(), Status> {
        Ok(())
    }

    fn create_child(
        &self,
        _options: VmoChildOptions,
        _offset: u64,
        size: u64,
    ) -> Result<Self, Status> {
        if !self.rights.contains(Rights::DUPLICATE | Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        let rights = self.rights | Rights::PROPERTY | Rights::WRITE;
        Self::create(size).map(|_| Self { rights: rights - Rights::EXECUTE })
    }

    fn write(&self, _offset: u64, _bytes: &[u8]) -> Result<(), Status> {
        if self.rights.contains(Rights::WRITE) { Ok(()) } else { Err(Status::ACCESS_DENIED) }
    }
}

/// A VMAR; offset 0 is its base.
#[derive(Debug)]
pub(super) struct DryVmar {
    len: u64,
    can_map: VmOptions,
    /// The ends of what is in it, by where it begins.
    regions: RefCell<BTreeMap<u64, u64>>,
}

impl DryVmar {
    /// The root VMAR of a new process.
    pub fn root(arch: Arch) -> Self {
        let can_map = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        Self::new(arch.user_top() - arch.user_base(Abi::Newest), can_map)
    }

    /// A VMAR of `len` bytes that allows everything, although there may be no room for it.
    pub fn unplaced(len: u64) -> Self {
        Self::new(len, VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC)
    }

    fn new(len: u64, can_map: VmOptions) -> Self {
        Self { len, can_map, regions: RefCell::default() }
    }

    /// Takes `len` bytes for something: at `offset`, or anywhere.
    fn place(&self, offset: u64, len: u64, specific: bool) -> Result<u64, Status> {
        let end = offset.checked_add(len).filter(|end| *end <= self.len);
        let end = end.ok_or(Status::INVALID_ARGS)?;
        if page_offset(offset) != 0 || page_offset(len) != 0 || len == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let mut regions = self.regions.borrow_mut();
        if specific {
            let before = regions.range(..end).next_back();
            if before.is_some_and(|(_, taken)| *taken > offset) {
                return Err(Status::ALREADY_EXISTS);
            }
            regions.insert(offset, end);
            return Ok(offset);
        }
        let start = regions.last_key_value().map_or(0, |(_, taken)| *taken);
        let end = start.checked_add(len).filter(|end| *end <= self.len);
        regions.insert(start, end.ok_or(Status::NO_MEMORY)?);
        Ok(start)
    }
}

impl Mapper for DryVmar {
    type Vmo = DryVmo;

    fn map(
        &self,
        vmar_offset: u64,
        vmo: &DryVmo,
        _vmo_offset: u64,
        length: u64,
        flags: VmOptions,
    ) -> Result<u64, Status> {
        let mut permissions = flags & VmOptions::PERM_ALL;
        if flags.contains(VmOptions::PERM_EXECUTE | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED) {
            permissions |= VmOptions::PERM_READ;
        }
        if !permissions.is_empty() && !permissions.contains(VmOptions::PERM_READ) {
            return Err(Status::INVALID_ARGS);
        }
        let denied = [
            (VmOptions::PERM_READ, Rights::READ, VmOptions::CAN_MAP_READ),
            (VmOptions::PERM_WRITE, Rights::WRITE, VmOptions::CAN_MAP_WRITE),
            (VmOptions::PERM_EXECUTE, Rights::EXECUTE, VmOptions::CAN_MAP_EXECUTE),
        ]
        .into_iter()
        .filter(|(permission, ..)| permissions.contains(*permission))
        .any(|(_, right, can)| !vmo.rights.contains(right) || !self.can_map.contains(can));
        let specific = flags.contains(VmOptions::SPECIFIC);
        if denied || specific && !self.can_map.contains(VmOptions::CAN_MAP_SPECIFIC) {
            return Err(Status::ACCESS_DENIED);
        }
        self.place(vmar_offset, length, specific)
    }

    fn create_vmo(&self, size: u64) -> Result<DryVmo, Status> {
        DryVmo::create(size)
    }
}

impl Vmar for DryVmar {
    fn allocate(&self, offset: u64, size: u64, flags: VmOptions) -> Result<(Self, u64), Status> {
        let base = self.place(offset, size, flags.contains(VmOptions::SPECIFIC))?;
        let can_map = flags & (VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC);
        Ok((Self::new(size, can_map), base))
    }
}
