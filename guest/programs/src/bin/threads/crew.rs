//! Threads with stacks of their own.

use guest_rt::{Handle, Owned, memory, thread, time};
use zx_abi::{Result, Signals, Status, TIME_INFINITE, ThreadState, VmOptions};

/// Bytes of a thread's stack.
const STACK_SIZE: usize = 0x4000;

/// Where threads come from.
pub struct Crew {
    process: Handle,
    root_vmar: Handle,
}

/// A thread, which [`Member::join`] waits for.
pub struct Member {
    pub thread: Owned,
    root_vmar: Handle,
    stack: usize,
}

impl Crew {
    pub fn new(process: Handle, root_vmar: Handle) -> Self {
        Self { process, root_vmar }
    }

    /// Maps the beginning of a VMO, to be read and written.
    pub fn map(&self, vmo: Handle, len: usize) -> Result<usize> {
        let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        memory::map(self.root_vmar, options, vmo, len)
    }

    /// A thread on a new stack, not started yet.
    pub fn hire(&self, name: &[u8]) -> Result<Member> {
        let thread = thread::create(self.process, name)?;
        let vmo = Owned::new(memory::create_vmo(STACK_SIZE as u64)?);
        let stack = self.map(vmo.get(), STACK_SIZE)?;
        Ok(Member { thread, root_vmar: self.root_vmar, stack })
    }

    /// Starts a thread.
    pub fn start(&self, name: &[u8], entry: thread::Entry, arg1: u64, arg2: u64) -> Result<Member> {
        let member = self.hire(name)?;
        member.start(entry, arg1, arg2)?;
        Ok(member)
    }
}

impl Member {
    /// Lets it begin.
    pub fn start(&self, entry: thread::Entry, arg1: u64, arg2: u64) -> Result {
        // SAFETY: the stack is its own, and unmapped only once the thread has ended.
        unsafe { thread::start(self.thread.get(), entry, self.stack + STACK_SIZE, arg1, arg2) }
    }

    /// Lets it begin with these registers.
    pub fn start_with(
        &self,
        entry: thread::Entry,
        args: (u64, u64),
        registers: thread::Registers,
    ) -> Result {
        let end = self.stack + STACK_SIZE;
        // SAFETY: as in `start`; no thread of this program uses more of its thread pointer than it says.
        unsafe { thread::start_with(self.thread.get(), entry, end, args, registers) }
    }

    /// Whether an address is on its stack.
    pub fn owns(&self, address: u64) -> bool {
        (self.stack..self.stack + STACK_SIZE).contains(&(address as usize))
    }

    /// Whether it waits at a futex.
    pub fn waits_at_futex(&self) -> Result<bool> {
        Ok(thread::state(self.thread.get())? == ThreadState::BlockedFutex as u32)
    }

    /// Waits until it waits at a futex.
    pub fn await_futex(&self) -> Result {
        while !self.waits_at_futex()? {
            // A deadline in the past lets others run.
            time::sleep_until(0);
        }
        Ok(())
    }

    /// Waits for its end.
    pub fn wait(&self) -> Result {
        self.thread.get().wait(Signals::TASK_TERMINATED, TIME_INFINITE).map(|_| ())
    }

    /// Waits for its end, and unmaps its stack.
    pub fn join(self) -> Result {
        self.wait()?;
        // SAFETY: only the thread that has ended used it.
        unsafe { memory::unmap(self.root_vmar, self.stack, STACK_SIZE) }
    }
}

/// What was expected must have been so.
pub fn expect(condition: bool) -> Result {
    if condition { Ok(()) } else { Err(Status::IO_DATA_INTEGRITY) }
}
