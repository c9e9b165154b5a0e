//! VMOs (zircon/kernel/object/vm_object_dispatcher.cc, vm/vm_object_paged.cc).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;
use zx_abi::{Abi, CachePolicy, PAGE_SIZE, Result, Rights, Signals};

use super::{
    ClockId, FamilyId, Header, IobId, Key, Object, Paging, ProcessId, StoreId, VmoId, object,
    rights,
};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::state::State;
use crate::{Memory, Name};

#[derive(Debug)]
pub(crate) struct Vmo {
    pub header: Header,
    pub name: Name,
    /// Its own; slices and references show that of the VMO they were made from.
    pub memory: Arc<dyn Memory>,
    /// Where the memory is accounted for.
    pub store: StoreId,
    pub kind: VmoKind,
    /// Bytes that hold data. References share it.
    pub stream_size: Arc<AtomicU64>,
    pub resizable: bool,
    /// Where it begins in the first of the VMOs that it was made from.
    pub origin: u64,
    /// How often it is locked, for discardable ones.
    pub discardable: Option<u64>,
    pub cache_policy: CachePolicy,
    /// The family that it is a child in: [`State::vmo_parent`] is the next living ancestor.
    family: Option<FamilyId>,
    /// The family of its own children, once it has had any.
    own_family: Option<FamilyId>,
    pub children: usize,
    pub mappings: usize,
    /// Mappings in each address space.
    pub spaces: FxHashMap<ProcessId, usize>,
    /// Mappings that fault beyond the stream size.
    pub stream_mappings: usize,
    /// How many objects of the kernel's keep this VMO.
    pub keepers: usize,
    /// The clock whose page it is.
    pub clock: Option<ClockId>,
    /// The end of an IOBuffer that maps it.
    pub iob: Option<IobId>,
    /// Set on the images that count as "the vDSO" for the mapping rules.
    pub vdso: Option<VdsoLayout>,
}

/// How a VMO relates to the one it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VmoKind {
    /// It was not made from any.
    Root,
    /// A copy-on-write child.
    Snapshot {
        /// No handle could ever write it.
        immutable: bool,
    },
    /// A window on the memory.
    Slice { offset: u64, len: u64 },
    /// The same VMO under another koid.
    Reference,
}

/// What the mapping rules need to know of a vDSO image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VdsoLayout {
    pub abi: Abi,
    pub code_offset: u64,
    pub code_size: u64,
}

/// Bytes that are given up piece by piece.
const LARGE: u64 = 256 * PAGE_SIZE;

object!(Vmo, rights(&[Rights::BASIC, Rights::IO, Rights::PROPERTY, Rights::MAP, Rights::SIGNAL]));

/// Rights of a vDSO handle: VMO defaults less WRITE plus EXECUTE.
pub(crate) const VDSO_RIGHTS: Rights =
    Vmo::DEFAULT_RIGHTS.difference(Rights::WRITE).union(Rights::EXECUTE);

impl Vmo {
    /// Bytes, a multiple of the page size.
    pub fn size(&self) -> u64 {
        match self.kind {
            VmoKind::Slice { len, .. } => len,
            _ => self.memory.size(),
        }
    }

    /// Where in its memory the VMO begins.
    pub fn memory_offset(&self) -> u64 {
        match self.kind {
            VmoKind::Slice { offset, .. } => offset,
            _ => 0,
        }
    }

    pub fn stream_size(&self) -> u64 {
        self.stream_size.load(Ordering::Relaxed)
    }

    /// Whether the memory is accounted to another VMO.
    pub fn is_reference(&self) -> bool {
        matches!(self.kind, VmoKind::Slice { .. } | VmoKind::Reference)
    }
}

