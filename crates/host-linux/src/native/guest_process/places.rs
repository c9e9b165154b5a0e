//! What a guest process has mapped where, as its service thread was told.
//!
//! Where memory is gone with its last mapping, the place becomes **vacant**: it stays mapped, and its
//! memfd is emptied. Whoever accesses it faults, as where nothing is mapped, and no call has to wait for
//! the service thread. New memory of the same size may take a vacant place together with the memfd, so
//! that it is mapped where it appears. Others are unmapped when something comes there, or many together.
//!
//! A memfd is emptied only if nobody else has it: no memory, no other mapping in any process, and no
//! unmapping that is still on its way. It is offered only if one place shows it. So no guest sees through a
//! place what was never its, or is mapped elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kernel_sim::{Mapping, Memory};
use zx_abi::VmOptions;

use crate::native::memory::{LinuxMemory, Memfd};
use crate::native::share;

/// Vacant places that new memory may take, and that keep their memfds for it.
const OFFERED: usize = 32;
/// Vacant places, at most.
const VACANT: usize = 64;
/// Mappings that are emptied at a time, and bytes that are in memory: it is done under the kernel's lock.
const AT_ONCE: usize = 8;
const BYTES_AT_ONCE: u64 = 1 << 20;
/// Bytes that they have, as many as new memory may have that takes their place: Linux goes through all
/// page tables that there have been, and keeps them.
const LEN_AT_ONCE: u64 = 1 << 22;

/// Where what is.
#[derive(Debug, Default)]
pub struct Places {
    mapped: BTreeMap<u64, Mapped>,
    /// The newest last.
    vacant: VecDeque<Vacant>,
}

#[derive(Clone, Debug)]
struct Mapped {
    len: u64,
    memfd: Arc<Memfd>,
    /// What all of it allows, if it is all of a memfd.
    whole: Option<VmOptions>,
}

#[derive(Debug)]
struct Vacant {
    base: u64,
    len: u64,
    /// The range that was unmapped, and its bytes: that of a VMAR in which it was, perhaps.
    range: (u64, u64),
    /// For new memory, with what the place allows.
    offer: Option<(Arc<Memfd>, VmOptions)>,
}

impl Places {
    /// The service thread maps something.
    pub fn map(&mut self, mapping: &Mapping, memfd: Arc<Memfd>) {
        let &Mapping { base, len, permissions, offset, .. } = mapping;
        let is_whole = offset == 0 && mapping.memory.size() == len;
        let whole = is_whole.then_some(permissions);
        self.mapped.insert(base, Mapped { len, memfd, whole });
    }

    /// It changes what a range allows.
    pub fn protect(&mut self, base: u64, len: u64) {
        for start in self.overlapping(base, len).collect::<Vec<_>>() {
            self.mapped.entry(start).and_modify(|mapped| mapped.whole = None);
        }
    }

    /// It unmaps a range. The memfds that were there are not to be used for anything else before it has.
    pub fn unmap(&mut self, base: u64, len: u64) -> Vec<Arc<Memfd>> {
        let mut gone = Vec::new();
        let end = base + len;
        for start in self.overlapping(base, len).collect::<Vec<_>>() {
            let Some(mapped) = self.mapped.remove(&start) else { continue };
            let stop = start + mapped.len;
            for (from, to) in [(start, base), (end, stop)] {
                if from < to {
                    let piece = Mapped { len: to - from, whole: None, ..mapped.clone() };
                    self.mapped.insert(from, piece);
                }
            }
            gone.push(mapped.memfd);
        }
        gone
    }

