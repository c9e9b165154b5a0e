//! Files made to break whoever reads them.

use crate::support::linked_image::*;
use crate::support::odd_vmos::*;
use crate::support::strict_kernel::build;
use crate::support::{elf_file, file_header_bytes, load, patch, stack_segment};
use loader_core::elf_parse::{Elf64Headers, MAX_DYNAMIC_ENTRIES};
use loader_core::interp::MAX_INTERP_SIZE;
use loader_core::validate::{
    FindingKind as Kind, MAX_FINDINGS_PER_KIND, MAX_READ_EXTRA, MAX_READ_FACTOR, Report, validate,
};
use object::elf;
use std::cell::Cell;
use zx_abi::{Machine, Status};

/// Validates a file, and holds the report to what holds of all: the first error is what a build
/// returns, and reading and listing are bounded.
#[track_caller]
fn check(file: &[u8], machine: Machine) -> Report {
    let vmo = CountingVmo::new(file);
    let report = validate(&vmo, file.len() as u64, machine);
    let failure = report.first_error().and_then(|found| found.failure.clone());
    assert_eq!(build(file, machine).err(), failure);
    assert_eq!(report.headers.is_some(), Elf64Headers::from_vmo(file, machine).is_ok());
    let phnum = file.get(56..58).map_or(0, |bytes| u64::from(bytes[0]) | u64::from(bytes[1]) << 8);
    let headers = 2 * 64 + 56 * phnum + MAX_INTERP_SIZE;
    let most = headers + MAX_READ_FACTOR * file.len() as u64 + MAX_READ_EXTRA;
    assert!(vmo.bytes_read.get() <= most, "{} of {most} bytes", vmo.bytes_read.get());
    assert!(report.findings.len() as u64 <= MAX_FINDINGS_PER_KIND * Kind::ALL.len() as u64);
    report
}

#[track_caller]
fn kinds(image: &LinkedImage) -> Vec<Kind> {
    check(&image.bytes(), image.machine).findings.iter().map(|found| found.kind).collect()
}

#[track_caller]
fn fixed(change: impl FnOnce(&mut LinkedImage)) -> Vec<Kind> {
    let mut image = LinkedImage::fixed(Machine::X86_64);
    change(&mut image);
    kinds(&image)
}

#[track_caller]
fn dynamic(change: impl FnOnce(&mut LinkedImage)) -> Vec<Kind> {
    let mut image = LinkedImage::dynamic(Machine::X86_64);
    change(&mut image);
    kinds(&image)
}

#[test]
fn lengths_that_no_memory_holds_allocate_nothing() {
    for size in [1 << 32, 1 << 60, u64::MAX] {
        for tag in [8, 10, 18, 35, 2, 27] {
            let found = fixed(|image| image.set(tag, size));
            assert!(found.contains(&Kind::TableOutsideLoad), "{tag} {size:#x}: {found:?}");
        }
        let found = fixed(|image| image.segments[DYNAMIC].p_filesz = size);
        assert_eq!(found, [Kind::SegmentBeyondFile]);
        let found = fixed(|image| image.segments[NOTE].p_filesz = size);
        assert!(found.contains(&Kind::SegmentBeyondFile));
    }
    for count in [1 << 16, 1 << 31, u32::MAX] {
        for word in [HASH, HASH + 4, GNU_HASH, GNU_HASH + 8] {
            let found = fixed(|image| image.put_word(word, count));
            assert!(found.contains(&Kind::TableOutsideLoad), "{word:#x} {count:#x}: {found:?}");
        }
        let found = fixed(|image| {
            image.remove(4);
            image.put_word(GNU_HASH + 24, count);
        });
        assert!(found.contains(&Kind::HashUnterminated), "{found:?}");
    }
}

