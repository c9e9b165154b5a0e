//! The thread that serves one guest process.

use std::os::fd::AsFd;
use std::sync::Weak;

use kernel_sim::KernelEntry;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;
use rustix::process::{WaitId, waitid};

use crate::host_error::{HostError, Step};
use crate::native::guest_process::{GuestProcess, Request};
use crate::native::zygote::{EXITED_BY_NOW, PATIENCE};

/// Serves the rings of a guest process until no thread of it can run any more.
pub fn serve(guest: &GuestProcess, kernel: &Weak<dyn KernelEntry>) {
    while let Some(ring) = guest.listener().receive() {
        if let Some(request) = guest.ring(ring) {
            answer(guest, kernel, request);
        }
    }
    if !guest.is_killed() {
        guest.fail(HostError::Ended { step: Step::GuestProcess });
    }
}

/// Ends a guest process with all that is left of it.
pub fn finish(guest: &GuestProcess) {
    guest.kill();
    let mut waits = [PollFd::new(guest.pidfd(), PollFlags::IN)];
    match retry_on_intr(|| poll(&mut waits, Some(&PATIENCE))) {
        Ok(0) => guest.outlives(HostError::TimedOut { step: Step::Kill }),
        Ok(_) => {
            // Its zygote's children are ours if the zygote died first, and we are who gets orphans.
            let _ = waitid(WaitId::PidFd(guest.pidfd().as_fd()), EXITED_BY_NOW);
        }
        Err(errno) => guest.outlives(Step::Wait.refused(errno)),
    }
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
        Request::Exception { process, thread, tid, report } => {
            let outcome = kernel.exception(process, thread, *report);
            guest.judged(tid, outcome);
        }
    }
}
