//! `zx_job_*` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{
    JOB_CRITICAL_PROCESS_RETCODE_NONZERO, JOB_POL_ABSOLUTE, JOB_POL_MAX_COUNT, JOB_POL_RELATIVE,
    Result, Rights, Status, TIMER_SLACK_CENTER, TIMER_SLACK_EARLY, TIMER_SLACK_LATE,
};

use crate::object::{CriticalTo, Job, JobId, ProcessId};
use crate::{Amounts, Caller, Item, PolicyBasic, TimerSlack};

const SLACK_MODES: [u32; 3] = [TIMER_SLACK_CENTER, TIMER_SLACK_EARLY, TIMER_SLACK_LATE];

impl Caller<'_> {
    /// A handle to the kernel's root job, for the embedder.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn root_job(&mut self) -> Result<u32> {
        let root = self.state.root_job.ok_or(Status::BAD_STATE)?;
        self.add_default(root)
    }

    /// `zx_job_create`.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED with neither MANAGE_JOB nor
    /// WRITE; OUT_OF_RANGE 32 levels below the root; BAD_STATE below a killed job; NO_MEMORY.
    pub fn job_create(&mut self, parent: u32, options: u32) -> Result<u32> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let parent = self.managed_job(parent, Rights::MANAGE_JOB)?;
        let job = self.state.new_job(Some(parent))?;
        self.add_default(job)
    }

    /// Sets some limits of what a job and all that is below it may use, for the embedder. What it uses
    /// already it keeps; other limits stay as they are. Those of the root job are the kernel's, of which
    /// a sixteenth, processor time aside, is for the embedder's contexts in it.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without SET_POLICY.
    pub fn job_set_limits(&mut self, job: u32, changes: &[(Item, u64)]) -> Result {
        let id: JobId = self.get(job, Rights::SET_POLICY)?;
        let account = self.state.objects.get(id)?.account;
        let mut limits = self.state.objects.accounts.limits(account);
        changes.iter().for_each(|(item, amount)| limits[*item] = *amount);
        self.state.set_job_limits(id, limits)
    }

    /// The limits of a job, as far as it has any of its own, and what it and all that is below it
    /// use, for the embedder.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without INSPECT.
    pub fn job_accounts(&mut self, job: u32) -> Result<(Amounts, Amounts)> {
        let id: JobId = self.get(job, Rights::INSPECT)?;
        let account = self.state.objects.get(id)?.account;
        let accounts = &self.state.objects.accounts;
        Ok((accounts.limits(account), accounts.used(account)))
    }

    /// A job through a handle that has `right` or, as older callers do, WRITE.
    pub(crate) fn managed_job(&mut self, handle: u32, right: Rights) -> Result<JobId> {
        let (id, rights) = self.typed::<JobId>(handle)?;
        if rights.intersects(right | Rights::WRITE) { Ok(id) } else { Err(Status::ACCESS_DENIED) }
    }

    /// `zx_job_set_policy`, basic topics: `mode` is RELATIVE (0) or ABSOLUTE (1).
    ///
    /// # Errors
    /// INVALID_ARGS for the mode, no entries or more than 32; BAD_HANDLE, WRONG_TYPE,
    /// ACCESS_DENIED without SET_POLICY; BAD_STATE for a job that has children; OUT_OF_RANGE for
    /// more entries than there are conditions; ALREADY_EXISTS for an absolute conflict with what
    /// is final.
    pub fn job_set_policy(&mut self, job: u32, mode: u32, entries: &[PolicyBasic]) -> Result {
        policy_arguments(mode, entries.len())?;
        self.set_policy_entries(job, mode, entries.len(), || Ok(entries.to_vec()))
    }

    /// What is left of `zx_job_set_policy` once its arguments are judged; entries are decoded last.
    pub(super) fn set_policy_entries(
        &mut self,
        job: u32,
        mode: u32,
        count: usize,
        decode: impl FnOnce() -> Result<Vec<PolicyBasic>>,
    ) -> Result {
        let conditions = self.generation().policy_conditions.len();
        let job = self.childless_job(job)?;
        if count > conditions {
            return Err(Status::OUT_OF_RANGE);
        }
        job.policy.set(mode, &decode()?)
    }

    /// `zx_job_set_policy`, timer slack: `options` is RELATIVE (0). The amount that counts is never
    /// less than the parent's.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without SET_POLICY;
    /// BAD_STATE for a job that has children; INVALID_ARGS for a negative amount or an unknown
    /// mode.
    pub fn job_set_timer_slack(&mut self, job: u32, options: u32, slack: TimerSlack) -> Result {
        if options != JOB_POL_RELATIVE {
            return Err(Status::INVALID_ARGS);
        }
        let job = self.childless_job(job)?;
        if slack.amount < 0 || !SLACK_MODES.contains(&slack.mode) {
            return Err(Status::INVALID_ARGS);
        }
        let amount = slack.amount.max(job.policy.timer_slack.amount);
        job.policy.timer_slack = TimerSlack { amount, ..slack };
        Ok(())
    }

    /// A job whose policy may be set.
    fn childless_job(&mut self, job: u32) -> Result<&mut Job> {
        let id: JobId = self.get(job, Rights::SET_POLICY)?;
        let job = self.state.objects.get_mut(id)?;
        if job.jobs.is_empty() && job.processes.is_empty() {
            Ok(job)
        } else {
            Err(Status::BAD_STATE)
        }
    }

    /// `zx_job_set_critical`: the job dies when the process does; under RETCODE_NONZERO (1) unless
    /// that returns 0. This is final.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without DESTROY for
    /// the job and without WAIT for the process; ALREADY_BOUND for a process that is critical to a
    /// job; INVALID_ARGS for a job that is not above the process.
    pub fn job_set_critical(&mut self, job: u32, options: u32, process: u32) -> Result {
        if options & !JOB_CRITICAL_PROCESS_RETCODE_NONZERO != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let job: JobId = self.get(job, Rights::DESTROY)?;
        let process: ProcessId = self.get(process, Rights::WAIT)?;
        let objects = &mut self.state.objects;
        let target = objects.get(process)?;
        if target.critical_to.is_some() {
            return Err(Status::ALREADY_BOUND);
        }
        let mut above = Some(target.job);
        while let Some(next) = above.filter(|next| *next != job) {
            above = objects.jobs.get(next).and_then(|job| job.parent);
        }
        above.ok_or(Status::INVALID_ARGS)?;
        let nonzero = options & JOB_CRITICAL_PROCESS_RETCODE_NONZERO != 0;
        objects.get_mut(process)?.critical_to = Some(CriticalTo { job, nonzero });
        Ok(())
    }
}

/// What `zx_job_set_policy` judges of its basic topics before it looks at their entries.
///
/// # Errors
/// INVALID_ARGS for the mode, no entries or more than 32.
pub(super) fn policy_arguments(mode: u32, count: usize) -> Result {
    if matches!(mode, JOB_POL_RELATIVE | JOB_POL_ABSOLUTE)
        && (1..=JOB_POL_MAX_COUNT).contains(&count)
    {
        Ok(())
    } else {
        Err(Status::INVALID_ARGS)
    }
}
