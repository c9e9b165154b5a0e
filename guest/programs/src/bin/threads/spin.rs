//! Threads that count in a VMO which somebody else looks at. They make no system call unless that
//! asks them to.
//!
//! The VMO is the startup handle USER0, a page or more. Thread n has the 64 bytes from 64 * n on:
//! - 0: its count
//! - 8: a request, which the other side changes
//! - 16: the last request that it has answered, by setting USER_0 << n on the VMO; 2^64 - 1 ends it
//!
//! The first thread waits for USER_7 on the VMO, and ends the process with 5.

use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::{Handle, process, thread};
use zx_abi::{PAGE_SIZE, Result, Signals, Status, TIME_INFINITE};

use crate::crew::Crew;

/// Signals USER_0 to USER_6.
const MAX_THREADS: u64 = 7;
const RETURN_CODE: i64 = 5;
/// The request that ends a thread.
const END: u64 = u64::MAX;

/// What a thread shares with whoever looks.
#[repr(C, align(64))]
struct Line {
    count: AtomicU64,
    request: AtomicU64,
    answered: AtomicU64,
}

pub fn run(crew: &Crew, vmo: Handle, threads: u64) -> Result<i64> {
    if threads > MAX_THREADS {
        return Err(Status::INVALID_ARGS);
    }
    let lines = crew.map(vmo, PAGE_SIZE as usize)? as u64;
    for index in 0..threads {
        let line = lines + index * size_of::<Line>() as u64;
        let task = u64::from(signal(index).bits()) << 32 | u64::from(vmo.into_raw());
        crew.start(b"spinner", spin, line, task)?;
    }
    vmo.wait(signal(MAX_THREADS), TIME_INFINITE)?;
    // With it end threads that nobody has told to.
    process::exit(RETURN_CODE)
}

/// USER_0 and those that follow.
fn signal(index: u64) -> Signals {
    Signals::from_bits_retain(Signals::USER_0.bits() << index)
}

extern "C" fn spin(line: u64, task: u64) -> ! {
    // SAFETY: it is mapped as long as the process lives, and whoever shares it writes words only.
    let line = unsafe { &*core::ptr::with_exposed_provenance::<Line>(line as usize) };
    let vmo = Handle::from_raw(task as u32);
    let signal = Signals::from_bits_retain((task >> 32) as u32);
    loop {
        line.count.fetch_add(1, Ordering::Relaxed);
        let request = line.request.load(Ordering::Relaxed);
        if request != line.answered.load(Ordering::Relaxed) {
            line.answered.store(request, Ordering::Relaxed);
            if vmo.signal(Signals::empty(), signal).is_err() || request == END {
                thread::exit();
            }
        }
    }
}
