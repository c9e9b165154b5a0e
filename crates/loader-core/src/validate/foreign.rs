//! Signs that a file is made for another system, which Fuchsia would load all the same.

use super::go;
use super::image::Image;
use super::interp::LinkerName;
use super::kind::FindingKind as Kind;
use super::reader::{FileRange, ReadFault, Reader};
use super::report::{Field, Findings};
use crate::elf_parse::{Elf64Headers, SegmentType};
use crate::seam::ReadVmo;
use goblin::elf::header::*;
use zerocopy::little_endian::U32;

const OS_ABI: Field = Field { offset: 7, name: "e_ident[EI_OSABI]" };

/// What a file says of the system that it is made for.
#[derive(Debug, Default)]
pub(super) struct Signs {
    /// It names what only another system has.
    foreign: bool,
    /// Its file header names another system. GNU's linker says so of what uses its extensions.
    foreign_abi: bool,
    /// It names what only Fuchsia has.
    fuchsia: bool,
    /// It names what Fuchsia has, and others too.
    common: bool,
}

impl Signs {
    /// Whether it is plainly another system's.
    pub fn is_foreign(&self) -> bool {
        !self.fuchsia && (self.foreign || self.foreign_abi && !self.common)
    }

    /// Looks at the file header.
    pub fn check_header(&mut self, headers: &Elf64Headers, findings: &mut Findings) {
        let abi = headers.file_header().ident.osabi;
        if abi != ELFOSABI_NONE {
            self.foreign_abi = true;
            let system = system_of_abi(abi).unwrap_or("unknown");
            let expected = format_args!("0 (System V)");
            findings.warn(Kind::ForeignAbi, OS_ABI, expected, format_args!("{abi} ({system})"));
        }
    }

    /// Looks at the name of a library that the file needs, or of the file as one.
    pub fn check_library(&mut self, field: Field, name: &str, findings: &mut Findings) {
        self.fuchsia |= matches!(name, "libzircon.so" | "libfdio.so");
        self.common |= name == "libc.so";
        if is_foreign_object(name) {
            self.foreign = true;
            let expected = format_args!("a library that Fuchsia can have");
            findings.warn(Kind::ForeignLibrary, field, expected, format_args!("{name}"));
        }
    }

    /// Looks at a note: its name, and its descriptor in the file.
    pub fn check_note<V: ReadVmo + ?Sized>(
        &mut self,
        note: &Note,
        reader: &mut Reader<'_, V>,
        findings: &mut Findings,
    ) -> Result<(), ReadFault> {
        let Note { name, note_type, field, descriptor } = note;
        let system = match name.as_slice() {
            b"GNU\0" if *note_type == NT_GNU_ABI_TAG && descriptor.size >= TAG_SIZE => {
                let [system, version @ ..]: [U32; 4] = reader.read(descriptor.offset)?;
                // There was no version 0 of any.
                if version.iter().all(|part| part.get() == 0) {
                    return Ok(());
                }
                system_of_tag(system.get())
            }
            b"Android\0" => "Android",
            b"DragonFly\0" => "DragonFly",
            b"FDO\0" | b"Linux\0" => "Linux",
            b"FreeBSD\0" => "FreeBSD",
            b"NetBSD\0" => "NetBSD",
            b"OpenBSD\0" => "OpenBSD",
            _ => return Ok(()),
        };
        self.foreign = true;
        let expected = format_args!("no note of another system");
        findings.warn(Kind::ForeignNote, *field, expected, format_args!("{system}"));
        Ok(())
    }

    /// Looks at what a static Go program says of its build.
    pub fn check_build<V: ReadVmo + ?Sized>(
        &mut self,
        headers: &Elf64Headers,
        image: &Image,
        reader: &mut Reader<'_, V>,
        findings: &mut Findings,
    ) {
        // Dynamic ones have names enough.
        if headers.program_headers_with_type(SegmentType::Dynamic).next().is_some() {
            return;
        }
        match go::system(image, reader) {
            Some((_, system)) if system == "fuchsia" => self.fuchsia = true,
            Some((field, system)) => {
                self.foreign = true;
                let (expected, actual) =
                    (format_args!("GOOS=fuchsia"), format_args!("GOOS={system}"));
                findings.warn(Kind::ForeignBuild, field, expected, actual);
            }
            None => {}
        }
    }

    /// Looks at the dynamic linker's name, last of all: what is Fuchsia's otherwise has a name that
    /// no loader service knows, rather than another system's.
    pub fn check_linker(&mut self, linker: &LinkerName, findings: &mut Findings) {
        let LinkerName { name, field } = linker;
        let object = name.rsplit('/').next().unwrap_or_default();
        let is_foreign = linker.is_absolute()
            || is_foreign_object(object)
            || matches!(object, "linker" | "linker64");
        if is_foreign && !self.fuchsia {
            self.foreign = true;
            let expected = format_args!("a path below a directory, such as ld.so.1");
            findings.warn(Kind::ForeignInterp, *field, expected, format_args!("{name:?}"));
        } else {
            self.fuchsia |= object == "ld.so.1";
            linker.check_object(findings);
        }
    }
}

/// A note.
pub(super) struct Note {
    /// With its NUL.
    pub name: Vec<u8>,
    pub note_type: u32,
    /// Where the name is.
    pub field: Field,
    pub descriptor: FileRange,
}

/// The note of GNU's that names a system and its version.
const NT_GNU_ABI_TAG: u32 = 1;
/// Bytes in its descriptor.
const TAG_SIZE: u64 = 16;

/// The parts of C libraries that have numbers in their names, as none of Fuchsia's has.
const C_LIBRARIES: [&str; 12] =
    ["anl", "c", "crypt", "dl", "m", "mvec", "nsl", "pthread", "resolv", "rt", "thr", "util"];

/// How the names begin of what only other systems have.
const FOREIGN_PREFIXES: [&str; 6] =
    ["ld-linux", "ld-musl-", "ld-elf.so.", "libc.musl-", "libSystem.", "linux-vdso.so."];

fn is_foreign_object(name: &str) -> bool {
    let is_numbered = name
        .strip_prefix("lib")
        .and_then(|name| name.split_once(".so."))
        .is_some_and(|(library, version)| {
            C_LIBRARIES.contains(&library)
                && version.starts_with(|digit: char| digit.is_ascii_digit())
        });
    is_numbered || FOREIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

const fn system_of_abi(abi: u8) -> Option<&'static str> {
    Some(match abi {
        ELFOSABI_HPUX => "HP-UX",
        ELFOSABI_NETBSD => "NetBSD",
        ELFOSABI_GNU => "GNU/Linux",
        ELFOSABI_SOLARIS => "Solaris",
        ELFOSABI_AIX => "AIX",
        ELFOSABI_IRIX => "IRIX",
        ELFOSABI_FREEBSD => "FreeBSD",
        ELFOSABI_OPENBSD => "OpenBSD",
        ELFOSABI_STANDALONE => "standalone",
        _ => return None,
    })
}

const fn system_of_tag(system: u32) -> &'static str {
    match system {
        0 => "Linux",
        1 => "Hurd",
        2 => "Solaris",
        3 => "FreeBSD",
        4 => "NetBSD",
        _ => "unknown",
    }
}
