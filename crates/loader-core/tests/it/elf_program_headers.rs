//! Every check of the program headers.

use crate::support::{elf_file, load, segment, stack_segment};
use loader_core::elf_parse::{
    Elf64Headers, ElfParseError, HeaderDetail, ProgramHeaderFault, ProgramHeaderFaultKind as Kind,
};
use object::elf;
use object::write::elf::ProgramHeader;
use zx_abi::{Arch, Status};

fn parse(segments: &[ProgramHeader]) -> Result<Elf64Headers, ElfParseError> {
    let file = elf_file(Arch::X86_64, segments, &[]);
    Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64)
}

#[track_caller]
fn assert_fault(segments: &[ProgramHeader], index: u16, field: u64, kind: Kind, text: &str) {
    let error = parse(segments).unwrap_err();
    let offset = 64 + u64::from(index) * 56 + field;
    let fault = ProgramHeaderFault { index, offset, kind };
    assert_eq!(error, ElfParseError::InvalidProgramHeader(fault));
    assert_eq!(error.to_string(), format!("Invalid ELF program header: {text}"));
    assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
}

#[track_caller]
fn assert_detail(segments: &[ProgramHeader], field: &'static str, expected: &str, actual: &str) {
    let error = parse(segments).unwrap_err();
    let ElfParseError::InvalidProgramHeader(ProgramHeaderFault { offset, .. }) = error else {
        panic!("{error:?}");
    };
    let (expected, actual) = (expected.to_string(), actual.to_string());
    assert_eq!(error.detail(), Some(HeaderDetail { offset, field, expected, actual }));
}

#[test]
fn test_parse_program_header_bad_alignment() {
    let mut header = segment(elf::PT_LOAD, elf::PF_R | elf::PF_X);
    header.p_align = 0x1000 + 1024;
    assert_fault(
        &[header.clone()],
        0,
        48,
        Kind::Alignment { align: 0x1400 },
        "Alignment must be multiple of the system page size",
    );
    assert_detail(&[header], "p_align", "a multiple of 0x1000", "0x1400");
}

#[test]
fn test_parse_program_header_bad_offset_and_vaddr() {
    let mut header = segment(elf::PT_LOAD, elf::PF_R | elf::PF_X);
    header.p_offset = 0x1001;
    header.p_vaddr = 0x1002;
    assert_fault(
        &[header.clone()],
        0,
        16,
        Kind::NotCongruent { vaddr: 0x1002, offset: 0x1001, align: 0x1000 },
        "Virtual address and offset in file are not at same offset in page",
    );
    assert_detail(&[header], "p_vaddr", "equal to p_offset (0x1001) modulo 0x1000", "0x1002");
}

#[test]
fn test_parse_program_header_overflow() {
    let segments = [
        load(elf::PF_R, u64::MAX - 0xfff, 0x2000, 0x2000),
        load(elf::PF_R, 0x1000, 0x1000, 0x1000),
    ];
    assert_fault(
        &segments,
        0,
        40,
        Kind::Overflow { bits: 64, vaddr: u64::MAX - 0xfff, memsz: 0x2000 },
        "load segment overflow the 64-bit memory space",
    );
    assert_detail(&segments, "p_memsz", "at most 0xfff", "0x2000");
}

#[test]
fn a_load_ends_at_the_last_address_at_most() {
    assert!(parse(&[load(elf::PF_R, u64::MAX - 0xfff, 0, 0xfff)]).is_ok());
    let kind = Kind::Overflow { bits: 64, vaddr: u64::MAX - 0xfff, memsz: 0x1000 };
    assert_fault(
        &[load(elf::PF_R, u64::MAX - 0xfff, 0, 0x1000)],
        0,
        40,
        kind,
        "load segment overflow the 64-bit memory space",
    );
}

#[test]
fn a_load_has_no_more_bytes_in_the_file_than_in_memory() {
    assert!(parse(&[load(elf::PF_R, 0x1000, 0x10, 0x10)]).is_ok());
    let segments = [stack_segment(0), load(elf::PF_R, 0x1000, 0x11, 0x10)];
    assert_fault(
        &segments,
        1,
        32,
        Kind::FileSizeAboveMemorySize { filesz: 0x11, memsz: 0x10 },
        "filesz > memsz in a PT_LOAD segment",
    );
    assert_detail(&segments, "p_filesz", "at most p_memsz (0x10)", "0x11");
}

#[test]
fn a_load_begins_at_the_end_of_the_one_before_at_the_earliest() {
    assert!(parse(&[load(elf::PF_R, 0, 0, 0x1000), load(elf::PF_R, 0x1000, 0x10, 0x10)]).is_ok());
    let segments = [load(elf::PF_R, 0, 0, 0x1001), load(elf::PF_R, 0x1000, 0x10, 0x10)];
    assert_fault(
        &segments,
        1,
        16,
        Kind::Overlap { vaddr: 0x1000, previous_end: 0x1001 },
        "Overlap in virtual addresses",
    );
    assert_detail(&segments, "p_vaddr", "at least 0x1001, the end of the PT_LOAD before", "0x1000");
}

