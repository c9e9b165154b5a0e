//! The memory that an image spans.

use super::error::{ElfLoadError, SegmentFault};
use crate::elf_parse::{Elf64Headers, SegmentFlags, SegmentType};
use crate::page::{page_end, page_start};

/// What an image's PT_LOADs span, in its own addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadedElfInfo {
    /// The first page's address.
    pub low: u64,
    /// The address after the last page.
    pub high: u64,
    /// All segments' flags together.
    pub max_perm: SegmentFlags,
}

/// What the PT_LOADs of `headers` span; all zero if there are none.
///
/// # Errors
///
/// [`ElfLoadError::InvalidSegment`] if the last PT_LOAD's end is not in 64 bits, or lies before
/// the first one's page.
pub fn loaded_elf_info(headers: &Elf64Headers) -> Result<LoadedElfInfo, ElfLoadError> {
    let mut span = None;
    let mut max_perm = SegmentFlags::empty();
    for (index, header) in headers.program_headers_with_type(SegmentType::Load).enumerate() {
        let (first, _) = span.unwrap_or((header, (0, header)));
        span = Some((first, (index, header)));
        max_perm |= header.flags();
    }
    let Some((first, (index, last))) = span else {
        return Ok(LoadedElfInfo::default());
    };

    let invalid = |fault| ElfLoadError::InvalidSegment { index, fault };
    let low = page_start(first.vaddr);
    let high = last
        .vaddr
        .checked_add(last.memsz)
        .and_then(page_end)
        .ok_or(invalid(SegmentFault::AddressOverflow))?;
    if high < low {
        return Err(invalid(SegmentFault::OutOfOrder));
    }
    Ok(LoadedElfInfo { low, high, max_perm })
}
