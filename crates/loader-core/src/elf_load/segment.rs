//! One PT_LOAD, reduced to what is to be mapped: pure arithmetic, done before anything changes.

use super::error::{ElfLoadError, SegmentFault};
use crate::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentFlags, SegmentType};
use crate::page::{page_end, page_offset};

/// A segment with both ends on page boundaries. Sizes and offsets are in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// Where the segment goes in the VMAR; a whole page.
    pub vmar_offset: u64,
    /// Where its first page is in the file.
    pub file_offset: u64,
    /// Bytes from there to the end of the file data.
    pub file_size: u64,
    /// `file_size` in whole pages: what is mapped from the file.
    pub file_pages: u64,
    /// Whole pages of zeros after the file's.
    pub zero_pages: u64,
    /// Whether memory is larger than the file data, so that the rest of its last page is zeros.
    pub larger_in_memory: bool,
    /// R, W and X.
    pub flags: SegmentFlags,
}

impl Segment {
    /// Whether file pages, if there are any, are to be written to: by the process, or now with
    /// zeros.
    pub const fn needs_copy(&self) -> bool {
        let zero_tail = self.larger_in_memory && page_offset(self.file_size) != 0;
        zero_tail || self.flags.contains(SegmentFlags::WRITE)
    }

    /// `relative_bias` turns an address of the image into an offset in the VMAR, modulo 2^64.
    fn new(header: &Elf64ProgramHeader, relative_bias: u64) -> Result<Self, SegmentFault> {
        let &Elf64ProgramHeader { offset, vaddr, filesz, memsz, .. } = header;
        // The segment begins within its first page; map from that page's start.
        let adjust = page_offset(offset);
        let file_offset = offset - adjust;
        let file_size = filesz.checked_add(adjust).ok_or(SegmentFault::OffsetOverflow)?;
        let file_pages = page_end(file_size).ok_or(SegmentFault::OffsetOverflow)?;
        file_offset.checked_add(file_pages).ok_or(SegmentFault::OffsetOverflow)?;

        let memory_size = memsz.checked_add(adjust).ok_or(SegmentFault::AddressOverflow)?;
        let memory_pages = page_end(memory_size).ok_or(SegmentFault::AddressOverflow)?;
        let mapped = memory_pages.max(file_pages);
        if mapped != 0 && page_offset(vaddr) != adjust {
            return Err(SegmentFault::NotCongruent);
        }
        let vmar_offset = vaddr.wrapping_sub(adjust).wrapping_add(relative_bias);
        vmar_offset.checked_add(mapped).ok_or(SegmentFault::AddressOverflow)?;

        Ok(Self {
            vmar_offset,
            file_offset,
            file_size,
            file_pages,
            zero_pages: memory_pages.saturating_sub(file_pages),
            larger_in_memory: memory_size > file_size,
            flags: header.flags(),
        })
    }
}

/// All PT_LOADs of `headers`, in table order.
pub(crate) fn segments(
    headers: &Elf64Headers,
    relative_bias: u64,
) -> impl Iterator<Item = Result<Segment, ElfLoadError>> {
    headers.program_headers_with_type(SegmentType::Load).enumerate().map(move |(index, header)| {
        Segment::new(header, relative_bias)
            .map_err(|fault| ElfLoadError::InvalidSegment { index, fault })
    })
}
