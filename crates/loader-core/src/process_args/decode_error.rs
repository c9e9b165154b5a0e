//! Why bytes are no bootstrap message.

use super::handle_info::HandleInfoError;
use zx_abi::Status;

/// Why bytes and handles are not a bootstrap message as [`super::Message::build`] makes it.
///
/// Fields are named as in [`zx_abi::ProcArgs`]; offsets are in bytes from the start of the message.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum DecodeError {
    /// More bytes than a channel message holds.
    #[error("Message of {size} bytes is larger than a channel message")]
    TooLarge {
        /// Bytes in the message.
        size: usize,
    },
    /// More handles than a channel message carries.
    #[error("Message with {handles} handles has more than a channel message")]
    TooManyHandles {
        /// Handles with the message.
        handles: usize,
    },
    /// Fewer bytes than the header has.
    #[error("Message of {size} bytes is shorter than its header")]
    TooShort {
        /// Bytes in the message.
        size: usize,
    },
    /// The protocol number is not `ZX_PROCARGS_PROTOCOL`.
    #[error("Wrong protocol {actual:#x}")]
    Protocol {
        /// The number found.
        actual: u32,
    },
    /// The version is not `ZX_PROCARGS_VERSION`.
    #[error("Wrong version {actual:#x}")]
    Version {
        /// The version found.
        actual: u32,
    },
    /// An offset lies beyond the end of the message.
    #[error("{field} {actual:#x} lies outside the message of {size} bytes")]
    OffsetOutside {
        /// The header's field.
        field: &'static str,
        /// Where that field is.
        at: usize,
        /// The offset found.
        actual: u32,
        /// Bytes in the message.
        size: usize,
    },
    /// A section does not begin where the one before it ends: they overlap, are out of order, or
    /// leave a gap.
    #[error("{field} is {actual:#x}, but the section before it ends at {expected:#x}")]
    Misplaced {
        /// The header's field.
        field: &'static str,
        /// Where that field is.
        at: usize,
        /// Where the section before ends.
        expected: usize,
        /// The offset found.
        actual: u32,
    },
    /// The handle infos are not as many as the handles.
    #[error("Message has {infos} handle infos, but {handles} handles came with it")]
    HandleCount {
        /// Handle infos in the message.
        infos: usize,
        /// Handles with the message.
        handles: usize,
    },
    /// A handle info is not one.
    #[error("Handle info {index}: {error}")]
    HandleInfo {
        /// Which one, from 0.
        index: usize,
        /// Where it is.
        at: usize,
        /// What is wrong with it.
        error: HandleInfoError,
    },
    /// The message ends before a section has as many strings as the header says.
    #[error("{field} is {stated}, but only {found} strings end in NUL within the message")]
    MissingNul {
        /// The header's field.
        field: &'static str,
        /// Where that field is.
        at: usize,
        /// How many strings the header says.
        stated: u32,
        /// How many there are.
        found: usize,
    },
    /// Bytes follow the last namespace path.
    #[error("Message ends at {end:#x}, but has {size:#x} bytes")]
    TrailingBytes {
        /// Where the last section ends.
        end: usize,
        /// Bytes in the message.
        size: usize,
    },
}

impl DecodeError {
    /// The status: `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        Status::INVALID_ARGS
    }

    /// The part of the message at fault: a field of the header, `handle_info`, or `message`.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::TooLarge { .. }
            | Self::TooManyHandles { .. }
            | Self::TooShort { .. }
            | Self::TrailingBytes { .. } => "message",
            Self::Protocol { .. } => "protocol",
            Self::Version { .. } => "version",
            Self::OffsetOutside { field, .. }
            | Self::Misplaced { field, .. }
            | Self::MissingNul { field, .. } => field,
            Self::HandleCount { .. } => "args_off",
            Self::HandleInfo { .. } => "handle_info",
        }
    }

    /// Where that part is in the message, in bytes.
    pub const fn offset(&self) -> usize {
        match self {
            Self::TooLarge { .. }
            | Self::TooManyHandles { .. }
            | Self::TooShort { .. }
            | Self::Protocol { .. } => 0,
            Self::Version { .. } => 4,
            Self::HandleCount { .. } => 12,
            Self::OffsetOutside { at, .. }
            | Self::Misplaced { at, .. }
            | Self::HandleInfo { at, .. }
            | Self::MissingNul { at, .. } => *at,
            Self::TrailingBytes { end, .. } => *end,
        }
    }
}
