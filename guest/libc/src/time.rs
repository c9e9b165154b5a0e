//! time.h.

use core::ffi::{c_int, c_long};

use guest_rt::{Handle, syscalls, time};
use zx_abi::Status;

use crate::{errno, startup};

const NANOSECONDS: i64 = 1_000_000_000;

/// `struct timespec`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Timespec {
    seconds: i64,
    nanoseconds: c_long,
}

/// `struct timeval`
#[repr(C)]
struct Timeval {
    seconds: i64,
    microseconds: c_long,
}

impl Timespec {
    fn new(nanoseconds: i64) -> Self {
        Self {
            seconds: nanoseconds.div_euclid(NANOSECONDS),
            nanoseconds: nanoseconds.rem_euclid(NANOSECONDS),
        }
    }

    /// All in nanoseconds, at most as many as there can be; none if it is no time.
    pub fn nanoseconds(self) -> Option<i64> {
        if !(0..NANOSECONDS).contains(&self.nanoseconds) {
            return None;
        }
        Some(self.seconds.saturating_mul(NANOSECONDS).saturating_add(self.nanoseconds))
    }
}

pub const CLOCK_REALTIME: c_int = 0;
const CLOCK_MONOTONIC: c_int = 1;
pub const CLOCK_PROCESS_CPUTIME_ID: c_int = 2;
pub const CLOCK_THREAD_CPUTIME_ID: c_int = 3;
const CLOCK_MONOTONIC_RAW: c_int = 4;
const CLOCK_REALTIME_COARSE: c_int = 5;
const CLOCK_MONOTONIC_COARSE: c_int = 6;
const CLOCK_BOOTTIME: c_int = 7;

/// Nanoseconds that a clock shows.
pub fn now(clock: c_int) -> Option<i64> {
    match clock {
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => Some(utc()),
        // The processor's time is not measured: what has passed is its upper bound.
        CLOCK_MONOTONIC
        | CLOCK_MONOTONIC_RAW
        | CLOCK_MONOTONIC_COARSE
        | CLOCK_PROCESS_CPUTIME_ID
        | CLOCK_THREAD_CPUTIME_ID => Some(time::monotonic()),
        // SAFETY: takes no pointer.
        CLOCK_BOOTTIME => Some(unsafe { syscalls::clock_get_boot() }),
        _ => None,
    }
}

/// Nanoseconds since 1970; without a clock, since the start of the system.
fn utc() -> i64 {
    let clock = startup::utc();
    let mut now = 0;
    if clock != Handle::INVALID {
        // SAFETY: `now` is valid for the write.
        let status = unsafe { syscalls::clock_read(clock.into_raw(), &mut now) };
        if Status::ok(status).is_ok() {
            return now;
        }
    }
    time::monotonic()
}

/// The time of the monotonic clock when another one shows `deadline`.
pub fn monotonic_deadline(clock: c_int, deadline: i64) -> Option<i64> {
    let ahead = deadline.saturating_sub(now(clock)?);
    Some(time::monotonic().saturating_add(ahead))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: c_int, out: *mut Timespec) -> c_int {
    let Some(now) = now(clock) else { return errno::fail(errno::EINVAL) };
    // SAFETY: the caller's promise.
    unsafe { out.write(Timespec::new(now)) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_getres(clock: c_int, out: *mut Timespec) -> c_int {
    if now(clock).is_none() {
        return errno::fail(errno::EINVAL);
    }
    if !out.is_null() {
        // SAFETY: the caller's promise.
        unsafe { out.write(Timespec::new(1)) };
    }
    0
}

/// Nothing is to be written where `out` is null, as in Fuchsia's libc.
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(out: *mut Timeval, _zone: *mut core::ffi::c_void) -> c_int {
    if out.is_null() {
        return 0;
    }
    let now = Timespec::new(utc());
    // SAFETY: the caller's promise.
    unsafe {
        out.write(Timeval { seconds: now.seconds, microseconds: now.nanoseconds / 1000 });
    }
    0
}

/// `time` of time.h, whose name is the module's.
#[unsafe(export_name = "time")]
unsafe extern "C" fn seconds(out: *mut i64) -> i64 {
    let now = Timespec::new(utc()).seconds;
    if !out.is_null() {
        // SAFETY: the caller's promise.
        unsafe { out.write(now) };
    }
    now
}

/// Nothing interrupts a sleep, so that nothing is ever left of it.
#[unsafe(no_mangle)]
unsafe extern "C" fn nanosleep(duration: *const Timespec, _left: *mut Timespec) -> c_int {
    // SAFETY: the caller's promise.
    match unsafe { duration.read() }.nanoseconds() {
        Some(duration) if duration >= 0 => {
            time::sleep_until(time::deadline_after(duration));
            0
        }
        _ => errno::fail(errno::EINVAL),
    }
}

const TIMER_ABSTIME: c_int = 1;

/// Returns an error's number.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    until: *const Timespec,
    _left: *mut Timespec,
) -> c_int {
    // SAFETY: the caller's promise.
    let Some(nanoseconds) = (unsafe { until.read() }).nanoseconds() else { return errno::EINVAL };
    let deadline = if flags & TIMER_ABSTIME != 0 {
        monotonic_deadline(clock, nanoseconds)
    } else {
        now(clock).map(|_| time::deadline_after(nanoseconds))
    };
    match deadline {
        Some(deadline) => {
            time::sleep_until(deadline);
            0
        }
        None => errno::EINVAL,
    }
}

#[unsafe(no_mangle)]
extern "C" fn sleep(seconds: u32) -> u32 {
    time::sleep_until(time::deadline_after(i64::from(seconds).saturating_mul(NANOSECONDS)));
    0
}

#[unsafe(no_mangle)]
extern "C" fn usleep(microseconds: u32) -> c_int {
    time::sleep_until(time::deadline_after(i64::from(microseconds) * 1000));
    0
}

/// Microseconds of the processor's time, at most.
#[unsafe(no_mangle)]
extern "C" fn clock() -> c_long {
    time::monotonic() / 1000
}

/// `struct tms`: the process's time and that of the system for it, and the same of its children.
#[repr(C)]
struct Times([c_long; 4]);

/// In ticks, of which a second has `sysconf(_SC_CLK_TCK)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn times(out: *mut Times) -> c_long {
    const TICK: i64 = NANOSECONDS / 100;
    let now = time::monotonic() / TICK;
    // SAFETY: the caller's promise.
    unsafe { out.write(Times([now, 0, 0, 0])) };
    now
}
