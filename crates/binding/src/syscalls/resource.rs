//! Resources.

use kernel_sim::Name;
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::{ResourceKind, Status};

use crate::kernel::NativeKernel;
use crate::number::unsigned;

#[napi]
impl NativeKernel {
    /// A resource that gives everything of a kind.
    #[napi]
    pub fn whole_resource(&self, context: f64, kind: u32, name: Uint8ArraySlice) -> Result<f64> {
        self.number(context, |caller| {
            let kind = ResourceKind::from_raw(kind).ok_or(Status::INVALID_ARGS)?;
            caller.whole_resource(kind, Name::truncated(&name))
        })
    }

    /// `zx_resource_create`
    #[napi]
    pub fn resource_create(
        &self,
        context: f64,
        parent: u32,
        options: u32,
        base: BigInt,
        size: BigInt,
        name: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let range = (unsigned(&base)?, unsigned(&size)?);
            caller.resource_create(parent, options, range, Ok(Name::truncated(&name)))
        })
    }
}
