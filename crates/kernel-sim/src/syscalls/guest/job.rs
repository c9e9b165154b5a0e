//! `zx_job_*` for guests.

use zerocopy::FromBytes;
use zx_abi::{
    JOB_POL_BASIC_V1, JOB_POL_BASIC_V2, JOB_POL_RELATIVE, JOB_POL_TIMER_SLACK, POL_OVERRIDE_ALLOW,
    POL_OVERRIDE_DENY, PolicyAction, PolicyCondition, RawPolicyBasicV1, RawPolicyBasicV2,
    RawPolicyTimerSlack, Result, Status,
};

use super::calls::{GuestCall, JobCreate, JobSetCritical, JobSetPolicy};
use super::{DONE, Outcome, done};
use crate::syscalls::job::policy_arguments;
use crate::{Caller, PolicyBasic, TimerSlack};

impl GuestCall for JobCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let job = caller.job_create(self.parent_job.0, self.options.0)?;
        caller.copy_out_handles(&[(self.out, job)])
    }
}

impl GuestCall for JobSetCritical {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.job_set_critical(self.job.0, self.options.0, self.process.0).map(done)
    }
}

impl GuestCall for JobSetPolicy {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (job, mode) = (self.handle.0, self.options.0);
        match self.topic.0 {
            JOB_POL_BASIC_V1 => {
                let entries: Vec<RawPolicyBasicV1> = self.entries(caller)?;
                // An explicit entry is final.
                let entries = entries.into_iter().map(|RawPolicyBasicV1 { condition, action }| {
                    RawPolicyBasicV2 { condition, action, flags: POL_OVERRIDE_DENY }
                });
                set_basic_policy(caller, job, mode, entries.collect())?;
            }
            JOB_POL_BASIC_V2 => set_basic_policy(caller, job, mode, self.entries(caller)?)?,
            JOB_POL_TIMER_SLACK => {
                if mode != JOB_POL_RELATIVE || self.policy_size != 1 {
                    return Err(Status::INVALID_ARGS);
                }
                let slack: Vec<RawPolicyTimerSlack> = self.records(caller)?;
                let slack = slack.first().ok_or(Status::INVALID_ARGS)?;
                let slack = TimerSlack { amount: slack.min_slack, mode: slack.default_mode };
                caller.job_set_timer_slack(job, mode, slack)?;
            }
            _ => return Err(Status::INVALID_ARGS),
        }
        Ok(DONE)
    }
}

impl JobSetPolicy {
    /// Copies the entries of a basic policy in.
    fn entries<T: FromBytes>(&self, caller: &Caller<'_>) -> Result<Vec<T>> {
        policy_arguments(self.options.0, self.policy_size as usize)?;
        self.records(caller)
    }

    fn records<T: FromBytes>(&self, caller: &Caller<'_>) -> Result<Vec<T>> {
        caller.not_null(self.policy.address)?;
        caller.copy_in_records(self.policy.cast::<[T]>())
    }
}

fn set_basic_policy(
    caller: &mut Caller<'_>,
    job: u32,
    mode: u32,
    entries: Vec<RawPolicyBasicV2>,
) -> Result {
    let conditions = caller.generation().policy_conditions;
    let decode = || entries.iter().map(|entry| basic_policy(conditions, entry)).collect();
    caller.set_policy_entries(job, mode, entries.len(), decode)
}

/// # Errors
/// INVALID_ARGS for an unknown condition or flags, NOT_SUPPORTED for an unknown action.
fn basic_policy(conditions: &[PolicyCondition], entry: &RawPolicyBasicV2) -> Result<PolicyBasic> {
    let condition = conditions.get(entry.condition as usize);
    let condition = *condition.ok_or(Status::INVALID_ARGS)?;
    let action = PolicyAction::from_raw(entry.action).ok_or(Status::NOT_SUPPORTED)?;
    let can_override = match entry.flags {
        POL_OVERRIDE_ALLOW => true,
        POL_OVERRIDE_DENY => false,
        _ => return Err(Status::INVALID_ARGS),
    };
    Ok(PolicyBasic { condition, action, can_override })
}
