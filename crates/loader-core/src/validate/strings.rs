//! The string table.

use super::dynamic::{Dynamic, Tag};
use super::kind::FindingKind as Kind;
use super::linking::Linking;
use super::reader::{FileRange, Reader};
use super::report::{Field, Findings};
use crate::seam::ReadVmo;
use zx_abi::PAGE_SIZE;

/// Bytes of a name that are looked at, at most.
const MAX_SHOWN: u64 = 64;

/// Where names can be.
#[derive(Debug)]
pub(super) struct StringTable {
    /// The table up to its last NUL: every name that begins in there ends in there. None if there
    /// is no table to judge names by.
    names: Option<FileRange>,
}

impl StringTable {
    pub fn read<V: ReadVmo + ?Sized>(dynamic: &Dynamic, linking: &mut Linking<'_, '_, V>) -> Self {
        let range = dynamic
            .expect(Tag::STRTAB, None, linking.findings)
            .zip(dynamic.expect(Tag::STRSZ, None, linking.findings))
            .and_then(|(address, size)| linking.data_at(address, size.value));
        let names = range.and_then(|range| {
            let size = names_end(range, linking)?;
            Some(FileRange { size, ..range })
        });
        Self { names }
    }

    /// Checks an offset in the table.
    pub fn check(&self, field: Field, offset: u64, findings: &mut Findings) {
        if let Some(FileRange { size: end, .. }) = self.names.filter(|names| offset >= names.size) {
            let expected = format_args!("below {end:#x}, with a NUL to follow");
            let actual = format_args!("{offset:#x}");
            findings.warn(Kind::StringOutsideTable, field, expected, actual);
        }
    }

    /// The name at an offset, or as much of it as is looked at. None where there is none.
    pub fn name<V: ReadVmo + ?Sized>(
        &self,
        offset: u64,
        reader: &mut Reader<'_, V>,
    ) -> Option<String> {
        let rest = self.names?.after(offset);
        let mut bytes = Vec::new();
        for at in 0..rest.size.min(MAX_SHOWN) {
            match reader.read(rest.offset + at).ok()? {
                0 => break,
                byte => bytes.push(byte),
            }
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The offset after the last NUL of a table. It should be the end; if not, it is looked for page
/// by page from there.
fn names_end<V: ReadVmo + ?Sized>(
    range: FileRange,
    linking: &mut Linking<'_, '_, V>,
) -> Option<u64> {
    let mut end = range.size;
    while end > 0 {
        let start = (end - 1) / PAGE_SIZE * PAGE_SIZE;
        let mut found = None;
        for at in start..end {
            match linking.reader.read::<u8>(range.offset + at) {
                Ok(0) => found = Some(at + 1),
                Ok(_) => {}
                Err(fault) => {
                    let field = Field { offset: range.offset, name: Tag::STRTAB.name() };
                    linking.findings.unread(field, fault);
                    return None;
                }
            }
        }
        end = found.unwrap_or(start);
        if found.is_some() {
            break;
        }
    }
    if end < range.size {
        let last = range.offset + range.size - 1;
        let field = Field { offset: last, name: Tag::STRTAB.name() };
        let actual = format_args!("the last NUL before {end:#x} of {:#x}", range.size);
        linking.findings.warn(Kind::StringsUnterminated, field, format_args!("00"), actual);
    }
    Some(end)
}
