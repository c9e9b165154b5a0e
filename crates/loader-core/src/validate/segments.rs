//! Segments, as far as the loader does not look at them.

use super::headers::{PHNUM, PhField, ph_field};
use super::image::Image;
use super::kind::FindingKind as Kind;
use super::report::{Field, Findings};
use crate::elf_parse::{Elf64Headers, Elf64ProgramHeader, SegmentFlags, SegmentType};
use crate::page::page_end;
use goblin::elf::header::ET_EXEC;
use goblin::elf::program_header::{PT_GNU_RELRO, PT_GNU_STACK, PT_INTERP, PT_NULL, PT_TLS};

const TYPE: Field = Field { offset: 16, name: "e_type" };
const ENTRY: Field = Field { offset: 24, name: "e_entry" };

/// Checks every program header, and what there should be one of.
pub(super) fn check(
    headers: &Elf64Headers,
    image: &Image,
    file_size: u64,
    findings: &mut Findings,
) {
    let mut tls = 0u64;
    for (index, header) in headers.program_headers().iter().enumerate() {
        if header.segment_type == PT_NULL {
            continue;
        }
        let mut segment = Segment { headers, index, header, image, findings };
        segment.check_data(file_size);
        segment.check_alignment();
        match header.segment_type {
            PT_TLS => {
                tls += 1;
                segment.check_tls(tls);
            }
            PT_GNU_RELRO => segment.check_relro(),
            PT_INTERP => segment.check_interp(),
            _ => {}
        }
    }
    if headers.program_headers_with_type(SegmentType::GnuStack).next().is_none() {
        let (expected, actual) = (format_args!("a PT_GNU_STACK"), format_args!("none"));
        findings.warn(Kind::MissingGnuStack, PHNUM, expected, actual);
    }
    if headers.file_header().elf_type == ET_EXEC {
        let (expected, actual) = (format_args!("3 (ET_DYN)"), format_args!("2 (ET_EXEC)"));
        findings.warn(Kind::FixedAddress, TYPE, expected, actual);
    }
    check_entry(headers, image, findings);
}

/// A shared library has no entry point; it is 0 then.
fn check_entry(headers: &Elf64Headers, image: &Image, findings: &mut Findings) {
    let entry = headers.file_header().entry;
    let is_program = headers.program_headers_with_type(SegmentType::Interp).next().is_some();
    if entry == 0 && !is_program {
        return;
    }
    let load = image.load_at(entry, 1);
    if !load.is_some_and(|load| load.flags.contains(SegmentFlags::EXECUTE)) {
        let expected = format_args!("an address in a PT_LOAD with PF_X (0x1)");
        findings.warn(Kind::EntryNotExecutable, ENTRY, expected, format_args!("{entry:#x}"));
    }
}

struct Segment<'a> {
    headers: &'a Elf64Headers,
    index: usize,
    header: &'a Elf64ProgramHeader,
    image: &'a Image,
    findings: &'a mut Findings,
}

impl Segment<'_> {
    fn warn(
        &mut self,
        kind: Kind,
        field: PhField,
        expected: core::fmt::Arguments<'_>,
        actual: u64,
    ) {
        let field = ph_field(self.headers, self.index, field);
        self.findings.warn(kind, field, expected, format_args!("{actual:#x}"));
    }

    fn check_data(&mut self, file_size: u64) {
        let &Elf64ProgramHeader { offset, filesz, segment_type, .. } = self.header;
        let room = file_size.saturating_sub(offset);
        if segment_type != PT_GNU_STACK && filesz > room {
            let expected = format_args!("at most {room:#x}, the rest of the file");
            self.warn(Kind::SegmentBeyondFile, PhField::Filesz, expected, filesz);
        }
    }

    fn check_alignment(&mut self) {
        let align = self.header.align;
        if align != 0 && !align.is_power_of_two() {
            let expected = format_args!("0 or a power of two");
            self.warn(Kind::SegmentAlignment, PhField::Align, expected, align);
        }
    }

    /// A dynamic linker is told where the file's PT_DYNAMIC is, and works by it.
    fn check_interp(&mut self) {
        if self.headers.program_headers_with_type(SegmentType::Dynamic).next().is_none() {
            let field = ph_field(self.headers, self.index, PhField::Type);
            let (expected, actual) = (format_args!("a PT_DYNAMIC too"), format_args!("none"));
            self.findings.warn(Kind::InterpWithoutDynamic, field, expected, actual);
        }
    }

    /// Only the file data are in memory as they are; the rest is made thread by thread.
    fn check_tls(&mut self, count: u64) {
        let &Elf64ProgramHeader { vaddr, filesz, memsz, .. } = self.header;
        if count > 1 {
            self.warn(Kind::MultipleTls, PhField::Type, format_args!("one PT_TLS"), PT_TLS.into());
        }
        if filesz > memsz {
            let expected = format_args!("at most p_memsz ({memsz:#x})");
            self.warn(Kind::TlsFileSize, PhField::Filesz, expected, filesz);
        }
        if filesz > 0 && self.image.load_at(vaddr, filesz).is_none() {
            let expected = format_args!("an address with {filesz:#x} bytes in one PT_LOAD");
            self.warn(Kind::TlsOutsideLoad, PhField::Vaddr, expected, vaddr);
        }
    }

    /// Linkers round its end up to a page boundary, which may be beyond the PT_LOAD's.
    fn check_relro(&mut self) {
        let &Elf64ProgramHeader { vaddr, memsz, .. } = self.header;
        let holds = memsz == 0
            || self.image.load_at(vaddr, 1).is_some_and(|load| {
                let load_end = page_end(load.end).unwrap_or(u64::MAX);
                let end = vaddr.checked_add(memsz);
                load.flags.contains(SegmentFlags::WRITE) && end.is_some_and(|end| end <= load_end)
            });
        if !holds {
            let expected = format_args!("an address with {memsz:#x} bytes in a PT_LOAD with PF_W");
            self.warn(Kind::RelroOutsideLoad, PhField::Vaddr, expected, vaddr);
        }
    }
}
