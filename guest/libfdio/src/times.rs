//! Times of files: sys/stat.h, sys/time.h, utime.h.

use core::ffi::{c_char, c_int, c_long};

use guest_rt::io::attributes::{self, Times};
use zx_abi::Status;

use crate::descriptor;
use crate::errno::{EINVAL, EOPNOTSUPP, Result, done};
use crate::object::Object;
use crate::open::{AT_FDCWD, WRITE};
use crate::place::Place;
use crate::text::text;

const UTIME_NOW: c_long = 0x3fff_ffff;
const UTIME_OMIT: c_long = 0x3fff_fffe;

const CLOCK_REALTIME: c_int = 0;
const NANOSECONDS: i64 = 1_000_000_000;

/// `struct timespec`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Timespec {
    seconds: i64,
    nanoseconds: c_long,
}

/// `struct timeval`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Timeval {
    seconds: i64,
    microseconds: c_long,
}

/// `struct utimbuf`
#[repr(C)]
pub struct Utimbuf {
    access: i64,
    modification: i64,
}

const NOW: Timespec = Timespec { seconds: 0, nanoseconds: UTIME_NOW };

unsafe extern "C" {
    fn clock_gettime(clock: c_int, out: *mut Timespec) -> c_int;
}

impl Timespec {
    /// The time as nanoseconds since 1970; nothing if it is to stay.
    fn read(self) -> Result<Option<u64>> {
        match self.nanoseconds {
            UTIME_OMIT => Ok(None),
            UTIME_NOW => {
                let mut now = Self { seconds: 0, nanoseconds: 0 };
                // SAFETY: it is valid for the write.
                unsafe { clock_gettime(CLOCK_REALTIME, &mut now) };
                now.read()
            }
            0..NANOSECONDS => {
                let time = self.seconds.checked_mul(NANOSECONDS);
                let time = time.and_then(|time| time.checked_add(self.nanoseconds));
                time.and_then(|time| u64::try_from(time).ok()).map(Some).ok_or(EINVAL)
            }
            _ => Err(EINVAL),
        }
    }
}

impl Timespec {
    /// How many nanoseconds it is.
    pub fn duration(&self) -> Result<i64> {
        if self.seconds < 0 || !(0..NANOSECONDS).contains(&self.nanoseconds) {
            return Err(EINVAL);
        }
        Ok(self.seconds.saturating_mul(NANOSECONDS).saturating_add(self.nanoseconds))
    }
}

impl Timeval {
    /// How many nanoseconds it is.
    pub fn duration(&self) -> Result<i64> {
        if self.seconds < 0 || self.microseconds < 0 {
            return Err(EINVAL);
        }
        let nanoseconds = self.microseconds.saturating_mul(1000);
        Ok(self.seconds.saturating_mul(NANOSECONDS).saturating_add(nanoseconds))
    }

    /// So many nanoseconds.
    pub fn of(nanoseconds: i64) -> Self {
        Self { seconds: nanoseconds / NANOSECONDS, microseconds: nanoseconds % NANOSECONDS / 1000 }
    }

    pub fn timespec(self) -> Result<Timespec> {
        match self.microseconds {
            0..1_000_000 => {
                Ok(Timespec { seconds: self.seconds, nanoseconds: 1000 * self.microseconds })
            }
            _ => Err(EINVAL),
        }
    }
}

/// Sets the times of something: access, modification. The times that it has not stay.
fn set(object: &Object, times: [Timespec; 2]) -> Result {
    let [access, modification] = times;
    let times = Times { access: access.read()?, modification: modification.read()? };
    let node = object.remote().map_err(|_| EOPNOTSUPP)?.channel();
    match attributes::set_times(node, times) {
        // Many file systems have no time of access.
        Err(Status::NOT_SUPPORTED) if times.access.is_some() => {
            Ok(attributes::set_times(node, Times { access: None, ..times })?)
        }
        result => Ok(result?),
    }
}

fn set_at(fd: c_int, path: &[u8], times: [Timespec; 2]) -> Result {
    set(&*Place::of(fd, path)?.open(WRITE, true)?, times)
}

/// # Safety
/// The pointer is null or to two times.
unsafe fn specified(times: *const [Timespec; 2]) -> [Timespec; 2] {
    // SAFETY: the caller's promise.
    if times.is_null() { [NOW; 2] } else { unsafe { times.read() } }
}

/// # Safety
/// The pointer is null or to two times.
unsafe fn converted(times: *const [Timeval; 2]) -> Result<[Timespec; 2]> {
    if times.is_null() {
        return Ok([NOW; 2]);
    }
    // SAFETY: the caller's promise.
    let [access, modification] = unsafe { times.read() };
    Ok([access.timespec()?, modification.timespec()?])
}

/// There are no links, so that `flags` do not matter.
#[unsafe(no_mangle)]
unsafe extern "C" fn utimensat(
    fd: c_int,
    path: *const c_char,
    times: *const [Timespec; 2],
    _flags: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    done(unsafe { text(path).and_then(|path| set_at(fd, path, specified(times))) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn futimens(fd: c_int, times: *const [Timespec; 2]) -> c_int {
    // SAFETY: the caller's promise.
    done(descriptor::get(fd).and_then(|object| set(&object, unsafe { specified(times) })))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn utimes(path: *const c_char, times: *const [Timeval; 2]) -> c_int {
    // SAFETY: the caller's promise.
    done(unsafe { text(path).and_then(|path| set_at(AT_FDCWD, path, converted(times)?)) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn lutimes(path: *const c_char, times: *const [Timeval; 2]) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { utimes(path, times) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn futimes(fd: c_int, times: *const [Timeval; 2]) -> c_int {
    // SAFETY: the caller's promise.
    done(descriptor::get(fd).and_then(|object| set(&object, unsafe { converted(times) }?)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn utime(path: *const c_char, times: *const Utimbuf) -> c_int {
    let times = if times.is_null() {
        [NOW; 2]
    } else {
        // SAFETY: the caller's promise.
        let times = unsafe { &*times };
        [times.access, times.modification].map(|seconds| Timespec { seconds, nanoseconds: 0 })
    };
    // SAFETY: the caller's promise.
    done(unsafe { text(path) }.and_then(|path| set_at(AT_FDCWD, path, times)))
}
