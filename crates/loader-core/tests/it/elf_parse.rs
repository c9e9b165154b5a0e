//! Upstream's tests of whole files, and the accessors.

use crate::support::{
    FakeVmo, dynamic_executable, elf_file, file_header_bytes, load, patch, segment, stack_segment,
    static_pie,
};
use loader_core::elf_parse::{
    Elf64DynSection, Elf64Headers, ElfArchitecture, ElfClass, ElfDataEncoding, ElfParseError,
    ElfType, ElfVersion, SegmentFlags, SegmentType,
};
use object::elf;
use zx_abi::{Arch, Status};

#[test]
fn test_parse_file_header() {
    for (arch, architecture) in [
        (Arch::X86_64, ElfArchitecture::X86_64),
        (Arch::Aarch64, ElfArchitecture::Aarch64),
        (Arch::Riscv64, ElfArchitecture::Riscv),
    ] {
        let vmo = FakeVmo::with_bytes(&file_header_bytes(arch));
        let headers = Elf64Headers::from_vmo(&vmo, arch).unwrap();
        let header = headers.file_header();
        assert_eq!(header.ident.magic, *b"\x7fELF");
        assert_eq!(header.ident.class(), Ok(ElfClass::Elf64));
        assert_eq!(header.ident.data(), Ok(ElfDataEncoding::LittleEndian));
        assert_eq!(header.ident.version(), Ok(ElfVersion::Current));
        assert_eq!((header.ident.osabi, header.ident.abiversion), (0, 0));
        assert_eq!(header.ident.pad, [0; 7]);
        assert_eq!(header.elf_type(), Ok(ElfType::SharedObject));
        assert_eq!(header.machine(), Ok(architecture));
        assert_eq!(header.version, 1);
        assert_eq!(header.entry, 0x10000);
        assert_eq!((header.phoff, header.shoff, header.flags), (0, 0, 0));
        assert_eq!((header.ehsize, header.phentsize, header.phnum), (64, 56, 0));
        assert_eq!((header.shentsize, header.shnum, header.shstrndx), (0, 0, 0));
        assert!(headers.program_headers().is_empty());
    }
}

#[test]
fn test_parse_wrong_arch() {
    for target in Arch::ALL {
        for arch in Arch::ALL {
            let file = file_header_bytes(arch);
            let parsed = Elf64Headers::from_vmo(file.as_slice(), target);
            if arch == target {
                assert!(parsed.is_ok());
                continue;
            }
            let error = parsed.unwrap_err();
            assert!(matches!(error, ElfParseError::InvalidFileHeader(_)), "{error:?}");
            assert_eq!(error.to_string(), "Invalid ELF file header: Invalid ELF architecture");
            assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
        }
    }
}

#[test]
fn test_parse_program_headers() {
    for arch in Arch::ALL {
        let file = dynamic_executable(arch);
        let headers = Elf64Headers::from_vmo(file.as_slice(), arch).unwrap();
        assert_eq!(headers.program_headers().len(), 6);
        assert!(headers.program_header_with_type(SegmentType::Interp).unwrap().is_some());
        assert_eq!(headers.program_headers_with_type(SegmentType::Dynamic).count(), 1);
        assert_eq!(headers.program_headers_with_type(SegmentType::Load).count(), 3);
    }
}

#[test]
fn test_parse_dynamic_section() {
    for arch in Arch::ALL {
        let file = dynamic_executable(arch);
        let section = Elf64DynSection::from_vmo(file.as_slice(), arch).unwrap();
        assert_eq!(section.dynamic_entries().len(), 4);
    }
}

#[test]
fn test_parse_static_pie() {
    for arch in Arch::ALL {
        let file = static_pie(arch);
        let headers = Elf64Headers::from_vmo(file.as_slice(), arch).unwrap();
        assert_eq!(headers.program_headers().len(), 5);
        assert_eq!(headers.program_header_with_type(SegmentType::Interp), Ok(None));
        assert_eq!(headers.program_headers_with_type(SegmentType::Dynamic).count(), 1);
        assert_eq!(headers.program_headers_with_type(SegmentType::Load).count(), 3);
    }
}

#[test]
fn a_header_type_that_occurs_twice_is_an_error_even_if_equal() {
    let stack = stack_segment(0x4000);
    let file = elf_file(Arch::X86_64, &[stack.clone(), stack], &[]);
    let headers = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
    let error = headers.program_header_with_type(SegmentType::GnuStack).unwrap_err();
    assert_eq!(error, ElfParseError::MultipleHeaders(SegmentType::GnuStack));
    assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
    assert_eq!(error.detail(), None);
    assert_eq!(headers.program_header_with_type(SegmentType::Unused), Ok(None));
}

#[test]
fn segment_types_are_named_as_in_the_specification() {
    for (segment_type, name) in [
        (SegmentType::Unused, "PT_NULL"),
        (SegmentType::Load, "PT_LOAD"),
        (SegmentType::Dynamic, "PT_DYNAMIC"),
        (SegmentType::Interp, "PT_INTERP"),
        (SegmentType::GnuStack, "PT_GNU_STACK"),
    ] {
        assert_eq!(
            ElfParseError::MultipleHeaders(segment_type).to_string(),
            format!("Multiple ELF program headers of type {name} present")
        );
    }
}

