//! What a program is started with.

use core::ffi::{CStr, c_char, c_int};

use crate::{c, check};

/// The program is run as `sysroot_program startup one two` with `A=b` and `EMPTY=`.
///
/// # Safety
/// The arguments of the main function.
pub unsafe fn check_all(count: c_int, args: *mut *mut c_char, environ: *mut *mut c_char) {
    // SAFETY: the lists end with null, and are as long as they say.
    unsafe {
        check!(count == 4);
        check!(CStr::from_ptr(*args.add(2)) == c"one");
        check!(CStr::from_ptr(*args.add(3)) == c"two");
        check!((*args.add(4)).is_null());
        check!(environ == c::environ);
        check!(CStr::from_ptr(*environ) == c"A=b");
        check!((*environ.add(2)).is_null());
    }
    environment();
    handles();
}

fn environment() {
    let is = |name: &CStr, value: Option<&CStr>| {
        // SAFETY: both are strings.
        unsafe {
            let found = c::getenv(name.as_ptr());
            if found.is_null() { value.is_none() } else { value == Some(CStr::from_ptr(found)) }
        }
    };
    // SAFETY: all are strings.
    let set = |name: &CStr, value: &CStr, overwrite| unsafe {
        c::setenv(name.as_ptr(), value.as_ptr(), overwrite)
    };
    check!(is(c"A", Some(c"b")));
    check!(is(c"EMPTY", Some(c"")));
    check!(is(c"a", None));
    check!(is(c"A=b", None));
    check!(set(c"A", c"kept", 0) == 0 && is(c"A", Some(c"b")));
    check!(set(c"A", c"replaced", 1) == 0 && is(c"A", Some(c"replaced")));
    check!(set(c"", c"none", 1) == -1);
    check!(set(c"B=", c"none", 1) == -1);
    for index in 0..40 {
        let mut name = [0; 8];
        // SAFETY: the format asks for this argument, and there is room for a few digits.
        let name = unsafe {
            c::snprintf(name.as_mut_ptr(), name.len(), c"N%d".as_ptr(), index as c_int);
            CStr::from_ptr(name.as_ptr())
        };
        check!(set(name, c"many", 1) == 0);
    }
    check!(is(c"N0", Some(c"many")) && is(c"N39", Some(c"many")) && is(c"EMPTY", Some(c"")));
    // SAFETY: it is a string.
    check!(unsafe { c::unsetenv(c"N0".as_ptr()) } == 0);
    check!(is(c"N0", None) && is(c"N1", Some(c"many")));
}

fn handles() {
    // SAFETY: takes no pointer.
    unsafe {
        check!(c::zx_process_self() != 0);
        check!(c::zx_thread_self() != 0);
        check!(c::zx_vmar_root_self() != 0);
        // PA_USER0, which there is none of.
        check!(c::zx_take_startup_handle(0xf0) == 0);
    }
}
