//! Sorting and searching: stdlib.h.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;
type CompareWith = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

/// Elements of a size that is known at run time only.
struct Elements {
    start: *mut u8,
    size: usize,
    compare: CompareWith,
    argument: *mut c_void,
}

impl Elements {
    fn at(&self, index: usize) -> *mut u8 {
        self.start.wrapping_add(index * self.size)
    }

    /// # Safety
    /// Both are indices of elements.
    unsafe fn is_less(&self, left: usize, right: usize) -> bool {
        // SAFETY: the caller's promise; who sorts says that elements can be compared.
        unsafe { (self.compare)(self.at(left).cast(), self.at(right).cast(), self.argument) < 0 }
    }

    /// # Safety
    /// Both are indices of elements.
    unsafe fn swap(&self, left: usize, right: usize) {
        if left != right {
            // SAFETY: the elements are apart.
            unsafe { ptr::swap_nonoverlapping(self.at(left), self.at(right), self.size) };
        }
    }

    /// Lets an element sink in a heap of `count` to where no other below is larger.
    ///
    /// # Safety
    /// There are as many elements.
    unsafe fn sink(&self, mut parent: usize, count: usize) {
        // SAFETY: all indices are below the count.
        unsafe {
            loop {
                let mut child = 2 * parent + 1;
                if child >= count {
                    return;
                }
                if child + 1 < count && self.is_less(child, child + 1) {
                    child += 1;
                }
                if !self.is_less(parent, child) {
                    return;
                }
                self.swap(parent, child);
                parent = child;
            }
        }
    }
}

/// By a heap: it takes no memory, nor ever much longer.
#[unsafe(no_mangle)]
unsafe extern "C" fn qsort_r(
    start: *mut c_void,
    count: usize,
    size: usize,
    compare: CompareWith,
    argument: *mut c_void,
) {
    let elements = Elements { start: start.cast(), size, compare, argument };
    // SAFETY: the caller's promise; all indices are below the count.
    unsafe {
        for parent in (0..count / 2).rev() {
            elements.sink(parent, count);
        }
        for last in (1..count).rev() {
            elements.swap(0, last);
            elements.sink(0, last);
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn qsort(start: *mut c_void, count: usize, size: usize, compare: Compare) {
    // SAFETY: a function that is called with an argument it does not have ignores it; the caller's
    // promise.
    unsafe {
        let compare = transmute::<Compare, CompareWith>(compare);
        qsort_r(start, count, size, compare, ptr::null_mut());
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bsearch(
    key: *const c_void,
    start: *const c_void,
    count: usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        let element = start.wrapping_byte_add(middle * size);
        // SAFETY: the caller's promise.
        match unsafe { compare(key, element) } {
            0 => return element.cast_mut(),
            ..0 => high = middle,
            _ => low = middle + 1,
        }
    }
    ptr::null_mut()
}
