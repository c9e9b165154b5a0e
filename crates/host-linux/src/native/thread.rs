//! A thread of a guest process: its call, and its suspension.

use kernel_sim::Koid;
use zx_abi::{Arch, Result, Status, X86_64Registers};

use crate::native::control::Control;
use crate::native::frame::{self, Context};
use crate::native::guest::{Entry, entry};
use crate::native::host;
use crate::native::layout::{CONSTANTS, STUB, slot_words, word};
use crate::native::listener::{Listener, Notification};

#[derive(Debug)]
pub struct Thread {
    pub koid: Koid,
    pub tid: u32,
    pub slot: usize,
    pub call: Call,
    pub stop: Stop,
}

/// What a thread is doing. The number is the ring that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// Running its program.
    None,
    /// The kernel serves its call.
    InKernel(u64),
    /// As before, but already resumed with this value.
    Resumed(u64, u64),
    /// Blocked in its call.
    Blocked(u64),
    /// To be answered with this value as soon as the service thread is idle and nothing stops it.
    Answered(u64, u64),
    /// To end as soon as the service thread is between two batches.
    Ending(u64),
    /// In its signal handler, for the kernel to judge what it did; with the base of %fs that it goes
    /// on with, if it does.
    Faulted(u64, u64),
    /// To go on where it faulted, as soon as the service thread is idle, even if it is to stop then:
    /// until it is back in its program the suspend signal is blocked.
    Mended(u64, u64),
    /// Stopped by an exception.
    Stopped,
    /// Told to end.
    Ended,
}

/// What keeps a thread from its program, calls aside.
///
/// It is a signal that stops it. Linux takes a thread out of the doorbell for that and lets it ring
/// again afterwards, with an answer lost that was given at that very moment. Therefore a thread on
/// its way to the handler gets none: its calls are not served, and answers to earlier ones wait.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    No,
    /// The signal is on its way to it, as that many looks have seen. It stays stopped if a number is
    /// there, and has been released again if not.
    Signalled {
        looks: u32,
        number: Option<u64>,
    },
    /// It waits in the signal handler.
    Parked(Parked),
}

/// A thread in the signal handler.
#[derive(Clone, Copy, Debug)]
pub struct Parked {
    /// The ring that waits for an answer.
    id: u64,
    /// Where its `struct ucontext` is.
    context: u64,
    /// The bases that it goes on with.
    fs_base: u64,
    gs_base: u64,
}

impl Thread {
    pub fn new(koid: Koid, tid: u32, slot: usize) -> Self {
        Self { koid, tid, slot, call: Call::None, stop: Stop::No }
    }

    /// Whether it will not ring any more.
    pub fn is_over(&self) -> bool {
        matches!(self.call, Call::Stopped | Call::Ended)
    }

    /// Whether it will execute nothing more of its program.
    pub fn is_ending(&self) -> bool {
        self.is_over() || self.is_leaving()
    }

    /// Whether it ends, alone, or has just done so.
    pub fn is_leaving(&self) -> bool {
        matches!(self.call, Call::Ending(_) | Call::Ended)
    }

    /// Stops it as suspension `number`.
    pub fn suspend(&mut self, process: i32, number: u64) {
        match &mut self.stop {
            Stop::No => {
                signal(process, self.tid);
                self.stop = Stop::Signalled { looks: 0, number: Some(number) };
            }
            Stop::Signalled { number: wanted, .. } => *wanted = Some(number),
            // Only what was released is suspended again.
            Stop::Parked(_) => {}
        }
    }

    /// Lets it go on.
    pub fn release(&mut self, listener: &Listener) {
        match &mut self.stop {
            Stop::No => {}
            Stop::Signalled { number, .. } => *number = None,
            Stop::Parked(parked) => {
                self.stop = match listener.answer(parked.id, parked.fs_base) {
                    Ok(()) => Stop::No,
                    // A stop signal interrupted the ring, and Linux makes it again.
                    Err(_) => Stop::Signalled { looks: 0, number: None },
                };
            }
        }
    }

