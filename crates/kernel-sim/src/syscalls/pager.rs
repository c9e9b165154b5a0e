//! `zx_pager_*` (zircon/kernel/lib/syscalls/pager.cc).

use std::ops::Range;

use zx_abi::{
    Abi, PAGE_SIZE, PAGER_RESET_VMO_STATS, PAGER_VMO_STATS_MODIFIED, PagerOp, PagerVmoStats,
    PolicyCondition, Result, Rights, Status, VMO_DIRTY_RANGE_IS_ZERO, VMO_MAX_SIZE, VmoDirtyRange,
    VmoOptions,
};

use super::vmo::{PIECES, STEP, page_size};
use crate::Caller;
use crate::ending::Ending;
use crate::object::{
    Backing, NeedKind, Object, Pager, PagerId, PortId, Source, StoreId, VmoId, VmoKind,
};

/// Those of the first handle to a pager, before there were rights of its own.
const RIGHTS_OF_2020: Rights = Rights::TRANSFER.union(Rights::INSPECT).union(Rights::PROPERTY);

/// With what requests for pages may fail.
const FAILURES: [Status; 3] = [Status::IO, Status::IO_DATA_INTEGRITY, Status::BAD_STATE];
/// Pieces of what is known of the pages of a VMO besides those that are charged.
const FREE_PIECES: u64 = 1 << 14;

/// With what they may fail since.
const NEW_FAILURES: [Status; 2] = [Status::NO_SPACE, Status::BUFFER_TOO_SMALL];

