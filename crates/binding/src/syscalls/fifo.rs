//! Fifos.

use napi::Result;
use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// Both ends go into `out`.
    #[napi]
    pub fn fifo_create(
        &self,
        context: f64,
        elem_count: u32,
        elem_size: u32,
        options: u32,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (first, second) =
                caller.fifo_create(elem_count.into(), elem_size.into(), options)?;
            out.put(&[first, second])
        })
    }

    /// How many elements were taken.
    #[napi]
    pub fn fifo_write(
        &self,
        context: f64,
        fifo: u32,
        elem_size: u32,
        elements: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.fifo_write(fifo, elem_size.into(), &elements))
    }

    /// How many bytes of elements were read into `out`, which has room for all that a fifo holds.
    #[napi]
    pub fn fifo_read(
        &self,
        context: f64,
        fifo: u32,
        elem_size: u32,
        count: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let elements = caller.fifo_read(fifo, elem_size.into(), count.into())?;
            out.put(&elements)?;
            Ok(elements.len())
        })
    }
}
