//! Files changed at random: the first error is what a build returns.

use crate::support::linked_image::*;
use crate::support::strict_kernel::build;
use crate::support::{load, patch, stack_segment};
use loader_core::elf_parse::Elf64Headers;
use loader_core::validate::{Severity, validate};
use object::elf;
use proptest::prelude::*;
use zx_abi::Arch;

fn arch() -> impl Strategy<Value = Arch> {
    prop::sample::select(Arch::ALL.to_vec())
}

fn image() -> impl Strategy<Value = LinkedImage> {
    (arch(), any::<bool>()).prop_map(|(arch, is_dynamic)| {
        if is_dynamic { LinkedImage::dynamic(arch) } else { LinkedImage::fixed(arch) }
    })
}

/// Numbers around which rules change.
fn number() -> impl Strategy<Value = u64> {
    let edge = prop::sample::select(vec![
        0,
        1,
        7,
        8,
        0x400,
        0x1000,
        0x2000,
        0x2400,
        0x3000,
        1 << 32,
        1 << 38,
        1 << 47,
        1 << 48,
        1 << 63,
    ]);
    let near =
        (edge, -2..=2i64).prop_map(|(edge, step): (u64, i64)| edge.wrapping_add_signed(step));
    prop_oneof![4 => near, 1 => any::<u64>(), 1 => (0..8u64).prop_map(|pages| pages << 12)]
}

/// What to write where: a field of a program header, or of the tables, or any byte.
fn change() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let long = (0..9usize, 1..7usize, number()).prop_map(|(index, field, value)| {
        (64 + 56 * index + 8 * field, value.to_le_bytes().to_vec())
    });
    let flags = (0..9usize, 0..8u8).prop_map(|(index, flags)| (64 + 56 * index + 4, vec![flags]));
    let types =
        (0..9usize, 0..8u8).prop_map(|(index, kind)| (64 + 56 * index, vec![kind, 0, 0, 0]));
    let table = (0x400 / 8..0x2400 / 8usize, number())
        .prop_map(|(at, value)| (8 * at, value.to_le_bytes().to_vec()));
    let word = (0x600 / 4..0x720 / 4usize, number())
        .prop_map(|(at, value)| (4 * at, (value as u32).to_le_bytes().to_vec()));
    let header = (0..64usize, any::<u8>()).prop_map(|(at, byte)| (at, vec![byte]));
    let byte = (0..SIZE as usize, any::<u8>()).prop_map(|(at, byte)| (at, vec![byte]));
    prop_oneof![4 => long, 2 => flags, 1 => types, 2 => table, 2 => word, 1 => header, 1 => byte]
}

/// The report agrees with a build and with itself.
fn assert_agrees(file: &[u8], arch: Arch) -> Result<(), TestCaseError> {
    let report = validate(file, file.len() as u64, arch);
    let failure = report.first_error().map(|found| found.failure.clone());
    prop_assert_eq!(failure, build(file, arch).err().map(Some));
    prop_assert_eq!(report.headers, Elf64Headers::from_vmo(file, arch).ok());
    let errors = report.findings.iter().filter(|found| found.severity == Severity::Error);
    prop_assert!(errors.clone().all(|found| found.failure.is_some()));
    let first_warning =
        report.findings.iter().position(|found| found.severity == Severity::Warning);
    prop_assert!(first_warning.is_none_or(|first| first == errors.count()));
    Ok(())
}

prop_compose! {
    /// A PT_LOAD that is often good.
    fn any_load()(
        flags in prop_oneof![Just(4u32), Just(5), Just(6), 0..8u32],
        gap in prop_oneof![4 => (0..4u64).prop_map(|pages| pages << 12), 1 => 0..0x2000u64],
        filesz in prop_oneof![Just(0u64), Just(0x1000), 0..0x3000u64],
        zeros in prop_oneof![3 => Just(0u64), 1 => 0..0x3000u64, 1 => number()],
        align in prop_oneof![4 => Just(0x1000u64), 1 => Just(0)],
        offset in prop_oneof![6 => Just(0u64), 1 => number()],
    ) -> (u32, u64, u64, u64, u64, u64) {
        (flags, gap, filesz, zeros, align, offset)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_changed_image_gets_the_builds_verdict(
        image in image(),
        changes in prop::collection::vec(change(), 0..4),
        target in arch(),
        is_foreign in prop::bool::weighted(0.1),
    ) {
        let file = changes.iter().fold(image.bytes(), |file, (at, bytes)| patch(file, *at, bytes));
        assert_agrees(&file, if is_foreign { target } else { image.arch })?;
    }

    #[test]
    fn any_loads_get_the_builds_verdict(
        arch in arch(),
        loads in prop::collection::vec(any_load(), 0..6),
        stack in prop_oneof![Just(0), number()],
    ) {
        let mut image = LinkedImage::fixed(arch);
        let mut end = 0u64;
        image.segments = loads
            .into_iter()
            .map(|(flags, gap, filesz, zeros, align, offset)| {
                // Some begin in the page in which the one before ends.
                let start = if gap % 3 == 0 { end } else { end.next_multiple_of(0x1000) };
                let vaddr = start.wrapping_add(gap);
                let memsz = filesz.saturating_add(zeros);
                let mut header = load(elf::ProgramFlags(flags), vaddr, filesz, memsz);
                header.p_align = align;
                header.p_offset = header.p_offset.wrapping_add(offset);
                end = vaddr.checked_add(memsz).filter(|end| *end < 1 << 62).unwrap_or(0);
                header
            })
            .chain([stack_segment(stack)])
            .collect();
        assert_agrees(&image.bytes(), arch)?;
    }

    #[test]
    fn a_cut_and_changed_file_gets_the_builds_verdict(
        image in image(),
        changes in prop::collection::vec(change(), 0..3),
        size in 0..=SIZE as usize,
    ) {
        let file = changes.iter().fold(image.bytes(), |file, (at, bytes)| patch(file, *at, bytes));
        assert_agrees(&file[..size], image.arch)?;
    }

    #[test]
    fn arbitrary_bytes_get_the_builds_verdict(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        is_elf in any::<bool>(),
        arch in arch(),
    ) {
        let header = crate::support::file_header_bytes(arch);
        let bytes = if is_elf { [header, bytes].concat() } else { bytes };
        let phnum = (bytes.len() / 56).saturating_sub(2) as u8;
        let file = if is_elf { patch(patch(bytes, 32, &[64]), 56, &[phnum]) } else { bytes };
        assert_agrees(&file, arch)?;
    }
}