    /// Makes a range vacant, all of whose memory is gone. Whether it is as if unmapped now.
    pub fn vacate(&mut self, base: u64, len: u64) -> bool {
        let starts: Vec<_> = self.overlapping(base, len).take(AT_ONCE + 1).collect();
        let mapped: Vec<_> = starts.iter().map_while(|start| self.mapped.get(start)).collect();
        let is_inside =
            |(start, mapped): (&u64, &&Mapped)| *start >= base && start + mapped.len <= base + len;
        if mapped.len() > AT_ONCE || !starts.iter().zip(&mapped).all(is_inside) {
            return false;
        }
        let bytes: u64 = mapped.iter().map(|mapped| mapped.len).sum();
        if bytes > LEN_AT_ONCE {
            return false;
        }
        if bytes > BYTES_AT_ONCE {
            // Little of it may be in memory.
            let in_memory = mapped.iter().map(|mapped| mapped.memfd.in_memory());
            let in_memory = in_memory.fold(0, u64::saturating_add);
            if in_memory > BYTES_AT_ONCE {
                return false;
            }
        }
        let is_all_there_is = |one: &&Mapped| {
            let here = mapped.iter().filter(|other| Arc::ptr_eq(&one.memfd, &other.memfd)).count();
            Arc::strong_count(&one.memfd) == here
        };
        if !mapped.iter().all(is_all_there_is) || !mapped.iter().all(|it| it.memfd.resize(0)) {
            return false;
        }
        // What several places show must not become anybody's again: all of them would show it.
        let is_alone: Vec<_> = mapped.iter().map(|it| Arc::strong_count(&it.memfd) == 1).collect();
        for (start, is_alone) in starts.into_iter().zip(is_alone) {
            let Some(Mapped { len: bytes, memfd, whole }) = self.mapped.remove(&start) else {
                continue;
            };
            let spare = is_alone && share::has_plenty(memfd.descriptor());
            let offer = whole.filter(|_| spare).map(|permissions| (memfd, permissions));
            self.vacant.push_back(Vacant { base: start, len: bytes, range: (base, len), offer });
        }
        let old = self.vacant.len().saturating_sub(OFFERED);
        self.vacant.iter_mut().take(old).for_each(|vacant| vacant.offer = None);
        true
    }

    /// Forgets all that is mapped, of a guest that may live on: what is there is emptied once nobody else has
    /// it.
    pub fn abandon(&mut self) {
        let Self { mapped, vacant } = std::mem::take(self);
        let offered = vacant.into_iter().filter_map(|vacant| vacant.offer);
        let memfds = mapped.into_values().map(|it| it.memfd).chain(offered.map(|(memfd, _)| memfd));
        memfds.for_each(|memfd| memfd.abandon());
    }

    /// A vacant place for new memory, the newest that `may_be` it.
    pub fn vacancy(
        &self,
        memory: &LinuxMemory,
        permissions: VmOptions,
        may_be: &dyn Fn(u64) -> bool,
    ) -> Option<u64> {
        let len = memory.size();
        let fits = |vacant: &&Vacant| {
            vacant.len == len
                && vacant.offer.as_ref().is_some_and(|(_, it)| *it == permissions)
                && may_be(vacant.base)
        };
        let vacant = self.vacant.iter().rev().find(fits)?;
        memory.is_new().then_some(vacant.base)
    }

    /// Where a range of so many bytes was with a place that new memory may take, the newest that `may_be`
    /// it.
    pub fn vacated(&self, len: u64, may_be: &dyn Fn(u64) -> bool) -> Option<u64> {
        let offers = self.vacant.iter().rev().filter(|vacant| vacant.offer.is_some());
        let mut ranges = offers.map(|vacant| vacant.range);
        ranges.find(|(base, bytes)| *bytes == len && may_be(*base)).map(|(base, _)| base)
    }

    /// Lets new memory take a vacant place. Whether it is mapped there now.
    pub fn take(&mut self, mapping: &Mapping) -> bool {
        let &Mapping { base, len, permissions, offset, .. } = mapping;
        let Some(memory) = LinuxMemory::of(&*mapping.memory) else { return false };
        let is_here = |vacant: &Vacant| {
            vacant.base == base
                && vacant.len == len
                && vacant.offer.as_ref().is_some_and(|(_, it)| *it == permissions)
        };
        if offset != 0 || memory.size() != len || mapping.vdso {
            return false;
        }
        let Some(index) = self.vacant.iter().position(is_here) else { return false };
        let Some((memfd, _)) = &self.vacant[index].offer else { return false };
        let memfd = Arc::clone(memfd);
        if !memory.adopt(&memfd) {
            return false;
        }
        self.vacant.remove(index);
        self.map(mapping, memfd);
        true
    }

    /// The vacant places that overlap a range, to be unmapped before something is mapped there.
    pub fn clear(&mut self, base: u64, len: u64) -> Vec<(u64, u64)> {
        self.forget(|vacant| vacant.base < base + len && base < vacant.base + vacant.len)
    }

    /// Vacant places to be unmapped, because there are too many.
    pub fn surplus(&mut self) -> Vec<(u64, u64)> {
        if self.vacant.len() <= VACANT {
            return Vec::new();
        }
        self.forget(|vacant| vacant.offer.is_none())
    }

