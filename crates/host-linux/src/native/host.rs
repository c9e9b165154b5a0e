//! What the computer offers.

use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::available_parallelism;

use kernel_sim::{SystemInfo, ThreadTime};
use rustix::thread::{CpuSet, sched_getaffinity};

use crate::native::memory_limit;

/// Whether waiting at a seccomp listener ends with the last thread (Linux 6.11).
pub fn listener_wakes_at_end() -> bool {
    kernel_release() >= (6, 11)
}

/// Whether programs may use `rdfsbase` and its kin (HWCAP2_FSGSBASE; Linux 5.9).
pub fn lets_programs_set_bases() -> bool {
    const HWCAP2_FSGSBASE: usize = 1 << 1;
    rustix::param::linux_hwcap().1 & HWCAP2_FSGSBASE != 0
}

/// Bytes of the greatest signal frame that a guest can get. `AT_MINSIGSTKSZ` counts room for registers
/// that a process has to ask for first, as it does for AMX's tiles, and no guest can.
pub fn signal_frame() -> u64 {
    const XSAVE: u32 = 0xd;
    /// Tiles: the one register state so far that needs a permission.
    const ON_DEMAND: u32 = 18;
    // SAFETY: a number of the process's own.
    let greatest = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) };
    let enabled = __cpuid_count(XSAVE, 0);
    if enabled.eax >> ON_DEMAND & 1 == 0 {
        return greatest;
    }
    let ends = (2..u32::BITS).filter(|state| *state != ON_DEMAND && enabled.eax >> state & 1 == 1);
    let ends = ends.map(|state| __cpuid_count(XSAVE, state)).map(|state| state.eax + state.ebx);
    // The legacy area and the header come first.
    let without = ends.fold(576, u32::max);
    greatest.saturating_sub(u64::from(enabled.ebx.saturating_sub(without)))
}

/// The version of Landlock; below 1 there is none.
pub fn landlock() -> i64 {
    const LANDLOCK_CREATE_RULESET_VERSION: usize = 1;
    // SAFETY: without a ruleset the call only says which version there is.
    unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            0usize,
            0usize,
            LANDLOCK_CREATE_RULESET_VERSION,
        )
    }
}

/// The computer, as programs may know it.
pub fn system() -> SystemInfo {
    let memory = rustix::system::sysinfo();
    // CPUID 1, EBX bits 8 to 15: what clflush flushes, in eight bytes.
    let line = (__cpuid(1).ebx >> 8 & 0xff) * 8;
    let physmem = memory.totalram.saturating_mul(memory.mem_unit.into());
    SystemInfo {
        num_cpus: processors(),
        physmem,
        memory_limit: memory_limit::of_programs(physmem),
        dcache_line_size: line,
        icache_line_size: line,
    }
}

/// How many processors this process has. Its control group's share of them is in several files, which are
/// read again only if it has others.
fn processors() -> u32 {
    static KNOWN: Mutex<Option<(CpuSet, u32)>> = Mutex::new(None);
    let now = sched_getaffinity(None).ok();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Some((then, count)), Some(now)) = (&*known, &now)
        && then == now
    {
        return *count;
    }
    let count = available_parallelism().map_or(1, |cpus| cpus.get() as u32);
    *known = now.map(|now| (now, count));
    count
}

/// Nanoseconds of processor time that the threads of a process have taken, if there is such a process.
pub fn cpu_time(pid: i32) -> Option<i64> {
    let (mut clock, mut time) = (0, libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: both calls write to what they are given, and nowhere else.
    let failed = unsafe {
        libc::clock_getcpuclockid(pid, &mut clock) != 0
            || libc::clock_gettime(clock, &mut time) != 0
    };
    (!failed).then(|| time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec))
}

/// Nanoseconds that the threads of a process have waited for a processor; 0 if the computer does not
/// say, and of a process that there is not.
pub fn waited(pid: i32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let times = threads.filter_map(|thread| schedule(&thread.path().join("schedstat")));
    times.filter_map(|time| u64::try_from(time.queued).ok()).sum()
}

/// How long a thread of a process has run, if there is such a thread and the computer says.
pub fn thread_time(pid: i32, tid: u32) -> Option<ThreadTime> {
    schedule(Path::new(&format!("/proc/{pid}/task/{tid}/schedstat")))
}

/// Whether the computer says how long threads have run (`CONFIG_SCHED_INFO`).
pub fn tells_thread_times() -> bool {
    static TELLS: LazyLock<bool> = LazyLock::new(|| {
        let own = schedule(Path::new("/proc/self/schedstat"));
        own.is_some_and(|time| time != ThreadTime::default())
    });
    *TELLS
}

/// Time on processors, and time waited for them. Linux writes turns behind.
fn schedule(path: &Path) -> Option<ThreadTime> {
    let text = fs::read_to_string(path).ok()?;
    let mut numbers = text.split(' ').map_while(|number| number.parse().ok());
    Some(ThreadTime { running: numbers.next()?, queued: numbers.next()? })
}

/// A number in a file; `None` if the computer does not say.
pub fn setting(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Major and minor number of the running kernel; 0.0 if it does not say.
pub fn kernel_release() -> (u32, u32) {
    let name = rustix::system::uname();
    let release = name.release().to_str().unwrap_or_default();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_frame_holds_the_registers_that_every_processor_has() {
        // `struct rt_sigframe` without, and with all that is not asked for.
        assert!(signal_frame() > 800, "{}", signal_frame());
        // SAFETY: a number of the process's own.
        assert!(signal_frame() <= unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) });
    }
}
