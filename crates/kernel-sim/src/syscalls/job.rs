//! `zx_job_*` and `zx_task_kill` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{
    JOB_POL_ABSOLUTE, JOB_POL_MAX_COUNT, JOB_POL_RELATIVE, PolicyCondition, Result, Rights, Status,
    TASK_RETCODE_SYSCALL_KILL,
};

use crate::object::{JobId, ObjectId};
use crate::{Caller, PolicyBasic};

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
        if !matches!(mode, JOB_POL_RELATIVE | JOB_POL_ABSOLUTE)
            || entries.is_empty()
            || entries.len() > JOB_POL_MAX_COUNT
        {
            return Err(Status::INVALID_ARGS);
        }
        let id: JobId = self.get(job, Rights::SET_POLICY)?;
        let job = self.state.objects.get_mut(id)?;
        if !(job.jobs.is_empty() && job.processes.is_empty()) {
            return Err(Status::BAD_STATE);
        }
        if entries.len() > PolicyCondition::COUNT {
            return Err(Status::OUT_OF_RANGE);
        }
        job.policy.set(mode, entries)
    }

    /// `zx_task_kill` of a job or process. TERMINATED follows once nothing of it runs any more.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without DESTROY; WRONG_TYPE for anything else.
    pub fn task_kill(&mut self, task: u32) -> Result {
        match self.any(task, Rights::DESTROY)? {
            ObjectId::Job(id) => self.state.kill_job(id, TASK_RETCODE_SYSCALL_KILL),
            ObjectId::Process(id) => self.state.kill_process(id, TASK_RETCODE_SYSCALL_KILL),
            _ => return Err(Status::WRONG_TYPE),
        }
        Ok(())
    }
}
