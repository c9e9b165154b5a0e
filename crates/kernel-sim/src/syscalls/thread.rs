//! `zx_thread_*` (zircon/kernel/lib/syscalls/task.cc).

use zx_abi::{
    Abi, Arch, Result, Rights, StateKind, Status, THREAD_X86_REGISTER_FS, THREAD_X86_REGISTER_GS,
    state_size,
};

use crate::object::{ProcessId, ProcessRun, ThreadId, ThreadRun};
use crate::trace::TraceEvent;
use crate::{Caller, EntryState, GeneralRegisters, Name, SegmentRegister};

/// What `zx_thread_read_state` and `zx_thread_write_state` are about.
pub(crate) enum RegisterSet {
    Kind(StateKind),
    /// The base of a segment alone.
    Base(SegmentRegister),
}

impl Caller<'_> {
    /// `zx_thread_create`. The name is truncated to 31 bytes.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD;
    /// BAD_STATE in a dead process; NO_RESOURCES at a limit of threads; NO_MEMORY.
    pub fn thread_create(&mut self, process: u32, name: &[u8], options: u32) -> Result<u32> {
        self.create_thread(process, Ok(Name::truncated(name)), options)
    }

    /// `zx_thread_create` with a name that may have failed to be copied in.
    pub(crate) fn create_thread(
        &mut self,
        process: u32,
        name: Result<Name>,
        options: u32,
    ) -> Result<u32> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let name = name?;
        let id: ProcessId = self.get(process, Rights::MANAGE_THREAD)?;
        let process = self.state.objects.get(id)?;
        if !matches!(process.run, ProcessRun::Initial | ProcessRun::Running) {
            return Err(Status::BAD_STATE);
        }
        let thread = self.state.new_thread(id, name)?;
        self.add_default(thread)
    }

    /// `zx_thread_start` and `zx_thread_start_regs`: a further thread of a running process begins.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD; BAD_STATE for a process that does
    /// not run; INVALID_ARGS for an entry that is neither 0 nor an address of programs, and for a thread
    /// pointer that is no canonical address of x86-64; BAD_STATE for a thread that was started before;
    /// NOT_SUPPORTED for a thread pointer on a machine that cannot give it one.
    pub fn thread_start(&mut self, thread: u32, entry: EntryState) -> Result {
        let id: ThreadId = self.get(thread, Rights::MANAGE_THREAD)?;
        let objects = &self.state.objects;
        let thread = objects.get(id)?;
        let process = objects.get(thread.process)?;
        if process.run != ProcessRun::Running {
            return Err(Status::BAD_STATE);
        }
        self.begins_at(thread.process, entry.pc)?;
        if self.target() == Arch::X86_64 && !is_canonical(entry.tp) {
            return Err(Status::INVALID_ARGS);
        }
        if thread.run != ThreadRun::New {
            return Err(Status::BAD_STATE);
        }
        if entry.tp != 0 && !self.state.machine.sets_thread_pointers() {
            return Err(Status::NOT_SUPPORTED);
        }
        self.state.trace(|state| TraceEvent::ThreadStart {
            process: state.objects.koid(thread.process),
            thread: thread.header.koid,
            name: thread.name,
            entry: entry.pc,
            stack: entry.sp,
        });
        self.state.begin_thread(id, entry, false);
        Ok(())
    }

    /// `zx_thread_read_state` of `ZX_THREAD_STATE_GENERAL_REGS`. In a system call that waits they are
    /// those of the program behind it, with INTERNAL_INTR_RETRY as its result: it is made again.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; BAD_STATE for a thread that is
    /// neither suspended nor in an exception; NOT_SUPPORTED for one that is about to end, and on a machine
    /// that does not show them.
    pub fn thread_read_registers(&mut self, thread: u32) -> Result<GeneralRegisters> {
        let id: ThreadId = self.get(thread, Rights::READ)?;
        self.state.thread_registers(id)
    }

    /// `zx_thread_write_state` of `ZX_THREAD_STATE_GENERAL_REGS`. A thread that waits in a system call
    /// goes on waiting, unless its program counter or its result is changed: then it is out of the call,
    /// and goes on there with that.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; INVALID_ARGS for registers of another
    /// architecture than the kernel's; BAD_STATE for a thread that is neither; INVALID_ARGS
    /// for values that no program can have; NOT_SUPPORTED for a thread whose call is being served, and
    /// on a machine that cannot change them.
    pub fn thread_write_registers(&mut self, thread: u32, registers: &GeneralRegisters) -> Result {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        self.state.set_thread_registers(id, registers)
    }
    /// `zx_thread_read_state`: `zx_thread_state_*_t` of the kind with this number, for which there is
    /// `room`. Of a thread that is suspended, or in an exception.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; INVALID_ARGS for an unknown kind;
    /// BUFFER_TOO_SMALL; BAD_STATE for a thread that is neither; NOT_SUPPORTED for one that is about to
    /// end, and where the machine does not tell.
    pub fn thread_read_state(&mut self, thread: u32, kind: u32, room: usize) -> Result<Vec<u8>> {
        let id: ThreadId = self.get(thread, Rights::READ)?;
        match self.register_set(kind, room)?.0 {
            RegisterSet::Kind(StateKind::General) => {
                Ok(self.state.thread_registers(id)?.as_bytes().to_vec())
            }
            RegisterSet::Kind(kind) => self.state.thread_state(id, kind),
            RegisterSet::Base(register) => {
                let mut registers = self.state.thread_registers(id)?;
                let base = registers.base_mut(register).ok_or(Status::NOT_SUPPORTED)?;
                Ok(base.to_le_bytes().to_vec())
            }
        }
    }

    /// `zx_thread_write_state`, as [`Caller::thread_read_state`]. Bytes behind the state are ignored.
    ///
    /// # Errors
    /// As [`Caller::thread_read_state`], with WRITE; INVALID_ARGS for values that no program can have.
    pub fn thread_write_state(&mut self, thread: u32, kind: u32, state: &[u8]) -> Result {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        let (set, size) = self.register_set(kind, state.len())?;
        let state = state.get(..size).unwrap_or(state);
        let registers = match set {
            RegisterSet::Kind(StateKind::General) => {
                let mut registers = GeneralRegisters::zero(self.target());
                registers.as_mut_bytes().copy_from_slice(state);
                registers
            }
            RegisterSet::Kind(kind) => return self.state.set_thread_state(id, kind, state),
            RegisterSet::Base(register) => {
                let mut registers = self.state.thread_registers(id)?;
                let base = registers.base_mut(register).ok_or(Status::NOT_SUPPORTED)?;
                let (wanted, _) = state.split_first_chunk().ok_or(Status::BUFFER_TOO_SMALL)?;
                *base = u64::from_le_bytes(*wanted);
                registers
            }
        };
        self.state.set_thread_registers(id, &registers)
    }

    /// The registers that a kind names, and how many bytes they take, for which there is room. The ABI
    /// of 2020 has two kinds more: the bases of %fs and %gs alone.
    ///
    /// # Errors
    /// INVALID_ARGS, NOT_SUPPORTED, BUFFER_TOO_SMALL.
    pub(crate) fn register_set(&self, kind: u32, room: usize) -> Result<(RegisterSet, usize)> {
        let set = match kind {
            THREAD_X86_REGISTER_FS if self.abi() == Abi::Sdk2020 => {
                RegisterSet::Base(SegmentRegister::Fs)
            }
            THREAD_X86_REGISTER_GS if self.abi() == Abi::Sdk2020 => {
                RegisterSet::Base(SegmentRegister::Gs)
            }
            kind => RegisterSet::Kind(StateKind::from_raw(kind).ok_or(Status::INVALID_ARGS)?),
        };
        let size = match set {
            RegisterSet::Kind(kind) => state_size(kind, self.target()),
            RegisterSet::Base(_) => (self.target() == Arch::X86_64).then_some(size_of::<u64>()),
        };
        let size = size.ok_or(Status::NOT_SUPPORTED)?;
        if room < size { Err(Status::BUFFER_TOO_SMALL) } else { Ok((set, size)) }
    }
}

/// Whether x86-64 has such an address, of programs or of the kernel.
fn is_canonical(address: u64) -> bool {
    let signed = address as i64;
    signed << 16 >> 16 == signed
}