impl State {
    /// A VMO of fixed size over a store of its own, which is released if that fails.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_vmo(
        &mut self,
        account: AccountId,
        store: StoreId,
        stream_size: u64,
    ) -> Result<VmoId> {
        let stream_size = Arc::new(AtomicU64::new(stream_size));
        let header = self.vmo_header(account, store)?;
        self.insert_vmo(header, store, VmoKind::Root, stream_size, None)
    }

    /// A child over a store, of fixed size. The store is released if that fails.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_child_vmo(
        &mut self,
        account: AccountId,
        parent_id: VmoId,
        store: StoreId,
        kind: VmoKind,
        stream_size: Arc<AtomicU64>,
    ) -> Result<VmoId> {
        let header = self.vmo_header(account, store)?;
        // Gone, if another call has closed it while a copy was made.
        let Some(parent) = self.objects.vmos.get_mut(parent_id) else {
            return self.insert_vmo(header, store, kind, stream_size, None);
        };
        parent.children += 1;
        let families = &mut self.objects.families;
        let family = *parent.own_family.get_or_insert_with(|| families.found(parent_id));
        families.hold(family);
        self.update_signals(parent_id, Signals::VMO_ZERO_CHILDREN, Signals::empty());
        self.insert_vmo(header, store, kind, stream_size, Some(family))
    }

    /// A VMO of the same memory as another, under another koid.
    ///
    /// # Errors
    /// NO_MEMORY at a limit; BAD_HANDLE if the other is gone.
    pub fn new_reference_vmo(&mut self, account: AccountId, id: VmoId) -> Result<VmoId> {
        let vmo = self.objects.get(id)?;
        let (store, stream_size, resizable) =
            (vmo.store, Arc::clone(&vmo.stream_size), vmo.resizable);
        self.objects.hold_store(store);
        let reference = self.new_child_vmo(account, id, store, VmoKind::Reference, stream_size)?;
        self.objects.get_mut(reference)?.resizable = resizable;
        Ok(reference)
    }

    fn vmo_header(&mut self, account: AccountId, store: StoreId) -> Result<Header> {
        let header = self.objects.new_header(account, 0, Signals::VMO_ZERO_CHILDREN);
        if header.is_err() {
            self.release_store(store);
        }
        header
    }

    fn insert_vmo(
        &mut self,
        header: Header,
        store: StoreId,
        kind: VmoKind,
        stream_size: Arc<AtomicU64>,
        family: Option<FamilyId>,
    ) -> Result<VmoId> {
        let memory = self.objects.memory_of(store)?;
        let id = self.objects.vmos.insert(Vmo {
            header,
            name: Name::default(),
            memory,
            store,
            kind,
            stream_size,
            resizable: false,
            origin: 0,
            discardable: None,
            cache_policy: CachePolicy::Cached,
            family,
            own_family: None,
            children: 0,
            mappings: 0,
            spaces: FxHashMap::default(),
            stream_mappings: 0,
            keepers: 0,
            clock: None,
            iob: None,
            vdso: None,
        });
        self.objects.show_store(store, id);
        Ok(id)
    }

    /// A VMO that a context in the root job has made is charged to the process that first maps it by a
    /// handle with WRITE, from then on.
    ///
    /// # Errors
    /// NO_MEMORY if it has no room for what is committed already.
    pub fn take_over(&mut self, id: VmoId, process: ProcessId) -> Result {
        let (from, to) = (self.root_account(), self.objects.get(process)?.account);
        let store = self.objects.get(id)?.store;
        if from == to { Ok(()) } else { self.objects.move_store(store, from, to) }
    }

    /// Counts a mapping in a process, and charges it like an object.
    pub fn vmo_mapped(
        &mut self,
        id: VmoId,
        (process, account): (ProcessId, AccountId),
        beyond_stream: bool,
    ) {
        self.objects.accounts.spend(account, Item::Objects, 1);
        let Some(vmo) = self.objects.vmos.get_mut(id) else { return };
        vmo.mappings += 1;
        vmo.stream_mappings += usize::from(beyond_stream);
        *vmo.spaces.entry(process).or_default() += 1;
        let store = vmo.store;
        self.objects.store_mapped(store);
        if self.objects.paging(store).is_some()
            && let Some(process) = self.objects.processes.get_mut(process)
        {
            process.paged_mappings += 1;
        }
    }

    /// A mapping is gone; [`State::release_vmo`] may follow.
    pub fn vmo_unmapped(
        &mut self,
        id: VmoId,
        (process, account): (ProcessId, AccountId),
        beyond_stream: bool,
    ) {
        self.objects.accounts.refund(account, Item::Objects, 1);
        let Some(vmo) = self.objects.vmos.get_mut(id) else { return };
        vmo.mappings -= 1;
        vmo.stream_mappings -= usize::from(beyond_stream);
        if let Some(count) = vmo.spaces.get_mut(&process) {
            *count -= 1;
            if *count == 0 {
                vmo.spaces.remove(&process);
            }
        }
        let store = vmo.store;
        self.objects.store_unmapped(store);
        if self.objects.paging(store).is_some()
            && let Some(process) = self.objects.processes.get_mut(process)
        {
            process.paged_mappings -= 1;
        }
    }

    /// Something of the kernel's keeps a VMO, until [`State::let_vmo_go`].
    pub fn hold_vmo(&mut self, id: VmoId) {
        if let Some(vmo) = self.objects.vmos.get_mut(id) {
            vmo.keepers += 1;
        }
    }

    /// Takes back [`State::hold_vmo`].
    pub fn let_vmo_go(&mut self, id: VmoId) {
        if let Some(vmo) = self.objects.vmos.get_mut(id) {
            vmo.keepers -= 1;
        }
        self.release_vmo(id);
    }

    /// The next living ancestor of a VMO.
    pub fn vmo_parent(&self, vmo: &Vmo) -> Option<VmoId> {
        self.objects.families.parent(vmo.family?)
    }

    /// Frees a VMO that nothing refers to any more. Its children become its parent's.
    pub fn release_vmo(&mut self, id: VmoId) {
        let unused = |vmo: &Vmo| vmo.header.handles == 0 && vmo.mappings == 0 && vmo.keepers == 0;
        let Some(vmo) = self.objects.vmos.get(id) else { return };
        if !unused(vmo) {
            match (vmo.mappings, vmo.iob, vmo.clock) {
                (0, Some(end), _) => self.iob_on_zero_handles(end),
                (0, None, Some(clock)) => self.clock_on_zero_handles(clock),
                _ => {}
            }
            return;
        }
        let Some(vmo) = id.remove(&mut self.objects) else { return };
        let parent_id = self.vmo_parent(&vmo);
        let families = &mut self.objects.families;
        if let Some(own) = vmo.own_family {
            families.join(own, vmo.family);
            families.release(own);
        }
        if let Some(family) = vmo.family {
            families.release(family);
        }
        if let Some(parent_id) = parent_id
            && let Some(parent) = self.objects.vmos.get_mut(parent_id)
        {
            parent.children += vmo.children;
            parent.children -= 1;
            if parent.children == 0 {
                self.update_signals(parent_id, Signals::empty(), Signals::VMO_ZERO_CHILDREN);
            }
        }
        drop(vmo.memory);
        self.objects.conceal_store(vmo.store, id);
        self.release_store(vmo.store);
    }

    /// Takes a hold of a store back. Its memory goes with the last one, and with it what it holds of
    /// others: the next parents of a copy-on-write child of a pager's VMO.
    pub fn release_store(&mut self, id: StoreId) {
        let mut next = Some(id);
        while let Some(id) = next.take() {
            if self.objects.is_alone(id) {
                self.source_gone(id);
                next = self.objects.paging(id).and_then(Paging::parent).map(|it| it.store);
            }
            if let Some(parent) = next.and_then(|parent| self.objects.paging_mut(parent)) {
                parent.clones.remove(&id);
            }
            if let Some(memory) = self.objects.release_store(id)
                && memory.size() > LARGE
                && memory.committed() > LARGE
            {
                self.end(Ending::Memory(memory, 0));
            }
        }
    }
}
