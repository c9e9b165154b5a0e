//! What a startup handle is for (src/lib/fuchsia-runtime).

use zx_abi::{HandleType, Status};

/// A handle's type and argument: `PA_HND(type, arg)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandleInfo {
    handle_type: HandleType,
    arg: u16,
}

impl HandleInfo {
    /// The info of a handle of this type, with its argument.
    pub const fn new(handle_type: HandleType, arg: u16) -> Self {
        Self { handle_type, arg }
    }

    /// What the handle is for.
    pub const fn handle_type(self) -> HandleType {
        self.handle_type
    }

    /// Which one of its type it is; the type says what that means.
    pub const fn arg(self) -> u16 {
        self.arg
    }

    /// The number in the message: the type in bits 0 to 7, the argument in bits 16 to 31.
    pub const fn as_raw(self) -> u32 {
        self.handle_type as u32 | (self.arg as u32) << 16
    }
}

impl From<HandleType> for HandleInfo {
    fn from(handle_type: HandleType) -> Self {
        Self::new(handle_type, 0)
    }
}

impl TryFrom<u32> for HandleInfo {
    type Error = HandleInfoError;

    fn try_from(raw: u32) -> Result<Self, HandleInfoError> {
        let [handle_type, reserved, arg_low, arg_high] = raw.to_le_bytes();
        if reserved != 0 {
            return Err(HandleInfoError::InvalidHandleInfo(raw));
        }
        let handle_type =
            HandleType::from_raw(handle_type).ok_or(HandleInfoError::UnknownHandleType(raw))?;
        Ok(Self::new(handle_type, u16::from_le_bytes([arg_low, arg_high])))
    }
}

/// Why a number is no [`HandleInfo`]; holds the whole number. Texts are upstream's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum HandleInfoError {
    /// No handle type has the number in bits 0 to 7.
    #[error("Unknown handle type for HandleInfo: {0:#x}")]
    UnknownHandleType(u32),
    /// Bits 8 to 15 are not zero.
    #[error("Invalid value for HandleInfo: {0:#x}")]
    InvalidHandleInfo(u32),
}

impl HandleInfoError {
    /// The status: `INVALID_ARGS`.
    pub const fn as_zx_status(&self) -> Status {
        Status::INVALID_ARGS
    }
}
