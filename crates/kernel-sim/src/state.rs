//! Everything that a kernel knows, behind one lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use slotmap::{SecondaryMap, SlotMap};
use zx_abi::{Abi, Arch, HANDLE_INVALID, Result, Rights, Signals, Status, SystemEvent};

use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::futex::Futex;
use crate::handle::Handle;
use crate::meter::Meter;
use crate::object::{
    EventId, JobId, Key, LogBuffer, ObjectId, Objects, ProcessId, ThreadId, VmoId,
};
use crate::trace::{TraceSink, TracedCall};
use crate::wait::{Deadlines, Observer, ObserverId, PageWait, WaitResult, Waiter, WaiterId};
use crate::{Clock, Entropy, Koid, Machine, Memory, TickRate};

pub(crate) struct State {
    pub machine: Arc<dyn Machine>,
    pub clock: Arc<dyn Clock>,
    pub rate: TickRate,
    /// Nanoseconds that UTC is ahead of the monotonic clock, for those that read it without an object.
    pub utc_offset: i64,
    pub entropy: Box<dyn Entropy>,
    pub trace_sink: Option<Arc<dyn TraceSink>>,
    /// The calls that guest threads are in, while they are traced.
    pub traced_calls: FxHashMap<ThreadId, TracedCall>,
    /// The guest's thread whose call has the lock.
    pub calling: Option<ThreadId>,
    /// Bytes of committed memory that the trace has last told.
    pub traced_memory: u64,
    /// Messages that were ever written.
    pub message_count: u64,
    /// The architecture that this kernel's processes are built for.
    pub target: Arch,
    pub objects: Objects,
    /// Packets in all ports.
    pub packet_count: usize,
    /// What has not come to its end, the next one last.
    pub endings: Vec<Ending>,
    /// Once all has, channels that nobody can reach are looked for.
    pub seeks_lost: bool,
    /// [`State::settle`] is at work further up the stack.
    pub settling: bool,
    pub waiters: SlotMap<WaiterId, Waiter>,
    /// What is done again once waits for pages have ended.
    pub page_waits: SecondaryMap<WaiterId, PageWait>,
    /// The waits of the host, by token.
    pub host_waits: FxHashMap<u64, WaiterId>,
    pub observers: SlotMap<ObserverId, Observer>,
    pub deadlines: Deadlines,
    /// By process and address.
    pub futexes: BTreeMap<(ProcessId, u64), Futex>,
    /// What the clock was last asked for.
    pub armed: i64,
    /// Processes and threads by koid: how the machine names them.
    pub by_koid: FxHashMap<Koid, ObjectId>,
    pub root_job: Option<JobId>,
    pub log: LogBuffer,
    /// The stable vDSO's VMO per ABI, made when first asked for.
    pub vdsos: BTreeMap<Abi, VmoId>,
    /// Events of the whole system, made when first asked for.
    pub system_events: BTreeMap<SystemEvent, EventId>,
    /// Guest processes that run.
    pub running: usize,
    /// What is to be done once the lock is released.
    pub effects: Vec<Effect>,
    pub meter: Meter,
}

/// Something to do outside the lock.
#[derive(Debug)]
pub(crate) enum Effect {
    Resume {
        process: Koid,
        thread: Koid,
        value: u64,
    },
    /// The call that a thread waited in is made again.
    Redo {
        process: Koid,
        thread: Koid,
        number: u64,
        args: [u64; 8],
    },
    WaitCompleted {
        token: u64,
        status: Status,
        observed: Signals,
        result: Option<WaitResult>,
    },
    Running(usize),
    /// Memory goes that nobody has any more.
    Forget(Arc<dyn Memory>),
}

impl State {
    pub fn new(
        machine: Arc<dyn Machine>,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy>,
        trace_sink: Option<Arc<dyn TraceSink>>,
        target: Arch,
    ) -> Self {
        let rate = clock.rate();
        Self {
            machine,
            clock,
            rate,
            utc_offset: 0,
            entropy,
            trace_sink,
            traced_calls: FxHashMap::default(),
            calling: None,
            traced_memory: 0,
            message_count: 0,
            target,
            objects: Objects::default(),
            packet_count: 0,
            endings: Vec::new(),
            seeks_lost: false,
            settling: false,
            waiters: SlotMap::with_key(),
            page_waits: SecondaryMap::new(),
            host_waits: FxHashMap::default(),
            observers: SlotMap::with_key(),
            deadlines: Deadlines::default(),
            futexes: BTreeMap::new(),
            armed: zx_abi::TIME_INFINITE,
            by_koid: FxHashMap::default(),
            root_job: None,
            log: LogBuffer::default(),
            vdsos: BTreeMap::new(),
            system_events: BTreeMap::new(),
            running: 0,
            effects: Vec::new(),
            meter: Meter::default(),
        }
    }

    /// The monotonic clock in nanoseconds.
    pub fn now(&self) -> i64 {
        self.rate.nanoseconds(self.clock.ticks())
    }

