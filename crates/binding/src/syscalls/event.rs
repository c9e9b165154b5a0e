//! Events, event pairs and signals.

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

    /// `zx_object_signal`
    #[napi]
    pub fn object_signal(&self, context: f64, handle: u32, clear: u32, set: u32) -> Result<f64> {
        self.number(context, |caller| caller.object_signal(handle, clear, set))
    }

    /// `zx_object_signal_peer`
    #[napi]
    pub fn object_signal_peer(
        &self,
        context: f64,
        handle: u32,
        clear: u32,
        set: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.object_signal_peer(handle, clear, set))
    }
}
