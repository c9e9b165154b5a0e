//! What is Fuchsia's, and what is another system's.

use crate::support::linked_image::*;
use loader_core::validate::{FindingKind as Kind, Report, Verdict, validate};
use zx_abi::Arch;

fn report(image: &LinkedImage) -> Report {
    let file = image.bytes();
    validate(file.as_slice(), file.len() as u64, image.arch)
}

#[track_caller]
fn assert_verdict(verdict: Verdict, kinds: &[Kind], image: &LinkedImage) {
    let report = report(image);
    let found: Vec<_> = report.findings.iter().map(|found| found.kind).collect();
    assert_eq!((report.verdict, found.as_slice()), (verdict, kinds), "{:#?}", report.findings);
    assert_eq!(report.verdict == Verdict::Broken, report.first_failure().is_some());
}

/// A dynamic executable with this PT_INTERP, which needs this library.
fn program(interp: &str, needed: &str) -> LinkedImage {
    let mut image = LinkedImage::dynamic(Arch::X86_64);
    let bytes = [interp.as_bytes(), b"\0"].concat();
    image.segments[INTERP].p_filesz = bytes.len() as u64;
    image.segments[INTERP].p_memsz = bytes.len() as u64;
    image.replace(NAME, bytes);
    let strings = [b"\0", needed.as_bytes(), b"\0libx.so\0"].concat();
    image.set(5, STRTAB);
    image.set(10, strings.len() as u64);
    image.set(14, 0);
    for symbol in [1, 2] {
        image.put_word(SYMTAB + 24 * symbol, 0);
    }
    image.replace(STRTAB, strings);
    image
}

#[test]
fn what_names_fuchsias_own_is_fuchsias() {
    for machine in Arch::ALL {
        assert_verdict(Verdict::Fuchsia, &[], &LinkedImage::dynamic(machine));
        assert_verdict(Verdict::Fuchsia, &[], &LinkedImage::fixed(machine));
    }
    for interp in ["ld.so.1", "asan/ld.so.1"] {
        for needed in ["libc.so", "libzircon.so", "libfdio.so", "libc++.so.2", "libunwind.so.1"] {
            assert_verdict(Verdict::Fuchsia, &[], &program(interp, needed));
        }
    }
}

#[test]
fn another_systems_dynamic_linker_is_another_system() {
    for interp in [
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-musl-x86_64.so.1",
        "/nix/store/0000-glibc/lib/ld-linux-x86-64.so.2",
        "/system/bin/linker64",
        "/libexec/ld-elf.so.1",
        "/usr/libexec/ld.elf_so",
        "/lib/amd64/ld.so.1",
        "ld-linux-x86-64.so.2",
        "lib/linker64",
    ] {
        for needed in ["libx.so", "libc.so"] {
            let image = program(interp, needed);
            assert_verdict(Verdict::Foreign, &[Kind::ForeignInterp], &image);
            assert_eq!(report(&image).interpreter.as_deref(), Some(interp));
        }
    }
}

#[test]
fn another_systems_libraries_are_another_system() {
    for needed in [
        "libc.so.6",
        "libc.so.7",
        "libm.so.6",
        "libpthread.so.0",
        "libdl.so.2",
        "ld-linux-aarch64.so.1",
        "ld-musl-x86_64.so.1",
        "libc.musl-x86_64.so.1",
        "libSystem.B.dylib",
    ] {
        let mut library = program("ld.so.1", needed);
        library.segments.truncate(INTERP);
        assert_verdict(Verdict::Foreign, &[Kind::ForeignLibrary], &library);
    }
    for needed in ["libc.so", "libc.so.x", "libcc.so.6", "libz.so.1", "libstdc++.so.6", "c.so.6"] {
        let mut library = program("ld.so.1", needed);
        library.segments.truncate(INTERP);
        assert_verdict(Verdict::Fuchsia, &[], &library);
    }
}

#[test]
fn another_systems_notes_are_another_system() {
    for name in [b"FreeBSD\0", b"Android\0", b"OpenBSD\0"] {
        let mut image = LinkedImage::fixed(Arch::Aarch64);
        let note = [&[8, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0], name.as_slice(), &[0; 28]].concat();
        image.replace(NOTES, note);
        image.segments[NOTE].p_filesz = 24;
        assert_verdict(Verdict::Foreign, &[Kind::ForeignNote], &image);
    }
    // NT_GNU_BUILD_ID, as Fuchsia's files have it.
    assert_verdict(Verdict::Fuchsia, &[], &LinkedImage::fixed(Arch::X86_64));
}

/// An image with one note: an ABI tag of GNU's with these words.
fn tagged(words: &[u32]) -> LinkedImage {
    let mut image = LinkedImage::fixed(Arch::X86_64);
    let descriptor: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let header = [4, 0, 0, 0, descriptor.len() as u8, 0, 0, 0, 1, 0, 0, 0];
    let note = [header.as_slice(), b"GNU\0", &descriptor].concat();
    image.segments[NOTE].p_filesz = note.len() as u64;
    image.replace(NOTES, note);
    image
}

