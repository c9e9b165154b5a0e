//! What is kept for when the host has no more memory: enough to end what needs it.
//!
//! What programs can make as large as they like is asked for in a way that may be refused, and
//! charged to their jobs. The rest is small, and must not fail. If it would, the reserve is given
//! back to the host, and [`WithReserve::ran_short`] tells so on the thread that needed it: the kernel
//! then ends the program for which it did.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Bytes of the reserve, a mapping of its own: all of it goes back.
const LEN: usize = 4 << 20;

/// The system's allocator, with a reserve once one has been laid in: for `#[global_allocator]`.
#[derive(Debug)]
pub struct WithReserve;

/// Null while there is none.
static KEPT: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// Held while the reserve is spent, which others wait for.
static SPENDING: Mutex<()> = Mutex::new(());

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
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of Linux's choice.
        let kept = unsafe { mmap_anonymous(null_mut(), LEN, access, MapFlags::PRIVATE) };
        give_back(KEPT.swap(kept.unwrap_or(null_mut()), Ordering::SeqCst));
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

fn give_back(kept: *mut c_void) {
    if !kept.is_null() {
        // SAFETY: it was mapped with this length, and whoever took it out is the only one.
        let unmapped = unsafe { munmap(kept, LEN) };
        debug_assert!(unmapped.is_ok());
    }
}

/// Gives the reserve back, or waits until whoever does has. Whether there was any.
fn spend() -> bool {
    let _spending = SPENDING.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = KEPT.swap(null_mut(), Ordering::SeqCst);
    give_back(kept);
    !kept.is_null()
}

/// Tries to allocate, and once more without the reserve.
fn allocate(try_to: impl Fn() -> *mut u8) -> *mut u8 {
    let allocated = try_to();
    if !allocated.is_null() || !WANTED.load(Ordering::Relaxed) {
        return allocated;
    }
    let had_some = spend();
    let allocated = try_to();
    // What another thread gave back is spent on this one, too.
    if had_some || !allocated.is_null() {
        NEEDED.set(true);
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
        let second_time = || {
            tries.set(tries.get() + 1);
            if tries.get() == 2 { 16 as *mut u8 } else { null_mut() }
        };
        assert_eq!((allocate(second_time).addr(), tries.get()), (16, 2));
        assert!(KEPT.load(Ordering::SeqCst).is_null());
        assert!(WithReserve::ran_short());
        assert!(!KEPT.load(Ordering::SeqCst).is_null());
        assert!(!WithReserve::ran_short());
        // As where another thread gives it back meanwhile.
        assert!(spend() && !spend());
        tries.set(0);
        assert_eq!((allocate(second_time).addr(), tries.get()), (16, 2));
        assert!(WithReserve::ran_short());
        // What is refused all the same has needed nothing.
        spend();
        assert!(allocate(null_mut).is_null());
        assert!(!WithReserve::ran_short());
    }
}
