//! Eight threads and one counter, under a mutex made of a futex.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use guest_rt::{Handle, futex, thread, time};
use zx_abi::{Result, TIME_INFINITE};

use crate::crew::Crew;

const THREADS: usize = 8;
/// How often a holder lets others run, in increments.
const YIELD_EVERY: u64 = 64;

/// Values of the futex.
const FREE: u32 = 0;
const HELD: u32 = 1;
/// Held, and somebody may wait.
const CONTENDED: u32 = 2;

struct Mutex {
    futex: AtomicU32,
    /// Waits that were woken.
    waits: AtomicU64,
}

impl Mutex {
    fn lock(&self) {
        if self.futex.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return;
        }
        while self.futex.swap(CONTENDED, Ordering::Acquire) != FREE {
            if futex::wait(&self.futex, CONTENDED, Handle::INVALID, TIME_INFINITE).is_ok() {
                self.waits.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The holder's.
    fn unlock(&self) -> Result {
        if self.futex.swap(FREE, Ordering::Release) == CONTENDED {
            futex::wake(&self.futex, 1)?;
        }
        Ok(())
    }
}

static MUTEX: Mutex = Mutex { futex: AtomicU32::new(FREE), waits: AtomicU64::new(0) };
/// Only the mutex keeps its increments apart: each is a load and a store.
static COUNTER: AtomicU64 = AtomicU64::new(0);

pub struct Outcome {
    pub total: u64,
    pub waits: u64,
}

pub fn run(crew: &Crew, increments: u64) -> Result<Outcome> {
    MUTEX.lock();
    let mut members = [const { None }; THREADS];
    for member in &mut members {
        *member = Some(crew.start(b"worker", work, increments, 0)?);
    }
    // Each one has to wait at least once.
    for member in members.iter().flatten() {
        member.await_futex()?;
    }
    MUTEX.unlock()?;
    for member in members.into_iter().flatten() {
        member.join()?;
    }
    let (total, waits) = (COUNTER.load(Ordering::Relaxed), MUTEX.waits.load(Ordering::Relaxed));
    Ok(Outcome { total, waits })
}

extern "C" fn work(increments: u64, _: u64) -> ! {
    for _ in 0..increments {
        MUTEX.lock();
        let value = COUNTER.load(Ordering::Relaxed);
        if value.is_multiple_of(YIELD_EVERY) {
            time::sleep_until(0);
        }
        COUNTER.store(value + 1, Ordering::Relaxed);
        // Waking fails for no word that is there.
        let _ = MUTEX.unlock();
    }
    thread::exit()
}
