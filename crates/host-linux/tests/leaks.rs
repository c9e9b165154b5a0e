//! Nothing is left behind. These tests count what belongs to the whole test process, so that they
//! take turns.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use host_linux::HostStats;
use kernel_sim::{EntryState, Machine, Mapping, ProcessLaunch};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, getrlimit, pidfd_open, pidfd_send_signal, setrlimit,
};
use support::processes::{descendants, turn, zygotes};
use support::{
    CODE, EXECUTE, Heard, PAGE, READ, STACK, STACK_LEN, VDSO, WRITE, World, call, mapping,
};

guest_program!(exits, "zx 4");
guest_program!(blocks, "zx 3", "ud2");
guest_program!(spins, "zx 2", "1: jmp 1b");

fn count(directory: &str) -> usize {
    fs::read_dir(directory).unwrap().count()
}

fn pidfd(pid: u32) -> OwnedFd {
    pidfd_open(Pid::from_raw(pid as i32).unwrap(), PidfdFlags::empty()).unwrap()
}

fn wait_for_end(pidfd: &OwnedFd) {
    while poll(&mut [PollFd::new(pidfd, PollFlags::IN)], None).is_err() {}
}

/// The names of this process's threads that belong to machines.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let name = |task: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default()
    };
    tasks.map(name).filter(|name| name.starts_with("zirconia-")).collect()
}

/// Waits until the system lists as many threads of machines, and such descendants, as there should
/// be: it lists a thread for a moment after it was joined, and a process after its end was told.
fn expect_listed(expected_threads: usize, expected: &[&str]) {
    let names = || {
        let mut names: Vec<_> =
            descendants(std::process::id()).into_iter().map(|it| it.1).collect();
        names.sort_unstable();
        names
    };
    while threads().len() != expected_threads || names() != expected {
        std::thread::yield_now();
    }
}

/// A machine at rest, as the system lists it: its zygote and its spare.
fn expect_rest() {
    expect_listed(2, &["zirconia-guest", "zirconia-zygote"]);
}

/// Runs two processes to their ends, and then waits until there is a spare again.
fn settle(world: &World, process: u64) {
    world.start(process, exits());
    world.expect_gone(process);
    world.start(process + 10, blocks());
    world.next_call(call::BLOCK);
    expect_spare(world);
    world.machine().kill(process + 10);
    world.expect_gone(process + 10);
}

fn expect_spare(world: &World) {
    while world.machine().stats().spares != 1 {
        std::thread::yield_now();
    }
}

/// Starts a guest and suspends it.
fn suspend(world: &World) {
    world.start(300, spins());
    world.next_call(call::REPORT);
    world.machine().suspend(300, 301, 1);
    world.expect_suspended(301, 1);
}

#[test]
fn two_hundred_launches_leave_nothing() {
    let _turn = turn();
    let world = World::new();
    settle(&world, 100);
    let look = || (count("/proc/self/fd"), world.machine().stats());
    let before = look();
    for process in (1000..3000).step_by(10) {
        world.start(process, exits());
        world.expect_gone(process);
    }
    settle(&world, 200);
    let after = look();
    assert_eq!(after, before);
    let HostStats { processes, spares, threads, memfds, descriptors } = after.1;
    assert_eq!((processes, spares, threads, memfds, descriptors), (0, 1, 2, 0, 5));
    expect_rest();
}

#[test]
fn a_machine_that_launches_once_makes_no_spare() {
    let _turn = turn();
    let world = World::new();
    world.start(100, blocks());
    world.next_call(call::BLOCK);
    world.machine().kill(100);
    world.expect_gone(100);
    // The same thread makes guests and tells of their ends.
    assert_eq!(world.machine().stats().spares, 0);
    expect_listed(1, &["zirconia-zygote"]);
    settle(&world, 200);
    expect_rest();
}

#[test]
fn nothing_of_a_process_is_left_when_it_is_gone() {
    let _turn = turn();
    let world = World::new();
    settle(&world, 100);
    expect_rest();
    let before = count("/proc/self/fd");
    world.start(200, blocks());
    world.next_call(call::BLOCK);
    expect_spare(&world);
    assert!(count("/proc/self/fd") > before);
    expect_listed(3, &["zirconia-guest", "zirconia-guest", "zirconia-zygote"]);
    world.machine().kill(200);
    world.expect_gone(200);
    assert_eq!(count("/proc/self/fd"), before);
    expect_rest();
}

#[test]
fn a_dropped_machine_leaves_no_process_no_thread_and_no_descriptor() {
    let _turn = turn();
    let before = count("/proc/self/fd");
    let world = World::new();
    world.start(100, spins());
    world.next_call(call::REPORT);
    world.start(200, blocks());
    world.next_call(call::BLOCK);
    suspend(&world);
    drop(world);
    assert_eq!(count("/proc/self/fd"), before);
    expect_listed(0, &[]);
}

