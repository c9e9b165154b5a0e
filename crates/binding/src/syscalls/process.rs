//! Processes, and contexts of the embedder.

use napi::Result;
use napi::bindgen_prelude::{
    BigInt, Either, Either3, Null, Uint8Array, Uint8ArraySlice, Uint32ArraySlice,
};
use napi_derive::napi;

use super::Out;
use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::number::{abi_named, unsigned};
use crate::report::{pack_crash, pack_maps};
use crate::wire::Writer;

#[napi]
impl NativeKernel {
    /// The process and its root VMAR go into `out`. It speaks the ABI of this name, or the
    /// context's own.
    #[napi]
    pub fn process_create(
        &self,
        context: f64,
        job: u32,
        name: Uint8ArraySlice,
        options: u32,
        mut out: Uint32ArraySlice,
        abi: Option<String>,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let abi = abi_named(abi).unwrap_or(caller.abi());
            let (process, vmar) = caller.process_create_for(abi, job, &name, options)?;
            out.put(&[process, vmar])
        })
    }

    /// `zx_process_start`
    #[napi]
    pub fn process_start(
        &self,
        context: f64,
        process: u32,
        thread: u32,
        entry: BigInt,
        stack: BigInt,
        arg1: u32,
        arg2: BigInt,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (entry, stack, arg2) = (unsigned(&entry)?, unsigned(&stack)?, unsigned(&arg2)?);
            caller.process_start(process, thread, entry, stack, arg1, arg2)
        })
    }

    /// How many bytes were read into `out`.
    #[napi]
    pub fn process_read_memory(
        &self,
        context: f64,
        process: u32,
        address: BigInt,
        mut out: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let bytes =
                caller.process_read_memory(process, unsigned(&address)?, out.len() as u64)?;
            out.put(&bytes)?;
            Ok(bytes.len())
        })
    }

    /// How many bytes were written.
    #[napi]
    pub fn process_write_memory(
        &self,
        context: f64,
        process: u32,
        address: BigInt,
        bytes: Uint8ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            caller.process_write_memory(process, unsigned(&address)?, &bytes)
        })
    }

    /// The address space, packed.
    #[napi]
    pub fn process_maps(&self, context: f64, process: u32) -> Result<Either<Uint8Array, i32>> {
        guard(|| {
            let maps = self.call(context, |caller| caller.process_maps(process));
            Ok(packed(maps, |maps, out| pack_maps(&maps, out)))
        })
    }

    /// The crash report, packed; no bytes if there is none.
    #[napi]
    pub fn process_crash_report(
        &self,
        context: f64,
        process: u32,
    ) -> Result<Either<Uint8Array, i32>> {
        guard(|| {
            let report = self.call(context, |caller| caller.process_crash_report(process));
            Ok(packed(report, |report, out| {
                if let Some(report) = report {
                    pack_crash(&report, out);
                }
            }))
        })
    }

    /// What the host refused the process; null if it has not ended of that.
    #[napi]
    pub fn process_host_failure(
        &self,
        context: f64,
        process: u32,
    ) -> Result<Either3<NativeErrors, Null, i32>> {
        guard(|| {
            let failure = self.call(context, |caller| caller.process_host_failure(process));
            Ok(match failure {
                Ok(Some(failure)) => Either3::A(failure.into_native()),
                Ok(None) => Either3::B(Null),
                Err(status) => Either3::C(status.into_raw()),
            })
        })
    }

    /// The number of the item for whose limit the kernel has killed a process, plus 1; 0 if it has not.
    #[napi]
    pub fn process_killed_for(&self, context: f64, process: u32) -> Result<f64> {
        self.number(context, |caller| {
            let killed_for = caller.process_killed_for(process)?;
            Ok(killed_for.map_or(0, |item| item as u32 + 1))
        })
    }

    /// The koid of a new context.
    #[napi]
    pub fn context_create(&self, context: f64, job: u32, name: Uint8ArraySlice) -> Result<f64> {
        self.number(context, |caller| caller.context_create(job, &name))
    }

    /// Ends a context.
    #[napi]
    pub fn context_close(&self, context: f64) -> Result<f64> {
        self.number(context, |caller| {
            caller.context_close();
            Ok(())
        })
    }
}

/// Packed bytes, or a status.
fn packed<T>(
    result: zx_abi::Result<T>,
    pack: impl FnOnce(T, &mut Writer),
) -> Either<Uint8Array, i32> {
    match result {
        Ok(value) => {
            let mut out = Writer::default();
            pack(value, &mut out);
            Either::A(out.take().into())
        }
        Err(status) => Either::B(status.into_raw()),
    }
}
