//! Pages that a store does not have itself: those of a pager's VMO, which it asks its pager for, and
//! those of a copy-on-write child of one, which shows its parent's until somebody writes them.
//!
//! The memory of such a store holds nothing where the store has no page. A child of a child hangs on
//! the next store that has a page of its range, as upstream's do.

use std::collections::BTreeSet;
use std::ops::Range;

use zx_abi::{PAGE_SIZE, Result, Status};

use super::{Objects, Source, StoreId, VmoId};
use crate::ranges::Ranges;
use crate::state::State;

/// How many stores one shows pages of, at most: a child of the last one is a child of the pager's VMO,
/// with copies of what lies between.
pub(crate) const MAX_DEPTH: u32 = 32;

/// What a store knows of its pages.
#[derive(Debug)]
pub(crate) struct Paging {
    pub backing: Backing,
    /// The pages that it has, in bytes.
    pub present: Ranges,
    /// The stores that show its pages.
    pub clones: BTreeSet<StoreId>,
    /// The VMOs over it.
    pub vmos: BTreeSet<VmoId>,
}

/// Where the other pages are.
#[derive(Debug)]
pub(crate) enum Backing {
    Pager(Box<Source>),
    Parent(Parent),
}

/// What a copy-on-write child shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    /// Held.
    pub store: StoreId,
    /// Where in it the child begins.
    pub offset: u64,
    /// From here on the child shows nothing of it, but zeros.
    pub limit: u64,
    /// Stores between this one and the pager's.
    pub depth: u32,
}

/// Where some bytes of a store are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// In its own memory.
    Own,
    /// In the memory of another store, at an offset.
    Of(StoreId, u64),
    /// Nowhere: they are zero, as its own memory is there.
    Zero,
    /// With the pager of a store, at an offset.
    Absent(StoreId, u64),
}

/// Pages that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageNeed {
    /// The pager's.
    pub store: StoreId,
    pub range: Range<u64>,
    pub kind: NeedKind,
}

/// What the pager is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NeedKind {
    /// The pages.
    Read,
    /// To let them be written.
    Dirty,
}

impl Paging {
    pub fn new(backing: Backing) -> Self {
        Self { backing, present: Ranges::default(), clones: BTreeSet::new(), vmos: BTreeSet::new() }
    }

    pub fn parent(&self) -> Option<Parent> {
        match self.backing {
            Backing::Parent(parent) => Some(parent),
            Backing::Pager(_) => None,
        }
    }
}

impl Objects {
    pub fn paging(&self, id: StoreId) -> Option<&Paging> {
        self.stores.get(id)?.paging.as_deref()
    }

    pub fn paging_mut(&mut self, id: StoreId) -> Option<&mut Paging> {
        self.stores.get_mut(id)?.paging.as_deref_mut()
    }

    /// What a pager's store has of its pager.
    pub fn source(&self, id: StoreId) -> Option<&Source> {
        match &self.paging(id)?.backing {
            Backing::Pager(source) => Some(source),
            Backing::Parent(_) => None,
        }
    }

    pub fn source_mut(&mut self, id: StoreId) -> Option<&mut Source> {
        match &mut self.paging_mut(id)?.backing {
            Backing::Pager(source) => Some(source),
            Backing::Parent(_) => None,
        }
    }

    /// Where the first bytes of a range of a store are, and where that ends.
    pub fn find(&self, id: StoreId, range: Range<u64>) -> (Found, u64) {
        let (mut store, mut at, mut end) = (id, range.start, range.end);
        loop {
            // Of what the range begins with in that store.
            let back = |end: u64| range.start + (end - at);
            let Some(paging) = self.paging(store) else { return (Found::Own, back(end)) };
            if let Some(run) = paging.present.around(at) {
                let found = if store == id { Found::Own } else { Found::Of(store, at) };
                return (found, back(end.min(run.end)));
            }
            end = end.min(paging.present.gap_around(at, 0..u64::MAX).end);
            match &paging.backing {
                Backing::Pager(_) => return (Found::Absent(store, at), back(end)),
                Backing::Parent(parent) if at >= parent.limit => return (Found::Zero, back(end)),
                Backing::Parent(parent) => {
                    end = end.min(parent.limit) + parent.offset;
                    at += parent.offset;
                    store = parent.store;
                }
            }
        }
    }

    /// What it takes before a range of a store can be read, from its start on, and how far nothing.
    pub fn read_need(&self, id: StoreId, range: Range<u64>) -> (Option<PageNeed>, u64) {
        match self.find(id, range.clone()) {
            (Found::Absent(store, at), end) => {
                let len = (end - range.start).next_multiple_of(PAGE_SIZE);
                let first = at - at % PAGE_SIZE;
                let last = (at + len).next_multiple_of(PAGE_SIZE).min(self.size_of(store));
                let kind = NeedKind::Read;
                (Some(PageNeed { store, range: first..last.max(first + PAGE_SIZE), kind }), end)
            }
            (_, end) => (None, end),
        }
    }

    /// As [`Objects::read_need`], before it can be written.
    pub fn write_need(&self, id: StoreId, range: Range<u64>) -> (Option<PageNeed>, u64) {
        let (need, end) = self.read_need(id, range.clone());
        let Some(source) = self.source(id).filter(|source| need.is_none() && source.trap_dirty)
        else {
            return (need, end);
        };
        let (is_free, free_end) = source.written_freely(range.start..end);
        let first = range.start - range.start % PAGE_SIZE;
        let need = PageNeed {
            store: id,
            range: first..free_end.next_multiple_of(PAGE_SIZE),
            kind: NeedKind::Dirty,
        };
        ((!is_free).then_some(need), free_end)
    }

