//! signal.h. Fuchsia has no signals: sets of them are sets, and all else is refused.

use core::ffi::{c_int, c_void};

use guest_rt::process;

use crate::errno;
use crate::refused::refused;
use crate::thread::Thread;

/// Signals are 1 to 64.
const COUNT: c_int = 64;

/// `sigset_t`
#[repr(C)]
struct Set([u64; 16]);

/// Where a signal is in a set.
fn bit(signal: c_int) -> Option<u64> {
    (1..=COUNT).contains(&signal).then(|| 1 << (signal - 1))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sigemptyset(set: *mut Set) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { set.write(Set([0; 16])) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sigfillset(set: *mut Set) -> c_int {
    let mut all = Set([0; 16]);
    all.0[0] = u64::MAX;
    // SAFETY: the caller's promise.
    unsafe { set.write(all) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sigaddset(set: *mut Set, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return errno::fail(errno::EINVAL) };
    // SAFETY: the caller's promise.
    unsafe { (*set).0[0] |= bit };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sigdelset(set: *mut Set, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return errno::fail(errno::EINVAL) };
    // SAFETY: the caller's promise.
    unsafe { (*set).0[0] &= !bit };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sigismember(set: *const Set, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return errno::fail(errno::EINVAL) };
    // SAFETY: the caller's promise.
    c_int::from(unsafe { (*set).0[0] } & bit != 0)
}

/// SIG_ERR
#[unsafe(no_mangle)]
extern "C" fn signal(_signal: c_int, _handler: *const c_void) -> isize {
    errno::fail(errno::ENOSYS) as isize
}

/// Nobody could handle it: the process ends by an exception.
#[unsafe(no_mangle)]
extern "C" fn raise(_signal: c_int) -> c_int {
    process::trap()
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn pthread_kill(_thread: *const Thread, signal: c_int) -> c_int {
    if signal == 0 { 0 } else { errno::ENOSYS }
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn pthread_sigmask(_how: c_int, _set: *const Set, _old: *mut Set) -> c_int {
    errno::ENOSYS
}

/// Returns an error's number.
#[unsafe(no_mangle)]
extern "C" fn sigwait(_set: *const Set, _signal: *mut c_int) -> c_int {
    errno::ENOSYS
}

refused! {
    kill sigaction sigaltstack siginterrupt sigpending sigprocmask sigqueue sigsuspend sigtimedwait
    sigwaitinfo killpg pause
}

/// None was set.
#[unsafe(no_mangle)]
extern "C" fn alarm(_seconds: u32) -> u32 {
    0
}
