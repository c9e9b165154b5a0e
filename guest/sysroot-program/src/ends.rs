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

extern "C" fn of_variable(_: *mut c_void) {
    // SAFETY: it is a string.
    unsafe { c::puts(c"variable".as_ptr()) };
}

/// With functions that run then: those of the thread's variables, then the others, the last one
/// first. Keys have their destructors for threads that end.
pub fn exit() -> ! {
    // SAFETY: takes no pointer that is used.
    unsafe {
        let mut key = 0;
        c::pthread_key_create(&mut key, Some(of_variable));
        c::pthread_setspecific(key, ptr::without_provenance(1));
        c::__cxa_thread_atexit_impl(of_variable, ptr::null_mut(), ptr::null_mut());
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

/// Needs more and more of the stack.
#[allow(unconditional_recursion, reason = "it is to end by an exception")]
extern "C" fn deeper(argument: *mut c_void) -> *mut c_void {
    let bytes = core::hint::black_box([argument.addr(); 64]);
    let below = deeper(argument.wrapping_byte_add(bytes[7]));
    core::hint::black_box(bytes)[0] += below.addr();
    below
}

pub fn overflow() {
    deeper(ptr::null_mut());
}

pub fn overflow_in_thread() {
    let mut thread = 0;
    // SAFETY: the argument is a number.
    unsafe {
        c::pthread_create(&mut thread, ptr::null(), deeper, ptr::null_mut());
        c::pthread_join(thread, ptr::null_mut());
    }
}
