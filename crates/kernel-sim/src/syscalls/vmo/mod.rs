//! `zx_vmo_*` (zircon/kernel/lib/syscalls/vmo.cc).

mod child;
mod op_range;
mod pages;
mod turns;
mod vdso;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use zx_abi::{
    Abi, CachePolicy, HANDLE_INVALID, PAGE_SIZE, PolicyCondition, RSRC_SYSTEM_VMEX_BASE,
    ResourceKind, Result, Rights, Status, VMO_MAX_SIZE, VmoOptions,
};

use crate::account::AccountId;
use crate::handle::narrowed;
use crate::object::{Key, Object, ObjectId, Placed, ResourceId, VDSO_RIGHTS, Vmo, VmoId, page_end};
use crate::state::State;
use crate::syscalls::process::Target;
use crate::{Caller, Image, Memory, Name};

pub(crate) use pages::{Access, Missing, Obstacle, PIECES, Side};
pub(crate) use turns::{STEP, in_memory, zero_some};

impl Caller<'_> {
    /// `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages. An unbounded one is as
    /// large as a VMO can be, and `size` is its stream size only, which in 2020 begins at 0.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for unknown options, dirty trapping, which is for
    /// pagers, and unbounded VMOs that can be resized; OUT_OF_RANGE for a size that cannot be;
    /// NO_MEMORY.
    pub fn vmo_create(&mut self, size: u64, options: u32) -> Result<u32> {
        self.check_policy(PolicyCondition::NewVmo)?;
        let options = vmo_options(options)?;
        let rounded = page_size(size)?;
        let unbounded = options.contains(VmoOptions::UNBOUNDED);
        let memory = self.state.machine.memory(if unbounded { VMO_MAX_SIZE } else { rounded })?;
        let account = self.account;
        let store = self.state.objects.new_store(account, memory);
        let stream_size = if self.generation().has_stream_size { size } else { 0 };
        let id = self.state.new_vmo(account, store, stream_size)?;
        let resizable = options.contains(VmoOptions::RESIZABLE);
        if let Some(vmo) = self.state.objects.vmos.get_mut(id) {
            vmo.resizable = resizable;
            vmo.discardable = options.contains(VmoOptions::DISCARDABLE).then_some(0);
        }
        self.add_vmo(id, resizable)
    }

    /// Gives the caller a handle to a new VMO.
    pub(crate) fn add_vmo(&mut self, id: VmoId, resizable: bool) -> Result<u32> {
        let resize = if resizable { Rights::RESIZE } else { Rights::empty() };
        self.add(id, Vmo::DEFAULT_RIGHTS | resize)
    }

    /// `zx_vmo_create_contiguous`: there is no device that would need one.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for a size of 0, and an alignment that is no power of two
    /// from a page to 2^63; BAD_HANDLE; WRONG_TYPE, as there are no BTIs.
    pub fn vmo_create_contiguous(&mut self, bti: u32, size: u64, alignment: u32) -> Result<u32> {
        self.check_policy(PolicyCondition::NewVmo)?;
        let shift = PAGE_SIZE.trailing_zeros();
        if size == 0 || !(alignment == 0 || (shift..64).contains(&alignment)) {
            return Err(Status::INVALID_ARGS);
        }
        self.lookup(bti).and(Err(Status::WRONG_TYPE))
    }

    /// `zx_vmo_create_physical`: there is no hardware.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE for a resource that does not give
    /// these addresses, of which a part of a page gives all of it; INVALID_ARGS for an address within
    /// a page, a size of 0, and a range that overflows; else NOT_SUPPORTED.
    pub fn vmo_create_physical(&mut self, resource: u32, address: u64, size: u64) -> Result<u32> {
        self.check_policy(PolicyCondition::NewVmo)?;
        let id: ResourceId = self.get(resource, Rights::empty())?;
        let size = page_end(size).ok_or(Status::INVALID_ARGS)?;
        let end = address.checked_add(size).ok_or(Status::INVALID_ARGS)?;
        let resource = self.state.objects.get(id)?;
        if !resource.is_whole(ResourceKind::Mmio) {
            // What gives a part of a page gives all of it.
            let given_end = page_end(resource.base + resource.size).unwrap_or(u64::MAX);
            let given = resource.base - resource.base % PAGE_SIZE..given_end;
            if resource.kind != ResourceKind::Mmio {
                return Err(Status::WRONG_TYPE);
            }
            if address < given.start || end > given.end {
                return Err(Status::OUT_OF_RANGE);
            }
        }
        if size == 0 || !address.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        Err(Status::NOT_SUPPORTED)
    }

    /// `zx_vmo_read`: fills the buffer from `offset` on.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; OUT_OF_RANGE if not all of it exists;
    /// BAD_STATE unless it is cached; SHOULD_WAIT for pages that its pager still has.
    pub fn vmo_read(&mut self, handle: u32, offset: u64, buffer: &mut [u8]) -> Result {
        let id: VmoId = self.get(handle, Rights::READ)?;
        let Target { store, offset, len, .. } = self.vmo_data(id, offset, buffer.len() as u64)?;
        self.pages_ready(store, offset..offset + len, Access::Read)?;
        self.state.objects.read_store(store, offset, buffer)
    }

    /// `zx_vmo_write`: copies the bytes to `offset`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; OUT_OF_RANGE if not all of it exists;
    /// BAD_STATE unless it is cached; SHOULD_WAIT for pages that its pager still has, or does not let be
    /// written; NO_MEMORY.
    pub fn vmo_write(&mut self, handle: u32, offset: u64, bytes: &[u8]) -> Result {
        let id: VmoId = self.get(handle, Rights::WRITE)?;
        let target = self.vmo_data(id, offset, bytes.len() as u64)?;
        self.target_ready(&target)?;
        self.state.objects.write_store(target.store, target.offset, bytes)
    }

    /// Whether a range can be written now: its store has the pages from here on.
    ///
    /// # Errors
    /// SHOULD_WAIT, NO_MEMORY.
    pub(crate) fn target_ready(&mut self, target: &Target) -> Result {
        let range = target.offset..target.offset + target.len;
        self.pages_ready(target.store, range.clone(), Access::Write)?;
        self.own_pages(target.store, range)
    }

    /// A VMO that has all of `offset..offset + len`.
    pub(crate) fn vmo_in_range(&self, id: VmoId, offset: u64, len: u64) -> Result<&Vmo> {
        let vmo = self.state.objects.get(id)?;
        match offset.checked_add(len) {
            Some(end) if end <= vmo.size() => Ok(vmo),
            _ => Err(Status::OUT_OF_RANGE),
        }
    }

    /// The memory of `offset..offset + len` for copies in and out.
    pub(crate) fn vmo_data(&self, id: VmoId, offset: u64, len: u64) -> Result<Target> {
        let vmo = self.vmo_in_range(id, offset, len)?;
        if vmo.cache_policy != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        let (store, memory) = (vmo.store, Arc::clone(&vmo.memory));
        Ok(Target { store, memory, offset: vmo.memory_offset() + offset, len })
    }

    /// `zx_vmo_get_size`: bytes, a multiple of the page size. Needs no right.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE.
    pub fn vmo_get_size(&mut self, handle: u32) -> Result<u64> {
        let id: VmoId = self.get(handle, Rights::empty())?;
        Ok(self.state.objects.get(id)?.size())
    }

    /// `zx_vmo_set_size`, rounded up to pages. The content becomes as large, but not in 2020.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE, or since 2020 without RESIZE if it is
    /// resizable; OUT_OF_RANGE; UNAVAILABLE for a VMO of fixed size; INVALID_ARGS for a copy that
    /// would reach beyond all offsets of what it is a copy of; NO_MEMORY.
    pub fn vmo_set_size(&mut self, handle: u32, size: u64) -> Result {
        let (id, rights) = self.typed::<VmoId>(handle)?;
        if !rights.contains(Rights::WRITE) {
            return Err(Status::ACCESS_DENIED);
        }
        let resize = Rights::RESIZE & self.generation().rights;
        let vmo = self.state.objects.get_mut(id)?;
        // Without RESIZE a VMO of fixed size stays UNAVAILABLE, as before that right existed.
        if vmo.resizable && !rights.contains(resize) {
            return Err(Status::ACCESS_DENIED);
        }
        let rounded = page_size(size)?;
        if !vmo.resizable {
            return Err(Status::UNAVAILABLE);
        }
        vmo.origin.checked_add(rounded).ok_or(Status::INVALID_ARGS)?;
        if self.is_paged(id) {
            return self.until_done(|caller| caller.resize(id, size, rounded));
        }
        self.resize(id, size, rounded)
    }

    /// [`Caller::vmo_set_size`] once all is judged.
    fn resize(&mut self, id: VmoId, size: u64, rounded: u64) -> Result {
        let vmo = self.state.objects.get(id)?;
        let (store, memory) = (vmo.store, Arc::clone(&vmo.memory));
        let old = memory.size();
        self.cut_pages(store, rounded)?;
        // What goes is given back before, so that the resize has little to do.
        self.zero_store(store, size, old)?;
        memory.resize(rounded)?;
        self.resized_pages(store, old..rounded)?;
        self.state.objects.refund_range(store, rounded..u64::MAX);
        self.state.objects.copy_resized(store, rounded);
        if !self.generation().has_stream_size {
            return Ok(());
        }
        self.set_content(id, size)
    }

    /// `zx_vmo_get_stream_size`: bytes that hold data. Needs no right.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE.
    pub fn vmo_get_stream_size(&mut self, handle: u32) -> Result<u64> {
        let id: VmoId = self.get(handle, Rights::empty())?;
        Ok(self.state.objects.get(id)?.stream_size())
    }

    /// `zx_vmo_set_stream_size`. What lies beyond the old or the new one becomes zero.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; OUT_OF_RANGE beyond the VMO's size;
    /// NO_MEMORY.
    pub fn vmo_set_stream_size(&mut self, handle: u32, size: u64) -> Result {
        let id: VmoId = self.get(handle, Rights::WRITE)?;
        self.set_stream_size(id, size)
    }

    /// [`Caller::vmo_set_stream_size`] once the handle is judged.
    pub(crate) fn set_stream_size(&mut self, id: VmoId, size: u64) -> Result {
        let vmo = self.state.objects.get(id)?;
        let (old, end) = (vmo.stream_size(), vmo.size());
        if size == old {
            return Ok(());
        }
        if size > end {
            return Err(Status::OUT_OF_RANGE);
        }
        let (start, at) = (size.min(old), vmo.memory_offset());
        let store = vmo.store;
        if self.state.objects.paging(store).is_some() {
            self.zero_present(store, at + start..at + end)?;
        } else {
            self.zero_store(store, at + start, at + end)?;
        }
        self.set_content(id, size)
    }

    /// The content of a VMO, and of its references, ends elsewhere, with what is there: mappings that
    /// fault beyond it are made anew.
    pub(crate) fn set_content(&mut self, id: VmoId, size: u64) -> Result {
        // Another call may have closed it meanwhile.
        let Ok(vmo) = self.state.objects.get(id) else { return Ok(()) };
        vmo.stream_size.store(size, Ordering::Relaxed);
        for (vmo, process) in self.state.stream_mappers(id) {
            let Some(root) = self.state.root_vmar_of(process) else { continue };
            self.each_mapping(root, (0, u64::MAX), |caller, mappings, _| {
                let affected =
                    |placed: &&Placed| placed.mapping.vmo == vmo && placed.mapping.beyond_stream;
                let affected = mappings.iter().filter(affected);
                affected.for_each(|placed| caller.state.remake_mapping(process, placed));
                Ok(())
            })?;
        }
        Ok(())
    }

    /// `zx_vmo_replace_as_executable`, by the resource for it or, without one, as policy says. The
    /// handle is consumed on every outcome.
    ///
    /// # Errors
    /// In order: BAD_HANDLE; BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE for a resource that does not give
    /// that; ACCESS_DENIED by policy; BAD_HANDLE for another type than a VMO.
    pub fn vmo_replace_as_executable(&mut self, handle: u32, vmex: u32) -> Result<u32> {
        let mut handle = self.remove(handle)?;
        let allowed = match vmex {
            HANDLE_INVALID => self.check_policy(PolicyCondition::AmbientMarkVmoExec),
            resource => self.check_system_resource(resource, RSRC_SYSTEM_VMEX_BASE),
        };
        match allowed {
            Ok(()) if matches!(handle.object, ObjectId::Vmo(_)) => {
                handle.rights |= Rights::EXECUTE;
                Ok(self.insert(handle))
            }
            failed => {
                let status = failed.err().unwrap_or(Status::BAD_HANDLE);
                self.state.close(handle);
                Err(status)
            }
        }
    }

    /// A VMO with these bytes and rights, as a file server hands out. `rights` are raw and within
    /// the VMO defaults plus EXECUTE. For the embedder: the host's files come in here.
    ///
    /// # Errors
    /// INVALID_ARGS for other rights; NO_MEMORY.
    pub fn vmo_from_bytes(&mut self, bytes: &[u8], name: Name, rights: u32) -> Result<u32> {
        self.vmo_from_head(bytes, bytes.len() as u64, name, rights)
    }

    /// [`Caller::vmo_from_bytes`] for a file of `size` bytes that begins with these, which may be
    /// fewer. The rest is zero until somebody writes it.
    ///
    /// # Errors
    /// INVALID_ARGS for other rights; OUT_OF_RANGE for a size that cannot be, or that is less than
    /// these bytes; NO_MEMORY.
    pub fn vmo_from_head(
        &mut self,
        head: &[u8],
        size: u64,
        name: Name,
        rights: u32,
    ) -> Result<u32> {
        let rights = narrowed(Vmo::DEFAULT_RIGHTS | Rights::EXECUTE, rights)?;
        if head.len() as u64 > size {
            return Err(Status::OUT_OF_RANGE);
        }
        let memory = self.state.machine.memory(page_size(size)?)?;
        let account = self.account;
        let id = self.state.new_written_vmo(account, memory, head, size)?;
        if let Some(vmo) = self.state.objects.vmos.get_mut(id) {
            vmo.name = name;
        }
        self.add(id, rights)
    }

    /// [`Caller::vmo_from_bytes`] for an image, which is not copied where the machine can do without.
    /// Nobody can write to it.
    ///
    /// # Errors
    /// INVALID_ARGS for other rights, WRITE among them; OUT_OF_RANGE for a size that cannot be;
    /// NO_MEMORY.
    pub fn vmo_from_image(&mut self, image: &Arc<Image>, name: Name, rights: u32) -> Result<u32> {
        let most = Vmo::DEFAULT_RIGHTS.difference(Rights::WRITE) | Rights::EXECUTE;
        let rights = narrowed(most, rights)?;
        page_size(image.size())?;
        let id = self.state.new_image_vmo(self.account, image)?;
        if let Some(vmo) = self.state.objects.vmos.get_mut(id) {
            vmo.name = name;
        }
        self.add(id, rights)
    }

    /// A handle to the kernel's own vDSO image of an ABI, as the system hands it down from
    /// process to process: `VdsoVmo(0)`.
    ///
    /// # Errors
    /// NOT_SUPPORTED if that ABI does not exist for the kernel's target; NO_MEMORY.
    pub fn vdso(&mut self, abi: Abi) -> Result<u32> {
        let id = self.state.vdso_vmo(abi)?;
        self.add(id, VDSO_RIGHTS)
    }

    /// The ABI of the vDSO behind a handle, if there is one.
    pub fn vdso_abi(&self, vmo: u32) -> Option<Abi> {
        let process = self.state.objects.processes.get(self.process)?;
        let id: VmoId = Key::of(process.handles.get(vmo)?.object)?;
        Some(self.state.objects.vmos.get(id)?.vdso?.abi)
    }
}

