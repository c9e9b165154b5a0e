//! What all threads of a machine share: its processes, and counts of what it has on the host.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use kernel_sim::{KernelEntry, Koid};

use crate::native::guest::Walls;
use crate::native::guest_process::GuestProcess;
use crate::native::order::Order;

/// What all threads of a machine share.
#[derive(Default)]
pub struct Shared {
    pub kernel: OnceLock<Weak<dyn KernelEntry>>,
    pub processes: Mutex<Processes>,
    /// memfds that hold the bytes of VMOs and vDSO code.
    pub memfds: Arc<AtomicUsize>,
    /// Threads that serve.
    pub threads: AtomicUsize,
    /// Whether there is a zygote.
    pub zygotes: AtomicUsize,
    /// Linux processes.
    pub guests: AtomicUsize,
    pub policy: HelperPolicy,
    pub facts: Arc<Facts>,
}

/// What a machine asks of its helper.
#[derive(Clone, Copy, Debug, Default)]
pub struct HelperPolicy {
    /// Nothing runs where a wall is missing.
    pub insists: bool,
    /// One is taken that was made for the next machine of this process with the same policy, if there
    /// is one. From the second such machine on one is made when such a machine stops.
    pub takes_spare: bool,
}

/// What a machine has seen of the host.
#[derive(Debug, Default)]
pub struct Facts {
    pub(crate) synchronous: OnceLock<bool>,
    /// Of the last zygote.
    pub(crate) walls: Mutex<Option<Walls>>,
}

impl Facts {
    /// Whether a ring of the doorbell hands its processor over (Linux 6.6); none before the first
    /// guest.
    pub fn wakes_synchronously(&self) -> Option<bool> {
        self.synchronous.get().copied()
    }

    /// The walls around guests; none before the first one.
    pub fn walls(&self) -> Option<Walls> {
        *self.walls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub struct Processes {
    by_koid: HashMap<Koid, Process>,
    /// Ready to run a process.
    pub spares: Vec<Arc<GuestProcess>>,
}

enum Process {
    /// Is not launched yet, but has orders.
    Prepared(Vec<Order>),
    /// Waits for a Linux process, with the orders for it.
    Pending(Vec<Order>),
    Running(Arc<GuestProcess>),
}

impl Shared {
    pub fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for guests that are late.
    pub fn look(&self) {
        let running: Vec<_> = self.processes().running().cloned().collect();
        running.iter().for_each(|guest| guest.look());
    }

    /// Has a process do something, in the order of the calls.
    pub fn order(&self, koid: Koid, order: Order) {
        // Not under the lock of all processes: it may take a while to do.
        let guest = match self.processes().by_koid.get_mut(&koid) {
            Some(Process::Prepared(orders) | Process::Pending(orders)) => {
                return orders.push(order);
            }
            Some(Process::Running(guest)) => Arc::clone(guest),
            None => return,
        };
        guest.order(order);
    }

    /// Gives spares to the processes that wait.
    pub fn assign_spares(&self) {
        let begun = self.processes().assign_spares();
        begun.iter().for_each(|guest| guest.begin());
    }
}

impl Processes {
    /// Processes that run, or are about to.
    pub fn len(&self) -> usize {
        self.by_koid.len()
    }

    /// The guest process that runs a process, if it has one already.
    pub fn guest(&self, koid: Koid) -> Option<Arc<GuestProcess>> {
        match self.by_koid.get(&koid) {
            Some(Process::Running(guest)) => Some(Arc::clone(guest)),
            Some(Process::Prepared(_) | Process::Pending(_)) | None => None,
        }
    }

    /// Gives orders to a process that is launched later.
    pub fn prepare(&mut self, koid: Koid, more: impl Iterator<Item = Order>) {
        let prepared = self.by_koid.entry(koid).or_insert(Process::Prepared(Vec::new()));
        if let Process::Prepared(orders) = prepared {
            orders.extend(more);
        }
    }

    /// A new process, for a spare or the next Linux process.
    pub fn launch(&mut self, koid: Koid, mut orders: Vec<Order>) {
        if let Some(Process::Prepared(mut first)) = self.by_koid.remove(&koid) {
            first.append(&mut orders);
            orders = first;
        }
        self.by_koid.insert(koid, Process::Pending(orders));
    }

    /// Processes that wait for a Linux process.
    pub fn pending(&self) -> Vec<Koid> {
        let pending = |(koid, process): (&Koid, &Process)| {
            matches!(process, Process::Pending(_)).then_some(*koid)
        };
        self.by_koid.iter().filter_map(pending).collect()
    }

    /// Forgets a process if it has no Linux process yet. Whether it had none.
    pub fn remove_pending(&mut self, koid: Koid) -> bool {
        let process = self.by_koid.get(&koid);
        matches!(process, Some(Process::Prepared(_) | Process::Pending(_))) && self.remove(koid)
    }

    /// Guest processes that run something.
    fn running(&self) -> impl Iterator<Item = &Arc<GuestProcess>> {
        self.by_koid.values().filter_map(|process| match process {
            Process::Running(guest) => Some(guest),
            Process::Prepared(_) | Process::Pending(_) => None,
        })
    }

    /// Gives spares to the processes that wait: those are to begin.
    fn assign_spares(&mut self) -> Vec<Arc<GuestProcess>> {
        let mut begun = Vec::new();
        for koid in self.pending() {
            let Some(guest) = self.spares.pop() else { break };
            let running = Process::Running(Arc::clone(&guest));
            if let Some(Process::Pending(orders)) = self.by_koid.insert(koid, running) {
                guest.bind(koid, orders);
                begun.push(guest);
            }
        }
        begun
    }

    /// Forgets a process. Whether it was known.
    pub fn remove(&mut self, koid: Koid) -> bool {
        self.by_koid.remove(&koid).is_some()
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

/// Whether the calling thread is one of a machine's.
pub fn is_marked() -> bool {
    IS_OURS.get()
}
