//! Queues from whose middle entries leave.

use std::collections::VecDeque;
use std::ops::Range;

/// Gaps that are left alone, so that a short queue is never moved.
const GAPS: usize = 8;

/// Entries in the order in which they came. Each leaves by its place, at a cost that does not grow
/// with the others.
#[derive(Debug)]
pub(crate) struct Line<T> {
    /// By place, ascending; an entry that has left may still have one.
    entries: VecDeque<(u64, Option<T>)>,
    /// The next place. None is given twice.
    next: u64,
    len: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), next: 0, len: 0 }
    }
}

impl<T> Line<T> {
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The entry at a place, if it has not left.
    pub fn get_mut(&mut self, place: u64) -> Option<&mut T> {
        let index = self.index(place)?;
        self.entries.get_mut(index)?.1.as_mut()
    }

    fn index(&self, place: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&place, |(place, _)| *place).ok()
    }

    /// Puts an entry behind all others, at the place returned.
    pub fn push(&mut self, entry: T) -> u64 {
        let place = self.next;
        self.next += 1;
        self.len += 1;
        self.entries.push_back((place, Some(entry)));
        place
    }

    /// Takes the entry at a place out, if it has not left.
    pub fn remove(&mut self, place: u64) -> Option<T> {
        let index = self.index(place)?;
        let entry = self.entries.get_mut(index)?.1.take()?;
        self.len -= 1;
        while let Some((_, None)) = self.entries.front() {
            self.entries.pop_front();
        }
        while let Some((_, None)) = self.entries.back() {
            self.entries.pop_back();
        }
        // Each gap is moved over once, so that the moves are no more than the entries that left.
        if self.entries.len() > 2 * self.len + GAPS {
            self.entries.retain(|(_, entry)| entry.is_some());
            self.entries.shrink_to(2 * self.len + GAPS);
        }
        Some(entry)
    }

    /// The place of the first entry.
    pub fn first(&self) -> Option<u64> {
        self.entries.front().map(|(place, _)| *place)
    }

    /// Takes the first entry out.
    pub fn pop(&mut self) -> Option<T> {
        self.remove(self.first()?)
    }

    /// All places that have an entry, and perhaps others.
    pub fn places(&self) -> Range<u64> {
        self.first().unwrap_or(self.next)..self.next
    }

    /// The last entry at one of these places.
    pub fn last(&self, places: Range<u64>) -> Option<(u64, T)>
    where
        T: Copy,
    {
        let end = self.entries.partition_point(|(place, _)| *place < places.end);
        let mut entries = self.entries.range(..end).rev();
        let (place, entry) = entries.find_map(|(place, entry)| Some((*place, (*entry)?)))?;
        places.contains(&place).then_some((place, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All entries with their places, each looked up before the one behind.
    fn all<T: Copy>(line: &Line<T>) -> Vec<(u64, T)> {
        let mut places = line.places();
        let next = || {
            let (place, entry) = line.last(places.clone())?;
            places.end = place;
            Some((place, entry))
        };
        let mut all: Vec<(u64, T)> = std::iter::from_fn(next).collect();
        all.reverse();
        all
    }

    #[test]
    fn entries_stay_in_order_whichever_of_them_leave() {
        let mut line = Line::default();
        let mut model: Vec<(u64, u64)> = Vec::new();
        for step in 0..10_000 {
            // As often as one comes, one leaves: somewhere, first or last.
            if step % 2 == 0 || model.is_empty() {
                model.push((line.push(step), step));
            } else {
                let index = [step as usize * 7919 % model.len(), 0, model.len() - 1];
                let (place, entry) = model.remove(index[step as usize % 3]);
                assert_eq!(line.get_mut(place), Some(&mut entry.clone()));
                assert_eq!(line.remove(place), Some(entry));
                assert_eq!(line.remove(place), None);
                assert_eq!(line.get_mut(place), None);
            }
            assert_eq!(line.len, model.len());
            assert_eq!(line.is_empty(), model.is_empty());
            if step % 100 == 0 {
                assert_eq!(all(&line), model);
            }
        }
    }

    #[test]
    fn what_has_left_takes_no_room_for_long() {
        let mut line = Line::default();
        line.push(0);
        for entry in 1..100_000 {
            let place = line.push(entry);
            let last = line.push(entry);
            line.remove(place);
            line.remove(last);
            assert!(line.entries.len() <= 2 + GAPS, "{}", line.entries.len());
        }
        let places: Vec<u64> = (0..100_000).map(|entry| line.push(entry)).collect();
        // Those in the middle first, so that gaps form, then one after the other.
        let (middle, ends) = (&places[100..99_900], [&places[..100], &places[99_900..]].concat());
        assert!(middle.iter().all(|place| line.remove(*place).is_some()));
        assert_eq!(line.pop(), Some(0));
        assert!(ends.iter().all(|_| line.pop().is_some()));
        assert_eq!(line.pop(), None);
        assert!(line.entries.capacity() < 1000, "{}", line.entries.capacity());
    }
}
