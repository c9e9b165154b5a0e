//! `pthread_attr_t`.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use super::Thread;
use super::create::GUARD_SIZE;
use crate::errno;

/// `PTHREAD_STACK_MIN`
pub const MIN_STACK_SIZE: usize = 2048;
/// A stack's size unless told otherwise (`ZIRCON_DEFAULT_STACK_SIZE`).
pub const STACK_SIZE: usize = 256 << 10;
const DETACHED: c_int = 1;

/// `pthread_attr_t`
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Attributes {
    /// Of the C library's own.
    name: *const c_char,
    is_c11: c_int,
    pub stack_size: usize,
    pub guard_size: usize,
    /// Null for one of the library's.
    stack: *mut c_void,
    detached: c_int,
    inherits_schedule: c_int,
    policy: c_int,
    priority: c_int,
}

const _: () = assert!(size_of::<Attributes>() == 56);

impl Attributes {
    /// Those of a thread that is created without.
    pub const DEFAULT: Self = Self {
        name: ptr::null(),
        is_c11: 0,
        stack_size: STACK_SIZE,
        guard_size: GUARD_SIZE,
        stack: ptr::null_mut(),
        detached: 0,
        inherits_schedule: 0,
        policy: 0,
        priority: 0,
    };

    pub fn is_detached(&self) -> bool {
        self.detached == DETACHED
    }

    pub fn has_stack(&self) -> bool {
        !self.stack.is_null()
    }
}

/// What a thread has.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_getattr_np(thread: *const Thread, out: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise: the thread has not been joined.
    let thread = unsafe { &*thread };
    let (stack, stack_size, guard_size) = thread.stack();
    let attributes = Attributes {
        stack: stack as *mut c_void,
        stack_size,
        guard_size,
        detached: c_int::from(thread.is_detached()),
        ..Attributes::DEFAULT
    };
    // SAFETY: the caller's promise.
    unsafe { out.write(attributes) };
    0
}

/// The lowest address of a stack, and its size.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_getstack(
    attributes: *const Attributes,
    stack: *mut *mut c_void,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        stack.write((*attributes).stack);
        size.write((*attributes).stack_size);
    }
    0
}

/// No thread can be created with that: it would lack an unsafe stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_setstack(
    attributes: *mut Attributes,
    stack: *mut c_void,
    size: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let error = pthread_attr_setstacksize(attributes, size);
        if error == 0 {
            (*attributes).stack = stack;
        }
        error
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(Attributes::DEFAULT) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn pthread_attr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_setstacksize(attributes: *mut Attributes, size: usize) -> c_int {
    if !(MIN_STACK_SIZE..=isize::MAX as usize / 8).contains(&size) {
        return errno::EINVAL;
    }
    // SAFETY: the caller's promise.
    unsafe { (*attributes).stack_size = size };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_getstacksize(
    attributes: *const Attributes,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { size.write((*attributes).stack_size) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_setguardsize(attributes: *mut Attributes, size: usize) -> c_int {
    if size > isize::MAX as usize / 8 {
        return errno::EINVAL;
    }
    // SAFETY: the caller's promise.
    unsafe { (*attributes).guard_size = size };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_getguardsize(
    attributes: *const Attributes,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { size.write((*attributes).guard_size) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_setdetachstate(
    attributes: *mut Attributes,
    state: c_int,
) -> c_int {
    if !(0..=DETACHED).contains(&state) {
        return errno::EINVAL;
    }
    // SAFETY: the caller's promise.
    unsafe { (*attributes).detached = state };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_attr_getdetachstate(
    attributes: *const Attributes,
    state: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { state.write((*attributes).detached) };
    0
}
