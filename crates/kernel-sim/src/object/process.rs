//! Processes (zircon/kernel/object/process_dispatcher.cc).

use std::collections::{BTreeMap, BTreeSet};

use zx_abi::{Abi, Result, Rights, Signals, Status};

use super::{Header, JobId, Key, ProcessId, ThreadId, VmarId, object, rights};
use crate::account::{AccountId, Item};
use crate::fault::Real;
use crate::handle::HandleTable;
use crate::policy::JobPolicy;
use crate::report::CrashReport;
use crate::state::State;
use crate::trace::TraceEvent;
use crate::wait::{DeadlineKey, WaiterId};
use crate::{HostFailure, Koid, Name};

#[derive(Debug)]
pub(crate) struct Process {
    pub header: Header,
    pub name: Name,
    pub job: JobId,
    /// What its things are charged to.
    pub account: AccountId,
    pub run: ProcessRun,
    pub handles: HandleTable,
    /// A copy of the job's, taken at creation: it never changes.
    pub policy: JobPolicy,
    /// Gone with the process.
    pub root_vmar: Option<VmarId>,
    pub real: Real,
    /// Threads that were started and are not dead, oldest first.
    pub threads: BTreeMap<Koid, ThreadId>,
    /// Threads that were not started yet.
    pub new_threads: BTreeMap<Koid, ThreadId>,
    /// The waits of a context of the host.
    pub waits: BTreeSet<WaiterId>,
    /// Set by the first of exit, kill and fault.
    pub return_code: Option<i64>,
    pub start_time: i64,
    /// Its own doing, not a kill, has set the return code.
    pub exited: bool,
    /// Nanoseconds that its dead threads ran.
    pub ran: i64,
    /// Nanoseconds of processor time that have been charged.
    pub cpu_time: i64,
    /// When that is looked at next.
    pub cpu_check: Option<DeadlineKey>,
    /// Tokens that suspend it.
    pub suspends: usize,
    /// The machine has been told to start it.
    pub on_machine: bool,
    /// Its creator's, or what the creator asked for; the vDSO that it maps has the last word.
    pub abi: Abi,
    pub vdso: Option<MappedVdso>,
    pub debug_addr: u64,
    pub break_on_load: u64,
    /// The job that dies with this process.
    pub critical_to: Option<CriticalTo>,
    pub crash: Option<Box<CrashReport>>,
    /// What the host refused it, of which it has ended.
    pub host_failure: Option<Box<HostFailure>>,
}

/// The vDSO whose code a process has mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MappedVdso {
    pub base: u64,
    /// Where its code is mapped.
    pub code_start: u64,
    pub code_end: u64,
}

/// What the death of a process means for a job (`zx_job_set_critical`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct CriticalTo {
    pub job: JobId,
    /// Nothing, if the process returns 0.
    pub nonzero: bool,
}

/// The state of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessRun {
    /// A context of the host: its code is the embedder's.
    Host,
    Initial,
    Running,
    /// Told to end; the machine has not confirmed it yet.
    Dying,
    /// No thread can run any more; what it held is being given up.
    Ending,
    Dead,
}

impl ProcessRun {
    /// Whether there still is a table of handles.
    pub fn has_handles(self) -> bool {
        !matches!(self, Self::Ending | Self::Dead)
    }
}

object!(
    Process,
    rights(&[
        Rights::BASIC,
        Rights::IO,
        Rights::PROPERTY,
        Rights::ENUMERATE,
        Rights::DESTROY,
        Rights::SIGNAL,
        Rights::MANAGE_PROCESS,
        Rights::MANAGE_THREAD,
    ])
);

