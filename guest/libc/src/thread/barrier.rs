//! Barriers, where threads wait for each other.

use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::lock::Lock;
use guest_rt::{Handle, futex};
use zx_abi::TIME_INFINITE;

use crate::errno;

/// What one of those that have waited gets (`PTHREAD_BARRIER_SERIAL_THREAD`).
const SERIAL: c_int = -1;

/// `pthread_barrier_t`
#[repr(C)]
struct Barrier {
    lock: Lock,
    /// How many it waits for, and how many are missing.
    count: u32,
    missing: AtomicU32,
    /// Changes each time that all have come.
    round: AtomicU32,
    /// How many have yet to leave, before the barrier may go.
    leaving: AtomicU32,
    reserved: [u32; 3],
}

const _: () = assert!(size_of::<Barrier>() == 32);

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_barrier_init(
    barrier: *mut Barrier,
    _attributes: *const c_void,
    count: c_uint,
) -> c_int {
    if count == 0 || count > c_int::MAX as c_uint {
        return errno::EINVAL;
    }
    let made = Barrier {
        lock: Lock::new(),
        count,
        missing: AtomicU32::new(count),
        round: AtomicU32::new(0),
        leaving: AtomicU32::new(0),
        reserved: [0; 3],
    };
    // SAFETY: the caller's promise.
    unsafe { barrier.write(made) };
    0
}

/// Waits until all that have waited are gone.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_barrier_destroy(barrier: *mut Barrier) -> c_int {
    // SAFETY: the caller's promise.
    let barrier = unsafe { &*barrier };
    loop {
        match barrier.leaving.load(Ordering::Acquire) {
            0 => return 0,
            // Another value or none: it is looked at again.
            left => {
                let _ = futex::wait(&barrier.leaving, left, Handle::INVALID, TIME_INFINITE);
            }
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_barrier_wait(barrier: *mut Barrier) -> c_int {
    // SAFETY: the caller's promise.
    let barrier = unsafe { &*barrier };
    barrier.lock.acquire();
    let round = barrier.round.load(Ordering::Relaxed);
    barrier.leaving.fetch_add(1, Ordering::Relaxed);
    let is_last = barrier.missing.fetch_sub(1, Ordering::Relaxed) == 1;
    if is_last {
        barrier.missing.store(barrier.count, Ordering::Relaxed);
        barrier.round.store(round.wrapping_add(1), Ordering::Release);
    }
    barrier.lock.release();
    if is_last {
        // The word is there.
        let _ = futex::wake(&barrier.round, u32::MAX);
    }
    while barrier.round.load(Ordering::Acquire) == round {
        // Another value or none: it is looked at again.
        let _ = futex::wait(&barrier.round, round, Handle::INVALID, TIME_INFINITE);
    }
    if barrier.leaving.fetch_sub(1, Ordering::Release) == 1 {
        // The word is that of who destroys the barrier now, or of nobody.
        let _ = futex::wake(&barrier.leaving, u32::MAX);
    }
    if is_last { SERIAL } else { 0 }
}

/// `pthread_barrierattr_t`: nothing that is looked at.
type Attributes = c_uint;

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_barrierattr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(0) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_barrierattr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}
