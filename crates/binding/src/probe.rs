//! What native execution needs of the computer.

use napi::Result;
use napi_derive::napi;

use crate::guard::guard;

/// One thing that was looked at.
#[napi(object, object_from_js = false)]
pub struct NativeCheck {
    /// What: a few lower-case words.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// Whether nothing runs without it.
    pub required: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it, if it is not ok.
    pub remedy: Option<&'static str>,
}

/// Looks at everything that native execution needs. Starts a guest process for a moment.
#[napi]
pub fn probe() -> Result<Vec<NativeCheck>> {
    guard(|| {
        let checks = host_linux::probe().into_iter().map(|check| NativeCheck {
            name: check.name,
            ok: check.ok,
            required: check.required,
            detail: check.detail,
            remedy: check.remedy,
        });
        Ok(checks.collect())
    })
}