    /// A bit for each processor, on all of which threads may run: `zx_cpu_set_t`.
    pub fn processors(&self) -> [u64; 8] {
        let count = self.machine.system().num_cpus;
        std::array::from_fn(|word| match count.saturating_sub(64 * word as u32) {
            0 => 0,
            rest => u64::MAX >> (64 - rest.min(64)),
        })
    }

    /// The account of the root job: to it is charged all that there is.
    pub fn root_account(&self) -> AccountId {
        let root = self.root_job.and_then(|root| self.objects.jobs.get(root));
        root.map_or(AccountId::default(), |root| root.account)
    }

    /// A new counted reference to an object.
    ///
    /// # Errors
    /// NO_MEMORY at a limit; an object without handles is then released.
    pub fn new_handle(
        &mut self,
        account: AccountId,
        object: impl Into<ObjectId>,
        rights: Rights,
    ) -> Result<Handle> {
        let object = object.into();
        let charged = self.objects.accounts.charge(account, [(Item::Handles, 1)]);
        if let Err(status) = charged {
            if self.objects.header(object).is_some_and(|header| header.handles == 0) {
                self.end(Ending::Object(object));
            }
            return Err(status);
        }
        self.objects.count_handle(object, 1);
        Ok(Handle { object, rights, account, watches: None })
    }

    /// Puts a handle into the table of a process, for its value there; closes it if that is dead.
    /// What waits through it, under the value that it had elsewhere, ends as cancelled.
    pub fn insert_handle(&mut self, process: ProcessId, mut handle: Handle) -> u32 {
        self.end_watches(&mut handle);
        match self.objects.processes.get_mut(process) {
            Some(process) if process.run.has_handles() => process.handles.insert(handle),
            _ => {
                self.close(handle);
                HANDLE_INVALID
            }
        }
    }

    /// Closes a handle. If it was the last of its object, the object is cleaned up.
    pub fn close(&mut self, mut handle: Handle) {
        self.end_watches(&mut handle);
        let Handle { object, account, .. } = handle;
        self.meter.count(1);
        self.objects.accounts.refund(account, Item::Handles, 1);
        if self.objects.count_handle(object, -1) == Some(0) {
            self.end(Ending::Object(object));
        }
    }

    /// Closes several handles.
    pub fn close_all(&mut self, handles: impl IntoIterator<Item = Handle>) {
        for handle in handles {
            self.close(handle);
        }
    }

    pub fn on_zero_handles(&mut self, object: ObjectId) {
        match object {
            ObjectId::Channel(id) => self.close_end(id),
            ObjectId::Socket(id) => self.close_end(id),
            ObjectId::EventPair(id) => self.close_end(id),
            ObjectId::Fifo(id) => self.close_end(id),
            ObjectId::Event(id) => self.event_on_zero_handles(id),
            ObjectId::Port(id) => self.port_on_zero_handles(id),
            ObjectId::Timer(id) => self.timer_on_zero_handles(id),
            ObjectId::Clock(id) => self.clock_on_zero_handles(id),
            ObjectId::Interrupt(id) => self.interrupt_on_zero_handles(id),
            ObjectId::Resource(id) => drop(id.remove(&mut self.objects)),
            ObjectId::Profile(id) => drop(id.remove(&mut self.objects)),
            ObjectId::Iob(id) => self.iob_on_zero_handles(id),
            ObjectId::IobSharedRegion(id) => self.iob_shared_region_on_zero_handles(id),
            ObjectId::Counter(id) => drop(id.remove(&mut self.objects)),
            ObjectId::Stream(id) => self.stream_on_zero_handles(id),
            ObjectId::Pager(id) => self.pager_on_zero_handles(id),
            ObjectId::SuspendToken(id) => self.suspend_token_on_zero_handles(id),
            ObjectId::Exception(id) => self.exception_on_zero_handles(id),
            ObjectId::Log(id) => drop(id.remove(&mut self.objects)),
            ObjectId::Vmo(id) => self.release_vmo(id),
            ObjectId::Vmar(id) => self.release_vmar(id),
            ObjectId::Job(id) => self.job_child_gone(id),
            ObjectId::Process(id) => self.release_process(id),
            ObjectId::Thread(id) => self.release_thread(id),
        }
    }

    /// The process with this koid, if it is not dead and does not end.
    pub fn live_process(&self, koid: Koid) -> Result<ProcessId> {
        let Some(ObjectId::Process(id)) = self.by_koid.get(&koid).copied() else {
            return Err(Status::BAD_STATE);
        };
        match self.objects.processes.get(id) {
            Some(process) if process.run.has_handles() => Ok(id),
            _ => Err(Status::BAD_STATE),
        }
    }

    /// The thread with this koid.
    pub fn thread_with_koid(&self, koid: Koid) -> Option<ThreadId> {
        match self.by_koid.get(&koid) {
            Some(ObjectId::Thread(id)) => Some(*id),
            _ => None,
        }
    }
}
