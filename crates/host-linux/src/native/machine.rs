//! [`Machine`] on Linux.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use kernel_sim::{
    EntryState, GeneralRegisters, Image, KernelEntry, Koid, Machine, Mapping, Memory,
    ProcessLaunch, SegmentRegister, SystemInfo, ThreadTime,
};
use zx_abi::{PAGE_SIZE, Result, StateKind, Status, VmOptions};

use crate::host_error::{HostError, Step};
use crate::native::host;
use crate::native::host_thread::{self, HostThread};
use crate::native::image::{self, ImageMemory};
use crate::native::memory::LinuxMemory;
use crate::native::order::Order;
use crate::native::probe;
use crate::native::reactor::{Event, Reactor};
use crate::native::reserve::WithReserve;
use crate::native::shared::{Facts, HelperPolicy, Shared, is_marked};
use crate::native::spare;

/// Runs guest processes natively, each in a Linux process of its own.
///
/// Nothing is started before the first process is, or a kernel is attached for which a helper was
/// kept. Dropping the machine kills its guests and waits for their end.
pub struct LinuxMachine {
    shared: Arc<Shared>,
    reactor: Mutex<Option<Running>>,
    /// Looked at once: that takes a while, and the kernel asks under its lock.
    system: OnceLock<SystemInfo>,
}

/// A reactor that runs.
struct Running {
    events: Sender<Event>,
    thread: HostThread<Result<(), HostError>>,
}

/// What a machine has on the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostStats {
    /// Zircon processes that run, or are about to.
    pub processes: usize,
    /// Linux processes that wait for one to run; at most one in the long run.
    pub spares: usize,
    /// Threads of the host process that serve guests.
    pub threads: usize,
    /// memfds that hold the bytes of VMOs and vDSO code.
    pub memfds: usize,
    /// Descriptors, memfds included.
    pub descriptors: usize,
}

impl LinuxMachine {
    /// A machine without guests, which gives them the walls that the host grants.
    pub fn new() -> Self {
        Self::with_helper(HelperPolicy::default())
    }

    /// A machine without guests, with such a helper.
    pub fn with_helper(policy: HelperPolicy) -> Self {
        let shared = Shared { policy, ..Shared::default() };
        Self { shared: Arc::new(shared), reactor: Mutex::default(), system: OnceLock::new() }
    }

    /// Counts what exists on the host.
    pub fn stats(&self) -> HostStats {
        let shared = &self.shared;
        let processes = shared.processes();
        let memfds = shared.memfds.load(Ordering::Relaxed);
        HostStats {
            processes: processes.len(),
            spares: processes.spares.len(),
            threads: shared.threads.load(Ordering::Relaxed),
            memfds,
            // A zygote has a socket and a pidfd; a guest these and a listener.
            descriptors: memfds
                + 2 * shared.zygotes.load(Ordering::Relaxed)
                + 3 * shared.guests.load(Ordering::Relaxed),
        }
    }

    /// Looks for guests that are late, as the machine itself does every five seconds. One that is
    /// late at three looks in a row is killed; one that was killed three looks ago, and still has not
    /// ended, is given up. Where processors are so busy that it could not do better, there may be
    /// seventeen.
    pub fn look(&self) {
        self.shared.look();
        self.tell(Event::Looked);
    }

    /// What was seen of the host.
    pub fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.shared.facts)
    }

    /// Ends every process and the zygote, and waits until nothing is left of them on the host; the
    /// kernel is told of each end. A later start begins anew.
    ///
    /// Not to be called under the kernel's lock. A call from within [`KernelEntry`] returns at
    /// once, because it cannot wait for itself.
    ///
    /// # Errors
    /// If something has not ended after ten seconds, or twenty. It is left to itself then.
    pub fn stop(&self) -> Result<(), HostError> {
        let reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { events, thread }) = reactor else { return Ok(()) };
        // The reactor listens until it is told to stop.
        let _ = events.send(Event::Stop);
        if is_marked() { Ok(()) } else { thread.join().unwrap_or(Ok(())) }
    }

    /// Starts the thread that starts all else, unless it runs.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn start(&self) -> Result<(), HostError> {
        let mut reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
        if reactor.is_none() {
            let (events, receiver) = channel();
            let (shared, own) = (Arc::clone(&self.shared), events.clone());
            let run = move || Reactor::new(shared, own).run(&receiver);
            let thread = host_thread::start(c"zirconia-reactor", run)
                .map_err(|error| Step::HostThread.refused(error))?;
            *reactor = Some(Running { events, thread });
        }
        Ok(())
    }

    /// Why nothing can be started now.
    ///
    /// # Errors
    /// What the host lacks or refuses.
    pub fn refusal(&self) -> Result<(), HostError> {
        probe::prerequisites()?;
        self.start()
    }

    /// Tells the reactor.
    fn tell(&self, event: Event) {
        if self.start().is_ok() {
            let reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
            // The reactor listens until it is told to stop.
            reactor.as_ref().map(|running| running.events.send(event));
        }
    }
}

