//! Handles.

use napi::Result;
use napi_derive::napi;

use crate::kernel::NativeKernel;
use crate::number::koid;

#[napi]
impl NativeKernel {
    /// `zx_handle_close`
    #[napi]
    pub fn handle_close(&self, context: f64, handle: u32) -> Result<f64> {
        self.number(context, |caller| caller.handle_close(handle))
    }

    /// `zx_handle_duplicate`
    #[napi]
    pub fn handle_duplicate(&self, context: f64, handle: u32, rights: u32) -> Result<f64> {
        self.number(context, |caller| caller.handle_duplicate(handle, rights))
    }

    /// `zx_handle_replace`
    #[napi]
    pub fn handle_replace(&self, context: f64, handle: u32, rights: u32) -> Result<f64> {
        self.number(context, |caller| caller.handle_replace(handle, rights))
    }

    /// Moves a handle into the table of another context.
    #[napi]
    pub fn handle_transfer(&self, context: f64, handle: u32, to: f64) -> Result<f64> {
        self.number(context, |caller| caller.handle_transfer(handle, koid(to)))
    }
}
