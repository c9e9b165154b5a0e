//! Everything that needs Linux on x86-64.

mod control;
mod debug_registers;
mod exception;
mod extended_state;
mod frame;
mod guest;
mod guest_process;
mod host;
mod host_thread;
mod image;
#[cfg(test)]
mod interrupt;
mod lateness;
mod layout;
mod listener;
mod machine;
mod memory;
mod memory_limit;
mod order;
mod probe;
mod reactor;
mod reserve;
mod share;
mod shared;
mod spare;
mod thread;
mod trial;
mod tsc;
mod vdso_code;
mod worker;
mod zygote;

pub use guest::Walls;
pub use host_thread::start_thread;
pub use image::prepare as prepare_image;
pub use layout::MAX_THREADS;
pub use machine::{HostStats, LinuxMachine};
pub use probe::{prerequisites, probe};
pub use reserve::WithReserve;
pub use shared::{Facts, HelperPolicy};
pub use tsc::{Tsc, TscCalibration};