#[test]
fn a_stopped_machine_ends_its_processes_and_starts_others_later() {
    let _turn = turn();
    let world = World::new();
    world.start(100, spins());
    world.next_call(call::REPORT);
    world.machine().stop().unwrap();
    world.expect_gone(100);
    assert_eq!(world.machine().stats(), HostStats::default());
    world.machine().stop().unwrap();
    world.start(200, exits());
    world.expect_gone(200);
}

#[test]
fn when_the_zygote_dies_its_guests_end_and_the_next_launch_gets_a_new_one() {
    let _turn = turn();
    let world = World::new();
    settle(&world, 100);
    world.start(200, spins());
    world.next_call(call::REPORT);
    let [zygote] = zygotes()[..] else { panic!("one zygote") };
    let pidfd = pidfd(zygote);
    pidfd_send_signal(&pidfd, Signal::KILL).unwrap();
    assert_eq!(world.expect_failed(200).step, "guest process");
    world.start(300, blocks());
    // The spare was the old zygote's child; a launch that got it in its last moment fails.
    match world.next() {
        Heard::Failed(_) => {
            world.expect_gone(300);
            world.start(400, blocks());
            world.next_call(call::BLOCK);
        }
        Heard::Call { .. } => {}
        other => panic!("{other:?}"),
    }
    let zygotes = zygotes();
    assert!(!zygotes.contains(&zygote) && zygotes.len() == 1, "{zygotes:?} for {zygote}");
}

guest_program!(blocks_and_exits, "zx 3", "zx 4");

#[test]
fn a_host_without_descriptors_ends_the_new_process_and_spares_the_others() {
    let _turn = turn();
    let world = World::new();
    settle(&world, 10);
    world.start(100, blocks_and_exits());
    world.next_call(call::BLOCK);
    expect_spare(&world);
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(4), ..limit }).unwrap();
    world.start(200, blocks());
    let failure = world.expect_failed(200);
    assert_eq!((failure.step, failure.errno), ("memory of a VMO", Some(libc::EMFILE)));
    // Now there is no spare either, and none can be made.
    world.start(300, blocks());
    let failure = world.expect_failed(300);
    assert_eq!(failure.errno, Some(libc::EMFILE));
    assert_eq!(failure.remedy, "raise the limit of open files (ulimit -n)");
    setrlimit(Resource::Nofile, limit).unwrap();
    world.start(400, blocks());
    world.next_call(call::BLOCK);
    world.machine().resume(100, 101, 0);
    world.expect_gone(100);
    world.machine().kill(400);
    world.expect_gone(400);
}

#[test]
fn guest_processes_leave_descriptors_to_others_though_they_take_none_for_memory() {
    let _turn = turn();
    let world = World::new();
    // All have the same memory, so that only the first takes descriptors for it.
    let code = mapping(CODE, PAGE, READ | EXECUTE, world.memory(blocks(), PAGE));
    let stack = mapping(STACK, STACK_LEN, READ | WRITE, world.memory(&[], STACK_LEN));
    let vdso = Mapping { vdso: true, ..mapping(VDSO, PAGE, READ | EXECUTE, world.vdso()) };
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), ..limit }).unwrap();
    let mut process = 100;
    let failure = loop {
        world.machine().start_process(ProcessLaunch {
            process,
            thread: process + 1,
            entry: EntryState::new(CODE, STACK + STACK_LEN - 8, 0, 0),
            stop: None,
            mappings: vec![code.clone(), stack.clone(), vdso.clone()],
        });
        match world.next() {
            Heard::Call { .. } => process += 10,
            Heard::Failed(failure) => break failure,
            other => panic!("{other:?}"),
        }
    };
    world.expect_gone(process);
    assert_eq!((failure.step, failure.errno), ("guest process", Some(libc::EMFILE)));
    let is_used = |number: i32| fs::read_link(format!("/proc/self/fd/{number}")).is_ok();
    // A spare is tried, too, and given back.
    while (56..64).any(is_used) {
        std::thread::yield_now();
    }
    setrlimit(Resource::Nofile, limit).unwrap();
}

const HOST: &str = "ZIRCONIA_TEST_HOST";

/// Not a test of its own: the host process that the next test kills.
#[test]
fn host_that_will_be_killed() {
    if std::env::var_os(HOST).is_none() {
        return;
    }
    let world = World::new();
    world.start(100, spins());
    world.next_call(call::REPORT);
    world.start(200, blocks());
    world.next_call(call::BLOCK);
    suspend(&world);
    println!("\nready");
    loop {
        std::thread::park();
    }
}

#[test]
fn everything_dies_with_the_host_process() {
    let _turn = turn();
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host_that_will_be_killed", "--nocapture"])
        .env(HOST, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(host.stdout.take().unwrap());
    output.lines().map(Result::unwrap).find(|line| line == "ready").unwrap();
    let family: Vec<_> = descendants(host.id()).into_iter().map(|(pid, _)| pidfd(pid)).collect();
    assert!(family.len() >= 4, "a zygote and three guests");
    host.kill().unwrap();
    host.wait().unwrap();
    family.iter().for_each(wait_for_end);
}
