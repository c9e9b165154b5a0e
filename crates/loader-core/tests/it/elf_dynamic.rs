//! The dynamic section.

use crate::support::{dynamic_executable, elf_file, file_header_bytes, segment};
use loader_core::elf_parse::{
    Elf64Dyn, Elf64DynSection, ElfParseError, MAX_DYNAMIC_ENTRIES, SegmentType,
};
use object::elf;
use object::write::elf::ProgramHeader;
use zx_abi::{Arch, Status};

fn parse(file: &[u8]) -> Result<Elf64DynSection, ElfParseError> {
    Elf64DynSection::from_vmo(file, Arch::X86_64)
}

fn dynamic(offset: u64, filesz: u64) -> ProgramHeader {
    ProgramHeader { p_offset: offset, p_filesz: filesz, ..segment(elf::PT_DYNAMIC, elf::PF_R) }
}

#[test]
fn entries_keep_file_order_and_are_found_by_tag() {
    let section = parse(&dynamic_executable(Arch::X86_64)).unwrap();
    let tags: Vec<u64> = section.dynamic_entries().iter().map(|entry| entry.tag).collect();
    assert_eq!(tags, [5, 10, 0x6fff_fef5, 0]);
    assert_eq!(
        section.dynamic_entry_with_tag(0x6fff_fef5),
        Some(&Elf64Dyn { tag: 0x6fff_fef5, value: 0x500 })
    );
    assert_eq!(section.dynamic_entry_with_tag(1), None);
}

#[test]
fn the_first_entry_of_a_tag_is_found() {
    let entries: Vec<u8> = [1u64, 7, 1, 8].iter().flat_map(|number| number.to_le_bytes()).collect();
    let file = elf_file(Arch::X86_64, &[dynamic(0x100, 32)], &[(0x100, &entries)]);
    let section = parse(&file).unwrap();
    assert_eq!(section.dynamic_entry_with_tag(1), Some(&Elf64Dyn { tag: 1, value: 7 }));
}

#[test]
fn a_file_without_pt_dynamic_has_none() {
    let error = parse(&file_header_bytes(Arch::X86_64)).unwrap_err();
    assert_eq!(error, ElfParseError::ParseError("Dynamic header not found"));
    assert_eq!(error.to_string(), "Parse error: Dynamic header not found");
    assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
    assert_eq!(error.detail(), None);
}

#[test]
fn two_dynamic_sections_are_one_too_many() {
    let file = elf_file(Arch::X86_64, &[dynamic(0, 16), dynamic(0, 16)], &[]);
    assert_eq!(parse(&file), Err(ElfParseError::MultipleHeaders(SegmentType::Dynamic)));
}

#[test]
fn a_part_of_an_entry_is_not_read() {
    for (filesz, entries) in [(0, 0), (15, 0), (16, 1), (31, 1), (32, 2)] {
        let file = elf_file(Arch::X86_64, &[dynamic(0, filesz)], &[]);
        assert_eq!(parse(&file).unwrap().dynamic_entries().len(), entries);
    }
}

#[test]
fn a_section_beyond_the_end_cannot_be_read() {
    let out_of_range = Err(ElfParseError::ReadError(Status::OUT_OF_RANGE));
    for (offset, filesz) in [(4081, 16), (u64::MAX, 16), (0, 4096 + 16)] {
        let file = elf_file(Arch::X86_64, &[dynamic(offset, filesz)], &[]);
        assert_eq!(parse(&file), out_of_range);
    }
}

#[test]
fn the_number_of_entries_is_limited() {
    let largest = MAX_DYNAMIC_ENTRIES * 16 + 15;
    let mut file = elf_file(Arch::X86_64, &[dynamic(0, largest)], &[]);
    file.resize(2 << 20, 0);
    assert_eq!(parse(&file).unwrap().dynamic_entries().len(), 65536);
    for filesz in [largest + 1, 1 << 60, u64::MAX] {
        let file = elf_file(Arch::X86_64, &[dynamic(0, filesz)], &[]);
        assert_eq!(
            parse(&file),
            Err(ElfParseError::ParseError("Dynamic section has too many entries"))
        );
    }
}
