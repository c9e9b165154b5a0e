//! Profiles.

use napi::Result;
use napi::bindgen_prelude::BigUint64ArraySlice;
use napi_derive::napi;
use zx_abi::{ProfileInfo, Status};

use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// `zx_profile_create`, of flags, three parameters and eight words of processors.
    #[napi]
    pub fn profile_create(
        &self,
        context: f64,
        authority: u32,
        info: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let words: [u64; 12] = (*info).try_into().map_err(|_| Status::INVALID_ARGS)?;
            let [flags, first, second, third, mask @ ..] = words;
            let info = ProfileInfo {
                flags: flags as u32,
                padding: 0,
                params: [first, second, third].map(|word| word as i64),
                cpu_affinity_mask: mask,
            };
            caller.profile_create(authority, 0, |_| Ok(info))
        })
    }

    /// `zx_object_set_profile`
    #[napi]
    pub fn object_set_profile(&self, context: f64, object: u32, profile: u32) -> Result<f64> {
        self.number(context, |caller| caller.object_set_profile(object, profile, 0))
    }
}
