//! A thread of a guest process: its call, and its suspension.

use kernel_sim::Koid;
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    Arch, Result, StateKind, Status, X86_64DebugRegisters, X86_64FpRegisters, X86_64Registers,
    X86_64VectorRegisters,
};

use crate::native::control::Control;
use crate::native::debug_registers::DebugRegisters;
use crate::native::exception::INFO_WORDS;
use crate::native::extended_state::ExtendedState;
use crate::native::frame::{self, Bases, Context};
use crate::native::host;
use crate::native::lateness::Lateness;
use crate::native::listener::{Listener, Notification};
use crate::native::vdso_code::VdsoCode;

#[derive(Debug)]
pub struct Thread {
    pub koid: Koid,
    pub tid: u32,
    pub slot: usize,
    /// Whether its call ends it.
    pub leaves: bool,
    /// It was sent to make such a call, and does nothing else any more.
    pub is_sent_away: bool,
    pub call: Call,
    /// What is known of its registers in its last call.
    pub called: X86_64Registers,
    pub stop: Stop,
    pub debug: DebugRegisters,
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
    /// The same, and the kernel has found that it has to wait.
    Excepted(Handler),
    /// To go on from its signal handler, as soon as the service thread is idle, even if it is to stop
    /// then: until it is back in its program the suspend signal is blocked.
    Mended(Handler),
    /// Stopped for ever.
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
    /// The signal is on its way to it. It stays stopped if a number is there, and has been released
    /// again if not.
    Signalled {
        lateness: Lateness,
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

    /// Changes the registers that it goes on with, bases aside.
    fn set_registers(&self, control: &Control, registers: &X86_64Registers) {
        control.write_words(self.context + frame::REGISTERS, &frame::register_words(registers));
    }

    /// Changes the flags that it goes on with.
    fn set_flags(&self, control: &Control, flags: u64) {
        control.write_words(self.context + frame::FLAGS, &[flags]);
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
        Self {
            koid,
            tid,
            slot,
            leaves: false,
            is_sent_away: false,
            call: Call::None,
            called: X86_64Registers::default(),
            stop: Stop::No,
            debug: DebugRegisters::default(),
        }
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
                self.stop = Stop::Signalled { lateness: Lateness::default(), number: Some(number) };
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
                    Err(_) => Stop::Signalled { lateness: Lateness::default(), number: None },
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
        process: i32,
        ring: &Notification,
        control: &Control,
        listener: &Listener,
        vdso: Option<&VdsoCode>,
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
        if self.is_sent_away {
            self.send_away(process, control, listener, vdso);
            return Ok(None);
        }
        self.complete_call(control, vdso);
        if number.is_none() {
            // Released already, or not asked for: a signal of another process, or the program.
            self.release(control, listener);
        }
        Ok(number)
    }

    /// Has its call return, if it is parked in one that has been answered: from then on its registers
    /// are those of its program behind the call.
    pub fn complete_call(&mut self, control: &Control, vdso: Option<&VdsoCode>) {
        let (Stop::Parked(handler), Call::Answered(_, value)) = (self.stop, self.call) else {
            return;
        };
        let Ok(context) = handler.context(self.slot, control) else { return };
        // It stands before the call again, unless it has been told of an earlier answer.
        let returned = vdso.and_then(|vdso| vdso.returned(handler.registers(&context), value));
        if let Some(registers) = returned {
            handler.set_registers(control, &registers);
            self.call = Call::None;
        }
    }

    /// The signal handler that it stands in, if its program's registers can be had there.
    fn handler(&self) -> Result<Handler> {
        match (self.stop, self.call) {
            (Stop::Parked(handler), _) => Ok(handler),
            (_, Call::Faulted(handler) | Call::Excepted(handler)) => Ok(handler),
            _ => Err(Status::BAD_STATE),
        }
    }

    /// The general registers of its program, while it is parked or in an exception: in a call, those
    /// that the program has made it with.
    ///
    /// # Errors
    /// BAD_STATE if it is neither.
    pub fn registers(&self, control: &Control, vdso: Option<&VdsoCode>) -> Result<X86_64Registers> {
        let handler = self.handler()?;
        let registers = handler.registers(&handler.context(self.slot, control)?);
        Ok(vdso.map_or(registers, |vdso| vdso.shown(registers, self.is_in_call())))
    }

    /// Changes them.
    ///
    /// # Errors
    /// BAD_STATE if it is neither; INVALID_ARGS for addresses that no program can have;
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
        let mut handler = self.handler()?;
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
        if in_call && !stays {
            // It is in its program again, wherever.
            self.call = Call::None;
        }
        handler.set_registers(control, &registers);
        if moves {
            handler.set_bases(|bases| {
                *bases = Bases { fs: wanted.fs_base, gs: wanted.gs_base };
            });
            self.set_handler(handler);
        }
        Ok(())
    }

