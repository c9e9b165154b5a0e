//! The checks, each in its upstream place: the first that fails is the one reported.

use super::error::ElfParseError;
use super::fault::{FileHeaderFault, ProgramHeaderFault, ProgramHeaderFaultKind as Kind};
use super::format::Format;
use super::ident::{ElfDataEncoding, ElfIdent, ElfVersion};
use super::types::{
    Elf64FileHeader, Elf64ProgramHeader, ElfArchitecture, ElfType, SegmentFlags, SegmentType,
};
use goblin::elf::header::ELFMAG;
use zx_abi::PAGE_SIZE;

/// `PN_XNUM`: the real count is in section 0, which nobody reads here.
const PN_XNUM: u16 = 0xffff;

/// The checks that come before the rest of the header can be decoded.
pub(super) fn check_ident(ident: &ElfIdent, format: &Format) -> Result<(), ElfParseError> {
    let fault = if ident.magic != *ELFMAG {
        FileHeaderFault::Magic { actual: ident.magic }
    } else if ident.class() != Ok(format.class) {
        FileHeaderFault::Class { expected: format.class.as_raw(), actual: ident.class }
    } else if ident.data() != Ok(ElfDataEncoding::LittleEndian) {
        FileHeaderFault::DataEncoding { actual: ident.data }
    } else if ident.version() != Ok(ElfVersion::Current) {
        FileHeaderFault::Version { actual: ident.version }
    } else {
        return Ok(());
    };
    Err(ElfParseError::InvalidFileHeader(fault))
}

/// The checks of the file header after its ident.
pub(super) fn check_file_header(
    header: &Elf64FileHeader,
    format: &Format,
    architecture: ElfArchitecture,
) -> Result<(), ElfParseError> {
    let fault = if header.phentsize != format.program_header_size {
        FileHeaderFault::ProgramHeaderSize {
            offset: format.phentsize,
            expected: format.program_header_size,
            actual: header.phentsize,
        }
    } else if header.phnum == PN_XNUM {
        FileHeaderFault::TooManyProgramHeaders { offset: format.phnum }
    } else if header.machine() != Ok(architecture) {
        FileHeaderFault::Architecture { expected: architecture.as_raw(), actual: header.machine }
    } else if !matches!(header.elf_type(), Ok(ElfType::SharedObject | ElfType::Executable)) {
        FileHeaderFault::Type { actual: header.elf_type }
    } else {
        return Ok(());
    };
    Err(ElfParseError::InvalidFileHeader(fault))
}

/// The checks of the program headers, in table order.
pub(super) fn check_program_headers(
    file_header: &Elf64FileHeader,
    program_headers: &[Elf64ProgramHeader],
    format: &Format,
) -> Result<(), ElfParseError> {
    let mut high = 0;
    // phnum bounds the table, so the index fits.
    for (index, header) in (0u16..).zip(program_headers) {
        let checked = match header.segment_type() {
            Ok(SegmentType::Load) => check_load(header, format, high).map(|end| high = end),
            Ok(SegmentType::GnuStack) => check_gnu_stack(header, format),
            _ => Ok(()),
        };
        checked.map_err(|(field, kind)| {
            let header_at = u64::from(index) * u64::from(format.program_header_size);
            let offset = file_header.phoff.saturating_add(header_at).saturating_add(field);
            ElfParseError::InvalidProgramHeader(ProgramHeaderFault { index, offset, kind })
        })?;
    }
    Ok(())
}

/// A fault, with its field's place in the program header.
type Fault = (u64, Kind);

/// Returns where the segment ends; `high` is where the one before it did.
fn check_load(header: &Elf64ProgramHeader, format: &Format, high: u64) -> Result<u64, Fault> {
    let &Elf64ProgramHeader { offset, vaddr, filesz, memsz, align, .. } = header;
    if filesz > memsz {
        return Err((format.p_filesz, Kind::FileSizeAboveMemorySize { filesz, memsz }));
    }
    if vaddr < high {
        return Err((format.p_vaddr, Kind::Overlap { vaddr, previous_end: high }));
    }
    let end = vaddr
        .checked_add(memsz)
        .filter(|end| *end <= format.highest)
        .ok_or((format.p_memsz, Kind::Overflow { bits: format.bits, vaddr, memsz }))?;
    if !align.is_multiple_of(PAGE_SIZE) {
        return Err((format.p_align, Kind::Alignment { align }));
    }
    if align != 0 && vaddr % align != offset % align {
        return Err((format.p_vaddr, Kind::NotCongruent { vaddr, offset, align }));
    }
    Ok(end)
}

fn check_gnu_stack(header: &Elf64ProgramHeader, format: &Format) -> Result<(), Fault> {
    if header.flags().contains(SegmentFlags::EXECUTE) {
        return Err((format.p_flags, Kind::ExecutableStack { flags: header.flags }));
    }
    Ok(())
}
