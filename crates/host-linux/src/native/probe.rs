//! Whether guests can run on this computer.

use std::fs;
use std::sync::OnceLock;

use rustix::process::{Resource, getrlimit};

use crate::check::Check;
use crate::host_error::{HostError, Step};
use crate::native::guest::Walls;
use crate::native::host;
use crate::native::layout::{SLOT_LEN, STUB};
use crate::native::machine::LinuxMachine;
use crate::native::trial;
use crate::native::tsc::Tsc;

/// close_range, pidfds of clone, notifications: the oldest long-term kernel that has them all.
const OLDEST_KERNEL: (u32, u32) = (5, 10);
/// What Linux allows by default.
const USUAL_MAPPINGS: u64 = 65530;
/// A process costs three descriptors, a VMO that it maps one.
const FEW_DESCRIPTORS: u64 = 1024;

/// Why guests cannot run here, as far as one can tell without trying.
///
/// # Errors
/// What the computer lacks.
pub fn prerequisites() -> Result<(), HostError> {
    static FIRST: OnceLock<Option<Step>> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        let lacking = settings().into_iter().find(|setting| !setting.ok);
        lacking.map(|setting| setting.step)
    });
    first.map_or(Ok(()), |step| Err(HostError::Lacking { step }))
}

/// Looks at everything; see [`crate::probe()`].
pub fn probe() -> Vec<Check> {
    let mut checks: Vec<_> = settings().into_iter().map(Check::from).collect();
    let machine = LinuxMachine::new();
    let facts = machine.facts();
    let tried = trial::launch(machine);
    checks.push(Check {
        name: Step::GuestProcess.name(),
        ok: tried.is_ok(),
        required: true,
        detail: match &tried {
            Ok(()) => "started, confined and ended".into(),
            Err(failure) => failure.message.clone(),
        },
        remedy: tried.err().map(|failure| failure.remedy),
    });
    checks.extend(facts.walls().into_iter().flat_map(Walls::each).map(wall));
    let optional = |name, ok, detail, remedy| Check {
        name,
        ok,
        required: false,
        detail,
        remedy: Some(remedy),
    };
    checks.extend(facts.wakes_synchronously().map(|synchronous| {
        let found = if synchronous { "available" } else { "not available" };
        let remedy = "Linux 6.6 or newer makes system calls several times faster";
        optional("synchronous wake-up", synchronous, found.into(), remedy)
    }));
    checks.extend([
        optional(
            "segment bases",
            host::lets_programs_set_bases(),
            if host::lets_programs_set_bases() {
                "programs set %fs and %gs themselves"
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

/// What nothing runs without, and what there is of it.
struct Setting {
    step: Step,
    ok: bool,
    found: String,
}

impl From<Setting> for Check {
    fn from(Setting { step, ok, found }: Setting) -> Self {
        let (name, remedy) = (step.name(), Some(step.remedy()));
        Self { name, ok, required: true, detail: found, remedy }
    }
}

fn settings() -> Vec<Setting> {
    let (major, minor) = host::kernel_release();
    let lowest = host::setting("/proc/sys/vm/mmap_min_addr");
    let noexec = host::setting("/proc/sys/vm/memfd_noexec");
    let actions = fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").ok();
    let has = |action: &str| {
        actions.as_ref().is_none_or(|all| all.split_whitespace().any(|known| known == action))
    };
    let setting = |step, ok, found| Setting { step, ok, found };
    vec![
        setting(Step::Kernel, (major, minor) >= OLDEST_KERNEL, format!("Linux {major}.{minor}")),
        setting(
            Step::Seccomp,
            has("user_notif") && has("trap"),
            actions.as_deref().map_or("unknown", str::trim).to_owned(),
        ),
        setting(
            Step::LowestAddress,
            lowest.is_none_or(|lowest| lowest <= STUB),
            lowest.map_or("unknown".into(), |lowest| format!("{lowest:#x}")),
        ),
        setting(
            Step::ProgramInMemory,
            noexec.is_none_or(|noexec| noexec < 2),
            noexec.map_or("allowed".into(), |noexec| format!("vm.memfd_noexec = {noexec}")),
        ),
        setting(
            Step::SignalFrame,
            host::signal_frame() <= SLOT_LEN as u64,
            format!("{} bytes of {SLOT_LEN}", host::signal_frame()),
        ),
    ]
}

/// A wall. Without it a guest is still confined.
fn wall((step, stands): (Step, Result<(), HostError>)) -> Check {
    Check {
        name: step.name(),
        ok: stands.is_ok(),
        required: false,
        detail: stands.err().map_or("stands".into(), |error| error.reason()),
        remedy: Some(step.remedy()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_agrees_with_itself() {
        let checks = probe();
        assert!(checks.iter().all(|check| check.ok == check.remedy.is_none()), "{checks:#?}");
        // What runs the other tests of this crate is all there.
        assert!(checks.iter().all(|check| check.ok || !check.required), "{checks:#?}");
        assert_eq!(prerequisites(), Ok(()));
    }
}
