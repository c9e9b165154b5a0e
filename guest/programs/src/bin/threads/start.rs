//! Threads begin with their arguments, on their stacks, and keep their thread pointers.

use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::{Handle, thread, time};
use zx_abi::Result;

use crate::crew::{Crew, expect};

const THREADS: usize = 8;

/// What a thread is given, and what it tells of itself. Its thread pointer points here.
#[repr(C)]
struct Record {
    /// What `fs:0` reads.
    marker: AtomicU64,
    /// The thread's own handle.
    handle: AtomicU64,
    index: AtomicU64,
    /// The address of a local variable.
    local: AtomicU64,
    /// What `fs:0` was once all threads had set their pointers.
    found: AtomicU64,
}

impl Record {
    const fn new() -> Self {
        Self {
            marker: AtomicU64::new(0),
            handle: AtomicU64::new(0),
            index: AtomicU64::new(0),
            local: AtomicU64::new(0),
            found: AtomicU64::new(0),
        }
    }

    fn address(&self) -> u64 {
        core::ptr::from_ref(self).expose_provenance() as u64
    }
}

static RECORDS: [Record; THREADS] = [const { Record::new() }; THREADS];
/// How many threads have set their thread pointers.
static READY: AtomicU64 = AtomicU64::new(0);

fn marker(index: u64) -> u64 {
    0x7A69_7263_6F6E_0000 | index
}

pub fn run(crew: &Crew) -> Result {
    let mut members = [const { None }; THREADS];
    for ((index, record), place) in (0..).zip(&RECORDS).zip(&mut members) {
        let member = crew.hire(b"worker")?;
        record.marker.store(marker(index), Ordering::Relaxed);
        record.handle.store(member.thread.get().into_raw().into(), Ordering::Relaxed);
        member.start(work, index, record.address())?;
        *place = Some(member);
    }
    for ((index, record), member) in (0..).zip(&RECORDS).zip(members.into_iter().flatten()) {
        member.wait()?;
        expect(record.index.load(Ordering::Relaxed) == index)?;
        expect(member.owns(record.local.load(Ordering::Relaxed)))?;
        expect(record.found.load(Ordering::Relaxed) == marker(index))?;
        member.join()?;
    }
    Ok(())
}

extern "C" fn work(index: u64, record: u64) -> ! {
    let local = black_box(0);
    let Some(record) = RECORDS.iter().find(|known| known.address() == record) else {
        thread::exit();
    };
    record.index.store(index, Ordering::Relaxed);
    let here = core::ptr::from_ref(&local).expose_provenance() as u64;
    record.local.store(here, Ordering::Relaxed);
    let own = Handle::from_raw(record.handle.load(Ordering::Relaxed) as u32);
    // SAFETY: the record stays as long as the program.
    if unsafe { thread::set_thread_pointer(own, record.address()) }.is_ok() {
        READY.fetch_add(1, Ordering::Relaxed);
        while READY.load(Ordering::Relaxed) < THREADS as u64 {
            time::sleep_until(0);
        }
        record.found.store(at_thread_pointer(), Ordering::Relaxed);
    }
    thread::exit()
}

/// The first word that the thread pointer points to.
fn at_thread_pointer() -> u64 {
    let word;
    // SAFETY: the caller's thread pointer points to a word.
    unsafe { asm!("mov {}, fs:[0]", out(reg) word, options(nostack, readonly)) };
    word
}
