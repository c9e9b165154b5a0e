//! Random choices that a seed repeats.

use std::collections::BTreeMap;

use kernel_sim::{Entropy, SeededEntropy};

/// A die.
pub struct Dice(SeededEntropy);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SeededEntropy::from_number(seed))
    }

    /// A number below `limit`.
    pub fn roll(&mut self, limit: u64) -> u64 {
        self.0.next_u64() % limit
    }

    /// An index below `limit`.
    pub fn index(&mut self, limit: usize) -> usize {
        self.roll(limit as u64) as usize
    }

    /// One of a map's keys.
    pub fn pick<K: Copy, V>(&mut self, map: &BTreeMap<K, V>) -> Option<K> {
        if map.is_empty() {
            return None;
        }
        let index = self.index(map.len());
        map.keys().nth(index).copied()
    }
}
