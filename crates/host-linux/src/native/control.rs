//! The control area of a guest process, as the host sees it.
//!
//! The guest may write most of it at any time, so that it is only read and written word by word,
//! atomically, and what is read is never trusted.

use std::ffi::c_void;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Result;
use rustix::mm::{MapFlags, ProtFlags};

use crate::native::frame::Context;
use crate::native::guest::Instruction;
use crate::native::layout::{
    CONSTANTS, CONTROL, CONTROL_LEN, FILTER, RECORD, RECORDS, SLOT_LEN, STARTS, constant, message,
    signal_stack,
};

/// The host's mapping of a control area.
#[derive(Debug)]
pub struct Control(NonNull<AtomicU64>);

// SAFETY: the area is only accessed through atomics.
unsafe impl Send for Control {}
// SAFETY: as above.
unsafe impl Sync for Control {}

/// A record: number, six arguments, expected result.
pub type Record = [u64; RECORD / 8];

impl Control {
    /// A zeroed area, and the memfd through which the guest maps it.
    pub fn new() -> Result<(Self, OwnedFd)> {
        let memfd = rustix::fs::memfd_create(
            c"zirconia-control",
            MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
        )?;
        rustix::fs::ftruncate(&memfd, CONTROL_LEN as u64)?;
        // Sealed against shrinking, so that accesses here cannot fault.
        let seals = SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&memfd, seals)?;
        // SAFETY: a new mapping at an address of the kernel's choice.
        let address = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                CONTROL_LEN,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &memfd,
                0,
            )
        }?;
        let address = NonNull::new(address.cast()).ok_or(rustix::io::Errno::NOMEM)?;
        Ok((Self(address), memfd))
    }

    /// Writes an order for the service thread.
    pub fn write_record(&self, index: usize, record: Record) {
        self.write_words(RECORDS + (index * RECORD) as u64, &record);
    }

    /// The number of the system call that an order is; the guest cannot change it.
    pub fn record_number(&self, index: usize) -> i64 {
        let word = self.word(RECORDS + (index * RECORD) as u64);
        word.map_or(0, |word| word.load(Ordering::Acquire) as i64)
    }

    /// Writes what the thread of a slot begins with: what its program begins from, which lies on the
    /// signal stack, its filter, which is that of [`Self::write_filter`] if it rings, and the base of %fs.
    pub fn write_start(&self, slot: usize, beginning: &Context, rings: bool, fs_base: u64) {
        let filter = if rings { FILTER } else { CONSTANTS + constant::INNER_PROGRAM as u64 };
        self.write_words(start_address(slot), &[signal_stack(slot), filter, fs_base]);
        self.write_words(signal_stack(slot), &beginning.0);
    }

    /// Writes the filter of the threads that begin from now on. Once only: Linux may still be reading
    /// it for those that have.
    pub fn write_filter(&self, program: &[Instruction]) {
        const HEADER: u64 = 16;
        self.write_words(FILTER, &[program.len() as u64, FILTER + HEADER]);
        let words: Vec<_> = program.iter().map(|it| u64::from_le_bytes(it.bytes())).collect();
        self.write_words(FILTER + HEADER, &words);
    }

    /// Prepares the service thread's message buffer for one message.
    pub fn write_message_header(&self) {
        let header = [0, 0, message::IOVEC, 1, message::ANCILLARY, message::ANCILLARY_LEN, 0, 0];
        self.write_words(message::HEADER, &header);
        self.write_words(message::IOVEC, &[message::DATA, 1]);
    }

    /// Copies `N` words from a guest address on the signal stack of a slot; `None` if they do not
    /// lie there.
    pub fn signal_stack_words<const N: usize>(
        &self,
        slot: usize,
        address: u64,
    ) -> Option<[u64; N]> {
        let stack = signal_stack(slot);
        let end = address.checked_add(N as u64 * 8)?;
        if address < stack || end > stack + SLOT_LEN as u64 {
            return None;
        }
        let mut words = [0; N];
        for (index, word) in words.iter_mut().enumerate() {
            *word = self.word(address + index as u64 * 8)?.load(Ordering::Acquire);
        }
        Some(words)
    }

    /// Writes words of the control area, as far as the addresses lie in it.
    pub fn write_words(&self, address: u64, words: &[u64]) {
        for (index, value) in words.iter().enumerate() {
            if let Some(word) = self.word(address + index as u64 * 8) {
                word.store(*value, Ordering::Release);
            }
        }
    }

    /// The word at a guest address in the area.
    fn word(&self, address: u64) -> Option<&AtomicU64> {
        let offset = usize::try_from(address.checked_sub(CONTROL)?).ok()?;
        if offset % 8 != 0 || offset + 8 > CONTROL_LEN {
            return None;
        }
        // SAFETY: aligned, and inside the mapping, which lives as long as `self`.
        Some(unsafe { self.0.add(offset / 8).as_ref() })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no reference into it outlives `self`.
        let unmapped = unsafe { rustix::mm::munmap(self.0.as_ptr().cast::<c_void>(), CONTROL_LEN) };
        debug_assert!(unmapped.is_ok());
    }
}

/// The guest's address of a slot's start record.
pub fn start_address(slot: usize) -> u64 {
    STARTS + (slot * RECORD) as u64
}
