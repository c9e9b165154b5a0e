//! `zx_process_read_memory` and `zx_process_write_memory` (zircon/kernel/lib/syscalls/task.cc).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zx_abi::{Result, Rights, Status, VmOptions};

use crate::memory::zeroed;
use crate::object::{Placed, ProcessId, StoreId, VmoKind};
use crate::syscalls::vmo::Access;
use crate::{Caller, Memory};

/// Bytes of one call, at most.
const MAX_LEN: u64 = 64 << 20;

/// A range of a VMO's memory.
pub(crate) struct Target {
    /// Where it is accounted for.
    pub store: StoreId,
    pub memory: Arc<dyn Memory>,
    /// Where in it the range begins.
    pub offset: u64,
    /// Its bytes.
    pub len: u64,
}

impl Target {
    /// A part of it, which lies within.
    pub fn part(&self, from: u64, len: u64) -> Self {
        let Self { store, memory, offset, .. } = self;
        Self { store: *store, memory: Arc::clone(memory), offset: offset + from, len }
    }
}

impl Caller<'_> {
    /// `zx_process_read_memory`: up to `len` bytes, as far as the mapping at `address` and its VMO
    /// go, whatever the permissions.
    ///
    /// # Errors
    /// INVALID_ARGS for 0 or more than 64 MiB; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ
    /// and WRITE; BAD_STATE for a process without an address space; NO_MEMORY where nothing is
    /// mapped; BAD_STATE for a VMO that is not cached; OUT_OF_RANGE beyond its end; SHOULD_WAIT for
    /// pages that a pager still has.
    pub fn process_read_memory(&mut self, process: u32, address: u64, len: u64) -> Result<Vec<u8>> {
        let target = self.readable_memory(process, address, len)?;
        // No longer than MAX_LEN.
        let mut bytes = zeroed(target.len as usize)?;
        self.state.objects.read_store(target.store, target.offset, &mut bytes)?;
        Ok(bytes)
    }

    /// `zx_process_write_memory`: how many of the bytes were written, as far as the mapping at
    /// `address` and its VMO go, whatever the permissions. Other mappings of that VMO show them; but for
    /// those of code, and of an image ([`crate::Image`]), which is the process's own from the first write
    /// on: in Zircon it has been since it was mapped, as file systems hand out each file as a VMO of its
    /// own.
    ///
    /// # Errors
    /// INVALID_ARGS for no bytes or more than 64 MiB; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without
    /// WRITE; BAD_STATE for a process without an address space; NO_MEMORY where nothing is mapped,
    /// or the host has no more; ACCESS_DENIED for the vDSO; BAD_STATE for a VMO that is not
    /// cached; OUT_OF_RANGE beyond its end.
    pub fn process_write_memory(
        &mut self,
        process: u32,
        address: u64,
        bytes: &[u8],
    ) -> Result<usize> {
        let place = (address, bytes.len() as u64);
        let target = self.writable_memory(process, place, None)?;
        self.own_pages(target.store, target.offset..target.offset + target.len)?;
        let bytes = bytes.get(..target.len as usize).unwrap_or(bytes);
        self.state.objects.write_store(target.store, target.offset, bytes)?;
        Ok(bytes.len())
    }

    /// What a read concerns.
    pub(crate) fn readable_memory(
        &mut self,
        process: u32,
        address: u64,
        len: u64,
    ) -> Result<Target> {
        let target = self.process_memory(process, Rights::READ | Rights::WRITE, (address, len))?;
        let range = target.offset..target.offset + target.len;
        self.pages_ready(target.store, range, Access::Read)?;
        Ok(target)
    }

    /// What a write concerns, of bytes in a buffer of the calling guest's, or the host's. The buffer is
    /// looked at before anything is taken up for it.
    pub(crate) fn writable_memory(
        &mut self,
        process: u32,
        place: (u64, u64),
        buffer: Option<u64>,
    ) -> Result<Target> {
        let mut target = self.process_memory(process, Rights::WRITE, place)?;
        if let Some(buffer) = buffer {
            self.state.mapped_piece(self.process, buffer, 0, 1, VmOptions::PERM_READ)?;
        }
        if self.own_code(process, place.0)? {
            target = self.process_memory(process, Rights::WRITE, place)?;
        }
        let len = match buffer {
            Some(buffer) => self.mapped_for(target.store, buffer, target.len)?,
            None => target.len,
        };
        self.pages_ready(target.store, target.offset..target.offset + len, Access::Write)?;
        Ok(target)
    }

    /// Gives a process code of its own where it shares that at an address with others, and a copy of an
    /// image: whether it had none. What cannot be written has been left as it is.
    ///
    /// # Errors
    /// NO_MEMORY; NO_RESOURCES if programs cannot map it.
    fn own_code(&mut self, process: u32, address: u64) -> Result<bool> {
        let Ok(id) = self.get::<ProcessId>(process, Rights::WRITE) else { return Ok(false) };
        let Some(placed) = self.state.shared_code_at(id, address) else { return Ok(false) };
        let account = self.state.objects.get(id)?.account;
        let Placed { mapping, .. } = placed;
        let copy =
            self.copied_store(account, mapping.vmo, (mapping.vmo_offset, mapping.len), false)?;
        let kind = VmoKind::Snapshot { immutable: false };
        let size = Arc::new(AtomicU64::new(mapping.len));
        let child = self.state.new_child_vmo(account, mapping.vmo, copy, kind, size)?;
        let replaced = self.state.replace_code(id, placed, child);
        // Unless it is mapped now.
        self.state.release_vmo(child);
        replaced.map(|()| true)
    }

    fn process_memory(
        &mut self,
        process: u32,
        rights: Rights,
        (address, len): (u64, u64),
    ) -> Result<Target> {
        if !(1..=MAX_LEN).contains(&len) {
            return Err(Status::INVALID_ARGS);
        }
        let id: ProcessId = self.get(process, rights)?;
        self.state.objects.get(id)?.root_vmar.ok_or(Status::BAD_STATE)?;
        let place = self.state.translate(id, address).ok_or(Status::NO_MEMORY)?;
        let vmo = self.state.objects.get(place.vmo)?;
        if vmo.vdso.is_some() && !rights.contains(Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        let rest = vmo.size().saturating_sub(place.vmo_offset);
        let len = len.min(place.len).min(rest);
        let target = self.vmo_data(place.vmo, place.vmo_offset.min(vmo.size()), len)?;
        if len == 0 { Err(Status::OUT_OF_RANGE) } else { Ok(target) }
    }
}
