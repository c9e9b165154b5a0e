//! Upstream's tests of mapping, and the rules they leave open.

use crate::support::{FakeVmo, Fault, Mapping, RecordingVmar, file_header_bytes};
use loader_core::elf_load::{ElfLoadError, SegmentFault, map_elf_segments, vmo_name_with_prefix};
use loader_core::elf_parse::{Elf64Headers, Elf64ProgramHeader};
use loader_core::seam::{ReadVmo, Vmo};
use zx_abi::{Arch, PAGE_SIZE, Rights, Status, VmOptions};

const R: u32 = 4;
const W: u32 = 2;
const X: u32 = 1;

/// A PT_LOAD at page 1 of the file, address 0x10000.
fn load(flags: u32, filesz: u64, memsz: u64) -> Elf64ProgramHeader {
    Elf64ProgramHeader {
        segment_type: 1,
        flags,
        offset: PAGE_SIZE,
        vaddr: 0x10000,
        paddr: 0x10000,
        filesz,
        memsz,
        align: PAGE_SIZE,
    }
}

pub fn headers(segments: Vec<Elf64ProgramHeader>) -> Elf64Headers {
    let file = file_header_bytes(Arch::X86_64);
    let empty = Elf64Headers::from_vmo(file.as_slice(), Arch::X86_64).unwrap();
    Elf64Headers::new_for_test(*empty.file_header(), segments)
}

/// Two pages of 0xff.
fn full_vmo() -> FakeVmo {
    FakeVmo::with_bytes(&[0xff; 2 * PAGE_SIZE as usize])
}

fn map(vmo: &FakeVmo, segment: Elf64ProgramHeader) -> Vec<Mapping> {
    let mapper = RecordingVmar::new(0, vmo);
    map_elf_segments(vmo, &headers(vec![segment]), &mapper, 0, 0).unwrap();
    mapper.mappings()
}

fn map_error(segment: Elf64ProgramHeader) -> ElfLoadError {
    let vmo = full_vmo();
    let mapper = RecordingVmar::new(0, &vmo);
    let error =
        map_elf_segments(&vmo, &headers(vec![load(R, 1, 1), segment]), &mapper, 0, 0).unwrap_err();
    assert_eq!(mapper.mappings().len(), 0, "nothing is mapped before all is judged");
    error
}

#[test]
fn test_vmo_name_with_prefix() {
    let longest = "a_great_maximum_length_vmo_name";
    assert_eq!(longest.len(), 31);
    for (name, prefix, expected) in [
        ("", "bss:", "bss:<unknown ELF>"),
        ("short_vmo_name", "bss:", "bss:short_vmo_name"),
        (longest, "bss:", "bss:a_great_maximum_length_vmo_"),
        (longest, "data:", "data:a_great_maximum_length_vmo"),
        ("", "a_long_vmo_name_prefix:", "a_long_vmo_name_prefix:<unknown"),
        ("", longest, longest),
        (longest, "anystringhere", "anystringherea_great_maximum_le"),
    ] {
        assert_eq!(vmo_name_with_prefix(name.as_bytes(), prefix).unwrap(), expected.as_bytes());
    }
    let error = vmo_name_with_prefix(b"", &format!("{longest}s")).unwrap_err();
    assert_eq!(error, ElfLoadError::NamePrefixTooLong { length: 32 });
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
}

#[test]
fn a_name_that_is_not_utf8_is_shown_lossily_and_then_cut() {
    assert_eq!(vmo_name_with_prefix(b"a\xffb", "bss:").unwrap(), "bss:a\u{fffd}b".as_bytes());
    let name = vmo_name_with_prefix(&[0xff; 31], "data:").unwrap();
    assert_eq!(name.len(), 31);
    assert_eq!(&name[29..], &"\u{fffd}".as_bytes()[..2]);
}

