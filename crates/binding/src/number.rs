//! Numbers across the border.

use napi::bindgen_prelude::BigInt;
use zx_abi::{Abi, Result, Status};

/// What a system call returns to JavaScript: its value, or a status below zero.
pub fn number<T: Number>(result: Result<T>) -> f64 {
    match result {
        Ok(value) => value.number(),
        Err(status) => f64::from(status.into_raw()),
    }
}

/// The ABI of a name that JavaScript has checked.
pub fn abi_named(name: Option<String>) -> Option<Abi> {
    name.as_deref().and_then(Abi::from_name)
}

/// A value that JavaScript's numbers hold exactly.
pub trait Number {
    /// The value; never below zero.
    fn number(self) -> f64;
}

impl Number for () {
    fn number(self) -> f64 {
        0.0
    }
}

impl Number for u32 {
    fn number(self) -> f64 {
        f64::from(self)
    }
}

impl Number for usize {
    fn number(self) -> f64 {
        self as f64
    }
}

impl Number for u64 {
    /// Addresses, sizes and koids: all below 2^53.
    fn number(self) -> f64 {
        self as f64
    }
}

/// An unsigned 64-bit argument.
///
/// # Errors
/// INVALID_ARGS for a number below zero or of more than 64 bits.
pub fn unsigned(value: &BigInt) -> Result<u64> {
    match value.get_u64() {
        (_, value, true) => Ok(value),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// A signed 64-bit argument.
///
/// # Errors
/// INVALID_ARGS for a number of more than 64 bits.
pub fn signed(value: &BigInt) -> Result<i64> {
    match value.get_i64() {
        (value, true) => Ok(value),
        _ => Err(Status::INVALID_ARGS),
    }
}

/// A koid: the TypeScript library passes back what it got.
pub fn koid(value: f64) -> u64 {
    value as u64
}
