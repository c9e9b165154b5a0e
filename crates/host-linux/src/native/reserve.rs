//! What is kept for when the host has no more memory: enough to end what needs it.
//!
//! What programs can make as large as they like is asked for in a way that may be refused, and
//! charged to their jobs. The rest is small, and must not fail. If it would, the reserve is given
//! back to the host, and [`WithReserve::ran_short`] tells so on the thread that needed it: the kernel then ends
//! the program for which it did.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// Large enough to be a mapping of its own, so that all of it goes back.
const RESERVE: Layout = match Layout::from_size_align(4 << 20, 16) {
    Ok(layout) => layout,
    Err(_) => panic!("a multiple of the alignment"),
};

/// The system's allocator, with a reserve once one has been laid in: for `#[global_allocator]`.
#[derive(Debug)]
pub struct WithReserve;

/// Null while there is none.
static KEPT: AtomicPtr<u8> = AtomicPtr::new(null_mut());

thread_local! {
    /// This thread has needed the reserve.
    static NEEDED: Cell<bool> = const { Cell::new(false) };
}

/// There was a reserve: where it is gone, there is to be another.
static WANTED: AtomicBool = AtomicBool::new(false);

impl WithReserve {
    /// Lays the reserve in, as far as the host has memory for it.
    pub fn lay_in() {
        WANTED.store(true, Ordering::Relaxed);
        // SAFETY: the layout has a size.
        let kept = unsafe { System.alloc(RESERVE) };
        give_back(KEPT.swap(kept, Ordering::SeqCst));
    }

    /// Whether the calling thread has needed the reserve since it last asked. If it is gone, it is
    /// laid in again.
    pub fn ran_short() -> bool {
        if KEPT.load(Ordering::Relaxed).is_null() && WANTED.load(Ordering::Relaxed) {
            Self::lay_in();
        }
        NEEDED.replace(false)
    }
}

fn give_back(kept: *mut u8) {
    if !kept.is_null() {
        // SAFETY: it was allocated with this layout, and whoever took it out is the only one.
        unsafe { System.dealloc(kept, RESERVE) };
    }
}

/// Tries to allocate, and once more without the reserve.
fn allocate(try_to: impl Fn() -> *mut u8) -> *mut u8 {
    let mut allocated = try_to();
    if allocated.is_null() {
        let kept = KEPT.swap(null_mut(), Ordering::SeqCst);
        if !kept.is_null() {
            give_back(kept);
            NEEDED.set(true);
            allocated = try_to();
        }
    }
    allocated
}

// SAFETY: everything is the system's allocator's.
unsafe impl GlobalAlloc for WithReserve {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator needs; so below.
        allocate(|| unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        allocate(|| unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; what could not be moved is still there.
        allocate(|| unsafe { System.realloc(ptr, layout, size) })
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_goes_to_who_cannot_do_without_and_is_laid_in_again() {
        WithReserve::lay_in();
        assert!(!WithReserve::ran_short());
        let tries = Cell::new(0);
        let second = allocate(|| {
            tries.set(tries.get() + 1);
            if tries.get() == 1 { null_mut() } else { 16 as *mut u8 }
        });
        assert_eq!((second.addr(), tries.get()), (16, 2));
        assert!(KEPT.load(Ordering::SeqCst).is_null());
        assert!(WithReserve::ran_short());
        assert!(!KEPT.load(Ordering::SeqCst).is_null());
        assert!(!WithReserve::ran_short());
        // Without a reserve nothing is tried twice.
        give_back(KEPT.swap(null_mut(), Ordering::SeqCst));
        assert!(allocate(null_mut).is_null());
        assert!(!WithReserve::ran_short());
    }
}
