//! Threads of guests: starting them, blocking them, what they return.

use kernel_sim::{EntryState, KernelEntry, Koid, SyscallOutcome};
use zx_abi::{INFO_THREAD, InfoThread, Status, Syscall, ThreadState};

use super::{Guest, Order, World, info, number};

/// Another thread of a guest.
pub struct Thread<'a> {
    pub world: &'a World,
    pub process: Koid,
    pub koid: Koid,
    /// The host's handle.
    pub handle: u32,
}

impl<'a> Thread<'a> {
    /// Creates and starts one.
    pub fn start(world: &'a World, guest: &Guest<'_>) -> Self {
        let handle = world.host(|c| c.thread_create(guest.process, b"other", 0)).unwrap();
        let entry = EntryState::new(0x1000, 0x2000, 1, 2);
        world.host(|c| c.thread_start(handle, entry)).unwrap();
        Self { world, process: guest.koid, koid: world.koid(handle), handle }
    }

    pub fn enter(&self, call: Syscall, args: &[u64]) -> SyscallOutcome {
        let mut registers = [0; 8];
        registers[..args.len()].copy_from_slice(args);
        self.world.kernel.syscall(self.process, self.koid, number(call), registers)
    }
}

/// The state of a thread.
pub fn thread_state(world: &World, thread: u32) -> u32 {
    world.host(|c| info::<InfoThread>(c, thread, INFO_THREAD)).unwrap().state
}

/// Blocks the guest's first thread in a call, which shows as `state`.
pub fn block(world: &World, guest: &Guest<'_>, call: Syscall, args: &[u64], state: ThreadState) {
    assert_eq!(guest.enter(call, args), SyscallOutcome::Blocked);
    assert_eq!(thread_state(world, guest.thread), state as u32);
}

/// What blocked threads have returned since the last call.
pub fn resumed(world: &World) -> Vec<(Koid, Status)> {
    let orders = world.machine.orders().into_iter();
    let resumed = orders.filter_map(|order| match order {
        Order::Resume { thread, value, .. } => Some((thread, Status::from_raw(value as i32))),
        _ => None,
    });
    resumed.collect()
}
