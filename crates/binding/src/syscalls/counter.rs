//! Counters.

use napi::Result;
use napi::bindgen_prelude::{BigInt, BigUint64ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::signed;

#[napi]
impl NativeKernel {
    /// `zx_counter_create`
    #[napi]
    pub fn counter_create(&self, context: f64) -> Result<f64> {
        self.number(context, |caller| caller.counter_create(0))
    }

    /// `zx_counter_add`
    #[napi]
    pub fn counter_add(&self, context: f64, counter: u32, amount: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.counter_add(counter, signed(&amount)?))
    }

    /// The value goes into `out`, as 64 bits.
    #[napi]
    pub fn counter_read(
        &self,
        context: f64,
        counter: u32,
        mut out: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| out.put(&[caller.counter_read(counter)? as u64]))
    }

    /// `zx_counter_write`
    #[napi]
    pub fn counter_write(&self, context: f64, counter: u32, value: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.counter_write(counter, signed(&value)?))
    }
}
