//! A kernel to test, on time and randomness that only the test moves.

mod dice;
mod guest;
mod machine;
mod memory;
mod scarce;
mod thread;

use std::sync::{Arc, Mutex};

use kernel_sim::{
    Caller, ChannelRead, Clock, HostEvents, Kernel, KernelConfig, KernelStats, Koid, Machine,
    NullMachine, SeededEntropy, TraceEvent, TraceRecord, TraceSink, VirtualClock, WaitResult,
};
use zerocopy::FromBytes;
use zx_abi::{
    Arch, INFO_HANDLE_BASIC, InfoHandleBasic, ObjectType, Rights, Signals, Status, TIME_INFINITE,
};

pub use dice::*;
pub use guest::*;
pub use machine::*;
pub use memory::*;
pub use scarce::*;
pub use thread::*;

/// The rights that a handle has.
pub const SAME: u32 = Rights::SAME_RIGHTS.bits();
/// A deadline in a register.
pub const FOREVER: u64 = TIME_INFINITE as u64;

/// A kernel and all that it is made of.
pub struct World {
    pub kernel: Arc<Kernel>,
    pub clock: Arc<VirtualClock>,
    pub events: Arc<Recorder>,
    pub trace: Arc<Recorder>,
    pub machine: Arc<FakeMachine>,
}

/// Keeps what it is told.
#[derive(Default)]
pub struct Recorder {
    waits: Mutex<Vec<(u64, Status, Signals)>>,
    results: Mutex<Vec<(u64, WaitResult)>>,
    running: Mutex<Vec<usize>>,
    records: Mutex<Vec<TraceRecord>>,
}

impl HostEvents for Recorder {
    fn wait_completed(&self, token: u64, status: Status, observed: Signals) {
        self.waits.lock().unwrap().push((token, status, observed));
    }

    fn wait_result(&self, token: u64, result: WaitResult) {
        self.results.lock().unwrap().push((token, result));
    }

    fn running(&self, count: usize) {
        self.running.lock().unwrap().push(count);
    }
}

impl TraceSink for Recorder {
    fn record(&self, record: TraceRecord) {
        self.records.lock().unwrap().push(record);
    }
}

impl Recorder {
    /// The waits that have ended since the last call.
    pub fn waits(&self) -> Vec<(u64, Status, Signals)> {
        std::mem::take(&mut *self.waits.lock().unwrap())
    }

    /// What waits have brought since the last call.
    pub fn results(&self) -> Vec<(u64, WaitResult)> {
        std::mem::take(&mut *self.results.lock().unwrap())
    }

    /// The counts of running processes that were told since the last call.
    pub fn running(&self) -> Vec<usize> {
        std::mem::take(&mut *self.running.lock().unwrap())
    }

    /// The trace since the last call.
    pub fn records(&self) -> Vec<TraceRecord> {
        std::mem::take(&mut *self.records.lock().unwrap())
    }

    /// The trace since the last call, without its times.
    pub fn trace(&self) -> Vec<TraceEvent> {
        self.records().into_iter().map(|record| record.event).collect()
    }
}

impl World {
    /// A kernel that nobody traces, on a machine that runs guests.
    pub fn new() -> Self {
        Self::with_seed(0)
    }

    /// As [`World::new`], with randomness of its own.
    pub fn with_seed(seed: u64) -> Self {
        let machine = Arc::new(FakeMachine::default());
        Self::build(seed, machine.clone(), machine, false)
    }

    /// A kernel that is traced, on a machine that runs guests.
    pub fn traced(seed: u64) -> Self {
        let machine = Arc::new(FakeMachine::default());
        Self::build(seed, machine.clone(), machine, true)
    }

    /// A kernel on the machine that runs nothing.
    pub fn null() -> Self {
        Self::build(0, Arc::new(NullMachine), Arc::default(), false)
    }

