//! Streams.

use napi::Result;
use napi::bindgen_prelude::{BigInt, BigUint64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::{signed, unsigned};

#[napi]
impl NativeKernel {
    /// `zx_stream_create`
    #[napi]
    pub fn stream_create(&self, context: f64, options: u32, vmo: u32, seek: BigInt) -> Result<f64> {
        self.number(context, |caller| caller.stream_create(options, vmo, unsigned(&seek)?))
    }

    /// How many bytes were read into `out`, from an offset if there is one.
    #[napi]
    pub fn stream_read(
        &self,
        context: f64,
        stream: u32,
        at: Option<BigInt>,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let at = at.as_ref().map(unsigned).transpose()?;
            caller.stream_read(stream, 0, at, out.room())
        })
    }

    /// How many bytes were written, at an offset if there is one.
    #[napi]
    pub fn stream_write(
        &self,
        context: f64,
        stream: u32,
        options: u32,
        at: Option<BigInt>,
        bytes: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let at = at.as_ref().map(unsigned).transpose()?;
            caller.stream_write(stream, options, at, &bytes)
        })
    }

    /// The new offset goes into `out`.
    #[napi]
    pub fn stream_seek(
        &self,
        context: f64,
        stream: u32,
        whence: u32,
        offset: BigInt,
        mut out: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let seek = caller.stream_seek(stream, whence, signed(&offset)?)?;
            out.put(&[seek])
        })
    }
}
