//! A lock that who holds it may take again: constructors may load libraries.

use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::lock::Lock;

use crate::tls;

/// A lock of threads that have a thread pointer.
pub struct RecursiveLock {
    lock: Lock,
    /// The thread pointer of who holds it; 0 for nobody.
    owner: AtomicU64,
}

impl RecursiveLock {
    pub const fn new() -> Self {
        Self { lock: Lock::new(), owner: AtomicU64::new(0) }
    }

    /// Does something while this thread holds the lock.
    pub fn with<R>(&self, act: impl FnOnce() -> R) -> R {
        let this = tls::pointer();
        if self.owner.load(Ordering::Relaxed) == this {
            return act();
        }
        self.lock.acquire();
        self.owner.store(this, Ordering::Relaxed);
        let result = act();
        self.owner.store(0, Ordering::Relaxed);
        self.lock.release();
        result
    }
}
