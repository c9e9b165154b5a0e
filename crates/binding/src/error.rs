//! Errors as data. The TypeScript library makes its classes of them, in one place.

use loader_core::elf_load::ElfLoadError;
use loader_core::elf_parse::ElfParseError;
use loader_core::process_args::{DecodeError, ProcessargsError};
use loader_core::stack::StackError;
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;
use process_builder::ProcessBuilderError;
use zx_abi::Status;

/// One error. A list of them is a chain: each is the cause of the one before it.
#[napi(object, object_from_js = false)]
pub struct NativeError {
    /// The Rust enum less its `Error`.
    pub family: &'static str,
    /// The enum's variant.
    pub variant: &'static str,
    /// Its `zx_status_t`.
    pub status: i32,
    /// Its text.
    pub message: String,
    /// Where the field at fault is, in bytes.
    pub offset: Option<BigInt>,
    /// The field at fault.
    pub field: Option<String>,
    /// What would have been accepted.
    pub expected: Option<String>,
    /// What was found.
    pub actual: Option<String>,
}

/// An error and its causes, outermost first.
#[napi]
pub type NativeErrors = Vec<NativeError>;

/// An error that JavaScript gets as data.
pub trait IntoNative {
    /// The chain.
    fn into_native(self) -> NativeErrors;
}

fn plain(
    family: &'static str,
    variant: &'static str,
    status: Status,
    message: String,
) -> NativeError {
    NativeError {
        family,
        variant,
        status: status.into_raw(),
        message,
        offset: None,
        field: None,
        expected: None,
        actual: None,
    }
}

impl IntoNative for ElfParseError {
    fn into_native(self) -> NativeErrors {
        let variant = match &self {
            Self::ReadError(_) => "ReadError",
            Self::ParseError(_) => "ParseError",
            Self::InvalidFileHeader(_) => "InvalidFileHeader",
            Self::InvalidProgramHeader(_) => "InvalidProgramHeader",
            Self::MultipleHeaders(_) => "MultipleHeaders",
        };
        let mut error = plain("ElfParse", variant, self.as_zx_status(), self.to_string());
        if let Some(detail) = self.detail() {
            error.offset = Some(detail.offset.into());
            error.field = Some(detail.field.to_owned());
            error.expected = Some(detail.expected);
            error.actual = Some(detail.actual);
        }
        vec![error]
    }
}

impl IntoNative for ElfLoadError {
    fn into_native(self) -> NativeErrors {
        let variant = match &self {
            Self::NothingToLoad => "NothingToLoad",
            Self::VmarAllocate(_) => "VmarAllocate",
            Self::VmarMap(_) => "VmarMap",
            Self::VmoCowClone(_) => "VmoCowClone",
            Self::VmoCreate(_) => "VmoCreate",
            Self::VmoWrite(_) => "VmoWrite",
            Self::GetVmoName(_) => "GetVmoName",
            Self::SetVmoName(_) => "SetVmoName",
            Self::InvalidSegment { .. } => "InvalidSegment",
            Self::NamePrefixTooLong { .. } => "NamePrefixTooLong",
        };
        vec![plain("ElfLoad", variant, self.as_zx_status(), self.to_string())]
    }
}

impl IntoNative for ProcessargsError {
    fn into_native(self) -> NativeErrors {
        let variant = match &self {
            Self::TryFromInt(_) => "TryFromInt",
            Self::SizeTooLarge(_) => "SizeTooLarge",
            Self::TooManyHandles(_) => "TooManyHandles",
        };
        vec![plain("Processargs", variant, self.as_zx_status(), self.to_string())]
    }
}

impl IntoNative for DecodeError {
    fn into_native(self) -> NativeErrors {
        let variant = match &self {
            Self::TooLarge { .. } => "TooLarge",
            Self::TooManyHandles { .. } => "TooManyHandles",
            Self::TooShort { .. } => "TooShort",
            Self::Protocol { .. } => "Protocol",
            Self::Version { .. } => "Version",
            Self::OffsetOutside { .. } => "OffsetOutside",
            Self::Misplaced { .. } => "Misplaced",
            Self::HandleCount { .. } => "HandleCount",
            Self::HandleInfo { .. } => "HandleInfo",
            Self::MissingNul { .. } => "MissingNul",
            Self::TrailingBytes { .. } => "TrailingBytes",
        };
        let mut error = plain("Decode", variant, self.as_zx_status(), self.to_string());
        error.offset = Some((self.offset() as u64).into());
        error.field = Some(self.field().to_owned());
        vec![error]
    }
}

impl IntoNative for StackError {
    fn into_native(self) -> NativeErrors {
        let variant = match self {
            Self::ElfParse(error) => return error.into_native(),
            Self::ProcessArgs(error) => return error.into_native(),
            Self::SizeOverflow { .. } => "SizeOverflow",
            Self::NameTooLong { .. } => "NameTooLong",
            Self::PointerOverflow { .. } => "PointerOverflow",
        };
        vec![plain("Stack", variant, self.as_zx_status(), self.to_string())]
    }
}

impl IntoNative for ProcessBuilderError {
    fn into_native(self) -> NativeErrors {
        let error = plain("ProcessBuilder", self.variant(), self.as_zx_status(), self.to_string());
        let causes = match self {
            Self::ElfParse(cause) => cause.into_native(),
            Self::ElfLoad(cause) => cause.into_native(),
            Self::ProcessArgs(cause) => cause.into_native(),
            _ => Vec::new(),
        };
        std::iter::once(error).chain(causes).collect()
    }
}
