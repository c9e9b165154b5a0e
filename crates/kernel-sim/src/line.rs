//! Queues from whose middle entries leave.

use std::collections::VecDeque;

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
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
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
        let index = self.entries.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        let entry = self.entries.get_mut(index)?.1.take()?;
        self.len -= 1;
        if index + 1 == self.entries.len() {
            self.entries.pop_back();
        } else if index == 0 {
            self.entries.pop_front();
        }
        // Each gap is moved over once, so that the moves are no more than the entries that left.
        if self.entries.len() > 2 * self.len + GAPS {
            self.entries.retain(|(_, entry)| entry.is_some());
            self.entries.shrink_to(2 * self.len + GAPS);
        }
        Some(entry)
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().filter_map(|(_, entry)| entry.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                assert_eq!(line.remove(place), Some(entry));
                assert_eq!(line.remove(place), None);
            }
            assert_eq!(line.len(), model.len());
            assert!(line.iter().eq(model.iter().map(|(_, entry)| entry)));
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
        assert!(places.into_iter().all(|place| line.remove(place).is_some()));
        assert!(line.entries.capacity() < 1000, "{}", line.entries.capacity());
    }
}
