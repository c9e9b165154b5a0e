//! The symbol table.

use super::dynamic::{Dynamic, Tag};
use super::linking::Linking;
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

/// How many symbols there are.
#[derive(Debug)]
pub(super) struct SymbolTable {
    /// Relocations may refer to symbols below this. None if there is no table to judge them by.
    pub limit: Option<u64>,
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
            return Self { limit: None };
        };
        linking.entry_size(dynamic, Tag::SYMENT, table, SYMBOL_SIZE);
        let Some(count) = count else {
            let rest = linking.data_at(table, 0).and_then(|_| linking.image.data_from(table.value));
            return Self { limit: rest.map(|rest| rest.size / SYMBOL_SIZE) };
        };
        let Some(range) = linking.data_at(table, count.saturating_mul(SYMBOL_SIZE)) else {
            return Self { limit: None };
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
        Self { limit: Some(count) }
    }
}
