//! Why a message cannot be built.

use core::num::TryFromIntError;
use zx_abi::{CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, Status};

/// Why a message cannot be built. Texts are upstream's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum ProcessargsError {
    /// An offset or a count does not fit in the header.
    #[error("Value > u32 MAX when building processargs message: {0}")]
    TryFromInt(#[from] TryFromIntError),
    /// The message would have this many bytes.
    #[error(
        "Cannot build processargs message, byte size too large ({0} > {max})",
        max = CHANNEL_MAX_MSG_BYTES
    )]
    SizeTooLarge(u64),
    /// The message would have this many handles.
    #[error(
        "Cannot build processargs message, too many handles ({0} > {max})",
        max = CHANNEL_MAX_MSG_HANDLES
    )]
    TooManyHandles(usize),
}

impl ProcessargsError {
    /// The status: `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        Status::INVALID_ARGS
    }
}
