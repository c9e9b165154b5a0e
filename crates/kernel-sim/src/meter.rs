//! How much is done under the kernel's lock.

use std::cell::Cell;

/// Units that are done before others get their turn: a few milliseconds, if all of them are pages
/// to copy.
const TURN: u64 = 1024;

/// Counts units of work. One is what an operation does once for each of its parts: an observer, a
/// wait, a handle, a thread, a packet or a mapping that it looks at or ends, a page of memory.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    total: Cell<u64>,
    /// The total when the lock was taken.
    begun: Cell<u64>,
    /// The most that was done without leaving the lock.
    greatest: Cell<u64>,
}

impl Meter {
    /// The lock has just been taken.
    pub fn begin(&self) {
        self.greatest.set(self.greatest());
        self.begun.set(self.total());
    }

    /// Counts units that are being done.
    pub fn count(&self, units: usize) {
        self.total.set(self.total() + units as u64);
    }

    /// Whether as much has been done since the lock was taken as may be at a time.
    pub fn is_due(&self) -> bool {
        self.now() >= TURN
    }

    /// All that was ever counted.
    pub fn total(&self) -> u64 {
        self.total.get()
    }

    /// The most that was ever done without leaving the lock.
    pub fn greatest(&self) -> u64 {
        self.greatest.get().max(self.now())
    }

    fn now(&self) -> u64 {
        self.total() - self.begun.get()
    }
}