#[test]
fn sums_that_wrap_are_judged() {
    for segment in [RODATA, CODE, DATA, DYNAMIC, TLS, RELRO, NOTE] {
        for value in [u64::MAX, u64::MAX - 0xfff, 1 << 63] {
            assert_ne!(fixed(|image| image.segments[segment].p_offset = value), []);
            let found = fixed(|image| image.segments[segment].p_vaddr = value);
            assert!(!found.is_empty() || segment == NOTE, "{segment} {value:#x}");
            let found = fixed(|image| image.segments[segment].p_memsz = value);
            assert!(!found.is_empty() || segment >= TLS, "{segment} {value:#x}");
            assert_ne!(fixed(|image| image.segments[segment].p_filesz = value), [], "{segment}");
        }
    }
    for index in 2..22 {
        for value in [u64::MAX, u64::MAX - 7, 1 << 63] {
            assert_ne!(fixed(|image| image.dynamic[index].1 = value), [], "{index} {value:#x}");
        }
    }
}

#[test]
fn an_end_in_the_last_page_overflows() {
    let mut image = LinkedImage::fixed(Machine::X86_64);
    image.segments = vec![load(elf::PF_R, u64::MAX - 0xfff, 0, 0x1000), stack_segment(0)];
    assert_eq!(kinds(&image)[0], Kind::LoadOverflow);
    image.segments[0].p_memsz = 0xfff;
    assert_eq!(kinds(&image)[0], Kind::LoadOverflow, "in whole pages");
    image.segments[0].p_vaddr -= 0x1000;
    assert_ne!(kinds(&image)[0], Kind::LoadOverflow);
}

#[test]
fn a_file_range_that_ends_in_the_last_page_overflows() {
    let found = fixed(|image| image.segments[CODE].p_offset = u64::MAX - 0xfff);
    assert!(found.contains(&Kind::LoadFileOverflow), "{found:?}");
    let found = fixed(|image| image.segments[CODE].p_offset = u64::MAX - 0x1fff);
    assert_eq!(found, [Kind::SegmentBeyondFile]);
}

#[test]
fn string_tables_outside_of_everything_hold_no_name() {
    for address in [0x1001, 0x2400, 0x4000, 1 << 47, u64::MAX] {
        let found = fixed(|image| image.set(5, address));
        assert!(
            found.contains(&Kind::TableOutsideLoad) || found.contains(&Kind::StringsUnterminated),
            "{address:#x}: {found:?}"
        );
    }
    assert!(fixed(|image| image.set(10, 0)).contains(&Kind::StringOutsideTable));
}

#[test]
fn hash_chains_with_shared_tails_are_walked_once() {
    let count = 0x1_0000u32;
    let mut words = vec![count, count];
    words.extend((0..count).map(|_| count - 1));
    words.extend((0..count).map(|index| index.saturating_sub(1)));
    let mut image = LinkedImage::fixed(Machine::X86_64);
    image.replace(0x3000, words.iter().flat_map(|word| word.to_le_bytes()).collect());
    let size = 4 * words.len() as u64;
    image.segments[DATA].p_filesz = 0x1000 + size;
    image.segments[DATA].p_memsz = 0x1000 + size + 24 * u64::from(count);
    image.set(4, 0x3000);
    image.remove(6);
    assert_eq!(kinds(&image), [Kind::DynamicMissingEntry]);
    // The last symbol leads back to itself.
    image.put_word(0x3000 + 8 + 4 * u64::from(count), 1);
    image.put_word(0x3000 + 8 + 8 * u64::from(count) - 4, count - 1);
    assert!(kinds(&image).contains(&Kind::HashCycle));
}

#[test]
fn counts_of_two_to_the_sixteen_are_taken() {
    let header = file_header_bytes(Machine::X86_64);
    for phnum in [0xfffeu16, 0xffff] {
        let file = patch(header.clone(), 32, &64u64.to_le_bytes());
        let file = patch(file, 56, &phnum.to_le_bytes());
        let report = check(&file, Machine::X86_64);
        let expected =
            if phnum == 0xffff { Kind::ProgramHeaderCount } else { Kind::ProgramHeadersUnreadable };
        assert_eq!(report.findings[0].kind, expected);

        let mut file = file;
        file.resize(64 + 56 * usize::from(phnum), 0);
        let report = check(&file, Machine::X86_64);
        let expected = if phnum == 0xffff { Kind::ProgramHeaderCount } else { Kind::NothingToLoad };
        assert_eq!(report.findings[0].kind, expected);
    }
}

