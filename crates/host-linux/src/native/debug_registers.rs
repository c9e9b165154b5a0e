//! The debug registers of a thread. Linux lends them as events of its performance counters, each of
//! which sends the thread a signal as soon as it has accessed what is watched (Linux 5.13). Not every
//! computer lets everybody have them: `kernel.perf_event_paranoid` above 2 does not, nor do containers.

use std::os::fd::{FromRawFd, OwnedFd};

use rustix::io::{Errno, retry_on_intr};
use zx_abi::{Abi, Arch, Result, Status, X86_64DebugRegisters};

use crate::native::share;

/// `si_code` of the signal.
pub const TRAP_PERF: i32 = 6;

/// How many addresses a thread can watch.
const COUNT: usize = 4;
/// What of dr7 is the program's: which addresses are watched, for what, and how many bytes.
const CONTROL: u64 = 0xffff_00ff;
/// What of dr7 is always set: a reserved bit, and two that want exact hits.
const CONTROL_SET: u64 = 0x700;
/// What of dr6 is set once there has been a hit.
const STATUS_SET: u64 = 0xffff_0ff0;
/// That in dr6 which says that it was a single step.
const STATUS_STEP: u64 = 1 << 14;

/// What a thread watches.
#[derive(Debug, Default)]
pub struct DebugRegisters {
    known: X86_64DebugRegisters,
    /// Closing one ends it.
    events: Vec<OwnedFd>,
}

impl DebugRegisters {
    pub fn get(&self) -> X86_64DebugRegisters {
        self.known
    }

    /// Has the thread of this number watch other addresses. Upon an error it watches what it did.
    ///
    /// # Errors
    /// INVALID_ARGS for addresses that are not the program's, and for accesses to ports; BAD_STATE for
    /// a thread that has ended; NOT_SUPPORTED where Linux does not lend them; NO_RESOURCES if it has no more of them.
    pub fn set(&mut self, tid: u32, wanted: &X86_64DebugRegisters) -> Result {
        let (base, top) = (Arch::X86_64.user_base(Abi::Newest), Arch::X86_64.user_top());
        if wanted.dr.iter().any(|address| *address != 0 && !(base..top).contains(address)) {
            return Err(Status::INVALID_ARGS);
        }
        let dr7 = wanted.dr7 & CONTROL | CONTROL_SET;
        // A processor has only so many.
        self.events.clear();
        match events(tid, &wanted.dr, dr7) {
            Ok(events) => {
                self.events = events;
                self.known = X86_64DebugRegisters { dr: wanted.dr, dr7, ..self.known };
                Ok(())
            }
            Err(status) => {
                // What it had was to be had.
                self.events = events(tid, &self.known.dr, self.known.dr7).unwrap_or_default();
                Err(status)
            }
        }
    }

    /// One of them has been hit.
    pub fn hit(&mut self, index: u64) {
        self.known.dr6 = STATUS_SET | 1 << (index % COUNT as u64);
    }

    /// The thread has made a single step.
    pub fn stepped(&mut self) {
        self.known.dr6 = STATUS_SET | STATUS_STEP;
    }
}

/// The events that watch what is enabled.
fn events(tid: u32, addresses: &[u64; COUNT], dr7: u64) -> Result<Vec<OwnedFd>> {
    let is_enabled = |index: &usize| dr7 >> (2 * index) & 3 != 0;
    let event = |index| event(tid, index, addresses.get(index).copied().unwrap_or(0), dr7);
    (0..COUNT).filter(is_enabled).map(event).collect()
}

/// The event that watches one address.
fn event(tid: u32, index: usize, address: u64, dr7: u64) -> Result<OwnedFd> {
    const WRITES: u64 = 2;
    const ACCESSES: u64 = 3;
    const EXECUTION: u64 = 4;
    let kind = dr7 >> (16 + 4 * index);
    let len = [1, 2, 8, 4][(kind >> 2 & 3) as usize];
    let (what, len) = match kind & 3 {
        0 if len == 1 => (EXECUTION, size_of::<u64>() as u64),
        1 => (WRITES, len),
        3 => (ACCESSES, len),
        _ => return Err(Status::INVALID_ARGS),
    };
    // As the processor does.
    let address = if what == EXECUTION { address } else { address & !(len - 1) };
    open(tid, &attributes(what, address, len, index as u64))
}

/// `struct perf_event_attr` of such an event, in words.
fn attributes(what: u64, address: u64, len: u64, data: u64) -> [u64; 16] {
    const TYPE_BREAKPOINT: u64 = 5;
    const EXCLUDE_KERNEL: u64 = 1 << 5;
    const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
    // Linux asks for it where there is a signal.
    const REMOVE_ON_EXEC: u64 = 1 << 36;
    const SIGTRAP: u64 = 1 << 37;
    let mut words = [0; 16];
    words[0] = TYPE_BREAKPOINT | (size_of_val(&words) as u64) << 32;
    // Each hit counts.
    words[2] = 1;
    words[5] = EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR | REMOVE_ON_EXEC | SIGTRAP;
    words[6] = what << 32;
    words[7] = address;
    words[8] = len;
    // What the signal tells.
    words[15] = data;
    words
}

fn open(tid: u32, attributes: &[u64; 16]) -> Result<OwnedFd> {
    const CLOEXEC: usize = 1 << 3;
    const ANY_CPU: isize = -1;
    const NO_GROUP: isize = -1;
    let (attributes, tid) = (attributes.as_ptr(), tid as usize);
    let opened = retry_on_intr(|| {
        // SAFETY: the attributes are as large as they say, and Linux only reads them.
        let fd = unsafe {
            libc::syscall(libc::SYS_perf_event_open, attributes, tid, ANY_CPU, NO_GROUP, CLOEXEC)
        };
        match i32::try_from(fd) {
            // SAFETY: a new descriptor, which nobody else has.
            Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
            _ => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)),
        }
    });
    match opened {
        Ok(fd) if share::has_plenty(&fd) => Ok(fd),
        Ok(_) | Err(Errno::NOSPC | Errno::MFILE | Errno::NFILE) => Err(Status::NO_RESOURCES),
        // It has just ended.
        Err(Errno::SRCH) => Err(Status::BAD_STATE),
        Err(_) => Err(Status::NOT_SUPPORTED),
    }
}
