//! The dynamic linker's name: PT_INTERP.

use crate::elf_parse::Elf64ProgramHeader;
use crate::seam::ReadVmo;
use core::str;
use zx_abi::{PAGE_SIZE, Status};

/// The longest name that `fuchsia.ldsvc.Loader` takes, in bytes.
pub const MAX_OBJECT_NAME: u64 = 1024;

/// The longest name of a directory's entry, in bytes.
const MAX_ENTRY_NAME: usize = 255;

/// Why a PT_INTERP names no dynamic linker. Texts are upstream's, except for `TooLong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpError {
    /// The VMO could not be read; the kernel's status.
    #[error("Failed to read from VMO: {0}")]
    Read(Status),
    /// The last byte is not NUL, or there is none.
    #[error("Invalid PT_INTERP header: Missing null terminator")]
    MissingNul,
    /// The name is not UTF-8.
    #[error("Invalid PT_INTERP header: Invalid UTF8")]
    InvalidUtf8 {
        /// Bytes of the name that are.
        valid_up_to: u64,
    },
    /// `fuchsia.ldsvc.Loader` cannot be asked for a name of more than [`MAX_OBJECT_NAME`] bytes.
    #[error(
        "Failed to load dynamic linker from fuchsia.ldsvc.Loader: \
         objectName is longer than {MAX_OBJECT_NAME} bytes"
    )]
    TooLong {
        /// Bytes in the name.
        length: u64,
    },
}

impl InterpError {
    /// The status: the kernel's for a failed read; `NOT_FOUND` if the loader cannot be asked;
    /// else `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::Read(status) => *status,
            Self::MissingNul | Self::InvalidUtf8 { .. } => Status::INVALID_ARGS,
            Self::TooLong { .. } => Status::NOT_FOUND,
        }
    }
}

/// Reads the name in the PT_INTERP segment `header` of the file in `vmo`. It may be empty, and may
/// hold NULs before its last byte. However long it is, no more than a page of it is in memory.
///
/// # Errors
///
/// [`InterpError::Read`], then [`InterpError::MissingNul`], then [`InterpError::InvalidUtf8`], then
/// [`InterpError::TooLong`].
pub fn interpreter_name<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<String, InterpError> {
    let InterpSegment { name, faults } = read_segment(vmo, header).map_err(InterpError::Read)?;
    faults.into_iter().next().map_or(Ok(name), Err)
}

/// Whether a loader service can have an object of this name: a path below a directory, which
/// nothing leads out of.
pub fn is_object_name(name: &str) -> bool {
    name.split('/').all(|part| {
        let is_entry = !matches!(part, "" | "." | "..") && !part.contains('\0');
        is_entry && part.len() <= MAX_ENTRY_NAME
    })
}

/// What a PT_INTERP segment holds.
pub(crate) struct InterpSegment {
    /// The name, if there is no fault.
    pub name: String,
    /// All that is wrong with it, in the order in which upstream looks.
    pub faults: Vec<InterpError>,
}

/// Reads all of the PT_INTERP segment `header`. Fails if a part of it is not there.
pub(crate) fn read_segment<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<InterpSegment, Status> {
    let &Elf64ProgramHeader { offset, filesz, .. } = header;
    let mut faults = Vec::new();
    let mut last = [0xff];
    if let Some(before) = filesz.checked_sub(1) {
        let at = offset.checked_add(before).ok_or(Status::OUT_OF_RANGE)?;
        vmo.read(at, &mut last)?;
    }
    let terminated = last == [0];
    if !terminated {
        faults.push(InterpError::MissingNul);
    }
    let length = filesz - u64::from(terminated);
    let (name, valid_up_to) = read_text(vmo, offset, length)?;
    if valid_up_to < length {
        faults.push(InterpError::InvalidUtf8 { valid_up_to });
    }
    if length > MAX_OBJECT_NAME {
        faults.push(InterpError::TooLong { length });
    }
    Ok(InterpSegment { name, faults })
}

/// The first page of a text of `length` bytes, as far as it is UTF-8, and how many bytes of the
/// whole are.
fn read_text<V: ReadVmo + ?Sized>(
    vmo: &V,
    offset: u64,
    length: u64,
) -> Result<(String, u64), Status> {
    let mut text = String::new();
    let mut page = vec![0; length.min(PAGE_SIZE) as usize];
    let mut at = 0;
    while at < length {
        let size = (length - at).min(PAGE_SIZE);
        let bytes = &mut page[..size as usize];
        vmo.read(offset + at, bytes)?;
        let (valid, bad) = match str::from_utf8(bytes) {
            Ok(valid) => (valid, false),
            Err(error) => {
                // A page may end within a character, which the next one begins with then.
                let cut = error.error_len().is_none() && at + size < length;
                let valid = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                (valid, !cut)
            }
        };
        if at == 0 {
            text.push_str(valid);
        }
        at += valid.len() as u64;
        if bad {
            break;
        }
    }
    Ok((text, at))
}
