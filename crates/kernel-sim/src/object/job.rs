//! Jobs (zircon/kernel/object/job_dispatcher.cc).

use std::collections::BTreeMap;

use zx_abi::{JOB_MAX_HEIGHT, MAX_HANDLE_COUNT, Result, Rights, Signals, Status};

use super::{ExceptionChannel, Header, JobId, Key, ProcessId, object, rights};
use crate::account::{AccountId, Amounts, Item};
use crate::policy::JobPolicy;
use crate::runtime::Runtime;
use crate::state::State;
use crate::{Koid, Name};

/// The embedder's share of what the root job may use is one part in so many.
const SHARE: u64 = 16;

#[derive(Debug)]
pub(crate) struct Job {
    pub header: Header,
    pub name: Name,
    pub parent: Option<JobId>,
    /// What it uses.
    pub account: AccountId,
    /// What is in it is charged to this: its account, but for the root job, which keeps a share for
    /// the contexts of the embedder.
    pub inner: AccountId,
    /// Levels that fit below.
    pub height: u32,
    pub policy: JobPolicy,
    /// Direct children, oldest first.
    pub jobs: BTreeMap<Koid, JobId>,
    pub processes: BTreeMap<Koid, ProcessId>,
    pub killed: bool,
    pub return_code: i64,
    /// How long its dead processes ran.
    pub ran: Runtime,
    /// Whether it is to die first when memory runs out.
    pub kill_on_oom: bool,
    pub exceptions: Option<ExceptionChannel>,
    /// The exception channels of its debuggers, oldest first.
    pub debuggers: Vec<ExceptionChannel>,
}

impl Job {
    /// Whether it has been killed, and nothing is left in it.
    pub fn is_dead(&self) -> bool {
        self.killed && self.jobs.is_empty() && self.processes.is_empty()
    }
}

object!(
    Job,
    rights(&[
        Rights::BASIC,
        Rights::IO,
        Rights::PROPERTY,
        Rights::POLICY,
        Rights::ENUMERATE,
        Rights::DESTROY,
        Rights::SIGNAL,
        Rights::MANAGE_JOB,
        Rights::MANAGE_PROCESS,
        Rights::MANAGE_THREAD,
    ])
);

impl State {
    /// A job below `parent`; the root job without one.
    ///
    /// # Errors
    /// OUT_OF_RANGE below a job of height 0, BAD_STATE below a killed one, NO_MEMORY at a limit.
    pub fn new_job(&mut self, parent: Option<JobId>) -> Result<JobId> {
        let (height, policy, related, above) = match parent {
            None => (JOB_MAX_HEIGHT, JobPolicy::default(), 0, None),
            Some(id) => {
                let parent = self.objects.get(id)?;
                let height = parent.height.checked_sub(1).ok_or(Status::OUT_OF_RANGE)?;
                if parent.killed {
                    return Err(Status::BAD_STATE);
                }
                (height, parent.policy.clone(), parent.header.koid, Some(parent.inner))
            }
        };
        let signals = Signals::JOB_NO_JOBS | Signals::JOB_NO_PROCESSES | Signals::JOB_NO_CHILDREN;
        let accounts = &mut self.objects.accounts;
        let account = match above {
            Some(above) => {
                accounts.charge(above, [(Item::Objects, 1)])?;
                accounts.open(Some(above))
            }
            None => accounts.open(None),
        };
        let inner = if above.is_some() { account } else { accounts.open(Some(account)) };
        let header = self.objects.charged_header(above.unwrap_or(account), related, signals);
        let koid = header.koid;
        let id = self.objects.jobs.insert(Job {
            header,
            name: Name::default(),
            parent,
            account,
            inner,
            height,
            policy,
            jobs: BTreeMap::new(),
            processes: BTreeMap::new(),
            killed: false,
            return_code: 0,
            ran: Runtime::default(),
            kill_on_oom: false,
            exceptions: None,
            debuggers: Vec::new(),
        });
        if let Some(parent_id) = parent
            && let Some(parent) = self.objects.jobs.get_mut(parent_id)
        {
            parent.jobs.insert(koid, id);
            self.job_child_added(parent_id, Signals::JOB_NO_JOBS);
        }
        Ok(id)
    }

