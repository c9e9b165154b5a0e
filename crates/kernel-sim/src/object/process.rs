//! Processes (zircon/kernel/object/process_dispatcher.cc).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use zx_abi::{Abi, KOID_INVALID, Result, Rights, Signals, Status};

use super::{
    ExceptionChannel, Header, JobId, Key, Placed, ProcessId, ThreadId, VmarId, object, rights,
};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::fault::Real;
use crate::handle::HandleTable;
use crate::policy::JobPolicy;
use crate::report::CrashReport;
use crate::runtime::Runtime;
use crate::state::State;
use crate::trace::TraceEvent;
use crate::wait::{DeadlineKey, WaiterId};
use crate::{EntryState, HostFailure, Koid, Name, ProcessLaunch};

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
    /// Mappings whose pages may have to be waited for.
    pub paged_mappings: usize,
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
    /// How long its dead threads ran.
    pub ran: Runtime,
    /// Nanoseconds of processor time that have been charged.
    pub cpu_time: i64,
    /// When that is looked at next.
    pub cpu_check: Option<DeadlineKey>,
    /// Tokens that suspend it.
    pub suspends: usize,
    pub on_machine: OnMachine,
    /// Its creator's, or what the creator asked for; the vDSO that it maps has the last word.
    pub abi: Abi,
    pub vdso: Option<MappedVdso>,
    pub debug_addr: u64,
    pub break_on_load: u64,
    /// The job that dies with this process.
    pub critical_to: Option<CriticalTo>,
    pub exceptions: Option<ExceptionChannel>,
    /// Its debugger's exception channel.
    pub debugger: Option<ExceptionChannel>,
    /// Exceptions of its threads that there are.
    pub kept: usize,
    /// Complete once the process is dead.
    pub crash: Option<Arc<CrashReport>>,
    /// What the host refused it, of which it has ended.
    pub host_failure: Option<Box<HostFailure>>,
}

/// What the machine knows of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnMachine {
    /// Nothing: every thread was suspended when it was started.
    No,
    /// It is being told of the mappings, so far of those below this address. None reaches across it.
    Launching(u64),
    /// It has been told to start it.
    Yes,
}

impl OnMachine {
    /// Whether it knows that there is such a process.
    pub fn is_known(self) -> bool {
        self.knows(0)
    }

    /// Whether it is told of changes to what is mapped at an address.
    pub fn knows(self, address: u64) -> bool {
        match self {
            Self::No => false,
            Self::Launching(told) => address < told,
            Self::Yes => true,
        }
    }
}

/// A process that is about to begin with its first thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Launch {
    pub process: ProcessId,
    pub thread: Koid,
    pub entry: EntryState,
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
    /// Whether it goes on: its threads, or the embedder, may still learn how a wait ends.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Host | Self::Initial | Self::Running)
    }

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
            paged_mappings: 0,
            threads: BTreeMap::new(),
            new_threads: BTreeMap::new(),
            waits: BTreeSet::new(),
            return_code: None,
            start_time: 0,
            exited: false,
            ran: Runtime::default(),
            cpu_time: 0,
            cpu_check: None,
            suspends: 0,
            on_machine: OnMachine::No,
            abi,
            vdso: None,
            debug_addr: 0,
            break_on_load: 0,
            critical_to: None,
            exceptions: None,
            debugger: None,
            kept: 0,
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
        self.job_child_added(job_id, Signals::JOB_NO_PROCESSES);
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
        if was.goes_on() {
            process.return_code.get_or_insert(return_code);
        }
        if was == ProcessRun::Running {
            // In this order: a process has taken what its threads have, and more.
            self.look_at_times(id);
            self.charge_cpu_time(id);
        }
        let Some(process) = self.objects.processes.get_mut(id) else { return };
        match was {
            ProcessRun::Host | ProcessRun::Initial => self.process_dead(id),
            ProcessRun::Running if !process.on_machine.is_known() => self.process_dead(id),
            ProcessRun::Running => {
                process.run = ProcessRun::Dying;
                let koid = process.header.koid;
                self.machine.kill(koid);
                if let Some(sink) = &self.trace_sink {
                    sink.release(koid);
                }
                self.end(Ending::Threads(id));
            }
            ProcessRun::Dying | ProcessRun::Ending | ProcessRun::Dead => {}
        }
    }

    /// Tells the machine of some of the mappings of a process that begins, and of the process once
    /// these are all. Whether anything is left then.
    pub fn launch_some(&mut self, Launch { process: id, thread, entry }: Launch) -> bool {
        let Some(guest) = self.objects.processes.get(id) else { return false };
        let (OnMachine::Launching(told), ProcessRun::Running, Some(root)) =
            (guest.on_machine, guest.run, guest.root_vmar)
        else {
            return false;
        };
        let process = guest.header.koid;
        let (some, rest) = self.some_mappings(root, told, u64::MAX);
        let mapping = |placed: &Placed| self.machine_mapping(placed.start, &placed.mapping);
        let mappings = some.iter().filter_map(mapping).collect();
        let all = rest == u64::MAX;
        if let Some(guest) = self.objects.processes.get_mut(id) {
            guest.on_machine = if all { OnMachine::Yes } else { OnMachine::Launching(rest) };
        }
        if all {
            let first = self.thread_with_koid(thread);
            let stop = first.and_then(|first| self.wanted_stop(first));
            self.machine.start_process(ProcessLaunch { process, thread, entry, stop, mappings });
            // Other threads may have been started meanwhile, or this one suspended.
            self.end(Ending::Suspension(id, KOID_INVALID));
        } else {
            self.machine.prepare_process(process, mappings);
        }
        !all
    }

    /// The last handle is gone: a process that never started dies, a dead one is freed.
    pub fn release_process(&mut self, id: ProcessId) {
        let Some(process) = self.objects.processes.get(id) else { return };
        if process.header.handles > 0 || process.kept > 0 {
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
