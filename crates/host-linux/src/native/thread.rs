//! A thread of a guest process: its call, and its suspension.

use kernel_sim::Koid;
use zx_abi::{Arch, Result, Status, X86_64Registers};

use crate::native::control::Control;
use crate::native::exception::INFO_WORDS;
use crate::native::frame::{self, Bases, Context};
use crate::native::host;
use crate::native::listener::{Listener, Notification};
use crate::native::vdso_code::VdsoCode;

#[derive(Debug)]
pub struct Thread {
    pub koid: Koid,
    pub tid: u32,
    pub slot: usize,
    /// Whether its call ends it.
    pub leaves: bool,
    pub call: Call,
    /// What is known of its registers in its last call.
    pub called: X86_64Registers,
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
    /// In its signal handler, for the kernel to serve a call that needs all registers.
    Trapped(Handler),
    /// In its signal handler, for the kernel to judge what it did.
    Faulted(Handler),
    /// To go on from its signal handler, as soon as the service thread is idle, even if it is to stop
    /// then: until it is back in its program the suspend signal is blocked.
    Mended(Handler),
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
    Parked(Handler),
}

/// A thread in its signal handler.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The ring that waits for an answer.
    pub id: u64,
    /// Where its `siginfo_t` is.
    info: u64,
    /// Where its `struct ucontext` is.
    context: u64,
    bases: Bases,
    /// Whether it has other bases than it goes on with.
    sets_bases: bool,
}

impl Handler {
    /// The handler of a thread that rings in it, with its `siginfo_t` and its `struct ucontext`.
    ///
    /// # Errors
    /// BAD_STATE if none can be where it says.
    pub fn new(
        ring: &Notification,
        slot: usize,
        control: &Control,
    ) -> Result<(Self, [u64; INFO_WORDS], Context)> {
        let [_signal, info, context, _, fs, gs] = ring.args;
        let bases = Bases { fs, gs };
        let handler = Self { id: ring.id, info, context, bases, sets_bases: false };
        let info = control.signal_stack_words(slot, info).ok_or(Status::BAD_STATE)?;
        Ok((handler, info, handler.context(slot, control)?))
    }

    /// A copy of its `struct ucontext`.
    ///
    /// # Errors
    /// BAD_STATE if none can be where it has said.
    fn context(&self, slot: usize, control: &Control) -> Result<Context> {
        control.signal_stack_words(slot, self.context).map(Context).ok_or(Status::BAD_STATE)
    }

    /// The registers that it goes on with.
    pub fn registers(&self, context: &Context) -> X86_64Registers {
        context.registers(self.bases)
    }

    /// Changes the bases that it goes on with.
    pub fn set_bases(&mut self, change: impl FnOnce(&mut Bases)) {
        change(&mut self.bases);
        self.sets_bases = true;
    }

    /// Changes what its call returns.
    pub fn set_result(&self, control: &Control, value: u64) {
        control.write_words(self.context + frame::RESULT, &[value]);
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// As [`Listener::answer`].
    pub fn answer(&self, control: &Control, listener: &Listener) -> rustix::io::Result<()> {
        if self.sets_bases {
            let Bases { fs, gs } = self.bases;
            control.write_words(self.info, &[fs, gs]);
        }
        listener.answer(self.id, self.sets_bases.into())
    }
}

impl Thread {
    pub fn new(koid: Koid, tid: u32, slot: usize) -> Self {
        let called = X86_64Registers::default();
        Self { koid, tid, slot, leaves: false, call: Call::None, called, stop: Stop::No }
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
    pub fn release(&mut self, control: &Control, listener: &Listener) {
        match &mut self.stop {
            Stop::No => {}
            Stop::Signalled { number, .. } => *number = None,
            Stop::Parked(handler) => {
                self.stop = match handler.answer(control, listener) {
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
        if let Stop::Parked(handler) = &mut self.stop {
            // A stop signal interrupted the ring, and Linux made it again.
            handler.id = ring.id;
            return Ok(None);
        }
        let number = match self.stop {
            Stop::Signalled { number, .. } => number,
            _ => None,
        };
        let (handler, ..) = Handler::new(ring, self.slot, control)?;
        self.stop = Stop::Parked(handler);
        if number.is_none() {
            // Released already, or not asked for: a signal of another process, or the program.
            self.release(control, listener);
        }
        Ok(number)
    }

    /// The general registers of its program, while it is parked: in a call, those that the program has
    /// made it with.
    ///
    /// # Errors
    /// BAD_STATE if it is not.
    pub fn registers(&self, control: &Control, vdso: Option<&VdsoCode>) -> Result<X86_64Registers> {
        let Stop::Parked(handler) = self.stop else { return Err(Status::BAD_STATE) };
        let registers = handler.registers(&handler.context(self.slot, control)?);
        Ok(vdso.map_or(registers, |vdso| vdso.shown(registers, self.is_in_call())))
    }

    /// Changes them.
    ///
    /// # Errors
    /// BAD_STATE if it is not parked; INVALID_ARGS for addresses that no program can have;
    /// NOT_SUPPORTED while its call is served, and for bases that cannot be changed.
    pub fn set_registers(
        &mut self,
        control: &Control,
        vdso: Option<&VdsoCode>,
        wanted: &X86_64Registers,
    ) -> Result {
        let known = self.registers(control, vdso)?;
        let in_call = self.is_in_call();
        let waits = matches!(self.call, Call::Blocked(_) | Call::Answered(..));
        let Stop::Parked(handler) = &mut self.stop else { return Err(Status::BAD_STATE) };
        // What lies in the upper half is canonical, too, and nobody's: a base may be there.
        let canonical = |address: u64| (address as i64) << 16 >> 16 == address as i64;
        if wanted.rip >= Arch::X86_64.user_top().next_power_of_two()
            || !canonical(wanted.fs_base)
            || !canonical(wanted.gs_base)
        {
            return Err(Status::INVALID_ARGS);
        }
        let moves = (wanted.fs_base, wanted.gs_base) != (known.fs_base, known.gs_base);
        if in_call && !waits || moves && !host::lets_programs_set_bases() {
            return Err(Status::NOT_SUPPORTED);
        }
        let rflags = known.rflags & !frame::USER_FLAGS | wanted.rflags & frame::USER_FLAGS;
        let wanted = &X86_64Registers { rflags, ..*wanted };
        let stays = in_call && (wanted.rip, wanted.rax) == (known.rip, known.rax);
        let registers = vdso.map_or(*wanted, |vdso| match stays {
            true => vdso.hidden_in_call(*wanted),
            false => vdso.hidden(*wanted),
        });
        if !stays {
            // It is in its program again, wherever.
            self.call = Call::None;
        }
        let address = handler.context + frame::REGISTERS;
        control.write_words(address, &frame::register_words(&registers));
        if moves {
            handler.set_bases(|bases| {
                *bases = Bases { fs: wanted.fs_base, gs: wanted.gs_base };
            });
        }
        Ok(())
    }

    /// Whether its program waits for the result of a call.
    fn is_in_call(&self) -> bool {
        match self.call {
            Call::InKernel(_) | Call::Resumed(..) | Call::Blocked(_) | Call::Answered(..) => true,
            Call::Ending(_) | Call::Trapped(_) => true,
            Call::None | Call::Faulted(_) | Call::Mended(_) | Call::Stopped | Call::Ended => false,
        }
    }
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
