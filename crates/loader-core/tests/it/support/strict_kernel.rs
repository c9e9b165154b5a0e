//! A kernel that checks rights and ranges, and a build on it that stops at the first failure.

use loader_core::elf_load::load_elf;
use loader_core::elf_parse::{Elf64Headers, SegmentType};
use loader_core::interp::{interpreter_name, is_object_name};
use loader_core::seam::{Mapper, ReadVmo, Vmar, Vmo};
use loader_core::stack::{InitialStack, StackError};
use loader_core::validate::BuildFailure;
use object::elf;
use std::cell::RefCell;
use zx_abi::{Abi, Arch, PAGE_SIZE, Rights, Status, VmOptions, VmoChildOptions};

use super::files::{elf_file, load};

/// A handle to a VMO; bytes cannot be written, but whether they could is judged.
pub struct StrictVmo {
    bytes: Vec<u8>,
    size: u64,
    rights: u32,
}

const READ: u32 = Rights::READ.bits();
const WRITE: u32 = Rights::WRITE.bits();
const EXECUTE: u32 = Rights::EXECUTE.bits();

impl StrictVmo {
    fn executable(file: &[u8]) -> Self {
        let size = (file.len() as u64).next_multiple_of(PAGE_SIZE);
        Self { bytes: file.to_vec(), size, rights: READ | EXECUTE }
    }

    fn create(size: u64) -> Result<Self, Status> {
        if size > zx_abi::VMO_MAX_SIZE {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(Self { bytes: Vec::new(), size, rights: READ | WRITE })
    }
}

impl ReadVmo for StrictVmo {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        self.bytes.read(offset, buffer)
    }
}

impl Vmo for StrictVmo {
    fn name(&self) -> Result<Vec<u8>, Status> {
        Ok(b"strict".to_vec())
    }

    fn set_name(&self, _name: &[u8]) -> Result<(), Status> {
        Ok(())
    }

    fn create_child(&self, _: VmoChildOptions, _: u64, size: u64) -> Result<Self, Status> {
        Self::create(size)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Status> {
        if self.rights & WRITE == 0 {
            return Err(Status::ACCESS_DENIED);
        }
        let end = offset.checked_add(bytes.len() as u64);
        if end.is_none_or(|end| end > self.size) { Err(Status::OUT_OF_RANGE) } else { Ok(()) }
    }
}

/// A VMAR whose offset 0 is address `base`.
pub struct StrictVmar {
    base: u64,
    len: u64,
    can_map: u32,
    taken: RefCell<Vec<(u64, u64)>>,
}

impl StrictVmar {
    fn root(arch: Arch) -> Self {
        let base = arch.user_base(Abi::Newest);
        let len = arch.user_top() - base;
        Self { base, len, can_map: READ | WRITE | EXECUTE, taken: RefCell::default() }
    }

    /// The lowest place that is free, if there is one.
    fn anywhere(&self, len: u64) -> Result<u64, Status> {
        if len > self.len {
            return Err(Status::INVALID_ARGS);
        }
        let taken = self.taken.borrow();
        let after = taken.iter().map(|(start, size)| start + size);
        let mut starts: Vec<u64> = std::iter::once(0).chain(after).collect();
        starts.sort_unstable();
        let free = |start: &u64| self.is_free(*start, len);
        starts.into_iter().find(free).ok_or(Status::NO_MEMORY)
    }

    fn is_free(&self, start: u64, len: u64) -> bool {
        start + len <= self.len
            && self
                .taken
                .borrow()
                .iter()
                .all(|(other, size)| start + len <= *other || other + size <= start)
    }
}

impl Mapper for StrictVmar {
    type Vmo = StrictVmo;

