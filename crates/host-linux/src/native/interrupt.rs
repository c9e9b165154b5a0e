//! For tests of what signals must not disturb. Node has handlers for some, and Linux may run them on
//! any thread.

use std::os::unix::thread::JoinHandleExt;
use std::ptr;

const SIGNAL: i32 = libc::SIGUSR1;

extern "C" fn handle(_signal: i32) {}

/// What `act` returns on a thread that signals interrupt many times. `end` is called after the last
/// one.
pub fn interrupted<T: Send + 'static>(
    act: impl FnOnce() -> T + Send + 'static,
    end: impl FnOnce(),
) -> T {
    // SAFETY: all zeros are an action without flags.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handle as extern "C" fn(i32) as usize;
    // SAFETY: the handler does nothing.
    assert_eq!(unsafe { libc::sigaction(SIGNAL, &action, ptr::null_mut()) }, 0);
    let thread = std::thread::spawn(act);
    for _ in 0..1_000 {
        // SAFETY: the thread is not joined yet.
        unsafe { libc::pthread_kill(thread.as_pthread_t(), SIGNAL) };
        std::thread::yield_now();
    }
    end();
    thread.join().unwrap()
}
