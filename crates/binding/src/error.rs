//! Errors as data. The TypeScript library makes its classes of them, in one place.

use std::fmt::Display;

use kernel_sim::HostFailure;
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
    /// The host's error number.
    pub errno: Option<i32>,
    /// What to do about it.
    pub remedy: Option<&'static str>,
}

/// An error and its causes, outermost first.
#[napi]
pub type NativeErrors = Vec<NativeError>;

/// An error that JavaScript gets as data.
pub trait IntoNative {
    /// The chain.
    fn into_native(self) -> NativeErrors;
}

fn plain<E: Display>(family: &'static str, error: &E, status: Status) -> NativeError
where
    for<'a> &'a E: Into<&'static str>,
{
    bare(family, error.into(), status, error.to_string())
}

fn bare(
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
        errno: None,
        remedy: None,
    }
}

impl IntoNative for HostFailure {
    fn into_native(self) -> NativeErrors {
        let Self { step, errno, message, remedy, status } = self;
        let error = bare("Host", step, status, message);
        vec![NativeError { errno, remedy: Some(remedy), ..error }]
    }
}

impl IntoNative for ElfParseError {
    fn into_native(self) -> NativeErrors {
        let mut error = plain("ElfParse", &self, self.as_zx_status());
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
        vec![plain("ElfLoad", &self, self.as_zx_status())]
    }
}

impl IntoNative for ProcessargsError {
    fn into_native(self) -> NativeErrors {
        vec![plain("Processargs", &self, self.as_zx_status())]
    }
}

impl IntoNative for DecodeError {
    fn into_native(self) -> NativeErrors {
        let mut error = plain("Decode", &self, self.as_zx_status());
        error.offset = Some((self.offset() as u64).into());
        error.field = Some(self.field().to_owned());
        vec![error]
    }
}

impl IntoNative for StackError {
    fn into_native(self) -> NativeErrors {
        let error = match self {
            Self::ElfParse(error) => return error.into_native(),
            Self::ProcessArgs(error) => return error.into_native(),
            error => error,
        };
        vec![plain("Stack", &error, error.as_zx_status())]
    }
}

impl IntoNative for ProcessBuilderError {
    fn into_native(self) -> NativeErrors {
        let error = plain("ProcessBuilder", &self, self.as_zx_status());
        let causes = match self {
            Self::ElfParse(cause) => cause.into_native(),
            Self::ElfLoad(cause) => cause.into_native(),
            Self::ProcessArgs(cause) => cause.into_native(),
            _ => Vec::new(),
        };
        std::iter::once(error).chain(causes).collect()
    }
}
