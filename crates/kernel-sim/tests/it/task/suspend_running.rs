//! Suspend tokens: of threads that the machine runs.

use kernel_sim::{EntryState, KernelEntry, SyscallOutcome};
use zx_abi::{
    INFO_THREAD_STATS, InfoThreadStats, Signals, Status, Syscall, TIME_INFINITE, ThreadState,
};

use crate::support::{Guest, Order, World, info, thread_state};

fn runtime(world: &World, thread: u32) -> i64 {
    let stats: InfoThreadStats = world.host(|c| info(c, thread, INFO_THREAD_STATS)).unwrap();
    stats.total_runtime
}

fn suspend(world: &World, task: u32) -> u32 {
    world.host(|c| c.task_suspend(task)).unwrap()
}

fn close(world: &World, handle: u32) {
    world.host(|c| c.handle_close(handle)).unwrap();
}

/// The number of the one suspension that the machine was asked for since the last look.
fn asked(world: &World, guest: &Guest<'_>) -> u64 {
    let orders = world.machine.orders();
    let [Order::Suspend { process, thread, number }] = orders[..] else { panic!("{orders:?}") };
    assert_eq!((process, thread), (guest.koid, guest.thread_koid));
    number
}

/// A running guest whose thread the machine has stopped, and the token.
fn stopped(world: &World) -> (Guest<'_>, u32) {
    let guest = Guest::start(world);
    let token = suspend(world, guest.thread);
    world.kernel.suspended(guest.koid, guest.thread_koid, asked(world, &guest));
    (guest, token)
}

#[test]
fn a_thread_is_suspended_once_the_machine_has_stopped_it() {
    let world = World::new();
    let guest = Guest::start(&world);
    let release = Order::Release { process: guest.koid, thread: guest.thread_koid };
    let token = suspend(&world, guest.thread);
    let number = asked(&world, &guest);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    world.kernel.suspended(guest.koid, guest.thread_koid, number);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_SUSPENDED);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    close(&world, token);
    assert_eq!(world.machine.orders(), [release]);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    guest.finish();
}

#[test]
fn tokens_of_a_thread_and_its_process_nest() {
    let world = World::new();
    let guest = Guest::start(&world);
    let tokens = [guest.process, guest.thread, guest.process].map(|task| suspend(&world, task));
    world.kernel.suspended(guest.koid, guest.thread_koid, asked(&world, &guest));
    for token in &tokens[1..] {
        close(&world, *token);
        assert_eq!(world.machine.orders(), []);
        assert_eq!(world.signals(guest.thread), Signals::THREAD_SUSPENDED);
    }
    close(&world, tokens[0]);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    guest.finish();
}

#[test]
fn an_answer_to_an_earlier_suspension_says_nothing() {
    let world = World::new();
    let guest = Guest::start(&world);
    let token = suspend(&world, guest.thread);
    let first = asked(&world, &guest);
    close(&world, token);
    world.machine.orders();
    world.kernel.suspended(guest.koid, guest.thread_koid, first);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    let _token = suspend(&world, guest.thread);
    let second = asked(&world, &guest);
    world.kernel.suspended(guest.koid, guest.thread_koid, first);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    world.kernel.suspended(guest.koid, guest.thread_koid, second);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_SUSPENDED);
    guest.finish();
}

#[test]
fn a_wait_goes_on_in_a_suspended_thread() {
    let world = World::new();
    let (guest, token) = stopped(&world);
    // The call was under way when the thread was stopped.
    let sleep = guest.enter(Syscall::Nanosleep, &[1_000]);
    assert_eq!(sleep, SyscallOutcome::Blocked);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    world.clock.advance(1_000);
    let resume = Order::Resume { process: guest.koid, thread: guest.thread_koid, value: 0 };
    // It is the machine that keeps the thread from returning.
    assert_eq!(world.machine.orders(), [resume]);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    close(&world, token);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    guest.finish();
}

#[test]
fn a_thread_that_waits_can_be_suspended_and_released() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.enter(Syscall::Nanosleep, &[TIME_INFINITE as u64]);
    let token = suspend(&world, guest.process);
    world.kernel.suspended(guest.koid, guest.thread_koid, asked(&world, &guest));
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    close(&world, token);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedSleeping as u32);
    guest.finish();
}

#[test]
fn a_suspended_thread_runs_no_time() {
    let world = World::new();
    let (guest, token) = stopped(&world);
    let before = runtime(&world, guest.thread);
    world.clock.advance(1_000);
    assert_eq!(runtime(&world, guest.thread), before);
    close(&world, token);
    world.clock.advance(1_000);
    assert_eq!(runtime(&world, guest.thread), before + 1_000);
    guest.finish();
}

#[test]
fn a_suspended_process_suspends_threads_that_begin_later() {
    let world = World::new();
    let (guest, token) = stopped(&world);
    let whole = suspend(&world, guest.process);
    close(&world, token);
    let second = world.host(|c| c.thread_create(guest.process, b"second", 0)).unwrap();
    let entry = EntryState::new(1, 2, 3, 4);
    world.host(|c| c.thread_start(second, entry)).unwrap();
    let (process, thread) = (guest.koid, world.koid(second));
    let started = Order::StartThread { process, thread, entry };
    assert_eq!(world.machine.orders(), [started, Order::Suspend { process, thread, number: 1 }]);
    world.kernel.suspended(process, thread, 1);
    assert_eq!(world.signals(second), Signals::THREAD_SUSPENDED);
    close(&world, whole);
    let released = [guest.thread_koid, thread].map(|thread| Order::Release { process, thread });
    assert_eq!(world.machine.orders(), released);
    close(&world, second);
    guest.finish();
}

#[test]
fn a_suspended_process_dies_of_a_kill() {
    let world = World::new();
    let before = world.stats();
    let (guest, token) = stopped(&world);
    let whole = suspend(&world, guest.process);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    assert_eq!(world.signals(guest.thread), Signals::TASK_TERMINATED);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Dead as u32);
    world.machine.orders();
    // Too late for both.
    world.kernel.suspended(guest.koid, guest.thread_koid, 1);
    close(&world, whole);
    close(&world, token);
    assert_eq!(world.machine.orders(), []);
    assert_eq!(world.signals(guest.thread), Signals::TASK_TERMINATED);
    guest.finish();
    let after = world.stats();
    assert_eq!((after.running, after.waits), (before.running, before.waits));
}

#[test]
fn a_thread_that_ends_on_its_way_to_be_suspended_is_not() {
    let world = World::new();
    let guest = Guest::start(&world);
    let token = suspend(&world, guest.thread);
    let number = asked(&world, &guest);
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    world.kernel.suspended(guest.koid, guest.thread_koid, number);
    assert_eq!(world.signals(guest.thread), Signals::TASK_TERMINATED);
    assert_eq!(world.host(|c| c.task_suspend(guest.thread)), Err(Status::BAD_STATE));
    close(&world, token);
    guest.finish();
}