impl Default for LinuxMachine {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for LinuxMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("LinuxMachine").field(&self.stats()).finish()
    }
}

impl Machine for LinuxMachine {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        // The first one counts.
        let _ = self.shared.kernel.set(kernel);
        if self.shared.policy.takes_spare && spare::is_coming() {
            self.tell(Event::Prepare);
        }
    }

    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(LinuxMemory::new(size, Arc::clone(&self.shared.memfds))))
    }

    fn image_memory(&self, image: &Arc<Image>) -> Result<Arc<dyn Memory>> {
        if let Some(memory) = ImageMemory::new(image) {
            return Ok(Arc::new(memory));
        }
        image.copied_to(self.memory(image.size().next_multiple_of(PAGE_SIZE))?)
    }

    fn keep_image(&self, image: &Image) {
        image::prepare(image);
    }

    fn system(&self) -> SystemInfo {
        *self.system.get_or_init(host::system)
    }

    fn ran_short(&self) -> bool {
        WithReserve::ran_short()
    }

    fn can_run(&self) -> zx_abi::Result {
        self.refusal().map_err(HostError::as_zx_status)
    }

    fn prepare_process(&self, process: Koid, mappings: Vec<Mapping>) {
        let orders = mappings.into_iter().map(Order::Map);
        self.shared.processes().prepare(process, orders);
    }

    fn start_process(&self, launch: ProcessLaunch) {
        let ProcessLaunch { process, thread, entry, stop, mappings } = launch;
        let mut orders: Vec<_> = mappings.into_iter().map(Order::Map).collect();
        orders.push(Order::Start { thread, entry, stop });
        self.shared.processes().launch(process, orders);
        self.shared.assign_spares();
        self.tell(Event::Launch);
    }

    fn sets_thread_pointers(&self) -> bool {
        host::lets_programs_set_bases()
    }

    fn start_thread(&self, process: Koid, thread: Koid, entry: EntryState, stop: Option<u64>) {
        self.shared.order(process, Order::Start { thread, entry, stop });
    }

    fn map(&self, process: Koid, mapping: Mapping) {
        self.shared.order(process, Order::Map(mapping));
    }

    fn remap(&self, process: Koid, mapping: Mapping) {
        self.shared.order(process, Order::Remap(mapping));
    }

    fn unmap(&self, process: Koid, base: u64, len: u64) {
        self.shared.order(process, Order::Unmap { base, len });
    }

    fn protect(&self, process: Koid, base: u64, len: u64, permissions: VmOptions) {
        self.shared.order(process, Order::Protect { base, len, permissions });
    }

    fn set_base(
        &self,
        process: Koid,
        thread: Koid,
        register: SegmentRegister,
        base: u64,
    ) -> Result {
        if base >= zx_abi::Arch::X86_64.user_top() {
            return Err(Status::INVALID_ARGS);
        }
        if !host::lets_programs_set_bases() {
            return Err(Status::NOT_SUPPORTED);
        }
        let guest = self.shared.processes().guest(process).ok_or(Status::BAD_STATE)?;
        guest.set_base(thread, register, base)
    }

    fn vacancy(
        &self,
        process: Koid,
        memory: &dyn Memory,
        permissions: VmOptions,
        may_be: &dyn Fn(u64) -> bool,
    ) -> Option<u64> {
        let guest = self.shared.processes().guest(process)?;
        guest.vacancy(LinuxMemory::of(memory)?, permissions, may_be)
    }

    fn vacated(&self, process: Koid, len: u64, may_be: &dyn Fn(u64) -> bool) -> Option<u64> {
        let guest = self.shared.processes().guest(process)?;
        guest.vacated(len, may_be)
    }

    fn resume(&self, process: Koid, thread: Koid, value: u64) {
        let guest = self.shared.processes().guest(process);
        if let Some(guest) = guest {
            guest.resume(thread, value);
        }
    }

    fn redo(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) {
        let kernel = self.shared.kernel.get().cloned();
        let again = move || {
            if let Some(kernel) = kernel.and_then(|kernel| kernel.upgrade()) {
                kernel.redo(process, thread, number, args);
            }
        };
        if let Err(error) = host_thread::start(c"zirconia-call", again)
            && let Some(guest) = self.shared.processes().guest(process)
        {
            guest.fail(Step::HostThread.refused(error));
        }
    }

    fn suspend(&self, process: Koid, thread: Koid, number: u64) {
        self.shared.order(process, Order::Suspend { thread, number });
    }

    fn release(&self, process: Koid, thread: Koid) {
        self.shared.order(process, Order::Release { thread });
    }

    fn registers(&self, process: Koid, thread: Koid) -> Result<GeneralRegisters> {
        let guest = self.shared.processes().guest(process);
        let guest = guest.ok_or(Status::BAD_STATE)?;
        guest.registers(thread).map(Into::into)
    }

    fn call_registers(&self, process: Koid, thread: Koid) -> Option<GeneralRegisters> {
        let guest = self.shared.processes().guest(process)?;
        guest.call_registers(thread).map(Into::into)
    }

    fn set_registers(&self, process: Koid, thread: Koid, registers: &GeneralRegisters) -> Result {
        let GeneralRegisters::X86_64(registers) = registers else {
            return Err(Status::INVALID_ARGS);
        };
        let guest = self.shared.processes().guest(process);
        let guest = guest.ok_or(Status::BAD_STATE)?;
        guest.set_registers(thread, registers)
    }

    fn barrier(&self) {
        // Where Linux does not know it, its own barriers around the doorbell are all that there is.
        let _ = rustix::thread::membarrier(rustix::thread::MembarrierCommand::Global);
    }

    fn state(&self, process: Koid, thread: Koid, kind: StateKind) -> Result<Vec<u8>> {
        let guest = self.shared.processes().guest(process);
        guest.ok_or(Status::BAD_STATE)?.thread_state(thread, kind)
    }

    fn set_state(&self, process: Koid, thread: Koid, kind: StateKind, state: &[u8]) -> Result {
        let guest = self.shared.processes().guest(process);
        guest.ok_or(Status::BAD_STATE)?.set_thread_state(thread, kind, state)
    }

    fn resume_exception(&self, process: Koid, thread: Koid) {
        let guest = self.shared.processes().guest(process);
        if let Some(guest) = guest {
            guest.resume_exception(thread);
        }
    }

    fn end_thread(&self, process: Koid, thread: Koid) {
        let guest = self.shared.processes().guest(process);
        if let Some(guest) = guest {
            guest.end_thread(thread);
        }
    }

    fn cpu_time(&self, process: Koid) -> Option<i64> {
        // Of one that has no guest yet, nothing has run; of one that has none any more, all is charged.
        let guest = self.shared.processes().guest(process);
        Some(guest.map_or(0, |guest| guest.cpu_time()))
    }

    fn thread_time(&self, process: Koid, thread: Koid) -> Option<ThreadTime> {
        let guest = self.shared.processes().guest(process);
        // Of one that Linux does not know yet nothing has run.
        let time = || guest.and_then(|guest| guest.thread_time(thread)).unwrap_or_default();
        host::tells_thread_times().then(time)
    }

    fn kill(&self, process: Koid) {
        let mut processes = self.shared.processes();
        if let Some(guest) = processes.guest(process) {
            drop(processes);
            guest.kill();
        } else if processes.remove_pending(process) {
            drop(processes);
            self.tell(Event::NeverRan(process));
        }
    }
}

impl Drop for LinuxMachine {
    fn drop(&mut self) {
        // Who wants to know asks before.
        let _ = self.stop();
    }
}

#[cfg(test)]
mod tests {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    use super::*;

    #[test]
    fn a_machine_looks_at_the_computer_once() {
        let machine = LinuxMachine::new();
        let before = machine.system();
        let cpus = sched_getaffinity(None).unwrap();
        let first = (0..CpuSet::MAX_CPU).find(|cpu| cpus.is_set(*cpu)).unwrap();
        let mut one = CpuSet::new();
        one.set(first);
        sched_setaffinity(None, &one).unwrap();
        assert_eq!(LinuxMachine::new().system().num_cpus, 1);
        assert_eq!(machine.system(), before);
    }
}
