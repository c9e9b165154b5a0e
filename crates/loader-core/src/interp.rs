//! The dynamic linker's name: PT_INTERP.

use crate::elf_parse::Elf64ProgramHeader;
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use core::str::Utf8Error;
use zx_abi::Status;

/// The longest name that `fuchsia.ldsvc.Loader` takes, in bytes.
pub const MAX_OBJECT_NAME: usize = 1024;

/// The longest PT_INTERP that is read whole, in bytes with its NUL.
///
/// Upstream allocates whatever the header says. A longer name is too long in any case, and only
/// its last byte is looked at: whether the rest is UTF-8 nobody asks.
pub const MAX_INTERP_SIZE: u64 = 1 << 20;

/// Why a PT_INTERP names no dynamic linker. Texts are upstream's, except for `TooLong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpError {
    /// The VMO could not be read; the kernel's status.
    #[error("Failed to read from VMO: {0}")]
    Read(Status),
    /// The loader service cannot be asked for a name of more than [`MAX_OBJECT_NAME`] bytes.
    #[error(
        "Failed to load dynamic linker from fuchsia.ldsvc.Loader: objectName is longer than {MAX_OBJECT_NAME} bytes"
    )]
    TooLong {
        /// Bytes in the name, without its NUL.
        length: u64,
    },
    /// The last byte is not NUL, or there is none.
    #[error("Invalid PT_INTERP header: Missing null terminator")]
    MissingNul,
    /// The name is not UTF-8.
    #[error("Invalid PT_INTERP header: Invalid UTF8")]
    InvalidUtf8(#[source] Utf8Error),
}

impl InterpError {
    /// The status: the kernel's for a failed read, `NOT_FOUND` if the loader service cannot be
    /// asked, else `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::Read(status) => *status,
            Self::TooLong { .. } => Status::NOT_FOUND,
            Self::MissingNul | Self::InvalidUtf8(_) => Status::INVALID_ARGS,
        }
    }
}

/// Reads the name in the PT_INTERP segment `header` of the file in `vmo`. It may be empty, and may
/// hold NULs before its last byte.
///
/// # Errors
///
/// [`InterpError::Read`], then [`InterpError::MissingNul`], then [`InterpError::InvalidUtf8`], then
/// [`InterpError::TooLong`].
pub fn interpreter_name<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<String, InterpError> {
    let bytes = read_name(vmo, header)?;
    match decode_name(&bytes, &mut ControlFlow::Break) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(name) if name.len() > MAX_OBJECT_NAME => {
            Err(InterpError::TooLong { length: name.len() as u64 })
        }
        ControlFlow::Continue(name) => Ok(name.to_owned()),
    }
}

/// The bytes of the PT_INTERP segment `header`, with the NUL. A segment of more than
/// [`MAX_INTERP_SIZE`] bytes has none that are good.
pub(crate) fn read_name<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<Vec<u8>, InterpError> {
    let Some(length) = header.filesz.checked_sub(1) else { return Ok(Vec::new()) };
    // The last byte first: where it can be read, the file is as large as it says.
    let last = header.offset.checked_add(length).ok_or(InterpError::Read(Status::OUT_OF_RANGE))?;
    let mut nul = [0];
    vmo.read(last, &mut nul).map_err(InterpError::Read)?;
    let size = match usize::try_from(header.filesz) {
        Ok(size) if header.filesz <= MAX_INTERP_SIZE => size,
        _ if nul == [0] => return Err(InterpError::TooLong { length }),
        _ => return Err(InterpError::MissingNul),
    };
    let mut bytes = vec![0; size];
    vmo.read(header.offset, &mut bytes).map_err(InterpError::Read)?;
    Ok(bytes)
}

/// The name in a segment's bytes. Each fault goes to `found`; after one that does not break, the
/// name is what can be read of it.
pub(crate) fn decode_name<'a, B>(
    bytes: &'a [u8],
    found: &mut impl FnMut(InterpError) -> ControlFlow<B>,
) -> ControlFlow<B, &'a str> {
    let name = match bytes.split_last() {
        Some((0, name)) => name,
        _ => {
            found(InterpError::MissingNul)?;
            bytes
        }
    };
    match str::from_utf8(name) {
        Ok(name) => ControlFlow::Continue(name),
        Err(error) => {
            found(InterpError::InvalidUtf8(error))?;
            ControlFlow::Continue("")
        }
    }
}
