//! Jobs and their policy.

use kernel_sim::{PolicyBasic, TimerSlack};
use napi::bindgen_prelude::{BigInt, Uint32ArraySlice};
use napi::{Either, Result};
use napi_derive::napi;
use zx_abi::{JOB_POL_RELATIVE, PolicyAction, PolicyCondition, Status};

use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::limits;
use crate::number::signed;

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

    /// `zx_job_set_policy`, basic; an entry is three numbers: condition, action, whether it can be
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

    /// `zx_job_set_policy`, timer slack.
    #[napi]
    pub fn job_set_timer_slack(
        &self,
        context: f64,
        job: u32,
        amount: BigInt,
        mode: u32,
    ) -> Result<f64> {
        self.number(context, |caller| {
            let slack = TimerSlack { amount: signed(&amount)?, mode };
            caller.job_set_timer_slack(job, JOB_POL_RELATIVE, slack)
        })
    }

    /// Sets limits: pairs of an item's number and an amount.
    #[napi]
    pub fn job_set_limits(&self, context: f64, job: u32, changes: Vec<f64>) -> Result<f64> {
        self.number(context, |caller| caller.job_set_limits(job, &limits::changes(&changes)?))
    }

    /// The limits of a job, and then what it uses, or a status.
    #[napi]
    pub fn job_accounts(&self, context: f64, job: u32) -> Result<Either<Vec<f64>, i32>> {
        guard(|| {
            Ok(match self.call(context, |caller| caller.job_accounts(job)) {
                Ok((limits, used)) => {
                    Either::A(limits::numbers(&limits).chain(limits::numbers(&used)).collect())
                }
                Err(status) => Either::B(status.into_raw()),
            })
        })
    }

    /// `zx_job_set_critical`
    #[napi]
    pub fn job_set_critical(
        &self,
        context: f64,
        job: u32,
        options: u32,
        process: u32,
    ) -> Result<f64> {
        self.number(context, |caller| caller.job_set_critical(job, options, process))
    }
}

fn policy(entry: &[u32; 3]) -> zx_abi::Result<PolicyBasic> {
    let [condition, action, can_override] = *entry;
    let condition = PolicyCondition::ALL.get(condition as usize).ok_or(Status::INVALID_ARGS)?;
    let action = PolicyAction::from_raw(action).ok_or(Status::NOT_SUPPORTED)?;
    Ok(PolicyBasic { condition: *condition, action, can_override: can_override != 0 })
}
