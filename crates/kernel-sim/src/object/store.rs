//! The memory of VMOs, and what is charged for it.
//!
//! A page is charged before it is written by a system call or committed, and before a program could
//! write it without asking: when a mapping of it becomes real. Pages that are given back are refunded,
//! but for those that mappings may show. So programs take up no more than what is charged, except for
//! a moment: the memory of a VMO that is gone is freed in turns, and that of a range that is unmapped
//! can be written until the machine has unmapped it.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;
use slotmap::{SlotMap, new_key_type};
use zx_abi::{PAGE_SIZE, Result, Status};

use super::{Backing, CopiesId, MOST_PAGES, Objects, Paging};
use crate::Memory;
use crate::account::{AccountId, Item};
use crate::ranges::Ranges;

new_key_type! { pub(crate) struct StoreId; }

/// All stores of a kernel.
pub(crate) type Stores = SlotMap<StoreId, Store>;

/// Bytes that become real at least where a program touches memory, and at most.
const LEAST: u64 = 16 * PAGE_SIZE;
const MOST: u64 = 4096 * PAGE_SIZE;

/// In how many pieces a store is charged page by page. Whoever has more of them is charged for what
/// is around a page too, if there is room, so that what goes through them all has little to do.
const MOST_PIECES: usize = 1 << 14;

/// The memory of a VMO, which its slices and references share.
#[derive(Debug)]
pub(crate) struct Store {
    memory: Arc<dyn Memory>,
    /// What its pages are charged to.
    account: AccountId,
    /// The pages that are charged, in bytes.
    charged: Ranges,
    /// VMOs that show it, and whoever is about to make one.
    holders: usize,
    /// Mappings that show it.
    mappings: usize,
    /// What it has in common with those that are copies of it, those that it is a copy of, and so on, once
    /// there has been one.
    kin: Option<Arc<()>>,
    /// The tree of copies that it is in.
    copies: Option<CopiesId>,
    /// Programs may have written it through mappings.
    written_unseen: bool,
    /// What its pages were that it shares with copies, when that was known last: so that what programs
    /// have written shows.
    looked_at: BTreeMap<u64, u64>,
    /// Where its pages are, if it may not have them all.
    pub paging: Option<Box<Paging>>,
}

impl Store {
    /// What its pages are charged to.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Whether its pages are charged in too many pieces.
    fn is_scattered(&self) -> bool {
        self.charged.pieces() >= MOST_PIECES
    }
}

impl Objects {
    /// A store that the caller holds. Nothing of its memory is committed yet.
    pub fn new_store(&mut self, account: AccountId, memory: Arc<dyn Memory>) -> StoreId {
        let charged = Ranges::default();
        self.accounts.hold(account);
        self.stores.insert(Store {
            memory,
            account,
            charged,
            holders: 1,
            mappings: 0,
            kin: None,
            copies: None,
            written_unseen: false,
            looked_at: BTreeMap::new(),
            paging: None,
        })
    }

    /// As [`Objects::new_store`], for memory that has none of its pages yet.
    pub fn new_paged_store(
        &mut self,
        account: AccountId,
        memory: Arc<dyn Memory>,
        backing: Backing,
    ) -> StoreId {
        let id = self.new_store(account, memory);
        if let Some(store) = self.stores.get_mut(id) {
            store.paging = Some(Box::new(Paging::new(backing)));
        }
        id
    }

    /// Its memory.
    ///
    /// # Errors
    /// BAD_HANDLE if it is gone.
    pub fn memory_of(&self, id: StoreId) -> Result<Arc<dyn Memory>> {
        self.stores.get(id).map(|store| Arc::clone(&store.memory)).ok_or(Status::BAD_HANDLE)
    }

    pub fn hold_store(&mut self, id: StoreId) {
        if let Some(store) = self.stores.get_mut(id) {
            store.holders += 1;
        }
    }

    /// Takes a hold back: with the last one the store is refunded, and its memory is returned.
    pub fn release_store(&mut self, id: StoreId) -> Option<Arc<dyn Memory>> {
        let store = self.stores.get_mut(id)?;
        store.holders -= 1;
        if store.holders > 0 {
            return None;
        }
        let store = self.stores.remove(id)?;
        let last = store.copies.and_then(|copies| self.copies.gone(copies, id));
        if let Some(last) = last.and_then(|last| self.stores.get_mut(last)) {
            last.copies = None;
            last.looked_at.clear();
        }
        self.accounts.refund(store.account, Item::Memory, store.charged.total());
        self.accounts.release(store.account);
        Some(store.memory)
    }

    /// Whether more than one mapping shows it.
    pub fn is_mapped_twice(&self, id: StoreId) -> bool {
        self.stores.get(id).is_some_and(|store| store.mappings > 1)
    }

