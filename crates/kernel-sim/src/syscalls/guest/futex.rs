//! `zx_futex_*` (zircon/kernel/object/futex_context.cc) for guests, the only ones whose memory
//! they are in.

use zx_abi::{HANDLE_INVALID, Result, Rights, Status, Syscall};

use super::{DONE, Outcome};
use crate::futex::NextOwner;
use crate::object::{ThreadId, ThreadRun};
use crate::{Caller, SyscallOutcome};

/// A requeue, less its owner.
struct Requeue {
    wake: u64,
    wake_count: u32,
    current: u32,
    requeue: u64,
    requeue_count: u32,
    next: NextOwner,
}

impl Caller<'_> {
    pub(super) fn futex_call(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, d, e, f, ..] = args;
        match syscall {
            Syscall::FutexWait => self.guest_futex_wait(thread, a, b as u32, c as u32, d as i64),
            Syscall::FutexWaitDeprecated => {
                self.guest_futex_wait(thread, a, b as u32, HANDLE_INVALID, c as i64)
            }
            Syscall::FutexWake => self.guest_futex_wake(a, b as u32, NextOwner::None),
            Syscall::FutexWakeSingleOwner => self.guest_futex_wake(a, 1, NextOwner::Woken),
            Syscall::FutexRequeue | Syscall::FutexRequeueDeprecated => {
                let owner =
                    if syscall == Syscall::FutexRequeue { f as u32 } else { HANDLE_INVALID };
                let requeue = Requeue {
                    wake: a,
                    wake_count: b as u32,
                    current: c as u32,
                    requeue: d,
                    requeue_count: e as u32,
                    next: NextOwner::None,
                };
                self.guest_futex_requeue(requeue, owner)
            }
            Syscall::FutexRequeueSingleOwner => {
                let requeue = Requeue {
                    wake: a,
                    wake_count: 1,
                    current: b as u32,
                    requeue: c,
                    requeue_count: d as u32,
                    next: NextOwner::Woken,
                };
                self.guest_futex_requeue(requeue, e as u32)
            }
            Syscall::FutexGetOwner => {
                futex_pointer(a)?;
                let futex = self.state.futexes.get(&(self.process, a));
                let owner = futex.and_then(|futex| futex.owner);
                let owner = owner.and_then(|owner| self.state.objects.threads.get(owner));
                let owner = owner.filter(|owner| owner.run != ThreadRun::Dead);
                let koid = owner.map_or(0, |owner| owner.header.koid);
                self.copy_out(b, &koid.to_le_bytes())
            }
            _ => self.not_implemented(thread, syscall),
        }
    }

    fn guest_futex_wait(
        &mut self,
        thread: ThreadId,
        address: u64,
        current: u32,
        owner: u32,
        deadline: i64,
    ) -> Outcome {
        futex_pointer(address)?;
        self.futex_holds(address, current)?;
        let owner = self.futex_owner(owner)?;
        if let Some(owner) = owner
            && (owner == thread || self.state.futex_of(owner) == Some(address))
        {
            return Err(Status::INVALID_ARGS);
        }
        if deadline <= self.state.now() {
            return Err(Status::TIMED_OUT);
        }
        self.state.futex_wait(self.process, thread, address, owner, deadline);
        Ok(SyscallOutcome::Blocked)
    }

    fn guest_futex_wake(&mut self, address: u64, count: u32, next: NextOwner) -> Outcome {
        futex_pointer(address)?;
        self.state.futex_wake(self.process, address, count, next);
        Ok(DONE)
    }

    fn guest_futex_requeue(&mut self, requeue: Requeue, owner: u32) -> Outcome {
        let Requeue { wake: from, requeue: to, .. } = requeue;
        futex_pointer(from)?;
        futex_pointer(to)?;
        if from == to {
            return Err(Status::INVALID_ARGS);
        }
        self.futex_holds(from, requeue.current)?;
        let owner = self.futex_owner(owner)?;
        let waits_at = owner.and_then(|owner| self.state.futex_of(owner));
        if waits_at == Some(from) || waits_at == Some(to) {
            return Err(Status::INVALID_ARGS);
        }
        self.state.futex_wake(self.process, from, requeue.wake_count, requeue.next);
        self.state.futex_requeue(self.process, from, to, requeue.requeue_count, owner);
        Ok(DONE)
    }

    /// The value that stands at a futex must be this one.
    fn futex_holds(&self, address: u64, expected: u32) -> Result {
        let mut value = [0; 4];
        self.state.read_user(self.process, address, &mut value)?;
        if u32::from_le_bytes(value) == expected { Ok(()) } else { Err(Status::BAD_STATE) }
    }

    /// The thread that a caller names as the owner of a futex; a dead one owns nothing.
    fn futex_owner(&mut self, handle: u32) -> Result<Option<ThreadId>> {
        if handle == HANDLE_INVALID {
            return Ok(None);
        }
        let id: ThreadId = self.get(handle, Rights::empty())?;
        let thread = self.state.objects.get(id)?;
        match thread.run {
            _ if thread.process != self.process => Err(Status::INVALID_ARGS),
            ThreadRun::New => Err(Status::INVALID_ARGS),
            ThreadRun::Dead => Ok(None),
            _ => Ok(Some(id)),
        }
    }
}

/// A futex is a word at an aligned address.
fn futex_pointer(address: u64) -> Result {
    if address == 0 || !address.is_multiple_of(4) { Err(Status::INVALID_ARGS) } else { Ok(()) }
}
