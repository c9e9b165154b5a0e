//! The checks, each in its upstream place.
//!
//! Whoever asks says with a closure what a fault means: the loader breaks at the first one, a
//! report takes each and goes on. Neither way allocates here.

use super::error::ElfParseError;
use super::fault::{FileHeaderFault, ProgramHeaderFault, ProgramHeaderFaultKind as Kind};
use super::format::Format;
use super::ident::{ElfDataEncoding, ElfIdent, ElfVersion};
use super::types::{
    Elf64FileHeader, Elf64ProgramHeader, ElfArchitecture, ElfType, SegmentFlags, SegmentType,
};
use core::ops::ControlFlow;
use goblin::elf::header::ELFMAG;
use zx_abi::PAGE_SIZE;

/// `PN_XNUM`: the real count is in section 0, which is not read here.
const PN_XNUM: u16 = 0xffff;

/// The checks that come before the rest of the header can be decoded. Returns whether it can be
/// once they have failed: not without the magic, nor in another class or encoding.
pub(super) fn check_ident<B>(
    ident: &ElfIdent,
    format: &Format,
    found: &mut impl FnMut(ElfParseError) -> ControlFlow<B>,
) -> ControlFlow<B, bool> {
    let mut fault = |fault| found(ElfParseError::InvalidFileHeader(fault));
    if ident.magic != *ELFMAG {
        fault(FileHeaderFault::Magic { actual: ident.magic })?;
        return ControlFlow::Continue(false);
    }
    let mut decodable = true;
    if ident.class() != Ok(format.class) {
        fault(FileHeaderFault::Class { expected: format.class.as_raw(), actual: ident.class })?;
        decodable = false;
    }
    if ident.data() != Ok(ElfDataEncoding::LittleEndian) {
        fault(FileHeaderFault::DataEncoding { actual: ident.data })?;
        decodable = false;
    }
    if ident.version() != Ok(ElfVersion::Current) {
        fault(FileHeaderFault::Version { actual: ident.version })?;
    }
    ControlFlow::Continue(decodable)
}

/// The checks of the file header after its ident. Returns whether the program headers can be
/// decoded once they have failed: not with another size, nor without their number.
pub(super) fn check_file_header<B>(
    header: &Elf64FileHeader,
    format: &Format,
    architecture: ElfArchitecture,
    found: &mut impl FnMut(ElfParseError) -> ControlFlow<B>,
) -> ControlFlow<B, bool> {
    let mut fault = |fault| found(ElfParseError::InvalidFileHeader(fault));
    let mut decodable = true;
    if header.phentsize != format.program_header_size {
        fault(FileHeaderFault::ProgramHeaderSize {
            offset: format.phentsize,
            expected: format.program_header_size,
            actual: header.phentsize,
        })?;
        decodable = header.phnum == 0;
    }
    if header.phnum == PN_XNUM {
        fault(FileHeaderFault::TooManyProgramHeaders { offset: format.phnum })?;
        decodable = false;
    }
    if header.machine() != Ok(architecture) {
        let (expected, actual) = (architecture.as_raw(), header.machine);
        fault(FileHeaderFault::Architecture { expected, actual })?;
    }
    if !matches!(header.elf_type(), Ok(ElfType::SharedObject | ElfType::Executable)) {
        fault(FileHeaderFault::Type { actual: header.elf_type })?;
    }
    ControlFlow::Continue(decodable)
}

/// The checks of the program headers, in table order.
pub(super) fn check_program_headers<B>(
    file_header: &Elf64FileHeader,
    program_headers: &[Elf64ProgramHeader],
    format: &Format,
    found: &mut impl FnMut(ElfParseError) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut high = 0;
    // phnum bounds the table, so the index fits.
    for (index, header) in (0u16..).zip(program_headers) {
        let mut fault = |field: u64, kind| {
            let header_at = u64::from(index) * u64::from(format.program_header_size);
            let offset = file_header.phoff.saturating_add(header_at).saturating_add(field);
            found(ElfParseError::InvalidProgramHeader(ProgramHeaderFault { index, offset, kind }))
        };
        match header.segment_type() {
            Ok(SegmentType::Load) => check_load(header, format, &mut high, &mut fault)?,
            Ok(SegmentType::GnuStack) => check_gnu_stack(header, format, &mut fault)?,
            _ => {}
        }
    }
    ControlFlow::Continue(())
}

/// `fault` takes a field's place in the program header and the rule. `high` is where the PT_LOADs
/// so far end.
fn check_load<B>(
    header: &Elf64ProgramHeader,
    format: &Format,
    high: &mut u64,
    fault: &mut impl FnMut(u64, Kind) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let &Elf64ProgramHeader { offset, vaddr, filesz, memsz, align, .. } = header;
    if filesz > memsz {
        fault(format.p_filesz, Kind::FileSizeAboveMemorySize { filesz, memsz })?;
    }
    if vaddr < *high {
        fault(format.p_vaddr, Kind::Overlap { vaddr, previous_end: *high })?;
    }
    match vaddr.checked_add(memsz).filter(|end| *end <= format.highest) {
        Some(end) => *high = end.max(*high),
        None => fault(format.p_memsz, Kind::Overflow { bits: format.bits, vaddr, memsz })?,
    }
    if !align.is_multiple_of(PAGE_SIZE) {
        fault(format.p_align, Kind::Alignment { align })?;
    }
    if align != 0 && vaddr % align != offset % align {
        fault(format.p_vaddr, Kind::NotCongruent { vaddr, offset, align })?;
    }
    ControlFlow::Continue(())
}

fn check_gnu_stack<B>(
    header: &Elf64ProgramHeader,
    format: &Format,
    fault: &mut impl FnMut(u64, Kind) -> ControlFlow<B>,
) -> ControlFlow<B> {
    if header.flags().contains(SegmentFlags::EXECUTE) {
        fault(format.p_flags, Kind::ExecutableStack { flags: header.flags })?;
    }
    ControlFlow::Continue(())
}
