//! What only a dynamic linker looks at: the tables that the dynamic section names.

use super::dynamic::{Dynamic, Entry, Tag};
use super::foreign::Signs;
use super::image::Image;
use super::kind::FindingKind as Kind;
use super::reader::{FileRange, Reader};
use super::report::Findings;
use super::strings::StringTable;
use super::symbols::SymbolTable;
use super::{dynamic, hash, relocations};
use crate::elf_parse::Elf64Headers;
use crate::seam::ReadVmo;

/// What checks of tables need.
pub(super) struct Linking<'a, 'f, V: ?Sized> {
    pub image: &'a Image,
    pub reader: &'a mut Reader<'f, V>,
    pub findings: &'a mut Findings,
    pub signs: &'a mut Signs,
}

/// Checks the dynamic section and all that it leads to.
pub(super) fn check<V: ReadVmo + ?Sized>(
    headers: &Elf64Headers,
    file_size: u64,
    linking: &mut Linking<'_, '_, V>,
) {
    let Some(dynamic) = dynamic::read(headers, file_size, linking) else { return };
    let strings = StringTable::read(&dynamic, linking);
    for name in &dynamic.names {
        strings.check(name.field, name.value, linking.findings);
        if [Tag::NEEDED.name(), Tag::SONAME.name()].contains(&name.field.name)
            && let Some(library) = strings.name(name.value, linking.reader)
        {
            linking.signs.check_library(name.field, &library, linking.findings);
        }
    }
    let count = hash::check(&dynamic, linking);
    let symbols = SymbolTable::read(&dynamic, count, &strings, linking);
    relocations::check(headers, &dynamic, &symbols, linking);
    for (array, size) in [
        (Tag::PREINIT_ARRAY, Tag::PREINIT_ARRAYSZ),
        (Tag::INIT_ARRAY, Tag::INIT_ARRAYSZ),
        (Tag::FINI_ARRAY, Tag::FINI_ARRAYSZ),
    ] {
        linking.table(&dynamic, array, size, None, 8);
    }
}

impl<V: ReadVmo + ?Sized> Linking<'_, '_, V> {
    /// The table whose address, size in bytes and entry size have these tags; none if there is no
    /// such table or it is empty. `size` is how large entries are.
    pub fn table(
        &mut self,
        dynamic: &Dynamic,
        address: Tag,
        bytes: Tag,
        entry_size: Option<Tag>,
        size: u64,
    ) -> Option<FileRange> {
        let address = dynamic.get(address)?;
        if let Some(tag) = entry_size {
            self.entry_size(dynamic, tag, address, size);
        }
        let bytes = dynamic.expect(bytes, Some(address), self.findings)?;
        if !bytes.value.is_multiple_of(size) {
            let expected = format_args!("a multiple of {size}");
            let actual = format_args!("{:#x}", bytes.value);
            self.findings.warn(Kind::TableSize, bytes.field, expected, actual);
        }
        self.data_at(address, bytes.value).filter(|data| data.size > 0)
    }

    /// Compares what the file says of a table's entries with their size.
    pub fn entry_size(&mut self, dynamic: &Dynamic, tag: Tag, table: Entry, size: u64) {
        let entry = dynamic.expect(tag, Some(table), self.findings);
        if let Some(entry) = entry.filter(|entry| entry.value != size) {
            let (expected, actual) = (format_args!("{size}"), format_args!("{}", entry.value));
            self.findings.warn(Kind::TableEntrySize, entry.field, expected, actual);
        }
    }

    /// Where the `size` bytes are in the file that `entry` has the address of.
    pub fn data_at(&mut self, entry: Entry, size: u64) -> Option<FileRange> {
        let data = self.image.data_at(entry.value, size);
        if data.is_none() {
            let expected =
                format_args!("an address with {size:#x} bytes in the file data of a PT_LOAD");
            let actual = format_args!("{:#x}", entry.value);
            self.findings.warn(Kind::TableOutsideLoad, entry.field, expected, actual);
        }
        data
    }
}
