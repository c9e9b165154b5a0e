//! Locks that many may hold to read, or one to write.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::{Handle, futex};
use zx_abi::{Status, TIME_INFINITE};

use crate::errno;
use crate::time::{self, CLOCK_REALTIME, Timespec};

/// Somebody sleeps.
const WAITED_FOR: u32 = 1 << 31;
/// Held to write; less than that are readers.
const WRITER: u32 = WAITED_FOR - 1;
/// Readers at a time, at most.
const MAX_READERS: u32 = WRITER - 1;

/// `pthread_rwlock_t`, of which zeros are a free one.
#[repr(C)]
struct RwLock {
    state: AtomicU32,
    reserved: u32,
}

const _: () = assert!(size_of::<RwLock>() == 8);

impl RwLock {
    /// Goes from one state to the next, and returns an error's number.
    fn try_take(&self, next: impl Fn(u32) -> Result<u32, c_int>) -> c_int {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let holders = state & !WAITED_FOR;
            let wanted = match next(holders) {
                Ok(holders) => holders | state & WAITED_FOR,
                Err(error) => return error,
            };
            match self.state.compare_exchange_weak(
                state,
                wanted,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return 0,
                Err(found) => state = found,
            }
        }
    }

    /// As [`RwLock::try_take`], and waits until that is possible, or until a deadline.
    fn take(&self, deadline: i64, next: impl Fn(u32) -> Result<u32, c_int>) -> c_int {
        loop {
            let error = self.try_take(&next);
            if error != errno::EBUSY {
                return error;
            }
            let state = self.state.load(Ordering::Relaxed);
            if next(state & !WAITED_FOR).is_ok() {
                continue;
            }
            let waited_for = state | WAITED_FOR;
            let marked = self.state.compare_exchange(
                state,
                waited_for,
                Ordering::Relaxed,
                Ordering::Relaxed,
            );
            if marked.is_ok() {
                // Another value or none: it is looked at again.
                let waited = futex::wait(&self.state, waited_for, Handle::INVALID, deadline);
                if waited == Err(Status::TIMED_OUT) {
                    return errno::ETIMEDOUT;
                }
            }
        }
    }

    /// As [`RwLock::take`], until a time of a clock.
    fn take_until(
        &self,
        clock: c_int,
        until: Timespec,
        next: impl Fn(u32) -> Result<u32, c_int>,
    ) -> c_int {
        let error = self.try_take(&next);
        if error != errno::EBUSY {
            return error;
        }
        let deadline = until.nanoseconds();
        match deadline.and_then(|deadline| time::monotonic_deadline(clock, deadline)) {
            Some(deadline) => self.take(deadline, next),
            None => errno::EINVAL,
        }
    }

    fn release(&self) -> c_int {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            let holders = state & !WAITED_FOR;
            let left = match holders {
                0 => return errno::EPERM,
                WRITER | 1 => 0,
                readers => (readers - 1) | state & WAITED_FOR,
            };
            match self.state.compare_exchange_weak(
                state,
                left,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => {
                    if left == 0 && state & WAITED_FOR != 0 {
                        // The word is there.
                        let _ = futex::wake(&self.state, u32::MAX);
                    }
                    return 0;
                }
                Err(found) => state = found,
            }
        }
    }
}

fn read(holders: u32) -> Result<u32, c_int> {
    match holders {
        WRITER => Err(errno::EBUSY),
        MAX_READERS => Err(errno::EAGAIN),
        readers => Ok(readers + 1),
    }
}

fn write(holders: u32) -> Result<u32, c_int> {
    if holders == 0 { Ok(WRITER) } else { Err(errno::EBUSY) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_init(lock: *mut RwLock, _attributes: *const c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { lock.write(RwLock { state: AtomicU32::new(0), reserved: 0 }) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_rwlock_destroy(_lock: *mut RwLock) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_rdlock(lock: *mut RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.take(TIME_INFINITE, read)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_tryrdlock(lock: *mut RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.try_take(read)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_wrlock(lock: *mut RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.take(TIME_INFINITE, write)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_trywrlock(lock: *mut RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.try_take(write)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_unlock(lock: *mut RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.release()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_timedrdlock(
    lock: *mut RwLock,
    until: *const Timespec,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { (*lock).take_until(CLOCK_REALTIME, until.read(), read) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlock_timedwrlock(
    lock: *mut RwLock,
    until: *const Timespec,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { (*lock).take_until(CLOCK_REALTIME, until.read(), write) }
}

/// `pthread_rwlockattr_t`: nothing that is looked at.
type Attributes = [c_int; 2];

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_rwlockattr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write([0; 2]) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_rwlockattr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}
