//! A list in place of one on a heap.

use zx_abi::{Result, Status};

/// Up to `N` items.
pub struct List<T, const N: usize> {
    items: [Option<T>; N],
    len: usize,
}

impl<T, const N: usize> List<T, N> {
    /// Without items.
    pub const fn new() -> Self {
        Self { items: [const { None }; N], len: 0 }
    }

    /// Appends an item.
    ///
    /// # Errors
    /// OUT_OF_RANGE if there is no room.
    pub fn push(&mut self, item: T) -> Result {
        *self.items.get_mut(self.len).ok_or(Status::OUT_OF_RANGE)? = Some(item);
        self.len += 1;
        Ok(())
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> From<[T; N]> for List<T, N> {
    fn from(items: [T; N]) -> Self {
        Self { items: items.map(Some), len: N }
    }
}

impl<T, const N: usize> IntoIterator for List<T, N> {
    type Item = T;
    type IntoIter = core::iter::Flatten<core::array::IntoIter<Option<T>, N>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter().flatten()
    }
}