#[test]
fn map_read_only_with_page_unaligned_bss() {
    let vmo = full_vmo();
    vmo.write(PAGE_SIZE, b"FUCHSIA!").unwrap();
    let mappings = map(&vmo.read_only(), load(R | X, 8, 0x100));
    assert_eq!(mappings.len(), 1);
    let page = mappings[0].vmo.page(mappings[0].vmo_offset);
    assert_eq!(&page[..8], b"FUCHSIA!");
    assert!(page[8..].iter().all(|byte| *byte == 0));
}

#[test]
fn map_read_only_vmo_with_page_aligned_bss() {
    let vmo = full_vmo().read_only();
    let mappings = map(&vmo, load(R | X, PAGE_SIZE, 2 * PAGE_SIZE));
    assert_eq!(mappings.len(), 2);
    assert_eq!(mappings[0].vmo.koid, vmo.koid);
    assert_eq!(mappings[0].vmo.page(mappings[0].vmo_offset), [0xff; PAGE_SIZE as usize]);
    assert_eq!(mappings[1].vmo.page(mappings[1].vmo_offset), [0; PAGE_SIZE as usize]);
    assert_eq!((mappings[1].vmar_offset, mappings[1].length), (0x11000, PAGE_SIZE));
    assert_eq!(mappings[1].flags, mappings[0].flags);
}

#[test]
fn map_read_only_vmo_with_no_bss() {
    let vmo = full_vmo().read_only();
    let mappings = map(&vmo, load(R | X, PAGE_SIZE, PAGE_SIZE));
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].vmo.koid, vmo.koid);
    assert_eq!(mappings[0].vmo.page(mappings[0].vmo_offset), [0xff; PAGE_SIZE as usize]);
}

#[test]
fn map_read_only_vmo_with_write_flag() {
    let vmo = full_vmo().read_only();
    let mappings = map(&vmo, load(R | W, PAGE_SIZE, PAGE_SIZE));
    assert_eq!(mappings.len(), 1);
    assert_ne!(mappings[0].vmo.koid, vmo.koid);
    assert!(mappings[0].vmo.rights.contains(Rights::WRITE));
    assert_eq!(mappings[0].vmo.write(0, b"x"), Ok(()));
    assert_eq!(vmo.page(PAGE_SIZE), [0xff; PAGE_SIZE as usize], "the file stays as it was");
}

#[test]
fn segment_with_zero_file_size() {
    let mappings = map(&full_vmo(), load(R | W, 0, 1));
    assert_eq!(mappings.len(), 1);
    assert!(mappings.iter().all(|mapping| mapping.length != 0));
    assert_eq!(mappings[0].vmo.name().unwrap(), b"bss:<unknown ELF>");
}

#[test]
fn map_execute_only_segment() {
    let mappings = map(&full_vmo(), load(X, 0x10, 0x10));
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].flags.bits(), 0x5014);
}

#[test]
fn each_flag_has_its_options() {
    for (flags, options) in [
        (0, 0x1010),
        (R, 0x1011),
        (W, 0x1012),
        (R | W, 0x1013),
        (X, 0x5014),
        (R | X, 0x5015),
        (R | W | X, 0x5017),
        (0xffff_fff8 | R, 0x1011),
    ] {
        let mappings = map(&full_vmo(), load(flags, 0x10, 0x10));
        assert_eq!(mappings[0].flags, VmOptions::from_bits_retain(options));
    }
}

#[test]
fn an_empty_segment_maps_nothing_unless_it_begins_within_a_page() {
    assert_eq!(map(&full_vmo(), load(R, 0, 0)).len(), 0);
    let mut segment = load(R, 0, 0);
    segment.offset += 8;
    segment.vaddr += 8;
    let mappings = map(&full_vmo(), segment);
    assert_eq!(mappings.len(), 1);
    let Mapping { vmar_offset, vmo_offset, length, .. } = mappings[0];
    assert_eq!((vmar_offset, vmo_offset, length), (0x10000, PAGE_SIZE, PAGE_SIZE));
}

