//! How much is done under the kernel's lock.

use std::cell::Cell;

/// Counts units of work. One is what an operation does once for each of its parts: an observer, a
/// wait, a handle, a thread, a packet or a mapping that it looks at or ends, a page of memory.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    total: Cell<u64>,
}

impl Meter {
    /// Counts units that are being done.
    pub fn count(&self, units: usize) {
        self.total.set(self.total.get() + units as u64);
    }

    /// All that was ever counted.
    pub fn total(&self) -> u64 {
        self.total.get()
    }
}
