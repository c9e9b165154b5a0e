//! Futexes: words that threads of a process wait at. An owner is a thread of the process that the
//! waiters wait for, or none.

use core::sync::atomic::AtomicU32;

use zx_abi::{Result, Status};

use crate::{Handle, syscalls};

/// Waits at a word until it is woken, if the word still has the value `current`.
///
/// # Errors
/// BAD_STATE (another value), TIMED_OUT, BAD_HANDLE and WRONG_TYPE (the owner), INVALID_ARGS (the
/// owner is this thread, or of another process).
pub fn wait(futex: &AtomicU32, current: u32, owner: Handle, deadline: i64) -> Result {
    // SAFETY: the word is there.
    Status::ok(unsafe {
        syscalls::futex_wait(word(futex), current.cast_signed(), owner.into_raw(), deadline)
    })
}

/// Wakes up to `count` threads, those first that have waited longest.
///
/// # Errors
/// None for a word that is there.
pub fn wake(futex: &AtomicU32, count: u32) -> Result {
    // SAFETY: the word is there.
    Status::ok(unsafe { syscalls::futex_wake(word(futex), count) })
}

/// Wakes up to `wake_count` threads and lets up to `requeue_count` others wait at another word, if
/// the first one has the value `current`.
///
/// # Errors
/// BAD_STATE (another value), INVALID_ARGS (both are the same, or as for [`wait`]), BAD_HANDLE,
/// WRONG_TYPE.
pub fn requeue(
    futex: &AtomicU32,
    wake_count: u32,
    current: u32,
    to: &AtomicU32,
    requeue_count: u32,
    owner: Handle,
) -> Result {
    // SAFETY: both words are there.
    Status::ok(unsafe {
        syscalls::futex_requeue(
            word(futex),
            wake_count,
            current.cast_signed(),
            word(to),
            requeue_count,
            owner.into_raw(),
        )
    })
}

/// The koid of a word's owner; 0 for none.
///
/// # Errors
/// None for a word that is there.
pub fn owner(futex: &AtomicU32) -> Result<u64> {
    let mut koid = 0;
    // SAFETY: the word is there, and `koid` is valid for the write.
    Status::ok(unsafe { syscalls::futex_get_owner(word(futex), &mut koid) })?;
    Ok(koid)
}

/// A word as calls take it.
fn word(futex: &AtomicU32) -> *const i32 {
    futex.as_ptr().cast()
}
