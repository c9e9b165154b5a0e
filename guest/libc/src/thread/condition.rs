//! Condition variables.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::{Handle, futex};
use zx_abi::{Status, TIME_INFINITE};

use super::mutex::Mutex;
use crate::errno;
use crate::time::{
    self, CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID, Timespec,
};

/// `pthread_cond_t`; zeros are one with the clock CLOCK_REALTIME.
#[repr(C, align(8))]
struct Condition {
    /// Changes with each signal, so that none is lost between unlocking and waiting.
    signals: AtomicU32,
    reserved: u32,
    clock: c_int,
    unused: [u32; 5],
}

const _: () = assert!(size_of::<Condition>() == 32);

impl Condition {
    fn wait(&self, mutex: &Mutex, deadline: i64) -> c_int {
        let seen = self.signals.load(Ordering::Acquire);
        let error = mutex.release();
        if error != 0 {
            return error;
        }
        let waited = futex::wait(&self.signals, seen, Handle::INVALID, deadline);
        mutex.acquire();
        if waited == Err(Status::TIMED_OUT) { errno::ETIMEDOUT } else { 0 }
    }

    fn wake(&self, count: u32) -> c_int {
        self.signals.fetch_add(1, Ordering::Release);
        // The word is there.
        let _ = futex::wake(&self.signals, count);
        0
    }
}

/// `pthread_condattr_t`: the clock.
type Attributes = c_int;

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_condattr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(CLOCK_REALTIME) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_condattr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_condattr_setclock(attributes: *mut Attributes, clock: c_int) -> c_int {
    // Time of a processor is not waited for.
    let is_processors = [CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID].contains(&clock);
    if is_processors || time::now(clock).is_none() {
        return errno::EINVAL;
    }
    // SAFETY: the caller's promise.
    unsafe { attributes.write(clock) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_condattr_getclock(
    attributes: *const Attributes,
    clock: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { clock.write(attributes.read()) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_init(
    condition: *mut Condition,
    attributes: *const Attributes,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let clock = if attributes.is_null() { CLOCK_REALTIME } else { attributes.read() };
        condition.write(Condition {
            signals: AtomicU32::new(0),
            reserved: 0,
            clock,
            unused: [0; 5],
        });
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_cond_destroy(_condition: *mut Condition) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_wait(condition: *mut Condition, mutex: *mut Mutex) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*condition }.wait(unsafe { &*mutex }, TIME_INFINITE)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_timedwait(
    condition: *mut Condition,
    mutex: *mut Mutex,
    until: *const Timespec,
) -> c_int {
    // SAFETY: the caller's promise.
    let (condition, mutex, until) = unsafe { (&*condition, &*mutex, until.read()) };
    let deadline = until.nanoseconds();
    match deadline.and_then(|deadline| time::monotonic_deadline(condition.clock, deadline)) {
        Some(deadline) => condition.wait(mutex, deadline),
        None => errno::EINVAL,
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_signal(condition: *mut Condition) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*condition }.wake(1)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_cond_broadcast(condition: *mut Condition) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*condition }.wake(u32::MAX)
}
