//! Native execution of guest processes on x86-64 Linux.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod native;
mod probe;

pub use probe::{Check, probe};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use native::{HostStats, LinuxMachine, MAX_THREADS, Tsc, TscCalibration};
