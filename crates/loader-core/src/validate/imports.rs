//! What a file takes from others.

use super::dynamic::Tag;
use super::image::Image;
use super::reader::{FileRange, Reader};
use super::relocations::{Rel, Rela};
use super::symbols::{SYMBOL_SIZE, Symbol};
use crate::elf_parse::{Elf64DynSection, Elf64Headers};
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use std::collections::BTreeSet;

/// The longest name that is looked at, in bytes.
const MAX_NAME: u64 = 256;

/// The names that the relocations of `file` take from other files, weak ones left out: what a
/// dynamic linker has to find. `headers` are the file's, `file_size` is its size in bytes.
///
/// Tables that are damaged are read as far as they make sense, within the bounds of
/// [`validate`](super::validate). Names of more than 256 bytes and such as are no UTF-8 are left
/// out.
pub fn imported_names<V: ReadVmo + ?Sized>(
    file: &V,
    file_size: u64,
    headers: &Elf64Headers,
) -> BTreeSet<String> {
    let Ok(dynamic) = Elf64DynSection::with_headers(file, headers) else { return BTreeSet::new() };
    let relocations = [Tag::REL, Tag::RELA, Tag::JMPREL];
    if relocations.iter().all(|tag| dynamic.dynamic_entry_with_tag(tag.number()).is_none()) {
        return BTreeSet::new();
    }
    let image = Image::new(headers, file_size);
    let mut tables = Tables { dynamic, image, reader: Reader::new(file, file_size) };
    let symbols = tables.relocated_symbols();
    let names = tables.undefined(&symbols);
    names.into_iter().filter_map(|at| tables.name(at)).collect()
}

/// The tables that the dynamic section names.
struct Tables<'a, V: ?Sized> {
    dynamic: Elf64DynSection,
    image: Image,
    reader: Reader<'a, V>,
}

impl<V: ReadVmo + ?Sized> Tables<'_, V> {
    fn value(&self, tag: Tag) -> Option<u64> {
        self.dynamic.dynamic_entry_with_tag(tag.number()).map(|entry| entry.value)
    }

    /// The symbols that relocations refer to, by their place in the symbol table.
    fn relocated_symbols(&mut self) -> BTreeSet<u64> {
        let has_addends = self.value(Tag::PLTREL) == Some(Tag::RELA.number());
        let mut symbols = BTreeSet::new();
        for (address, size, addends) in [
            (Tag::REL, Tag::RELSZ, false),
            (Tag::RELA, Tag::RELASZ, true),
            (Tag::JMPREL, Tag::PLTRELSZ, has_addends),
        ] {
            let place = self.value(address).zip(self.value(size));
            let range = place.and_then(|(address, size)| self.image.data_at(address, size));
            let Some(range) = range else { continue };
            let mut note = |info: u64| {
                symbols.insert(info >> 32);
                ControlFlow::Continue(())
            };
            // Whatever cannot be read imports nothing.
            let _ = match addends {
                true => self.reader.each(range, |_, entry: Rela| note(entry.info.get())),
                false => self.reader.each(range, |_, entry: Rel| note(entry.info.get())),
            };
        }
        symbols
    }

    /// Where in the string table the names of those symbols are that others define.
    fn undefined(&mut self, symbols: &BTreeSet<u64>) -> BTreeSet<u64> {
        let Some(table) = self.value(Tag::SYMTAB) else { return BTreeSet::new() };
        let mut names = BTreeSet::new();
        for index in symbols.iter().filter(|index| **index != 0) {
            let address = index.checked_mul(SYMBOL_SIZE).and_then(|at| table.checked_add(at));
            let place = address.and_then(|address| self.image.data_at(address, SYMBOL_SIZE));
            let Some(FileRange { offset, .. }) = place else { continue };
            let Ok(symbol) = self.reader.read::<Symbol>(offset) else { break };
            if symbol.is_undefined() && !symbol.is_weak() {
                names.insert(symbol.name.get().into());
            }
        }
        names
    }

    /// The name at an offset of the string table.
    fn name(&mut self, at: u64) -> Option<String> {
        let address = self.value(Tag::STRTAB)?.checked_add(at)?;
        let data = self.image.data_from(address)?;
        let range = FileRange { size: data.size.min(MAX_NAME + 1), ..data };
        let (mut name, mut ended) = (Vec::new(), false);
        let read = self.reader.each(range, |_, byte: u8| {
            ended = byte == 0;
            if ended {
                return ControlFlow::Break(());
            }
            name.push(byte);
            ControlFlow::Continue(())
        });
        read.ok().filter(|()| ended)?;
        String::from_utf8(name).ok()
    }
}
