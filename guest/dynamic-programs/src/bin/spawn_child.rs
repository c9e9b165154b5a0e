//! Says by its return code what it was spawned with (the helper of the tests of `fdio_spawn`).
//!
//! - no arguments at all: 42; its name only: 43
//! - `--argc`: how many arguments there are
//! - `--flags none|job|namespace|stdio|environ|all`: 51 to 56, if it has what the flag gives it, a
//!   loader service, and nothing else; -1 for a wrong job, -2 loader service, -4 namespace, -5
//!   standard streams, -6 environment
//! - `--env empty|one|two|clone`: 61 to 64; -1 to -4
//! - `--action clone-fd|transfer-fd|clone-and-transfer-fd|ns-entry|add-handle`: 71 to 75; -1 to -5
//! - `--action add-handle-clock-utc`: the koid of its UTC clock, or 0
//! - `--stat PATH`: 76 if there is something, or -6
//! - `--spawn PROGRAM [ARGS]`: spawns this in turn, and returns what it returns
//!
//! Anything else is -250; -251 to -254 are wrong numbers of arguments.

#![no_std]
#![no_main]

use dynamic_programs::spawn::{SpawnFlags, spawn};
use dynamic_programs::{args, clone_loader_service, environ, fd, handle, namespace, take_handle};
use guest_rt::Handle;
use guest_rt::io_2020::{OpenFlags, node};
use guest_rt::launcher;
use guest_rt::processargs::{HandleInfo, Strings};
use zx_abi::{HandleType, KOID_INVALID, Result, Status};

fn main() -> i64 {
    let mut rest = args();
    let (name, command) = (rest.next(), rest.next());
    let operands = rest.clone().count();
    let operand = rest.clone().next().unwrap_or_default();
    match command.unwrap_or_default() {
        _ if name.is_none() => 42,
        _ if command.is_none() => 43,
        b"--argc" => 2 + operands as i64,
        b"--flags" if operands != 1 => -251,
        b"--flags" => check_flags(operand),
        b"--env" if operands != 1 => -252,
        b"--env" => check_environment(operand),
        b"--action" if operands != 1 => -252,
        b"--action" => check_action(operand),
        b"--stat" if operands != 1 => -253,
        b"--stat" => {
            if exists(operand).is_ok() {
                76
            } else {
                -6
            }
        }
        b"--spawn" if operands == 0 => -254,
        b"--spawn" => {
            spawn_and_wait(operand, rest).unwrap_or_else(|status| status.into_raw().into())
        }
        _ => UNKNOWN,
    }
}

/// What it returns for words that it does not know.
const UNKNOWN: i64 = -250;

fn check_flags(name: &[u8]) -> i64 {
    let (flags, code) = match name {
        b"none" => (SpawnFlags::empty(), 51),
        b"job" => (SpawnFlags::CLONE_JOB, 52),
        b"namespace" => (SpawnFlags::CLONE_NAMESPACE, 53),
        b"stdio" => (SpawnFlags::CLONE_STDIO, 54),
        b"environ" => (SpawnFlags::CLONE_ENVIRON, 55),
        b"all" => (SpawnFlags::CLONE_ALL, 56),
        _ => return UNKNOWN,
    };
    let loader = clone_loader_service();
    let checks = [
        (SpawnFlags::CLONE_JOB, handle(HandleType::DefaultJob).is_some(), -1),
        (SpawnFlags::CLONE_NAMESPACE, namespace::entries().next().is_some(), -4),
        (SpawnFlags::CLONE_STDIO, (0..3).any(has_fd), -5),
        (SpawnFlags::CLONE_ENVIRON, environ().next().is_some(), -6),
    ];
    // Without a loader service it would not run.
    if loader.is_err_and(|status| status == Status::UNAVAILABLE) {
        return -2;
    }
    let wrong = checks.iter().find(|&&(flag, has, _)| has != flags.contains(flag));
    wrong.map_or(code, |&(_, _, wrong)| wrong)
}

fn check_environment(what: &[u8]) -> i64 {
    let is = |expected: &[&[u8]]| environ().eq(expected.iter().copied());
    let (passes, code, failure) = match what {
        b"empty" => (is(&[]), 61, -1),
        b"one" => (is(&[b"SPAWN_TEST_CHILD=1"]), 62, -2),
        b"two" => (is(&[b"SPAWN_TEST_CHILD=1", b"SPAWN_TEST_CHILD2=1"]), 63, -3),
        b"clone" => (environ().any(|variable| variable == b"SPAWN_TEST_PARENT=1"), 64, -4),
        _ => return UNKNOWN,
    };
    if passes { code } else { failure }
}

fn check_action(what: &[u8]) -> i64 {
    let (passes, code, failure) = match what {
        b"clone-fd" => (has_fd(21) && !has_fd(22), 71, -1),
        b"transfer-fd" => (has_fd(21) && !has_fd(22), 72, -2),
        b"clone-and-transfer-fd" => (has_fd(21) && has_fd(22) && !has_fd(23), 73, -3),
        b"ns-entry" => (has_path(b"/foo/bar/baz") && !has_path(b"/baz/bar/foo"), 74, -4),
        b"add-handle" => {
            let has = |handle_type| take_handle(HandleInfo::new(handle_type, 0)).is_some();
            (has(HandleType::User0) && !has(HandleType::User1), 75, -5)
        }
        b"add-handle-clock-utc" => {
            let info = handle(HandleType::ClockUtc).and_then(|clock| clock.basic_info().ok());
            return info.map_or(KOID_INVALID, |info| info.koid) as i64;
        }
        _ => return UNKNOWN,
    };
    if passes { code } else { failure }
}

fn has_fd(number: u16) -> bool {
    fd::clone(number).is_ok()
}

/// Whether the namespace leads somewhere from this path.
fn has_path(path: &[u8]) -> bool {
    let connected = namespace::connect(path, OpenFlags::READABLE | OpenFlags::WRITABLE);
    connected.map(Handle::close).is_ok()
}

/// Whether there is something at this path.
fn exists(path: &[u8]) -> Result {
    match namespace::open(path, OpenFlags::NODE_REFERENCE) {
        // A directory between the root and entries is there, too.
        Err(Status::NOT_SUPPORTED) => Ok(()),
        Err(status) => Err(status),
        Ok((channel, _)) => {
            let mode = node::attributes(channel).map(|attributes| attributes.mode);
            node::close(channel);
            mode.map(|_| ())
        }
    }
}

fn spawn_and_wait(path: &[u8], argv: Strings<'_>) -> Result<i64> {
    let process = spawn(SpawnFlags::CLONE_ALL, path, argv)?;
    launcher::wait(process.get())
}

dynamic_programs::entry!(main);
