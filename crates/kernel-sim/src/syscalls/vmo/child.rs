//! `zx_vmo_create_child` (zircon/kernel/lib/syscalls/vmo.cc, vm/vm_object_paged.cc).

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use zx_abi::{Abi, CachePolicy, PAGE_SIZE, Result, Rights, Status, VmoChildOptions as Options};

use super::{STEP, page_size};
use crate::account::AccountId;
use crate::object::{Backing, MAX_DEPTH, Parent, StoreId, Vmo, VmoId, VmoKind};
use crate::{Caller, Memory};

const SNAPSHOTS: Options =
    Options::SNAPSHOT.union(Options::SNAPSHOT_AT_LEAST_ON_WRITE).union(Options::SNAPSHOT_MODIFIED);
const KINDS: Options = SNAPSHOTS.union(Options::SLICE).union(Options::REFERENCE);

impl Caller<'_> {
    /// `zx_vmo_create_child`. `offset` is page-aligned, `size` is rounded up to pages.
    ///
    /// The copy-on-write kinds are one on VMOs without a pager: a copy made now, which may reach beyond
    /// its parent, where it is zero. While one of more than 1,024 pages is made, other calls may write to
    /// its parent. On those with a pager, and on their copies, they show what is written to the parent
    /// until a page is written in the child; SNAPSHOT there is none, and SNAPSHOT_MODIFIED of a copy shows
    /// the pages of that as they are now, and the pager's of the others. From then on these are all
    /// that copies of either can be. A slice is a window on its parent. A reference is its parent under
    /// another koid: offset and size are 0.
    ///
    /// The child has its parent's name, and its handle the rights of the parent's plus
    /// GET_PROPERTY and SET_PROPERTY; less WRITE under NO_WRITE; else, for a copy, plus WRITE and
    /// less EXECUTE; RESIZE under RESIZABLE only.
    ///
    /// # Errors
    /// In order: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without DUPLICATE and READ; INVALID_ARGS for
    /// options that are unknown, as SNAPSHOT_MODIFIED and REFERENCE were in 2020, not one kind or not for
    /// that kind, for NO_WRITE with RESIZABLE, for an offset within a page, and for a reference with a
    /// range; OUT_OF_RANGE for a size that cannot be; NOT_SUPPORTED for a discardable parent.
    /// Of a slice: INVALID_ARGS if it is not wholly in its parent; NOT_SUPPORTED for a resizable parent.
    /// Of a reference: NOT_SUPPORTED to a slice, and if it is to be resizable, but its parent is not.
    /// Of a copy: OUT_OF_RANGE for an end beyond all offsets, or beyond that of a slice; BAD_STATE for a
    /// parent that is not cached; NOT_SUPPORTED for SNAPSHOT of what has a pager; INVALID_ARGS for an end
    /// beyond all offsets as the first of the VMOs that it comes from counts them; NOT_SUPPORTED for a
    /// slice of what has no pager, for SNAPSHOT_MODIFIED of a slice of a copy, of a copy that others
    /// show, and of a copy of a copy. In 2020 NOT_SUPPORTED was for SNAPSHOT of what has a pager and for
    /// copies of slices of what has none, and came before INVALID_ARGS, which came before BAD_STATE.
    /// BAD_STATE for a parent that is not cached; NO_MEMORY.
    pub fn vmo_create_child(
        &mut self,
        handle: u32,
        options: u32,
        offset: u64,
        size: u64,
    ) -> Result<u32> {
        let (id, rights) = self.typed::<VmoId>(handle)?;
        if !rights.contains(Rights::DUPLICATE | Rights::READ) {
            return Err(Status::ACCESS_DENIED);
        }
        let generation = self.generation();
        let options = checked(options, generation.child_options, offset, size)?;
        let rounded = page_size(size)?;
        let parent = self.state.objects.get(id)?;
        if parent.discardable.is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        let resizable = options.contains(Options::RESIZABLE);
        let kind = self.child_kind(parent, options, (offset, rounded))?;
        if parent.cache_policy != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        let origin = origin(parent, (offset, rounded)).unwrap_or_default();
        let name = parent.name;
        // A reference changes its size with its parent.
        let resizable = resizable || kind == VmoKind::Reference && parent.resizable;
        let (shared, shared_size) = (parent.store, Arc::clone(&parent.stream_size));
        let account = self.account;
        let stream_size = if generation.has_stream_size { size } else { 0 };
        let (store, stream_size) = match kind {
            VmoKind::Root | VmoKind::Snapshot { .. } => {
                let as_now = self.is_copied_as_now(shared, options);
                let copy = self.copied_store(account, id, (offset, rounded), as_now)?;
                (copy, Arc::new(AtomicU64::new(stream_size)))
            }
            VmoKind::Slice { .. } | VmoKind::Reference => {
                self.state.objects.hold_store(shared);
                let own_size = || Arc::new(AtomicU64::new(stream_size));
                (shared, if kind == VmoKind::Reference { shared_size } else { own_size() })
            }
        };
        let child = self.state.new_child_vmo(account, id, store, kind, stream_size)?;
        if let Some(vmo) = self.state.objects.vmos.get_mut(child) {
            vmo.resizable = resizable;
            vmo.origin = origin;
            if rights.contains(Rights::GET_PROPERTY) {
                vmo.name = name;
            }
        }
        self.add(child, child_rights(rights, options))
    }

    /// A store that shows `len` bytes of another one, which may not have all its pages, until they are
    /// written. It hangs on the next one that has a page there, as upstream's do; one that shows what there
    /// is now, on the pager's, with copies of what is between.
    fn clone_pages(
        &mut self,
        account: AccountId,
        memory: Arc<dyn Memory>,
        of: StoreId,
        (start, len): (u64, u64),
        as_now: bool,
    ) -> Result<StoreId> {
        let objects = &mut self.state.objects;
        let mut parent = Parent { store: of, offset: start, limit: len, depth: 0 };
        let mut between = Vec::new();
        while let Some(paging) = objects.paging(parent.store)
            && let Some(next) = paging.parent()
        {
            let shown = parent.offset..parent.offset + parent.limit;
            let has_pages = paging.present.within(shown).next().is_some();
            if has_pages && next.depth < MAX_DEPTH && !as_now {
                parent.depth = next.depth + 1;
                break;
            }
            if has_pages {
                between.push(parent);
            }
            parent.limit = parent.limit.min(next.limit.saturating_sub(parent.offset));
            let offset = parent.offset.checked_add(next.offset).ok_or(Status::INVALID_ARGS)?;
            (parent.store, parent.offset) = (next.store, offset);
        }
        objects.hold_store(parent.store);
        let id = objects.new_paged_store(account, memory, Backing::Parent(parent));
        if let Some(paging) = objects.paging_mut(parent.store) {
            paging.clones.insert(id);
        }
        // None of them goes meanwhile: each holds the one behind it.
        self.state.objects.hold_store(of);
        // The copies of those nearer to it cover those of the others.
        let copied =
            between.into_iter().rev().try_for_each(|Parent { store, offset, limit, .. }| {
                self.copy_present(store, offset..offset + limit, id)
            });
        self.state.release_store(of);
        if let Err(status) = copied {
            self.state.release_store(id);
            return Err(status);
        }
        if as_now {
            self.state.objects.copied(of, id);
        }
        Ok(id)
    }

    /// Copies the pages that a store has in a range to the beginning of another one.
    fn copy_present(&mut self, from: StoreId, range: Range<u64>, to: StoreId) -> Result {
        let memory = self.state.objects.memory_of(from)?;
        let mut next = range.start;
        while let Some(paging) = self.state.objects.paging(from) {
            let Some(piece) = paging.present.within(next..range.end).next() else { break };
            next = piece.end.min(piece.start.saturating_add(STEP));
            let (at, end) = (piece.start - range.start, next - range.start);
            self.copy_memory(&memory, piece.start, next, (to, false), at)?;
            self.state.objects.charge_range(to, at..end)?;
            if let Some(paging) = self.state.objects.paging_mut(to) {
                paging.present.insert(at..end);
            }
            self.state.meter.count(1);
            self.breathe()?;
        }
        Ok(())
    }
}

