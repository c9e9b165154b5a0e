//! What can be wrong with an ELF file.

use super::SegmentType;
use super::fault::{FileHeaderFault, ProgramHeaderFault};
use zx_abi::Status;

/// Why a file's headers were refused. Texts are upstream's.
#[derive(
    Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum ElfParseError {
    /// The VMO could not be read; the kernel's status.
    #[error("Failed to read ELF from VMO: {0}")]
    ReadError(Status),
    /// Something needed is not there, or cannot be decoded.
    #[error("Parse error: {0}")]
    ParseError(&'static str),
    /// The file header broke a rule.
    #[error("Invalid ELF file header: {0}")]
    InvalidFileHeader(FileHeaderFault),
    /// A program header broke a rule.
    #[error("Invalid ELF program header: {0}")]
    InvalidProgramHeader(ProgramHeaderFault),
    /// A segment type of which there may be one occurs more often.
    #[error("Multiple ELF program headers of type {0} present")]
    MultipleHeaders(SegmentType),
}

impl ElfParseError {
    /// The status: the kernel's for a failed read, `NOT_FOUND` for a malformed file.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::ReadError(status) => *status,
            Self::ParseError(_)
            | Self::InvalidFileHeader(_)
            | Self::InvalidProgramHeader(_)
            | Self::MultipleHeaders(_) => Status::NOT_FOUND,
        }
    }

    /// The field at fault, for tools; none unless a header broke a rule.
    pub fn detail(&self) -> Option<HeaderDetail> {
        match self {
            Self::InvalidFileHeader(fault) => Some(fault.detail()),
            Self::InvalidProgramHeader(fault) => Some(fault.detail()),
            Self::ReadError(_) | Self::ParseError(_) | Self::MultipleHeaders(_) => None,
        }
    }
}

/// A header field at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderDetail {
    /// Where the field begins in the file, in bytes.
    pub offset: u64,
    /// The field's name in the ELF specification.
    pub field: &'static str,
    /// What would have been accepted.
    pub expected: String,
    /// What the file holds.
    pub actual: String,
}
