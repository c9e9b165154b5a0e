//! A VMO in memory, with rights, that can be told to fail.

use loader_core::seam::{ReadVmo, Vmo};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use zx_abi::{PAGE_SIZE, Rights, Status, VmoChildOptions};

/// An operation to fail, with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    GetName,
    SetName,
    CreateChild,
    Write,
    CreateVmo,
    Map,
    Allocate,
}

/// The next failure; shared by everything that comes from one VMO.
pub type Faults = Rc<Cell<Option<(Fault, Status)>>>;

/// Fails if this operation is to.
pub fn check(faults: &Faults, operation: Fault) -> Result<(), Status> {
    match faults.get() {
        Some((fault, status)) if fault == operation => Err(status),
        _ => Ok(()),
    }
}

/// A handle to a VMO.
#[derive(Clone, Debug)]
pub struct FakeVmo {
    pub koid: u64,
    pub rights: Rights,
    pub faults: Faults,
    bytes: Rc<RefCell<Vec<u8>>>,
    name: Rc<RefCell<Vec<u8>>>,
    reads: Rc<RefCell<Vec<(u64, usize)>>>,
}

impl FakeVmo {
    /// A zeroed VMO with the rights of a new one.
    pub fn create(size: u64) -> Self {
        static NEXT_KOID: AtomicU64 = AtomicU64::new(1024);
        let size = size.next_multiple_of(PAGE_SIZE) as usize;
        Self {
            koid: NEXT_KOID.fetch_add(1, Ordering::Relaxed),
            rights: Self::read_only_rights() | Rights::WRITE,
            faults: Faults::default(),
            bytes: Rc::new(RefCell::new(vec![0; size])),
            name: Rc::default(),
            reads: Rc::default(),
        }
    }

    /// A VMO that holds a file.
    pub fn with_bytes(bytes: &[u8]) -> Self {
        let vmo = Self::create(bytes.len() as u64);
        vmo.bytes.borrow_mut()[..bytes.len()].copy_from_slice(bytes);
        vmo
    }

    fn read_only_rights() -> Rights {
        Rights::DUPLICATE
            | Rights::TRANSFER
            | Rights::READ
            | Rights::MAP
            | Rights::GET_PROPERTY
            | Rights::SET_PROPERTY
    }

    /// The same VMO through a handle that cannot write.
    pub fn read_only(mut self) -> Self {
        self.rights = Self::read_only_rights();
        self
    }

    pub fn named(self, name: &[u8]) -> Self {
        *self.name.borrow_mut() = name.to_vec();
        self
    }

    /// Makes an operation fail from now on.
    pub fn fail(&self, fault: Fault, status: Status) {
        self.faults.set(Some((fault, status)));
    }

    /// Every read so far: offset and length.
    pub fn reads(&self) -> Vec<(u64, usize)> {
        self.reads.borrow().clone()
    }

    /// The page at `offset`.
    pub fn page(&self, offset: u64) -> Vec<u8> {
        let mut page = vec![0; PAGE_SIZE as usize];
        self.read(offset, &mut page).expect("the page is in the VMO");
        page
    }
}

impl ReadVmo for FakeVmo {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        self.reads.borrow_mut().push((offset, buffer.len()));
        self.bytes.borrow().read(offset, buffer)
    }
}

impl Vmo for FakeVmo {
    fn name(&self) -> Result<Vec<u8>, Status> {
        check(&self.faults, Fault::GetName)?;
        Ok(self.name.borrow().clone())
    }

    fn set_name(&self, name: &[u8]) -> Result<(), Status> {
        check(&self.faults, Fault::SetName)?;
        assert!(name.len() < 32 && !name.contains(&0), "{name:?}");
        *self.name.borrow_mut() = name.to_vec();
        Ok(())
    }

    fn create_child(
        &self,
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    ) -> Result<Self, Status> {
        check(&self.faults, Fault::CreateChild)?;
        assert_eq!(options.bits(), 0x10);
        assert_eq!((offset % PAGE_SIZE, size % PAGE_SIZE), (0, 0));
        // A child may reach beyond its parent's end: there are zeros.
        let parent = self.bytes.borrow();
        let start = parent.len().min(offset as usize);
        let end = parent.len().min((offset + size) as usize);
        let child = Self::create(size);
        child.bytes.borrow_mut()[..end - start].copy_from_slice(&parent[start..end]);
        Ok(Self {
            rights: (self.rights | Rights::GET_PROPERTY | Rights::SET_PROPERTY | Rights::WRITE)
                - Rights::EXECUTE,
            faults: self.faults.clone(),
            ..child
        })
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Status> {
        check(&self.faults, Fault::Write)?;
        if !self.rights.contains(Rights::WRITE) {
            return Err(Status::ACCESS_DENIED);
        }
        let mut stored = self.bytes.borrow_mut();
        let start = usize::try_from(offset).map_err(|_| Status::OUT_OF_RANGE)?;
        stored
            .get_mut(start..)
            .and_then(|stored| stored.get_mut(..bytes.len()))
            .ok_or(Status::OUT_OF_RANGE)?
            .copy_from_slice(bytes);
        Ok(())
    }
}