#[test]
fn loads_out_of_order_overlap() {
    assert_fault(
        &[load(elf::PF_R, 0x4000, 0x10, 0x10), load(elf::PF_R, 0x1000, 0x10, 0x10)],
        1,
        16,
        Kind::Overlap { vaddr: 0x1000, previous_end: 0x4010 },
        "Overlap in virtual addresses",
    );
}

#[test]
fn two_loads_may_share_a_page() {
    assert!(
        parse(&[load(elf::PF_R, 0x1000, 0x10, 0x10), load(elf::PF_R, 0x1010, 0x10, 0x10)]).is_ok()
    );
}

#[test]
fn an_alignment_of_zero_is_not_checked() {
    let mut header = segment(elf::PT_LOAD, elf::PF_R);
    header.p_align = 0;
    header.p_vaddr = 0x1002;
    assert!(parse(&[header]).is_ok());
}

#[test]
fn an_alignment_need_not_be_a_power_of_two() {
    let mut header = segment(elf::PT_LOAD, elf::PF_R);
    header.p_align = 0x3000;
    assert!(parse(&[header.clone()]).is_ok());
    header.p_vaddr = 0x4000;
    assert!(parse(&[header.clone()]).is_ok());
    header.p_vaddr = 0x3000;
    assert!(parse(&[header]).is_err());
}

#[test]
fn extreme_alignments_are_judged_without_overflow() {
    for align in [1, 0xfff, 0x1001, u64::MAX] {
        let header = ProgramHeader { p_align: align, ..segment(elf::PT_LOAD, elf::PF_R) };
        assert!(parse(&[header]).is_err(), "{align:#x}");
    }
    let header = ProgramHeader { p_align: 1 << 63, ..segment(elf::PT_LOAD, elf::PF_R) };
    assert!(parse(&[header]).is_ok());
}

#[test]
fn a_stack_may_not_be_executable() {
    assert!(parse(&[stack_segment(0)]).is_ok());
    let mut header = stack_segment(0);
    header.p_flags = elf::PF_R | elf::PF_W | elf::PF_X;
    assert_fault(
        &[header.clone()],
        0,
        4,
        Kind::ExecutableStack { flags: 7 },
        "Fuchsia does not support executable stacks",
    );
    assert_detail(&[header], "p_flags", "no PF_X (0x1)", "0x7");
}

#[test]
fn other_types_are_not_checked() {
    for p_type in
        [elf::PT_NULL, elf::PT_DYNAMIC, elf::PT_INTERP, elf::PT_NOTE, elf::PT_PHDR, elf::PT_TLS]
    {
        let header = ProgramHeader {
            p_type,
            p_flags: elf::PF_X,
            p_offset: 1,
            p_vaddr: u64::MAX,
            p_paddr: 0,
            p_filesz: u64::MAX,
            p_memsz: 5,
            p_align: 3,
        };
        assert!(parse(&[header]).is_ok(), "{p_type:?}");
    }
}

#[test]
fn the_first_check_that_fails_wins() {
    // Breaks every rule, and then one fewer from the first on.
    let first = load(elf::PF_R, 0x8000, 0, 0x1000);
    let mut header = ProgramHeader {
        p_offset: 1,
        p_vaddr: 0x1000,
        p_filesz: u64::MAX,
        p_memsz: u64::MAX - 0x1000,
        p_align: 0x1001,
        ..segment(elf::PT_LOAD, elf::PF_R)
    };
    let kind = |header: &ProgramHeader| match parse(&[first.clone(), header.clone()]) {
        Err(ElfParseError::InvalidProgramHeader(fault)) => fault.kind,
        other => panic!("{other:?}"),
    };
    assert!(matches!(kind(&header), Kind::FileSizeAboveMemorySize { .. }));
    header.p_filesz = 0;
    assert!(matches!(kind(&header), Kind::Overlap { .. }));
    header.p_vaddr = 0x9000;
    assert!(matches!(kind(&header), Kind::Overflow { .. }));
    header.p_memsz = 0x1000;
    assert!(matches!(kind(&header), Kind::Alignment { .. }));
    header.p_align = 0x1000;
    assert!(matches!(kind(&header), Kind::NotCongruent { .. }));
    header.p_offset = 0x1000;
    assert!(parse(&[first, header]).is_ok());
}

#[test]
fn headers_are_judged_in_table_order() {
    let mut stack = stack_segment(0);
    stack.p_flags = elf::PF_X;
    let too_long = load(elf::PF_R, 0x1000, 2, 1);
    let kind = |segments: &[ProgramHeader]| match parse(segments) {
        Err(ElfParseError::InvalidProgramHeader(fault)) => (fault.index, fault.kind),
        other => panic!("{other:?}"),
    };
    assert!(matches!(kind(&[stack.clone(), too_long.clone()]), (0, Kind::ExecutableStack { .. })));
    assert!(matches!(kind(&[too_long, stack]), (0, Kind::FileSizeAboveMemorySize { .. })));
}
