//! What a kernel runs on: the native machine where there is one, or none.

use std::sync::Arc;

use host_std::{InstantTicks, SystemClock};
use kernel_sim::{Clock, Machine};

/// The machine that runs guests on this computer, if there is one and it can.
pub fn native() -> Option<Arc<dyn Machine>> {
    native_machine().filter(|machine| machine.can_run().is_ok())
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn native_machine() -> Option<Arc<dyn Machine>> {
    Some(Arc::new(host_linux::LinuxMachine::new()))
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn native_machine() -> Option<Arc<dyn Machine>> {
    None
}

/// The computer's clock.
pub fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new(InstantTicks::default()))
}
