//! Facts about the process and the system: unistd.h, sched.h, pwd.h.

use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr;

use guest_rt::{system, time};
use zx_abi::PAGE_SIZE;

use crate::{errno, startup};

/// `ZX_INFO_HANDLE_BASIC`'s koid, as far as it fits.
#[unsafe(no_mangle)]
extern "C" fn getpid() -> c_int {
    startup::process().basic_info().map_or(0, |info| (info.koid & 0x7fff_ffff) as c_int)
}

#[unsafe(no_mangle)]
extern "C" fn getppid() -> c_int {
    0
}

// There are no users.
macro_rules! nobody {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> u32 {
                0
            }
        )*
    };
}
nobody!(getuid geteuid getgid getegid);

/// There are no accounts: none is found, which is no error.
#[unsafe(no_mangle)]
unsafe extern "C" fn getpwuid_r(
    _user: u32,
    _entry: *mut c_void,
    _buffer: *mut c_char,
    _size: usize,
    result: *mut *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { result.write(ptr::null_mut()) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn sched_yield() -> c_int {
    time::sleep_until(0);
    0
}

const SC_OPEN_MAX: c_int = 4;
const SC_PAGESIZE: c_int = 30;
const SC_IOV_MAX: c_int = 60;
const SC_GETPW_R_SIZE_MAX: c_int = 70;
const SC_THREAD_KEYS_MAX: c_int = 74;
const SC_THREAD_STACK_MIN: c_int = 75;
const SC_NPROCESSORS_CONF: c_int = 83;
const SC_NPROCESSORS_ONLN: c_int = 84;
const SC_PHYS_PAGES: c_int = 85;
const SC_AVPHYS_PAGES: c_int = 86;
const SC_MONOTONIC_CLOCK: c_int = 149;
const SC_CLK_TCK: c_int = 2;

/// What is without a limit is -1, as is what is not known, with EINVAL.
#[unsafe(no_mangle)]
extern "C" fn sysconf(name: c_int) -> c_long {
    match name {
        SC_CLK_TCK => 100,
        SC_OPEN_MAX => 1024,
        SC_PAGESIZE => PAGE_SIZE as c_long,
        SC_IOV_MAX => 1024,
        SC_GETPW_R_SIZE_MAX => -1,
        SC_THREAD_KEYS_MAX => crate::thread::key::MAX_KEYS as c_long,
        SC_THREAD_STACK_MIN => crate::thread::attributes::MIN_STACK_SIZE as c_long,
        SC_NPROCESSORS_CONF | SC_NPROCESSORS_ONLN => system::num_cpus().into(),
        SC_PHYS_PAGES | SC_AVPHYS_PAGES => (system::physmem() / PAGE_SIZE) as c_long,
        SC_MONOTONIC_CLOCK => 200_809,
        _ => errno::fail(errno::EINVAL).into(),
    }
}

#[unsafe(no_mangle)]
extern "C" fn getpagesize() -> c_int {
    PAGE_SIZE as c_int
}
