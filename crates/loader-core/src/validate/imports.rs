//! What a file takes from others.

use super::dynamic::{self, Dynamic, Tag};
use super::foreign::Signs;
use super::image::Image;
use super::linking::Linking;
use super::reader::{FileRange, Reader};
use super::relocations::{Rel, Rela};
use super::report::Findings;
use super::symbols::{SYMBOL_SIZE, Symbol};
use crate::elf_parse::Elf64Headers;
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
    let image = Image::new(headers, file_size);
    let mut reader = Reader::new(file, file_size);
    let mut findings = Findings::default();
    let (reader, findings, signs) = (&mut reader, &mut findings, &mut Signs::default());
    let mut linking = Linking { image: &image, reader, findings, signs };
    let Some(dynamic) = dynamic::read(headers, file_size, &mut linking) else {
        return BTreeSet::new();
    };
    let symbols = relocated_symbols(&dynamic, &mut linking);
    let names = undefined(&dynamic, &symbols, &mut linking);
    names.into_iter().filter_map(|at| name(&dynamic, at, &mut linking)).collect()
}

/// The symbols that relocations refer to, by their place in the symbol table.
fn relocated_symbols<V: ReadVmo + ?Sized>(
    dynamic: &Dynamic,
    linking: &mut Linking<'_, '_, V>,
) -> BTreeSet<u64> {
    let has_addends = dynamic.get(Tag::PLTREL).is_some_and(|kind| kind.value == Tag::RELA.number());
    let mut symbols = BTreeSet::new();
    for (address, size, addends) in [
        (Tag::REL, Tag::RELSZ, false),
        (Tag::RELA, Tag::RELASZ, true),
        (Tag::JMPREL, Tag::PLTRELSZ, has_addends),
    ] {
        let Some(range) = linking.table(dynamic, address, size, None, 1) else { continue };
        let mut note = |info: u64| {
            symbols.insert(info >> 32);
            ControlFlow::Continue(())
        };
        // Whatever cannot be read imports nothing.
        let _ = match addends {
            true => linking.reader.each(range, |_, entry: Rela| note(entry.info.get())),
            false => linking.reader.each(range, |_, entry: Rel| note(entry.info.get())),
        };
    }
    symbols
}

/// Where in the string table the names of those symbols are that others define.
fn undefined<V: ReadVmo + ?Sized>(
    dynamic: &Dynamic,
    symbols: &BTreeSet<u64>,
    linking: &mut Linking<'_, '_, V>,
) -> BTreeSet<u64> {
    let Some(table) = dynamic.get(Tag::SYMTAB) else { return BTreeSet::new() };
    let mut names = BTreeSet::new();
    for index in symbols.iter().filter(|index| **index != 0) {
        let address = index.checked_mul(SYMBOL_SIZE).and_then(|at| table.value.checked_add(at));
        let place = address.and_then(|address| linking.image.data_at(address, SYMBOL_SIZE));
        let Some(FileRange { offset, .. }) = place else { continue };
        let Ok(symbol) = linking.reader.read::<Symbol>(offset) else { break };
        if symbol.is_undefined() && !symbol.is_weak() {
            names.insert(symbol.name.get().into());
        }
    }
    names
}

/// The name at an offset of the string table.
fn name<V: ReadVmo + ?Sized>(
    dynamic: &Dynamic,
    at: u64,
    linking: &mut Linking<'_, '_, V>,
) -> Option<String> {
    let address = dynamic.get(Tag::STRTAB)?.value.checked_add(at)?;
    let data = linking.image.data_from(address)?;
    let range = FileRange { size: data.size.min(MAX_NAME + 1), ..data };
    let (mut name, mut ended) = (Vec::new(), false);
    let read = linking.reader.each(range, |_, byte: u8| match byte {
        0 => {
            ended = true;
            ControlFlow::Break(())
        }
        byte => {
            name.push(byte);
            ControlFlow::Continue(())
        }
    });
    read.ok().filter(|()| ended)?;
    String::from_utf8(name).ok()
}
