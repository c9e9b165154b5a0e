//! Processor time: on a machine that does not count it, the time for which threads ran.

use kernel_sim::{Item, KernelEntry};
use zx_abi::{Signals, Syscall, TASK_RETCODE_CPU_TIME_KILL, TASK_RETCODE_SYSCALL_KILL};

use super::{Limited, used};
use crate::support::{FOREVER, Guest, Order, World};

const SECOND: i64 = 1_000_000_000;

/// A guest in a job that may take so much.
fn guest_with<'a>(world: &'a World, limited: &Limited<'_>, nanoseconds: i64) -> Guest<'a> {
    limited.allow(Item::CpuTime, nanoseconds as u64);
    Guest::start_in(world, limited.job, 0)
}

fn is_killed(world: &World, guest: &Guest<'_>) -> bool {
    let process = guest.koid;
    world.machine.orders().contains(&Order::Kill { process })
}

fn killed_for(world: &World, guest: &Guest<'_>) -> Option<Item> {
    world.host(|c| c.process_killed_for(guest.process)).unwrap()
}

#[test]
fn a_program_runs_to_its_limit_and_no_longer() {
    let world = World::new();
    let limited = Limited::new(&world);
    let guest = guest_with(&world, &limited, SECOND);
    world.clock.advance(SECOND - 1);
    assert!(!is_killed(&world, &guest));
    assert_eq!(killed_for(&world, &guest), None);
    world.clock.advance(1);
    assert!(is_killed(&world, &guest));
    world.kernel.process_gone(guest.koid);
    assert_eq!(guest.info().return_code, TASK_RETCODE_CPU_TIME_KILL);
    assert_eq!(killed_for(&world, &guest), Some(Item::CpuTime));
    assert_eq!(limited.used()[Item::CpuTime], SECOND as u64);
}

#[test]
fn time_in_a_wait_does_not_count() {
    let world = World::new();
    let limited = Limited::new(&world);
    let guest = guest_with(&world, &limited, SECOND);
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    guest.enter(Syscall::ObjectWaitOne, &[event.into(), 8, FOREVER, 0]);
    world.clock.advance(10 * SECOND);
    assert!(!is_killed(&world, &guest));
    world.as_process(guest.koid, |c| c.object_signal(event, 0, Signals::SIGNALED.bits())).unwrap();
    world.clock.advance(SECOND);
    world.clock.advance(SECOND);
    assert!(is_killed(&world, &guest));
}

#[test]
fn a_job_is_killed_for_what_all_below_it_have_taken() {
    let world = World::new();
    let limited = Limited::new(&world);
    let below = Limited::below(&world, limited.job);
    let guest = guest_with(&world, &limited, SECOND);
    let other = Guest::start_in(&world, below.job, 0);
    let bystander = Guest::start(&world);
    world.clock.advance(SECOND / 2 - 1);
    // The first one ends, with what it has taken.
    guest.enter(Syscall::ProcessExit, &[0]);
    world.kernel.process_gone(guest.koid);
    world.clock.advance(SECOND / 2 + 1);
    world.machine.orders();
    world.clock.advance(SECOND / 100);
    assert_eq!(killed_for(&world, &guest), None);
    assert_eq!(killed_for(&world, &other), Some(Item::CpuTime));
    assert_eq!(killed_for(&world, &bystander), None);
    assert_eq!(limited.used()[Item::Threads], 0);
    // What is started there now has nothing left.
    let limited = Limited::new(&world);
    let late = guest_with(&world, &limited, 0);
    world.clock.advance(0);
    assert_eq!(killed_for(&world, &late), Some(Item::CpuTime));
}

#[test]
fn a_limit_counts_for_what_runs_already() {
    let world = World::new();
    let limited = Limited::new(&world);
    let guest = Guest::start_in(&world, limited.job, 0);
    world.clock.advance(5 * SECOND);
    limited.allow(Item::CpuTime, SECOND as u64);
    world.clock.advance(SECOND);
    assert!(is_killed(&world, &guest));
}

#[test]
fn a_limit_that_is_lifted_in_time_kills_nobody() {
    let world = World::new();
    let limited = Limited::new(&world);
    let guest = guest_with(&world, &limited, SECOND);
    world.clock.advance(SECOND / 2);
    world.host(|c| c.job_set_limits(limited.job, &[(Item::CpuTime, u64::MAX)])).unwrap();
    world.clock.advance(100 * SECOND);
    assert!(!is_killed(&world, &guest));
    guest.finish();
    assert_eq!(world.kernel.stats().running, 0);
}

#[test]
fn the_kernels_limit_ends_every_guest_and_not_the_host() {
    let world = World::new();
    let (one, other) = (Guest::start(&world), Guest::start(&world));
    world.host(|c| {
        let root = c.root_job().unwrap();
        c.job_set_limits(root, &[(Item::CpuTime, SECOND as u64)]).unwrap();
    });
    world.clock.advance(SECOND / 2);
    world.clock.advance(SECOND / 2);
    for guest in [&one, &other] {
        assert_eq!(killed_for(&world, guest), Some(Item::CpuTime));
    }
    world.host(|c| c.event_create(0)).unwrap();
}

#[test]
fn a_machine_that_counts_is_believed() {
    let world = World::new();
    let limited = Limited::new(&world);
    let set = |taken| *world.machine.cpu_time.lock().unwrap() = Some(taken);
    set(0);
    let guest = guest_with(&world, &limited, SECOND);
    // It has waited for a processor for most of the time.
    set(SECOND / 4);
    world.clock.advance(SECOND);
    assert_eq!(limited.used()[Item::CpuTime], SECOND as u64 / 4);
    world.clock.advance(SECOND * 3 / 4 - 1);
    assert!(!is_killed(&world, &guest));
    set(SECOND);
    world.clock.advance(1);
    assert!(is_killed(&world, &guest));
}

#[test]
fn only_the_kernel_says_that_a_limit_was_reached() {
    let world = World::new();
    let limited = Limited::new(&world);
    let liar = guest_with(&world, &limited, SECOND);
    liar.enter(Syscall::ProcessExit, &[TASK_RETCODE_CPU_TIME_KILL as u64]);
    world.kernel.process_gone(liar.koid);
    assert_eq!(liar.info().return_code, TASK_RETCODE_CPU_TIME_KILL);
    assert_eq!(killed_for(&world, &liar), None);
    let killed = Guest::start_in(&world, limited.job, 0);
    world.host(|c| c.task_kill(killed.process)).unwrap();
    world.kernel.process_gone(killed.koid);
    assert_eq!(killed.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    assert_eq!(killed_for(&world, &killed), None);
    assert_eq!(used(&world, limited.job)[Item::CpuTime], 0);
}

#[test]
fn one_that_has_been_killed_takes_no_more_though_nobody_knows_yet_that_it_is_gone() {
    let world = World::new();
    let limited = Limited::new(&world);
    *world.machine.cpu_time.lock().unwrap() = Some(0);
    let guest = guest_with(&world, &limited, SECOND);
    world.clock.advance(SECOND / 2);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    // The machine cannot tell any more.
    *world.machine.cpu_time.lock().unwrap() = None;
    world.clock.advance(SECOND);
    assert_eq!(limited.used()[Item::CpuTime], 0);
}
