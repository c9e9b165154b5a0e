//! The dynamic linker's name.

use crate::support::{FakeVmo, dynamic_executable};
use loader_core::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentType};
use loader_core::interp::{InterpError, interpreter_name, is_object_name};
use zx_abi::{Arch, Status};

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
    let file = dynamic_executable(Arch::X86_64);
    let headers = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
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
    assert_eq!(error, InterpError::InvalidUtf8 { valid_up_to: 0 });
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

/// `length` bytes of UTF-8 with its NUL; characters of two bytes lie across every page's end.
fn long_name(length: usize) -> Vec<u8> {
    let mut name = vec![b'a'; length % 2];
    while name.len() < length {
        name.extend("é".as_bytes());
    }
    name.push(0);
    name
}

#[test]
fn a_name_that_the_loader_takes_is_read_and_a_longer_one_is_too_long() {
    assert_eq!(name_in(&long_name(1024)).unwrap().len(), 1024);
    for length in [1025, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1] {
        let error = name_in(&long_name(length)).unwrap_err();
        assert_eq!(error, InterpError::TooLong { length: length as u64 });
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
        assert_eq!(
            error.to_string(),
            "Failed to load dynamic linker from fuchsia.ldsvc.Loader: \
             objectName is longer than 1024 bytes"
        );
    }
}

#[test]
fn a_long_name_is_judged_as_a_short_one_first() {
    for length in [1025, 4095, 4096, 9001] {
        let mut name = long_name(length);
        let last = name.len() - 2;
        // Half a character, at the end of all.
        name[last] = b'a';
        let error = name_in(&name).unwrap_err();
        assert_eq!(error, InterpError::InvalidUtf8 { valid_up_to: last as u64 - 1 });
        name.pop();
        assert_eq!(name_in(&name).unwrap_err(), InterpError::MissingNul);
    }
}

#[test]
fn a_name_that_no_memory_holds_is_not_read() {
    for filesz in [0x1001, 4 << 30, u64::MAX] {
        let vmo = FakeVmo::create(0x1000);
        let error = interpreter_name(&vmo, &header(0, filesz)).unwrap_err();
        assert_eq!(error, InterpError::Read(Status::OUT_OF_RANGE));
        assert!(vmo.reads().iter().all(|(_, size)| *size <= 1));
    }
}

#[test]
fn an_object_has_a_path_below_a_directory() {
    let longest = "n".repeat(255);
    for name in ["ld.so.1", "asan/ld.so.1", "...", "a b", "é", &longest, &format!("a/{longest}")] {
        assert!(is_object_name(name), "{name:?}");
    }
    let too_long = "n".repeat(256);
    let names = ["", "/", "/ld.so.1", "ld.so.1/", "a//b", ".", "..", "a/../b", "./a", "a\0b", "\0"];
    for name in names.into_iter().chain([too_long.as_str()]) {
        assert!(!is_object_name(name), "{name:?}");
    }
}
