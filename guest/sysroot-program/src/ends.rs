//! How a program ends.

use core::ffi::c_void;
use core::ptr;

use crate::c;

extern "C" fn first() {
    // SAFETY: it is a string.
    unsafe { c::puts(c"first".as_ptr()) };
}

extern "C" fn second() {
    // SAFETY: it is a string.
    unsafe { c::puts(c"second".as_ptr()) };
}

/// With functions that run then, the last one first.
pub fn exit() -> ! {
    // SAFETY: takes no pointer.
    unsafe {
        c::atexit(first);
        c::atexit(second);
        c::exit(7)
    }
}

pub fn abort() -> ! {
    // SAFETY: takes no pointer.
    unsafe {
        c::atexit(first);
        c::abort()
    }
}

/// The program ends with its last thread.
pub fn last_thread() -> ! {
    extern "C" fn run(initial: *mut c_void) -> *mut c_void {
        // SAFETY: the initial thread has not been joined.
        unsafe {
            c::pthread_join(initial.addr() as c::Pthread, ptr::null_mut());
            c::puts(c"alone".as_ptr());
        }
        ptr::null_mut()
    }
    let mut thread = 0;
    // SAFETY: the argument is a number.
    unsafe {
        c::atexit(first);
        let initial = c::pthread_self() as usize;
        c::pthread_create(&mut thread, ptr::null(), run, ptr::without_provenance_mut(initial));
        c::pthread_exit(ptr::null_mut())
    }
}
