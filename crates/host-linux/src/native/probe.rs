//! Whether guests can run on this computer.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::process::{Resource, getrlimit};

use crate::check::Check;
use crate::native::control::Control;
use crate::native::host;
use crate::native::layout::STUB;
use crate::native::listener::Listener;
use crate::native::tsc::Tsc;
use crate::native::zygote::{PATIENCE, Zygote};

/// close_range, pidfds of clone, notifications: the oldest long-term kernel that has them all.
const OLDEST_KERNEL: (u32, u32) = (5, 10);
/// What Linux allows by default.
const USUAL_MAPPINGS: u64 = 65530;
/// A process costs three descriptors, a VMO that it maps one.
const FEW_DESCRIPTORS: u64 = 1024;

/// Whether guests can run here, as far as one can tell without trying.
pub fn can_run() -> bool {
    static CAN_RUN: OnceLock<bool> = OnceLock::new();
    *CAN_RUN.get_or_init(|| prerequisites().iter().all(|check| check.ok))
}

/// Looks at everything; see [`crate::probe()`].
pub fn probe() -> Vec<Check> {
    let mut checks = prerequisites();
    let tried = try_a_guest();
    checks.push(Check {
        name: "guest process",
        ok: tried.is_ok(),
        required: true,
        detail: match &tried {
            Ok(_) => "started, confined and ended".into(),
            Err(error) => error.to_string(),
        },
        remedy: Some(
            "allow memfd_create, seccomp with user notifications, clone and signals \
             (Docker's default profile does); emulators of x86-64 do not work",
        ),
    });
    let optional = |name, ok, detail, remedy| Check {
        name,
        ok,
        required: false,
        detail,
        remedy: Some(remedy),
    };
    let synchronous = tried.unwrap_or(false);
    checks.extend([
        optional(
            "synchronous wake-up",
            synchronous,
            if synchronous { "available" } else { "not available" }.into(),
            "Linux 6.6 or newer makes system calls several times faster",
        ),
        optional(
            "segment bases",
            host::lets_programs_set_bases(),
            if host::lets_programs_set_bases() {
                "programs set %fs themselves"
            } else {
                "no FSGSBASE"
            }
            .into(),
            "programs with thread-local storage need a processor and kernel with FSGSBASE",
        ),
        optional(
            "time stamp counter",
            Tsc::is_invariant(),
            if Tsc::is_invariant() { "invariant" } else { "not invariant" }.into(),
            "reading the time takes a system call",
        ),
        at_least(
            "mappings",
            host::setting("/proc/sys/vm/max_map_count"),
            USUAL_MAPPINGS,
            "raise vm.max_map_count, or processes with many mappings are killed",
        ),
        at_least(
            "descriptors",
            Some(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)),
            FEW_DESCRIPTORS,
            "raise the limit of open files (ulimit -n)",
        ),
    ]);
    for check in checks.iter_mut().filter(|check| check.ok) {
        check.remedy = None;
    }
    checks
}

/// What nothing runs without.
fn prerequisites() -> Vec<Check> {
    let (major, minor) = host::kernel_release();
    let lowest = host::setting("/proc/sys/vm/mmap_min_addr");
    let noexec = host::setting("/proc/sys/vm/memfd_noexec");
    let actions = fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").ok();
    let has = |action: &str| {
        actions.as_ref().is_none_or(|all| all.split_whitespace().any(|known| known == action))
    };
    let required =
        |name, ok, detail, remedy| Check { name, ok, required: true, detail, remedy: Some(remedy) };
    vec![
        required(
            "kernel",
            (major, minor) >= OLDEST_KERNEL,
            format!("Linux {major}.{minor}"),
            "use Linux 5.10 or newer",
        ),
        required(
            "seccomp",
            has("user_notif") && has("trap"),
            actions.as_deref().map_or("unknown", str::trim).to_owned(),
            "use a kernel with CONFIG_SECCOMP_FILTER",
        ),
        required(
            "lowest address",
            lowest.is_none_or(|lowest| lowest <= STUB),
            lowest.map_or("unknown".into(), |lowest| format!("{lowest:#x}")),
            "set vm.mmap_min_addr to 65536 or less",
        ),
        required(
            "programs in memory",
            noexec.is_none_or(|noexec| noexec < 2),
            noexec.map_or("allowed".into(), |noexec| format!("vm.memfd_noexec = {noexec}")),
            "set vm.memfd_noexec to 0 or 1",
        ),
    ]
}

fn at_least(name: &'static str, found: Option<u64>, least: u64, remedy: &'static str) -> Check {
    Check {
        name,
        ok: found.is_none_or(|found| found >= least),
        required: false,
        detail: found.map_or("unknown".into(), |found| found.to_string()),
        remedy: Some(remedy),
    }
}

/// Starts a guest process up to its first ring, and ends it. Whether rings wake synchronously.
fn try_a_guest() -> io::Result<bool> {
    // Dropping the zygote ends the guest.
    let zygote = Zygote::spawn()?;
    let (_control, memfd) = Control::new()?;
    let forked = zygote.fork(memfd.as_fd()).map_err(io::Error::other)?;
    let (listener, synchronous) = Listener::new(forked.listener, host::listener_wakes_at_end());
    let mut waits = [PollFd::new(listener.descriptor(), PollFlags::IN)];
    let rings = retry_on_intr(|| poll(&mut waits, Some(&PATIENCE)))?;
    if rings == 0 || listener.receive().is_none() {
        return Err(io::Error::other("the guest does not ring"));
    }
    Ok(synchronous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_agrees_with_itself() {
        let checks = probe();
        assert!(checks.iter().all(|check| check.ok == check.remedy.is_none()), "{checks:#?}");
        // What runs the other tests of this crate is all there.
        assert!(checks.iter().all(|check| check.ok || !check.required), "{checks:#?}");
        assert!(can_run());
    }

    #[test]
    fn a_guest_ends_with_its_listener() {
        let zygote = Zygote::spawn().unwrap();
        let (_control, memfd) = Control::new().unwrap();
        let forked = zygote.fork(memfd.as_fd()).unwrap();
        let (listener, _) = Listener::new(forked.listener, host::listener_wakes_at_end());
        listener.receive().unwrap();
        drop(listener);
        let mut waits = [PollFd::new(&forked.pidfd, PollFlags::IN)];
        assert_eq!(poll(&mut waits, Some(&PATIENCE)), Ok(1));
    }
}