#[test]
fn an_empty_segment_may_be_anywhere() {
    let mut segment = load(R, 0, 0);
    segment.align = 0;
    segment.vaddr = 0x10001;
    assert_eq!(map(&full_vmo(), segment).len(), 0);
}

#[test]
fn a_mapping_may_reach_beyond_the_end_of_the_file() {
    let mappings = map(&full_vmo(), load(R, 0x10_0000, 0x10_0000));
    assert_eq!(mappings[0].length, 0x10_0000);
}

#[test]
fn a_full_last_page_gets_no_zeros_written() {
    let vmo = full_vmo();
    vmo.fail(Fault::Write, Status::NO_MEMORY);
    let mappings = map(&vmo, load(R | W, PAGE_SIZE, PAGE_SIZE + 1));
    assert_eq!(mappings.len(), 2);
    // Neither does the rest of the page when memory ends with the file data.
    assert_eq!(map(&vmo, load(R | W, 8, 8))[0].vmo.page(0)[8], 0xff);
}

#[test]
fn other_segment_types_are_not_mapped() {
    let vmo = full_vmo();
    let mapper = RecordingVmar::new(0, &vmo);
    let segments = [0, 2, 3, 4, 6, 7, 0x6474_e551, 0x6474_e552]
        .map(|segment_type| Elf64ProgramHeader { segment_type, ..load(R, 0x10, 0x10) });
    map_elf_segments(&vmo, &headers(segments.to_vec()), &mapper, 0, 0).unwrap();
    assert_eq!(mapper.mappings().len(), 0);
}

#[test]
fn the_bias_is_taken_relative_to_the_mapper() {
    let vmo = full_vmo();
    let mapper = RecordingVmar::new(0x7000_0000, &vmo);
    // The image at 0x10000 goes to 0x7000_3000; the difference is added modulo 2^64.
    let bias = 0x7000_3000u64.wrapping_sub(0x10000);
    map_elf_segments(&vmo, &headers(vec![load(R, 1, 1)]), &mapper, 0x7000_0000, bias).unwrap();
    assert_eq!(mapper.mappings()[0].vmar_offset, 0x3000);
}

#[test]
fn a_name_is_read_even_without_segments() {
    let vmo = full_vmo();
    vmo.fail(Fault::GetName, Status::ACCESS_DENIED);
    let mapper = RecordingVmar::new(0, &vmo);
    let error = map_elf_segments(&vmo, &headers(vec![]), &mapper, 0, 0).unwrap_err();
    assert_eq!(error, ElfLoadError::GetVmoName(Status::ACCESS_DENIED));
    assert_eq!(error.to_string(), "Failed to get VMO name: ACCESS_DENIED");
    assert_eq!(error.as_zx_status(), Status::ACCESS_DENIED);
}

#[test]
fn each_failure_of_the_kernel_has_its_variant_and_text() {
    let status = Status::NO_MEMORY;
    // File data and zeros in one page, then a page of zeros.
    let segment = load(R | W, 8, 2 * PAGE_SIZE);
    for (fault, expected, text, mapped) in [
        (
            Fault::CreateChild,
            ElfLoadError::VmoCowClone(status),
            "Failed to create CoW VMO clone: NO_MEMORY",
            0,
        ),
        (Fault::SetName, ElfLoadError::SetVmoName(status), "Failed to set VMO name: NO_MEMORY", 0),
        (Fault::Write, ElfLoadError::VmoWrite(status), "Failed to write to VMO: NO_MEMORY", 0),
        (Fault::Map, ElfLoadError::VmarMap(status), "Failed to map VMAR: NO_MEMORY", 0),
        (Fault::CreateVmo, ElfLoadError::VmoCreate(status), "Failed to create VMO: NO_MEMORY", 1),
    ] {
        let vmo = full_vmo();
        vmo.fail(fault, status);
        let mapper = RecordingVmar::new(0, &vmo);
        let error = map_elf_segments(&vmo, &headers(vec![segment]), &mapper, 0, 0).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), text);
        assert_eq!(error.as_zx_status(), status);
        assert_eq!(mapper.mappings().len(), mapped);
    }
}

