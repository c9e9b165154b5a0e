//! Sockets.

use napi::Result;
use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// Both ends go into `out`.
    #[napi]
    pub fn socket_create(
        &self,
        context: f64,
        options: u32,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (first, second) = caller.socket_create(options)?;
            out.put(&[first, second])
        })
    }

    /// How many bytes were taken.
    #[napi]
    pub fn socket_write(
        &self,
        context: f64,
        socket: u32,
        options: u32,
        bytes: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.socket_write(socket, options, &bytes))
    }

    /// How many bytes were read into `out`.
    #[napi]
    pub fn socket_read(
        &self,
        context: f64,
        socket: u32,
        options: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let bytes = caller.socket_read(socket, options, out.len())?;
            out.put(&bytes)?;
            Ok(bytes.len())
        })
    }

    /// `zx_socket_set_disposition`
    #[napi]
    pub fn socket_set_disposition(
        &self,
        context: f64,
        socket: u32,
        own: u32,
        peer: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.socket_set_disposition(socket, own, peer))
    }
}