    /// A mapping more shows it.
    pub fn store_mapped(&mut self, id: StoreId) {
        if let Some(store) = self.stores.get_mut(id) {
            store.mappings += 1;
        }
    }

    /// A mapping less shows it.
    pub fn store_unmapped(&mut self, id: StoreId) {
        if let Some(store) = self.stores.get_mut(id) {
            store.mappings -= 1;
        }
    }

    /// Bytes that are charged.
    pub fn charged(&self, id: StoreId) -> u64 {
        self.stores.get(id).map_or(0, |store| store.charged.total())
    }

    /// Whether so many bytes more could be charged.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn check_store(&self, id: StoreId, bytes: u64) -> Result {
        let Some(store) = self.stores.get(id) else { return Ok(()) };
        self.accounts.check(store.account, Item::Memory, bytes)
    }

    /// Charges the pages that a range touches and that are not charged yet: whoever writes there does
    /// this before.
    ///
    /// # Errors
    /// NO_MEMORY at a limit; nothing is charged then.
    pub fn charge_range(&mut self, id: StoreId, range: Range<u64>) -> Result {
        self.charge_at_most(id, range, u64::MAX)
    }

    /// As [`Objects::charge_range`], if that is no more than `most` bytes.
    ///
    /// # Errors
    /// As there, and NO_MEMORY for more.
    pub fn charge_at_most(&mut self, id: StoreId, range: Range<u64>, most: u64) -> Result {
        // It is gone if all its VMOs are: what is still written to its memory ends with the call.
        let Some(store) = self.stores.get_mut(id) else { return Ok(()) };
        let range = pages(range);
        let missing = store.charged.missing_at_most(&range, most).ok_or(Status::NO_MEMORY)?;
        if missing == 0 {
            return Ok(());
        }
        if store.is_scattered() {
            let around = widened(&range);
            if let Some(more) = store.charged.missing_at_most(&around, most)
                && self.accounts.charge(store.account, [(Item::Memory, more)]).is_ok()
            {
                store.charged.insert(around);
                return Ok(());
            }
        }
        self.accounts.charge(store.account, [(Item::Memory, missing)])?;
        store.charged.insert(range);
        Ok(())
    }

    /// The whole pages of a range have been given back: they are refunded, unless a mapping may show
    /// them, or it would take one more of too many pieces.
    pub fn refund_range(&mut self, id: StoreId, range: Range<u64>) {
        let Some(store) = self.stores.get_mut(id).filter(|store| store.mappings == 0) else {
            return;
        };
        let end = range.end - range.end % PAGE_SIZE;
        let range = range.start.next_multiple_of(PAGE_SIZE)..end;
        if store.is_scattered() && store.charged.is_within_one(&range) {
            return;
        }
        let refunded = store.charged.remove(range);
        self.accounts.refund(store.account, Item::Memory, refunded);
    }

    /// Refunds the pages that a range touches and that, once charged, do not take up room after all.
    pub fn refund_unused(&mut self, id: StoreId, range: Range<u64>) {
        let Ok(memory) = self.memory_of(id) else { return };
        let Range { start: mut at, end } = pages(range);
        if memory.usage(at..end).committed == end - at {
            return;
        }
        while at < end {
            let used = memory.first_committed(at).unwrap_or(end).min(end);
            self.refund_range(id, at..used);
            at = used.saturating_add(PAGE_SIZE);
        }
    }

    /// Whether no more memory is charged to a store's account than there is room for.
    pub fn has_half_left(&self, id: StoreId) -> bool {
        let Some(Store { account, .. }) = self.stores.get(id) else { return false };
        let used = self.accounts.used(*account)[Item::Memory];
        self.accounts.room(*account, Item::Memory).is_none_or(|room| room >= used)
    }

    /// Charges a page that is to become real, and what surrounds it, as far as it is in `bounds`. A
    /// program that goes on where it has been gets more each time. The least that it gets has doubled so
    /// many times. All around the page that is charged then.
    ///
    /// # Errors
    /// NO_MEMORY if there is no room for the page.
    pub fn charge_around(
        &mut self,
        id: StoreId,
        page: u64,
        bounds: Range<u64>,
        doublings: usize,
    ) -> Result<Range<u64>> {
        let store = self.stores.get(id).ok_or(Status::BAD_HANDLE)?;
        if store.charged.around(page).is_none() {
            let chunk = chunk(&store.charged, page, bounds.clone(), doublings);
            if self.charge_range(id, chunk).is_err() {
                self.charge_range(id, page..page + PAGE_SIZE)?;
            }
        }
        let around = self.stores.get(id).and_then(|store| store.charged.around(page));
        let around = around.ok_or(Status::INTERNAL)?;
        Ok(around.start.max(bounds.start)..around.end.min(bounds.end))
    }

    /// Copies bytes in; the pages that they take are charged.
    ///
    /// # Errors
    /// NO_MEMORY at a limit; those of [`Memory::write`].
    pub fn write_store(&mut self, id: StoreId, offset: u64, bytes: &[u8]) -> Result {
        let memory = self.memory_of(id)?;
        let range = offset..offset.saturating_add(bytes.len() as u64);
        self.charge_range(id, range.clone())?;
        let written = memory.write(offset, bytes);
        match written {
            Ok(()) => {
                self.copy_written(id, range.clone());
                self.pages_written(id, range)?;
            }
            Err(_) => self.refund_unused(id, range),
        }
        written
    }

    /// A copy was made of a store.
    pub fn copied(&mut self, original: StoreId, copy: StoreId) {
        let Some(store) = self.stores.get_mut(original) else { return };
        let kin = Arc::clone(store.kin.get_or_insert_default());
        if let Some(store) = self.stores.get_mut(copy) {
            store.kin = Some(kin);
        }
    }

    /// Whether there is a store that is a copy of this one, or that this is a copy of, or the like.
    pub fn has_kin(&self, id: StoreId) -> bool {
        let kin = self.stores.get(id).and_then(|store| store.kin.as_ref());
        kin.is_some_and(|kin| Arc::strong_count(kin) > 1)
    }

    /// A copy was made of a range of whole pages, for a program that wants pages counted once.
    pub fn copy_made(&mut self, original: StoreId, copy: StoreId, range: Range<u64>) {
        let Some(store) = self.stores.get(original) else { return };
        let size = store.memory.size() / PAGE_SIZE;
        let pages = range.start / PAGE_SIZE..range.end / PAGE_SIZE;
        if size > MOST_PAGES || pages.end - pages.start > MOST_PAGES {
            return;
        }
        self.look_at_copies(original);
        let Some(store) = self.stores.get(original) else { return };
        let own = committed_pages(&*store.memory, size);
        let known = store.copies;
        let tree = self.copies.copied(known, (original, size), own, copy, pages);
        for store in [original, copy] {
            if let Some(store) = self.stores.get_mut(store).filter(|_| tree.is_some()) {
                store.copies = tree;
            }
        }
        if self.stores.get(original).is_some_and(|store| store.written_unseen) {
            self.remember_pages(original);
        }
    }

    /// A range of a store has been written by a system call.
    pub fn copy_written(&mut self, id: StoreId, range: Range<u64>) {
        if let Some(Store { copies: Some(copies), .. }) = self.stores.get(id) {
            let range = pages(range);
            self.copies.written(*copies, id, range.start / PAGE_SIZE..range.end / PAGE_SIZE);
        }
    }

    /// A range of a store is zero; its whole pages have been given back.
    pub fn copy_zeroed(&mut self, id: StoreId, range: Range<u64>) {
        let Some(Store { copies: Some(copies), .. }) = self.stores.get(id) else { return };
        let whole = range.start.div_ceil(PAGE_SIZE)..range.end / PAGE_SIZE;
        let touched = pages(range.clone());
        let (first, last) = (touched.start / PAGE_SIZE, touched.end / PAGE_SIZE);
        self.copies.written(*copies, id, first..whole.start.min(last));
        self.copies.written(*copies, id, whole.end.max(first)..last);
        self.copies.zeroed(*copies, id, whole);
    }

    /// A store has another size.
    pub fn copy_resized(&mut self, id: StoreId, size: u64) {
        if let Some(Store { copies: Some(copies), .. }) = self.stores.get(id) {
            self.copies.resized(*copies, id, size / PAGE_SIZE);
        }
    }

    /// Programs may write a store through mappings from now on.
    pub fn written_unseen(&mut self, id: StoreId) {
        let Some(store) = self.stores.get_mut(id) else { return };
        if !std::mem::replace(&mut store.written_unseen, true) && store.copies.is_some() {
            self.remember_pages(id);
        }
    }

    /// Notes what the pages are that a store shares with copies.
    fn remember_pages(&mut self, id: StoreId) {
        let Some(store) = self.stores.get(id) else { return };
        let Some(copies) = store.copies else { return };
        let size = (store.memory.size() / PAGE_SIZE).min(MOST_PAGES);
        let shared = |page: &u64| self.copies.shares(copies, id, *page);
        let pages = committed_pages(&*store.memory, size).into_iter().filter(shared);
        let looked_at = pages.map(|page| (page, digest(&*store.memory, page))).collect();
        if let Some(store) = self.stores.get_mut(id) {
            store.looked_at = looked_at;
        }
    }

    /// Sees what programs have written to a store and its copies. How many pages it has looked at.
    pub fn look_at_copies(&mut self, id: StoreId) -> usize {
        let Some(Store { copies: Some(copies), .. }) = self.stores.get(id) else { return 0 };
        let (copies, mut looked_at) = (*copies, 0);
        for id in self.copies.stores(copies) {
            let Some(store) = self.stores.get_mut(id) else { continue };
            let memory = Arc::clone(&store.memory);
            looked_at += store.looked_at.len();
            let changed = |page: &u64, known: &mut u64| digest(&*memory, *page) != *known;
            let mut written = Vec::new();
            store.looked_at.retain(|page, known| {
                let same = !changed(page, known);
                written.extend((!same).then_some(*page));
                same
            });
            for page in written {
                self.copies.written(copies, id, page..page + 1);
            }
        }
        looked_at
    }

    /// Whether a page that a store has committed counts in it, for programs that want it counted once.
    pub fn page_counts(&self, id: StoreId, page: u64) -> bool {
        let copies = self.stores.get(id).and_then(|store| store.copies);
        copies.is_none_or(|copies| self.copies.counts(copies, id, page))
    }

    /// Whether one VMO has the store for itself.
    pub fn is_alone(&self, id: StoreId) -> bool {
        self.stores.get(id).is_some_and(|store| store.holders == 1)
    }

    /// What is charged for one store is charged for another from now on, where it begins `at` an
    /// offset.
    pub fn hand_charge(&mut self, from: StoreId, to: StoreId, at: u64) {
        let Some(store) = self.stores.get_mut(from) else { return };
        let charged = std::mem::take(&mut store.charged);
        self.accounts.refund(store.account, Item::Memory, charged.total());
        if let Some(store) = self.stores.get_mut(to) {
            let pieces = charged.within(0..u64::MAX);
            let is_scattered = store.is_scattered() || charged.pieces() >= MOST_PIECES;
            let moved = pieces.map(|piece| piece.start + at..piece.end + at);
            let moved = moved.map(|piece| if is_scattered { widened(&piece) } else { piece });
            let added = moved.map(|piece| store.charged.insert(piece)).sum();
            self.accounts.spend(store.account, Item::Memory, added);
        }
    }

    /// Has a store that was charged to `from` charged to another account from now on.
    ///
    /// # Errors
    /// NO_MEMORY if that has no room for it.
    pub fn move_store(&mut self, id: StoreId, from: AccountId, to: AccountId) -> Result {
        let Some(store) = self.stores.get_mut(id).filter(|store| store.account == from) else {
            return Ok(());
        };
        let charged = store.charged.total();
        self.accounts.refund(from, Item::Memory, charged);
        if let Err(status) = self.accounts.charge(to, [(Item::Memory, charged)]) {
            self.accounts.spend(from, Item::Memory, charged);
            return Err(status);
        }
        store.account = to;
        self.accounts.hold(to);
        self.accounts.release(from);
        Ok(())
    }
}