    /// Sets what a job and all that is below it may use. What it uses already it keeps.
    ///
    /// Of what the root job may use a sixteenth is for the contexts of the embedder that are in it,
    /// processor time aside. There are never more than [`MAX_HANDLE_COUNT`] handles.
    ///
    /// # Errors
    /// BAD_HANDLE if the job is gone.
    pub fn set_job_limits(&mut self, id: JobId, mut limits: Amounts) -> Result {
        let job = self.objects.get(id)?;
        let (account, inner) = (job.account, job.inner);
        let accounts = &mut self.objects.accounts;
        if account != inner {
            limits[Item::Handles] = limits[Item::Handles].min(MAX_HANDLE_COUNT as u64);
            let mut rest = limits;
            for item in Item::ALL.into_iter().filter(|item| *item != Item::CpuTime) {
                rest[item] -= rest[item] / SHARE;
            }
            accounts.set_limits(inner, rest);
        }
        let cpu_time = accounts.limits(account)[Item::CpuTime];
        accounts.set_limits(account, limits);
        if limits[Item::CpuTime] != cpu_time {
            self.cpu_limit_changed(account);
        }
        Ok(())
    }

    fn remove_job(&mut self, id: JobId) {
        if let Some(job) = id.remove(&mut self.objects) {
            self.objects.accounts.close(job.account);
        }
    }

    /// Takes a dead process out of its job.
    pub fn remove_process_from_job(&mut self, process: Koid, id: JobId) {
        let Some(job) = self.objects.jobs.get_mut(id) else { return };
        self.meter.count(1);
        job.processes.remove(&process);
        self.show_job_children(id);
        self.job_child_gone(id);
    }

    /// A job has a child more, of the kind whose absence this signal shows.
    pub fn job_child_added(&mut self, id: JobId, without: Signals) {
        self.update_signals(id, without | Signals::JOB_NO_CHILDREN, Signals::empty());
    }

    /// Shows which kinds of children a job has none of, now that one is gone.
    fn show_job_children(&mut self, id: JobId) {
        let Some(job) = self.objects.jobs.get(id) else { return };
        let mut without = Signals::empty();
        without.set(Signals::JOB_NO_JOBS, job.jobs.is_empty());
        without.set(Signals::JOB_NO_PROCESSES, job.processes.is_empty());
        without.set(Signals::JOB_NO_CHILDREN, job.jobs.is_empty() && job.processes.is_empty());
        self.update_signals(id, Signals::empty(), without);
    }

    /// A job that lost a child may now be dead, or without handles.
    pub fn job_child_gone(&mut self, id: JobId) {
        let mut next = Some(id);
        while let Some(id) = next.take() {
            let Some(job) = self.objects.jobs.get_mut(id) else { return };
            if !(job.jobs.is_empty() && job.processes.is_empty()) {
                return;
            }
            let (killed, unheld, parent) = (job.killed, job.header.handles == 0, job.parent);
            let koid = job.header.koid;
            self.meter.count(1);
            if killed || unheld && parent.is_some() {
                let debuggers = std::mem::take(&mut job.debuggers);
                let channels: Vec<_> = job.exceptions.take().into_iter().chain(debuggers).collect();
                self.close_exception_channels(channels);
            }
            if killed {
                self.update_signals(id, Signals::empty(), Signals::TASK_TERMINATED);
            }
            // The root job, which has no parent, stays.
            if (killed || unheld)
                && let Some(parent_id) = parent
            {
                if let Some(parent) = self.objects.jobs.get_mut(parent_id) {
                    parent.jobs.remove(&koid);
                    self.show_job_children(parent_id);
                }
                if unheld {
                    self.remove_job(id);
                }
                next = Some(parent_id);
            }
        }
    }
}
