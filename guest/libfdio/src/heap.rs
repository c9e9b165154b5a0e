//! Memory of libc.so's, for Rust's collections.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::ptr;

unsafe extern "C" {
    pub fn malloc(size: usize) -> *mut c_void;
    fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int;
    pub fn free(block: *mut c_void);
    pub fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
}

/// How what `malloc` returns is aligned.
const ALIGN: usize = 16;

struct Heap;

// SAFETY: libc.so's functions do what is asked for.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let mut block = ptr::null_mut();
        // SAFETY: `block` is valid for the write.
        unsafe {
            if layout.align() <= ALIGN {
                return malloc(layout.size()).cast();
            }
            // Whose failure leaves null.
            posix_memalign(&mut block, layout.align(), layout.size());
        }
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller's promise.
        unsafe { free(block.cast()) }
    }

    unsafe fn realloc(&self, block: *mut u8, _: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise; the alignment stays.
        unsafe { realloc(block.cast(), size).cast() }
    }
}

#[global_allocator]
static HEAP: Heap = Heap;
