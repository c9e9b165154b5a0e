//! Measures the cheapest trip to the kernel and back: closing no handle.
//!
//! The argument is the number of calls, 1 to 65536 and 10000 without it. Prints one line
//! `calls=N min_ns=A median_ns=B p99_ns=C max_ns=D`, each call timed by the tick counter on its
//! own. Returns 2 on a bad argument, 1 if the counter does not run.

#![no_std]
#![no_main]

use core::cell::UnsafeCell;

use guest_rt::{Handle, Startup, bytes, eprintln, println, time};

const MAX_CALLS: usize = 65536;
const DEFAULT_CALLS: usize = 10_000;
const NANOSECONDS: u128 = 1_000_000_000;

struct Samples(UnsafeCell<[u64; MAX_CALLS]>);

// SAFETY: there is one thread, and `main` borrows the samples once.
unsafe impl Sync for Samples {}

static SAMPLES: Samples = Samples(UnsafeCell::new([0; MAX_CALLS]));

fn main(startup: &mut Startup) -> i64 {
    let calls = match startup.args().nth(1) {
        None => Some(DEFAULT_CALLS),
        Some(text) => bytes::parse_u64(text).and_then(|calls| usize::try_from(calls).ok()),
    };
    let Some(calls) = calls.filter(|calls| (1..=MAX_CALLS).contains(calls)) else {
        eprintln!("syscall_bench: the argument must be a number from 1 to {MAX_CALLS}");
        return 2;
    };
    let Some(rate) = u128::try_from(time::ticks_per_second()).ok().filter(|&rate| rate != 0) else {
        eprintln!("syscall_bench: the tick counter does not run");
        return 1;
    };
    // SAFETY: the only borrow.
    let samples = unsafe { &mut *SAMPLES.0.get() };
    let samples = &mut samples[..calls];
    for sample in &mut *samples {
        let start = time::ticks();
        Handle::INVALID.close();
        *sample = time::ticks().saturating_sub(start).try_into().unwrap_or(0);
    }
    samples.sort_unstable();
    let nanoseconds = |index: usize| u128::from(samples[index]) * NANOSECONDS / rate;
    println!(
        "calls={calls} min_ns={} median_ns={} p99_ns={} max_ns={}",
        nanoseconds(0),
        nanoseconds(calls / 2),
        nanoseconds(calls * 99 / 100),
        nanoseconds(calls - 1),
    );
    0
}

guest_rt::entry!(main);