#[test]
fn the_zeros_vmo_fails_like_the_others() {
    for (fault, expected) in [
        (Fault::SetName, ElfLoadError::SetVmoName(Status::BAD_STATE)),
        (Fault::Map, ElfLoadError::VmarMap(Status::BAD_STATE)),
    ] {
        let vmo = full_vmo();
        vmo.fail(fault, Status::BAD_STATE);
        let mapper = RecordingVmar::new(0, &vmo);
        let segments = headers(vec![load(R, 0, 1)]);
        assert_eq!(map_elf_segments(&vmo, &segments, &mapper, 0, 0), Err(expected));
    }
}

#[test]
fn an_address_and_an_offset_must_agree_modulo_the_page_size() {
    // An alignment of 0 hides these from the checks of the header.
    for (offset, vaddr) in [(0x1000, 0x10001), (0x1001, 0x10000), (0xfff, 0)] {
        let segment = Elf64ProgramHeader { offset, vaddr, align: 0, ..load(R, 1, 1) };
        let error = map_error(segment);
        assert_eq!(
            error,
            ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::NotCongruent }
        );
        assert_eq!(
            error.to_string(),
            "Cannot load PT_LOAD segment 1: \
             virtual address and offset in file are not at same offset in page"
        );
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
    }
}

#[test]
fn file_offsets_that_wrap_around_are_refused() {
    let last_page = u64::MAX - 0xfff;
    for (offset, filesz) in [
        (0x1000, u64::MAX),
        (0x1001, u64::MAX),
        (0x1000, last_page),
        (last_page, 1),
        (u64::MAX, 1),
        (last_page - 0x1000, 0x1001),
    ] {
        let vaddr = offset % PAGE_SIZE;
        let segment = Elf64ProgramHeader { offset, vaddr, ..load(R, filesz, u64::MAX) };
        assert_eq!(
            map_error(segment),
            ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::OffsetOverflow },
            "{offset:#x} {filesz:#x}"
        );
    }
}

#[test]
fn addresses_that_wrap_around_are_refused() {
    let last_page = u64::MAX - 0xfff;
    for (vaddr, memsz) in
        [(0, u64::MAX), (0x1000, last_page), (last_page, 1), (last_page - 0x1000, 0x1001)]
    {
        let segment = Elf64ProgramHeader { vaddr, ..load(R, 0, memsz) };
        assert_eq!(
            map_error(segment),
            ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::AddressOverflow },
            "{vaddr:#x} {memsz:#x}"
        );
    }
    assert_eq!(map(&full_vmo(), Elf64ProgramHeader { vaddr: last_page, ..load(R, 0, 0) }).len(), 0);
}

#[test]
fn more_file_data_than_memory_maps_the_file_data() {
    // Headers that were not parsed are not checked for this.
    let mappings = map(&full_vmo(), load(R, 0x1001, 8));
    assert_eq!(mappings.len(), 1);
    assert_eq!(mappings[0].length, 2 * PAGE_SIZE);
    let last_page = Elf64ProgramHeader { vaddr: u64::MAX - 0xfff, ..load(R, 8, 0) };
    assert_eq!(
        map_error(last_page),
        ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::AddressOverflow }
    );
}

#[test]
fn only_the_file_page_with_zeros_to_follow_is_changed() {
    let vmo = full_vmo();
    let mappings = map(&vmo, load(R, 8, 0x100));
    let mut byte = [0];
    mappings[0].vmo.read(7, &mut byte).unwrap();
    assert_eq!(byte, [0xff]);
    mappings[0].vmo.read(8, &mut byte).unwrap();
    assert_eq!(byte, [0]);
    assert_eq!(vmo.page(PAGE_SIZE)[8], 0xff);
}