/// The first pages of a memory that are committed.
fn committed_pages(memory: &dyn Memory, size: u64) -> Vec<u64> {
    let mut pages = Vec::new();
    let mut next = 0;
    while let Some(at) = memory.first_committed(next).filter(|at| at / PAGE_SIZE < size) {
        pages.push(at / PAGE_SIZE);
        next = at - at % PAGE_SIZE + PAGE_SIZE;
    }
    pages
}

/// What a page is, in short.
fn digest(memory: &dyn Memory, page: u64) -> u64 {
    let mut bytes = [0; PAGE_SIZE as usize];
    // What cannot be read is not known to be the same.
    let read = memory.read(page * PAGE_SIZE, &mut bytes);
    FxBuildHasher.hash_one((read.is_ok(), bytes))
}

/// What is charged together with a page that is not charged yet.
fn chunk(charged: &Ranges, page: u64, bounds: Range<u64>, doublings: usize) -> Range<u64> {
    let least = LEAST << doublings;
    let gap = charged.gap_around(page, bounds);
    let len = |run: Range<u64>| (run.end - run.start).clamp(least, MOST.max(least));
    let before = gap.start.checked_sub(1).and_then(|at| charged.around(at)).map(len);
    let after = charged.around(gap.end).map(len);
    let chunk = match (before, after) {
        (Some(len), _) if page - gap.start < least => gap.start..gap.start.saturating_add(len),
        (_, Some(len)) if gap.end - page <= least => gap.end.saturating_sub(len)..gap.end,
        _ => {
            let start = page - page % least;
            start..start.saturating_add(least)
        }
    };
    chunk.start.max(gap.start)..chunk.end.min(gap.end)
}

/// A range of pages with those around it.
fn widened(range: &Range<u64>) -> Range<u64> {
    let end = range.end.checked_next_multiple_of(MOST).unwrap_or(range.end);
    range.start - range.start % MOST..end
}

/// The pages that a range of bytes touches, in bytes.
fn pages(range: Range<u64>) -> Range<u64> {
    let start = range.start - range.start % PAGE_SIZE;
    start..range.end.next_multiple_of(PAGE_SIZE).max(start)
}
