//! Channels.

use kernel_sim::{ChannelCall, ChannelRead};
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use zx_abi::{CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, HandleDisposition, Status};

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::signed;

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
        let bytes = bounded(&bytes);
        self.number(context, |caller| caller.channel_write(channel, options, bytes, &handles))
    }

    /// As `channelWrite`. A disposition is five numbers: operation, handle, type, rights, and the
    /// result, which goes there.
    #[napi]
    pub fn channel_write_etc(
        &self,
        context: f64,
        channel: u32,
        options: u32,
        bytes: Uint8ArraySlice,
        mut dispositions: Uint32ArraySlice,
    ) -> Result<f64> {
        let bytes = bounded(&bytes);
        self.number(context, |caller| {
            let (records, _) = dispositions.room().as_chunks_mut();
            let mut handles: Vec<_> = records.iter().map(disposition).collect();
            let written = caller.channel_write_etc(channel, options, bytes, &mut handles);
            for (record, handle) in records.iter_mut().zip(&handles) {
                record[RESULT] = handle.result as u32;
            }
            written
        })
    }

    /// How many bytes were read into `bytes`, which has room for every message. `handles` gets
    /// the number of handles and then for each its value, type and rights.
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
            let room = 1 + INFO_SIZE * max_handles as usize;
            if bytes.len() < max_bytes as usize || handles.len() < room {
                return Err(Status::BUFFER_TOO_SMALL);
            }
            match caller.channel_read_etc(channel, 0, max_bytes, max_handles)? {
                ChannelRead::Message { bytes: message, handles: infos } => {
                    bytes.put(&message)?;
                    let (count, rest) =
                        handles.room().split_first_mut().ok_or(Status::BUFFER_TOO_SMALL)?;
                    *count = infos.len() as u32;
                    let (records, _) = rest.as_chunks_mut::<INFO_SIZE>();
                    for (record, info) in records.iter_mut().zip(&infos) {
                        *record = [info.handle, info.object_type, info.rights];
                    }
                    Ok(message.len())
                }
                ChannelRead::TooSmall { .. } => Err(Status::BUFFER_TOO_SMALL),
            }
        })
    }

    /// Consumes the handles on every outcome. The completion comes under `token`.
    #[napi]
    pub fn channel_call(
        &self,
        context: f64,
        channel: u32,
        bytes: Uint8ArraySlice,
        handles: Uint32ArraySlice,
        deadline: BigInt,
        token: f64,
    ) -> Result<f64> {
        let bytes = bounded(&bytes);
        self.number(context, |caller| {
            let call = ChannelCall {
                bytes,
                handles: &handles,
                max_bytes: CHANNEL_MAX_MSG_BYTES,
                max_handles: CHANNEL_MAX_MSG_HANDLES,
                deadline: signed(&deadline)?,
                token: token as u64,
            };
            caller.channel_call(channel, 0, call)
        })
    }
}

/// Numbers of a handle that was read.
const INFO_SIZE: usize = 3;
/// Numbers of a disposition, and where among them the result is.
const DISPOSITION_SIZE: usize = 5;
const RESULT: usize = 4;

/// The bytes of a message. None is copied that is too large to be sent.
fn bounded(bytes: &[u8]) -> Vec<u8> {
    let limit = CHANNEL_MAX_MSG_BYTES as usize + 1;
    bytes.get(..limit).unwrap_or(bytes).to_vec()
}

fn disposition(record: &[u32; DISPOSITION_SIZE]) -> HandleDisposition {
    let [operation, handle, object_type, rights, _] = *record;
    HandleDisposition { operation, handle, object_type, rights, result: 0 }
}
