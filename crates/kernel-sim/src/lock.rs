//! A lock that those who have much to do pass on in between.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Something behind a lock.
#[derive(Debug)]
pub(crate) struct Lock<T> {
    value: Mutex<T>,
    /// Threads that wait for the lock.
    waiting: AtomicUsize,
    /// Counts those that waited and got it.
    admitted: AtomicUsize,
}

impl<T> Lock<T> {
    pub fn new(value: T) -> Self {
        let (waiting, admitted) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { value: Mutex::new(value), waiting, admitted }
    }

    /// Waits for the lock. A panic under it would be a bug; the others go on.
    pub fn enter(&self) -> MutexGuard<'_, T> {
        self.try_enter().unwrap_or_else(|| self.wait())
    }

    /// The lock, if nobody has it.
    pub fn try_enter(&self) -> Option<MutexGuard<'_, T>> {
        match self.value.try_lock() {
            Ok(value) => Some(value),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits for the lock, which somebody had just now.
    pub fn wait(&self) -> MutexGuard<'_, T> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.admitted.fetch_add(1, Ordering::SeqCst);
        value
    }

    /// Whether anyone waits for the lock.
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Leaves the lock by `leave`, and takes it again once one of those that waited for it has had
    /// it: who is woken is slower than a thread that runs.
    pub fn pass_on<'a>(
        &'a self,
        value: MutexGuard<'a, T>,
        leave: impl FnOnce(MutexGuard<'a, T>),
    ) -> MutexGuard<'a, T> {
        let admitted = self.admitted.load(Ordering::SeqCst);
        leave(value);
        while self.is_wanted() && self.admitted.load(Ordering::SeqCst) == admitted {
            std::thread::yield_now();
        }
        self.enter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_gets_in_whenever_the_lock_is_passed_on() {
        let lock = Lock::new(Vec::new());
        std::thread::scope(|scope| {
            let mut value = lock.enter();
            for turn in 0..100 {
                scope.spawn(|| lock.enter().push("waited"));
                while !lock.is_wanted() {
                    std::thread::yield_now();
                }
                value.push("before");
                value = lock.pass_on(value, drop);
                value.push("after");
                assert_eq!(value[3 * turn..], ["before", "waited", "after"]);
            }
        });
    }

    #[test]
    fn nobody_is_waited_for_who_does_not_wait() {
        let lock = Lock::new(());
        let value = lock.enter();
        assert!(!lock.is_wanted());
        drop(lock.pass_on(value, drop));
    }
}
