//! A helper that is kept for the next machine.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::time::{Duration, Instant};

use host_linux::{HelperPolicy, LinuxMachine};
use rustix::process::{Pid, Signal, kill_process};
use support::World;
use support::processes::descendants;

guest_program!(exits, "zx 4");

/// The helpers of this process.
fn helpers() -> Vec<i32> {
    let all = descendants(std::process::id()).into_iter();
    all.filter(|(_, name)| name == "zirconia-zygote").map(|(pid, _)| pid as i32).collect()
}

/// Runs a program on a machine of its own. The helpers that there were meanwhile.
fn run(policy: HelperPolicy) -> Vec<i32> {
    let world = World::on(LinuxMachine::with_helper(policy), |_, _, _, number, _| {
        panic!("call {number}");
    });
    world.start(100, exits());
    world.expect_gone(100);
    let meanwhile = helpers();
    world.machine().stop().unwrap();
    meanwhile
}

/// The helper that is kept, once there is one.
fn spare() -> i32 {
    loop {
        if let [spare] = helpers()[..] {
            return spare;
        }
        std::thread::yield_now();
    }
}

#[test]
fn from_the_second_machine_on_a_helper_is_kept_for_the_next_that_takes_it() {
    let takes_spare = HelperPolicy { takes_spare: true, ..HelperPolicy::default() };
    run(HelperPolicy::default());
    run(HelperPolicy::default());
    run(takes_spare);
    assert_eq!(helpers(), []);
    run(takes_spare);
    let kept = spare();
    // Not for others.
    run(HelperPolicy::default());
    assert_eq!(spare(), kept);
    // For one that takes it, a Linux process is ready before a program is.
    let world = World::on(LinuxMachine::with_helper(takes_spare), |_, _, _, number, _| {
        panic!("call {number}");
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    while world.machine().stats().spares == 0 {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    world.machine().stop().unwrap();
    let kept = spare();
    assert_eq!(run(takes_spare), [kept]);
    let next = spare();
    assert_ne!(next, kept);
    // One that has died meanwhile is no use, and hurts nobody.
    kill_process(Pid::from_raw(next).unwrap(), Signal::KILL).unwrap();
    run(takes_spare);
    assert_ne!(spare(), next);
}