    fn forget(&mut self, is_meant: impl Fn(&Vacant) -> bool) -> Vec<(u64, u64)> {
        let mut forgotten = Vec::new();
        self.vacant.retain(|vacant| {
            let stays = !is_meant(vacant);
            if !stays {
                forgotten.push((vacant.base, vacant.len));
            }
            stays
        });
        forgotten
    }

    /// Where the mappings begin that overlap a range.
    fn overlapping(&self, base: u64, len: u64) -> impl Iterator<Item = u64> {
        let before = self.mapped.range(..base).next_back();
        let before = before.filter(|(start, mapped)| **start + mapped.len > base);
        let inside = self.mapped.range(base..base + len);
        before.into_iter().chain(inside).map(|(start, _)| *start)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use zx_abi::PAGE_SIZE;

    use super::*;

    const BASE: u64 = 0x1000_0000;
    const LEN: u64 = 4 * PAGE_SIZE;
    const ANYWHERE: &dyn Fn(u64) -> bool = &|_| true;
    const READ_WRITE: VmOptions = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE);

    /// Memory with something in it.
    fn written(count: &Arc<AtomicUsize>) -> Arc<LinuxMemory> {
        let memory = LinuxMemory::new(LEN, Arc::clone(count));
        memory.write(0, &[7; LEN as usize]).unwrap();
        memory.memfd().unwrap();
        Arc::new(memory)
    }

    fn fresh() -> Arc<LinuxMemory> {
        Arc::new(LinuxMemory::new(LEN, Arc::default()))
    }

    fn mapping(base: u64, memory: &Arc<LinuxMemory>) -> Mapping {
        let memory = Arc::clone(memory) as Arc<dyn Memory>;
        Mapping { base, len: LEN, permissions: READ_WRITE, memory, offset: 0, vdso: false }
    }

    fn map(places: &mut Places, base: u64, memory: &Arc<LinuxMemory>) {
        places.map(&mapping(base, memory), memory.memfd().unwrap());
    }

