//! Threads.

use kernel_sim::EntryState;
use napi::Result;
use napi::bindgen_prelude::{BigInt, Uint8ArraySlice};
use napi_derive::napi;

use super::Out;
use crate::kernel::NativeKernel;
use crate::number::unsigned;

#[napi]
impl NativeKernel {
    /// `zx_thread_create`
    #[napi]
    pub fn thread_create(
        &self,
        context: f64,
        process: u32,
        name: Uint8ArraySlice,
        options: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.thread_create(process, &name, options))
    }

    /// `zx_thread_start`
    #[napi]
    pub fn thread_start(
        &self,
        context: f64,
        thread: u32,
        entry: BigInt,
        stack: BigInt,
        arg1: BigInt,
        arg2: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (pc, sp) = (unsigned(&entry)?, unsigned(&stack)?);
            let (arg1, arg2) = (unsigned(&arg1)?, unsigned(&arg2)?);
            caller.thread_start(thread, EntryState::new(pc, sp, arg1, arg2))
        })
    }

    /// The registers of a kind go into `out`, which has room for them.
    #[napi]
    pub fn thread_read_state(
        &self,
        context: f64,
        thread: u32,
        kind: u32,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let state = caller.thread_read_state(thread, kind, out.len())?;
            out.put(&state)
        })
    }

    /// `zx_thread_write_state`
    #[napi]
    pub fn thread_write_state(
        &self,
        context: f64,
        thread: u32,
        kind: u32,
        state: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| caller.thread_write_state(thread, kind, &state))
    }
}
