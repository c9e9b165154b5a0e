//! Mutexes.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::lock::Lock;
use zx_abi::{Result, TIME_INFINITE};

use super::Thread;
use crate::errno;
use crate::time::{self, CLOCK_REALTIME, Timespec};

const NORMAL: c_int = 0;
const RECURSIVE: c_int = 1;
const ERROR_CHECK: c_int = 2;

/// `pthread_mutex_t`; zeros are a normal one.
#[repr(C)]
pub struct Mutex {
    kind: c_int,
    lock: Lock,
    /// Of a mutex that is not normal: the handle of the thread that holds it.
    owner: AtomicU32,
    /// How often the owner holds a recursive one besides.
    again: AtomicU32,
}

const _: () = assert!(size_of::<Mutex>() == 16 && align_of::<Mutex>() == 4);

impl Mutex {
    /// Locks the mutex by `acquire`, and returns an error's number.
    fn lock(&self, acquire: impl FnOnce(&Lock) -> c_int) -> c_int {
        if self.kind == NORMAL {
            return acquire(&self.lock);
        }
        let this = Thread::current().handle.get();
        if self.owner.load(Ordering::Relaxed) == this {
            return if self.kind == RECURSIVE {
                self.again.fetch_add(1, Ordering::Relaxed);
                0
            } else {
                errno::EDEADLK
            };
        }
        let error = acquire(&self.lock);
        if error == 0 {
            self.owner.store(this, Ordering::Relaxed);
        }
        error
    }

    fn lock_until(&self, deadline: i64) -> c_int {
        self.lock(|lock| error(lock.acquire_until(deadline)))
    }

    /// Locks it without a deadline.
    pub fn acquire(&self) -> c_int {
        self.lock_until(TIME_INFINITE)
    }

    /// Unlocks it, and returns an error's number.
    pub fn release(&self) -> c_int {
        if self.kind != NORMAL {
            let this = Thread::current().handle.get();
            if self.owner.load(Ordering::Relaxed) != this {
                return errno::EPERM;
            }
            if self.again.load(Ordering::Relaxed) > 0 {
                self.again.fetch_sub(1, Ordering::Relaxed);
                return 0;
            }
            self.owner.store(0, Ordering::Relaxed);
        }
        self.lock.release();
        0
    }
}

fn error(result: Result) -> c_int {
    result.err().map_or(0, errno::of_status)
}

/// `pthread_mutexattr_t`: the mutex's kind.
type Attributes = c_int;

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutexattr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(NORMAL) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_mutexattr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutexattr_settype(attributes: *mut Attributes, kind: c_int) -> c_int {
    if !(NORMAL..=ERROR_CHECK).contains(&kind) {
        return errno::EINVAL;
    }
    // SAFETY: the caller's promise.
    unsafe { attributes.write(kind) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutexattr_gettype(
    attributes: *const Attributes,
    kind: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { kind.write(attributes.read()) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_init(mutex: *mut Mutex, attributes: *const Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let kind = if attributes.is_null() { NORMAL } else { attributes.read() };
        mutex.write(Mutex {
            kind,
            lock: Lock::new(),
            owner: AtomicU32::new(0),
            again: AtomicU32::new(0),
        });
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_mutex_destroy(_mutex: *mut Mutex) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_lock(mutex: *mut Mutex) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*mutex }.acquire()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_trylock(mutex: *mut Mutex) -> c_int {
    // SAFETY: the caller's promise.
    let mutex = unsafe { &*mutex };
    let try_acquire = |lock: &Lock| if lock.try_acquire() { 0 } else { errno::EBUSY };
    match mutex.lock(try_acquire) {
        errno::EDEADLK => errno::EBUSY,
        error => error,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_timedlock(mutex: *mut Mutex, until: *const Timespec) -> c_int {
    // SAFETY: the caller's promise.
    let (mutex, until) = unsafe { (&*mutex, until.read()) };
    let deadline = until.nanoseconds();
    match deadline.and_then(|deadline| time::monotonic_deadline(CLOCK_REALTIME, deadline)) {
        Some(deadline) => mutex.lock_until(deadline),
        None => errno::EINVAL,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_mutex_unlock(mutex: *mut Mutex) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*mutex }.release()
}
