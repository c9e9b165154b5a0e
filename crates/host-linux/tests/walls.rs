//! What stands behind the filters.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod support;

use std::fs;
use std::os::unix::fs::FileExt;

use host_linux::{HelperPolicy, LinuxMachine};
use kernel_sim::Machine;
use support::processes::{descendants, turn};
use support::{World, call};

guest_program!(blocks, "zx 3", "ud2");

const NAMESPACES: [(&str, &str); 5] = [
    ("user namespace", "user"),
    ("mount namespace", "mnt"),
    ("network namespace", "net"),
    ("IPC namespace", "ipc"),
    ("PID namespace", "pid"),
];

/// The lines of `/proc/PID/status` that begin so.
fn status(pid: u32, name: &str) -> Vec<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Whether a wall stands here; it is said if not.
fn stands(machine: &LinuxMachine, name: &str) -> bool {
    let walls = machine.facts().walls().unwrap();
    let (_, result) = walls.each().find(|(step, _)| step.name() == name).unwrap();
    if let Err(error) = result {
        eprintln!("NOT TESTED here: {error}");
    }
    result.is_ok()
}

#[test]
fn a_guest_is_behind_every_wall_that_is_said_to_stand() {
    let _turn = turn();
    let world = World::new();
    world.start(100, blocks());
    world.next_call(call::BLOCK);
    let all = descendants(std::process::id());
    let processes: Vec<u32> = all.into_iter().map(|(pid, _)| pid).collect();
    assert!(processes.len() >= 2, "the helper and a guest");
    for pid in processes {
        let link = |pid: &str, kind| fs::read_link(format!("/proc/{pid}/ns/{kind}")).unwrap();
        for (wall, kind) in NAMESPACES {
            if stands(world.machine(), wall) {
                assert_ne!(link(&pid.to_string(), kind), link("self", kind), "{wall}");
            }
        }
        if stands(world.machine(), "PID namespace") {
            assert_eq!(status(pid, "NSpid").len(), status(std::process::id(), "NSpid").len() + 1);
        }
        if stands(world.machine(), "empty root") {
            let root = fs::read_dir(format!("/proc/{pid}/root")).unwrap();
            assert_eq!(root.count(), 0);
            let mounts = fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap();
            assert_eq!(mounts.lines().count(), 1, "{mounts}");
        }
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(status(pid, set), ["0000000000000000"], "{set}");
        }
        assert_eq!(status(pid, "NoNewPrivs"), ["1"]);
        if stands(world.machine(), "out-of-memory score") {
            let score = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
            assert_eq!(score, "1000\n");
        }
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"));
        // Debuggers and /proc need that.
        let memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
        let mut byte = [0];
        memory.read_exact_at(&mut byte, 0x1_0000).unwrap();
    }
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_machine_that_insists_runs_programs_where_all_walls_stand_and_else_says_why_not() {
    let _turn = turn();
    let policy = HelperPolicy { insists: true, ..HelperPolicy::default() };
    let world = World::on(LinuxMachine::with_helper(policy), |_, _, _, number, _| {
        panic!("call {number}");
    });
    world.start(100, blocks());
    match world.next() {
        support::Heard::Call { .. } => {
            assert_eq!(world.machine().facts().walls().unwrap().check(), Ok(()));
            world.machine().kill(100);
        }
        support::Heard::Failed(failure) => {
            let missing = world.machine().facts().walls().unwrap().check().unwrap_err();
            assert_eq!(failure, missing.into());
        }
        other => panic!("{other:?}"),
    }
    world.expect_gone(100);
}