    fn map(
        &self,
        vmar_offset: u64,
        vmo: &StrictVmo,
        _vmo_offset: u64,
        length: u64,
        flags: VmOptions,
    ) -> Result<u64, Status> {
        let mut wanted = 0;
        if flags.contains(VmOptions::PERM_READ)
            || flags.contains(VmOptions::PERM_READ_IF_XOM_UNSUPPORTED)
        {
            wanted |= READ;
        }
        if flags.contains(VmOptions::PERM_WRITE) {
            wanted |= WRITE;
        }
        if flags.contains(VmOptions::PERM_EXECUTE) {
            wanted |= EXECUTE;
        }
        if wanted & READ == 0 && wanted != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if wanted & !(vmo.rights & self.can_map) != 0 {
            return Err(Status::ACCESS_DENIED);
        }
        assert!(length > 0 && length.is_multiple_of(PAGE_SIZE));
        let start = if flags.contains(VmOptions::SPECIFIC) {
            assert!(vmar_offset.is_multiple_of(PAGE_SIZE));
            if vmar_offset.checked_add(length).is_none_or(|end| end > self.len) {
                return Err(Status::INVALID_ARGS);
            }
            if !self.is_free(vmar_offset, length) {
                return Err(Status::ALREADY_EXISTS);
            }
            vmar_offset
        } else {
            self.anywhere(length)?
        };
        self.taken.borrow_mut().push((start, length));
        Ok(self.base + start)
    }

    fn create_vmo(&self, size: u64) -> Result<StrictVmo, Status> {
        StrictVmo::create(size)
    }
}

impl Vmar for StrictVmar {
    fn allocate(&self, offset: u64, size: u64, flags: VmOptions) -> Result<(Self, u64), Status> {
        assert_eq!(offset, 0);
        let start = self.anywhere(size)?;
        self.taken.borrow_mut().push((start, size));
        let mut can_map = 0;
        for (option, right) in [
            (VmOptions::CAN_MAP_READ, READ),
            (VmOptions::CAN_MAP_WRITE, WRITE),
            (VmOptions::CAN_MAP_EXECUTE, EXECUTE),
        ] {
            can_map |= if flags.contains(option) { right } else { 0 };
        }
        let base = self.base + start;
        Ok((Self { base, len: size, can_map, taken: RefCell::default() }, base))
    }
}

/// Builds a process of a file, as far as the file matters. A dynamic linker is taken to be there,
/// and one of another system's to be none of this loader's business.
pub fn build(file: &[u8], arch: Arch) -> Result<(), BuildFailure> {
    let vmo = StrictVmo::executable(file);
    let root = StrictVmar::root(arch);
    let headers = Elf64Headers::from_vmo(&vmo, arch)?;
    if let Some(interp) = headers.program_header_with_type(SegmentType::Interp)? {
        let name = interpreter_name(&vmo, interp)?;
        let is_good = name.starts_with('/') || is_object_name(&name);
        let text = "Failed to load dynamic linker from fuchsia.ldsvc.Loader";
        let refused = BuildFailure::GenericStatus(text, Status::INVALID_ARGS);
        return if is_good { Ok(()) } else { Err(refused) };
    }
    load_elf(&vmo, &headers, &root)?;

    let (rodata, code) =
        (load(elf::PF_R, 0, 0x1000, 0x1000), load(elf::PF_R | elf::PF_X, 0x1000, 0x1000, 0x1000));
    let vdso = StrictVmo::executable(&elf_file(arch, &[rodata, code], &[(0x1fff, &[0])]));
    load_elf(&vdso, &Elf64Headers::from_vmo(&vdso, arch)?, &root)?;

    let stack = InitialStack::for_static(&headers).map_err(|error| match error {
        StackError::ElfParse(error) => BuildFailure::ElfParse(error),
        error => BuildFailure::Stack(error),
    })?;
    let failed = |text| move |status| BuildFailure::GenericStatus(text, status);
    let vmo = StrictVmo::create(stack.size())
        .map_err(failed("Failed to create VMO for initial thread stack"))?;
    root.map(0, &vmo, 0, stack.size(), VmOptions::PERM_READ | VmOptions::PERM_WRITE)
        .map_err(failed("Failed to map initial stack"))?;
    Ok(())
}
