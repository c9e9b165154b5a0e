//! Zircon's numbers, for the TypeScript library's tests to compare its own with.

use napi::Result;
use napi_derive::napi;
use zx_abi::{HandleType, ObjectType, Rights, Signals, Status};

use crate::guard::guard;

/// A name and its number.
#[napi(object, object_from_js = false)]
pub struct NativeNumber {
    /// The name.
    pub name: String,
    /// The number.
    pub value: f64,
}

/// Names and numbers.
#[napi(object, object_from_js = false)]
pub struct NativeTables {
    /// `zx_status_t`
    pub statuses: Vec<NativeNumber>,
    /// `zx_rights_t`
    pub rights: Vec<NativeNumber>,
    /// `zx_signals_t`
    pub signals: Vec<NativeNumber>,
    /// `zx_obj_type_t`
    pub object_types: Vec<NativeNumber>,
    /// Types of startup handles.
    pub handle_types: Vec<NativeNumber>,
}

/// Zircon's numbers as the Rust crates know them.
#[napi]
pub fn tables() -> Result<NativeTables> {
    guard(|| {
        Ok(NativeTables {
            statuses: numbers(
                Status::ALL.iter().map(|(name, status)| (*name, f64::from(status.into_raw()))),
            ),
            rights: numbers(
                Rights::all().iter_names().map(|(name, right)| (name, right.bits().into())),
            ),
            signals: numbers(
                Signals::all().iter_names().map(|(name, signal)| (name, signal.bits().into())),
            ),
            object_types: numbers(
                ObjectType::ALL.iter().map(|(name, kind)| (*name, (*kind as u32).into())),
            ),
            handle_types: numbers(
                HandleType::ALL.iter().map(|(name, kind)| (*name, (*kind as u8).into())),
            ),
        })
    })
}

fn numbers<'a>(entries: impl Iterator<Item = (&'a str, f64)>) -> Vec<NativeNumber> {
    entries.map(|(name, value)| NativeNumber { name: name.to_owned(), value }).collect()
}
