//! The initial stack.

use crate::elf_map::headers;
use loader_core::elf_parse::{Elf64ProgramHeader, ElfParseError, SegmentType};
use loader_core::process_args::{HandleInfo, MessageContents, ProcessargsError, StartupHandle};
use loader_core::stack::{
    DEFAULT_STACK_SIZE, InitialStack, StackError, calculate_initial_linker_stack_size,
    compute_initial_stack_pointer,
};
use zx_abi::{Arch, HandleType, Status};

fn contents(handles: usize) -> MessageContents<()> {
    let info = HandleInfo::from(HandleType::User0);
    MessageContents {
        handles: vec![StartupHandle { handle: (), info }; handles],
        ..MessageContents::default()
    }
}

fn gnu_stack(memsz: u64) -> Elf64ProgramHeader {
    Elf64ProgramHeader {
        segment_type: 0x6474_e551,
        flags: 6,
        offset: 0,
        vaddr: 0,
        paddr: 0,
        filesz: 0,
        memsz,
        align: 16,
    }
}

fn static_stack(memsz: u64) -> Result<InitialStack, StackError> {
    InitialStack::for_static(&headers(vec![gnu_stack(memsz)]))
}

#[test]
fn a_small_message_needs_one_page() {
    assert_eq!(calculate_initial_linker_stack_size(&contents(4), 1), Ok(0x1000));
}

#[test]
fn ten_thousand_arguments_need_eleven_pages() {
    let mut contents = contents(5);
    contents.args = std::iter::repeat_n(c"arg", 10_000).collect();
    assert_eq!(calculate_initial_linker_stack_size(&contents, 1), Ok(0xb000));
}

#[test]
fn the_size_counts_message_handles_and_startup_code_to_the_byte() {
    // 36 bytes of header, 8 bytes per handle, 3072 bytes of startup: the rest of a page is args.
    let room = 0x1000 - 36 - 8 * 3 - 3072;
    let mut contents = contents(2);
    contents.args.push(&vec![b'a'; room - 1]).unwrap();
    assert_eq!(calculate_initial_linker_stack_size(&contents, 1), Ok(0x1000));
    contents.args.extend_packed(&[0]).unwrap();
    assert_eq!(calculate_initial_linker_stack_size(&contents, 1), Ok(0x2000));
}

#[test]
fn extra_handles_count_against_the_limit() {
    assert!(calculate_initial_linker_stack_size(&contents(63), 1).is_ok());
    for (handles, extra, total) in [(64, 1, 65), (1, 64, 65), (1, usize::MAX, usize::MAX)] {
        let error = calculate_initial_linker_stack_size(&contents(handles), extra).unwrap_err();
        assert_eq!(error, StackError::ProcessArgs(ProcessargsError::TooManyHandles(total)));
        assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    }
}

#[test]
fn a_dynamic_stack_is_named_for_its_message() {
    let stack = InitialStack::for_dynamic(&contents(4)).unwrap();
    assert_eq!((stack.size(), stack.name()), (0x1000, "stack: msg of 0x1000"));
    assert!(InitialStack::for_dynamic(&contents(64)).is_err());
}

#[test]
fn a_static_stack_is_what_the_file_asks_for_or_the_default() {
    assert_eq!(DEFAULT_STACK_SIZE, 0x40000);
    for image in [headers(vec![]), headers(vec![gnu_stack(0)])] {
        let stack = InitialStack::for_static(&image).unwrap();
        assert_eq!((stack.size(), stack.name()), (0x40000, "stack: default 0x40000"));
    }
    for (memsz, size, name) in [
        (1, 0x1000, "stack: explicit 0x1000"),
        (0x1000, 0x1000, "stack: explicit 0x1000"),
        (0x40001, 0x41000, "stack: explicit 0x41000"),
    ] {
        let stack = static_stack(memsz).unwrap();
        assert_eq!((stack.size(), stack.name()), (size, name));
    }
}

#[test]
fn two_stack_headers_are_one_too_many() {
    let image = headers(vec![gnu_stack(1), gnu_stack(1)]);
    assert_eq!(
        InitialStack::for_static(&image),
        Err(StackError::ElfParse(ElfParseError::MultipleHeaders(SegmentType::GnuStack)))
    );
}

#[test]
fn a_minimum_changes_the_size_but_not_the_name() {
    for (min, size) in [(0, 0x40000), (0x40000, 0x40000), (0x40001, 0x41000), (10 << 20, 10 << 20)]
    {
        let stack = static_stack(0).unwrap().with_min_size(min).unwrap();
        assert_eq!((stack.size(), stack.name()), (size, "stack: default 0x40000"));
    }
}

#[test]
fn a_name_has_31_bytes_at_most() {
    let largest = (1 << 52) - 0x1000;
    let stack = static_stack(largest).unwrap();
    assert_eq!(stack.name().len(), 31);
    let error = static_stack(largest + 1).unwrap_err();
    let name = "stack: explicit 0x10000000000000".to_string();
    assert_eq!(error, StackError::NameTooLong { name });
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
}

#[test]
fn sizes_beyond_64_bits_are_refused() {
    let last_page = u64::MAX - 0xfff;
    for size in [last_page + 1, u64::MAX] {
        let overflow = Err(StackError::SizeOverflow { size });
        assert_eq!(static_stack(size), overflow);
        assert_eq!(static_stack(0).unwrap().with_min_size(size), overflow);
    }
    assert_eq!(StackError::SizeOverflow { size: u64::MAX }.as_zx_status(), Status::OUT_OF_RANGE);
    assert_eq!(static_stack(0).unwrap().with_min_size(last_page).unwrap().size(), last_page);
}

#[test]
fn the_stack_pointer_is_aligned_as_the_machine_wants() {
    for (base, size, end) in
        [(0x10000, 0x1000, 0x11000), (0x10001, 0x1000, 0x11000), (0x1000f, 0x1000, 0x11000)]
    {
        assert_eq!(compute_initial_stack_pointer(base, size, Arch::X86_64), Ok(end - 8));
        assert_eq!(compute_initial_stack_pointer(base, size, Arch::Aarch64), Ok(end));
        assert_eq!(compute_initial_stack_pointer(base, size, Arch::Riscv64), Ok(end));
    }
}

#[test]
fn a_stack_pointer_that_overflows_is_refused() {
    let top = u64::MAX - 15;
    for arch in Arch::ALL {
        assert!(compute_initial_stack_pointer(top, 15, arch).is_ok());
        let error = compute_initial_stack_pointer(top, 16, arch).unwrap_err();
        assert_eq!(error, StackError::PointerOverflow { base: top, size: 16 });
        assert_eq!(error.as_zx_status(), Status::OUT_OF_RANGE);
    }
    assert!(compute_initial_stack_pointer(0, 15, Arch::X86_64).is_err());
    assert_eq!(compute_initial_stack_pointer(0, 16, Arch::X86_64), Ok(8));
}
