//! Jobs, processes, threads, and contexts of the embedder.

use kernel_sim::PolicyBasic;
use napi::Result;
use napi::bindgen_prelude::{BigInt, Either, Uint8Array, Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use zx_abi::{PolicyAction, PolicyCondition, Status};

use super::Out;
use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::number::unsigned;
use crate::report::{pack_crash, pack_maps};
use crate::wire::Writer;

#[napi]
impl NativeKernel {
    /// A handle to the root job.
    #[napi]
    pub fn root_job(&self, context: f64) -> Result<f64> {
        self.number(context, |caller| caller.root_job())
    }

    /// `zx_job_create`
    #[napi]
    pub fn job_create(&self, context: f64, parent: u32, options: u32) -> Result<f64> {
        self.number(context, |caller| caller.job_create(parent, options))
    }

    /// `zx_job_set_policy`; an entry is three numbers: condition, action, whether it can be
    /// overridden.
    #[napi]
    pub fn job_set_policy(
        &self,
        context: f64,
        job: u32,
        mode: u32,
        entries: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (entries, _) = entries.as_chunks();
            let entries: zx_abi::Result<Vec<_>> = entries.iter().map(policy).collect();
            caller.job_set_policy(job, mode, &entries?)
        })
    }

    /// `zx_task_kill`
    #[napi]
    pub fn task_kill(&self, context: f64, task: u32) -> Result<f64> {
        self.number(context, |caller| caller.task_kill(task))
    }

    /// The process and its root VMAR go into `out`.
    #[napi]
    pub fn process_create(
        &self,
        context: f64,
        job: u32,
        name: Uint8ArraySlice,
        options: u32,
        mut out: Uint32ArraySlice,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let (process, vmar) = caller.process_create(job, &name, options)?;
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

fn policy(entry: &[u32; 3]) -> zx_abi::Result<PolicyBasic> {
    let [condition, action, can_override] = *entry;
    let condition = PolicyCondition::ALL.get(condition as usize).ok_or(Status::INVALID_ARGS)?;
    let action = PolicyAction::from_raw(action).ok_or(Status::NOT_SUPPORTED)?;
    Ok(PolicyBasic { condition: *condition, action, can_override: can_override != 0 })
}
