//! Exceptions.

use napi::Result;
use napi_derive::napi;

use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// `zx_exception_get_thread`
    #[napi]
    pub fn exception_get_thread(&self, context: f64, exception: u32) -> Result<f64> {
        self.number(context, |caller| caller.exception_get_thread(exception))
    }

    /// `zx_exception_get_process`
    #[napi]
    pub fn exception_get_process(&self, context: f64, exception: u32) -> Result<f64> {
        self.number(context, |caller| caller.exception_get_process(exception))
    }
}
