//! `zx_job_set_policy` for guests.

use zerocopy::FromBytes;
use zx_abi::{
    JOB_POL_BASIC_V1, JOB_POL_BASIC_V2, JOB_POL_RELATIVE, JOB_POL_TIMER_SLACK, POL_OVERRIDE_ALLOW,
    POL_OVERRIDE_DENY, PolicyAction, PolicyCondition, RawPolicyBasicV1, RawPolicyBasicV2,
    RawPolicyTimerSlack, Result, Status,
};

use super::{DONE, Outcome};
use crate::syscalls::job::policy_arguments;
use crate::{Caller, PolicyBasic, TimerSlack};

impl Caller<'_> {
    pub(super) fn guest_job_set_policy(&mut self, args: [u64; 8]) -> Outcome {
        let [job, options, topic, policy, count, ..] = args;
        let (job, options, count) = (job as u32, options as u32, count as u32);
        match topic as u32 {
            JOB_POL_BASIC_V1 => {
                let entries: Vec<RawPolicyBasicV1> = self.entries(options, policy, count)?;
                // An explicit entry is final.
                let entries = entries.into_iter().map(|RawPolicyBasicV1 { condition, action }| {
                    RawPolicyBasicV2 { condition, action, flags: POL_OVERRIDE_DENY }
                });
                self.guest_basic_policy(job, options, entries.collect())?;
            }
            JOB_POL_BASIC_V2 => {
                let entries = self.entries(options, policy, count)?;
                self.guest_basic_policy(job, options, entries)?;
            }
            JOB_POL_TIMER_SLACK => {
                if options != JOB_POL_RELATIVE || count != 1 {
                    return Err(Status::INVALID_ARGS);
                }
                let slack: Vec<RawPolicyTimerSlack> = self.records(policy, count)?;
                let slack = slack.first().ok_or(Status::INVALID_ARGS)?;
                let slack = TimerSlack { amount: slack.min_slack, mode: slack.default_mode };
                self.job_set_timer_slack(job, options, slack)?;
            }
            _ => return Err(Status::INVALID_ARGS),
        }
        Ok(DONE)
    }

    /// Copies the entries of a basic policy in.
    fn entries<T: FromBytes>(&self, mode: u32, address: u64, count: u32) -> Result<Vec<T>> {
        policy_arguments(mode, count as usize)?;
        self.records(address, count)
    }

    fn records<T: FromBytes>(&self, address: u64, count: u32) -> Result<Vec<T>> {
        self.not_null(address)?;
        self.copy_in_records(address, count.into())
    }

    fn guest_basic_policy(
        &mut self,
        job: u32,
        mode: u32,
        entries: Vec<RawPolicyBasicV2>,
    ) -> Result {
        let decode = || entries.iter().map(basic_policy).collect();
        self.set_policy_entries(job, mode, entries.len(), decode)
    }
}

/// # Errors
/// INVALID_ARGS for an unknown condition or flags, NOT_SUPPORTED for an unknown action.
fn basic_policy(entry: &RawPolicyBasicV2) -> Result<PolicyBasic> {
    let condition = PolicyCondition::ALL.get(entry.condition as usize);
    let condition = *condition.ok_or(Status::INVALID_ARGS)?;
    let action = PolicyAction::from_raw(entry.action).ok_or(Status::NOT_SUPPORTED)?;
    let can_override = match entry.flags {
        POL_OVERRIDE_ALLOW => true,
        POL_OVERRIDE_DENY => false,
        _ => return Err(Status::INVALID_ARGS),
    };
    Ok(PolicyBasic { condition, action, can_override })
}