impl Caller<'_> {
    /// `zx_pager_create`
    ///
    /// # Errors
    /// ACCESS_DENIED by policy, which the ABI of 2020 has not; INVALID_ARGS for options; NO_MEMORY.
    pub fn pager_create(&mut self, options: u32) -> Result<u32> {
        if self.abi() > Abi::Sdk2020 {
            self.check_policy(PolicyCondition::NewPager)?;
        }
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let pager = self.state.new_pager(self.account)?;
        let rights = match self.abi() {
            Abi::Sdk2020 => RIGHTS_OF_2020,
            Abi::Newest => Pager::DEFAULT_RIGHTS,
        };
        self.add(pager, rights)
    }

    /// `zx_pager_create_vmo`: a VMO none of whose pages is there. Packets that ask for them, with this
    /// key, go to the port. `size` is rounded up to pages; that of an unbounded one is its stream size.
    ///
    /// # Errors
    /// In order: ACCESS_DENIED by policy; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the pager without
    /// ATTACH_VMO, then for the port without WRITE; INVALID_ARGS for options that are unknown or do not
    /// go together, of which the ABI of 2020 knows RESIZABLE only; OUT_OF_RANGE for a size that cannot
    /// be; NO_MEMORY.
    pub fn pager_create_vmo(
        &mut self,
        pager: u32,
        options: u32,
        port: u32,
        key: u64,
        size: u64,
    ) -> Result<u32> {
        self.check_policy(PolicyCondition::NewVmo)?;
        let pager = self.pager_with(pager, Rights::ATTACH_VMO)?;
        let port: PortId = self.get(port, Rights::WRITE)?;
        let options = VmoOptions::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        let known = match self.abi() {
            Abi::Sdk2020 => VmoOptions::RESIZABLE,
            Abi::Newest => VmoOptions::RESIZABLE | VmoOptions::TRAP_DIRTY | VmoOptions::UNBOUNDED,
        };
        if !known.contains(options)
            || options.contains(VmoOptions::RESIZABLE | VmoOptions::UNBOUNDED)
        {
            return Err(Status::INVALID_ARGS);
        }
        let rounded = page_size(size)?;
        let unbounded = options.contains(VmoOptions::UNBOUNDED);
        let memory = self.state.machine.memory(if unbounded { VMO_MAX_SIZE } else { rounded })?;
        let trap_dirty = options.contains(VmoOptions::TRAP_DIRTY);
        let source = Box::new(Source::new(pager, (port, key), trap_dirty));
        let account = self.account;
        let store = self.state.objects.new_paged_store(account, memory, Backing::Pager(source));
        let stream_size = if self.generation().has_stream_size { size } else { 0 };
        let id = self.state.new_vmo(account, store, stream_size)?;
        let resizable = options.contains(VmoOptions::RESIZABLE);
        self.state.objects.get_mut(id)?.resizable = resizable;
        self.state.objects.get_mut(pager)?.sources.insert(store);
        self.add_vmo(id, resizable)
    }

    /// `zx_pager_detach_vmo`: its pager is asked for nothing any more. Waits for its pages fail. What
    /// has not been written and not been written back goes; in the ABI of 2020 all goes.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the pager without ATTACH_VMO and MANAGE_VMO, then for
    /// the VMO without WRITE; INVALID_ARGS for a VMO that is not this pager's.
    pub fn pager_detach_vmo(&mut self, pager: u32, vmo: u32) -> Result {
        let pager = self.pager_with(pager, Rights::ATTACH_VMO | Rights::MANAGE_VMO)?;
        let store = self.pager_vmo((pager, vmo), Rights::WRITE)?;
        if self.source(store)?.is_detached {
            return Ok(());
        }
        self.until_done(|caller| caller.detach(store))
    }

    fn detach(&mut self, store: StoreId) -> Result {
        self.state.complete_source(store);
        let keeps_dirty = self.abi() > Abi::Sdk2020;
        let lost = self.drop_pages(store, 0..u64::MAX, keeps_dirty)?;
        self.hide_pages(store, 0..u64::MAX, false)?;
        for piece in lost {
            self.zero_store(store, piece.start, piece.end)?;
        }
        Ok(())
    }

    /// `zx_pager_supply_pages`: moves pages to a pager's VMO, where it has none. Those of `aux` that
    /// nobody has written are zero; all of the range is decommitted there.
    ///
    /// # Errors
    /// In order: INVALID_ARGS for offsets or a length within pages; BAD_HANDLE, WRONG_TYPE,
    /// ACCESS_DENIED for the pager without MANAGE_VMO, then for the VMO without WRITE; INVALID_ARGS for
    /// a VMO that is not this pager's; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for `aux` without READ and
    /// WRITE; OUT_OF_RANGE outside of `aux`; NOT_SUPPORTED for one with a pager, in the ABI of 2020
    /// BAD_STATE, as for one that is mapped, has children or is one; OUT_OF_RANGE outside of the VMO;
    /// BAD_STATE for one that is detached, except in that ABI; NO_MEMORY.
    pub fn pager_supply_pages(
        &mut self,
        pager: u32,
        vmo: u32,
        (offset, length): (u64, u64),
        aux: u32,
        aux_offset: u64,
    ) -> Result {
        aligned(&[offset, length, aux_offset])?;
        let pager = self.pager_with(pager, Rights::MANAGE_VMO)?;
        let store = self.pager_vmo((pager, vmo), Rights::WRITE)?;
        let aux: VmoId = self.get(aux, Rights::READ | Rights::WRITE)?;
        let given = self.vmo_in_range(aux, aux_offset, length)?;
        let (from, at) = (given.store, given.memory_offset() + aux_offset);
        let is_paged = self.state.objects.paging(from).is_some();
        match self.abi() {
            Abi::Sdk2020 => {
                let is_used = given.mappings > 0 || given.children > 0;
                if is_paged || is_used || given.kind != VmoKind::Root {
                    return Err(Status::BAD_STATE);
                }
            }
            Abi::Newest if is_paged => return Err(Status::NOT_SUPPORTED),
            Abi::Newest => {}
        }
        let end = offset.checked_add(length).ok_or(Status::OUT_OF_RANGE)?;
        self.check_supply(store, end)?;
        let memory = self.state.objects.memory_of(from)?;
        // Neither goes meanwhile.
        self.state.objects.hold_store(from);
        self.state.objects.hold_store(store);
        let mut done = 0;
        let supplied = loop {
            if done == length {
                break Ok(());
            }
            let len = (length - done).min(STEP);
            let range = offset + done..offset + done + len;
            let result = self
                .supply_some(store, range, (&*memory, at + done))
                .and_then(|()| self.zero_store(from, at + done, at + done + len));
            if let Err(status) = result {
                break Err(status);
            }
            done += len;
        };
        let left = self.zero_store(from, at + done, at + length);
        // The pages are another VMO's now.
        self.state.release_store(from);
        self.state.release_store(store);
        supplied.and(left)
    }

    /// Whether a store can be given pages up to `end`.
    fn check_supply(&self, store: StoreId, end: u64) -> Result {
        if end > self.state.objects.size_of(store) {
            return Err(Status::OUT_OF_RANGE);
        }
        if self.source(store)?.is_detached && self.abi() > Abi::Sdk2020 {
            return Err(Status::BAD_STATE);
        }
        Ok(())
    }

    /// Gives a store those pages of a range that it has not, from another memory.
    fn supply_some(
        &mut self,
        store: StoreId,
        range: Range<u64>,
        (from, at): (&dyn crate::Memory, u64),
    ) -> Result {
        self.check_supply(store, range.end)?;
        let memory = self.state.objects.memory_of(store)?;
        let Some(paging) = self.state.objects.paging(store) else { return Ok(()) };
        let missing: Vec<_> = paging.present.missing(range.clone()).collect();
        self.state.meter.count(((range.end - range.start) / PAGE_SIZE) as usize);
        for gap in missing {
            self.state.objects.charge_range(store, gap.clone())?;
            let start = at + (gap.start - range.start);
            let end = start + (gap.end - gap.start);
            if from.first_committed(start).is_some_and(|first| first < end)
                && let Err(status) = from.copy_to(start..end, &*memory, gap.start)
            {
                self.state.objects.refund_unused(store, gap);
                return Err(status);
            }
            if let Some(paging) = self.state.objects.paging_mut(store) {
                paging.present.insert(gap);
            }
        }
        self.state.answer_requests(NeedKind::Read, store, range);
        Ok(())
    }

    /// `zx_pager_op_range`. FAIL ends waits for pages of the range with the status in `data`. DIRTY lets
    /// pages be written, and waits for that end. WRITEBACK_BEGIN says that what is dirty is being
    /// written back, all of it or, with VMO_DIRTY_RANGE_IS_ZERO in `data`, only where the VMO has grown
    /// and nobody has written; WRITEBACK_END that it has been: what has been written since BEGIN stays
    /// dirty. The ABI of 2020 has FAIL only.
    ///
    /// # Errors
    /// In order: INVALID_ARGS for an offset or a length within pages; BAD_HANDLE, WRONG_TYPE,
    /// ACCESS_DENIED for the pager without MANAGE_VMO, then for the VMO without WRITE; INVALID_ARGS for
    /// a VMO that is not this pager's; NOT_SUPPORTED for an unknown operation; INVALID_ARGS for `data`
    /// that is not for it; BAD_STATE to fail or dirty pages of a VMO that is detached, except in the ABI
    /// of 2020; NOT_SUPPORTED for DIRTY without TRAP_DIRTY; OUT_OF_RANGE; NOT_FOUND for DIRTY if a page
    /// is not there; NO_MEMORY.
    pub fn pager_op_range(
        &mut self,
        pager: u32,
        op: u32,
        vmo: u32,
        (offset, length): (u64, u64),
        data: u64,
    ) -> Result {
        aligned(&[offset, length])?;
        let pager = self.pager_with(pager, Rights::MANAGE_VMO)?;
        let store = self.pager_vmo((pager, vmo), Rights::WRITE)?;
        let is_new = self.abi() > Abi::Sdk2020;
        let op = PagerOp::from_raw(op).filter(|op| is_new || *op == PagerOp::Fail);
        let op = op.ok_or(Status::NOT_SUPPORTED)?;
        let failure = match op {
            PagerOp::Fail => self.failure(data)?,
            PagerOp::WritebackBegin if data == VMO_DIRTY_RANGE_IS_ZERO => Status::OK,
            _ if data == 0 => Status::OK,
            _ => return Err(Status::INVALID_ARGS),
        };
        let source = self.source(store)?;
        let asks = matches!(op, PagerOp::Fail | PagerOp::Dirty);
        if source.is_detached && is_new && asks {
            return Err(Status::BAD_STATE);
        }
        if op == PagerOp::Dirty && !source.trap_dirty {
            return Err(Status::NOT_SUPPORTED);
        }
        let end = offset.checked_add(length).ok_or(Status::OUT_OF_RANGE)?;
        if end > self.state.objects.size_of(store) {
            return Err(Status::OUT_OF_RANGE);
        }
        let range = offset..end;
        match op {
            PagerOp::Fail => self.state.end(Ending::Requests(store, range, failure)),
            PagerOp::Dirty => return self.allow_writes(store, range),
            PagerOp::WritebackBegin => {
                return self.until_done(|caller| caller.begin_writeback(store, range, data));
            }
            PagerOp::WritebackEnd => return self.end_writeback(store, range),
        }
        Ok(())
    }

    /// The status with which requests are to fail.
    fn failure(&self, data: u64) -> Result<Status> {
        let raw = i64::from_ne_bytes(data.to_ne_bytes());
        let status = Status::from_raw(i32::try_from(raw).map_err(|_| Status::INVALID_ARGS)?);
        let is_new = self.abi() > Abi::Sdk2020 && NEW_FAILURES.contains(&status);
        if is_new || FAILURES.contains(&status) { Ok(status) } else { Err(Status::INVALID_ARGS) }
    }

    fn allow_writes(&mut self, store: StoreId, range: Range<u64>) -> Result {
        let paging = self.state.objects.paging(store).ok_or(Status::INVALID_ARGS)?;
        if paging.present.missing_at_most(&range, 0).is_none() {
            // Who waits to write asks for the pages.
            self.state.end(Ending::Retries(store, range));
            return Err(Status::NOT_FOUND);
        }
        let mut at = range.start;
        while at < range.end {
            let next = at.saturating_add(STEP).min(range.end);
            // What is zero so far takes up room from here on.
            self.state.objects.charge_range(store, at..next)?;
            let Some(source) = self.state.objects.source_mut(store) else { break };
            source.allow(at..next);
            self.state.meter.count(((next - at) / PAGE_SIZE) as usize);
            self.state.answer_requests(NeedKind::Dirty, store, at..next);
            at = next;
            self.breathe()?;
        }
        Ok(())
    }

    fn begin_writeback(&mut self, store: StoreId, range: Range<u64>, data: u64) -> Result {
        let only_zero = data == VMO_DIRTY_RANGE_IS_ZERO;
        let mut at = range.start;
        while at < range.end {
            self.check_pieces(store)?;
            let Some(source) = self.state.objects.source_mut(store) else { break };
            let dirty = if only_zero { &source.zero } else { &source.dirty };
            let begun: Vec<_> = dirty.within(at..range.end).take(PIECES).collect();
            at = begun.last().filter(|_| begun.len() == PIECES).map_or(range.end, |it| it.end);
            let count = begun.len();
            for piece in begun {
                source.awaiting.insert(piece);
            }
            self.state.meter.count(1 + count);
            self.breathe()?;
        }
        // What is written from here on is seen.
        self.hide_pages(store, range, true)
    }

    fn end_writeback(&mut self, store: StoreId, range: Range<u64>) -> Result {
        let mut at = range.start;
        while at < range.end {
            self.check_pieces(store)?;
            let Some(paging) = self.state.objects.paging_mut(store) else { break };
            let Backing::Pager(source) = &mut paging.backing else { break };
            let (done, rest) = source.awaiting.take_some(at..range.end, PIECES);
            let count = done.len();
            for piece in done {
                // Where nobody has written the pager has the pages, and may be asked for them.
                for zero in source.zero.within(piece.clone()) {
                    paging.present.remove(zero);
                }
                source.forget(piece);
            }
            at = rest;
            self.state.meter.count(1 + count);
            self.breathe()?;
        }
        Ok(())
    }

    /// Whether what is known of the pages of a store may fall into more pieces: where a VMO has grown,
    /// nothing is charged for them.
    fn check_pieces(&self, store: StoreId) -> Result {
        let Some(paging) = self.state.objects.paging(store) else { return Ok(()) };
        let Backing::Pager(source) = &paging.backing else { return Ok(()) };
        let pieces = paging.present.pieces() + source.awaiting.pieces() + source.zero.pieces();
        let most = FREE_PIECES + self.state.objects.charged(store) / PAGE_SIZE * 4;
        if pieces as u64 > most { Err(Status::NO_MEMORY) } else { Ok(()) }
    }

    /// `zx_pager_query_dirty_ranges`: the first ranges of dirty pages in a range, at most so many, and
    /// how many there are. Those that are being written back are dirty. The range is rounded to pages.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the pager without MANAGE_VMO, then for the VMO without
    /// READ; INVALID_ARGS for a VMO that is not this pager's; OUT_OF_RANGE.
    pub fn pager_query_dirty_ranges(
        &mut self,
        pager: u32,
        vmo: u32,
        (offset, length): (u64, u64),
        most: u64,
    ) -> Result<(Vec<VmoDirtyRange>, u64)> {
        let pager = self.pager_with(pager, Rights::MANAGE_VMO)?;
        let store = self.pager_vmo((pager, vmo), Rights::READ)?;
        let end = offset.checked_add(length).ok_or(Status::OUT_OF_RANGE)?;
        if end > self.state.objects.size_of(store) {
            return Err(Status::OUT_OF_RANGE);
        }
        let (mut at, end) = (offset - offset % PAGE_SIZE, end.next_multiple_of(PAGE_SIZE));
        let (mut found, mut count) = (Vec::new(), 0);
        while at < end {
            let Some(source) = self.state.objects.source(store) else { break };
            let Some(run) = source.next_dirty(at..end) else { break };
            at = run.offset + run.length;
            count += 1;
            if (found.len() as u64) < most {
                found.push(run);
            }
            self.state.meter.count(1);
            self.breathe()?;
        }
        Ok((found, count))
    }

    /// `zx_pager_query_vmo_stats`: whether the VMO has been modified, since it was made or since the
    /// last call with PAGER_RESET_VMO_STATS (1).
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the pager without MANAGE_VMO, then for the VMO without
    /// READ; INVALID_ARGS for a VMO that is not this pager's, and for other options.
    pub fn pager_query_vmo_stats(
        &mut self,
        pager: u32,
        vmo: u32,
        options: u32,
    ) -> Result<PagerVmoStats> {
        let store = self.pager_stats_of(pager, vmo)?;
        if options & !PAGER_RESET_VMO_STATS != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let source = self.state.objects.source_mut(store).ok_or(Status::INVALID_ARGS)?;
        let modified = source.modified;
        if options & PAGER_RESET_VMO_STATS != 0 {
            source.modified = false;
        }
        Ok(PagerVmoStats { modified: if modified { PAGER_VMO_STATS_MODIFIED } else { 0 } })
    }

    /// What [`Caller::pager_query_vmo_stats`] judges first.
    pub(crate) fn pager_stats_of(&mut self, pager: u32, vmo: u32) -> Result<StoreId> {
        let pager = self.pager_with(pager, Rights::MANAGE_VMO)?;
        self.pager_vmo((pager, vmo), Rights::READ)
    }

    /// A pager with the rights that a call needs, which the ABI of 2020 does not look at.
    fn pager_with(&mut self, pager: u32, needed: Rights) -> Result<PagerId> {
        let needed = if self.abi() > Abi::Sdk2020 { needed } else { Rights::empty() };
        self.get(pager, needed)
    }

    /// The store of a VMO that this pager has made.
    fn pager_vmo(&mut self, (pager, vmo): (PagerId, u32), needed: Rights) -> Result<StoreId> {
        let needed = if self.abi() > Abi::Sdk2020 { needed } else { Rights::empty() };
        let id: VmoId = self.get(vmo, needed)?;
        let vmo = self.state.objects.get(id)?;
        let is_root = matches!(vmo.kind, VmoKind::Root | VmoKind::Reference);
        let source = self.state.objects.source(vmo.store);
        let is_owned = is_root && source.is_some_and(|source| source.pager == pager);
        if is_owned { Ok(vmo.store) } else { Err(Status::INVALID_ARGS) }
    }

    fn source(&self, store: StoreId) -> Result<&Source> {
        self.state.objects.source(store).ok_or(Status::INVALID_ARGS)
    }
}

fn aligned(numbers: &[u64]) -> Result {
    let aligned = numbers.iter().all(|number| number.is_multiple_of(PAGE_SIZE));
    if aligned { Ok(()) } else { Err(Status::INVALID_ARGS) }
}