#[test]
fn as_many_loads_as_can_be_are_tried() {
    let mut segments: Vec<_> =
        (0..0xfffe).map(|index| load(elf::PF_W, index * 0x1000, 0, 0x1000)).collect();
    segments[0] = stack_segment(0);
    let file = elf_file(Machine::X86_64, &segments, &[]);
    let report = check(&file, Machine::X86_64);
    assert_eq!(report.first_error().unwrap().kind, Kind::WriteOnly);
    let listed =
        report.findings.iter().filter(|found| found.kind == Kind::WriteOnly).count() as u64;
    assert_eq!(listed, MAX_FINDINGS_PER_KIND);
    assert_eq!(report.omitted[&Kind::WriteOnly], 0xfffd - MAX_FINDINGS_PER_KIND);
}

#[test]
fn entry_sizes_of_zero_divide_nothing() {
    for tag in [9, 11, 19, 37] {
        assert_eq!(fixed(|image| image.set(tag, 0)), [Kind::TableEntrySize]);
    }
    let report = check(&patch(file_header_bytes(Machine::X86_64), 54, &[0, 0]), Machine::X86_64);
    assert_eq!(report.findings[0].kind, Kind::ProgramHeaderSize);
}

#[test]
fn any_alignment_is_judged() {
    for segment in 0..8 {
        for align in [0, 1, 3, 0x1001, 0x3000, 1 << 63, u64::MAX] {
            let found = fixed(|image| image.segments[segment].p_align = align);
            let odd = align != 0 && !align.is_power_of_two();
            assert_eq!(found.contains(&Kind::SegmentAlignment), odd, "{segment} {align:#x}");
        }
    }
    // Without an alignment the header's own checks are silent.
    let found = fixed(|image| {
        image.segments[CODE].p_align = 0;
        image.segments[CODE].p_vaddr = 0x1008;
    });
    assert_eq!(found[0], Kind::LoadCongruence);
}

#[test]
fn loads_in_disorder_are_reported_once_each() {
    let found = fixed(|image| image.segments.swap(RODATA, DATA));
    let overlaps = found.iter().filter(|kind| **kind == Kind::LoadOverlap).count();
    assert_eq!(overlaps, 2, "{found:?}");
    assert!(found.iter().all(|kind| *kind == Kind::LoadOverlap), "{found:?}");
    assert!(fixed(|image| image.segments[CODE].p_vaddr = 0).contains(&Kind::LoadOverlap));
}

#[test]
fn images_in_the_kernel_half_are_moved_and_those_of_half_a_space_refused() {
    let mut image = LinkedImage::fixed(Machine::X86_64);
    image.segments = vec![load(elf::PF_R, 0xffff_8000_0000_0000, 0x10, 0x10), stack_segment(0)];
    image.segments[0].p_offset = 0;
    assert!(check(&image.bytes(), Machine::X86_64).is_loadable());
    let found = fixed(|image| {
        image.segments[DATA].p_vaddr = 0xffff_8000_0000_2000;
    });
    assert_eq!(found[0], Kind::AddressSpace);
    assert_eq!(fixed(|image| image.segments[DATA].p_memsz = 1 << 60)[0], Kind::AddressSpace);
}

#[test]
fn a_segment_that_fits_one_machine_may_be_too_large_for_another() {
    for machine in Machine::ALL {
        let size = machine.user_top() - machine.user_base();
        for (room, fits) in [(0x5000, true), (0x2000, false), (0x1000, false)] {
            let mut image = LinkedImage::fixed(machine);
            image.segments[STACK].p_memsz = 1;
            image.segments[DATA].p_memsz = size - room;
            assert_eq!(check(&image.bytes(), machine).is_loadable(), fits, "{machine:?} {room:#x}");
        }
    }
}

