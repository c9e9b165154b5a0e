//! How processes begin and end.

use kernel_sim::Machine;

use crate::guest_program;
use crate::support::{World, call};

guest_program!(spins, "zx 2", "1: jmp 1b");
guest_program!(blocks, "zx 3", "ud2");
guest_program!(exits, "zx 4");

#[test]
fn a_spinning_guest_can_be_killed() {
    let world = World::new();
    world.start(100, spins());
    world.next_call(call::REPORT);
    world.machine().kill(100);
    world.machine().kill(100);
    world.expect_gone(100);
    world.machine().kill(100);
    world.expect_silence();
}

#[test]
fn a_blocked_guest_can_be_killed() {
    let world = World::new();
    world.start(100, blocks());
    world.next_call(call::BLOCK);
    world.machine().kill(100);
    world.expect_gone(100);
    world.machine().resume(100, 101, 0);
    world.expect_silence();
}

#[test]
fn a_process_killed_right_after_its_start_is_gone_once() {
    let world = World::new();
    for process in (100..200).step_by(10) {
        world.start(process, blocks());
        world.machine().kill(process);
        let heard = world.wait_until_gone(process);
        assert!(heard.len() <= 1);
    }
    world.expect_silence();
}

#[test]
fn many_processes_run_at_once() {
    let world = World::new();
    for process in (100..400).step_by(10) {
        world.start(process, blocks());
    }
    for _ in 0..30 {
        world.next_call(call::BLOCK);
    }
    assert_eq!(world.machine().stats().processes, 30);
    for process in (100..400).step_by(10) {
        world.machine().kill(process);
    }
    for _ in 0..30 {
        assert!(matches!(world.next(), crate::support::Heard::Gone(_)));
    }
    assert_eq!(world.machine().stats().processes, 0);
}

#[test]
fn two_machines_share_nothing() {
    let (one, other) = (World::new(), World::new());
    one.start(100, blocks());
    other.start(100, blocks());
    one.next_call(call::BLOCK);
    other.next_call(call::BLOCK);
    one.machine().kill(100);
    one.expect_gone(100);
    other.expect_silence();
    drop(one);
    other.machine().kill(100);
    other.expect_gone(100);
}

#[test]
fn a_machine_dropped_with_running_guests_ends_them() {
    let world = World::new();
    world.start(100, spins());
    world.next_call(call::REPORT);
    drop(world);
}

#[test]
fn a_kernel_may_be_dropped_by_its_own_guests_call() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(crate::support::Heard::Call { process, thread, number, args });
        kernel_sim::SyscallOutcome::Return(0)
    });
    world.start(100, endless_calls());
    world.next_call(call::OWN);
    // Unless the guest pauses just now, its worker holds the last reference.
    drop(world);
}

guest_program!(endless_calls, "1: zx 16", "jmp 1b");

#[test]
fn a_process_that_exits_at_once_is_gone() {
    let world = World::new();
    for process in (100..600).step_by(10) {
        world.start(process, exits());
        world.expect_gone(process);
    }
    world.expect_silence();
}

guest_program!(makes_the_kernel_panic, "zx 16", "ud2");

#[test]
fn a_panic_of_the_kernel_ends_the_process_whose_call_it_was() {
    let world = World::new();
    world.start(100, makes_the_kernel_panic());
    assert_eq!(world.expect_failed(100).step, "thread of the host");
    world.start(200, exits());
    world.expect_gone(200);
}