    fn bytes(memory: &LinuxMemory) -> Vec<u8> {
        let mut bytes = vec![0xaa; LEN as usize];
        memory.read(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn new_memory_takes_the_place_of_what_is_gone_and_finds_it_empty() {
        let (count, mut places) = (Arc::default(), Places::default());
        let old = written(&count);
        map(&mut places, BASE, &old);
        drop(old);
        assert!(places.vacate(BASE, LEN));
        let new = fresh();
        assert_eq!(places.vacancy(&new, READ_WRITE, ANYWHERE), Some(BASE));
        assert_eq!(places.vacancy(&new, VmOptions::PERM_READ, ANYWHERE), None);
        assert!(places.take(&mapping(BASE, &new)));
        assert_eq!((bytes(&new), new.committed()), (vec![0; LEN as usize], 0));
        assert_eq!(places.vacancy(&fresh(), READ_WRITE, ANYWHERE), None);
        assert_eq!(places.clear(BASE, LEN), []);
        // And so does the next.
        drop(new);
        assert!(places.vacate(BASE, LEN));
        assert_eq!(places.vacancy(&fresh(), READ_WRITE, ANYWHERE), Some(BASE));
        drop(places);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_range_is_found_by_its_length_with_the_place_that_is_in_it() {
        let (count, mut places) = (Arc::default(), Places::default());
        for base in [BASE, BASE + 8 * LEN] {
            map(&mut places, base, &written(&count));
            assert!(places.vacate(base - PAGE_SIZE, LEN + 2 * PAGE_SIZE));
        }
        assert_eq!(places.vacated(LEN, ANYWHERE), None);
        let len = LEN + 2 * PAGE_SIZE;
        assert_eq!(places.vacated(len, ANYWHERE), Some(BASE + 8 * LEN - PAGE_SIZE));
        // The newest is not free.
        let may_be = |base| base < BASE + LEN;
        assert_eq!(places.vacated(len, &may_be), Some(BASE - PAGE_SIZE));
        assert_eq!(places.vacancy(&fresh(), READ_WRITE, &may_be), Some(BASE));
        assert!(places.take(&mapping(BASE, &fresh())));
        assert_eq!(places.vacated(len, &may_be), None);
    }

    #[test]
    fn what_several_places_show_becomes_nobodys_again() {
        let (count, mut places) = (Arc::default(), Places::default());
        let memory = written(&count);
        map(&mut places, BASE, &memory);
        map(&mut places, BASE + LEN, &memory);
        drop(memory);
        assert!(places.vacate(BASE, 2 * LEN));
        assert_eq!(places.vacancy(&fresh(), READ_WRITE, ANYWHERE), None);
        assert_eq!(places.vacated(2 * LEN, ANYWHERE), None);
        for base in [BASE, BASE + LEN] {
            assert!(!places.take(&mapping(base, &fresh())));
        }
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn much_is_emptied_if_little_of_it_is_in_memory() {
        let (count, mut places) = (Arc::default(), Places::default());
        for (len, in_memory, is_emptied) in [
            (LEN_AT_ONCE, BYTES_AT_ONCE, true),
            (LEN_AT_ONCE, BYTES_AT_ONCE + PAGE_SIZE, false),
            (LEN_AT_ONCE + PAGE_SIZE, 0, false),
        ] {
            let memory = Arc::new(LinuxMemory::new(len, Arc::clone(&count)));
            let memfd = memory.memfd().unwrap();
            memory.commit(0, in_memory).unwrap();
            places.map(&Mapping { len, ..mapping(BASE, &memory) }, memfd);
            drop(memory);
            assert_eq!(places.vacate(BASE, len), is_emptied);
            places.unmap(BASE, len);
        }
    }

    #[test]
    fn what_somebody_else_has_is_not_emptied() {
        let (count, mut places, mut others) =
            (Arc::default(), Places::default(), Places::default());
        let memory = written(&count);
        map(&mut places, BASE, &memory);
        map(&mut others, BASE, &memory);
        // There is the memory, then another process's mapping, then one that is being unmapped.
        assert!(!places.vacate(BASE, LEN));
        assert_eq!(bytes(&memory), vec![7; LEN as usize]);
        drop(memory);
        assert!(!places.vacate(BASE, LEN));
        let going = others.unmap(BASE, LEN);
        assert!(!places.vacate(BASE, LEN));
        drop(going);
        assert!(places.vacate(BASE, LEN));
    }

    #[test]
    fn a_range_is_vacated_with_all_that_is_in_it_or_not_at_all() {
        let (count, mut places) = (Arc::default(), Places::default());
        for index in 0..=AT_ONCE as u64 {
            map(&mut places, BASE + index * LEN, &written(&count));
        }
        assert!(!places.vacate(BASE + PAGE_SIZE, LEN));
        assert!(!places.vacate(BASE, (AT_ONCE as u64 + 1) * LEN));
        assert_eq!(places.clear(0, u64::MAX), []);
        assert!(places.vacate(BASE, AT_ONCE as u64 * LEN));
        assert_eq!(places.clear(BASE, LEN + 1), [(BASE, LEN), (BASE + LEN, LEN)]);
        // Nothing is there.
        assert!(places.vacate(BASE, LEN));
    }

    #[test]
    fn a_place_that_was_cut_or_changed_is_offered_to_nobody() {
        let (count, mut places) = (Arc::default(), Places::default());
        map(&mut places, BASE, &written(&count));
        map(&mut places, BASE + LEN, &written(&count));
        places.protect(BASE + PAGE_SIZE, PAGE_SIZE);
        let gone = places.unmap(BASE + LEN + PAGE_SIZE, PAGE_SIZE);
        assert!(!places.vacate(BASE, 2 * LEN));
        drop(gone);
        assert!(places.vacate(BASE, 2 * LEN));
        assert_eq!(places.vacancy(&fresh(), READ_WRITE, ANYWHERE), None);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn memory_that_was_written_or_mapped_takes_no_place() {
        let (count, mut places) = (Arc::default(), Places::default());
        map(&mut places, BASE, &written(&count));
        assert!(places.vacate(BASE, LEN));
        let heap = fresh();
        heap.write(0, &[1]).unwrap();
        for memory in [written(&count), heap] {
            assert_eq!(places.vacancy(&memory, READ_WRITE, ANYWHERE), None);
            assert!(!places.take(&mapping(BASE, &memory)));
        }
    }

    #[test]
    fn few_places_keep_their_memfds_and_too_many_are_unmapped() {
        let (count, mut places) = (Arc::default(), Places::default());
        for index in 0..=VACANT as u64 {
            assert_eq!(places.surplus(), []);
            let base = BASE + index * LEN;
            map(&mut places, base, &written(&count));
            assert!(places.vacate(base, LEN));
        }
        assert_eq!(count.load(Ordering::Relaxed), OFFERED);
        assert_eq!(places.surplus().len(), VACANT + 1 - OFFERED);
        assert_eq!(places.vacant.len(), OFFERED);
    }
}
