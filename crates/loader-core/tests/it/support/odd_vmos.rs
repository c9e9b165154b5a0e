//! VMOs that count, shrink or change.

use loader_core::seam::ReadVmo;
use std::cell::Cell;
use zx_abi::Status;

/// Counts what is read of a file.
pub struct CountingVmo<'a> {
    pub file: &'a [u8],
    pub bytes_read: Cell<u64>,
}

impl<'a> CountingVmo<'a> {
    pub fn new(file: &'a [u8]) -> Self {
        Self { file, bytes_read: Cell::new(0) }
    }
}

impl ReadVmo for CountingVmo<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        self.bytes_read.set(self.bytes_read.get() + buffer.len() as u64);
        self.file.read(offset, buffer)
    }
}

/// A file with zeros after it to a size that memory need not hold.
pub struct SparseVmo<'a> {
    pub file: &'a [u8],
    pub size: u64,
    pub bytes_read: Cell<u64>,
}

impl ReadVmo for SparseVmo<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.size) {
            return Err(Status::OUT_OF_RANGE);
        }
        self.bytes_read.set(self.bytes_read.get() + buffer.len() as u64);
        buffer.fill(0);
        if let Some(stored) = self.file.get(offset as usize..) {
            let length = stored.len().min(buffer.len());
            buffer[..length].copy_from_slice(&stored[..length]);
        }
        Ok(())
    }
}

/// A file that loses everything from an offset on after some reads.
pub struct ShrinkingVmo<'a> {
    pub file: &'a [u8],
    pub reads_left: Cell<u32>,
    pub size_then: u64,
}

impl ReadVmo for ShrinkingVmo<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        let left = self.reads_left.get();
        self.reads_left.set(left.saturating_sub(1));
        if left == 0 && offset.saturating_add(buffer.len() as u64) > self.size_then {
            return Err(Status::OUT_OF_RANGE);
        }
        self.file.read(offset, buffer)
    }
}

/// A file that is another one at every other read.
pub struct ChangingVmo<'a> {
    pub files: [&'a [u8]; 2],
    pub reads: Cell<usize>,
}

impl ReadVmo for ChangingVmo<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        let reads = self.reads.get();
        self.reads.set(reads + 1);
        self.files[reads % 2].read(offset, buffer)
    }
}
