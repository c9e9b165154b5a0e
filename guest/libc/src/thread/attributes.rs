//! `pthread_attr_t`.

use core::ffi::c_int;

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
    pub stack_size: usize,
    pub guard_size: usize,
    detached: c_int,
    reserved: [u32; 9],
}

const _: () = assert!(size_of::<Attributes>() == 56);

impl Attributes {
    /// Those of a thread that is created without.
    pub const DEFAULT: Self =
        Self { stack_size: STACK_SIZE, guard_size: GUARD_SIZE, detached: 0, reserved: [0; 9] };

    pub fn is_detached(&self) -> bool {
        self.detached == DETACHED
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
