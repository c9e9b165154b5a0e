//! What native execution needs of this computer.

use napi::Result;
use napi_derive::napi;

use crate::guard::guard;

/// One thing that was looked at.
#[napi(object, object_from_js = false)]
pub struct NativeCheck {
    /// What.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether nothing runs without it.
    pub required: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// Looks at everything that native execution needs.
#[napi]
pub fn probe() -> Result<Vec<NativeCheck>> {
    guard(|| {
        let checks = host_linux::probe().into_iter().map(|check| NativeCheck {
            name: check.name.to_owned(),
            ok: check.ok,
            required: check.required,
            detail: check.detail,
            remedy: check.remedy.map(str::to_owned),
        });
        Ok(checks.collect())
    })
}