#[test]
fn an_abi_tag_of_gnus_with_a_version_is_another_system() {
    for (words, name) in [
        ([0, 3, 2, 0], "Linux"),
        ([0, 0, 0, 1], "Linux"),
        ([1, 0, 1, 0], "Hurd"),
        ([99, 1, 0, 0], "unknown"),
    ] {
        let image = tagged(&words);
        assert_verdict(Verdict::Foreign, &[Kind::ForeignNote], &image);
        assert_eq!(report(&image).findings[0].actual, name);
    }
    for words in [[0, 0, 0, 0].as_slice(), &[3, 0, 0, 0], &[0, 3, 2], &[]] {
        assert_verdict(Verdict::Fuchsia, &[], &tagged(words));
    }
}

/// A static program whose writable data have Go's build information at this offset.
fn go_program(at: u64, flags: u8, text: &[u8]) -> LinkedImage {
    let mut image = LinkedImage::fixed(Arch::X86_64);
    image.segments[DYNAMIC].p_type = object::elf::PT_NULL;
    let header = [b"\xff Go buildinf:".as_slice(), &[8, flags], &[0; 16]].concat();
    let length = [0x80 | (text.len() & 0x7f) as u8, (text.len() >> 7) as u8];
    let info = [header.as_slice(), b"\x06go1.22", &length, text].concat();
    image.replace(GOT + at, info);
    image
}

#[test]
fn another_systems_go_program_is_another_system() {
    let text = b"0123456789abcdefpath\tx\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\n";
    let image = go_program(0x10, 2, text);
    assert_verdict(Verdict::Foreign, &[Kind::ForeignBuild], &image);
    let found = &report(&image).findings[0];
    assert_eq!((found.offset, found.actual.as_str()), (GOT + 0x10 + 32 + 9 + 42, "GOOS=linux"));

    let own = b"0123456789abcdefpath\tx\nbuild\tGOOS=fuchsia\n";
    assert_verdict(Verdict::Fuchsia, &[], &go_program(0, 2, own));
    // Strings are elsewhere; it is not where it is looked for; no line says it; no line ends.
    assert_verdict(Verdict::Fuchsia, &[], &go_program(0, 0, text));
    assert_verdict(Verdict::Fuchsia, &[], &go_program(8, 2, text));
    assert_verdict(Verdict::Fuchsia, &[], &go_program(0, 2, b"path\tGOOS=linux\n"));
    assert_verdict(Verdict::Fuchsia, &[], &go_program(0, 2, &text[..text.len() - 1]));
}

#[test]
fn another_systems_abi_is_another_system() {
    for (abi, name) in [(3, "3 (GNU/Linux)"), (9, "9 (FreeBSD)"), (77, "77 (unknown)")] {
        let mut image = program("lib/x.so", "libx.so");
        image.os_abi = abi;
        assert_verdict(Verdict::Foreign, &[Kind::ForeignAbi], &image);
        assert_eq!(report(&image).findings[0].actual, name);
    }
    // GNU's linker sets it for whoever uses its extensions.
    for (interp, needed) in [("ld.so.1", "libx.so"), ("lib/x.so", "libc.so")] {
        let mut image = program(interp, needed);
        image.os_abi = 3;
        assert_verdict(Verdict::Fuchsia, &[Kind::ForeignAbi], &image);
    }
}

#[test]
fn what_is_fuchsias_stays_so_whatever_else_it_names() {
    for (interp, needed) in [("ld.so.1", "libc.so.6"), ("ld.so.1", "libm.so.6")] {
        assert_verdict(Verdict::Fuchsia, &[Kind::ForeignLibrary], &program(interp, needed));
    }
    // Its linker has a name then that no loader service knows.
    for needed in ["libzircon.so", "libfdio.so"] {
        for interp in ["/boot/lib/ld.so.1", "/lib64/ld-linux-x86-64.so.2"] {
            assert_verdict(Verdict::Broken, &[Kind::InterpName], &program(interp, needed));
        }
        let image = program("ld-linux-x86-64.so.2", needed);
        assert_verdict(Verdict::Fuchsia, &[], &image);
    }
}

#[test]
fn what_fuchsia_does_not_load_is_broken_whoever_it_is_made_for() {
    let mut image = program("/lib64/ld-linux-x86-64.so.2", "libc.so.6");
    image.segments[CODE].p_flags |= object::elf::PF_W;
    let report = report(&image);
    assert_eq!(report.verdict, Verdict::Broken);
    for kind in [Kind::WritableCode, Kind::ForeignInterp, Kind::ForeignLibrary] {
        assert!(report.findings.iter().any(|found| found.kind == kind), "{kind:?}");
    }
}

#[test]
fn names_that_no_loader_service_knows_are_broken() {
    for interp in ["", "a\0b", "..", "lib/", "a//b"] {
        let image = program(interp, "libc.so");
        assert_verdict(Verdict::Broken, &[Kind::InterpName], &image);
        let report = report(&image);
        assert_eq!(report.interpreter.as_deref(), Some(interp));
        assert_eq!(
            report.findings[0].message,
            "Failed to load dynamic linker from fuchsia.ldsvc.Loader: INVALID_ARGS"
        );
    }
}
