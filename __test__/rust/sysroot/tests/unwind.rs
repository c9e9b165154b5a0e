//! Panics are caught, by whatever unwinder the program has.

use std::ffi::{CStr, c_void};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use sysroot_tests::filled;

/// What Debian's archive of LLVM's unwinder calls when it gives up, and Fuchsia's C library lacks.
#[cfg(llvm_unwinder)]
// SAFETY: nobody else has this name.
#[unsafe(no_mangle)]
extern "C" fn __fprintf_chk() -> ! {
    std::process::abort()
}

static DROPPED: AtomicU32 = AtomicU32::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

fn down(depth: u32) -> u32 {
    let _counted = Counted;
    if depth == 0 {
        resume_unwind(Box::new(77_u32));
    }
    down(depth - 1) + std::hint::black_box(depth)
}

#[test]
fn what_is_unwound_is_dropped_in_every_thread() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                for depth in 0..100 {
                    let caught = catch_unwind(|| down(depth)).unwrap_err();
                    assert_eq!(caught.downcast_ref(), Some(&77_u32));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(DROPPED.load(Ordering::Relaxed), 4 * (1..=100).sum::<u32>());
    let joined = thread::spawn(|| down(3)).join().unwrap_err();
    assert_eq!(joined.downcast_ref(), Some(&77_u32));
}

#[test]
fn the_unwinder_is_the_one_that_is_to_be_tested() {
    unsafe extern "C" {
        fn _Unwind_RaiseException();
    }
    let address = _Unwind_RaiseException as unsafe extern "C" fn() as *const c_void;
    // SAFETY: it is filled in.
    let info = unsafe { filled(|out| assert_eq!(libc::dladdr(address, out), 1)) };
    let libc::Dl_info { dli_fname, .. } = info;
    // SAFETY: the image's name.
    let is_own = unsafe { CStr::from_ptr(dli_fname) } == c"libc.so";
    assert_eq!(is_own, !cfg!(llvm_unwinder));
}
