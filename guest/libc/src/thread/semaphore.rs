//! Semaphores: semaphore.h.

use core::ffi::{c_char, c_int, c_uint};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use guest_rt::{Handle, futex};
use zx_abi::{Status, TIME_INFINITE};

use crate::errno;
use crate::time::{self, CLOCK_REALTIME, Timespec};

/// `SEM_VALUE_MAX`
const MAX: u32 = c_int::MAX as u32;

/// `sem_t`
#[repr(C)]
struct Semaphore {
    value: AtomicU32,
    waiters: AtomicU32,
}

const _: () = assert!(size_of::<Semaphore>() == 8);

impl Semaphore {
    fn try_take(&self) -> bool {
        let less = |value: u32| value.checked_sub(1);
        self.value.fetch_update(Ordering::Acquire, Ordering::Relaxed, less).is_ok()
    }

    /// Returns an error's number.
    fn take_until(&self, deadline: i64) -> c_int {
        while !self.try_take() {
            self.waiters.fetch_add(1, Ordering::SeqCst);
            let waited = futex::wait(&self.value, 0, Handle::INVALID, deadline);
            self.waiters.fetch_sub(1, Ordering::Relaxed);
            if waited == Err(Status::TIMED_OUT) {
                return errno::ETIMEDOUT;
            }
        }
        0
    }
}

/// Sets `errno`, if a number is an error's.
fn answer(error: c_int) -> c_int {
    if error == 0 { 0 } else { errno::fail(error) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_init(semaphore: *mut Semaphore, is_shared: c_int, value: c_uint) -> c_int {
    if is_shared != 0 {
        return errno::fail(errno::ENOSYS);
    }
    if value > MAX {
        return errno::fail(errno::EINVAL);
    }
    let made = Semaphore { value: AtomicU32::new(value), waiters: AtomicU32::new(0) };
    // SAFETY: the caller's promise.
    unsafe { semaphore.write(made) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn sem_destroy(_semaphore: *mut Semaphore) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_wait(semaphore: *mut Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    answer(unsafe { &*semaphore }.take_until(TIME_INFINITE))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_trywait(semaphore: *mut Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { &*semaphore }.try_take() { 0 } else { errno::fail(errno::EAGAIN) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_timedwait(semaphore: *mut Semaphore, until: *const Timespec) -> c_int {
    // SAFETY: the caller's promise.
    let (semaphore, until) = unsafe { (&*semaphore, until.read()) };
    if semaphore.try_take() {
        return 0;
    }
    let deadline = until.nanoseconds();
    match deadline.and_then(|deadline| time::monotonic_deadline(CLOCK_REALTIME, deadline)) {
        Some(deadline) => answer(semaphore.take_until(deadline)),
        None => errno::fail(errno::EINVAL),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_post(semaphore: *mut Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    let semaphore = unsafe { &*semaphore };
    let more = |value: u32| (value < MAX).then(|| value + 1);
    if semaphore.value.fetch_update(Ordering::SeqCst, Ordering::Relaxed, more).is_err() {
        return errno::fail(errno::EOVERFLOW);
    }
    if semaphore.waiters.load(Ordering::SeqCst) > 0 {
        // The word is there.
        let _ = futex::wake(&semaphore.value, 1);
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sem_getvalue(semaphore: *mut Semaphore, out: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { out.write((*semaphore).value.load(Ordering::Relaxed) as c_int) };
    0
}

/// There are none with names.
#[unsafe(no_mangle)]
extern "C" fn sem_open(_name: *const c_char, _flags: c_int) -> *mut Semaphore {
    errno::set(errno::ENOSYS);
    ptr::null_mut()
}
