//! What all objects have: information, properties, signals, waits.

use kernel_sim::{WaitManyStart, WaitStart};
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use zx_abi::{Signals, Status};

use super::{Out, WAIT_PENDING};
use crate::kernel::NativeKernel;
use crate::number::{koid, signed, unsigned};

#[napi]
impl NativeKernel {
    /// The bytes that the topic answers. As many as fit go into `out`.
    #[napi]
    pub fn object_get_info(
        &self,
        context: f64,
        handle: u32,
        topic: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let info = caller.object_get_info(handle, topic)?;
            let fits = info.bytes.len().min(out.len());
            out.put(info.bytes.get(..fits).unwrap_or_default())?;
            Ok(info.bytes.len())
        })
    }

    /// How many bytes of `out` the property takes.
    #[napi]
    pub fn object_get_property(
        &self,
        context: f64,
        handle: u32,
        property: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let value = caller.object_get_property(handle, property, out.len())?;
            out.put(&value)?;
            Ok(value.len())
        })
    }

    /// `zx_object_set_property`
    #[napi]
    pub fn object_set_property(
        &self,
        context: f64,
        handle: u32,
        property: u32,
        value: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.object_set_property(handle, property, &value))
    }

    /// The signals if one of those asked for is set; 2^32 if the wait goes on and its completion
    /// will come under `token`.
    #[napi]
    pub fn object_wait_one(
        &self,
        context: f64,
        handle: u32,
        signals: u32,
        deadline: BigInt,
        token: f64,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let deadline = signed(&deadline)?;
            let signals = Signals::from_bits_retain(signals);
            Ok(match caller.object_wait_one(handle, signals, deadline, token as u64)? {
                WaitStart::Ready(signals) => signals.bits().into(),
                WaitStart::Pending => WAIT_PENDING,
            })
        })
    }

    /// Items are pairs: handle, signals. The status if the wait is over, with the signals of each
    /// item in `out`; 2^32 if it goes on and its completion will come under `token`.
    #[napi]
    pub fn object_wait_many(
        &self,
        context: f64,
        items: Uint32ArraySlice,
        deadline: BigInt,
        token: f64,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (items, _) = items.as_chunks();
            let items: Vec<_> = items
                .iter()
                .map(|[handle, signals]| (*handle, Signals::from_bits_retain(*signals)))
                .collect();
            match caller.object_wait_many(&items, signed(&deadline)?, token as u64)? {
                WaitManyStart::Ended(status, pending) => {
                    let pending: Vec<u32> = pending.iter().map(|signals| signals.bits()).collect();
                    out.put(&pending)?;
                    Status::ok(status.into_raw()).map(|()| 0)
                }
                WaitManyStart::Pending => Ok(WAIT_PENDING),
            }
        })
    }

    /// `zx_object_get_child`
    #[napi]
    pub fn object_get_child(
        &self,
        context: f64,
        handle: u32,
        child: f64,
        rights: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.object_get_child(handle, koid(child), rights))
    }

    /// `zx_object_signal`
    #[napi]
    pub fn object_signal(&self, context: f64, handle: u32, clear: u32, set: u32) -> Result<f64> {
        self.number(context, |caller| caller.object_signal(handle, clear, set))
    }

    /// `zx_object_signal_peer`
    #[napi]
    pub fn object_signal_peer(
        &self,
        context: f64,
        handle: u32,
        clear: u32,
        set: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.object_signal_peer(handle, clear, set))
    }

    /// `zx_object_wait_async`
    #[napi]
    pub fn object_wait_async(
        &self,
        context: f64,
        handle: u32,
        port: u32,
        key: BigInt,
        signals: u32,
        options: u32,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let signals = Signals::from_bits_retain(signals);
            caller.object_wait_async(handle, port, unsigned(&key)?, signals, options)
        })
    }
}
