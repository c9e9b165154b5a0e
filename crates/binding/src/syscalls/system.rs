//! Events of the whole system.

use napi::Result;
use napi_derive::napi;

use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// `zx_system_get_event`
    #[napi]
    pub fn system_get_event(&self, context: f64, job: u32, kind: u32) -> Result<f64> {
        self.number(context, |caller| caller.system_get_event(job, kind))
    }
}
