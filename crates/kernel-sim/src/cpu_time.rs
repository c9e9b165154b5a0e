//! What processor time processes take, and the end of jobs that have had theirs.
//!
//! A process is looked at before the rest of what its job may have can be gone, so that one with much
//! left is looked at seldom, and when it ends.

use zx_abi::{TASK_RETCODE_CPU_TIME_KILL, TASK_RETCODE_OOM_KILL};

use crate::Item;
use crate::account::AccountId;
use crate::object::{JobId, OnMachine, Process, ProcessId, ProcessRun};
use crate::state::State;
use crate::wait::Due;

/// Nanoseconds between two looks, at least: each processor may take as much more than it should.
const LEAST_PAUSE: u64 = 10_000_000;

impl Process {
    /// The limit for which the kernel has killed it.
    pub fn killed_for(&self) -> Option<Item> {
        match self.return_code {
            Some(TASK_RETCODE_OOM_KILL) if !self.exited => Some(Item::Memory),
            Some(TASK_RETCODE_CPU_TIME_KILL) if !self.exited => Some(Item::CpuTime),
            _ => None,
        }
    }
}

impl State {
    /// Has a process that runs looked at when it may have had all that it is to have.
    pub fn watch_cpu_time(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        if process.run != ProcessRun::Running {
            return;
        }
        let old = process.cpu_check.take();
        let left = self.objects.accounts.room(process.account, Item::CpuTime);
        let pause = left.filter(|left| *left > 0).map_or(0, |left| {
            let cpus = self.machine.system().num_cpus.max(1);
            (left / u64::from(cpus)).max(LEAST_PAUSE)
        });
        let pause = i64::try_from(pause).unwrap_or(i64::MAX);
        let check = left.and_then(|_| {
            let deadline = self.now().saturating_add(pause);
            self.deadlines.add(deadline, Due::CpuTime(id))
        });
        if let Some(old) = old {
            self.deadlines.remove(old);
        }
        if let Some(process) = self.objects.processes.get_mut(id) {
            process.cpu_check = check;
        }
    }

    /// The processes of a job have another limit.
    pub fn cpu_limit_changed(&mut self, account: AccountId) {
        let running = |process: &Process| process.run == ProcessRun::Running;
        let processes = &self.objects.processes;
        self.meter.count(processes.len());
        let concerned: Vec<ProcessId> = processes
            .iter()
            .filter(|(_, process)| {
                running(process) && self.objects.accounts.is_within(process.account, account)
            })
            .map(|(id, _)| id)
            .collect();
        concerned.into_iter().for_each(|id| self.watch_cpu_time(id));
    }

    /// A process is looked at.
    pub fn check_cpu_time(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        process.cpu_check = None;
        // One that ends has been charged.
        if process.run != ProcessRun::Running {
            return;
        }
        let (account, job) = (process.account, process.job);
        self.charge_cpu_time(id);
        match self.objects.accounts.full(account, Item::CpuTime, 1) {
            Some(full) => self.kill_account(job, full, TASK_RETCODE_CPU_TIME_KILL),
            None => self.watch_cpu_time(id),
        }
    }

    /// Charges what a process has taken since it was last charged.
    pub fn charge_cpu_time(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get(id) else { return };
        let (koid, account) = (process.header.koid, process.account);
        // None of the threads of one that has not begun runs.
        let told = match process.on_machine {
            OnMachine::Yes => self.machine.cpu_time(koid),
            OnMachine::No | OnMachine::Launching(_) => Some(process.ran.cpu),
        };
        let total = told.unwrap_or_else(|| self.process_runtime(process));
        let more = total.saturating_sub(process.cpu_time);
        if let Some(process) = self.objects.processes.get_mut(id)
            && let Ok(more) = u64::try_from(more)
        {
            process.cpu_time = total;
            self.objects.accounts.spend(account, Item::CpuTime, more);
        }
    }

    /// Nanoseconds that the threads of a process ran.
    pub fn process_runtime(&self, process: &Process) -> i64 {
        let now = self.now();
        let threads = process.threads.values().filter_map(|id| self.objects.threads.get(*id));
        process.ran.cpu + threads.map(|thread| thread.timed.runtime(now).cpu).sum::<i64>()
    }

    /// Kills the job that an account belongs to, which is `job` or above it. Of the root job that is
    /// every guest: the embedder's contexts go on.
    fn kill_account(&mut self, job: JobId, account: AccountId, return_code: i64) {
        let mut next = Some(job);
        while let Some(id) = next
            && let Some(job) = self.objects.jobs.get(id)
        {
            if job.account == account || job.inner == account {
                return match job.parent {
                    Some(_) => self.kill_job(id, return_code),
                    None => self.kill_all(return_code),
                };
            }
            next = job.parent;
        }
    }
}
