//! Notes.

use super::foreign::{Note, Signs};
use super::headers::{PhField, ph_field};
use super::kind::FindingKind as Kind;
use super::reader::{FileRange, ReadFault, Reader};
use super::report::{Field, Findings};
use crate::elf_parse::Elf64Headers;
use crate::seam::ReadVmo;
use goblin::elf::program_header::PT_NOTE;
use zerocopy::FromBytes;
use zerocopy::little_endian::U32;

/// `Elf64_Nhdr`
#[derive(FromBytes)]
#[repr(C)]
struct NoteHeader {
    namesz: U32,
    descsz: U32,
    note_type: U32,
}

const HEADER_SIZE: u64 = size_of::<NoteHeader>() as u64;
/// What names and descriptors are aligned to: Fuchsia's readers go by 4 whatever p_align says.
const ALIGN: u64 = 4;
/// Bytes in the longest name of a note that means something here.
const MAX_NAME: u64 = 16;

/// Walks every PT_NOTE from note to note.
pub(super) fn check<V: ReadVmo + ?Sized>(
    headers: &Elf64Headers,
    reader: &mut Reader<'_, V>,
    file_size: u64,
    findings: &mut Findings,
    signs: &mut Signs,
) {
    for (index, header) in headers.program_headers().iter().enumerate() {
        if header.segment_type != PT_NOTE {
            continue;
        }
        let range = FileRange::clamped(header.offset, header.filesz, file_size);
        if let Err(fault) = walk(range, reader, findings, signs) {
            findings.unread(ph_field(headers, index, PhField::Offset), fault);
            break;
        }
    }
}

/// Sizes have 32 bits, so that no sum of them wraps in 64.
fn walk<V: ReadVmo + ?Sized>(
    mut range: FileRange,
    reader: &mut Reader<'_, V>,
    findings: &mut Findings,
    signs: &mut Signs,
) -> Result<(), ReadFault> {
    while range.size > 0 {
        let field = |at, name| Field { offset: range.offset + at, name };
        if range.size < HEADER_SIZE {
            let expected = format_args!("{HEADER_SIZE:#x} bytes in the segment");
            let actual = format_args!("{:#x}", range.size);
            findings.warn(Kind::NoteOverrun, field(0, "n_namesz"), expected, actual);
            break;
        }
        let note: NoteHeader = reader.read(range.offset)?;
        let (namesz, descsz) = (u64::from(note.namesz.get()), u64::from(note.descsz.get()));
        let room = range.size - HEADER_SIZE;
        let name_end = HEADER_SIZE + namesz;
        let desc_at = name_end.next_multiple_of(ALIGN);
        let desc_end = desc_at + descsz;
        let expected = format_args!("an end within the {room:#x} bytes left");
        if name_end > range.size {
            let actual = format_args!("{namesz:#x}");
            findings.warn(Kind::NoteOverrun, field(0, "n_namesz"), expected, actual);
            break;
        }
        if descsz > 0 && desc_end > range.size {
            let actual = format_args!("{descsz:#x}");
            findings.warn(Kind::NoteOverrun, field(4, "n_descsz"), expected, actual);
            break;
        }
        if namesz <= MAX_NAME {
            let name_at = range.offset + HEADER_SIZE;
            let name = (0..namesz).map(|at| reader.read(name_at + at)).collect::<Result<_, _>>()?;
            let note = Note {
                name,
                note_type: note.note_type.get(),
                field: field(HEADER_SIZE, "n_name"),
                descriptor: FileRange { size: descsz, ..range.after(desc_at) },
            };
            signs.check_note(&note, reader, findings)?;
        }
        range = range.after(desc_end.next_multiple_of(ALIGN));
    }
    Ok(())
}
