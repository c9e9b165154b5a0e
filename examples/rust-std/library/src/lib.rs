//! A library that programs open while they run.

use std::cell::Cell;
use std::ffi::c_char;

thread_local! {
    static GREETED: Cell<u32> = const { Cell::new(0) };
}

/// A greeting.
#[unsafe(no_mangle)]
pub extern "C" fn greeting() -> *const c_char {
    GREETED.with(|greeted| greeted.set(greeted.get() + 1));
    c"Hello from a library".as_ptr()
}

/// How often the calling thread has been greeted.
#[unsafe(no_mangle)]
pub extern "C" fn greeted() -> u32 {
    GREETED.with(Cell::get)
}
