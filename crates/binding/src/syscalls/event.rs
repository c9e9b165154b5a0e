//! Events and event pairs.

use napi::Result;
use napi::bindgen_prelude::Uint32ArraySlice;
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// `zx_event_create`
    #[napi]
    pub fn event_create(&self, context: f64, options: u32) -> Result<f64> {
        self.number(context, |caller| caller.event_create(options))
    }

    /// Both ends go into `out`.
    #[napi]
    pub fn eventpair_create(
        &self,
        context: f64,
        options: u32,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (first, second) = caller.eventpair_create(options)?;
            out.put(&[first, second])
        })
    }
}
