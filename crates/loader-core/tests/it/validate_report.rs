//! What a report says, and in which order.

use crate::support::linked_image::*;
use crate::support::{file_header_bytes, patch};
use loader_core::elf_load::ElfLoadError;
use loader_core::elf_parse::{Elf64Headers, ElfParseError, FileHeaderFault};
use loader_core::validate::{
    BuildFailure, FindingKind as Kind, MAX_FINDINGS_PER_KIND, Report, Severity, arch_of, validate,
};
use object::elf;
use zx_abi::{Arch, Status};

fn check(file: &[u8]) -> Report {
    validate(file, file.len() as u64, Arch::X86_64)
}

fn errors(report: &Report) -> Vec<Kind> {
    let errors = report.findings.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.kind).collect()
}

#[test]
fn a_finding_says_what_where_and_why() {
    let mut image = LinkedImage::fixed(Arch::X86_64);
    image.segments[CODE].p_flags = elf::PF_R | elf::PF_W | elf::PF_X;
    let report = check(&image.bytes());
    let [found] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((found.kind.code(), found.offset, found.field), ("writable-code", 0x7c, "p_flags"));
    assert_eq!(found.expected, "PF_W (0x2) or PF_X (0x1), not both");
    assert_eq!(found.actual, "0x7");
    assert_eq!(found.message, "Failed to load ELF: Failed to map VMAR: ACCESS_DENIED");
    let failure = found.failure.as_ref().unwrap();
    assert_eq!(*failure, BuildFailure::ElfLoad(ElfLoadError::VmarMap(Status::ACCESS_DENIED)));
    assert_eq!(failure.as_zx_status(), Status::ACCESS_DENIED);
    assert_eq!(report.first_error(), Some(found));
    assert!(report.headers.is_some(), "the headers themselves are good");
}

#[test]
fn a_warning_has_words_of_its_own() {
    let mut image = LinkedImage::fixed(Arch::X86_64);
    image.set(9, 0);
    let report = check(&image.bytes());
    let [found] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((found.severity, found.kind.code()), (Severity::Warning, "table-entry-size"));
    assert_eq!((found.expected.as_str(), found.actual.as_str()), ("24", "0"));
    assert_eq!(found.message, "A table's entries have the wrong size");
    assert_eq!(found.failure, None);
    assert!(report.is_loadable());
}

#[test]
fn all_rules_of_the_file_header_are_checked_at_once() {
    use Kind::*;
    let good = file_header_bytes(Arch::X86_64);
    let bad = |patches: &[(usize, &[u8])]| {
        errors(&check(
            &patches.iter().fold(good.clone(), |file, (at, bytes)| patch(file, *at, bytes)),
        ))
    };
    // Without the magic nothing else means anything.
    assert_eq!(bad(&[(0, b"#!"), (4, &[1])]), [Magic]);
    // The rest of the header is read in another way then.
    assert_eq!(bad(&[(4, &[1, 2, 0]), (18, &[40])]), [Class, DataEncoding, IdentVersion]);
    assert_eq!(
        bad(&[(6, &[0]), (54, &[32]), (56, &[0xff, 0xff]), (18, &[40]), (16, &[1])]),
        [IdentVersion, ProgramHeaderSize, ProgramHeaderCount, Architecture, FileType]
    );
}

#[test]
fn a_file_for_another_machine_is_checked_to_its_end() {
    let mut image = LinkedImage::fixed(Arch::Aarch64);
    image.segments[CODE].p_memsz = 0x101;
    image.put_long(RELA + 8, 9);
    image.segments.push(image.segments[STACK].clone());
    image.segments[STACK].p_flags = elf::PF_X;
    let report = check(&image.bytes());
    assert_eq!(
        errors(&report),
        [Kind::Architecture, Kind::ExecutableStack, Kind::ExecutableZeros, Kind::MultipleGnuStack]
    );
    // Types of relocations are those of the file's own arch.
    let kinds: Vec<_> = report.findings.iter().map(|found| found.kind).collect();
    assert_eq!(kinds[4..], [Kind::RelocationType]);
    assert_eq!(report.headers, None);
    let architecture = FileHeaderFault::Architecture { expected: 62, actual: 183 };
    assert_eq!(
        report.first_error().and_then(|found| found.failure.clone()),
        Some(BuildFailure::ElfParse(ElfParseError::InvalidFileHeader(architecture)))
    );
}

#[test]
fn one_header_can_break_all_its_rules() {
    use Kind::*;
    let mut image = LinkedImage::fixed(Arch::X86_64);
    let code = &mut image.segments[CODE];
    (code.p_vaddr, code.p_offset) = (0xff8, 0x1001);
    (code.p_filesz, code.p_memsz, code.p_align) = (u64::MAX, u64::MAX - 1, 0x1800);
    let report = check(&image.bytes());
    assert_eq!(
        errors(&report)[..5],
        [LoadFileSize, LoadOverlap, LoadOverflow, LoadAlignment, LoadCongruence]
    );
    assert!(
        report
            .findings
            .iter()
            .all(|found| found.offset < 64 + 8 * 56 || found.severity == Severity::Warning)
    );
}