    /// Replaces the handler that [`Self::handler`] has found.
    fn set_handler(&mut self, handler: Handler) {
        match (&mut self.stop, &mut self.call) {
            (Stop::Parked(known), _) => *known = handler,
            (_, Call::Faulted(known) | Call::Excepted(known)) => *known = handler,
            _ => {}
        }
    }

    /// The state that is not in its general registers, as `zx_thread_state_*_t`.
    ///
    /// # Errors
    /// BAD_STATE as [`Self::registers`]; NOT_SUPPORTED for what Linux does not tell.
    pub fn state(&self, control: &Control, kind: StateKind) -> Result<Vec<u8>> {
        let handler = self.handler()?;
        let context = handler.context(self.slot, control)?;
        match kind {
            StateKind::SingleStep => Ok(u32::from(context.single_steps()).to_le_bytes().to_vec()),
            StateKind::Fp => Ok(self.extended(&context, control)?.fp().as_bytes().to_vec()),
            StateKind::Vector => Ok(self.extended(&context, control)?.vector().as_bytes().to_vec()),
            StateKind::Debug => Ok(self.debug.get().as_bytes().to_vec()),
            // It has a form of its own.
            StateKind::General => Err(Status::NOT_SUPPORTED),
        }
    }

    /// Changes it.
    ///
    /// # Errors
    /// As [`Self::state`]; INVALID_ARGS for what the processor refuses.
    pub fn set_state(&mut self, control: &Control, kind: StateKind, state: &[u8]) -> Result {
        let handler = self.handler()?;
        let context = handler.context(self.slot, control)?;
        match kind {
            StateKind::SingleStep => {
                let steps = state.iter().any(|byte| *byte != 0);
                handler.set_flags(control, context.flags_with_step(steps));
                Ok(())
            }
            StateKind::Fp => {
                let fp = X86_64FpRegisters::read_from_bytes(state);
                let fp = fp.map_err(|_| Status::INVALID_ARGS)?;
                self.extended(&context, control)?.set_fp(&fp, control);
                Ok(())
            }
            StateKind::Vector => {
                let vector = X86_64VectorRegisters::read_from_bytes(state);
                let vector = vector.map_err(|_| Status::INVALID_ARGS)?;
                self.extended(&context, control)?.set_vector(&vector, control)
            }
            StateKind::Debug => {
                let debug = X86_64DebugRegisters::read_from_bytes(state);
                self.debug.set(self.tid, &debug.map_err(|_| Status::INVALID_ARGS)?)
            }
            // As above.
            StateKind::General => Err(Status::NOT_SUPPORTED),
        }
    }

    fn extended(&self, context: &Context, control: &Control) -> Result<ExtendedState> {
        ExtendedState::of(context, self.slot, control).ok_or(Status::BAD_STATE)
    }

    /// Ends it, wherever it stands: it goes on to the last call that a thread makes, and to nothing
    /// else.
    pub fn send_away(
        &mut self,
        process: i32,
        control: &Control,
        listener: &Listener,
        vdso: Option<&VdsoCode>,
    ) {
        if self.leaves
            && let Call::InKernel(id) | Call::Resumed(id, _) | Call::Blocked(id) = self.call
        {
            self.call = Call::Ending(id);
            self.release(control, listener);
            return;
        }
        let handler = match self.call {
            Call::Trapped(handler) => Ok(handler),
            _ => self.handler(),
        };
        let exit = vdso.and_then(VdsoCode::exit);
        if handler.is_err() && exit.is_some() && self.is_in_call() {
            // It is taken out of the doorbell first, and sent away where it stops.
            self.is_sent_away = true;
            self.suspend(process, 0);
            self.release(control, listener);
            return;
        }
        let (Ok(handler), Some(exit)) = (handler, exit) else {
            self.call = Call::Stopped;
            return;
        };
        let Ok(context) = handler.context(self.slot, control) else {
            self.call = Call::Stopped;
            return;
        };
        let registers = X86_64Registers { rip: exit, ..handler.registers(&context) };
        handler.set_registers(control, &registers);
        handler.set_flags(control, context.flags_with_step(false));
        self.is_sent_away = true;
        match self.stop {
            Stop::Parked(_) => {
                self.call = Call::None;
                self.release(control, listener);
            }
            _ => {
                // A stop that is on its way holds it up no more.
                self.release(control, listener);
                self.call = Call::Mended(handler);
            }
        }
    }

    /// Whether its program waits for the result of a call.
    fn is_in_call(&self) -> bool {
        match self.call {
            Call::InKernel(_) | Call::Resumed(..) | Call::Blocked(_) | Call::Answered(..) => true,
            Call::Ending(_) | Call::Trapped(_) => true,
            Call::None | Call::Faulted(_) | Call::Excepted(_) | Call::Mended(_) => false,
            Call::Stopped | Call::Ended => false,
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