impl State {
    /// A process in `job`, with an empty handle table and, unless it is the host's, a root VMAR.
    ///
    /// # Errors
    /// BAD_STATE in a killed job; NO_MEMORY and NO_RESOURCES at a limit.
    pub fn new_process(
        &mut self,
        job_id: JobId,
        name: Name,
        run: ProcessRun,
        abi: Abi,
    ) -> Result<ProcessId> {
        let job = self.objects.get(job_id)?;
        if job.killed {
            return Err(Status::BAD_STATE);
        }
        let (policy, related) = (job.policy.clone(), job.header.koid);
        // The root job's share for the embedder is for its contexts.
        let account = if run == ProcessRun::Host { job.account } else { job.inner };
        let objects = if run == ProcessRun::Initial { 2 } else { 1 };
        let charges = [(Item::Processes, 1), (Item::Objects, objects)];
        self.objects.accounts.charge(account, charges)?;
        let header = self.objects.charged_header(account, related, Signals::empty());
        let handles = HandleTable::new(self.entropy.next_u64() as u32);
        let id = self.objects.processes.insert(Process {
            header,
            name,
            job: job_id,
            account,
            run,
            handles,
            policy,
            root_vmar: None,
            real: Real::default(),
            threads: BTreeMap::new(),
            new_threads: BTreeMap::new(),
            waits: BTreeSet::new(),
            return_code: None,
            start_time: 0,
            exited: false,
            ran: 0,
            cpu_time: 0,
            cpu_check: None,
            suspends: 0,
            on_machine: false,
            abi,
            vdso: None,
            debug_addr: 0,
            break_on_load: 0,
            critical_to: None,
            crash: None,
            host_failure: None,
        });
        let koid = self.objects.koid(id);
        self.by_koid.insert(koid, id.into());
        self.trace(|_| TraceEvent::ProcessCreate { process: koid, name, job: related });
        if run == ProcessRun::Initial {
            let header = self.objects.charged_header(account, 0, Signals::empty());
            let root = self.new_root_vmar(id, header);
            if let Some(process) = self.objects.processes.get_mut(id) {
                process.root_vmar = Some(root);
            }
        }
        if let Some(job) = self.objects.jobs.get_mut(job_id) {
            job.processes.insert(koid, id);
        }
        self.update_signals(job_id, Signals::JOB_NO_PROCESSES, Signals::empty());
        Ok(id)
    }

    /// The ABI that a process speaks.
    pub fn abi_of(&self, id: ProcessId) -> Abi {
        self.objects.processes.get(id).map_or(Abi::default(), |process| process.abi)
    }

    /// A process ends itself. The first return code wins.
    pub fn exit_process(&mut self, id: ProcessId, return_code: i64) {
        if let Some(process) = self.objects.processes.get_mut(id) {
            process.exited |= process.return_code.is_none();
        }
        self.kill_process(id, return_code);
    }

    /// Ends a process, whatever it is doing. The first return code wins.
    pub fn kill_process(&mut self, id: ProcessId, return_code: i64) {
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        let was = process.run;
        if matches!(was, ProcessRun::Host | ProcessRun::Initial | ProcessRun::Running) {
            process.return_code.get_or_insert(return_code);
        }
        if was == ProcessRun::Running {
            self.charge_cpu_time(id);
        }
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        match was {
            ProcessRun::Host | ProcessRun::Initial => self.process_dead(id),
            // The machine knows nothing of it: every thread was suspended when it was started.
            ProcessRun::Running if !process.on_machine => self.process_dead(id),
            ProcessRun::Running => {
                process.run = ProcessRun::Dying;
                self.machine.kill(process.header.koid);
                // The kernel forgets them at once, so that no wait of theirs can end any more. The
                // machine lets no process have many.
                for thread in std::mem::take(&mut process.threads).into_values() {
                    self.thread_died(thread);
                }
            }
            ProcessRun::Dying | ProcessRun::Ending | ProcessRun::Dead => {}
        }
    }

    /// The last handle is gone: a process that never started dies, a dead one is freed.
    pub fn release_process(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get(id) else { return };
        if process.header.handles > 0 {
            return;
        }
        match process.run {
            ProcessRun::Initial => self.process_dead(id),
            ProcessRun::Dead => {
                let koid = process.header.koid;
                self.by_koid.remove(&koid);
                id.remove(&mut self.objects);
            }
            ProcessRun::Host | ProcessRun::Running | ProcessRun::Dying | ProcessRun::Ending => {}
        }
    }
}