#[test]
fn linker_names_can_be_long_open_and_several() {
    let open = dynamic(|image| image.segments[INTERP].p_filesz = 4 << 30);
    assert_eq!(open[0], Kind::InterpUnreadable);
    assert_eq!(dynamic(|image| image.segments[INTERP].p_filesz = 0)[0], Kind::InterpMissingNul);
    assert_eq!(dynamic(|image| image.put(NAME + 7, b"x"))[0], Kind::InterpMissingNul);
    let twice = |image: &mut LinkedImage| image.segments.push(image.segments[INTERP].clone());
    assert_eq!(dynamic(twice), [Kind::MultipleInterp]);
}

#[test]
fn stacks_can_be_executable_and_endless() {
    for memsz in [u64::MAX, u64::MAX - 0xfff, 1 << 63, 1 << 52, (1 << 48) + 1, 1 << 48, 1 << 47] {
        let huge = |image: &mut LinkedImage| image.segments[STACK].p_memsz = memsz;
        assert_eq!(fixed(huge), [Kind::StackTooLarge], "{memsz:#x}");
        let mut image = LinkedImage::dynamic(Machine::X86_64);
        huge(&mut image);
        assert!(check(&image.bytes(), Machine::X86_64).is_loadable());
        assert_eq!(kinds(&image), [Kind::StackTooLarge]);
    }
    let executable = |image: &mut LinkedImage| image.segments[STACK].p_flags = elf::PF_X;
    assert_eq!(fixed(executable), [Kind::ExecutableStack]);
}

#[test]
fn notes_that_wrap_end_the_walk() {
    for (name, description) in
        [(u32::MAX, u32::MAX), (u32::MAX - 3, 0), (0, u32::MAX), (4, u32::MAX - 15)]
    {
        for align in [4, 8] {
            let found = fixed(|image| {
                image.segments[NOTE].p_align = align;
                image.put_word(NOTES, name);
                image.put_word(NOTES + 4, description);
            });
            assert_eq!(found, [Kind::NoteOverrun], "{name:#x} {description:#x} {align}");
        }
    }
}

#[test]
fn overlapping_notes_are_read_up_to_the_limit() {
    // Zeros are notes without name and description; 12 bytes each.
    let size = 0x3_0000;
    for (count, limited) in [(5, false), (6, true)] {
        let found = fixed(|image| {
            image.replace(0x2400, vec![0; size as usize]);
            let mut notes = image.segments[NOTE].clone();
            (notes.p_offset, notes.p_filesz) = (0x2400, size);
            image.segments.extend(vec![notes; count]);
        });
        assert_eq!(found, if limited { vec![Kind::WorkLimit] } else { vec![] });
    }
}

#[test]
fn a_dynamic_section_is_read_up_to_its_limit() {
    let section = |entries: u64| {
        let mut image = LinkedImage::fixed(Machine::X86_64);
        let size = 16 * entries;
        image.replace(0x2400, [vec![0xff; size as usize - 16], vec![0; 16]].concat());
        let dynamic = &mut image.segments[DYNAMIC];
        (dynamic.p_offset, dynamic.p_vaddr) = (0x2400, 0x2400);
        (dynamic.p_filesz, dynamic.p_memsz) = (size, size);
        image.segments[DATA].p_filesz += size;
        image.segments[DATA].p_memsz += size;
        kinds(&image)
    };
    assert!(!section(MAX_DYNAMIC_ENTRIES).contains(&Kind::DynamicTooLong));
    assert!(section(MAX_DYNAMIC_ENTRIES + 1).contains(&Kind::DynamicTooLong));
}

