//! Pagers.

use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice};
use napi_derive::napi;

use zx_abi::VmoDirtyRange;

use super::{Out, WAIT_PENDING};
use crate::kernel::NativeKernel;
use crate::number::{signed, unsigned};

#[napi]
impl NativeKernel {
    /// `zx_pager_create`
    #[napi]
    pub fn pager_create(&self, context: f64, options: u32) -> Result<f64> {
        self.number(context, |caller| caller.pager_create(options))
    }

    /// `zx_pager_create_vmo`
    #[napi]
    pub fn pager_create_vmo(
        &self,
        context: f64,
        pager: u32,
        options: u32,
        port: u32,
        key: BigInt,
        size: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.pager_create_vmo(pager, options, port, unsigned(&key)?, unsigned(&size)?)
        })
    }

    /// `zx_pager_detach_vmo`
    #[napi]
    pub fn pager_detach_vmo(&self, context: f64, pager: u32, vmo: u32) -> Result<f64> {
        self.number(context, |caller| caller.pager_detach_vmo(pager, vmo))
    }

    /// `zx_pager_supply_pages`
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "those of the call")]
    pub fn pager_supply_pages(
        &self,
        context: f64,
        pager: u32,
        vmo: u32,
        offset: BigInt,
        length: BigInt,
        aux: u32,
        aux_offset: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let range = (unsigned(&offset)?, unsigned(&length)?);
            caller.pager_supply_pages(pager, vmo, range, aux, unsigned(&aux_offset)?)
        })
    }

    /// `zx_pager_op_range`
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "those of the call")]
    pub fn pager_op_range(
        &self,
        context: f64,
        pager: u32,
        op: u32,
        vmo: u32,
        offset: BigInt,
        length: BigInt,
        data: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let range = (unsigned(&offset)?, unsigned(&length)?);
            caller.pager_op_range(pager, op, vmo, range, unsigned(&data)?)
        })
    }

    /// How many ranges there are; the first of them go into `out`, as `zx_vmo_dirty_range_t`.
    #[napi]
    pub fn pager_query_dirty_ranges(
        &self,
        context: f64,
        pager: u32,
        vmo: u32,
        offset: BigInt,
        length: BigInt,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let range = (unsigned(&offset)?, unsigned(&length)?);
            let room = (out.len() / size_of::<VmoDirtyRange>()) as u64;
            let (ranges, count) = caller.pager_query_dirty_ranges(pager, vmo, range, room)?;
            let words = ranges.iter().flat_map(|it| [it.offset, it.length, it.options]);
            out.put(&words.flat_map(u64::to_le_bytes).collect::<Vec<_>>())?;
            Ok(count)
        })
    }

    /// Whether the VMO has been modified.
    #[napi]
    pub fn pager_query_vmo_stats(
        &self,
        context: f64,
        pager: u32,
        vmo: u32,
        options: u32,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.pager_query_vmo_stats(pager, vmo, options).map(|stats| stats.modified)
        })
    }

    /// 0 if the pages of a range of a VMO are there; 2^32 if they are waited for and the wait's
    /// completion will come under `token`.
    #[napi]
    pub fn vmo_prefetch(
        &self,
        context: f64,
        vmo: u32,
        offset: BigInt,
        size: BigInt,
        deadline: BigInt,
        token: f64,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let range = (unsigned(&offset)?, unsigned(&size)?);
            let waits = caller.vmo_prefetch(vmo, range, signed(&deadline)?, token as u64)?;
            Ok(if waits { WAIT_PENDING } else { 0 })
        })
    }
}
