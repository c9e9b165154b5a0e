//! What is done once.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::{Handle, futex};
use zx_abi::TIME_INFINITE;

const RUNNING: u32 = 1;
const DONE: u32 = 2;

/// `pthread_once_t`, which begins with 0.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_once(
    once: *const AtomicU32,
    function: unsafe extern "C" fn(),
) -> c_int {
    // SAFETY: the caller's promise.
    let once = unsafe { &*once };
    loop {
        match once.compare_exchange(0, RUNNING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: the caller's promise.
                unsafe { function() };
                once.store(DONE, Ordering::Release);
                // The word is there.
                let _ = futex::wake(once, u32::MAX);
                return 0;
            }
            Err(DONE) => return 0,
            Err(_) => {
                // Another value or none: it is looked at again.
                let _ = futex::wait(once, RUNNING, Handle::INVALID, TIME_INFINITE);
            }
        }
    }
}