#[test]
fn errors_come_before_warnings_and_in_the_loaders_order() {
    let mut image = LinkedImage::dynamic(Arch::X86_64);
    image.segments.push(image.segments[INTERP].clone());
    image.put(NAME, b"\xff");
    image.segments[INTERP].p_filesz = 7;
    image.segments[STACK].p_flags = elf::PF_X;
    image.segments[CODE].p_flags = elf::PF_W | elf::PF_X;
    let report = check(&image.bytes());
    let expected =
        [Kind::ExecutableStack, Kind::MultipleInterp, Kind::InterpMissingNul, Kind::InterpNotUtf8];
    assert_eq!(errors(&report), expected);
    assert_eq!(report.findings[4].kind, Kind::WritableCode);
    assert_eq!(report.interpreter, None);
}

#[test]
fn more_findings_of_a_kind_than_are_listed_are_counted() {
    let limit = MAX_FINDINGS_PER_KIND;
    for (count, omitted) in [(limit, None), (limit + 1, Some(1)), (limit + 100, Some(100))] {
        let mut image = LinkedImage::fixed(Arch::X86_64);
        let entry = [u64::MAX, 1, 0].map(u64::to_le_bytes).concat();
        image.replace(0x3000, entry.repeat(count as usize));
        image.segments[DATA].p_filesz = 0x1400;
        image.segments[DATA].p_memsz = 0x4000;
        let size = 24 * count;
        image.segments[DATA].p_filesz = 0x1000 + size;
        image.set(7, 0x3000);
        image.set(8, size);
        let report = check(&image.bytes());
        assert_eq!(report.findings.len() as u64, count.min(limit));
        assert!(report.findings.iter().all(|found| found.kind == Kind::RelocationTarget));
        assert_eq!(report.omitted.get(&Kind::RelocationTarget).copied(), omitted);
    }
}

#[test]
fn the_machine_is_what_the_header_names() {
    for arch in Arch::ALL {
        let file = file_header_bytes(arch);
        assert_eq!(arch_of(file.as_slice()), Ok(Some(arch)));
        for (at, byte) in [(0, 0), (4, 1), (5, 2), (18, 40)] {
            assert_eq!(arch_of(patch(file.clone(), at, &[byte]).as_slice()), Ok(None));
        }
    }
    assert_eq!(arch_of(b"".as_slice()), Err(Status::OUT_OF_RANGE));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let report = check(b"");
    assert_eq!(errors(&report), [Kind::FileHeaderUnreadable]);
    let failure = BuildFailure::ElfParse(ElfParseError::ReadError(Status::OUT_OF_RANGE));
    assert_eq!(report.findings[0].failure, Some(failure.clone()));

    let table_at = |phoff: u64| {
        let file = patch(file_header_bytes(Arch::X86_64), 32, &phoff.to_le_bytes());
        check(&patch(file, 56, &[1, 0]))
    };
    let report = table_at(4096 - 55);
    assert_eq!(errors(&report), [Kind::ProgramHeadersUnreadable]);
    let found = &report.findings[0];
    assert_eq!((found.offset, found.field), (32, "e_phoff"));
    assert_eq!(
        (found.expected.as_str(), found.actual.as_str()),
        ("1 headers within the file", "0xfc9")
    );
    assert_eq!(found.failure, Some(failure));
    // In the zeros after the file's end there is a header that says nothing.
    let report = table_at(4096 - 56);
    assert_eq!(errors(&report), [Kind::NothingToLoad]);
}

#[test]
fn headers_in_the_zeros_after_the_file_are_noticed() {
    let beyond = |file: &[u8]| {
        let report = check(file);
        report.findings.iter().filter(|found| found.kind == Kind::HeadersBeyondFile).count()
    };
    let file = file_header_bytes(Arch::X86_64);
    assert_eq!((beyond(&file), beyond(&file[..63])), (0, 1));
    let file = patch(patch(file, 32, &64u64.to_le_bytes()), 56, &[1, 0]);
    let table = |size| [file.clone(), vec![0; size]].concat();
    assert_eq!((beyond(&table(56)), beyond(&table(55))), (0, 1));
}

#[test]
fn headers_are_reported_as_from_vmo_returns_them() {
    let file = LinkedImage::dynamic(Arch::Riscv64).bytes();
    let report = validate(file.as_slice(), file.len() as u64, Arch::Riscv64);
    let headers = Elf64Headers::from_vmo(file.as_slice(), Arch::Riscv64).unwrap();
    assert_eq!(report.headers, Some(headers));
    assert_eq!(report.arch, Arch::Riscv64);
}
