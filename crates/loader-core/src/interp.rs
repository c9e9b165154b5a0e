//! The dynamic linker's name: PT_INTERP.

use crate::elf_parse::Elf64ProgramHeader;
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use core::str::Utf8Error;
use zx_abi::Status;

/// The longest PT_INTERP that is read, in bytes with its NUL.
///
/// Upstream has no limit and allocates whatever the header says. `fuchsia.ldsvc.Loader` takes
/// names of 1024 bytes; a name between the two is returned, for the loader call to refuse it as
/// upstream's does.
pub const MAX_INTERP_SIZE: u64 = 4096;

/// Why a PT_INTERP names no dynamic linker. Texts are upstream's, except for `TooLong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpError {
    /// The VMO could not be read; the kernel's status.
    #[error("Failed to read from VMO: {0}")]
    Read(Status),
    /// The header has more than [`MAX_INTERP_SIZE`] bytes.
    #[error("Invalid PT_INTERP header: Name of {filesz} bytes is too long")]
    TooLong {
        /// Bytes in the header, with the NUL.
        filesz: u64,
    },
    /// The last byte is not NUL, or there is none.
    #[error("Invalid PT_INTERP header: Missing null terminator")]
    MissingNul,
    /// The name is not UTF-8.
    #[error("Invalid PT_INTERP header: Invalid UTF8")]
    InvalidUtf8(#[source] Utf8Error),
}

impl InterpError {
    /// The status: the kernel's for a failed read, else `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::Read(status) => *status,
            Self::TooLong { .. } | Self::MissingNul | Self::InvalidUtf8(_) => Status::INVALID_ARGS,
        }
    }
}

/// Reads the name in the PT_INTERP segment `header` of the file in `vmo`. It may be empty, and may
/// hold NULs before its last byte.
///
/// # Errors
///
/// [`InterpError::TooLong`], then [`InterpError::Read`], then [`InterpError::MissingNul`], then
/// [`InterpError::InvalidUtf8`].
pub fn interpreter_name<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<String, InterpError> {
    let bytes = read_name(vmo, header)?;
    match decode_name(&bytes, &mut ControlFlow::Break) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(name) => Ok(name.to_owned()),
    }
}

/// The bytes of the PT_INTERP segment `header`, with the NUL.
pub(crate) fn read_name<V: ReadVmo + ?Sized>(
    vmo: &V,
    header: &Elf64ProgramHeader,
) -> Result<Vec<u8>, InterpError> {
    let filesz = header.filesz;
    let size = usize::try_from(filesz)
        .ok()
        .filter(|_| filesz <= MAX_INTERP_SIZE)
        .ok_or(InterpError::TooLong { filesz })?;
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
