//! Pages that a call needs and a pager still has.
//!
//! A call looks whether it has to wait before it does anything. Then it ends, its thread waits, and the
//! call is made again: what guests' pointers lead to is looked at before the call's handler runs, for
//! all calls alike.

use std::collections::BTreeSet;
use std::ops::{Bound, Range};

use zx_abi::{Abi, PAGE_SIZE, Passing, Result, Rights, Span, Status, VmOptions};

use super::STEP;
use crate::Caller;
use crate::SyscallOutcome;
use crate::object::{Backing, Found, NeedKind, PageNeed, Paging, StoreId, VmoId};
use crate::syscalls::process::Target;
use crate::user::UserPiece;
use crate::wait::{Redo, Sleeper};

/// Pieces of a set of pages that are looked at before others get their turn.
pub(crate) const PIECES: usize = 256;

/// Why a call could not go on.
#[derive(Debug)]
pub(crate) struct Obstacle {
    need: PageNeed,
    /// What it returns if the pages do not come, unless it is why they do not.
    failure: Option<Status>,
    /// If they do not come, the call is made again, without them ([`Caller::missing`]).
    does_without: Option<Side>,
}

/// What pages are to a call that does without those that do not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Its own buffers.
    Buffers,
    /// What it reads or writes.
    Target,
}

/// Pages that a call does without, the last on each side, and why they do not come. Others it asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    buffers: Option<(PageNeed, Status)>,
    target: Option<(PageNeed, Status)>,
}

impl Missing {
    pub fn set(&mut self, side: Side, need: PageNeed, status: Status) {
        match side {
            Side::Buffers => self.buffers = Some((need, status)),
            Side::Target => self.target = Some((need, status)),
        }
    }

    fn on(&self, side: Side) -> Option<&(PageNeed, Status)> {
        match side {
            Side::Buffers => self.buffers.as_ref(),
            Side::Target => self.target.as_ref(),
        }
    }

    /// Why the pages on one side do not come, if any do not.
    pub fn why(&self, side: Side) -> Option<Status> {
        self.on(side).map(|(_, status)| *status)
    }

    /// Whether the first page of those that are needed is one that does not come.
    fn has(&self, side: Side, need: &PageNeed) -> bool {
        self.on(side).is_some_and(|(known, _)| {
            (known.store, known.kind) == (need.store, need.kind)
                && known.range.contains(&need.range.start)
        })
    }
}

