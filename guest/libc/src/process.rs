//! Facts about the process and the system: unistd.h, sched.h, sys/utsname.h.

use core::ffi::{c_char, c_int, c_long};

use guest_rt::{system, time};
use zx_abi::PAGE_SIZE;

use crate::thread::attributes::MIN_STACK_SIZE;
use crate::thread::key;
use crate::{errno, startup};

/// `ZX_INFO_HANDLE_BASIC`'s koid, as far as it fits.
#[unsafe(no_mangle)]
pub extern "C" fn getpid() -> c_int {
    startup::process().basic_info().map_or(0, |info| (info.koid & 0x7fff_ffff) as c_int)
}

#[unsafe(no_mangle)]
extern "C" fn getppid() -> c_int {
    0
}

macro_rules! of_process {
    ($($name:ident)*) => {
        $(
            /// There is one process in each group and session; which one is asked for does not matter.
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> c_int {
                getpid()
            }
        )*
    };
}

of_process! {
    getpgid getpgrp getsid
}

#[unsafe(no_mangle)]
extern "C" fn sched_yield() -> c_int {
    time::sleep_until(0);
    0
}

/// POSIX.1-2008
const POSIX: c_long = 200_809;
/// XSI of that.
const XOPEN: c_long = 700;

/// What is without a limit is -1, as is what is not known, with EINVAL. `_SC_*` are numbers.
#[unsafe(no_mangle)]
extern "C" fn sysconf(name: c_int) -> c_long {
    match name {
        // ARG_MAX
        0 => 131_072,
        // CHILD_MAX, STREAM_MAX, TZNAME_MAX, GETGR_R_SIZE_MAX, GETPW_R_SIZE_MAX, THREAD_THREADS_MAX,
        // ATEXIT_MAX, SYMLOOP_MAX
        1 | 5 | 6 | 69 | 70 | 76 | 87 | 173 => -1,
        // CLK_TCK
        2 => 100,
        // NGROUPS_MAX
        3 => 32,
        // OPEN_MAX
        4 => 1024,
        // FSYNC, MAPPED_FILES, MEMORY_PROTECTION, VERSION, THREADS, THREAD_SAFE_FUNCTIONS,
        // THREAD_ATTR_STACKSIZE, BARRIERS, CLOCK_SELECTION, MONOTONIC_CLOCK, READER_WRITER_LOCKS,
        // SPIN_LOCKS, TIMEOUTS, SEMAPHORES
        15 | 16 | 19 | 21 | 29 | 67 | 68 | 78 | 133 | 137 | 149 | 153 | 154 | 164 => POSIX,
        // JOB_CONTROL, SAVED_IDS, REALTIME_SIGNALS, PRIORITY_SCHEDULING, TIMERS, ASYNCHRONOUS_IO,
        // PRIORITIZED_IO, SYNCHRONIZED_IO, MEMLOCK, MEMLOCK_RANGE, MESSAGE_PASSING,
        // SHARED_MEMORY_OBJECTS, THREAD_ATTR_STACKADDR, SHELL, SPAWN: none of these is there.
        7..=14 | 17 | 18 | 20 | 22 | 77 | 157 | 159 => -1,
        // PAGESIZE
        30 => PAGE_SIZE as c_long,
        // SEM_NSEMS_MAX
        32 => 256,
        // SEM_VALUE_MAX
        33 => c_int::MAX.into(),
        // BC_BASE_MAX, BC_DIM_MAX, BC_SCALE_MAX, BC_STRING_MAX, COLL_WEIGHTS_MAX, EXPR_NEST_MAX
        36 => 99,
        37 => 2048,
        38 => 99,
        39 => 1000,
        40 => 2,
        42 => 32,
        // LINE_MAX
        43 => 4096,
        // RE_DUP_MAX
        44 => 255,
        // IOV_MAX
        60 => 1024,
        // LOGIN_NAME_MAX
        71 => 256,
        // TTY_NAME_MAX
        72 => 32,
        // THREAD_DESTRUCTOR_ITERATIONS
        73 => key::ROUNDS as c_long,
        // THREAD_KEYS_MAX
        74 => key::MAX_KEYS as c_long,
        // THREAD_STACK_MIN
        75 => MIN_STACK_SIZE as c_long,
        // NPROCESSORS_CONF, NPROCESSORS_ONLN
        83 | 84 => system::num_cpus().into(),
        // PHYS_PAGES, AVPHYS_PAGES
        85 | 86 => (system::physmem() / PAGE_SIZE) as c_long,
        // XOPEN_VERSION
        89 => XOPEN,
        // NZERO
        109 => 20,
        // HOST_NAME_MAX
        180 => 255,
        _ => errno::fail(errno::EINVAL).into(),
    }
}

/// Of any file. What is without a limit is -1, as is what is not known, with EINVAL. `_PC_*` are
/// numbers.
fn path_limit(name: c_int) -> c_long {
    match name {
        // LINK_MAX
        0 => 8,
        // MAX_CANON, MAX_INPUT, NAME_MAX
        1..=3 => 255,
        // PATH_MAX, PIPE_BUF
        4 | 5 => 4096,
        // CHOWN_RESTRICTED, NO_TRUNC
        6 | 7 => 1,
        // VDISABLE
        8 => 0,
        // SYNC_IO to 2_SYMLINKS
        9..=20 => -1,
        _ => errno::fail(errno::EINVAL).into(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn pathconf(_path: *const c_char, name: c_int) -> c_long {
    path_limit(name)
}

#[unsafe(no_mangle)]
extern "C" fn fpathconf(_fd: c_int, name: c_int) -> c_long {
    path_limit(name)
}

#[unsafe(no_mangle)]
extern "C" fn getdtablesize() -> c_int {
    sysconf(4) as c_int
}

#[unsafe(no_mangle)]
extern "C" fn getpagesize() -> c_int {
    PAGE_SIZE as c_int
}

/// All threads have the same priority.
#[unsafe(no_mangle)]
extern "C" fn sched_get_priority_max(_policy: c_int) -> c_int {
    0
}

#[unsafe(no_mangle)]
extern "C" fn sched_get_priority_min(_policy: c_int) -> c_int {
    0
}

/// Bytes of a name of [`Names`].
const NAME_SIZE: usize = 65;

/// `struct utsname`
#[repr(C)]
struct Names {
    system: [u8; NAME_SIZE],
    /// `HOST_NAME_MAX` and a NUL.
    node: [u8; 256],
    release: [u8; NAME_SIZE],
    version: [u8; NAME_SIZE],
    machine: [u8; NAME_SIZE],
    domain: [u8; NAME_SIZE],
}

/// A name, with NULs behind it.
fn padded<const SIZE: usize>(name: &str) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes
}

#[unsafe(no_mangle)]
unsafe extern "C" fn uname(out: *mut Names) -> c_int {
    let names = Names {
        system: padded("Fuchsia"),
        node: padded("fuchsia"),
        release: padded(""),
        version: padded(""),
        machine: padded("x86_64"),
        domain: padded(""),
    };
    // SAFETY: the caller's promise.
    unsafe { out.write(names) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getdomainname(out: *mut c_char, size: usize) -> c_int {
    if size == 0 {
        return errno::fail(errno::EINVAL);
    }
    // SAFETY: the caller's promise.
    unsafe { out.write(0) };
    0
}
