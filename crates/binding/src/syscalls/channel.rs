//! Channels.

use kernel_sim::ChannelRead;
use napi::Result;
use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use zx_abi::{CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, Status};

use super::Out;
use crate::kernel::NativeKernel;

#[napi]
impl NativeKernel {
    /// Both ends go into `out`.
    #[napi]
    pub fn channel_create(
        &self,
        context: f64,
        options: u32,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (first, second) = caller.channel_create(options)?;
            out.put(&[first, second])
        })
    }

    /// Consumes the handles on every outcome.
    #[napi]
    pub fn channel_write(
        &self,
        context: f64,
        channel: u32,
        options: u32,
        bytes: Uint8ArraySlice,
        handles: Uint32ArraySlice,
    ) -> Result<f64> {
        // No message is copied that is too large to be sent.
        let limit = CHANNEL_MAX_MSG_BYTES as usize + 1;
        let bytes = bytes.get(..limit).unwrap_or(&bytes).to_vec();
        self.number(context, |caller| caller.channel_write(channel, options, bytes, &handles))
    }

    /// How many bytes were read into `bytes`, which has room for every message. `handles` gets
    /// the number of handles and then them.
    #[napi]
    pub fn channel_read(
        &self,
        context: f64,
        channel: u32,
        mut bytes: Uint8ArraySlice,
        mut handles: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (max_bytes, max_handles) = (CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES);
            if bytes.len() < max_bytes as usize || handles.len() < 1 + max_handles as usize {
                return Err(Status::BUFFER_TOO_SMALL);
            }
            match caller.channel_read(channel, 0, max_bytes, max_handles)? {
                ChannelRead::Message { bytes: message, handles: values } => {
                    bytes.put(&message)?;
                    let (count, rest) =
                        handles.room().split_first_mut().ok_or(Status::BUFFER_TOO_SMALL)?;
                    *count = values.len() as u32;
                    rest.iter_mut().zip(&values).for_each(|(to, from)| *to = *from);
                    Ok(message.len())
                }
                ChannelRead::TooSmall { .. } => Err(Status::BUFFER_TOO_SMALL),
            }
        })
    }
}
