//! Loading of whole images.

use crate::elf_map::headers;
use crate::support::{Allocation, FakeVmo, Fault, RecordingVmar, dynamic_executable};
use loader_core::elf_load::{ElfLoadError, LoadedElfInfo, SegmentFault, load_elf, loaded_elf_info};
use loader_core::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentFlags};
use loader_core::seam::Vmo;
use zx_abi::{Arch, Status, VmOptions};

const BASE: u64 = 0x20_0000_0000;

fn load(flags: u32, offset: u64, vaddr: u64, filesz: u64, memsz: u64) -> Elf64ProgramHeader {
    Elf64ProgramHeader {
        segment_type: 1,
        flags,
        offset,
        vaddr,
        paddr: vaddr,
        filesz,
        memsz,
        align: 0x1000,
    }
}

/// Read-only data, execute-only code, data with a zero tail, data with zero pages.
fn four_segments() -> Elf64Headers {
    headers(vec![
        load(4, 0, 0, 0x1234, 0x1234),
        load(1, 0x2000, 0x2000, 0x3456, 0x3456),
        load(6, 0x6100, 0x8100, 0x200, 0xf00),
        load(6, 0x6400, 0x9400, 0x10, 0x5000),
    ])
}

#[test]
fn a_linked_image_is_loaded_mapping_by_mapping() {
    let vmo = FakeVmo::with_bytes(&[0xaa; 0x7000]).named(b"libx");
    let root = RecordingVmar::new(BASE, &vmo);
    let loaded = load_elf(&vmo, &four_segments(), &root).unwrap();
    assert_eq!((loaded.vmar_base, loaded.entry), (BASE, BASE + 0x10000));

    let flags = VmOptions::from_bits_retain(0x3c0);
    assert_eq!(root.allocations(), [Allocation { offset: 0, size: 0xf000, flags }]);

    let mappings = loaded.vmar.mappings();
    let calls: Vec<_> = mappings
        .iter()
        .map(|mapping| {
            let name = String::from_utf8(mapping.vmo.name().unwrap()).unwrap();
            let flags = mapping.flags.bits();
            (mapping.vmar_offset, name, mapping.vmo_offset, mapping.length, flags)
        })
        .collect();
    assert_eq!(
        calls,
        [
            (0, "libx".to_string(), 0, 0x2000, 0x1011),
            (0x2000, "libx".to_string(), 0x2000, 0x4000, 0x5014),
            (0x8000, "data:libx".to_string(), 0, 0x1000, 0x1013),
            (0x9000, "data:libx".to_string(), 0, 0x1000, 0x1013),
            (0xa000, "bss:libx".to_string(), 0, 0x5000, 0x1013),
        ]
    );
    for (mapping, file_data) in [(&mappings[2], 0x300), (&mappings[3], 0x410)] {
        let page = mapping.vmo.page(0);
        assert!(page[..file_data].iter().all(|byte| *byte == 0xaa));
        assert!(page[file_data..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn info_spans_the_pages_of_all_segments() {
    assert_eq!(
        loaded_elf_info(&four_segments()),
        Ok(LoadedElfInfo { low: 0, high: 0xf000, max_perm: SegmentFlags::all() })
    );
    assert_eq!(
        loaded_elf_info(&headers(vec![load(4, 0x123, 0x40_0123, 1, 1)])),
        Ok(LoadedElfInfo { low: 0x40_0000, high: 0x40_1000, max_perm: SegmentFlags::READ })
    );
    assert_eq!(loaded_elf_info(&headers(vec![])), Ok(LoadedElfInfo::default()));
}

#[test]
fn an_image_may_begin_anywhere() {
    let vmo = FakeVmo::with_bytes(&[0; 0x3000]);
    let root = RecordingVmar::new(BASE, &vmo);
    let image = headers(vec![
        load(5, 0x123, 0x40_0123, 0x10, 0x10),
        load(4, 0x2000, 0x40_2000, 0x10, 0x10),
    ]);
    let loaded = load_elf(&vmo, &image, &root).unwrap();
    // The fixture's entry lies below the image: sums are modulo 2^64.
    assert_eq!(loaded.entry, BASE - 0x40_0000 + 0x10000);
    let offsets: Vec<_> = root.mappings().iter().map(|mapping| mapping.vmar_offset).collect();
    assert_eq!(offsets, [0, 0x2000]);
    assert_eq!(root.allocations()[0].size, 0x3000);
    assert_eq!(root.allocations()[0].flags.bits(), 0x2c0, "X may need R");
}

#[test]
fn a_parsed_file_is_loaded_for_each_machine() {
    for arch in Arch::ALL {
        let vmo = FakeVmo::with_bytes(&dynamic_executable(arch));
        let parsed = Elf64Headers::from_vmo(&vmo, arch).unwrap();
        let root = RecordingVmar::new(BASE, &vmo);
        load_elf(&vmo, &parsed, &root).unwrap();
        assert_eq!(root.mappings().len(), 4);
    }
}

#[test]
fn an_image_without_a_byte_is_nothing_to_load() {
    let vmo = FakeVmo::create(0x1000);
    let root = RecordingVmar::new(BASE, &vmo);
    for image in [headers(vec![]), headers(vec![load(4, 0, 0x1000, 0, 0)])] {
        let error = load_elf(&vmo, &image, &root).unwrap_err();
        assert_eq!(error, ElfLoadError::NothingToLoad);
        assert_eq!(error.to_string(), "ELF load segments were empty");
        assert_eq!(error.as_zx_status(), Status::NOT_FOUND);
    }
    assert!(root.allocations().is_empty());
}

#[test]
fn a_refused_allocation_is_reported() {
    let vmo = FakeVmo::create(0x1000);
    vmo.fail(Fault::Allocate, Status::NO_MEMORY);
    let root = RecordingVmar::new(BASE, &vmo);
    let error = load_elf(&vmo, &four_segments(), &root).unwrap_err();
    assert_eq!(error, ElfLoadError::VmarAllocate(Status::NO_MEMORY));
    assert_eq!(error.to_string(), "Failed to allocate VMAR for ELF: NO_MEMORY");
    assert_eq!(error.as_zx_status(), Status::NO_MEMORY);
}

#[test]
fn an_image_that_ends_beyond_64_bits_is_refused() {
    for (vaddr, memsz) in [(u64::MAX - 0xfff, 1), (0, u64::MAX), (0x1000, u64::MAX)] {
        assert_eq!(
            loaded_elf_info(&headers(vec![load(4, 0, 0, 0, 0), load(4, 0, vaddr, 0, memsz)])),
            Err(ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::AddressOverflow })
        );
    }
}

#[test]
fn an_image_that_ends_before_it_begins_is_refused() {
    assert_eq!(
        loaded_elf_info(&headers(vec![load(4, 0, 0x8000, 1, 1), load(4, 0, 0x1000, 1, 1)])),
        Err(ElfLoadError::InvalidSegment { index: 1, fault: SegmentFault::OutOfOrder })
    );
}

#[test]
fn a_segment_that_cannot_be_mapped_is_found_before_anything_changes() {
    let vmo = FakeVmo::create(0x1000);
    let root = RecordingVmar::new(BASE, &vmo);
    let mut unaligned = load(4, 0x1000, 0x1001, 1, 1);
    unaligned.align = 0;
    let error = load_elf(&vmo, &headers(vec![unaligned]), &root).unwrap_err();
    assert_eq!(error, ElfLoadError::InvalidSegment { index: 0, fault: SegmentFault::NotCongruent });
    assert!(root.allocations().is_empty());
}
