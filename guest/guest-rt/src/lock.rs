//! A lock whose waiters sleep.

use core::cell::UnsafeCell;
use core::hint;
use core::sync::atomic::{AtomicU32, Ordering};

use zx_abi::{Result, Status, TIME_INFINITE};

use crate::{Handle, futex};

const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may sleep.
const WAITED_FOR: u32 = 2;

/// How often a lock is looked at before its waiter sleeps.
const SPINS: u32 = 64;

/// A lock, without what it guards.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Lock(AtomicU32);

impl Lock {
    /// A lock that nobody holds.
    pub const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Takes the lock if nobody holds it.
    pub fn try_acquire(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Waits for the lock.
    pub fn acquire(&self) {
        // Without a deadline, waiting does not fail.
        let _ = self.acquire_until(TIME_INFINITE);
    }

    /// Waits for the lock until the monotonic clock shows `deadline`.
    ///
    /// # Errors
    /// TIMED_OUT.
    pub fn acquire_until(&self, deadline: i64) -> Result {
        // Most are held for less time than a call takes.
        for _ in 0..SPINS {
            if self.try_acquire() {
                return Ok(());
            }
            if self.0.load(Ordering::Relaxed) == WAITED_FOR {
                break;
            }
            hint::spin_loop();
        }
        while self.0.swap(WAITED_FOR, Ordering::Acquire) != FREE {
            let waited = futex::wait(&self.0, WAITED_FOR, Handle::INVALID, deadline);
            if waited == Err(Status::TIMED_OUT) {
                return waited;
            }
        }
        Ok(())
    }

    /// Gives up the lock, which the caller holds.
    pub fn release(&self) {
        if self.0.swap(FREE, Ordering::Release) == WAITED_FOR {
            // The word is there.
            let _ = futex::wake(&self.0, 1);
        }
    }
}

/// What one thread at a time may look at.
#[derive(Debug)]
pub struct Mutex<T> {
    lock: Lock,
    value: UnsafeCell<T>,
}

// SAFETY: the lock admits one thread at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// A value that nobody looks at.
    pub const fn new(value: T) -> Self {
        Self { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    /// Does something with the value, without doing it again inside.
    pub fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        self.lock.acquire();
        // SAFETY: this thread holds the lock.
        let result = act(unsafe { &mut *self.value.get() });
        self.lock.release();
        result
    }
}
