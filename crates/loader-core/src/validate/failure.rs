//! What a build of the file returns.

use crate::elf_load::ElfLoadError;
use crate::elf_parse::ElfParseError;
use crate::interp::InterpError;
use crate::stack::StackError;
use zx_abi::Status;

/// The error that a build of the file returns: `ProcessBuilderError`, as far as a file alone can
/// cause it, with its texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildFailure {
    /// The headers are wrong.
    #[error("Failed to parse ELF: {0}")]
    ElfParse(#[from] ElfParseError),
    /// PT_INTERP names no dynamic linker, or none that the loader service can be asked for.
    #[error("{0}")]
    Interp(#[from] InterpError),
    /// The segments cannot be mapped, or the image leaves no room for the vDSO.
    #[error("Failed to load ELF: {0}")]
    ElfLoad(#[from] ElfLoadError),
    /// There can be no such stack.
    #[error("{0}")]
    Stack(#[from] StackError),
    /// The kernel refuses the stack.
    #[error("{0}: {1}")]
    GenericStatus(&'static str, Status),
}

impl BuildFailure {
    /// The status: that of a wrapped error.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::ElfParse(error) => error.as_zx_status(),
            Self::Interp(error) => error.as_zx_status(),
            Self::ElfLoad(error) => error.as_zx_status(),
            Self::Stack(error) => error.as_zx_status(),
            Self::GenericStatus(_, status) => *status,
        }
    }
}