impl Caller<'_> {
    /// A store of its own for a copy of a range of a VMO, which may reach beyond it. Of a VMO with a pager
    /// it shows the pages until they are written, or those that the VMO has itself as they are now.
    ///
    /// # Errors
    /// BAD_HANDLE if the VMO is gone; NO_MEMORY; CANCELED for a caller that is killed meanwhile.
    pub(crate) fn copied_store(
        &mut self,
        account: AccountId,
        vmo: VmoId,
        (offset, len): (u64, u64),
        as_now: bool,
    ) -> Result<StoreId> {
        let vmo = self.state.objects.get(vmo)?;
        let start = vmo.memory_offset() + offset;
        let inside = vmo.size().saturating_sub(offset).min(len);
        let (shared, memory) = (vmo.store, Arc::clone(&vmo.memory));
        let room = self.state.machine.memory(len)?;
        if self.state.objects.paging(shared).is_some() {
            return self.clone_pages(account, room, shared, (start, inside), as_now);
        }
        let copy = self.state.objects.new_store(account, room);
        let copied = self.copy_memory(&memory, start, start + inside, (copy, false), 0);
        if let Err(status) = copied {
            self.state.release_store(copy);
            return Err(status);
        }
        self.state.objects.copied(shared, copy);
        if !self.generation().counts_shared_pages_in_each {
            self.state.objects.copy_made(shared, copy, start..start + inside);
        }
        Ok(copy)
    }
}

