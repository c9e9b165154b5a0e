//! [`Machine`] on Linux.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;

use kernel_sim::{
    EntryState, GeneralRegisters, KernelEntry, Koid, Machine, Mapping, Memory, ProcessLaunch,
    SystemInfo,
};
use zx_abi::{Result, Status, VmOptions};

use crate::native::guest_process::GuestProcess;
use crate::native::host;
use crate::native::memory::LinuxMemory;
use crate::native::order::Order;
use crate::native::reactor::{Event, Reactor};

/// Runs guest processes natively, each in a Linux process of its own.
///
/// Nothing is started before the first process is. Dropping the machine kills its guests and waits
/// for their end.
pub struct LinuxMachine {
    shared: Arc<Shared>,
    reactor: Mutex<Option<(Sender<Event>, JoinHandle<()>)>>,
}

/// What exists on the host for a machine's sake.
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

/// What all threads of a machine share.
pub struct Shared {
    pub kernel: OnceLock<Weak<dyn KernelEntry>>,
    pub processes: Mutex<Processes>,
    memfds: Arc<AtomicUsize>,
    /// Threads that serve.
    pub threads: AtomicUsize,
    /// Whether there is a zygote.
    pub zygotes: AtomicUsize,
    /// Linux processes.
    pub guests: AtomicUsize,
}

#[derive(Default)]
pub struct Processes {
    by_koid: HashMap<Koid, Process>,
    /// Ready to run a process.
    pub spares: Vec<Arc<GuestProcess>>,
}

enum Process {
    /// Waits for a Linux process; what it shall do then.
    Pending(Vec<Order>),
    Running(Arc<GuestProcess>),
}

impl Shared {
    pub fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for guests that are late.
    pub fn look(&self) {
        self.processes().running().for_each(|guest| guest.look());
    }
}

impl Processes {
    /// Processes that wait for a Linux process.
    pub fn pending(&self) -> Vec<Koid> {
        let pending = |(koid, process): (&Koid, &Process)| {
            matches!(process, Process::Pending(_)).then_some(*koid)
        };
        self.by_koid.iter().filter_map(pending).collect()
    }

    /// Forgets a process if it still waits for a Linux process. Whether it did.
    pub fn remove_pending(&mut self, koid: Koid) -> bool {
        matches!(self.by_koid.get(&koid), Some(Process::Pending(_))) && self.remove(koid)
    }

    /// Guest processes that run something.
    fn running(&self) -> impl Iterator<Item = &Arc<GuestProcess>> {
        self.by_koid.values().filter_map(|process| match process {
            Process::Running(guest) => Some(guest),
            Process::Pending(_) => None,
        })
    }

    /// Gives spares to those who wait for one.
    pub fn assign_spares(&mut self) {
        for koid in self.pending() {
            let Some(guest) = self.spares.pop() else { break };
            let running = Process::Running(Arc::clone(&guest));
            if let Some(Process::Pending(orders)) = self.by_koid.insert(koid, running) {
                guest.bind(koid, orders);
            }
        }
    }

    /// Forgets a process. Whether it was known.
    pub fn remove(&mut self, koid: Koid) -> bool {
        self.by_koid.remove(&koid).is_some()
    }

    fn order(&mut self, koid: Koid, order: Order) {
        match self.by_koid.get_mut(&koid) {
            Some(Process::Pending(orders)) => orders.push(order),
            Some(Process::Running(guest)) => guest.order(order),
            None => {}
        }
    }
}

