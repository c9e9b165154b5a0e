//! What the tests share.

use std::mem::MaybeUninit;

/// Bytes behind a value that nobody may touch.
const GUARD: usize = 64;
/// What is there before anybody writes.
const BEFORE: u8 = 0xa5;

#[repr(C)]
struct Guarded<T> {
    value: MaybeUninit<T>,
    guard: [u8; GUARD],
}

/// Lets a function of C's fill a value in, and checks that it has not gone beyond.
///
/// # Safety
/// The value is one afterwards.
pub unsafe fn filled<T>(fill: impl FnOnce(*mut T)) -> T {
    let mut guarded = Guarded { value: MaybeUninit::<T>::uninit(), guard: [BEFORE; GUARD] };
    let value = guarded.value.as_mut_ptr();
    // SAFETY: the bytes are the value's.
    unsafe { value.cast::<u8>().write_bytes(BEFORE, size_of::<T>()) };
    fill(value);
    assert_eq!(guarded.guard, [BEFORE; GUARD], "{} is too small", std::any::type_name::<T>());
    // SAFETY: the caller's promise.
    unsafe { guarded.value.assume_init() }
}
