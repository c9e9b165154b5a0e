//! Virtual interrupts.

use kernel_sim::InterruptWait;
use napi::Result;
use napi::bindgen_prelude::{BigInt, BigUint64ArraySlice};
use napi_derive::napi;
use zx_abi::{HANDLE_INVALID, INTERRUPT_VIRTUAL};

use super::{Out, WAIT_PENDING};
use crate::kernel::NativeKernel;
use crate::number::{signed, unsigned};

#[napi]
impl NativeKernel {
    /// `zx_interrupt_create`
    #[napi]
    pub fn interrupt_create(&self, context: f64) -> Result<f64> {
        self.number(context, |caller| caller.interrupt_create(HANDLE_INVALID, 0, INTERRUPT_VIRTUAL))
    }

    /// `zx_interrupt_trigger`
    #[napi]
    pub fn interrupt_trigger(
        &self,
        context: f64,
        interrupt: u32,
        timestamp: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| caller.interrupt_trigger(interrupt, 0, signed(&timestamp)?))
    }

    /// 0 if the moment is in `out`, as 64 bits; 2^32 if the wait goes on and its completion will come
    /// under `token`.
    #[napi]
    pub fn interrupt_wait(
        &self,
        context: f64,
        interrupt: u32,
        token: f64,
        mut out: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| match caller.interrupt_wait(interrupt, token as u64)? {
            InterruptWait::Ready(timestamp) => out.put(&[timestamp as u64]).map(|()| 0),
            InterruptWait::Pending => Ok(WAIT_PENDING),
        })
    }

    /// `zx_interrupt_bind`
    #[napi]
    pub fn interrupt_bind(
        &self,
        context: f64,
        interrupt: u32,
        port: u32,
        key: BigInt,
        options: u32,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.interrupt_bind(interrupt, port, unsigned(&key)?, options)
        })
    }

    /// `zx_interrupt_ack`
    #[napi]
    pub fn interrupt_ack(&self, context: f64, interrupt: u32) -> Result<f64> {
        self.number(context, |caller| caller.interrupt_ack(interrupt))
    }

    /// `zx_interrupt_destroy`
    #[napi]
    pub fn interrupt_destroy(&self, context: f64, interrupt: u32) -> Result<f64> {
        self.number(context, |caller| caller.interrupt_destroy(interrupt))
    }
}
