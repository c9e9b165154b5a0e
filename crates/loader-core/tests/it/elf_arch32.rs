//! 32-bit files, where the processor can run them.

use crate::support::{dynamic_executable, file_header_bytes, load, patch, segment, write_elf};
use loader_core::elf_parse::{
    Elf64Dyn, Elf64DynSection, Elf64Headers, ElfArchitecture, ElfClass, ElfParseError,
    FileHeaderFault, ProgramHeaderFault, ProgramHeaderFaultKind,
};
use object::elf;
use object::write::elf::ProgramHeader;
use zx_abi::Arch;

fn arm_file(segments: &[ProgramHeader], contents: &[(u64, &[u8])]) -> Vec<u8> {
    write_elf(false, elf::EM_ARM, segments, contents)
}

#[test]
fn an_arm_file_is_widened_on_aarch64() {
    let file = arm_file(&[load(elf::PF_R | elf::PF_X, 0x1000, 0x20, 0x30)], &[]);
    let headers = Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64).unwrap();
    let header = headers.file_header();
    assert_eq!(header.ident.class(), Ok(ElfClass::Elf32));
    assert_eq!(header.machine(), Ok(ElfArchitecture::Arm));
    assert_eq!((header.entry, header.phoff, header.ehsize), (0x10000, 52, 52));
    assert_eq!((header.phentsize, header.phnum), (32, 1));
    let segment = headers.program_headers()[0];
    assert_eq!((segment.segment_type, segment.flags), (1, 5));
    assert_eq!((segment.offset, segment.vaddr, segment.paddr), (0x1000, 0x1000, 0x1000));
    assert_eq!((segment.filesz, segment.memsz, segment.align), (0x20, 0x30, 0x1000));
}

#[test]
fn a_32_bit_file_is_refused_elsewhere() {
    let file = arm_file(&[load(elf::PF_R, 0, 1, 1)], &[]);
    let class =
        Err(ElfParseError::InvalidFileHeader(FileHeaderFault::Class { expected: 2, actual: 1 }));
    for arch in [Arch::X86_64, Arch::Riscv64] {
        assert_eq!(Elf64Headers::from_vmo_with_arch32(file.as_slice(), arch), class);
    }
    assert_eq!(Elf64Headers::from_vmo(file.as_slice(), Arch::Aarch64), class);
}

#[test]
fn a_64_bit_file_is_taken_as_ever() {
    for arch in Arch::ALL {
        let file = dynamic_executable(arch);
        assert_eq!(
            Elf64Headers::from_vmo_with_arch32(file.as_slice(), arch),
            Elf64Headers::from_vmo(file.as_slice(), arch)
        );
        assert_eq!(
            Elf64DynSection::from_vmo_with_arch32(file.as_slice(), arch),
            Elf64DynSection::from_vmo(file.as_slice(), arch)
        );
    }
}

#[test]
fn a_32_bit_file_must_be_for_arm() {
    let file = write_elf(false, elf::EM_386, &[load(elf::PF_R, 0, 1, 1)], &[]);
    assert_eq!(
        Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64),
        Err(ElfParseError::InvalidFileHeader(FileHeaderFault::Architecture {
            expected: 40,
            actual: 3
        }))
    );
}

#[test]
fn the_header_sizes_and_places_are_those_of_the_class() {
    let file = arm_file(&[load(elf::PF_R, 0, 1, 1)], &[]);
    let parse = |file: Vec<u8>| {
        Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64).unwrap_err()
    };
    assert_eq!(
        parse(patch(file.clone(), 42, &[56, 0])),
        ElfParseError::InvalidFileHeader(FileHeaderFault::ProgramHeaderSize {
            offset: 42,
            expected: 32,
            actual: 56
        })
    );
    assert_eq!(
        parse(patch(file.clone(), 44, &[0xff, 0xff])),
        ElfParseError::InvalidFileHeader(FileHeaderFault::TooManyProgramHeaders { offset: 44 })
    );
    // The flags stand behind the sizes in this class, and the alignment behind the flags.
    assert_eq!(
        parse(patch(file, 52 + 28, &[1, 0, 0, 0])),
        ElfParseError::InvalidProgramHeader(ProgramHeaderFault {
            index: 0,
            offset: 52 + 28,
            kind: ProgramHeaderFaultKind::Alignment { align: 1 }
        })
    );
}

#[test]
fn a_file_without_magic_is_refused_for_that() {
    let file = patch(file_header_bytes(Arch::Aarch64), 3, &[0, 1]);
    assert!(matches!(
        Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64),
        Err(ElfParseError::InvalidFileHeader(FileHeaderFault::Magic { .. }))
    ));
}

#[test]
fn test_parse_program_header_overflow_32() {
    let base = u64::from(u32::MAX) - 0xfff;
    let file = arm_file(
        &[load(elf::PF_R, base, 0x2000, 0x2000), load(elf::PF_R, 0x1000, 0x1000, 0x1000)],
        &[],
    );
    let error = Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid ELF program header: load segment overflow the 32-bit memory space"
    );
    let detail = error.detail().unwrap();
    assert_eq!((detail.offset, detail.field), (52 + 20, "p_memsz"));
    assert_eq!((detail.expected.as_str(), detail.actual.as_str()), ("at most 0xfff", "0x2000"));

    let file = arm_file(&[load(elf::PF_R, base, 0xfff, 0xfff)], &[]);
    assert!(Elf64Headers::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64).is_ok());
}

#[test]
fn a_32_bit_dynamic_section_is_widened() {
    let entries: Vec<u8> =
        [5u32, 0x400, 0, 0].iter().flat_map(|number| number.to_le_bytes()).collect();
    let dynamic =
        ProgramHeader { p_offset: 0x100, p_filesz: 16, ..segment(elf::PT_DYNAMIC, elf::PF_R) };
    let file = arm_file(&[dynamic], &[(0x100, &entries)]);
    let section = Elf64DynSection::from_vmo_with_arch32(file.as_slice(), Arch::Aarch64).unwrap();
    assert_eq!(
        section.dynamic_entries(),
        [Elf64Dyn { tag: 5, value: 0x400 }, Elf64Dyn { tag: 0, value: 0 }]
    );
}
