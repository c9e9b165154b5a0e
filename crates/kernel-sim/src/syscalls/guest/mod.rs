//! System calls of guests: arguments in registers, data in guest memory.
//!
//! Out pointers are written last. If that fails, new handles are closed again and the call gives
//! INVALID_ARGS, as upstream's wrappers do.

mod calls;
mod channel;
mod clock;
mod copy;
mod counter;
mod cprng;
mod debuglog;
mod event;
mod exception;
mod fifo;
mod futex;
mod handle;
mod interrupt;
mod iob;
mod job;
mod object;
mod pager;
mod port;
mod process;
mod profile;
mod resource;
mod socket;
mod stream;
mod system;
mod task;
mod test;
mod thread;
mod timer;
mod vector;
mod vmar;
mod vmo;

use zx_abi::{KOID_INVALID, Result, Status, Syscall};

use crate::object::ThreadId;
use crate::trace::TraceEvent;
use crate::{Caller, SyscallOutcome};

/// A call that returned, one that blocks, or a thread that ended.
type Outcome = Result<SyscallOutcome>;

const DONE: SyscallOutcome = SyscallOutcome::Return(0);

impl Caller<'_> {
    /// Runs one system call of a guest thread.
    pub(crate) fn dispatch(
        &mut self,
        syscall: Syscall,
        number: u64,
        registers: [u64; 8],
    ) -> SyscallOutcome {
        let outcome = self.attempt((number, registers), |caller| caller.run(syscall, registers));
        outcome.unwrap_or_else(|status| SyscallOutcome::Return(register(status)))
    }

    fn not_supported(&self, syscall: Syscall) -> Outcome {
        let objects = &self.state.objects;
        let process = objects.koid(self.process);
        let thread = self.thread.map_or(KOID_INVALID, |thread| objects.koid(thread));
        self.state.trace(|_| TraceEvent::SyscallNotImplemented { process, thread, syscall });
        Err(Status::NOT_SUPPORTED)
    }

    /// The thread that makes the call, which guests' calls always have.
    fn guest_thread(&self) -> Result<ThreadId> {
        self.thread.ok_or(Status::BAD_STATE)
    }
}

/// A status as a result register has it.
pub(crate) fn register(status: Status) -> u64 {
    i64::from(status.into_raw()) as u64
}

fn done(_: impl Sized) -> SyscallOutcome {
    DONE
}
