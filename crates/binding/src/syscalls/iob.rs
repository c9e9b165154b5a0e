//! IOBuffers.

use napi::Result;
use napi::bindgen_prelude::{BigInt, BigUint64ArraySlice, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use zx_abi::IobRegion;

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::unsigned;

/// Numbers of a region: kind, access, size, discipline, tag, options, shared region.
const NUMBERS: usize = 7;

#[napi]
impl NativeKernel {
    /// Both ends go into `out`. A region is seven numbers.
    #[napi]
    pub fn iob_create(
        &self,
        context: f64,
        regions: BigUint64ArraySlice,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (regions, _) = regions.as_chunks::<NUMBERS>();
            let regions = regions.iter().map(region).collect();
            let (first, second) = caller.iob_create(0, |_| Ok(regions))?;
            out.put(&[first, second])
        })
    }

    /// `zx_iob_create_shared_region`
    #[napi]
    pub fn iob_create_shared_region(&self, context: f64, size: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.iob_create_shared_region(0, unsigned(&size)?))
    }

    /// `zx_iob_allocate_id`
    #[napi]
    pub fn iob_allocate_id(
        &self,
        context: f64,
        iob: u32,
        region: u32,
        blob: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.iob_allocate_id(iob, 0, region, &blob))
    }

    /// `zx_iob_writev` of one buffer.
    #[napi]
    pub fn iob_write(
        &self,
        context: f64,
        iob: u32,
        region: u32,
        data: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.iob_write(iob, 0, region, &data))
    }

    /// `zx_vmar_map_iob`
    #[napi]
    pub fn vmar_map_iob(
        &self,
        context: f64,
        vmar: u32,
        options: u32,
        offset: BigInt,
        iob: u32,
        region: u32,
        region_offset: BigInt,
        len: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let part = (unsigned(&region_offset)?, unsigned(&len)?);
            caller.vmar_map_iob(vmar, options, unsigned(&offset)?, (iob, region), part)
        })
    }

    /// `zx_vmar_map_clock`
    #[napi]
    pub fn vmar_map_clock(
        &self,
        context: f64,
        vmar: u32,
        options: u32,
        offset: BigInt,
        clock: u32,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let len = zx_abi::PAGE_SIZE;
            caller.vmar_map_clock(vmar, options, unsigned(&offset)?, clock, len)
        })
    }
}

fn region(&[kind, access, size, discipline, tag, options, shared]: &[u64; NUMBERS]) -> IobRegion {
    let mut region = IobRegion {
        kind: kind as u32,
        access: access as u32,
        size,
        discipline,
        ..IobRegion::default()
    };
    region.discipline_extension[0] = tag;
    region.extension[..2].copy_from_slice(&[options as u32, shared as u32]);
    region
}
