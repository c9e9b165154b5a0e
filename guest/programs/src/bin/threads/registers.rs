//! Threads begin with a thread pointer and with the register that their ABI has for itself.

use core::arch::{asm, naked_asm};
use core::sync::atomic::{AtomicU64, Ordering};

use guest_rt::thread::{self, Registers};
use zx_abi::{Result, Status};

use crate::crew::{Crew, expect};

/// What a thread's pointer points to, and what the thread tells of itself.
#[repr(C)]
struct Record {
    /// What `fs:0` reads.
    marker: AtomicU64,
    found: AtomicU64,
    r15: AtomicU64,
}

impl Record {
    const fn new(marker: u64) -> Self {
        Self { marker: AtomicU64::new(marker), found: AtomicU64::new(0), r15: AtomicU64::new(0) }
    }
}

static RECORDS: [Record; 2] = [Record::new(0x1234), Record::new(0x5678)];

pub fn run(crew: &Crew) -> Result {
    for record in &RECORDS {
        let member = crew.hire(b"with registers")?;
        let tp = core::ptr::from_ref(record).expose_provenance() as u64;
        // No instruction could make that of it.
        let none = Registers { tp: 1 << 63, abi_reg: 0 };
        expect(member.start_with(begin, (0, 0), none) == Err(Status::INVALID_ARGS))?;
        let abi_reg = !record.marker.load(Ordering::Relaxed);
        member.start_with(begin, (7, 8), Registers { tp, abi_reg })?;
        member.join()?;
        expect(record.found.load(Ordering::Relaxed) == record.marker.load(Ordering::Relaxed))?;
        expect(record.r15.load(Ordering::Relaxed) == abi_reg)?;
    }
    Ok(())
}

/// Passes r15 on before anything uses it.
#[unsafe(naked)]
extern "C" fn begin(arg1: u64, arg2: u64) -> ! {
    naked_asm!("mov rdx, r15", "jmp {work}", work = sym work)
}

extern "C" fn work(arg1: u64, arg2: u64, r15: u64) -> ! {
    let marker: u64;
    // SAFETY: the thread pointer points to a record.
    unsafe { asm!("mov {}, fs:[0]", out(reg) marker, options(nostack, readonly)) };
    let own = RECORDS.iter().find(|record| record.marker.load(Ordering::Relaxed) == marker);
    if let (Some(record), (7, 8)) = (own, (arg1, arg2)) {
        record.r15.store(r15, Ordering::Relaxed);
        record.found.store(marker, Ordering::Relaxed);
    }
    thread::exit()
}
