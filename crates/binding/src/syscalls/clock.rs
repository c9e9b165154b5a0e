//! Clock objects.

use kernel_sim::{ClockUpdate, ClockUpdateVersion};
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::{ClockTransformation, Status};

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::{signed, unsigned};
use crate::wire::Writer;

#[napi]
impl NativeKernel {
    /// `zx_clock_create`
    #[napi]
    pub fn clock_create(&self, context: f64, options: u32, backstop: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.clock_create(options.into(), signed(&backstop)?))
    }

    /// The time goes into `out`.
    #[napi]
    pub fn clock_read(&self, context: f64, clock: u32, mut out: Uint8ArraySlice) -> Result<f64> {
        self.number(context, |caller| out.put(&caller.clock_read(clock)?.to_le_bytes()))
    }

    /// The details go into `out`, in the order of `zx_clock_details_v1_t`.
    #[napi]
    pub fn clock_get_details(
        &self,
        context: f64,
        clock: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let details = caller.clock_get_details(clock)?;
            let mut packed = Writer::default();
            packed.u64(details.options).i64(details.backstop_time);
            for line in [details.reference_ticks_to_synthetic, details.reference_to_synthetic] {
                pack_line(line, &mut packed);
            }
            packed.u64(details.error_bound).i64(details.query_ticks);
            packed.i64(details.last_value_update_ticks).i64(details.last_rate_adjust_update_ticks);
            packed.i64(details.last_error_bounds_update_ticks).u32(details.generation_counter);
            out.put(&packed.take())
        })
    }

    /// `zx_clock_update` by the rules of version 1 or 2.
    #[napi]
    pub fn clock_update(
        &self,
        context: f64,
        clock: u32,
        version: u32,
        value: Option<BigInt>,
        rate_adjust: Option<i32>,
        error_bound: Option<BigInt>,
        reference: Option<BigInt>,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let version = match version {
                1 => ClockUpdateVersion::V1,
                2 => ClockUpdateVersion::V2,
                _ => return Err(Status::INVALID_ARGS),
            };
            let value = value.as_ref().map(signed).transpose()?;
            let error_bound = error_bound.as_ref().map(unsigned).transpose()?;
            let reference = reference.as_ref().map(signed).transpose()?;
            let update = ClockUpdate { value, rate_adjust, error_bound, reference, version };
            caller.clock_update(clock, update)
        })
    }
}

fn pack_line(line: ClockTransformation, out: &mut Writer) {
    out.i64(line.reference_offset).i64(line.synthetic_offset);
    out.u32(line.synthetic_ticks).u32(line.reference_ticks);
}
