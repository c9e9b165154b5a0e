//! pwd.h and grp.h. There are no accounts: none is found, which is no error.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use crate::errno;

macro_rules! none {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> *mut c_void {
                ptr::null_mut()
            }
        )*
    };
}

none! {
    getgrent getgrgid getgrnam getlogin getpwent getpwnam getpwuid
}

macro_rules! none_into {
    ($($name:ident($key:ty);)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name(
                _key: $key,
                _entry: *mut c_void,
                _buffer: *mut c_char,
                _size: usize,
                result: *mut *mut c_void,
            ) -> c_int {
                // SAFETY: the caller's promise.
                unsafe { result.write(ptr::null_mut()) };
                0
            }
        )*
    };
}

none_into! {
    getgrgid_r(u32);
    getgrnam_r(*const c_char);
    getpwnam_r(*const c_char);
    getpwuid_r(u32);
}

macro_rules! nothing {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name() {}
        )*
    };
}

nothing! {
    endgrent endpwent setgrent setpwent
}

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

nobody! {
    getegid geteuid getgid getuid
}

macro_rules! nobody_into {
    ($($name:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name(real: *mut u32, effective: *mut u32, saved: *mut u32) -> c_int {
                for out in [real, effective, saved] {
                    // SAFETY: the caller's promise.
                    unsafe { out.write(0) };
                }
                0
            }
        )*
    };
}

nobody_into! {
    getresgid getresuid
}

/// There are no further groups.
#[unsafe(no_mangle)]
extern "C" fn getgroups(_size: c_int, _groups: *mut u32) -> c_int {
    0
}

/// The group given is all that anybody is in.
#[unsafe(no_mangle)]
unsafe extern "C" fn getgrouplist(
    _user: *const c_char,
    group: u32,
    groups: *mut u32,
    count: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let room = count.read();
        count.write(1);
        if room < 1 {
            return -1;
        }
        groups.write(group);
    }
    1
}

#[unsafe(no_mangle)]
extern "C" fn initgroups(_user: *const c_char, _group: u32) -> c_int {
    errno::fail(errno::ENOSYS)
}
