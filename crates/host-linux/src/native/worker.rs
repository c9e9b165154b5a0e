//! The thread that serves one guest process.

use std::sync::Weak;

use kernel_sim::KernelEntry;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;

use crate::native::guest_process::{GuestProcess, Request};

/// Serves the rings of a guest process until no thread of it can run any more.
pub fn serve(guest: &GuestProcess, kernel: &Weak<dyn KernelEntry>) {
    while let Some(ring) = guest.listener().receive() {
        let mut request = guest.ring(ring);
        loop {
            if let Some(request) = request {
                answer(guest, kernel, request);
            }
            request = guest.take_early_ring();
            if request.is_none() {
                break;
            }
        }
    }
}

/// Ends a guest process with all that is left of it.
pub fn finish(guest: &GuestProcess) {
    guest.kill();
    let mut waits = [PollFd::new(guest.pidfd(), PollFlags::IN)];
    // It fails only without memory; then the end is not waited for.
    let _ = retry_on_intr(|| poll(&mut waits, None));
}

fn answer(guest: &GuestProcess, kernel: &Weak<dyn KernelEntry>, request: Request) {
    // Without a kernel there is nothing to run for.
    let Some(kernel) = kernel.upgrade() else { return guest.kill() };
    match request {
        Request::Call { process, thread, tid, number, args } => {
            let outcome = kernel.syscall(process, thread, number, args);
            guest.served(tid, outcome);
        }
        Request::Suspended { process, thread, number } => {
            kernel.suspended(process, thread, number);
        }
        Request::Exception { process, thread, report } => {
            // This ring is never answered.
            kernel.exception(process, thread, *report);
        }
    }
}
