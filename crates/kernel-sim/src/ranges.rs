//! Sets of numbers that lie in few ranges.

use std::collections::BTreeMap;
use std::ops::Range;

/// Disjoint ranges: the end of each by its start. None is empty and no two touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges {
    ends: BTreeMap<u64, u64>,
    total: u64,
}

impl Ranges {
    /// How many numbers are in it.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many ranges it takes.
    pub fn pieces(&self) -> usize {
        self.ends.len()
    }

    /// How many numbers of a range are missing, if no more than `most` are. Looks no further than to
    /// where that shows.
    pub fn missing_at_most(&self, range: &Range<u64>, most: u64) -> Option<u64> {
        let (mut at, mut missing) = (range.start, 0);
        let end = range.end..range.end;
        for piece in self.within(range.clone()).chain([end]) {
            missing += piece.start.saturating_sub(at);
            at = piece.end;
            if missing > most {
                return None;
            }
        }
        Some(missing)
    }

    /// The pieces of a range that are in it, ascending.
    pub fn within(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let Range { start, end } = range;
        let first = self.around(start).filter(|piece| piece.start < start && start < end);
        let rest = self.ends.range(start..end.max(start)).map(|(start, end)| *start..*end);
        let cut = move |piece: Range<u64>| piece.start.max(start)..piece.end.min(end);
        first.into_iter().chain(rest).map(cut)
    }

    /// The pieces of a range that are missing, ascending.
    pub fn missing(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let end = range.end..range.end;
        let mut at = range.start;
        let gaps = self.within(range).chain([end]).map(move |piece| {
            let gap = at..piece.start;
            at = piece.end;
            gap
        });
        gaps.filter(|gap| gap.start < gap.end)
    }

    /// The whole range that a number is in.
    pub fn around(&self, number: u64) -> Option<Range<u64>> {
        let (start, end) = self.ends.range(..=number).next_back()?;
        (number < *end).then_some(*start..*end)
    }

    /// Whether a range lies within one of these, with numbers of that on both sides.
    pub fn is_within_one(&self, range: &Range<u64>) -> bool {
        let piece = self.around(range.start);
        piece.is_some_and(|piece| piece.start < range.start && range.end < piece.end)
    }

    /// The numbers around one that is missing, as far as they are missing and within `bounds`.
    pub fn gap_around(&self, number: u64, bounds: Range<u64>) -> Range<u64> {
        let before = self.ends.range(..=number).next_back().map_or(0, |(_, end)| *end);
        let after = self.ends.range(number..).next().map_or(u64::MAX, |(start, _)| *start);
        before.max(bounds.start)..after.min(bounds.end)
    }

    /// Adds a range. How many numbers were missing.
    pub fn insert(&mut self, range: Range<u64>) -> u64 {
        let Range { mut start, mut end } = range;
        if start >= end {
            return 0;
        }
        // Together with what it touches.
        if let Some((before, before_end)) = self.ends.range(..start).next_back()
            && *before_end >= start
        {
            start = *before;
        }
        let mut there = 0;
        while let Some((&next, &next_end)) = self.ends.range(start..=end).next() {
            self.ends.remove(&next);
            there += next_end - next;
            end = end.max(next_end);
        }
        self.ends.insert(start, end);
        let added = end - start - there;
        self.total += added;
        added
    }

    /// Takes the first pieces of a range out, as many as `most`: these, and where the rest begins.
    pub fn take_some(&mut self, range: Range<u64>, most: usize) -> (Vec<Range<u64>>, u64) {
        let pieces: Vec<Range<u64>> = self.within(range.clone()).take(most).collect();
        let rest = match pieces.last() {
            Some(last) if pieces.len() == most => last.end,
            _ => range.end,
        };
        self.remove(range.start..rest);
        (pieces, rest)
    }

    /// Takes a range out. How many numbers of it there were.
    pub fn remove(&mut self, range: Range<u64>) -> u64 {
        let Range { start, end } = range;
        let mut removed = 0;
        if start >= end {
            return 0;
        }
        if let Some(piece) = self.around(start).filter(|piece| piece.start < start) {
            self.ends.insert(piece.start, start);
            removed += piece.end.min(end) - start;
            if piece.end > end {
                self.ends.insert(end, piece.end);
            }
        }
        while let Some((&next, &next_end)) = self.ends.range(start..end).next() {
            self.ends.remove(&next);
            removed += next_end.min(end) - next;
            if next_end > end {
                self.ends.insert(end, next_end);
            }
        }
        self.total -= removed;
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 24;

    /// The same set, number by number.
    fn model(ranges: &Ranges) -> Vec<bool> {
        (0..SIZE).map(|number| ranges.around(number).is_some()).collect()
    }

    #[test]
    fn sets_of_ranges_are_sets_of_numbers() {
        let mut ranges = Ranges::default();
        let mut expected = vec![false; SIZE as usize];
        let mut random = 12345u64;
        for _ in 0..5000 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (a, b) = ((random >> 33) % SIZE, (random >> 43) % (SIZE + 1));
            let (range, adds) = (a.min(b)..a.max(b), random >> 60 & 1 == 0);
            let set = &mut expected[range.start as usize..range.end as usize];
            let missing = set.iter().filter(|has| !**has).count() as u64;
            assert_eq!(ranges.missing_at_most(&range, u64::MAX), Some(missing));
            assert_eq!(ranges.missing_at_most(&range, missing), Some(missing));
            let fewer = missing.checked_sub(1);
            assert_eq!(fewer.and_then(|most| ranges.missing_at_most(&range, most)), None);
            let there = set.len() as u64 - missing;
            set.fill(adds);
            if adds {
                assert_eq!(ranges.insert(range.clone()), missing);
            } else {
                assert_eq!(ranges.remove(range.clone()), there);
            }
            assert_eq!(model(&ranges), expected);
            let there = |has: &&bool| **has;
            assert_eq!(ranges.total(), expected.iter().filter(there).count() as u64);
            let runs = expected.chunk_by(|a, b| a == b).filter(|run| run[0]).count();
            assert_eq!(ranges.pieces(), runs);
            let number = a;
            if !expected[number as usize] {
                let gap = ranges.gap_around(number, 1..SIZE - 1);
                let before = expected[..number as usize].iter().rposition(|has| *has);
                let after = expected[number as usize..].iter().position(|has| *has);
                let start = before.map_or(0, |at| at as u64 + 1).max(1);
                let end = after.map_or(SIZE, |at| number + at as u64).min(SIZE - 1);
                assert_eq!(gap, start..end);
            }
            let mut pieces = expected.clone();
            pieces[..a as usize].fill(false);
            let within: Vec<_> = ranges.within(a..SIZE).collect();
            let mut found = vec![false; SIZE as usize];
            within.iter().for_each(|it| found[it.start as usize..it.end as usize].fill(true));
            assert_eq!(found, pieces);
            let missing = ranges.missing(a..SIZE);
            missing.for_each(|it| found[it.start as usize..it.end as usize].fill(true));
            assert!(found[a as usize..].iter().all(|found| *found));
            assert!(!found[..a as usize].contains(&true));
            let gaps: u64 = ranges.missing(a..SIZE).map(|gap| gap.end - gap.start).sum();
            assert_eq!(Some(gaps), ranges.missing_at_most(&(a..SIZE), u64::MAX));
        }
    }
}
