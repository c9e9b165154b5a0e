//! The headers: every rule that they break.

use super::kind::FindingKind as Kind;
use super::report::{Field, Findings, Severity};
use crate::elf_parse::{
    Elf64Headers, ElfParseError, FileHeaderFault, HeaderDetail, ProgramHeaderFaultKind,
};
use crate::seam::ReadVmo;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};
use zx_abi::{Arch, Status};

/// Bytes in a 64-bit file header.
const FILE_HEADER_SIZE: u64 = size_of::<RawHeader>() as u64;
/// Bytes in a 64-bit program header.
const PROGRAM_HEADER_SIZE: u64 = 56;

/// A field of a program header.
#[derive(Clone, Copy, Debug)]
pub(super) enum PhField {
    Type,
    Flags,
    Offset,
    Vaddr,
    Filesz,
    Memsz,
    Align,
}

/// Where a field of the program header at `index` in the table is.
pub(super) fn ph_field(headers: &Elf64Headers, index: usize, field: PhField) -> Field {
    let (place, name) = match field {
        PhField::Type => (0, "p_type"),
        PhField::Flags => (4, "p_flags"),
        PhField::Offset => (8, "p_offset"),
        PhField::Vaddr => (16, "p_vaddr"),
        PhField::Filesz => (32, "p_filesz"),
        PhField::Memsz => (40, "p_memsz"),
        PhField::Align => (48, "p_align"),
    };
    let header_at = index as u64 * PROGRAM_HEADER_SIZE;
    let offset = headers.file_header().phoff.saturating_add(header_at).saturating_add(place);
    Field { offset, name }
}

/// Checks the headers. They are returned if they could be decoded.
pub(super) fn check<V: ReadVmo + ?Sized>(
    file: &V,
    arch: Arch,
    findings: &mut Findings,
) -> Option<Elf64Headers> {
    Elf64Headers::with_all_faults(file, arch, |error| {
        let (kind, detail) = match &error {
            ElfParseError::InvalidFileHeader(fault) => (file_header_kind(fault), fault.detail()),
            ElfParseError::InvalidProgramHeader(fault) => {
                (program_header_kind(&fault.kind), fault.detail())
            }
            ElfParseError::ReadError(_)
            | ElfParseError::ParseError(_)
            | ElfParseError::MultipleHeaders(_) => unreadable(file),
        };
        let HeaderDetail { offset, field, expected, actual } = detail;
        findings.failure(
            Severity::Error,
            kind,
            Field { offset, name: field },
            format_args!("{expected}"),
            format_args!("{actual}"),
            error.into(),
        );
    })
}

/// Headers in the zeros that follow the last byte of the file in its VMO.
pub(super) fn check_size(headers: &Elf64Headers, file_size: u64, findings: &mut Findings) {
    let file_header = headers.file_header();
    let (phoff, phnum) = (file_header.phoff, u64::from(file_header.phnum));
    let table_end = phoff.saturating_add(phnum * PROGRAM_HEADER_SIZE);
    let expected = format_args!("at most {file_size:#x}, the end of the file");
    if file_size < FILE_HEADER_SIZE {
        let field = Field { offset: 0, name: "e_ident[EI_MAG0]" };
        let actual = format_args!("an end at {FILE_HEADER_SIZE:#x}");
        findings.warn(Kind::HeadersBeyondFile, field, expected, actual);
    }
    if phnum > 0 && table_end > file_size {
        let actual = format_args!("an end at {table_end:#x}");
        findings.warn(Kind::HeadersBeyondFile, PHOFF, expected, actual);
    }
}

/// The architecture that a file's header names; none if it is no such header, or another one.
///
/// # Errors
///
/// The kernel's status if the header cannot be read.
pub fn arch_of<V: ReadVmo + ?Sized>(file: &V) -> Result<Option<Arch>, Status> {
    let header = RawHeader::read(file)?;
    let is_elf64 = header.ident.starts_with(b"\x7fELF\x02\x01");
    let named = |known: &Arch| is_elf64 && known.elf_machine() == header.machine.get();
    Ok(Arch::ALL.into_iter().find(named))
}

/// Where the number of program headers is.
pub(super) const PHNUM: Field = Field { offset: 56, name: "e_phnum" };
const PHOFF: Field = Field { offset: 32, name: "e_phoff" };

/// A 64-bit file header that has not been judged.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct RawHeader {
    ident: [u8; 16],
    elf_type: U16,
    machine: U16,
    version: U32,
    entry: U64,
    phoff: U64,
    shoff: U64,
    flags: U32,
    ehsize: U16,
    phentsize: U16,
    phnum: U16,
    sections: [U16; 3],
}

impl RawHeader {
    fn read<V: ReadVmo + ?Sized>(file: &V) -> Result<Self, Status> {
        let mut header = Self::new_zeroed();
        file.read(0, header.as_mut_bytes())?;
        Ok(header)
    }
}

/// What could not be read: the table, if the file header can be.
fn unreadable<V: ReadVmo + ?Sized>(file: &V) -> (Kind, HeaderDetail) {
    let Ok(header) = RawHeader::read(file) else {
        let detail = HeaderDetail {
            offset: 0,
            field: "e_ident[EI_MAG0]",
            expected: format!("{FILE_HEADER_SIZE} bytes"),
            actual: "fewer".to_string(),
        };
        return (Kind::FileHeaderUnreadable, detail);
    };
    let detail = HeaderDetail {
        offset: PHOFF.offset,
        field: PHOFF.name,
        expected: format!("{} headers within the file", header.phnum),
        actual: format!("{:#x}", header.phoff),
    };
    (Kind::ProgramHeadersUnreadable, detail)
}

const fn file_header_kind(fault: &FileHeaderFault) -> Kind {
    match fault {
        FileHeaderFault::Magic { .. } => Kind::Magic,
        FileHeaderFault::Class { .. } => Kind::Class,
        FileHeaderFault::DataEncoding { .. } => Kind::DataEncoding,
        FileHeaderFault::Version { .. } => Kind::IdentVersion,
        FileHeaderFault::ProgramHeaderSize { .. } => Kind::ProgramHeaderSize,
        FileHeaderFault::TooManyProgramHeaders { .. } => Kind::ProgramHeaderCount,
        FileHeaderFault::Architecture { .. } => Kind::Architecture,
        FileHeaderFault::Type { .. } => Kind::FileType,
    }
}

const fn program_header_kind(fault: &ProgramHeaderFaultKind) -> Kind {
    match fault {
        ProgramHeaderFaultKind::FileSizeAboveMemorySize { .. } => Kind::LoadFileSize,
        ProgramHeaderFaultKind::Overlap { .. } => Kind::LoadOverlap,
        ProgramHeaderFaultKind::Overflow { .. } => Kind::LoadOverflow,
        ProgramHeaderFaultKind::Alignment { .. } => Kind::LoadAlignment,
        ProgramHeaderFaultKind::NotCongruent { .. } => Kind::LoadCongruence,
        ProgramHeaderFaultKind::ExecutableStack { .. } => Kind::ExecutableStack,
    }
}
