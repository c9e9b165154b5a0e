//! `zx_futex_*` (zircon/kernel/object/futex_context.cc) for guests, the only ones whose memory
//! they are in.

use zx_abi::{FutexValue, HANDLE_INVALID, HandleValue, In, Result, Rights, Status};

use super::calls::{
    FutexGetOwner, FutexRequeue, FutexRequeueSingleOwner, FutexWait, FutexWake,
    FutexWakeSingleOwner, GuestCall,
};
use super::{DONE, Outcome};
use crate::futex::NextOwner;
use crate::object::{ThreadId, ThreadRun};
use crate::{Caller, SyscallOutcome};

/// A requeue, of either kind.
struct Requeue {
    wake: In<FutexValue>,
    wake_count: u32,
    current: FutexValue,
    requeue: In<FutexValue>,
    requeue_count: u32,
    /// Who owns the second futex then.
    owner: HandleValue,
    /// Who owns the first.
    next: NextOwner,
}

impl GuestCall for FutexWait {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (thread, address) = (caller.guest_thread()?, self.value_ptr.address);
        futex_pointer(self.value_ptr)?;
        caller.futex_holds(self.value_ptr, self.current_value)?;
        let owner = caller.futex_owner(self.new_futex_owner)?;
        if let Some(owner) = owner
            && (owner == thread || caller.state.futex_of(owner) == Some(address))
        {
            return Err(Status::INVALID_ARGS);
        }
        if self.deadline.0 <= caller.state.now() {
            return Err(Status::TIMED_OUT);
        }
        caller.state.futex_wait(caller.process, thread, address, owner, self.deadline.0);
        Ok(SyscallOutcome::Blocked)
    }
}

impl GuestCall for FutexWake {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.futex_wake(self.value_ptr, self.wake_count, NextOwner::None)
    }
}

impl GuestCall for FutexWakeSingleOwner {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.futex_wake(self.value_ptr, 1, NextOwner::Woken)
    }
}

impl GuestCall for FutexRequeue {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.futex_requeue(Requeue {
            wake: self.value_ptr,
            wake_count: self.wake_count,
            current: self.current_value,
            requeue: self.requeue_ptr,
            requeue_count: self.requeue_count,
            owner: self.new_requeue_owner,
            next: NextOwner::None,
        })
    }
}

impl GuestCall for FutexRequeueSingleOwner {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        caller.futex_requeue(Requeue {
            wake: self.value_ptr,
            wake_count: 1,
            current: self.current_value,
            requeue: self.requeue_ptr,
            requeue_count: self.requeue_count,
            owner: self.new_requeue_owner,
            next: NextOwner::Woken,
        })
    }
}

impl GuestCall for FutexGetOwner {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        futex_pointer(self.value_ptr)?;
        let futex = caller.state.futexes.get(&(caller.process, self.value_ptr.address));
        let owner = futex.and_then(|futex| futex.owner);
        let owner = owner.and_then(|owner| caller.state.objects.threads.get(owner));
        let owner = owner.filter(|owner| owner.run != ThreadRun::Dead);
        caller.copy_out_value(self.koid, owner.map_or(0, |owner| owner.header.koid))
    }
}

impl Caller<'_> {
    fn futex_wake(&mut self, futex: In<FutexValue>, count: u32, next: NextOwner) -> Outcome {
        futex_pointer(futex)?;
        self.state.futex_wake(self.process, futex.address, count, next);
        Ok(DONE)
    }

    fn futex_requeue(&mut self, requeue: Requeue) -> Outcome {
        let (from, to) = (requeue.wake.address, requeue.requeue.address);
        futex_pointer(requeue.wake)?;
        futex_pointer(requeue.requeue)?;
        if from == to {
            return Err(Status::INVALID_ARGS);
        }
        self.futex_holds(requeue.wake, requeue.current)?;
        let owner = self.futex_owner(requeue.owner)?;
        let waits_at = owner.and_then(|owner| self.state.futex_of(owner));
        if waits_at == Some(from) || waits_at == Some(to) {
            return Err(Status::INVALID_ARGS);
        }
        self.state.futex_wake(self.process, from, requeue.wake_count, requeue.next);
        self.state.futex_requeue(self.process, from, to, requeue.requeue_count, owner);
        Ok(DONE)
    }

    /// The value that stands at a futex must be this one.
    fn futex_holds(&self, futex: In<FutexValue>, expected: FutexValue) -> Result {
        let mut value = [0; 4];
        self.state.read_user(self.process, futex.address, &mut value)?;
        if i32::from_le_bytes(value) == expected.0 { Ok(()) } else { Err(Status::BAD_STATE) }
    }

    /// The thread that a caller names as the owner of a futex; a dead one owns nothing.
    fn futex_owner(&mut self, handle: HandleValue) -> Result<Option<ThreadId>> {
        if handle.0 == HANDLE_INVALID {
            return Ok(None);
        }
        let id: ThreadId = self.get(handle.0, Rights::empty())?;
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
fn futex_pointer(futex: In<FutexValue>) -> Result {
    let valid = futex.address != 0 && futex.address.is_multiple_of(4);
    if valid { Ok(()) } else { Err(Status::INVALID_ARGS) }
}
