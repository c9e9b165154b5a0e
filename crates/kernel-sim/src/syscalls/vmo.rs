//! `zx_vmo_*` (zircon/kernel/lib/syscalls/vmo.cc).

use std::sync::Arc;

use zx_abi::{
    Abi, HANDLE_INVALID, PAGE_SIZE, PolicyCondition, Result, Rights, Status, VmoChildOptions,
    VmoOptions,
};

use crate::handle::narrowed;
use crate::object::{Object, ObjectId, VDSO_RIGHTS, VdsoLayout, Vmo, VmoId, page_end};
use crate::state::State;
use crate::vdso::{self, Constants, TimeValues};
use crate::{Caller, Name};

/// A VMO is smaller than this: the address spaces of all machines are.
const MAX_SIZE: u64 = 1 << 48;

impl Caller<'_> {
    /// `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for unknown options; NOT_SUPPORTED for discardable,
    /// dirty-trapping and unbounded VMOs; OUT_OF_RANGE for a size that cannot be; NO_MEMORY.
    pub fn vmo_create(&mut self, size: u64, options: u32) -> Result<u32> {
        self.check_policy(PolicyCondition::NewVmo)?;
        let options = VmoOptions::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        if !VmoOptions::RESIZABLE.contains(options) {
            return Err(Status::NOT_SUPPORTED);
        }
        let resizable = options.contains(VmoOptions::RESIZABLE);
        let memory = self.state.machine.memory(page_size(size)?)?;
        let id = self.state.new_vmo(memory, size, resizable, None);
        let resize = if resizable { Rights::RESIZE } else { Rights::empty() };
        self.add(id, Vmo::DEFAULT_RIGHTS | resize)
    }

    /// `zx_vmo_read`: fills the buffer from `offset` on.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; OUT_OF_RANGE if not all of it exists.
    pub fn vmo_read(&mut self, handle: u32, offset: u64, buffer: &mut [u8]) -> Result {
        let id: VmoId = self.get(handle, Rights::READ)?;
        self.vmo_in_range(id, offset, buffer.len() as u64)?.memory.read(offset, buffer)
    }

    /// `zx_vmo_write`: copies the bytes to `offset`.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; OUT_OF_RANGE if not all of it exists;
    /// NO_MEMORY.
    pub fn vmo_write(&mut self, handle: u32, offset: u64, bytes: &[u8]) -> Result {
        let id: VmoId = self.get(handle, Rights::WRITE)?;
        self.vmo_in_range(id, offset, bytes.len() as u64)?.memory.write(offset, bytes)
    }

    /// A VMO that has all of `offset..offset + len`.
    pub(crate) fn vmo_in_range(&self, id: VmoId, offset: u64, len: u64) -> Result<&Vmo> {
        let vmo = self.state.objects.get(id)?;
        match offset.checked_add(len) {
            Some(end) if end <= vmo.memory.size() => Ok(vmo),
            _ => Err(Status::OUT_OF_RANGE),
        }
    }

    /// `zx_vmo_get_size`: bytes, a multiple of the page size. Needs no right.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE.
    pub fn vmo_get_size(&mut self, handle: u32) -> Result<u64> {
        let id: VmoId = self.get(handle, Rights::empty())?;
        Ok(self.state.objects.get(id)?.memory.size())
    }

    /// `zx_vmo_set_size`, rounded up to pages.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE, or without RESIZE if it is resizable;
    /// OUT_OF_RANGE; UNAVAILABLE for a VMO of fixed size; NO_MEMORY.
    pub fn vmo_set_size(&mut self, handle: u32, size: u64) -> Result {
        let (id, rights) = self.typed::<VmoId>(handle)?;
        if !rights.contains(Rights::WRITE) {
            return Err(Status::ACCESS_DENIED);
        }
        let vmo = self.state.objects.get_mut(id)?;
        // Without RESIZE a VMO of fixed size stays UNAVAILABLE, as before that right existed.
        if vmo.resizable && !rights.contains(Rights::RESIZE) {
            return Err(Status::ACCESS_DENIED);
        }
        let rounded = page_size(size)?;
        if !vmo.resizable {
            return Err(Status::UNAVAILABLE);
        }
        vmo.memory.resize(rounded)?;
        if size < rounded {
            vmo.memory.zero(size, rounded - size)?;
        }
        vmo.content_size = size;
        Ok(())
    }

    /// `zx_vmo_create_child` for the copy-on-write kinds SNAPSHOT and SNAPSHOT_AT_LEAST_ON_WRITE,
    /// which are one on the VMOs of this kernel. `offset` is page-aligned; the child may reach
    /// beyond its parent, where it is zero.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without DUPLICATE and READ; INVALID_ARGS for options
    /// that are unknown or not one kind, or for an offset within a page; NOT_SUPPORTED for other
    /// kinds; OUT_OF_RANGE; NO_MEMORY.
    pub fn vmo_create_child(
        &mut self,
        handle: u32,
        options: u32,
        offset: u64,
        size: u64,
    ) -> Result<u32> {
        use VmoChildOptions as Options;
        let (id, rights) = self.typed::<VmoId>(handle)?;
        if !rights.contains(Rights::DUPLICATE | Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        let options = Options::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        let kinds = Options::SNAPSHOT
            | Options::SNAPSHOT_AT_LEAST_ON_WRITE
            | Options::SLICE
            | Options::REFERENCE
            | Options::SNAPSHOT_MODIFIED;
        let kind = options & kinds;
        if kind.bits().count_ones() != 1 || !offset.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        if !matches!(kind, Options::SNAPSHOT | Options::SNAPSHOT_AT_LEAST_ON_WRITE) {
            return Err(Status::NOT_SUPPORTED);
        }
        let rounded = page_size(size)?;
        offset.checked_add(rounded).ok_or(Status::OUT_OF_RANGE)?;
        let resizable = options.contains(Options::RESIZABLE);
        let parent = self.state.objects.get(id)?;
        let memory = parent.memory.snapshot(offset, rounded)?;
        let child = self.state.new_vmo(memory, size, resizable, Some(id));
        let mut child_rights = rights | Rights::PROPERTY;
        if options.contains(Options::NO_WRITE) {
            child_rights -= Rights::WRITE;
        } else {
            child_rights |= Rights::WRITE;
            child_rights -= Rights::EXECUTE;
        }
        child_rights.set(Rights::RESIZE, resizable);
        self.add(child, child_rights)
    }

    /// `zx_vmo_replace_as_executable` without a resource: judged by policy. The handle is consumed
    /// on every outcome.
    ///
    /// # Errors
    /// In order: BAD_HANDLE; for a resource BAD_HANDLE or WRONG_TYPE, as this kernel has none;
    /// ACCESS_DENIED by policy; BAD_HANDLE for another type than a VMO.
    pub fn vmo_replace_as_executable(&mut self, handle: u32, vmex: u32) -> Result<u32> {
        let mut handle = self.remove(handle)?;
        let allowed = match vmex {
            HANDLE_INVALID => self.check_policy(PolicyCondition::AmbientMarkVmoExec),
            resource => self.lookup(resource).and(Err(Status::WRONG_TYPE)),
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
        let rights = narrowed(Vmo::DEFAULT_RIGHTS | Rights::EXECUTE, rights)?;
        let size = bytes.len() as u64;
        let memory = self.state.machine.memory(page_size(size)?)?;
        memory.write(0, bytes)?;
        let id = self.state.new_vmo(memory, size, false, None);
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
}

impl State {
    /// The stable vDSO of an ABI, with this kernel's constants.
    fn vdso_vmo(&mut self, abi: Abi) -> Result<VmoId> {
        if let Some(id) = self.vdsos.get(&abi) {
            return Ok(*id);
        }
        let mut image = vdso::image(abi, self.target).map_err(|error| error.as_zx_status())?;
        let system = self.machine.system();
        let constants = Constants {
            max_num_cpus: system.num_cpus,
            features_cpu: HAS_CPU_FEATURES,
            dcache_line_size: system.dcache_line_size,
            icache_line_size: system.icache_line_size,
            page_size: PAGE_SIZE as u32,
            physmem: system.physmem,
            version: VERSION.to_owned(),
            ..Constants::default()
        };
        image.write_constants(&constants).map_err(|error| error.as_zx_status())?;
        image.write_time_values(&TimeValues {
            ticks_per_second: self.rate.ticks_per_second,
            boot_ticks_offset: self.rate.offset,
            mono_ticks_offset: self.rate.offset,
            numerator: self.rate.numerator,
            denominator: self.rate.denominator,
            usermode_can_access_ticks: self.rate.user_readable,
        });
        let size = image.bytes.len() as u64;
        let memory: Arc<_> = self.machine.memory(page_size(size)?)?;
        memory.write(0, &image.bytes)?;
        let id = self.new_vmo(memory, size, false, None);
        if let Some(vmo) = self.objects.vmos.get_mut(id) {
            vmo.name = Name::truncated(b"vdso/stable");
            vmo.pinned = true;
            vmo.vdso = Some(VdsoLayout {
                abi,
                code_offset: image.code_offset,
                code_size: image.code_size,
            });
        }
        self.vdsos.insert(abi, id);
        Ok(id)
    }
}

/// `ZX_HAS_CPU_FEATURES`: `zx_system_get_features` knows the processor's kind.
const HAS_CPU_FEATURES: u32 = 1;

/// What `zx_system_get_version_string` says.
const VERSION: &str = concat!("zirconia ", env!("CARGO_PKG_VERSION"));

/// A size rounded up to pages.
fn page_size(size: u64) -> Result<u64> {
    match page_end(size) {
        Some(rounded) if rounded <= MAX_SIZE => Ok(rounded),
        _ => Err(Status::OUT_OF_RANGE),
    }
}
