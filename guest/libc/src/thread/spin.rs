//! Spin locks. Who waits for one lets others run, which there may be no processor for else.

use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, Ordering};

use guest_rt::time;

use crate::errno;

/// `pthread_spinlock_t`: 0, or held.
type Spinlock = AtomicI32;

/// Tries before others are let run.
const TRIES: usize = 100;

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_spin_init(lock: *mut Spinlock, _is_shared: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { lock.write(AtomicI32::new(0)) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_spin_destroy(_lock: *mut Spinlock) -> c_int {
    0
}

fn try_lock(lock: &Spinlock) -> bool {
    lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_spin_lock(lock: *mut Spinlock) -> c_int {
    // SAFETY: the caller's promise.
    let lock = unsafe { &*lock };
    loop {
        for _ in 0..TRIES {
            if try_lock(lock) {
                return 0;
            }
            core::hint::spin_loop();
        }
        time::sleep_until(0);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_spin_trylock(lock: *mut Spinlock) -> c_int {
    // SAFETY: the caller's promise.
    if try_lock(unsafe { &*lock }) { 0 } else { errno::EBUSY }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_spin_unlock(lock: *mut Spinlock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.store(0, Ordering::Release);
    0
}