/// How pages are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Caller<'_> {
    /// Whether all pages in a range of a store can be accessed now.
    ///
    /// # Errors
    /// SHOULD_WAIT if not, for which a guest's call waits.
    pub(crate) fn pages_ready(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        access: Access,
    ) -> Result {
        let at_once = self.abi() > Abi::Sdk2020;
        self.ready(store, range, access, at_once, None)
    }

    /// How many bytes of a range of a store can be accessed now, from its start on: all, unless it is known
    /// that the pages of the others do not come.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    pub(crate) fn pages_ready_so_far(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        access: Access,
    ) -> Result<u64> {
        let at_once = self.abi() > Abi::Sdk2020;
        self.ready_so_far(store, range, access, at_once, Side::Target)
    }

    /// Whether the pages of a VMO may have to be waited for.
    pub(crate) fn is_paged(&self, id: VmoId) -> bool {
        let vmo = self.state.objects.vmos.get(id);
        vmo.is_some_and(|vmo| self.state.objects.paging(vmo.store).is_some())
    }

    /// As [`Caller::pages_ready`] to read; who has to wait asks for all that is absent at a place.
    pub(crate) fn pages_ready_at_once(&mut self, store: StoreId, range: Range<u64>) -> Result {
        self.ready(store, range, Access::Read, true, None)
    }

    fn ready(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        access: Access,
        at_once: bool,
        failure: Option<Status>,
    ) -> Result {
        match self.absent(store, range, access, at_once, failure)? {
            Some((_, need)) => {
                self.obstacle = Some(Obstacle { need, failure, does_without: None });
                Err(Status::SHOULD_WAIT)
            }
            None => Ok(()),
        }
    }

    fn ready_so_far(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        access: Access,
        at_once: bool,
        side: Side,
    ) -> Result<u64> {
        let (start, len) = (range.start, range.end - range.start);
        match self.absent(store, range, access, at_once, None)? {
            Some((at, need)) if self.missing.has(side, &need) => Ok(at - start),
            Some((_, need)) => {
                let does_without = Some(side);
                self.obstacle = Some(Obstacle { need, failure: None, does_without });
                Err(Status::SHOULD_WAIT)
            }
            None => Ok(len),
        }
    }

    /// Where the first page of a range of a store is that cannot be accessed now, and what it needs.
    ///
    /// # Errors
    /// `failure`, else OUT_OF_RANGE, if the store has shrunk meanwhile.
    fn absent(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        access: Access,
        at_once: bool,
        failure: Option<Status>,
    ) -> Result<Option<(u64, PageNeed)>> {
        if self.state.objects.paging(store).is_none() {
            return Ok(None);
        }
        let mut at = range.start;
        while at < range.end {
            self.state.meter.count(1);
            let objects = &self.state.objects;
            let (need, next) = match access {
                Access::Read => objects.read_need(store, at..range.end),
                Access::Write => objects.write_need(store, at..range.end),
            };
            if at >= self.state.objects.size_of(store) {
                // It has shrunk meanwhile.
                return Err(failure.unwrap_or(Status::OUT_OF_RANGE));
            }
            if let Some(mut need) = need {
                if !at_once && need.kind == NeedKind::Read {
                    need.range.end = need.range.start + PAGE_SIZE;
                }
                return Ok(Some((at, need)));
            }
            at = next;
            self.breathe()?;
        }
        Ok(None)
    }

    /// Whether what the pointers of a call lead to can be accessed now, as far as it is mapped.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    pub(crate) fn buffers_ready(&mut self, buffers: &[Option<Span>]) -> Result {
        if self.process_mut()?.paged_mappings == 0 {
            return Ok(());
        }
        let failure = Some(Status::INVALID_ARGS);
        buffers.iter().flatten().try_for_each(|buffer| {
            self.buffer_ready_so_far(*buffer, failure)?;
            Ok(())
        })
    }

    /// How many bytes of a buffer can be accessed now, as far as it is mapped: all, unless its pages do not
    /// come and a call does without them. One that does not returns `failure` then.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    pub(crate) fn buffer_ready_so_far(
        &mut self,
        Span { address, len, passing }: Span,
        failure: Option<Status>,
    ) -> Result<u64> {
        let (access, permission) = match passing {
            Passing::Out | Passing::InOut => (Access::Write, VmOptions::PERM_WRITE),
            Passing::In | Passing::Value => (Access::Read, VmOptions::PERM_READ),
        };
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let mut done = 0;
        while done < len {
            self.state.meter.count(1);
            self.breathe()?;
            let piece = self.state.mapped_piece(self.process, address, done, len, permission);
            // What is not mapped is for the call itself to judge.
            let Ok(UserPiece { store, offset, len, .. }) = piece else { break };
            let mut range = offset..offset + len as u64;
            if failure.is_some() {
                self.ready(store, range.clone(), access, false, failure)?;
            } else {
                let side = Side::Buffers;
                let ready = self.ready_so_far(store, range.clone(), access, false, side)?;
                range.end = offset + ready;
            }
            let ready = (range.end - offset) as usize;
            if access == Access::Write && self.state.objects.source(store).is_none() {
                // Mappings are to show what the call writes.
                self.own_pages(store, range)?;
            }
            done += ready;
            if ready < len {
                return Ok(done as u64);
            }
        }
        Ok(len as u64)
    }

    /// How many bytes of a buffer that is to be written to a store the guest may read, from its start on:
    /// what is behind is not mapped. Of a store that has all its pages that need not be known.
    ///
    /// # Errors
    /// As [`Caller::breathe`].
    pub(crate) fn mapped_for(&mut self, store: StoreId, address: u64, len: u64) -> Result<u64> {
        if self.state.objects.paging(store).is_none() {
            return Ok(len);
        }
        let (mut done, len) = (0, usize::try_from(len).unwrap_or(usize::MAX));
        let readable = VmOptions::PERM_READ;
        while done < len
            && let Ok(piece) = self.state.mapped_piece(self.process, address, done, len, readable)
        {
            done += piece.len;
            self.state.meter.count(1);
            self.breathe()?;
        }
        Ok(done as u64)
    }

    /// Makes a call, whose thread waits for what it could not go on without.
    pub(crate) fn attempt(
        &mut self,
        call: (u64, [u64; 8]),
        run: impl Fn(&mut Self) -> Result<SyscallOutcome>,
    ) -> Result<SyscallOutcome> {
        loop {
            let outcome = run(self);
            let Some(obstacle) = self.obstacle.take().filter(|_| outcome.is_err()) else {
                return outcome;
            };
            let without = obstacle.does_without.map(|side| (side, obstacle.need.clone()));
            match (self.wait_for_pages(obstacle, call), without) {
                // There is nobody to wait for.
                (Err(status), Some((side, need))) => self.missing.set(side, need, status),
                (waits, _) => return waits,
            }
        }
    }

    /// Has the calling thread wait for what its call could not go on without, and make it again then.
    fn wait_for_pages(
        &mut self,
        Obstacle { need, failure, does_without }: Obstacle,
        (number, args): (u64, [u64; 8]),
    ) -> Result<SyscallOutcome> {
        let thread = self.thread.ok_or(Status::BAD_STATE)?;
        let sleeper = Sleeper::Thread(thread);
        if let Some(thread) = self.state.objects.threads.get_mut(thread) {
            thread.missing = self.missing.clone();
        }
        let does_without = does_without.map(|side| (side, need.clone()));
        let redo = Redo::Call { number, args, failure, does_without };
        let forever = zx_abi::TIME_INFINITE;
        self.state
            .await_pages(self.process, sleeper, need, redo, forever)
            .map(|()| SyscallOutcome::Blocked)
            .map_err(|status| failure.unwrap_or(status))
    }

    /// Pages in a range of a store, which can be accessed, are about to be written.
    pub(crate) fn own_pages(&mut self, store: StoreId, range: Range<u64>) -> Result {
        if self.state.objects.paging(store).is_none() {
            return Ok(());
        }
        let mut at = range.start;
        while at < range.end {
            let next = at.saturating_add(STEP).min(range.end);
            let (were_elsewhere, made) = self.state.make_writable(store, at..next);
            if were_elsewhere {
                let first = at - at % PAGE_SIZE;
                let range = first..next.next_multiple_of(PAGE_SIZE);
                self.until_done(|caller| caller.hide_pages(store, range, false))?;
            }
            if made == Err(Status::SHOULD_WAIT) {
                // They have gone meanwhile, unless they are back.
                self.pages_ready(store, at..range.end, Access::Write)?;
                continue;
            }
            made?;
            at = next;
            if at < range.end {
                self.state.meter.count(1);
                self.breathe()?;
            }
        }
        Ok(())
    }

    /// Calls `f` with each part of a target that is in one place, and how many bytes come before it.
    pub(crate) fn each_piece(
        &mut self,
        target: &Target,
        mut f: impl FnMut(&mut Self, &Target, u64) -> Result,
    ) -> Result {
        let mut done = 0;
        while done < target.len {
            let start = target.offset + done;
            let objects = &self.state.objects;
            let (found, end) = objects.find(target.store, start..target.offset + target.len);
            let (store, offset) = match found {
                Found::Of(store, at) => (store, at),
                _ => (target.store, start),
            };
            let piece =
                Target { store, memory: objects.memory_of(store)?, offset, len: end - start };
            f(self, &piece, done)?;
            done += piece.len;
            if done < target.len {
                self.state.meter.count(1);
                self.breathe()?;
            }
        }
        Ok(())
    }

    /// `zx_vmo_op_range` with PREFETCH for the host, which does not block: waits until all pages that
    /// the range touches are there. False if they already are.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; OUT_OF_RANGE if not all of it exists;
    /// BAD_STATE if no pager is asked for them any more; TIMED_OUT if the deadline is past.
    pub fn vmo_prefetch(
        &mut self,
        handle: u32,
        (offset, size): (u64, u64),
        deadline: i64,
        token: u64,
    ) -> Result<bool> {
        let id: VmoId = self.get(handle, Rights::READ)?;
        let vmo = self.vmo_in_range(id, offset, size)?;
        let (store, at) = (vmo.store, vmo.memory_offset() + offset);
        let (process, range) = (self.process, at..at + size);
        if self.state.objects.paging(store).is_none() {
            return Ok(false);
        }
        let mut at = range.start;
        while at < range.end {
            self.state.meter.count(1);
            let (need, next) = self.state.objects.read_need(store, at..range.end);
            if let Some(need) = need {
                if deadline <= self.state.now() {
                    return Err(Status::TIMED_OUT);
                }
                let redo = Redo::Range(store, at..range.end);
                let sleeper = Sleeper::Host(token);
                self.state.await_pages(process, sleeper, need, redo, deadline)?;
                return Ok(true);
            }
            at = next;
            self.breathe()?;
        }
        Ok(false)
    }

    /// Makes `start..end` of a store, which may not have all its pages, read as zero: those that it
    /// touches only in part are to be there.
    pub(crate) fn zero_pages(&mut self, store: StoreId, range: Range<u64>) -> Result {
        let Range { start, end } = range;
        let whole = start.next_multiple_of(PAGE_SIZE)..end - end % PAGE_SIZE;
        let parts = if whole.start < whole.end {
            [start..whole.start, whole.end..end]
        } else {
            [start..end, end..end]
        };
        for part in parts.clone() {
            self.pages_ready(store, part, Access::Write)?;
        }
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            self.own_pages(store, part.clone())?;
            self.state.objects.memory_of(store)?.zero(part.start, part.end - part.start)?;
        }
        self.until_done(|caller| caller.zero_whole_pages(store, whole))
    }

    fn zero_whole_pages(&mut self, store: StoreId, whole: Range<u64>) -> Result {
        let mut at = whole.start;
        while at < whole.end {
            let next = at.saturating_add(STEP).min(whole.end);
            self.state.objects.charge_range(store, at..next)?;
            self.state.objects.memory_of(store)?.zero(at, next - at)?;
            self.state.meter.count(((next - at) / PAGE_SIZE) as usize);
            if let Some(paging) = self.state.objects.paging_mut(store) {
                paging.present.insert(at..next);
            }
            if let Some(source) = self.state.objects.source_mut(store) {
                source.write(at..next);
            }
            self.state.answer_requests(NeedKind::Read, store, at..next);
            self.state.answer_requests(NeedKind::Dirty, store, at..next);
            at = next;
            self.breathe()?;
        }
        // Children of a pager's VMO may show others at these places.
        self.hide_pages(store, whole, false)
    }

    /// A store, which may not have all its pages, is about to end at `size`.
    pub(crate) fn cut_pages(&mut self, store: StoreId, size: u64) -> Result {
        if self.state.objects.paging(store).is_none() {
            return Ok(());
        }
        if let Some(Paging { backing: Backing::Parent(parent), .. }) =
            self.state.objects.paging_mut(store)
        {
            parent.limit = parent.limit.min(size);
        }
        if let Some(source) = self.state.objects.source_mut(store) {
            source.modified = true;
        }
        self.drop_pages(store, size..u64::MAX, false)?;
        // What is beyond the end does not come back for those who show it.
        let mut last = None;
        while let Some(clone) = self.next_of(store, last, |paging| &paging.clones) {
            last = Some(clone);
            if let Some(paging) = self.state.objects.paging_mut(clone)
                && let Backing::Parent(parent) = &mut paging.backing
            {
                parent.limit = parent.limit.min(size.saturating_sub(parent.offset));
            }
            self.breathe()?;
        }
        self.hide_pages(store, size..u64::MAX, false)
    }

    /// A store has none of its pages in a range any more, or only those that are dirty. Where it had
    /// some that it has lost.
    pub(crate) fn drop_pages(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        keeps_dirty: bool,
    ) -> Result<Vec<Range<u64>>> {
        let (mut at, mut lost) = (range.start, Vec::new());
        while at < range.end {
            let Some(paging) = self.state.objects.paging_mut(store) else { break };
            let (mut kept, mut end) = (Vec::new(), range.end);
            if keeps_dirty && let Backing::Pager(source) = &paging.backing {
                kept.extend(source.dirty.within(at..range.end).take(PIECES));
                if let Some(last) = kept.last().filter(|_| kept.len() == PIECES) {
                    end = last.end;
                }
            }
            let (pieces, rest) = paging.present.take_some(at..end, PIECES);
            let count = 1 + pieces.len() + kept.len();
            for piece in kept {
                paging.present.insert(piece.start..piece.end.min(rest).max(piece.start));
            }
            match &mut paging.backing {
                Backing::Pager(source) if keeps_dirty => {
                    lost.extend(pieces.into_iter().flat_map(|piece| source.dirty.missing(piece)));
                }
                Backing::Pager(source) => {
                    source.forget(at..rest);
                    lost.extend(pieces);
                }
                Backing::Parent(_) => lost.extend(pieces),
            }
            at = rest;
            self.state.meter.count(count);
            self.breathe()?;
        }
        Ok(lost)
    }

    /// A store, which may not have all its pages, has another size. What waits for pages that it has not
    /// any more ends. The ABI of 2020 asks the pager for new pages; later ones have them, zero and dirty.
    pub(crate) fn resized_pages(&mut self, store: StoreId, range: Range<u64>) -> Result {
        while self.state.cut_requests(store, range.end) {
            self.breathe()?;
        }
        let is_new = self.abi() > Abi::Sdk2020;
        let Some(source) = self.state.objects.source_mut(store) else { return Ok(()) };
        source.modified = true;
        if is_new && !source.is_detached && range.start < range.end {
            source.dirty.insert(range.clone());
            source.zero.insert(range.clone());
            if let Some(paging) = self.state.objects.paging_mut(store) {
                paging.present.insert(range);
            }
        }
        Ok(())
    }

    /// Makes those pages of a range of a store read as zero that it has; its pager has the others. A
    /// copy-on-write child shows nothing of its parent any more from the range's start on.
    pub(crate) fn zero_present(&mut self, store: StoreId, range: Range<u64>) -> Result {
        let (start, first) = (range.start, range.start - range.start % PAGE_SIZE);
        if start > first && self.state.objects.read_need(store, first..start).0.is_none() {
            self.own_pages(store, first..start)?;
        }
        self.until_done(|caller| caller.zero_present_from(store, first, range))
    }

    fn zero_present_from(&mut self, store: StoreId, first: u64, range: Range<u64>) -> Result {
        let Range { start, end } = range;
        if let Some(Paging { backing: Backing::Parent(parent), .. }) =
            self.state.objects.paging_mut(store)
        {
            parent.limit = parent.limit.min(start.next_multiple_of(PAGE_SIZE));
        }
        let mut at = start;
        while at < end {
            let Some(paging) = self.state.objects.paging(store) else { break };
            let Some(piece) = paging.present.within(at..end).next() else { break };
            let until = piece.start.saturating_add(STEP).min(piece.end);
            self.state.objects.memory_of(store)?.zero(piece.start, until - piece.start)?;
            self.state.make_writable(store, piece.start..until).1?;
            self.state.meter.count(((until - piece.start) / PAGE_SIZE) as usize + 1);
            at = until;
            self.breathe()?;
        }
        self.hide_pages(store, first..end, false)
    }

    /// Takes a range of a store from the mappings that show it, directly or through copy-on-write
    /// children; or only lets nobody write it without asking.
    pub(crate) fn hide_pages(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        only_writes: bool,
    ) -> Result {
        let mut pending = vec![(store, range)];
        while let Some((store, range)) = pending.pop() {
            let mut last = None;
            while let Some(vmo) = self.next_of(store, last, |paging| &paging.vmos) {
                last = Some(vmo);
                self.hide_in(vmo, range.clone(), only_writes)?;
                self.breathe()?;
            }
            let mut last = None;
            while !only_writes
                && let Some(clone) = self.next_of(store, last, |paging| &paging.clones)
            {
                last = Some(clone);
                let parent = self.state.objects.paging(clone).and_then(Paging::parent);
                let offset = parent.map_or(u64::MAX, |parent| parent.offset);
                let start = range.start.saturating_sub(offset);
                let end = range.end.saturating_sub(offset);
                if start < end {
                    pending.push((clone, start..end));
                }
                self.breathe()?;
            }
        }
        Ok(())
    }

    /// The next one of those that a store has, after the last one.
    fn next_of<K: Copy + Ord>(
        &self,
        store: StoreId,
        last: Option<K>,
        all: impl FnOnce(&Paging) -> &BTreeSet<K>,
    ) -> Option<K> {
        let all = all(self.state.objects.paging(store)?);
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        self.state.meter.count(1);
        all.range((after, Bound::Unbounded)).next().copied()
    }

    fn hide_in(&mut self, id: VmoId, range: Range<u64>, only_writes: bool) -> Result {
        let Some(vmo) = self.state.objects.vmos.get(id) else { return Ok(()) };
        let first = vmo.memory_offset();
        let spaces: Vec<_> = vmo.spaces.keys().copied().collect();
        for process in spaces {
            let Some(root) = self.state.root_vmar_of(process) else { continue };
            self.each_mapping(root, (0, u64::MAX), |caller, mappings, _| {
                for placed in mappings.iter().filter(|placed| placed.mapping.vmo == id) {
                    let shown = first + placed.mapping.vmo_offset;
                    let from = range.start.saturating_sub(shown);
                    let to = range.end.saturating_sub(shown).min(placed.mapping.len);
                    if from < to {
                        let (from, to) = (placed.start + from, placed.start + to);
                        caller.state.hide(process, placed, from..to, only_writes);
                    }
                }
                Ok(())
            })?;
            self.breathe()?;
        }
        Ok(())
    }
}
