//! Waiting and messaging behave as Zircon's do, family by family.

#[path = "../kernel/support/mod.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

mod calls;
mod channels_etc;
mod clocks;
mod futexes;
mod many;
mod model;
mod ports;
mod sockets;
mod threads;
mod timers;

use kernel_sim::{KernelEntry, Koid, SyscallOutcome};
use support::{Guest, Order, World, info, number};
use zx_abi::{INFO_THREAD, InfoThread, Status, Syscall, ThreadState};

/// Another thread of a guest.
struct Thread<'a> {
    world: &'a World,
    process: Koid,
    koid: Koid,
    /// The host's handle.
    handle: u32,
}

impl<'a> Thread<'a> {
    /// Creates and starts one.
    fn start(world: &'a World, guest: &Guest<'_>) -> Self {
        let handle = world.host(|c| c.thread_create(guest.process, b"other", 0)).unwrap();
        let entry = kernel_sim::EntryState { pc: 0x1000, sp: 0x2000, arg1: 1, arg2: 2 };
        world.host(|c| c.thread_start(handle, entry)).unwrap();
        Self { world, process: guest.koid, koid: world.koid(handle), handle }
    }

    fn enter(&self, call: Syscall, args: &[u64]) -> SyscallOutcome {
        let mut registers = [0; 8];
        registers[..args.len()].copy_from_slice(args);
        self.world.kernel.syscall(self.process, self.koid, number(call), registers)
    }
}

/// The state of a thread.
fn thread_state(world: &World, thread: u32) -> u32 {
    world.host(|c| info::<InfoThread>(c, thread, INFO_THREAD)).unwrap().state
}

/// Blocks the guest's first thread in a call, which shows as `state`.
fn block(world: &World, guest: &Guest<'_>, call: Syscall, args: &[u64], state: ThreadState) {
    assert_eq!(guest.enter(call, args), SyscallOutcome::Blocked);
    assert_eq!(thread_state(world, guest.thread), state as u32);
}

/// What blocked threads have returned since the last call.
fn resumed(world: &World) -> Vec<(Koid, Status)> {
    let orders = world.machine.orders().into_iter();
    let resumed = orders.filter_map(|order| match order {
        Order::Resume { thread, value, .. } => Some((thread, Status::from_raw(value as i32))),
        _ => None,
    });
    resumed.collect()
}
