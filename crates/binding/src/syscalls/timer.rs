//! Timers.

use napi::Result;
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;

use crate::kernel::NativeKernel;
use crate::number::signed;

#[napi]
impl NativeKernel {
    /// `zx_timer_create`
    #[napi]
    pub fn timer_create(&self, context: f64, options: u32, clock: u32) -> Result<f64> {
        self.number(context, |caller| caller.timer_create(options, clock))
    }

    /// `zx_timer_set`
    #[napi]
    pub fn timer_set(
        &self,
        context: f64,
        timer: u32,
        deadline: BigInt,
        slack: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| caller.timer_set(timer, signed(&deadline)?, signed(&slack)?))
    }

    /// `zx_timer_cancel`
    #[napi]
    pub fn timer_cancel(&self, context: f64, timer: u32) -> Result<f64> {
        self.number(context, |caller| caller.timer_cancel(timer))
    }
}
