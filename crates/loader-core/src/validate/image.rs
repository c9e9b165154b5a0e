//! The image in memory: where its addresses are in the file.

use super::reader::FileRange;
use crate::elf_parse::{Elf64Headers, SegmentFlags, SegmentType};

/// A PT_LOAD with memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub vaddr: u64,
    /// The address after the last one.
    pub end: u64,
    /// Its data that exist in the file.
    pub data: FileRange,
    pub flags: SegmentFlags,
}

impl Load {
    /// Whether `size` bytes at `address` are in its memory.
    pub fn contains(&self, address: u64, size: u64) -> bool {
        address >= self.vaddr && address.checked_add(size).is_some_and(|end| end <= self.end)
    }
}

/// The PT_LOADs in the order of their addresses.
#[derive(Debug)]
pub(super) struct Image {
    loads: Vec<Load>,
}

impl Image {
    pub fn new(headers: &Elf64Headers, file_size: u64) -> Self {
        let mut loads: Vec<Load> = headers
            .program_headers_with_type(SegmentType::Load)
            .filter(|header| header.memsz > 0)
            .filter_map(|header| {
                Some(Load {
                    vaddr: header.vaddr,
                    end: header.vaddr.checked_add(header.memsz)?,
                    data: FileRange::clamped(header.offset, header.filesz, file_size),
                    flags: header.flags(),
                })
            })
            .collect();
        loads.sort_by_key(|load| load.vaddr);
        Self { loads }
    }

    /// All of them.
    pub fn loads(&self) -> impl Iterator<Item = &Load> {
        self.loads.iter()
    }

    /// The PT_LOAD that has all of `size` bytes at `address` in memory.
    pub fn load_at(&self, address: u64, size: u64) -> Option<&Load> {
        let after = self.loads.partition_point(|load| load.vaddr <= address);
        self.loads[..after].last().filter(|load| load.contains(address, size))
    }

    /// Where in the file `address` is, to the end of its PT_LOAD's data.
    pub fn data_from(&self, address: u64) -> Option<FileRange> {
        let load = self.load_at(address, 0)?;
        let skipped = address - load.vaddr;
        (skipped <= load.data.size).then(|| load.data.after(skipped))
    }

    /// Where in the file `size` bytes at `address` are.
    pub fn data_at(&self, address: u64, size: u64) -> Option<FileRange> {
        let data = self.data_from(address).filter(|data| data.size >= size)?;
        Some(FileRange { size, ..data })
    }
}
