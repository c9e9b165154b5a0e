//! The free space of a VMAR (zircon/kernel/vm/vm_address_region.cc, the allocation part).

use std::collections::BTreeMap;

/// Placement picks among this many of the leftmost candidates: 30 bits of entropy, as upstream.
const CANDIDATES: u64 = 1 << 30;
/// As [`CANDIDATES`], in a VMAR that is to be compact: 8 bits.
const COMPACT_CANDIDATES: u64 = 1 << 8;
/// How often a place is guessed before all gaps are looked at.
const GUESSES: u32 = 16;

/// The free ranges of a VMAR: the end of each by its first address. None is empty and no two
/// touch, so that a VMAR that is filled tightly has few, however much it holds.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    base: u64,
    ranges: BTreeMap<u64, u64>,
}

/// What a place must be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Bytes.
    pub len: u64,
    /// A power of two.
    pub align: u64,
    /// No byte at or above this address.
    pub below: u64,
    /// Among few candidates only.
    pub compact: bool,
}

impl Gaps {
    /// All of `base..end`, which is not empty.
    pub fn new(base: u64, end: u64) -> Self {
        Self { base, ranges: BTreeMap::from([(base, end)]) }
    }

    /// Forgets any range.
    pub fn forget_one(&mut self) {
        self.ranges.pop_first();
    }

    /// Whether all of `start..end` is free.
    pub fn contains(&self, start: u64, end: u64) -> bool {
        self.ranges.range(..=start).next_back().is_some_and(|(_, gap_end)| end <= *gap_end)
    }

    /// Marks `start..end`, which is free, as occupied.
    pub fn occupy(&mut self, start: u64, end: u64) {
        let Some((&gap_start, &gap_end)) = self.ranges.range(..=start).next_back() else { return };
        self.ranges.remove(&gap_start);
        for (from, to) in [(gap_start, start), (end, gap_end)] {
            if from < to {
                self.ranges.insert(from, to);
            }
        }
    }

    /// Marks `start..end`, which is occupied, as free.
    pub fn free(&mut self, mut start: u64, mut end: u64) {
        if let Some((&before, &before_end)) = self.ranges.range(..start).next_back()
            && before_end == start
        {
            start = before;
        }
        if let Some(after_end) = self.ranges.remove(&end) {
            end = after_end;
        }
        self.ranges.insert(start, end);
    }

    /// A free place, with equal chances for each of the leftmost candidates. The same for the same
    /// `seed`.
    pub fn pick(&self, wanted: Wanted, seed: u64) -> Option<u64> {
        let limit = if wanted.compact { COMPACT_CANDIDATES } else { CANDIDATES };
        let mut random = SplitMix(seed);
        if !wanted.compact
            && let Some(place) = self.guess(wanted, limit, &mut random)
        {
            return Some(place);
        }
        self.search(wanted, limit, random.next())
    }

    /// Tries a few of the leftmost places, taken or not: as long as most are free, this costs the
    /// same however many gaps there are.
    fn guess(&self, wanted: Wanted, limit: u64, random: &mut SplitMix) -> Option<u64> {
        let (_, &end) = self.ranges.last_key_value()?;
        let (first, count) = candidates((self.base, end), wanted)?;
        (0..GUESSES).find_map(|_| {
            let place = first + random.next() % count.min(limit) * wanted.align;
            self.contains(place, place + wanted.len).then_some(place)
        })
    }

    /// Looks at the gaps from the left until there are `limit` candidates.
    fn search(&self, wanted: Wanted, limit: u64, random: u64) -> Option<u64> {
        let gaps = || {
            let gaps = self.ranges.iter().map(|(start, end)| (*start, *end));
            gaps.filter_map(|gap| candidates(gap, wanted))
        };
        let mut total = 0;
        for (_, count) in gaps() {
            total = (total + count).min(limit);
            if total == limit {
                break;
            }
        }
        let mut choice = random.checked_rem(total)?;
        for (first, count) in gaps() {
            if choice < count {
                return Some(first + choice * wanted.align);
            }
            choice -= count;
        }
        None
    }
}

/// The first place in a gap, and how many there are.
fn candidates(gap: (u64, u64), wanted: Wanted) -> Option<(u64, u64)> {
    let first = gap.0.checked_next_multiple_of(wanted.align)?;
    let last = gap.1.min(wanted.below).checked_sub(wanted.len)?;
    Some((first, last.checked_sub(first)? / wanted.align + 1))
}

/// Many numbers from one (Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use zx_abi::PAGE_SIZE;

    use super::*;

    const PAGES: u64 = 64;

    fn wanted(pages: u64) -> Wanted {
        Wanted { len: pages * PAGE_SIZE, align: PAGE_SIZE, below: u64::MAX, compact: false }
    }

    #[test]
    fn what_is_occupied_and_freed_equals_a_map_of_pages() {
        let mut gaps = Gaps::new(0, PAGES * PAGE_SIZE);
        let mut taken = [false; PAGES as usize];
        let mut random = SplitMix(1);
        for _ in 0..20_000 {
            let start = random.next() % PAGES;
            let end = start + 1 + random.next() % (PAGES - start).min(4);
            let pages = start as usize..end as usize;
            let bytes = (start * PAGE_SIZE, end * PAGE_SIZE);
            let free = taken[pages.clone()].iter().all(|taken| !taken);
            assert_eq!(gaps.contains(bytes.0, bytes.1), free);
            if free {
                gaps.occupy(bytes.0, bytes.1);
                taken[pages].fill(true);
            } else if taken[pages.clone()].iter().all(|taken| *taken) {
                gaps.free(bytes.0, bytes.1);
                taken[pages].fill(false);
            }
        }
    }

    #[test]
    fn every_place_is_found_and_no_other() {
        let mut gaps = Gaps::new(0, PAGES * PAGE_SIZE);
        gaps.occupy(3 * PAGE_SIZE, 60 * PAGE_SIZE);
        let found = |pages| {
            let found = (0..1000).filter_map(|seed| gaps.pick(wanted(pages), seed));
            let found: std::collections::BTreeSet<u64> = found.map(|at| at / PAGE_SIZE).collect();
            found.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(found(1), [0, 1, 2, 60, 61, 62, 63]);
        assert_eq!(found(3), [0, 60, 61]);
        assert_eq!(found(4), [60]);
        assert_eq!(found(5), []);
    }

    #[test]
    fn alignment_and_limit_hold() {
        let gaps = Gaps::new(PAGE_SIZE, 1 << 47);
        for seed in 0..100 {
            let wanted = Wanted { len: 1, align: 1 << 32, below: 3 << 32, compact: false };
            let place = gaps.pick(wanted, seed).unwrap();
            assert!([1 << 32, 2 << 32].contains(&place));
        }
    }

    #[test]
    fn compact_places_stay_close_together() {
        let mut gaps = Gaps::new(0, 1 << 47);
        let wanted = Wanted { compact: true, ..wanted(1) };
        for seed in 0..1000 {
            let place = gaps.pick(wanted, seed).unwrap();
            gaps.occupy(place, place + PAGE_SIZE);
            assert!(place / PAGE_SIZE < 1000 + COMPACT_CANDIDATES);
        }
    }
}
