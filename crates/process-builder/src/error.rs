//! What can go wrong while building a process.

use loader_core::elf_load::ElfLoadError;
use loader_core::elf_parse::ElfParseError;
use loader_core::interp::InterpError;
use loader_core::process_args::ProcessargsError;
use loader_core::stack::StackError;
use thiserror::Error;
use zx_abi::{HandleType, Status};

/// Errors of [`ProcessBuilder`](crate::ProcessBuilder): upstream's variants and texts, and those
/// for what upstream panics on.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, Error)]
pub enum ProcessBuilderError {
    /// An argument that can never be right.
    #[error("{0}")]
    InvalidArg(String),
    /// A handle that is invalid.
    #[error("{0}")]
    BadHandle(&'static str),
    /// `zx_process_create` failed.
    #[error("Failed to create process: {0}")]
    CreateProcess(Status),
    /// `zx_thread_create` failed.
    #[error("Failed to create thread: {0}")]
    CreateThread(Status),
    /// `zx_process_start` failed.
    #[error("Failed to start process: {0}")]
    ProcessStart(Status),
    /// An ELF file's headers are wrong.
    #[error("Failed to parse ELF: {0}")]
    ElfParse(#[from] ElfParseError),
    /// An ELF file's segments cannot be mapped.
    #[error("Failed to load ELF: {0}")]
    ElfLoad(#[from] ElfLoadError),
    /// A bootstrap message cannot be built.
    #[error("{0}")]
    ProcessArgs(#[from] ProcessargsError),
    /// A system call failed.
    #[error("{0}: {1}")]
    GenericStatus(&'static str, Status),
    /// PT_INTERP names no dynamic linker.
    #[error("{0}")]
    InvalidInterpHeader(InterpError),
    /// PT_INTERP names a dynamic linker that the loader service cannot be asked for.
    #[error("{0}")]
    LoadDynamicLinker(InterpError),
    /// A dynamic executable and no loader service.
    #[error("Failed to build process with dynamic ELF, missing fuchsia.ldsvc.Loader handle")]
    LoaderMissing,
    /// No ABI generation has these system calls, or all of those that are imported together.
    #[error("No ABI has all that is imported: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    /// The bootstrap message could not be written.
    #[error("Failed to write bootstrap message to channel: {0}")]
    WriteBootstrapMessage(Status),
    /// The low half of the address space could not be freed again.
    #[error("Failed to destroy reservation VMAR: {0}")]
    DestroyReservationVMAR(Status),
    /// A handle for the bootstrap message could not be duplicated.
    #[error("Failed to duplicate handle of type {}: {status}", handle_type.name())]
    DuplicateHandle {
        /// What the duplicate was for.
        handle_type: HandleType,
        /// Why.
        status: Status,
    },
    /// There can be no such stack, where upstream panics.
    #[error("{0}")]
    Stack(StackError),
}

impl ProcessBuilderError {
    /// The status that upstream's conversion gives.
    pub fn as_zx_status(&self) -> Status {
        match self {
            Self::InvalidArg(_) | Self::LoaderMissing => Status::INVALID_ARGS,
            Self::BadHandle(_) => Status::BAD_HANDLE,
            Self::CreateProcess(status)
            | Self::CreateThread(status)
            | Self::ProcessStart(status)
            | Self::GenericStatus(_, status)
            | Self::WriteBootstrapMessage(status)
            | Self::DestroyReservationVMAR(status)
            | Self::DuplicateHandle { status, .. } => *status,
            Self::ElfParse(error) => error.as_zx_status(),
            Self::ElfLoad(error) => error.as_zx_status(),
            Self::ProcessArgs(error) => error.as_zx_status(),
            Self::InvalidInterpHeader(error) | Self::LoadDynamicLinker(error) => {
                error.as_zx_status()
            }
            Self::UnknownImports(_) => Status::NOT_SUPPORTED,
            Self::Stack(error) => error.as_zx_status(),
        }
    }
}

/// What upstream knows under other names keeps them.
impl From<StackError> for ProcessBuilderError {
    fn from(error: StackError) -> Self {
        match error {
            StackError::ElfParse(error) => Self::ElfParse(error),
            StackError::ProcessArgs(error) => Self::ProcessArgs(error),
            error => Self::Stack(error),
        }
    }
}

impl From<InterpError> for ProcessBuilderError {
    fn from(error: InterpError) -> Self {
        match error {
            InterpError::Read(status) => Self::GenericStatus("Failed to read from VMO", status),
            InterpError::TooLong { .. } => Self::LoadDynamicLinker(error),
            error => Self::InvalidInterpHeader(error),
        }
    }
}
