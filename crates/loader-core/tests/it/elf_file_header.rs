//! Every check of the file header.

use crate::support::{file_header_bytes, patch};
use loader_core::elf_parse::{Elf64Headers, ElfParseError, FileHeaderFault, HeaderDetail};
use zx_abi::{Arch, Status};

struct Row {
    /// What to write where, to break the rule.
    patch: (usize, &'static [u8]),
    fault: FileHeaderFault,
    text: &'static str,
    field: &'static str,
    expected: &'static str,
    actual: &'static str,
}

/// The checks, in their order.
fn rows() -> [Row; 8] {
    [
        Row {
            patch: (3, b"G"),
            fault: FileHeaderFault::Magic { actual: *b"\x7fELG" },
            text: "Invalid ELF magic",
            field: "e_ident[EI_MAG0]",
            expected: "7f 45 4c 46",
            actual: "7f 45 4c 47",
        },
        Row {
            patch: (4, &[1]),
            fault: FileHeaderFault::Class { expected: 2, actual: 1 },
            text: "Invalid ELF class",
            field: "e_ident[EI_CLASS]",
            expected: "2 (ELFCLASS64)",
            actual: "1 (ELFCLASS32)",
        },
        Row {
            patch: (5, &[2]),
            fault: FileHeaderFault::DataEncoding { actual: 2 },
            text: "Invalid ELF data encoding",
            field: "e_ident[EI_DATA]",
            expected: "1 (ELFDATA2LSB)",
            actual: "2 (ELFDATA2MSB)",
        },
        Row {
            patch: (6, &[0]),
            fault: FileHeaderFault::Version { actual: 0 },
            text: "Invalid ELF version",
            field: "e_ident[EI_VERSION]",
            expected: "1 (EV_CURRENT)",
            actual: "0",
        },
        Row {
            patch: (54, &[57, 0]),
            fault: FileHeaderFault::ProgramHeaderSize { offset: 54, expected: 56, actual: 57 },
            text: "Invalid ELF program header size",
            field: "e_phentsize",
            expected: "56",
            actual: "57",
        },
        Row {
            patch: (56, &[0xff, 0xff]),
            fault: FileHeaderFault::TooManyProgramHeaders { offset: 56 },
            text: "2^16 or more ELF program headers is unsupported",
            field: "e_phnum",
            expected: "at most 65534",
            actual: "65535 (PN_XNUM)",
        },
        Row {
            patch: (18, &[40, 0]),
            fault: FileHeaderFault::Architecture { expected: 62, actual: 40 },
            text: "Invalid ELF architecture",
            field: "e_machine",
            expected: "62 (EM_X86_64)",
            actual: "40 (EM_ARM)",
        },
        Row {
            patch: (16, &[1, 0]),
            fault: FileHeaderFault::Type { actual: 1 },
            text: "Invalid or unsupported ELF type, only ET_DYN is supported",
            field: "e_type",
            expected: "3 (ET_DYN) or 2 (ET_EXEC)",
            actual: "1 (ET_REL)",
        },
    ]
}

/// Where a row's field begins in the file.
fn field_offset(row: &Row) -> u64 {
    if row.field == "e_ident[EI_MAG0]" { 0 } else { row.patch.0 as u64 }
}

#[test]
fn each_check_has_its_text_its_status_and_its_place() {
    for row in rows() {
        let (offset, bytes) = row.patch;
        let file = patch(file_header_bytes(Arch::X86_64), offset, bytes);
        let error = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap_err();
        assert_eq!(error, ElfParseError::InvalidFileHeader(row.fault));
        assert_eq!(error.to_string(), format!("Invalid ELF file header: {}", row.text));
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
        assert_eq!(
            error.detail(),
            Some(HeaderDetail {
                offset: field_offset(&row),
                field: row.field,
                expected: row.expected.to_string(),
                actual: row.actual.to_string(),
            })
        );
    }
}

#[test]
fn the_first_check_that_fails_wins() {
    let rows = rows();
    for first in 0..rows.len() {
        let file = rows[first..].iter().fold(file_header_bytes(Arch::X86_64), |file, row| {
            patch(file, row.patch.0, row.patch.1)
        });
        assert_eq!(
            Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64),
            Err(ElfParseError::InvalidFileHeader(rows[first].fault))
        );
    }
}

#[test]
fn every_value_of_a_checked_byte_but_the_right_one_is_refused() {
    for (offset, good) in [(0, 0x7f), (1, b'E'), (2, b'L'), (3, b'F'), (4, 2), (5, 1), (6, 1)] {
        for byte in 0..=u8::MAX {
            let file = patch(file_header_bytes(Arch::X86_64), offset, &[byte]);
            let parsed = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64);
            assert_eq!(parsed.is_ok(), byte == good, "{offset}: {byte}");
        }
    }
}

#[test]
fn et_dyn_and_et_exec_are_the_only_types() {
    for elf_type in 0..=u16::MAX {
        let file = patch(file_header_bytes(Arch::X86_64), 16, &elf_type.to_le_bytes());
        let parsed = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64);
        assert_eq!(parsed.is_ok(), elf_type == 2 || elf_type == 3, "{elf_type}");
    }
}

#[test]
fn the_program_header_size_counts_even_without_program_headers() {
    for size in [0u16, 32, 55, 57, 0xffff] {
        let file = patch(file_header_bytes(Arch::X86_64), 54, &size.to_le_bytes());
        let parsed = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64);
        assert!(
            matches!(
                parsed,
                Err(ElfParseError::InvalidFileHeader(FileHeaderFault::ProgramHeaderSize { .. }))
            ),
            "{size}"
        );
    }
}

#[test]
fn fields_without_a_check_may_hold_anything() {
    // OS ABI, ABI version and padding; version; entry; shoff; flags and ehsize; section fields.
    for range in [7..16, 20..24, 24..32, 40..48, 48..54, 58..64] {
        let anything = vec![0xff; range.len()];
        let file = patch(file_header_bytes(Arch::X86_64), range.start, &anything);
        assert!(Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).is_ok(), "{range:?}");
    }
}

#[test]
fn without_program_headers_their_offset_may_be_anything() {
    let file = patch(file_header_bytes(Arch::X86_64), 32, &[0xff; 8]);
    assert!(Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).is_ok());
}
