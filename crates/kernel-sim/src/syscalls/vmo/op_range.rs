//! `zx_vmo_op_range`, `zx_vmo_set_cache_policy` and `zx_vmo_transfer_data`
//! (zircon/kernel/lib/syscalls/vmo.cc, object/vm_object_dispatcher.cc).

use std::ops::Range;
use std::sync::Arc;

use zx_abi::{CachePolicy, PAGE_SIZE, Result, Rights, Status, VmoLockState, VmoOp};

use super::{Access, in_memory};
use crate::object::{StoreId, Vmo, VmoId, page_end};
use crate::syscalls::process::Target;
use crate::{Caller, Memory};

impl Caller<'_> {
    /// `zx_vmo_op_range`. Only LOCK answers something; nothing is ever discarded here.
    ///
    /// COMMIT takes whole pages around the range. Caches and hints are judged and need nothing
    /// done.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; INVALID_ARGS for an unknown operation; ACCESS_DENIED without WRITE
    /// (COMMIT, DECOMMIT, CACHE_INVALIDATE, ZERO), without READ (other cache operations, PREFETCH)
    /// or without either (LOCK, TRY_LOCK, UNLOCK); NOT_SUPPORTED to lock what is not discardable, and
    /// to decommit what has a pager, copies, or something that it is a copy of, itself or through
    /// what shows the same memory; INVALID_ARGS for an empty range of a cache and a range within
    /// pages to decommit; OUT_OF_RANGE if not all of it exists, but for what is decommitted only if
    /// it begins beyond the end, and to lock less than everything; SHOULD_WAIT to commit, prefetch,
    /// zero parts of and always need pages that a
    /// pager still has; BAD_STATE to unlock what is not locked and to zero what is not cached;
    /// NO_MEMORY.
    pub fn vmo_op_range(
        &mut self,
        handle: u32,
        op: u32,
        offset: u64,
        size: u64,
    ) -> Result<Option<VmoLockState>> {
        let (id, rights) = self.typed::<VmoId>(handle)?;
        let op = VmoOp::from_raw(op).ok_or(Status::INVALID_ARGS)?;
        let allowed = match op {
            VmoOp::Commit | VmoOp::Decommit | VmoOp::CacheInvalidate | VmoOp::Zero => {
                rights.contains(Rights::WRITE)
            }
            VmoOp::CacheSync
            | VmoOp::CacheClean
            | VmoOp::CacheCleanInvalidate
            | VmoOp::Prefetch => rights.contains(Rights::READ),
            VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock => rights.intersects(Rights::IO),
            VmoOp::DontNeed | VmoOp::AlwaysNeed => true,
        };
        if !allowed {
            return Err(Status::ACCESS_DENIED);
        }
        match op {
            VmoOp::Lock | VmoOp::TryLock | VmoOp::Unlock => {
                let locked = self.lock_range(id, op, (offset, size))?;
                return Ok(locked.filter(|_| op == VmoOp::Lock));
            }
            VmoOp::CacheSync
            | VmoOp::CacheInvalidate
            | VmoOp::CacheClean
            | VmoOp::CacheCleanInvalidate
                if size == 0 =>
            {
                return Err(Status::INVALID_ARGS);
            }
            VmoOp::Commit => self.commit_range(id, offset, size)?,
            VmoOp::Decommit => self.decommit_range(id, offset, size)?,
            VmoOp::Zero => self.zero_range(id, offset, size)?,
            VmoOp::AlwaysNeed => self.fetch_range(id, offset, size, false)?,
            VmoOp::Prefetch => self.fetch_range(id, offset, size, true)?,
            _ => self.vmo_in_range(id, offset, size).map(|_| ())?,
        }
        Ok(None)
    }

    /// Has the pages that a range touches be there. All that are absent at a place may be asked for at
    /// once.
    pub(crate) fn fetch_range(
        &mut self,
        id: VmoId,
        offset: u64,
        size: u64,
        at_once: bool,
    ) -> Result {
        let Some((store, range)) = self.whole_pages(id, offset, size)? else { return Ok(()) };
        if at_once {
            self.pages_ready_at_once(store, range)
        } else {
            self.pages_ready(store, range, Access::Read)
        }
    }

    /// The pages of a store that a range of a VMO touches. What is made again after a wait ends where
    /// the VMO ends now: nothing if it does not reach there any more.
    fn whole_pages(
        &self,
        id: VmoId,
        offset: u64,
        size: u64,
    ) -> Result<Option<(StoreId, Range<u64>)>> {
        let end = offset.checked_add(size).and_then(page_end).ok_or(Status::OUT_OF_RANGE)?;
        let start = offset - offset % PAGE_SIZE;
        let vmo = self.state.objects.get(id)?;
        let end = if self.is_redone { end.min(vmo.size()) } else { end };
        if self.is_redone && start >= end {
            return Ok(None);
        }
        let vmo = self.vmo_in_range(id, start, end - start)?;
        let at = vmo.memory_offset();
        Ok(Some((vmo.store, at + start..at + end)))
    }

    fn lock_range(
        &mut self,
        id: VmoId,
        op: VmoOp,
        (offset, size): (u64, u64),
    ) -> Result<Option<VmoLockState>> {
        let vmo = self.state.objects.get_mut(id)?;
        let whole = (offset, size) == (0, vmo.size());
        let locks = vmo.discardable.as_mut().ok_or(Status::NOT_SUPPORTED)?;
        if !whole {
            return Err(Status::OUT_OF_RANGE);
        }
        let changed = if op == VmoOp::Unlock { locks.checked_sub(1) } else { locks.checked_add(1) };
        *locks = changed.ok_or(Status::BAD_STATE)?;
        Ok(Some(VmoLockState { offset, size, discarded_offset: 0, discarded_size: 0 }))
    }

    /// Commits the pages that a range touches.
    pub(crate) fn commit_range(&mut self, id: VmoId, offset: u64, size: u64) -> Result {
        let Some((store, range)) = self.whole_pages(id, offset, size)? else { return Ok(()) };
        self.pages_ready_at_once(store, range.clone())?;
        if self.state.objects.source(store).is_some() {
            return Ok(());
        }
        let committed = self.state.objects.memory_of(store)?.committed();
        let missing = (range.end - range.start).saturating_sub(committed);
        // What can never be is not begun.
        self.state.objects.check_store(store, missing)?;
        self.own_pages(store, range.clone())?;
        self.commit_store(store, range.start, range.end)
    }

    /// Gives the pages of a range back, as far as the VMO goes.
    pub(crate) fn decommit_range(&mut self, id: VmoId, offset: u64, size: u64) -> Result {
        let store = self.state.objects.get(id)?.store;
        if self.state.objects.paging(store).is_some() || self.state.objects.has_kin(store) {
            return Err(Status::NOT_SUPPORTED);
        }
        if !offset.is_multiple_of(PAGE_SIZE) || !size.is_multiple_of(PAGE_SIZE) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = self.vmo_in_range(id, offset, 0)?;
        let size = size.min(vmo.size() - offset);
        let at = vmo.memory_offset() + offset;
        self.zero_store(store, at, at + size)
    }

    /// Makes a range read as zero.
    pub(crate) fn zero_range(&mut self, id: VmoId, offset: u64, size: u64) -> Result {
        let Target { store, offset, len, .. } = self.vmo_data(id, offset, size)?;
        if self.state.objects.paging(store).is_some() {
            return self.zero_pages(store, offset..offset + len);
        }
        self.zero_store(store, offset, offset + len)
    }

    /// `zx_vmo_set_cache_policy`: a `ZX_CACHE_POLICY_*` number. What is not cached cannot be read
    /// or written by system calls, nor have children.
    ///
    /// # Errors
    /// INVALID_ARGS for another number; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MAP;
    /// BAD_STATE if it is mapped, has children, or is one, and for a discardable one unless it
    /// stays cached.
    pub fn vmo_set_cache_policy(&mut self, handle: u32, policy: u32) -> Result {
        let policy = CachePolicy::from_raw(policy).ok_or(Status::INVALID_ARGS)?;
        let id: VmoId = self.get(handle, Rights::MAP)?;
        let vmo = self.state.objects.get(id)?;
        let alone = |vmo: &Vmo| {
            vmo.mappings == 0
                && vmo.children == 0
                && self.state.vmo_parent(vmo).is_none()
                && !vmo.is_reference()
                // A slice or reference of it may live on after what lay between.
                && self.state.objects.is_alone(vmo.store)
        };
        if !alone(vmo) || vmo.discardable.is_some() && policy != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        self.state.objects.get_mut(id)?.cache_policy = policy;
        Ok(())
    }

    /// `zx_vmo_transfer_data`: moves whole pages from one VMO to another; the source reads as zero
    /// afterwards.
    ///
    /// # Errors
    /// In order: INVALID_ARGS for options and for offsets or a length within pages; BAD_HANDLE,
    /// WRONG_TYPE, ACCESS_DENIED without WRITE for the destination and without READ and WRITE for
    /// the source; OUT_OF_RANGE if not all of either range exists; NOT_SUPPORTED for what has a
    /// pager; NO_MEMORY.
    pub fn vmo_transfer_data(
        &mut self,
        destination: u32,
        options: u32,
        offset: u64,
        length: u64,
        source: u32,
        source_offset: u64,
    ) -> Result {
        let aligned = [offset, length, source_offset].iter().all(|at| at.is_multiple_of(PAGE_SIZE));
        if options != 0 || !aligned {
            return Err(Status::INVALID_ARGS);
        }
        let to: VmoId = self.get(destination, Rights::WRITE)?;
        let from: VmoId = self.get(source, Rights::READ | Rights::WRITE)?;
        if to == from && offset == source_offset {
            return Ok(());
        }
        let from = self.vmo_in_range(from, source_offset, length)?;
        let (from, from_at) = (from.store, from.memory_offset() + source_offset);
        let to = self.vmo_in_range(to, offset, length)?;
        let (target, to_at) = (to.store, to.memory_offset() + offset);
        let is_paged = |store| self.state.objects.paging(store).is_some();
        if is_paged(from) || is_paged(target) {
            return Err(Status::NOT_SUPPORTED);
        }
        // The pages are out of the source before they arrive: ranges of one VMO may overlap.
        let pages = self.state.machine.memory(length)?;
        let between = self.state.objects.new_store(self.account, Arc::clone(&pages));
        // What arrives stays charged, whoever gives it back meanwhile.
        self.state.objects.hold_store(target);
        self.state.objects.store_mapped(target);
        let moved = self.transfer(from, from_at, (between, &pages, length), target, to_at);
        self.state.objects.store_unmapped(target);
        self.state.release_store(target);
        drop(pages);
        self.state.release_store(between);
        moved
    }

    /// Moves pages from one store to another, by way of a third that is empty.
    fn transfer(
        &mut self,
        source: StoreId,
        from: u64,
        (between, pages, length): (StoreId, &Arc<dyn Memory>, u64),
        target: StoreId,
        to: u64,
    ) -> Result {
        let memory = self.state.objects.memory_of(source)?;
        self.copy_memory(&memory, from, from + length, (between, false), 0)?;
        self.zero_store(source, from, from + length)?;
        self.zero_store(target, to, to + length)?;
        in_memory(&*self.state.objects.memory_of(target)?, to, length)?;
        self.state.objects.hand_charge(between, target, to);
        self.copy_memory(pages, 0, length, (target, true), to)?;
        self.state.objects.copy_written(target, to..to + length);
        Ok(())
    }
}
