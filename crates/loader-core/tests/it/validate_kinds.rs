//! Every kind of finding: what is just good, and what is just too much.

use crate::support::linked_image::*;
use crate::support::{load, stack_segment};
use FindingKind as Kind;
use loader_core::validate::{FindingKind, Report, Severity, validate};
use object::elf;
use zx_abi::{Abi, Arch};

/// How to break one rule.
struct Row {
    kind: Kind,
    severity: Severity,
    /// Goes to the limit; nothing is found.
    good: fn(&mut LinkedImage),
    /// Goes one further.
    bad: fn(&mut LinkedImage),
    /// Where it is found then.
    offset: u64,
    field: &'static str,
}

/// Where a field of a program header is.
const fn ph(index: usize, field: u64) -> u64 {
    64 + 56 * index as u64 + field
}

/// Where the value of the dynamic entry at a place is.
const fn entry(index: u64) -> u64 {
    SECTION + 16 * index + 8
}

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;
/// Nothing needs to change to be at the limit.
const AS_IT_IS: fn(&mut LinkedImage) = |_| {};
const X86_64_TOP: u64 = Arch::X86_64.user_top() - Arch::X86_64.user_base(Abi::Newest);

fn row(
    kind: Kind,
    severity: Severity,
    (offset, field): (u64, &'static str),
    good: fn(&mut LinkedImage),
    bad: fn(&mut LinkedImage),
) -> Row {
    Row { kind, severity, good, bad, offset, field }
}

/// What the loader meets once the headers are decoded.
fn loader_rows() -> Vec<Row> {
    vec![
        row(Kind::LoadFileSize, ERROR, (ph(CODE, 32), "p_filesz"), AS_IT_IS, |image| {
            image.segments[CODE].p_memsz -= 1
        }),
        row(Kind::LoadOverlap, ERROR, (ph(CODE, 16), "p_vaddr"), AS_IT_IS, |image| {
            image.segments[RODATA].p_memsz += 1
        }),
        row(
            Kind::LoadAlignment,
            ERROR,
            (ph(CODE, 48), "p_align"),
            |image| image.segments[CODE].p_align = 0,
            |image| image.segments[CODE].p_align = 0x800,
        ),
        row(
            Kind::LoadCongruence,
            ERROR,
            (ph(CODE, 16), "p_vaddr"),
            |image| image.segments[CODE].p_offset = 0x2000,
            |image| image.segments[CODE].p_offset = 0x2008,
        ),
        row(
            Kind::ExecutableStack,
            ERROR,
            (ph(STACK, 4), "p_flags"),
            |image| image.segments[STACK].p_flags = elf::PF_W,
            |image| image.segments[STACK].p_flags = elf::PF_X,
        ),
        row(
            Kind::WritableCode,
            ERROR,
            (ph(CODE, 4), "p_flags"),
            |image| image.segments[CODE].p_flags = elf::PF_X,
            |image| image.segments[CODE].p_flags = elf::PF_X | elf::PF_W,
        ),
        row(Kind::ExecutableZeros, ERROR, (ph(CODE, 40), "p_memsz"), AS_IT_IS, |image| {
            image.segments[CODE].p_memsz += 1
        }),
        row(
            Kind::WriteOnly,
            ERROR,
            (ph(RODATA, 4), "p_flags"),
            |image| image.segments[RODATA].p_flags = elf::ProgramFlags(0),
            |image| image.segments[RODATA].p_flags = elf::PF_W,
        ),
        row(Kind::SharedPage, ERROR, (ph(CODE, 16), "p_vaddr"), AS_IT_IS, |image| {
            image.segments[RODATA].p_memsz -= 1;
            image.segments[RODATA].p_filesz -= 1;
            image.segments[CODE].p_vaddr -= 1;
            image.segments[CODE].p_offset -= 1;
        }),
        row(Kind::MultipleGnuStack, ERROR, (ph(8, 0), "p_type"), AS_IT_IS, |image| {
            image.segments.push(stack_segment(0))
        }),
        // The image has 4 pages in memory and one between; the vDSO has 2.
        row(
            Kind::StackTooLarge,
            ERROR,
            (ph(STACK, 40), "p_memsz"),
            |image| image.segments[STACK].p_memsz = X86_64_TOP - 0x6000,
            |image| image.segments[STACK].p_memsz = X86_64_TOP - 0x6000 + 1,
        ),
        row(
            Kind::AddressSpace,
            ERROR,
            (ph(DATA, 40), "p_memsz"),
            |image| {
                image.segments[STACK].p_memsz = 0x1000;
                image.segments[DATA].p_memsz = X86_64_TOP - 0x5000;
            },
            |image| {
                image.segments[STACK].p_memsz = 0x1000;
                image.segments[DATA].p_memsz = X86_64_TOP - 0x2000 + 1;
            },
        ),
    ]
}

/// What the loader meets in a file with PT_INTERP.
fn interp_rows() -> Vec<Row> {
    vec![
        row(Kind::MultipleInterp, ERROR, (ph(9, 0), "p_type"), AS_IT_IS, |image| {
            image.segments.push(image.segments[INTERP].clone())
        }),
        row(
            Kind::InterpTooLong,
            ERROR,
            (ph(INTERP, 32), "p_filesz"),
            |image| long_name(image, 1024),
            |image| long_name(image, 1025),
        ),
        row(Kind::InterpUnreadable, ERROR, (ph(INTERP, 8), "p_offset"), AS_IT_IS, |image| {
            image.segments[INTERP].p_offset = 0x3000 - 7
        }),
        row(
            Kind::InterpMissingNul,
            ERROR,
            (NAME + 6, "PT_INTERP"),
            |image| {
                image.put(NAME + 6, &[0]);
                image.segments[INTERP].p_filesz -= 1;
            },
            |image| image.segments[INTERP].p_filesz -= 1,
        ),
        row(
            Kind::InterpName,
            ERROR,
            (NAME, "PT_INTERP"),
            |image| image.put(NAME, b"ld/so.1"),
            |image| image.put(NAME, b"ld\0so.1"),
        ),
        row(
            Kind::InterpNotUtf8,
            ERROR,
            (NAME + 2, "PT_INTERP"),
            |image| image.put(NAME + 2, "é".as_bytes()),
            |image| image.put(NAME + 2, &[0xff]),
        ),
        row(Kind::EntryNotExecutable, WARNING, (24, "e_entry"), AS_IT_IS, |image| {
            image.segments[CODE].p_flags = elf::PF_R
        }),
        row(Kind::InterpWithoutDynamic, WARNING, (ph(INTERP, 0), "p_type"), AS_IT_IS, |image| {
            image.segments[DYNAMIC].p_type = elf::PT_NULL
        }),
    ]
}

/// What tells that a file is made for another system.
fn foreign_rows() -> Vec<Row> {
    vec![
        row(Kind::ForeignAbi, WARNING, (7, "e_ident[EI_OSABI]"), AS_IT_IS, |image| {
            image.os_abi = 1
        }),
        row(
            Kind::ForeignInterp,
            WARNING,
            (NAME, "PT_INTERP"),
            |image| image.put(NAME, b"l/.so.1"),
            |image| image.put(NAME, b"/ld.so."),
        ),
        row(
            Kind::ForeignLibrary,
            WARNING,
            (entry(0), "DT_NEEDED"),
            |image| image.put(STRTAB, b"\0libz.so.6\0"),
            |image| image.put(STRTAB, b"\0libc.so.6\0"),
        ),
        row(
            Kind::ForeignLibrary,
            WARNING,
            (entry(1), "DT_SONAME"),
            |image| image.put(STRTAB + 9, b"ld-linea"),
            |image| image.put(STRTAB + 9, b"ld-linux"),
        ),
        row(
            Kind::ForeignNote,
            WARNING,
            (NOTES + 12, "n_name"),
            |image| image.put(NOTES + 12, b"FDA"),
            |image| image.put(NOTES + 12, b"FDO"),
        ),
    ]
}

/// Puts a path of `length` bytes and its NUL where the notes and the code were.
fn long_name(image: &mut LinkedImage, length: usize) {
    let name = [b"a/".repeat(length / 2 - 1), vec![b'a'; 2 + length % 2], vec![0]].concat();
    let interp = &mut image.segments[INTERP];
    (interp.p_offset, interp.p_vaddr) = (0x2400, 0x2400);
    (interp.p_filesz, interp.p_memsz) = (name.len() as u64, name.len() as u64);
    image.replace(0x2400, name);
}

fn segment_rows() -> Vec<Row> {
    vec![
        row(Kind::SegmentBeyondFile, WARNING, (ph(DATA, 32), "p_filesz"), AS_IT_IS, |image| {
            image.segments[DATA].p_filesz += 1
        }),
        row(
            Kind::SegmentAlignment,
            WARNING,
            (ph(TLS, 48), "p_align"),
            |image| image.segments[TLS].p_align = 1 << 63,
            |image| image.segments[TLS].p_align = 3,
        ),
        row(Kind::FixedAddress, WARNING, (16, "e_type"), AS_IT_IS, |image| image.elf_type = 2),
        row(Kind::MissingGnuStack, WARNING, (56, "e_phnum"), AS_IT_IS, |image| {
            image.segments.truncate(STACK)
        }),
        row(Kind::MultipleTls, WARNING, (ph(8, 0), "p_type"), AS_IT_IS, |image| {
            image.segments.push(image.segments[TLS].clone())
        }),
        row(Kind::TlsFileSize, WARNING, (ph(TLS, 32), "p_filesz"), AS_IT_IS, |image| {
            image.segments[TLS].p_memsz -= 1
        }),
        row(
            Kind::TlsOutsideLoad,
            WARNING,
            (ph(TLS, 16), "p_vaddr"),
            |image| image.segments[TLS].p_vaddr = 0x3400 - 8,
            |image| image.segments[TLS].p_vaddr = 0x3400 - 7,
        ),
        row(
            Kind::RelroOutsideLoad,
            WARNING,
            (ph(RELRO, 16), "p_vaddr"),
            |image| image.segments[RELRO].p_memsz = 0x2000,
            |image| image.segments[RELRO].p_memsz = 0x2001,
        ),
        row(Kind::RelroOutsideLoad, WARNING, (ph(RELRO, 16), "p_vaddr"), AS_IT_IS, |image| {
            image.segments[RELRO].p_vaddr = 0x1000
        }),
        // Fuchsia's readers align to 4 where 8 would overrun.
        row(
            Kind::NoteOverrun,
            WARNING,
            (NOTES + 24 + 4, "n_descsz"),
            |image| image.segments[NOTE].p_align = 8,
            |image| {
                image.segments[NOTE].p_align = 8;
                image.put_word(NOTES + 28, 9);
            },
        ),
        row(
            Kind::NoteOverrun,
            WARNING,
            (NOTES + 24 + 4, "n_descsz"),
            |image| image.put_word(NOTES + 28, 8),
            |image| image.put_word(NOTES + 28, 9),
        ),
        row(
            Kind::NoteOverrun,
            WARNING,
            (NOTES + 24, "n_namesz"),
            |image| {
                image.put_word(NOTES + 24, 12);
                image.put_word(NOTES + 28, 0);
            },
            |image| image.put_word(NOTES + 24, u32::MAX),
        ),
        row(Kind::NoteOverrun, WARNING, (NOTES + 48, "n_namesz"), AS_IT_IS, |image| {
            image.segments[NOTE].p_filesz += 1
        }),
    ]
}

fn dynamic_rows() -> Vec<Row> {
    vec![
        row(Kind::MultipleDynamic, WARNING, (ph(8, 0), "p_type"), AS_IT_IS, |image| {
            image.segments.push(image.segments[DYNAMIC].clone())
        }),
        row(
            Kind::DynamicOutsideLoad,
            WARNING,
            (ph(DYNAMIC, 16), "p_vaddr"),
            |image| image.segments[DYNAMIC].p_memsz = 0x1400,
            |image| image.segments[DYNAMIC].p_memsz = 0x1401,
        ),
        row(Kind::DynamicOutsideLoad, WARNING, (ph(DYNAMIC, 16), "p_vaddr"), AS_IT_IS, |image| {
            image.segments[DYNAMIC].p_vaddr += 8
        }),
        row(Kind::DynamicAlignment, WARNING, (ph(DYNAMIC, 16), "p_vaddr"), AS_IT_IS, |image| {
            image.segments[DYNAMIC].p_vaddr += 4
        }),
        row(
            Kind::DynamicUnterminated,
            WARNING,
            (ph(DYNAMIC, 32), "p_filesz"),
            |image| image.segments[DYNAMIC].p_filesz = 23 * 16,
            |image| image.segments[DYNAMIC].p_filesz = 23 * 16 - 1,
        ),
        row(Kind::DynamicMissingEntry, WARNING, (entry(2), "DT_STRTAB"), AS_IT_IS, |image| {
            image.remove(10)
        })
        .at_section(),
        row(
            Kind::DynamicDuplicateEntry,
            WARNING,
            (entry(22), "DT_STRTAB"),
            |image| image.dynamic.push((1, 1)),
            |image| image.dynamic.push((5, STRTAB)),
        ),
        row(Kind::TableOutsideLoad, WARNING, (entry(8), "DT_RELA"), AS_IT_IS, |image| {
            image.set(7, 0x2400 - 47)
        }),
        row(Kind::TableEntrySize, WARNING, (entry(10), "DT_RELAENT"), AS_IT_IS, |image| {
            image.set(9, 0)
        }),
        row(
            Kind::TableSize,
            WARNING,
            (entry(9), "DT_RELASZ"),
            |image| image.set(8, 24),
            |image| image.set(8, 25),
        ),
        row(Kind::StringsUnterminated, WARNING, (STRTAB + 22, "DT_STRTAB"), AS_IT_IS, |image| {
            image.set(10, 23)
        }),
        row(
            Kind::StringOutsideTable,
            WARNING,
            (entry(1), "DT_SONAME"),
            |image| image.set(14, 23),
            |image| image.set(14, 24),
        ),
        row(
            Kind::StringOutsideTable,
            WARNING,
            (SYMTAB + 24, "st_name"),
            |image| image.put_word(SYMTAB + 24, 23),
            |image| image.put_word(SYMTAB + 24, 24),
        ),
    ]
}

impl Row {
    /// The finding is about what is missing in the section as a whole.
    fn at_section(self) -> Self {
        Self { offset: SECTION, field: "PT_DYNAMIC", ..self }
    }
}

fn table_rows() -> Vec<Row> {
    vec![
        row(Kind::HashBuckets, WARNING, (HASH, "nbucket"), AS_IT_IS, |image| {
            image.put_word(HASH, 0)
        }),
        row(Kind::HashBuckets, WARNING, (GNU_HASH, "nbuckets"), AS_IT_IS, |image| {
            image.put_word(GNU_HASH, 0)
        }),
        row(Kind::HashBloom, WARNING, (GNU_HASH + 8, "bloom_size"), AS_IT_IS, |image| {
            image.put_word(GNU_HASH + 8, 0)
        }),
        row(
            Kind::HashBloom,
            WARNING,
            (GNU_HASH + 12, "bloom_shift"),
            |image| image.put_word(GNU_HASH + 12, 31),
            |image| image.put_word(GNU_HASH + 12, 32),
        ),
        row(Kind::HashIndex, WARNING, (HASH + 8, "bucket"), AS_IT_IS, |image| {
            image.put_word(HASH + 8, 3)
        }),
        row(Kind::HashIndex, WARNING, (HASH + 20, "chain"), AS_IT_IS, |image| {
            image.put_word(HASH + 20, 3)
        }),
        row(Kind::HashIndex, WARNING, (GNU_HASH + 24, "bucket"), AS_IT_IS, |image| {
            image.put_word(GNU_HASH + 4, 2)
        }),
        row(Kind::HashCycle, WARNING, (HASH + 20, "chain"), AS_IT_IS, |image| {
            image.put_word(HASH + 20, 2)
        }),
        row(Kind::HashCycle, WARNING, (HASH + 16, "chain"), AS_IT_IS, |image| {
            image.put_word(HASH + 16, 2)
        }),
        row(
            Kind::HashUnterminated,
            WARNING,
            (0xffc, "chain"),
            |image| gnu_hash_at_the_end(image, 1),
            |image| gnu_hash_at_the_end(image, 0),
        ),
        row(
            Kind::RelocationKind,
            WARNING,
            (entry(19), "DT_PLTREL"),
            |image| {
                image.set(20, 17);
                image.set(2, 16);
            },
            |image| image.set(20, 8),
        ),
        row(
            Kind::RelocationType,
            WARNING,
            (RELA + 8, "r_info"),
            |image| image.put_long(RELA + 8, 8),
            |image| image.put_long(RELA + 8, 9),
        ),
        row(
            Kind::RelocationSymbol,
            WARNING,
            (RELA + 8, "r_info"),
            |image| image.put_long(RELA + 8, 2 << 32 | 1),
            |image| image.put_long(RELA + 8, 3 << 32 | 1),
        ),
        row(
            Kind::RelocationTarget,
            WARNING,
            (RELA, "r_offset"),
            |image| image.put_long(RELA, 0x3400 - 8),
            |image| image.put_long(RELA, 0x3400 - 7),
        ),
        row(Kind::RelocationTarget, WARNING, (REL, "r_offset"), AS_IT_IS, |image| {
            image.put_long(REL, u64::MAX)
        }),
        row(Kind::RelocationTarget, WARNING, (JMPREL, "r_offset"), AS_IT_IS, |image| {
            image.put_long(JMPREL, 0x3400)
        }),
        row(
            Kind::RelocationTarget,
            WARNING,
            (RELR + 8, "DT_RELR"),
            |image| {
                image.put_long(RELR, 0x3400 - 64 * 8);
                image.put_long(RELR + 8, u64::MAX);
            },
            |image| {
                image.put_long(RELR, 0x3400 - 63 * 8);
                image.put_long(RELR + 8, u64::MAX);
            },
        ),
        row(
            Kind::TextRelocation,
            WARNING,
            (RELA, "r_offset"),
            |image| image.put_long(RELA, 0x2000),
            |image| image.put_long(RELA, 0x1000),
        ),
        row(
            Kind::RelrBitmap,
            WARNING,
            (RELR, "DT_RELR"),
            |image| image.put_long(RELR + 8, 1),
            |image| image.put_long(RELR, GOT + 1),
        ),
    ]
}

/// Puts the GNU hash table so that its chain's only word, with these bits, ends the segment's
/// data.
fn gnu_hash_at_the_end(image: &mut LinkedImage, chain: u32) {
    let at = 0x1000 - 32;
    let words = [1, 2, 1, 0, 0, 0, 2, chain];
    image.replace(at, words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect());
    image.set(0x6fff_fef5, at);
}

fn report(image: &LinkedImage) -> Report {
    let file = image.bytes();
    validate(file.as_slice(), file.len() as u64, image.arch)
}

fn check(rows: Vec<Row>, image: &LinkedImage) {
    for row in rows {
        let label = format!("{:?} at {:#x}", row.kind, row.offset);
        let mut good = image.clone();
        (row.good)(&mut good);
        assert_eq!(report(&good).findings, [], "{label}");

        let mut bad = image.clone();
        (row.bad)(&mut bad);
        let report = report(&bad);
        let found: Vec<_> = report.findings.iter().filter(|found| found.kind == row.kind).collect();
        let [found, ..] = found.as_slice() else { panic!("{label}: {:#?}", report.findings) };
        assert_eq!((found.offset, found.field), (row.offset, row.field), "{label}");
        assert_eq!(found.severity, row.severity, "{label}");
        assert_ne!(found.expected, found.actual, "{label}");
        assert_eq!(report.is_loadable(), row.severity == WARNING, "{label}");
    }
}

#[test]
fn what_the_loader_meets_is_an_error_from_the_limit_on() {
    check(loader_rows(), &LinkedImage::fixed(Arch::X86_64));
    check(interp_rows(), &LinkedImage::dynamic(Arch::X86_64));
}

#[test]
fn what_another_system_has_is_a_warning_from_the_limit_on() {
    check(foreign_rows(), &LinkedImage::dynamic(Arch::X86_64));
}

#[test]
fn what_nobody_loads_by_is_a_warning_from_the_limit_on() {
    for rows in [segment_rows, dynamic_rows, table_rows] {
        check(rows(), &LinkedImage::fixed(Arch::X86_64));
    }
}

#[test]
fn what_the_loader_meets_directly_only_warns_where_a_dynamic_linker_loads() {
    for row in loader_rows() {
        let mut image = LinkedImage::dynamic(Arch::X86_64);
        (row.bad)(&mut image);
        let report = report(&image);
        let found = report.findings.iter().find(|found| found.kind == row.kind);
        let header_rule = row.kind < Kind::MultipleInterp;
        // The stack of a dynamic executable need not have room beside the image.
        let Some(found) = found else {
            assert_eq!(row.kind, Kind::StackTooLarge);
            continue;
        };
        assert_eq!(found.severity, if header_rule { ERROR } else { WARNING }, "{:?}", row.kind);
        let is_stack = matches!(row.kind, Kind::MultipleGnuStack | Kind::StackTooLarge);
        assert_eq!(found.failure.is_none(), is_stack, "nobody looks at the stack's size");
        assert_eq!(
            report.first_failure().map(|first| first.kind),
            found.failure.as_ref().map(|_| row.kind)
        );
    }
}

#[test]
fn an_image_without_a_fault_has_no_finding_on_any_machine() {
    for arch in Arch::ALL {
        for image in [LinkedImage::fixed(arch), LinkedImage::dynamic(arch)] {
            let report = report(&image);
            assert_eq!(report.findings, []);
            assert!(report.omitted.is_empty() && report.is_loadable());
            let interpreter = (image.segments.len() > INTERP).then(|| "ld.so.1".to_string());
            assert_eq!(report.interpreter, interpreter);
            assert_eq!(report.headers.map(|headers| headers.file_header().entry), Some(ENTRY));
        }
    }
}

#[test]
fn zero_sized_loads_are_nothing_to_load() {
    let mut image = LinkedImage::fixed(Arch::X86_64);
    image.segments = vec![load(elf::PF_R, 0, 0, 0), stack_segment(0)];
    let first = &report(&image).findings[0];
    assert_eq!(
        (first.kind, first.offset, first.field),
        (Kind::NothingToLoad, ph(0, 40), "p_memsz")
    );
    image.segments = vec![stack_segment(0)];
    let first = &report(&image).findings[0];
    assert_eq!((first.kind, first.offset, first.field), (Kind::NothingToLoad, 56, "e_phnum"));
    image.segments = vec![load(elf::PF_R, 0, 0, 1), stack_segment(0)];
    assert!(report(&image).is_loadable());
}

#[test]
fn codes_are_unique_and_in_kebab_case() {
    let mut codes: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), FindingKind::ALL.len());
    for code in codes {
        assert!(code.split('-').all(|word| !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())));
    }
}

#[test]
fn every_kind_has_a_test() {
    use Kind::*;
    // Those without a row here, by the tests of `validate_report`, `validate_verdict` and
    // `validate_hostile`.
    let elsewhere = [
        FileHeaderUnreadable,
        Magic,
        Class,
        DataEncoding,
        IdentVersion,
        ProgramHeaderSize,
        ProgramHeaderCount,
        Architecture,
        FileType,
        ProgramHeadersUnreadable,
        LoadOverflow,
        LoadFileOverflow,
        NothingToLoad,
        HeadersBeyondFile,
        ForeignBuild,
        DynamicTooLong,
        Unreadable,
        WorkLimit,
    ];
    let rows = [loader_rows, interp_rows, foreign_rows, segment_rows, dynamic_rows, table_rows];
    let rows: Vec<_> = rows.iter().flat_map(|rows| rows()).map(|row| row.kind).collect();
    for kind in FindingKind::ALL {
        assert!(rows.contains(kind) != elsewhere.contains(kind), "{kind:?}");
    }
}
