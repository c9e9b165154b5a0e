//! What a Go program says of its build: the only thing in a static one that names its system.

use super::image::Image;
use super::reader::{FileRange, Reader};
use super::report::Field;
use crate::elf_parse::SegmentFlags;
use crate::seam::ReadVmo;
use core::ops::ControlFlow;

/// What the information begins with, at a multiple of 16.
const MAGIC: &[u8; 14] = b"\xff Go buildinf:";
/// Bytes in what it begins with; the last but 16 has [`INLINE`] if strings follow.
const HEADER_SIZE: u64 = 32;
const INLINE: u8 = 2;
/// Bytes of writable data in which readers look for it, and of its text that are looked at here.
const MAX_SIZE: u64 = 64 << 10;
/// How the line begins that names the system.
const SYSTEM: &[u8] = b"build\tGOOS=";

/// The system that the information names, and where its line is.
pub(super) fn system<V: ReadVmo + ?Sized>(
    image: &Image,
    reader: &mut Reader<'_, V>,
) -> Option<(Field, String)> {
    let info = image.loads().find_map(|load| {
        let data = FileRange { size: load.data.size.min(MAX_SIZE), ..load.data };
        let is_writable = load.flags.contains(SegmentFlags::WRITE);
        if is_writable { find(data, reader) } else { None }
    })?;
    // The version of Go, then all else line by line.
    let (length, version) = read_length(info, reader)?;
    let (length, text) = read_length(version.checked_add(length)?, reader)?;
    let mut line = Vec::new();
    for at in text..text.checked_add(length.min(MAX_SIZE))? {
        match reader.read(at).ok()? {
            b'\n' if line.starts_with(SYSTEM) => {
                let field = Field { offset: at - line.len() as u64, name: ".go.buildinfo" };
                let system = String::from_utf8_lossy(&line[SYSTEM.len()..]);
                return Some((field, system.into_owned()));
            }
            b'\n' => line.clear(),
            byte => line.push(byte),
        }
    }
    None
}

/// Where strings begin, if the information is here and has them.
fn find<V: ReadVmo + ?Sized>(data: FileRange, reader: &mut Reader<'_, V>) -> Option<u64> {
    let mut found = None;
    let read = reader.each(data, |at, header: [u8; 16]| {
        if !header.starts_with(MAGIC) {
            return ControlFlow::Continue(());
        }
        found = (header[15] & INLINE != 0).then_some(at + HEADER_SIZE);
        ControlFlow::Break(())
    });
    read.ok().and(found)
}

/// A length in 7 bits a byte, lowest first, and where it ends.
fn read_length<V: ReadVmo + ?Sized>(at: u64, reader: &mut Reader<'_, V>) -> Option<(u64, u64)> {
    let mut length = 0;
    for index in 0..5 {
        let byte: u8 = reader.read(at.checked_add(index)?).ok()?;
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((length, at + index + 1));
        }
    }
    None
}