impl State {
    /// A VMO that begins with these bytes.
    fn new_written_vmo(
        &mut self,
        account: AccountId,
        memory: Arc<dyn Memory>,
        bytes: &[u8],
        stream_size: u64,
    ) -> Result<VmoId> {
        let store = self.objects.new_store(account, memory);
        if let Err(status) = self.objects.write_store(store, 0, bytes) {
            self.objects.release_store(store);
            return Err(status);
        }
        self.new_vmo(account, store, stream_size)
    }

    /// A VMO that shows an image.
    fn new_image_vmo(&mut self, account: AccountId, image: &Arc<Image>) -> Result<VmoId> {
        let memory = self.machine.image_memory(image)?;
        let store = self.objects.new_store(account, Arc::clone(&memory));
        let mut next = 0;
        while let Some(run) = memory.next_committed(next) {
            next = run.end;
            if let Err(status) = self.objects.charge_range(store, run) {
                self.objects.release_store(store);
                return Err(status);
            }
        }
        self.new_vmo(account, store, image.size())
    }
}

/// The options of a VMO without a pager.
pub(crate) fn vmo_options(options: u32) -> Result<VmoOptions> {
    VmoOptions::from_bits(options)
        .filter(|options| !options.contains(VmoOptions::TRAP_DIRTY))
        .filter(|options| !options.contains(VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED))
        .ok_or(Status::INVALID_ARGS)
}

/// A size rounded up to pages.
pub(crate) fn page_size(size: u64) -> Result<u64> {
    match page_end(size) {
        Some(rounded) if rounded <= VMO_MAX_SIZE => Ok(rounded),
        _ => Err(Status::OUT_OF_RANGE),
    }
}
