//! VMARs.

use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint32ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::unsigned;

#[napi]
impl NativeKernel {
    /// The base of the new VMAR, whose handle goes into `out`.
    #[napi]
    pub fn vmar_allocate(
        &self,
        context: f64,
        vmar: u32,
        options: u32,
        offset: BigInt,
        size: BigInt,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (child, base) =
                caller.vmar_allocate(vmar, options, unsigned(&offset)?, unsigned(&size)?)?;
            out.put(&[child])?;
            Ok(base)
        })
    }

    /// The address of the mapping.
    #[napi]
    pub fn vmar_map(
        &self,
        context: f64,
        vmar: u32,
        options: u32,
        offset: BigInt,
        vmo: u32,
        vmo_offset: BigInt,
        length: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (offset, vmo_offset) = (unsigned(&offset)?, unsigned(&vmo_offset)?);
            caller.vmar_map(vmar, options, offset, vmo, vmo_offset, unsigned(&length)?)
        })
    }

    /// `zx_vmar_unmap`
    #[napi]
    pub fn vmar_unmap(
        &self,
        context: f64,
        vmar: u32,
        address: BigInt,
        length: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.vmar_unmap(vmar, unsigned(&address)?, unsigned(&length)?)
        })
    }

    /// `zx_vmar_protect`
    #[napi]
    pub fn vmar_protect(
        &self,
        context: f64,
        vmar: u32,
        options: u32,
        address: BigInt,
        length: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.vmar_protect(vmar, options, unsigned(&address)?, unsigned(&length)?)
        })
    }

    /// `zx_vmar_destroy`
    #[napi]
    pub fn vmar_destroy(&self, context: f64, vmar: u32) -> Result<f64> {
        self.number(context, |caller| caller.vmar_destroy(vmar))
    }

    /// `zx_vmar_op_range`
    #[napi]
    pub fn vmar_op_range(
        &self,
        context: f64,
        vmar: u32,
        op: u32,
        address: BigInt,
        length: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.vmar_op_range(vmar, op, unsigned(&address)?, unsigned(&length)?)
        })
    }
}
