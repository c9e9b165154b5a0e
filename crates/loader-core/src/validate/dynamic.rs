//! The dynamic section, read as a dynamic linker does: up to DT_NULL, the last of a tag counts.

use super::headers::{PhField, ph_field};
use super::image::Image;
use super::kind::FindingKind as Kind;
use super::linking::Linking;
use super::reader::FileRange;
use super::report::{Field, Findings};
use crate::elf_parse::{Elf64Headers, Elf64ProgramHeader, MAX_DYNAMIC_ENTRIES, SegmentType};
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use std::collections::BTreeMap;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

/// Declares the tags that are looked at.
macro_rules! tags {
    ($($name:ident = $number:literal,)*) => {
        /// A tag of the dynamic section.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(
            non_camel_case_types,
            clippy::upper_case_acronyms,
            reason = "the specification's names"
        )]
        pub(super) enum Tag { $($name,)* }

        impl Tag {
            const fn from_raw(raw: u64) -> Option<Self> {
                match raw { $($number => Some(Self::$name),)* _ => None }
            }

            /// The tag's number.
            pub const fn number(self) -> u64 {
                match self { $(Self::$name => $number,)* }
            }

            /// The tag's name in the ELF specification.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => concat!("DT_", stringify!($name)),)* }
            }
        }
    };
}

tags! {
    NEEDED = 1,
    PLTRELSZ = 2,
    HASH = 4,
    STRTAB = 5,
    SYMTAB = 6,
    RELA = 7,
    RELASZ = 8,
    RELAENT = 9,
    STRSZ = 10,
    SYMENT = 11,
    SONAME = 14,
    RPATH = 15,
    REL = 17,
    RELSZ = 18,
    RELENT = 19,
    PLTREL = 20,
    JMPREL = 23,
    INIT_ARRAY = 25,
    FINI_ARRAY = 26,
    INIT_ARRAYSZ = 27,
    FINI_ARRAYSZ = 28,
    RUNPATH = 29,
    PREINIT_ARRAY = 32,
    PREINIT_ARRAYSZ = 33,
    RELRSZ = 35,
    RELR = 36,
    RELRENT = 37,
    GNU_HASH = 0x6fff_fef5,
}

/// `Elf64_Dyn`
#[derive(FromBytes)]
#[repr(C)]
struct Dyn {
    tag: U64,
    value: U64,
}

const DYN_SIZE: u64 = size_of::<Dyn>() as u64;

/// A value of the dynamic section and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub field: Field,
    pub value: u64,
}

/// What the dynamic section says.
#[derive(Debug)]
pub(super) struct Dynamic {
    /// Where PT_DYNAMIC begins.
    section: Field,
    entries: BTreeMap<Tag, Entry>,
    /// The entries that are offsets in the string table.
    pub names: Vec<Entry>,
}

impl Dynamic {
    /// The entry with a tag.
    pub fn get(&self, tag: Tag) -> Option<Entry> {
        self.entries.get(&tag).copied()
    }

    /// The entry with a tag, which `why` makes necessary.
    pub fn expect(&self, tag: Tag, why: Option<Entry>, findings: &mut Findings) -> Option<Entry> {
        let entry = self.get(tag);
        if entry.is_none() {
            let field = why.map_or(self.section, |entry| entry.field);
            let (expected, actual) = (format_args!("{} too", tag.name()), format_args!("none"));
            findings.warn(Kind::DynamicMissingEntry, field, expected, actual);
        }
        entry
    }
}

/// Reads the first PT_DYNAMIC.
pub(super) fn read<V: ReadVmo + ?Sized>(
    headers: &Elf64Headers,
    file_size: u64,
    linking: &mut Linking<'_, '_, V>,
) -> Option<Dynamic> {
    let mut found = headers
        .program_headers()
        .iter()
        .enumerate()
        .filter(|(_, header)| header.segment_type() == Ok(SegmentType::Dynamic));
    let (index, header) = found.next()?;
    if let Some((second, _)) = found.next() {
        let field = ph_field(headers, second, PhField::Type);
        let actual = format_args!("{}", 2 + found.count());
        linking.findings.warn(Kind::MultipleDynamic, field, format_args!("one PT_DYNAMIC"), actual);
    }
    check_place(headers, index, header, linking.image, linking.findings);

    let section = Field { offset: header.offset, name: "PT_DYNAMIC" };
    let mut dynamic = Dynamic { section, entries: BTreeMap::new(), names: Vec::new() };
    let range = FileRange::clamped(header.offset, header.filesz, file_size);
    let most = MAX_DYNAMIC_ENTRIES * DYN_SIZE;
    let capped = FileRange { size: range.size.min(most), ..range };
    let mut terminated = false;
    let findings = &mut *linking.findings;
    let read = linking.reader.each(capped, |at, Dyn { tag, value }| {
        if tag.get() == 0 {
            terminated = true;
            return ControlFlow::Break(());
        }
        dynamic.add(at, tag.get(), value.get(), findings);
        ControlFlow::Continue(())
    });
    let size_field = ph_field(headers, index, PhField::Filesz);
    if let Err(fault) = read {
        findings.unread(section, fault);
    } else if !terminated && range.size > most {
        let expected = format_args!("at most {MAX_DYNAMIC_ENTRIES} entries");
        let actual = format_args!("{}", header.filesz / DYN_SIZE);
        findings.warn(Kind::DynamicTooLong, size_field, expected, actual);
    } else if !terminated {
        let expected = format_args!("a DT_NULL (0) in it");
        let actual = format_args!("{:#x}", header.filesz);
        findings.warn(Kind::DynamicUnterminated, size_field, expected, actual);
    }
    Some(dynamic)
}

impl Dynamic {
    fn add(&mut self, at: u64, tag: u64, value: u64, findings: &mut Findings) {
        let Some(tag) = Tag::from_raw(tag) else { return };
        let entry = Entry { field: Field { offset: at + 8, name: tag.name() }, value };
        if matches!(tag, Tag::NEEDED | Tag::SONAME | Tag::RPATH | Tag::RUNPATH) {
            self.names.push(entry);
        }
        let earlier = self.entries.insert(tag, entry);
        if let Some(earlier) = earlier.filter(|_| tag != Tag::NEEDED) {
            let expected = format_args!("once; first {:#x}", earlier.value);
            let actual = format_args!("{value:#x}");
            findings.warn(Kind::DynamicDuplicateEntry, entry.field, expected, actual);
        }
    }
}

/// The linker reads it in memory, this crate in the file: that has to be the same.
fn check_place(
    headers: &Elf64Headers,
    index: usize,
    header: &Elf64ProgramHeader,
    image: &Image,
    findings: &mut Findings,
) {
    let &Elf64ProgramHeader { offset, vaddr, memsz, .. } = header;
    let in_memory = image.load_at(vaddr, memsz).is_some();
    let in_file = image.data_from(vaddr).is_some_and(|data| data.offset == offset);
    if !in_memory || !in_file {
        findings.warn(
            Kind::DynamicOutsideLoad,
            ph_field(headers, index, PhField::Vaddr),
            format_args!("the address of file offset {offset:#x} in a PT_LOAD"),
            format_args!("{vaddr:#x}"),
        );
    }
    if !vaddr.is_multiple_of(8) {
        let expected = format_args!("a multiple of 8");
        let field = ph_field(headers, index, PhField::Vaddr);
        findings.warn(Kind::DynamicAlignment, field, expected, format_args!("{vaddr:#x}"));
    }
}