#[test]
fn a_file_cut_at_any_byte_gets_the_builds_verdict() {
    for image in [LinkedImage::fixed(Machine::X86_64), LinkedImage::dynamic(Machine::X86_64)] {
        let file = image.bytes();
        for size in 0..file.len() {
            let report = check(&file[..size], Machine::X86_64);
            assert_ne!(report.findings, [], "{size:#x}");
        }
        assert_eq!(check(&file, Machine::X86_64).findings, []);
    }
}

#[test]
fn a_file_may_change_while_it_is_read() {
    let files =
        [LinkedImage::dynamic(Machine::X86_64).bytes(), vec![0xff; SIZE as usize], vec![0; 0x2400]];
    for first in &files {
        for second in &files {
            let vmo = ChangingVmo { files: [first, second], reads: Cell::new(0) };
            let report = validate(&vmo, SIZE, Machine::X86_64);
            assert_eq!(report.is_loadable(), report.first_error().is_none());
        }
    }
}

#[test]
fn a_file_may_shrink_while_it_is_read() {
    let file = LinkedImage::dynamic(Machine::X86_64).bytes();
    let mut unreadable = 0;
    for reads_left in 0..12 {
        for size_then in [0, 0x100, 0x1000, 0x2000, SIZE] {
            let vmo = ShrinkingVmo { file: &file, reads_left: Cell::new(reads_left), size_then };
            let report = validate(&vmo, SIZE, Machine::X86_64);
            let unread = report.findings.iter().filter(|found| found.kind == Kind::Unreadable);
            unreadable += unread.count();
            if size_then == SIZE {
                assert_eq!(report.findings, []);
            }
        }
    }
    assert!(unreadable > 0);
}

#[test]
fn zeros_at_the_end_of_a_file_are_not_read() {
    let file = LinkedImage::dynamic(Machine::X86_64).bytes();
    let vmo = SparseVmo { file: &file, size: 64 << 20, bytes_read: Cell::new(0) };
    assert_eq!(validate(&vmo, vmo.size, Machine::X86_64).findings, []);
    assert!(vmo.bytes_read.get() < 64 << 10, "{}", vmo.bytes_read.get());
}

#[test]
fn a_linker_name_of_megabytes_is_judged_by_its_last_byte() {
    let mut image = LinkedImage::dynamic(Machine::X86_64);
    image.segments[INTERP].p_filesz = 2 << 20;
    let with_last_byte = |byte| {
        let mut file = image.bytes();
        let end = (image.segments[INTERP].p_offset + (2 << 20)) as usize;
        file.resize(end.max(file.len()), 0);
        file[end - 1] = byte;
        check(&file, Machine::X86_64)
    };
    let report = with_last_byte(0);
    let first = report.first_error().unwrap();
    assert_eq!((first.kind, first.field), (Kind::InterpTooLong, "p_filesz"));
    assert_eq!(first.failure.as_ref().unwrap().as_zx_status(), Status::NOT_FOUND);
    let report = with_last_byte(b'x');
    let first = report.first_error().unwrap();
    assert_eq!((first.kind, first.field), (Kind::InterpMissingNul, "PT_INTERP"));
    assert_eq!(first.offset, image.segments[INTERP].p_offset + (2 << 20) - 1);
    assert_eq!(first.actual, "78");
}

#[test]
fn what_is_read_grows_with_the_file_at_most() {
    for count in [1 << 10, 1 << 14] {
        let mut image = LinkedImage::fixed(Machine::X86_64);
        let entry = [GOT, 1, 0].map(u64::to_le_bytes).concat();
        let size = 24 * count;
        image.replace(0x2400, entry.repeat(count as usize));
        image.segments[DATA].p_filesz += size;
        image.segments[DATA].p_memsz += size;
        image.set(7, 0x2400);
        image.set(8, size);
        let file = image.bytes();
        let vmo = CountingVmo::new(&file);
        assert_eq!(validate(&vmo, file.len() as u64, Machine::X86_64).findings, []);
        // Each relocation once, and as much again in small tables as there are chunks.
        let read = vmo.bytes_read.get();
        assert!((size..size + (128 << 10)).contains(&read), "{count}: {read}");
    }
}