#[test]
fn unknown_numbers_come_back_raw() {
    let mut header = segment(elf::PT_NOTE, elf::ProgramFlags(0xffff_fff5));
    header.p_align = 4;
    let file = patch(elf_file(Arch::X86_64, &[header], &[]), 8, &[9]);
    let headers = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
    let header = headers.program_headers()[0];
    assert_eq!(header.segment_type(), Err(4));
    assert_eq!(header.flags, 0xffff_fff5);
    assert_eq!(header.flags(), SegmentFlags::READ | SegmentFlags::EXECUTE);

    let mut file_header = *headers.file_header();
    file_header.elf_type = 0xfe00;
    file_header.machine = 8;
    file_header.ident.class = 3;
    file_header.ident.data = 4;
    file_header.ident.version = 5;
    assert_eq!(file_header.elf_type(), Err(0xfe00));
    assert_eq!(file_header.machine(), Err(8));
    assert_eq!(file_header.ident.class(), Err(3));
    assert_eq!(file_header.ident.data(), Err(4));
    assert_eq!(file_header.ident.version(), Err(5));
}

#[test]
fn only_headers_are_read() {
    let vmo = FakeVmo::with_bytes(&dynamic_executable(Arch::X86_64));
    Elf64Headers::from_vmo(&vmo, Arch::X86_64).unwrap();
    assert_eq!(vmo.reads(), [(0, 64), (64, 6 * 56)]);

    let vmo = FakeVmo::with_bytes(&file_header_bytes(Arch::X86_64));
    Elf64Headers::from_vmo(&vmo, Arch::X86_64).unwrap();
    assert_eq!(vmo.reads(), [(0, 64)]);
}

#[test]
fn a_vmo_of_no_page_cannot_be_read() {
    let error = Elf64Headers::from_vmo(&FakeVmo::create(0), Arch::X86_64).unwrap_err();
    assert_eq!(error, ElfParseError::ReadError(Status::OUT_OF_RANGE));
    assert_eq!(error.to_string(), "Failed to read ELF from VMO: OUT_OF_RANGE");
    assert_eq!(error.as_zx_status(), Status::OUT_OF_RANGE);
}

#[test]
fn a_vmo_of_one_zeroed_page_has_no_magic() {
    let error = Elf64Headers::from_vmo(&FakeVmo::create(1), Arch::X86_64).unwrap_err();
    assert_eq!(error.to_string(), "Invalid ELF file header: Invalid ELF magic");
}

#[test]
fn program_headers_beyond_the_end_cannot_be_read() {
    let out_of_range = Err(ElfParseError::ReadError(Status::OUT_OF_RANGE));
    let file = elf_file(Arch::X86_64, &[load(elf::PF_R, 0, 0x10, 0x10)], &[]);
    // The table's last byte is the page's last, then one beyond.
    for (phoff, fits) in [(4096 - 56, true), (4096 - 55, false), (u64::MAX - 55, false)] {
        let vmo = FakeVmo::with_bytes(&patch(file.clone(), 32, &phoff.to_le_bytes()));
        let parsed = Elf64Headers::from_vmo(&vmo, Arch::X86_64);
        if fits {
            assert!(parsed.is_ok());
        } else {
            assert_eq!(parsed, out_of_range);
        }
    }
}

#[test]
fn a_table_that_wraps_around_cannot_be_read() {
    // Enough headers for several reads, the first of which the memory backs.
    struct Everywhere(Vec<u8>);
    impl loader_core::seam::ReadVmo for Everywhere {
        fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
            buffer.fill(0);
            if offset == 0 {
                buffer.copy_from_slice(&self.0[..buffer.len()]);
            }
            Ok(())
        }
    }
    let file = patch(file_header_bytes(Arch::X86_64), 56, &[0xfe, 0xff]);
    let file = patch(file, 32, &(u64::MAX - 5000).to_le_bytes());
    assert_eq!(
        Elf64Headers::from_vmo(&Everywhere(file), Arch::X86_64),
        Err(ElfParseError::ReadError(Status::OUT_OF_RANGE))
    );
}

#[test]
fn the_largest_table_is_read_whole() {
    let mut file = patch(file_header_bytes(Arch::X86_64), 56, &65534u16.to_le_bytes());
    file = patch(file, 32, &64u64.to_le_bytes());
    let mut last = elf_file(Arch::X86_64, &[stack_segment(7)], &[]);
    file.resize(64 + 65533 * 56, 0);
    file.extend(last.drain(64..));
    let headers = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
    assert_eq!(headers.program_headers().len(), 65534);
    let stack = headers.program_header_with_type(SegmentType::GnuStack).unwrap();
    assert_eq!(stack.map(|header| header.memsz), Some(7));
}

#[test]
fn a_file_truncated_at_any_byte_loses_what_was_there_and_no_more() {
    let file = dynamic_executable(Arch::X86_64);
    let whole = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
    let mut accepted = 0;
    for length in 0..file.len() {
        // The rest of the page reads as zeros.
        let Ok(headers) = Elf64Headers::from_vmo(&file[..length], Arch::X86_64) else {
            continue;
        };
        accepted += 1;
        assert!(length > 54, "without e_phentsize nothing is accepted: {length}");
        let kept = headers.program_headers().len().min(length.saturating_sub(64) / 56);
        assert_eq!(headers.program_headers()[..kept], whole.program_headers()[..kept]);
        if length >= 64 + 6 * 56 {
            assert_eq!(headers, whole);
        }
    }
    assert!(accepted > file.len() - (64 + 6 * 56));
}