impl Caller<'_> {
    /// What a child of these options is to its parent.
    fn child_kind(
        &self,
        parent: &Vmo,
        options: Options,
        (offset, len): (u64, u64),
    ) -> Result<VmoKind> {
        let is_slice = matches!(parent.kind, VmoKind::Slice { .. });
        if options.contains(Options::SLICE) {
            if offset.checked_add(len).is_none_or(|end| end > parent.size()) {
                return Err(Status::INVALID_ARGS);
            }
            if parent.resizable {
                return Err(Status::NOT_SUPPORTED);
            }
            return Ok(VmoKind::Slice { offset: parent.memory_offset() + offset, len });
        }
        if options.contains(Options::REFERENCE) {
            if is_slice || options.contains(Options::RESIZABLE) && !parent.resizable {
                return Err(Status::NOT_SUPPORTED);
            }
            return Ok(VmoKind::Reference);
        }
        match self.abi() {
            Abi::Sdk2020 => self.judge_copy_of_2020(parent, options, (offset, len))?,
            Abi::Newest => self.judge_copy(parent, options, (offset, len))?,
        }
        Ok(VmoKind::Snapshot { immutable: options.contains(Options::SNAPSHOT | Options::NO_WRITE) })
    }

    fn judge_copy_of_2020(&self, parent: &Vmo, options: Options, range: (u64, u64)) -> Result {
        let is_slice = matches!(parent.kind, VmoKind::Slice { .. });
        let is_paged = self.state.objects.paging(parent.store).is_some();
        if is_slice && !is_paged || options.contains(Options::SNAPSHOT) && is_paged {
            return Err(Status::NOT_SUPPORTED);
        }
        origin(parent, range).map(|_| ())
    }

    /// By upstream's rules for trees of copies: one that shows what is written meanwhile hangs below what
    /// it is a copy of, and is for what has a pager; any other hangs beside it, which slices cannot
    /// have, nor what something hangs below, nor what does not hang directly on the pager's.
    fn judge_copy(&self, parent: &Vmo, options: Options, (offset, len): (u64, u64)) -> Result {
        let is_slice = matches!(parent.kind, VmoKind::Slice { .. });
        let most = if is_slice { parent.size() } else { u64::MAX };
        if offset.checked_add(len).is_none_or(|end| end > most) {
            return Err(Status::OUT_OF_RANGE);
        }
        if parent.cache_policy != CachePolicy::Cached {
            return Err(Status::BAD_STATE);
        }
        let paging = self.state.objects.paging(parent.store);
        if options.contains(Options::SNAPSHOT) && paging.is_some() {
            return Err(Status::NOT_SUPPORTED);
        }
        origin(parent, (offset, len))?;
        let hangs_beside = match paging {
            Some(_) => self.is_copied_as_now(parent.store, options),
            None => true,
        };
        let may_have_one = match paging {
            _ if is_slice => false,
            Some(paging) => {
                let above = paging.parent().and_then(|it| self.state.objects.paging(it.store));
                paging.clones.is_empty() && above.is_none_or(|above| above.parent().is_none())
            }
            None => true,
        };
        if hangs_beside && !may_have_one { Err(Status::NOT_SUPPORTED) } else { Ok(()) }
    }

    /// Whether a copy of a store that has a pager shows the pages that it has itself as they are now: if it
    /// is a copy of the pager's, and that is asked for, or has been before.
    fn is_copied_as_now(&self, store: StoreId, options: Options) -> bool {
        let objects = &self.state.objects;
        let is_copy = objects.paging(store).is_some_and(|paging| paging.parent().is_some());
        is_copy && (options.contains(Options::SNAPSHOT_MODIFIED) || objects.has_kin(store))
    }
}

/// What can be judged without the parent.
fn checked(options: u32, known: Options, offset: u64, size: u64) -> Result<Options> {
    let options = Options::from_bits(options).filter(|options| known.contains(*options));
    let options = options.ok_or(Status::INVALID_ARGS)?;
    let kind = options & KINDS;
    let others = match kind {
        Options::SLICE => Options::NO_WRITE,
        _ => Options::NO_WRITE | Options::RESIZABLE,
    };
    if kind.bits().count_ones() != 1
        || !others.contains(options.difference(kind))
        || options.contains(Options::NO_WRITE | Options::RESIZABLE)
        || !offset.is_multiple_of(PAGE_SIZE)
        || kind == Options::REFERENCE && (offset, size) != (0, 0)
    {
        return Err(Status::INVALID_ARGS);
    }
    Ok(options)
}

/// Where a range of a VMO begins in the first of those that it was made from.
///
/// # Errors
/// INVALID_ARGS if it ends beyond all offsets there.
fn origin(parent: &Vmo, (offset, len): (u64, u64)) -> Result<u64> {
    let origin = parent.origin.checked_add(offset);
    let origin = origin.filter(|origin| origin.checked_add(len).is_some());
    origin.ok_or(Status::INVALID_ARGS)
}

fn child_rights(parent: Rights, options: Options) -> Rights {
    let mut rights = parent | Rights::PROPERTY;
    rights.set(Rights::RESIZE, options.contains(Options::RESIZABLE));
    if options.contains(Options::NO_WRITE) {
        rights -= Rights::WRITE;
    } else if options.intersects(SNAPSHOTS) {
        rights |= Rights::WRITE;
        rights -= Rights::EXECUTE;
    }
    rights
}