thread_local! {
    /// Set in the threads of machines, which cannot wait for themselves.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Marks the calling thread as one of a machine's.
pub fn mark_thread() {
    IS_OURS.set(true);
}

impl LinuxMachine {
    /// A machine without guests.
    pub fn new() -> Self {
        let memfds = Arc::new(AtomicUsize::new(0));
        let shared = Shared {
            kernel: OnceLock::new(),
            processes: Mutex::default(),
            memfds,
            threads: AtomicUsize::new(0),
            zygotes: AtomicUsize::new(0),
            guests: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared), reactor: Mutex::new(None) }
    }

    /// Counts what exists on the host.
    pub fn stats(&self) -> HostStats {
        let shared = &self.shared;
        let processes = shared.processes();
        let memfds = shared.memfds.load(Ordering::Relaxed);
        HostStats {
            processes: processes.by_koid.len(),
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
    /// late at three looks in a row is killed.
    pub fn look(&self) {
        self.shared.look();
    }

    /// Ends every process and the zygote, and waits until nothing is left of them on the host; the
    /// kernel hears of each end. A later start begins anew.
    ///
    /// Not to be called under the kernel's lock. A call from within [`KernelEntry`] returns at
    /// once, because it cannot wait for itself.
    pub fn stop(&self) {
        let reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((sender, thread)) = reactor else { return };
        // The reactor listens until it is told to stop.
        let _ = sender.send(Event::Stop);
        if !IS_OURS.get() {
            let _ = thread.join();
        }
    }

    /// Tells the reactor, which is started when there is something to tell.
    fn tell(&self, event: Event) {
        let mut reactor = self.reactor.lock().unwrap_or_else(PoisonError::into_inner);
        if reactor.is_none() {
            let (sender, receiver) = channel();
            let shared = Arc::clone(&self.shared);
            let events = sender.clone();
            let thread = std::thread::Builder::new()
                .name("zirconia-reactor".into())
                .spawn(move || Reactor::new(shared, events).run(&receiver));
            // Without a thread nothing runs, as if the start were still to come.
            *reactor = thread.ok().map(|thread| (sender, thread));
        }
        if let Some((sender, _)) = &*reactor {
            // The reactor listens until it is told to stop.
            let _ = sender.send(event);
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
    }

    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(LinuxMemory::new(size, Arc::clone(&self.shared.memfds))?))
    }

    fn system(&self) -> SystemInfo {
        host::system()
    }

    fn can_run(&self) -> Result {
        if host::can_run() { Ok(()) } else { Err(Status::NOT_SUPPORTED) }
    }

    fn start_process(&self, launch: ProcessLaunch) {
        let ProcessLaunch { process, thread, entry, mappings } = launch;
        let mut orders: Vec<_> = mappings.into_iter().map(Order::Map).collect();
        orders.push(Order::Start { thread, entry });
        let mut processes = self.shared.processes();
        processes.by_koid.insert(process, Process::Pending(orders));
        processes.assign_spares();
        drop(processes);
        self.tell(Event::Launch);
    }

    fn start_thread(&self, process: Koid, thread: Koid, entry: EntryState) {
        self.shared.processes().order(process, Order::Start { thread, entry });
    }

    fn map(&self, process: Koid, mapping: Mapping) {
        self.shared.processes().order(process, Order::Map(mapping));
    }

    fn unmap(&self, process: Koid, base: u64, len: u64) {
        self.shared.processes().order(process, Order::Unmap { base, len });
    }

    fn protect(&self, process: Koid, base: u64, len: u64, permissions: VmOptions) {
        self.shared.processes().order(process, Order::Protect { base, len, permissions });
    }

    fn set_fs_base(&self, process: Koid, thread: Koid, base: u64) -> Result {
        if base >= zx_abi::Arch::X86_64.user_top() {
            return Err(Status::INVALID_ARGS);
        }
        if !host::lets_programs_set_bases() {
            return Err(Status::NOT_SUPPORTED);
        }
        if let Some(Process::Running(guest)) = self.shared.processes().by_koid.get(&process) {
            guest.set_fs_base(thread, base);
        }
        Ok(())
    }

    fn resume(&self, process: Koid, thread: Koid, value: u64) {
        if let Some(Process::Running(guest)) = self.shared.processes().by_koid.get(&process) {
            guest.resume(thread, value);
        }
    }

    fn suspend(&self, process: Koid, thread: Koid, number: u64) {
        self.shared.processes().order(process, Order::Suspend { thread, number });
    }

    fn release(&self, process: Koid, thread: Koid) {
        self.shared.processes().order(process, Order::Release { thread });
    }

    fn registers(&self, process: Koid, thread: Koid) -> Result<GeneralRegisters> {
        match self.shared.processes().by_koid.get(&process) {
            Some(Process::Running(guest)) => guest.registers(thread),
            _ => Err(Status::BAD_STATE),
        }
    }

    fn set_registers(&self, process: Koid, thread: Koid, registers: &GeneralRegisters) -> Result {
        match self.shared.processes().by_koid.get(&process) {
            Some(Process::Running(guest)) => guest.set_registers(thread, registers),
            _ => Err(Status::BAD_STATE),
        }
    }

    fn kill(&self, process: Koid) {
        let mut processes = self.shared.processes();
        match processes.by_koid.get(&process) {
            Some(Process::Running(guest)) => guest.kill(),
            Some(Process::Pending(_)) => {
                processes.remove(process);
                drop(processes);
                self.tell(Event::NeverRan(process));
            }
            None => {}
        }
    }
}

impl Drop for LinuxMachine {
    fn drop(&mut self) {
        self.stop();
    }
}
