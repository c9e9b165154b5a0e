//! The symbol table.

use super::dynamic::{Dynamic, Tag};
use super::linking::Linking;
use super::reader::{FileRange, ReadFault, Reader};
use super::report::Field;
use super::strings::StringTable;
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use zerocopy::FromBytes;
use zerocopy::little_endian::{U16, U32, U64};

/// `Elf64_Sym`
#[derive(FromBytes)]
#[repr(C)]
pub(super) struct Symbol {
    pub name: U32,
    info: u8,
    other: u8,
    section: U16,
    value: U64,
    size: U64,
}

pub(super) const SYMBOL_SIZE: u64 = size_of::<Symbol>() as u64;

impl Symbol {
    /// Another file defines it.
    pub fn is_undefined(&self) -> bool {
        self.section.get() == 0
    }

    /// It may stay undefined (`STB_WEAK`).
    pub fn is_weak(&self) -> bool {
        self.info >> 4 == 2
    }
}

/// Where symbols can be.
#[derive(Debug)]
pub(super) struct SymbolTable {
    /// The table in the file: relocations may refer to what is in it. None if there is no table to
    /// judge them by.
    table: Option<FileRange>,
}

impl SymbolTable {
    /// The table has no size of its own: `count` is what a hash table says. Without one, symbols
    /// can be to the end of the segment's data, and their names are not checked.
    pub fn read<V: ReadVmo + ?Sized>(
        dynamic: &Dynamic,
        count: Option<u64>,
        strings: &StringTable,
        linking: &mut Linking<'_, '_, V>,
    ) -> Self {
        let Some(table) = dynamic.expect(Tag::SYMTAB, None, linking.findings) else {
            return Self { table: None };
        };
        linking.entry_size(dynamic, Tag::SYMENT, table, SYMBOL_SIZE);
        let Some(count) = count else {
            let rest = linking.data_at(table, 0).and_then(|_| linking.image.data_from(table.value));
            return Self { table: rest };
        };
        let Some(range) = linking.data_at(table, count.saturating_mul(SYMBOL_SIZE)) else {
            return Self { table: None };
        };
        let findings = &mut *linking.findings;
        let read = linking.reader.each(range, |offset, symbol: Symbol| {
            let field = Field { offset, name: "st_name" };
            strings.check(field, symbol.name.get().into(), findings);
            ControlFlow::Continue(())
        });
        if let Err(fault) = read {
            findings.unread(table.field, fault);
        }
        Self { table: Some(range) }
    }

    /// How many symbols there are. None if there is no table.
    pub fn count(&self) -> Option<u64> {
        self.table.map(|table| table.size / SYMBOL_SIZE)
    }

    /// How many bytes the symbol at an index has. None if there is no such symbol.
    pub fn size_of<V: ReadVmo + ?Sized>(
        &self,
        index: u64,
        reader: &mut Reader<'_, V>,
    ) -> Result<Option<u64>, ReadFault> {
        let Some(table) = self.table.filter(|table| index < table.size / SYMBOL_SIZE) else {
            return Ok(None);
        };
        let symbol: Symbol = reader.read(table.offset + index * SYMBOL_SIZE)?;
        Ok(Some(symbol.size.get()))
    }
}
