//! Clocks and sleep.

use crate::syscalls;

/// Nanoseconds of the monotonic clock.
pub fn monotonic() -> i64 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::clock_get_monotonic() }
}

/// The tick counter, which runs at [`ticks_per_second`].
pub fn ticks() -> i64 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::ticks_get() }
}

/// The rate of [`ticks`].
pub fn ticks_per_second() -> i64 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::ticks_per_second() }
}

/// Sleeps until the monotonic clock shows `deadline`.
pub fn sleep_until(deadline: i64) {
    // SAFETY: takes no pointer.
    unsafe { syscalls::nanosleep(deadline) };
}

/// The deadline that many nanoseconds from now.
pub fn deadline_after(nanoseconds: i64) -> i64 {
    // SAFETY: takes no pointer.
    unsafe { syscalls::deadline_after(nanoseconds) }
}