    /// Whether mappings may see a page of a store elsewhere, besides one that is about to write it: with
    /// its parent, or through children where it is zero.
    pub fn is_seen_elsewhere(&self, id: StoreId, page: Range<u64>) -> bool {
        let has_clones = self.paging(id).is_some_and(|paging| !paging.clones.is_empty());
        match self.find(id, page).0 {
            Found::Own | Found::Absent(..) => false,
            Found::Of(..) => has_clones || self.is_mapped_twice(id),
            Found::Zero => has_clones,
        }
    }

    /// Bytes of a store's memory.
    pub fn size_of(&self, id: StoreId) -> u64 {
        self.memory_of(id).map_or(0, |memory| memory.size())
    }

    /// Copies out of a store, wherever its bytes are. Those that its pager still has are zero.
    ///
    /// # Errors
    /// Those of [`Memory::read`](crate::Memory::read).
    pub fn read_store(&self, id: StoreId, offset: u64, buffer: &mut [u8]) -> Result {
        let mut done = 0;
        while done < buffer.len() {
            let start = offset + done as u64;
            let (found, end) = self.find(id, start..offset + buffer.len() as u64);
            let len = (end - start) as usize;
            let piece = buffer.get_mut(done..done + len).unwrap_or_default();
            let (store, at) = match found {
                Found::Of(store, at) => (store, at),
                _ => (id, start),
            };
            self.memory_of(store)?.read(at, piece)?;
            done += len;
        }
        Ok(())
    }

    /// A range of a store that may not have all its pages has been written: those that it has are dirty,
    /// though they may have been written back meanwhile; where it has them no more, its memory holds
    /// nothing.
    ///
    /// # Errors
    /// Those of [`Memory::zero`](crate::Memory::zero).
    pub fn pages_written(&mut self, id: StoreId, range: Range<u64>) -> Result {
        let Some(paging) = self.paging(id) else { return Ok(()) };
        let memory = self.memory_of(id)?;
        let start = range.start - range.start % PAGE_SIZE;
        let end = range.end.next_multiple_of(PAGE_SIZE).min(memory.size());
        let kept: Vec<_> = paging.present.within(start..end).collect();
        let lost: Vec<_> = paging.present.missing(start..end).collect();
        if let Some(source) = self.source_mut(id) {
            kept.into_iter().for_each(|piece| source.write(piece));
        }
        for piece in lost {
            memory.zero(piece.start, piece.end - piece.start)?;
            self.refund_range(id, piece);
        }
        Ok(())
    }

    /// The VMO shows a store with pages that it may not have.
    pub fn show_store(&mut self, id: StoreId, vmo: VmoId) {
        if let Some(paging) = self.paging_mut(id) {
            paging.vmos.insert(vmo);
        }
    }

    /// It does not any more.
    pub fn conceal_store(&mut self, id: StoreId, vmo: VmoId) {
        if let Some(paging) = self.paging_mut(id) {
            paging.vmos.remove(&vmo);
        }
    }
}

impl State {
    /// A range of pages, which need nothing ([`Objects::write_need`]), is about to be written: the
    /// store has them from here on, charged and, if it has a pager, dirty. Also whether mappings may
    /// show some of them elsewhere, where they were until now, even if the others failed.
    ///
    /// # Errors
    /// SHOULD_WAIT for pages that are not there; NO_MEMORY; those of [`Memory::copy_to`](crate::Memory::copy_to).
    pub fn make_writable(&mut self, id: StoreId, range: Range<u64>) -> (bool, Result) {
        let mut were_elsewhere = false;
        let made = self.make_some_writable(id, range, &mut were_elsewhere);
        (were_elsewhere, made)
    }

    fn make_some_writable(
        &mut self,
        id: StoreId,
        range: Range<u64>,
        were_elsewhere: &mut bool,
    ) -> Result {
        if self.objects.paging(id).is_none() {
            return Ok(());
        }
        let start = range.start - range.start % PAGE_SIZE;
        let end = range.end.next_multiple_of(PAGE_SIZE);
        if self.objects.source(id).is_some() {
            let missing = |paging: &Paging| paging.present.missing_at_most(&(start..end), 0);
            if self.objects.paging(id).and_then(missing).is_none() {
                return Err(Status::SHOULD_WAIT);
            }
            if let Some(source) = self.objects.source_mut(id) {
                source.write(start..end);
            }
            return Ok(());
        }
        let has_clones = |paging: &Paging| !paging.clones.is_empty();
        let has_clones = self.objects.paging(id).is_some_and(has_clones);
        let mut at = start;
        while at < end {
            let (found, next) = self.objects.find(id, at..end);
            if let Found::Absent(..) = found {
                return Err(Status::SHOULD_WAIT);
            }
            if found != Found::Own {
                self.objects.charge_range(id, at..next)?;
                self.meter.count(((next - at) / PAGE_SIZE) as usize);
            }
            if let Found::Of(store, from) = found {
                let memory = self.objects.memory_of(store)?;
                let own = self.objects.memory_of(id)?;
                if let Err(status) = memory.copy_to(from..from + (next - at), &*own, at) {
                    // It has none of them, copied or not.
                    own.zero(at, next - at)?;
                    self.objects.refund_range(id, at..next);
                    return Err(status);
                }
                *were_elsewhere = true;
            }
            // Children show zeros of their own where this one did.
            *were_elsewhere |= found == Found::Zero && has_clones;
            if found != Found::Own
                && let Some(paging) = self.objects.paging_mut(id)
            {
                paging.present.insert(at..next);
            }
            at = next;
        }
        Ok(())
    }
}
