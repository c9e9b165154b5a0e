//! Random bytes.

use core::ffi::{c_int, c_long, c_uint, c_void};
use core::slice;
use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::system;

use crate::errno;

/// Bytes that [`getentropy`] gives at a time, at most.
const MAX_ENTROPY: usize = 256;

#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut c_void, size: usize) -> c_int {
    if size > MAX_ENTROPY {
        return errno::fail(errno::EIO);
    }
    // SAFETY: the caller's promise.
    unsafe { getrandom(buffer, size, 0) };
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut c_void, size: usize, _flags: u32) -> isize {
    if size != 0 {
        // SAFETY: the caller's buffer has this size.
        system::random(unsafe { slice::from_raw_parts_mut(buffer.cast(), size) });
    }
    size as isize
}

/// The state of [`random`], which begins alike in every process, as C says.
static STATE: AtomicU64 = AtomicU64::new(1);

/// Numbers that look random, from a state (SplitMix64).
fn next(state: u64) -> u64 {
    let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// What is added to a state each time.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Up to `RAND_MAX`, which is 2^31 - 1.
#[unsafe(no_mangle)]
extern "C" fn rand() -> c_int {
    let state = STATE.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    (next(state) >> 33) as c_int
}

#[unsafe(no_mangle)]
extern "C" fn random() -> c_long {
    rand().into()
}

#[unsafe(no_mangle)]
extern "C" fn srand(seed: c_uint) {
    STATE.store(seed.into(), Ordering::Relaxed);
}

#[unsafe(no_mangle)]
extern "C" fn srandom(seed: c_uint) {
    srand(seed);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rand_r(seed: *mut c_uint) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let state = u64::from(seed.read()).wrapping_add(STEP);
        seed.write(state as c_uint);
        (next(state) >> 33) as c_int
    }
}
