//! Memory for what is loaded into a running program. The linker has no allocator: the C library
//! lends its own.

use core::mem::transmute;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// `aligned_alloc` of stdlib.h
type Allocate = unsafe extern "C" fn(align: usize, size: usize) -> *mut u8;
/// `free` of stdlib.h
type Free = unsafe extern "C" fn(block: *mut u8);

static ALLOCATE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());
static FREE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Lends the linker an allocator. Until then nothing can be loaded into the program.
///
/// # Safety
/// Both are as C has them.
// SAFETY: exported to libc.so, which declares it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dl_set_memory(allocate: Allocate, free: Free) {
    FREE.store(free as *mut (), Ordering::Relaxed);
    ALLOCATE.store(allocate as *mut (), Ordering::Release);
}

/// Allocates memory, aligned to a power of two; none if there is none.
pub fn allocate(size: usize, align: usize) -> Option<*mut u8> {
    let function = ALLOCATE.load(Ordering::Acquire);
    if function.is_null() {
        return None;
    }
    // SAFETY: it is the function of `dl_set_memory`.
    let block = unsafe { transmute::<*mut (), Allocate>(function)(align, size) };
    (!block.is_null()).then_some(block)
}

/// Frees memory.
///
/// # Safety
/// It was allocated here, and nobody uses it any more.
pub unsafe fn free(block: *mut u8) {
    // SAFETY: there is a function, for it has allocated the memory.
    unsafe { transmute::<*mut (), Free>(FREE.load(Ordering::Relaxed))(block) };
}