    /// A kernel on a machine that runs guests, with a clock over the test's.
    pub fn with_clock<C: Clock + 'static>(over: impl FnOnce(Arc<VirtualClock>) -> Arc<C>) -> Self {
        let machine = Arc::new(FakeMachine::default());
        let clock = Arc::new(VirtualClock::default());
        let parts = (machine.clone() as Arc<dyn Machine>, over(clock.clone()) as Arc<dyn Clock>);
        Self::assemble(0, parts, clock, machine, false)
    }

    fn build(seed: u64, machine: Arc<dyn Machine>, fake: Arc<FakeMachine>, traced: bool) -> Self {
        let clock = Arc::new(VirtualClock::default());
        Self::assemble(seed, (machine, clock.clone()), clock, fake, traced)
    }

    fn assemble(
        seed: u64,
        (machine, time): (Arc<dyn Machine>, Arc<dyn Clock>),
        clock: Arc<VirtualClock>,
        fake: Arc<FakeMachine>,
        traced: bool,
    ) -> Self {
        let events = Arc::new(Recorder::default());
        let trace = Arc::new(Recorder::default());
        let kernel = Kernel::new(KernelConfig {
            machine,
            clock: time,
            entropy: Box::new(SeededEntropy::from_number(seed)),
            events: events.clone(),
            trace: traced.then(|| trace.clone() as Arc<dyn TraceSink>),
            target: Arch::X86_64,
        });
        Self { kernel, clock, events, trace, machine: fake }
    }

    /// Makes calls as the host.
    pub fn host<R>(&self, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        self.kernel.call(self.kernel.host(), f).unwrap()
    }

    /// Makes calls as another process.
    pub fn as_process<R>(&self, process: Koid, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        self.kernel.call(process, f).unwrap()
    }

    pub fn now(&self) -> i64 {
        self.clock.ticks()
    }

    pub fn stats(&self) -> KernelStats {
        self.kernel.stats()
    }

    /// How many objects of a type exist.
    pub fn count(&self, wanted: ObjectType) -> usize {
        let objects = self.stats().objects;
        objects.iter().find(|(kind, ..)| *kind == wanted).map_or(0, |(_, count, _)| *count)
    }

    /// The signals of an object right now.
    pub fn signals(&self, handle: u32) -> Signals {
        // Waits for everything, so that an object with no signal at all ends in TIMED_OUT.
        match self.host(|c| c.object_wait_one(handle, Signals::all(), 0, 0)) {
            Ok(kernel_sim::WaitStart::Ready(signals)) => signals,
            Err(Status::TIMED_OUT) => Signals::empty(),
            other => panic!("{other:?}"),
        }
    }

    pub fn basic(&self, handle: u32) -> InfoHandleBasic {
        self.host(|c| basic(c, handle))
    }

    pub fn koid(&self, handle: u32) -> Koid {
        self.basic(handle).koid
    }

    pub fn root_job(&self) -> u32 {
        self.host(|c| c.root_job()).unwrap()
    }
}

/// What `ZX_INFO_HANDLE_BASIC` says.
pub fn basic(caller: &mut Caller<'_>, handle: u32) -> InfoHandleBasic {
    info(caller, handle, INFO_HANDLE_BASIC).unwrap()
}

/// A topic with one record.
pub fn info<T: FromBytes>(caller: &mut Caller<'_>, handle: u32, topic: u32) -> Result<T, Status> {
    let info = caller.object_get_info(handle, topic)?;
    Ok(T::read_from_bytes(&info.bytes).unwrap())
}

/// A topic that lists koids.
pub fn koids(caller: &mut Caller<'_>, handle: u32, topic: u32) -> Result<Vec<Koid>, Status> {
    let info = caller.object_get_info(handle, topic)?;
    let words = info.bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    Ok(words.collect())
}

/// The handle again, with only these rights.
pub fn with_rights(caller: &mut Caller<'_>, handle: u32, rights: Rights) -> u32 {
    caller.handle_duplicate(handle, rights.bits()).unwrap()
}

/// The handle again, without these rights.
pub fn without(caller: &mut Caller<'_>, handle: u32, rights: Rights) -> u32 {
    let held = Rights::from_bits_retain(basic(caller, handle).rights);
    caller.handle_duplicate(handle, held.difference(rights).bits()).unwrap()
}

/// As [`without`], for handles that cannot be duplicated.
pub fn reduced(caller: &mut Caller<'_>, handle: u32, rights: Rights) -> u32 {
    let held = Rights::from_bits_retain(basic(caller, handle).rights);
    caller.handle_replace(handle, held.difference(rights).bits()).unwrap()
}

/// The next message of a channel, which must have one.
pub fn read(caller: &mut Caller<'_>, channel: u32) -> (Vec<u8>, Vec<u32>) {
    match caller.channel_read(channel, 0, u32::MAX, u32::MAX) {
        Ok(ChannelRead::Message { bytes, handles }) => (bytes, handles),
        other => panic!("{other:?}"),
    }
}
