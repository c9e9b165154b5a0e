//! Threads.

use kernel_sim::{EntryState, GeneralRegisters};
use napi::Result;
use napi::bindgen_prelude::{BigInt, BigUint64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;
use zx_abi::Status;

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
            caller.thread_start(thread, EntryState { pc, sp, arg1, arg2 })
        })
    }

    /// The general registers of a suspended thread go into `out`.
    #[napi]
    pub fn thread_read_state(
        &self,
        context: f64,
        thread: u32,
        mut out: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let registers = caller.thread_read_registers(thread)?;
            out.put(&registers.words())
        })
    }

    /// Changes the general registers of a suspended thread.
    #[napi]
    pub fn thread_write_state(
        &self,
        context: f64,
        thread: u32,
        registers: BigUint64ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let registers = GeneralRegisters::from_words(caller.target(), registers.as_ref());
            let registers = registers.ok_or(Status::BUFFER_TOO_SMALL)?;
            caller.thread_write_registers(thread, &registers)
        })
    }
}
