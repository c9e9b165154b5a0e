//! Records read from a file, a chunk at a time, and no more of them than the file is large.

use super::kind::FindingKind as Kind;
use super::report::{Field, Findings};
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use zerocopy::FromBytes;
use zx_abi::{PAGE_SIZE, Status};

/// Reading of what a dynamic linker looks at ends after this many times the file's size. Real
/// tables do not overlap, so that each byte is read once or twice.
pub const MAX_READ_FACTOR: u64 = 4;

/// What may be read beyond that, so that chunks of small files count little.
pub const MAX_READ_EXTRA: u64 = 256 << 10;

const CHUNK: usize = PAGE_SIZE as usize;

/// Bytes of the file: all of them exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FileRange {
    pub offset: u64,
    pub size: u64,
}

impl FileRange {
    /// What lies in a file of `file_size` bytes of `size` bytes at `offset`.
    pub fn clamped(offset: u64, size: u64, file_size: u64) -> Self {
        Self { offset, size: size.min(file_size.saturating_sub(offset)) }
    }

    /// What is left without the first `bytes`.
    pub fn after(self, bytes: u64) -> Self {
        let bytes = bytes.min(self.size);
        Self { offset: self.offset + bytes, size: self.size - bytes }
    }
}

/// Why a record could not be had.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReadFault {
    /// The VMO refused, or has become shorter.
    Status(Status),
    /// Enough has been read.
    Limit,
}

/// Reads records from a file.
pub(super) struct Reader<'a, V: ?Sized> {
    file: &'a V,
    file_size: u64,
    /// Bytes that may yet be read.
    left: u64,
    /// The last bytes read, from offset `chunk_at` on.
    chunk: Vec<u8>,
    chunk_at: u64,
}

impl<'a, V: ReadVmo + ?Sized> Reader<'a, V> {
    pub fn new(file: &'a V, file_size: u64) -> Self {
        let left = file_size.saturating_mul(MAX_READ_FACTOR).saturating_add(MAX_READ_EXTRA);
        Self { file, file_size, left, chunk: Vec::new(), chunk_at: 0 }
    }

    /// The record at `offset`.
    pub fn read<T: FromBytes>(&mut self, offset: u64) -> Result<T, ReadFault> {
        const { assert!(size_of::<T>() <= CHUNK) };
        if let Some(record) = self.in_chunk(offset) {
            return Ok(record);
        }
        let size = FileRange::clamped(offset, CHUNK as u64, self.file_size).size;
        self.left = self.left.checked_sub(size).ok_or(ReadFault::Limit)?;
        self.chunk.clear();
        self.chunk.resize(size as usize, 0);
        if let Err(status) = self.file.read(offset, &mut self.chunk) {
            self.chunk.clear();
            return Err(ReadFault::Status(status));
        }
        self.chunk_at = offset;
        self.in_chunk(offset).ok_or(ReadFault::Status(Status::OUT_OF_RANGE))
    }

    fn in_chunk<T: FromBytes>(&self, offset: u64) -> Option<T> {
        let at = usize::try_from(offset.checked_sub(self.chunk_at)?).ok()?;
        let bytes = self.chunk.get(at..)?;
        T::read_from_prefix(bytes).ok().map(|(record, _)| record)
    }

    /// Visits the whole records in a range, each with its offset, until `visit` breaks.
    pub fn each<T: FromBytes>(
        &mut self,
        range: FileRange,
        mut visit: impl FnMut(u64, T) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        let size = size_of::<T>() as u64;
        for index in 0..range.size / size {
            let offset = range.offset + index * size;
            if visit(offset, self.read(offset)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Findings {
    /// Notes that the rest of what `field` begins was not read.
    pub fn unread(&mut self, field: Field, fault: ReadFault) {
        match fault {
            ReadFault::Status(status) => {
                let (expected, actual) = (format_args!("readable"), format_args!("{status}"));
                self.warn(Kind::Unreadable, field, expected, actual);
            }
            ReadFault::Limit => {
                let expected = format_args!(
                    "at most {MAX_READ_FACTOR} times the file's bytes in all tables together"
                );
                self.warn(Kind::WorkLimit, field, expected, format_args!("more"));
            }
        }
    }
}
