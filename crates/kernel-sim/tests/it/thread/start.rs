//! Further threads of a process.

use kernel_sim::{EntryState, SyscallOutcome};
use zx_abi::{Rights, Signals, Status, Syscall, ThreadState};

use crate::support::{Guest, Order, Thread, World, thread_state, without};

const ENTRY: EntryState = EntryState { tp: 5, abi_reg: 6, ..EntryState::new(1, 2, 3, 4) };

#[test]
fn start_judges_handle_then_state() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let thread = c.thread_create(guest.process, b"t", 0).unwrap();
        let unmanaged = without(c, thread, Rights::MANAGE_THREAD);
        let root = c.root_job().unwrap();
        let (initial, _) = c.process_create(root, b"initial", 0).unwrap();
        let early = c.thread_create(initial, b"early", 0).unwrap();
        for (handle, status) in [
            (9, Status::BAD_HANDLE),
            (event, Status::WRONG_TYPE),
            (unmanaged, Status::ACCESS_DENIED),
            (early, Status::BAD_STATE),
            (guest.thread, Status::BAD_STATE),
        ] {
            assert_eq!(c.thread_start(handle, ENTRY), Err(status));
        }
        assert_eq!(c.thread_start(thread, ENTRY), Ok(()));
        assert_eq!(c.thread_start(thread, ENTRY), Err(Status::BAD_STATE));
    });
    guest.finish();
}

#[test]
fn a_guest_starts_a_thread_and_outlives_the_first() {
    let world = World::new();
    let guest = Guest::start(&world);
    // The guest needs a handle to itself.
    let own = world.host(|c| c.handle_duplicate(guest.process, 1 << 31)).unwrap();
    let own = guest.receive(own);
    let create = [own.into(), guest.at(64), 5, 0, guest.at(0)];
    guest.poke(64, b"worker");
    let thread = guest.create(Syscall::ThreadCreate, &create).unwrap();
    world.machine.orders();
    let start = |tp| [thread.into(), 1, 2, 3, 4, tp, 6];
    // What no instruction could make of the register.
    for tp in [1 << 47, u64::MAX >> 1, !(1 << 47)] {
        let refused = guest.call(Syscall::ThreadStartRegs, &start(tp));
        assert_eq!(refused, Err(Status::INVALID_ARGS), "{tp:#x}");
    }
    guest.call(Syscall::ThreadStartRegs, &start(5)).unwrap();
    let orders = world.machine.orders();
    let [Order::StartThread { process, thread: started, entry }] = orders[..] else {
        panic!("{orders:?}");
    };
    assert_eq!((process, entry), (guest.koid, ENTRY));
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    assert_eq!(guest.info().flags, 1);
    let other = Thread { world: &world, process, koid: started, handle: 0 };
    assert_eq!(other.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    assert!(world.machine.orders().contains(&Order::Kill { process }));
    guest.finish();
}

#[test]
fn create_judges_options_then_name_then_process() {
    let world = World::new();
    let guest = Guest::start(&world);
    let create = |process: u64, name: u64, options: u64| {
        guest.call(Syscall::ThreadCreate, &[process, name, 5, options, guest.at(0)])
    };
    assert_eq!(create(9, guest.unmapped(), 1), Err(Status::INVALID_ARGS));
    assert_eq!(create(9, guest.unmapped(), 0), Err(Status::INVALID_ARGS));
    assert_eq!(create(9, guest.at(0), 0), Err(Status::BAD_HANDLE));
    guest.finish();
}

#[test]
fn a_started_thread_runs_and_says_so() {
    let world = World::new();
    let guest = Guest::start(&world);
    let thread = Thread::start(&world, &guest);
    assert_eq!(thread_state(&world, thread.handle), ThreadState::Running as u32);
    assert_eq!(world.signals(thread.handle), Signals::THREAD_RUNNING);
    thread.enter(Syscall::ThreadExit, &[]);
    assert_eq!(thread_state(&world, thread.handle), ThreadState::Dead as u32);
    assert_eq!(world.signals(thread.handle), Signals::TASK_TERMINATED);
    guest.finish();
}