    /// It rings in the handler of the suspend signal. Returns the number of the suspension that is
    /// thereby done, if any.
    ///
    /// # Errors
    /// BAD_STATE if there is no signal frame where it says.
    pub fn park(
        &mut self,
        ring: &Notification,
        control: &Control,
        listener: &Listener,
    ) -> Result<Option<u64>> {
        if let Stop::Parked(parked) = &mut self.stop {
            // A stop signal interrupted the ring, and Linux made it again.
            parked.id = ring.id;
            return Ok(None);
        }
        let [_signal, _info, context, _, fs_base, gs_base] = ring.args;
        let number = match self.stop {
            Stop::Signalled { number, .. } => number,
            _ => None,
        };
        self.stop = Stop::Parked(Parked { id: ring.id, context, fs_base, gs_base });
        if number.is_some() {
            self.context(control, context)?;
        } else {
            // Released already, or not asked for: a signal of another process, or the program.
            self.release(listener);
        }
        Ok(number)
    }

    /// The general registers of its program, while it is parked.
    ///
    /// # Errors
    /// BAD_STATE if it is not.
    pub fn registers(&self, control: &Control) -> Result<X86_64Registers> {
        let Stop::Parked(parked) = self.stop else { return Err(Status::BAD_STATE) };
        let context = self.context(control, parked.context)?;
        let registers = self.with_bases(&context, parked.fs_base, parked.gs_base);
        Ok(self.outside_of_calls(registers, control))
    }

    /// Changes them.
    ///
    /// # Errors
    /// BAD_STATE if it is not parked; INVALID_ARGS for addresses that are not the program's;
    /// NOT_SUPPORTED in a call, and for bases that cannot be changed.
    pub fn set_registers(&mut self, control: &Control, wanted: &X86_64Registers) -> Result {
        let known = self.registers(control)?;
        let Stop::Parked(parked) = &mut self.stop else { return Err(Status::BAD_STATE) };
        let top = Arch::X86_64.user_top();
        if wanted.rip >= top || wanted.fs_base >= top || wanted.gs_base >= top {
            return Err(Status::INVALID_ARGS);
        }
        let fs_changes = wanted.fs_base != known.fs_base;
        if wanted.gs_base != known.gs_base || fs_changes && !host::lets_programs_set_bases() {
            return Err(Status::NOT_SUPPORTED);
        }
        let context: [u64; frame::CONTEXT_WORDS] =
            control.signal_stack_words(self.slot, parked.context).ok_or(Status::BAD_STATE)?;
        if is_ours(Context(context).registers(0, 0).rip) {
            return Err(Status::NOT_SUPPORTED);
        }
        let address = parked.context + frame::REGISTERS;
        control.write_words(address, &frame::register_words(wanted));
        parked.fs_base = wanted.fs_base;
        Ok(())
    }

    /// A copy of the `struct ucontext` at an address that the thread has told.
    ///
    /// # Errors
    /// BAD_STATE if none can be there.
    pub fn context(&self, control: &Control, address: u64) -> Result<Context> {
        control.signal_stack_words(self.slot, address).map(Context).ok_or(Status::BAD_STATE)
    }

    /// Registers with bases. Our own value of %gs is not shown.
    pub fn with_bases(&self, context: &Context, fs_base: u64, gs_base: u64) -> X86_64Registers {
        let gs_base = if gs_base == slot_words(self.slot) { 0 } else { gs_base };
        context.registers(fs_base, gs_base)
    }

    /// In a call, those that the program has made it with.
    fn outside_of_calls(&self, registers: X86_64Registers, control: &Control) -> X86_64Registers {
        let X86_64Registers { rip, rcx, .. } = registers;
        if !is_ours(rip) {
            return registers;
        }
        // The first instruction has still to store where to return to.
        let back = if rip == entry(Entry::Call) {
            rcx
        } else {
            control.slot_word(self.slot, word::RETURN)
        };
        let rax = if rip < entry(Entry::CallReturn) {
            control.slot_word(self.slot, word::NUMBER) & u64::from(u32::MAX)
        } else {
            registers.rax
        };
        X86_64Registers { rip: back, rax, ..registers }
    }
}

/// Whether an address is in the resident page.
fn is_ours(address: u64) -> bool {
    (STUB..CONSTANTS).contains(&address)
}

/// Sends the suspend signal. If the process has just ended, and another has its number and a thread
/// of this number, that one ignores the signal, as all do that do not ask for it.
fn signal(process: i32, tid: u32) {
    // SAFETY: tgkill only sends a signal. It fails only for a thread that has ended.
    unsafe { libc::syscall(libc::SYS_tgkill, process, tid, crate::native::layout::SUSPEND_SIGNAL) };
}

/// Whether Linux still knows a thread.
pub fn exists(process: i32, tid: u32) -> bool {
    // SAFETY: tgkill with signal 0 sends nothing.
    unsafe { libc::syscall(libc::SYS_tgkill, process, tid, 0) == 0 }
}
