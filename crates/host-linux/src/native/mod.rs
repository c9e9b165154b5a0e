//! Everything that needs Linux on x86-64.

mod control;
mod exception;
mod guest;
mod guest_process;
mod host;
mod layout;
mod listener;
mod machine;
mod memory;
mod order;
mod reactor;
mod vdso_patch;
mod worker;
mod zygote;

pub use machine::{HostStats, LinuxMachine};
