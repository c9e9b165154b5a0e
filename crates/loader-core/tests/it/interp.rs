//! The dynamic linker's name.

use crate::support::odd_vmos::SparseVmo;
use crate::support::{FakeVmo, dynamic_executable};
use loader_core::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentType};
use loader_core::interp::{InterpError, MAX_INTERP_SIZE, MAX_OBJECT_NAME, interpreter_name};
use std::cell::Cell;
use zx_abi::{Machine, Status};

fn header(offset: u64, filesz: u64) -> Elf64ProgramHeader {
    Elf64ProgramHeader {
        segment_type: 3,
        flags: 4,
        offset,
        vaddr: 0,
        paddr: 0,
        filesz,
        memsz: filesz,
        align: 1,
    }
}

fn name_in(bytes: &[u8]) -> Result<String, InterpError> {
    interpreter_name(bytes, &header(0, bytes.len() as u64))
}

#[test]
fn the_name_is_what_comes_before_the_last_nul() {
    assert_eq!(name_in(b"ld.so.1\0").unwrap(), "ld.so.1");
    assert_eq!(name_in(b"\0").unwrap(), "");
    assert_eq!(name_in(b"a\0b\0").unwrap(), "a\0b");
    let file = dynamic_executable(Machine::X86_64);
    let headers = Elf64Headers::from_vmo(file.as_slice(), Machine::X86_64).unwrap();
    let interp = headers.program_header_with_type(SegmentType::Interp).unwrap().unwrap();
    assert_eq!(interpreter_name(file.as_slice(), interp).unwrap(), "ld.so.1");
}

#[test]
fn a_name_without_its_nul_is_refused() {
    for bytes in [b"ld.so.1".as_slice(), b""] {
        let error = name_in(bytes).unwrap_err();
        assert_eq!(error, InterpError::MissingNul);
        assert_eq!(error.to_string(), "Invalid PT_INTERP header: Missing null terminator");
        assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    }
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    let error = name_in(b"\xffld\0").unwrap_err();
    assert!(matches!(error, InterpError::InvalidUtf8(_)));
    assert_eq!(error.to_string(), "Invalid PT_INTERP header: Invalid UTF8");
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
}

#[test]
fn a_name_beyond_the_end_cannot_be_read() {
    for offset in [4089, u64::MAX] {
        let error = interpreter_name(b"x".as_slice(), &header(offset, 8)).unwrap_err();
        assert_eq!(error, InterpError::Read(Status::OUT_OF_RANGE));
        assert_eq!(error.to_string(), "Failed to read from VMO: OUT_OF_RANGE");
        assert_eq!(error.as_zx_status(), Status::OUT_OF_RANGE);
    }
}

#[test]
fn a_name_of_1024_bytes_is_read_and_a_longer_one_is_too_long() {
    let name = |length: usize| [vec![b'a'; length], vec![0]].concat();
    assert_eq!(name_in(&name(MAX_OBJECT_NAME)).unwrap().len(), MAX_OBJECT_NAME);
    let longest = MAX_INTERP_SIZE as usize - 1;
    for length in [MAX_OBJECT_NAME + 1, 4095, 4096, longest, longest + 1] {
        let error = name_in(&name(length)).unwrap_err();
        assert_eq!(error, InterpError::TooLong { length: length as u64 });
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
        assert_eq!(
            error.to_string(),
            "Failed to load dynamic linker from fuchsia.ldsvc.Loader: objectName is longer than 1024 bytes"
        );
    }
}

#[test]
fn what_else_is_wrong_with_a_long_name_comes_first() {
    let longest = MAX_INTERP_SIZE as usize;
    for size in [MAX_OBJECT_NAME + 2, longest, longest + 1] {
        assert_eq!(name_in(&vec![b'a'; size]).unwrap_err(), InterpError::MissingNul);
    }
    for size in [MAX_OBJECT_NAME + 2, longest] {
        let mut name = vec![b'a'; size];
        name[size - 2..].copy_from_slice(b"\xff\0");
        assert!(matches!(name_in(&name).unwrap_err(), InterpError::InvalidUtf8(_)));
    }
}

#[test]
fn a_name_that_is_longer_than_its_file_allocates_and_reads_nothing() {
    for filesz in [0x1001, MAX_INTERP_SIZE, MAX_INTERP_SIZE + 1, 4 << 30, u64::MAX] {
        let vmo = FakeVmo::create(0x1000);
        let error = interpreter_name(&vmo, &header(0, filesz)).unwrap_err();
        assert_eq!(error, InterpError::Read(Status::OUT_OF_RANGE));
        assert!(vmo.reads().iter().all(|(_, length)| *length == 1));
    }
    // Where there is as much to be read, one byte of it is.
    let size = 1 << 40;
    let vmo = SparseVmo { file: &[], size, bytes_read: Cell::new(0) };
    let error = interpreter_name(&vmo, &header(0, size)).unwrap_err();
    assert_eq!(error, InterpError::TooLong { length: size - 1 });
    assert_eq!(vmo.bytes_read.get(), 1);
}
