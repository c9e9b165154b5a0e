//! The seam to the computer underneath: memory, address spaces, threads.
//!
//! Every method of [`Machine`] may be called under the kernel's lock: it queues work and returns
//! at once, never waits for a guest and never calls the kernel back on the same stack. What a
//! machine has to tell, it tells later through [`KernelEntry`].

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Weak};

use zx_abi::{Arch, EXCP_POLICY_ERROR, PAGE_SIZE, Result, StateKind, Status, VmOptions};

use crate::{GeneralRegisters, Image, Koid};

/// What the kernel asks of the computer that it runs on.
pub trait Machine: Send + Sync {
    /// Gives the machine the kernel to call. Called once, before everything else.
    fn attach(&self, kernel: Weak<dyn KernelEntry>);

    /// New zero-filled memory of `size` bytes, committed on demand.
    ///
    /// # Errors
    /// NO_MEMORY if the host cannot describe that much.
    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>>;

    /// New memory that shows an image, its last page filled up with zeros. By default it has a copy.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more.
    fn image_memory(&self, image: &Arc<Image>) -> Result<Arc<dyn Memory>> {
        image.copied_to(self.memory(image.size().next_multiple_of(PAGE_SIZE))?)
    }

    /// Has an image that many kernels show in the form in which this machine does. By default nothing.
    fn keep_image(&self, _image: &Image) {}

    /// What guests are told about the computer.
    fn system(&self) -> SystemInfo {
        SystemInfo::default()
    }

    /// Whether something that the calling thread did since it last asked has used up what the
    /// embedder keeps in reserve for when the host has no more memory.
    fn ran_short(&self) -> bool {
        false
    }

    /// Whether guest threads can run here; asked before a start consumes anything.
    ///
    /// # Errors
    /// NOT_SUPPORTED if they never can; another status if they cannot now.
    fn can_run(&self) -> Result;

    /// Tells some of the mappings of a process that [`Machine::start_process`] starts soon. From here
    /// on mappings of it may be changed, and it may be killed, as if it ran.
    fn prepare_process(&self, process: Koid, mappings: Vec<Mapping>);

    /// Creates the address space of a process, then its first thread.
    ///
    /// If that fails, the machine calls [`KernelEntry::process_failed`], then
    /// [`KernelEntry::process_gone`].
    fn start_process(&self, launch: ProcessLaunch);

    /// Whether a thread can begin with a thread pointer.
    fn sets_thread_pointers(&self) -> bool {
        true
    }

    /// Starts a further thread of a running process. With the number of a suspension it is stopped before
    /// its first instruction, as by [`Machine::suspend`].
    fn start_thread(&self, process: Koid, thread: Koid, entry: EntryState, stop: Option<u64>);

    /// Adds a mapping to a running process. Nothing is mapped there now.
    ///
    /// Changes of one process take effect in the order of the calls, and before any later
    /// [`Machine::resume`] or return from [`KernelEntry::syscall`] lets a thread of it go on.
    fn map(&self, process: Koid, mapping: Mapping);

    /// Puts a mapping in the place of one of the same range in a running process, of which no thread ever
    /// sees neither.
    fn remap(&self, process: Koid, mapping: Mapping);

    /// Where all of a memory costs least to map in a running process, with these permissions, if there is
    /// such a place among those that `may_be` it. If it is the next thing that the kernel asks for, that
    /// [`Machine::map`] does without [`Memory::prepare`].
    fn vacancy(
        &self,
        _process: Koid,
        _memory: &dyn Memory,
        _permissions: VmOptions,
        _may_be: &dyn Fn(u64) -> bool,
    ) -> Option<u64> {
        None
    }

    /// Where a range of so many bytes of a running process begins that [`Machine::unmap`] was told of, and
    /// in which there is such a place, whatever it would fit: one of those that `may_be` it, if any.
    fn vacated(&self, _process: Koid, _len: u64, _may_be: &dyn Fn(u64) -> bool) -> Option<u64> {
        None
    }

    /// Removes whatever is mapped in `base..base + len` of a running process.
    fn unmap(&self, process: Koid, base: u64, len: u64);

    /// Changes the permissions of a mapped range of a running process.
    fn protect(&self, process: Koid, base: u64, len: u64, permissions: VmOptions);

    /// Sets the base of a segment register of an x86-64 thread that is in `zx_object_set_property`: it
    /// has it when the call returns. `base` is a user address.
    ///
    /// # Errors
    /// NOT_SUPPORTED if threads of this machine cannot have one; BAD_STATE if the thread is in no such
    /// call.
    fn set_base(
        &self,
        _process: Koid,
        _thread: Koid,
        _register: SegmentRegister,
        _base: u64,
    ) -> Result {
        Err(Status::NOT_SUPPORTED)
    }

    /// Lets a thread that [`SyscallOutcome::Blocked`] stopped return `value` from its call.
    fn resume(&self, process: Koid, thread: Koid, value: u64);

    /// Stops a thread wherever it is: in its program, or before it returns from a system call. Once
    /// it can execute nothing more of its program, [`KernelEntry::suspended`] follows with the same
    /// `number`, unless the thread ends or is released before.
    ///
    /// A process one of whose threads cannot be stopped is killed.
    fn suspend(&self, process: Koid, thread: Koid, number: u64);

    /// Ends [`Machine::suspend`], whether the thread has stopped already or not. The thread goes on
    /// exactly where it was.
    fn release(&self, process: Koid, thread: Koid);

    /// The general registers of a thread that is suspended or in an exception, as its program knows
    /// them.
    ///
    /// # Errors
    /// NOT_SUPPORTED if threads of this machine do not show them; BAD_STATE if the thread is neither
    /// any more.
    fn registers(&self, _process: Koid, _thread: Koid) -> Result<GeneralRegisters> {
        Err(Status::NOT_SUPPORTED)
    }

    /// What is known of the general registers of a thread whose system call is served; none if nothing is.
    fn call_registers(&self, _process: Koid, _thread: Koid) -> Option<GeneralRegisters> {
        None
    }

    /// Changes them; the thread has them once it goes on. One that is parked in a system call
    /// leaves it with another program counter or result than [`Machine::registers`] told.
    ///
    /// # Errors
    /// NOT_SUPPORTED while the thread's system call is served, or if the machine cannot; INVALID_ARGS
    /// for values that no program can have; BAD_STATE as above.
    fn set_registers(
        &self,
        _process: Koid,
        _thread: Koid,
        _registers: &GeneralRegisters,
    ) -> Result {
        Err(Status::NOT_SUPPORTED)
    }

    /// Has every thread of every guest pass a memory barrier. May wait for that; never called under the
    /// kernel's lock.
    fn barrier(&self) {}

    /// The state of a thread that is suspended or in an exception which is not in its general registers,
    /// as `zx_thread_state_*_t` of that kind.
    ///
    /// # Errors
    /// As [`Machine::registers`].
    fn state(&self, _process: Koid, _thread: Koid, _kind: StateKind) -> Result<Vec<u8>> {
        Err(Status::NOT_SUPPORTED)
    }

    /// Changes it. There are as many bytes as belong to the kind.
    ///
    /// # Errors
    /// As [`Machine::set_registers`].
    fn set_state(&self, _: Koid, _: Koid, _kind: StateKind, _state: &[u8]) -> Result {
        Err(Status::NOT_SUPPORTED)
    }

    /// Lets a thread go on that [`ExceptionOutcome::Stopped`] keeps in its exception: it makes its
    /// instruction again, with the registers that it has by now.
    fn resume_exception(&self, process: Koid, thread: Koid);

    /// Has [`KernelEntry::redo`] called with these arguments, soon and by a thread that serves nothing
    /// else: such a call may take as long as any.
    fn redo(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]);

    /// Ends one thread that waits in a call or an exception, or that is suspended: it executes nothing
    /// more of its program. Others of its process run.
    fn end_thread(&self, process: Koid, thread: Koid);

    /// Nanoseconds of processor time that the threads of a process have taken, those of the machine
    /// for it included; none if the machine does not count it.
    fn cpu_time(&self, _process: Koid) -> Option<i64> {
        None
    }

    /// How long a thread of a process has run, as far as the machine can tell by now; none if it does not
    /// count that, of any thread.
    fn thread_time(&self, _process: Koid, _thread: Koid) -> Option<ThreadTime> {
        None
    }

    /// Ends a process with all its threads; [`KernelEntry::process_gone`] follows once none can run.
    fn kill(&self, process: Koid);
}

/// How machines and clocks enter the kernel. Never to be called from within their own methods.
pub trait KernelEntry: Send + Sync {
    /// A guest thread made system call `number` (of its process's ABI) with these arguments.
    fn syscall(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) -> SyscallOutcome;

    /// Makes a guest thread's call again, in which it has waited for pages, and resumes it when that
    /// ends: what [`Machine::redo`] asks for.
    fn redo(&self, _process: Koid, _thread: Koid, _number: u64, _args: [u64; 8]) {}

    /// A guest thread raised an exception. It is stopped until this returns.
    fn exception(&self, process: Koid, thread: Koid, report: ExceptionReport) -> ExceptionOutcome;

    /// The thread has stopped, as the [`Machine::suspend`] of this number asked.
    fn suspended(&self, process: Koid, thread: Koid, number: u64);

    /// The host has failed the process, which ends of it: [`KernelEntry::process_gone`] follows.
    fn process_failed(&self, _process: Koid, _failure: HostFailure) {}

    /// No thread of the process can run any more, whatever the reason.
    fn process_gone(&self, process: Koid);

    /// The deadline that [`Clock::arm`](crate::Clock::arm) named has come, or may have.
    fn expire_deadlines(&self);
}

/// How long a thread has run, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadTime {
    /// On a processor, system calls included.
    pub running: i64,
    /// Ready to run, without a processor.
    pub queued: i64,
}

/// What the host refused a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFailure {
    /// What was being done: a few lower-case words.
    pub step: &'static str,
    /// The host's error number, if a call of the host's has failed.
    pub errno: Option<i32>,
    /// What happened, for people.
    pub message: String,
    /// What to do about it.
    pub remedy: &'static str,
    /// The status that stands for it.
    pub status: Status,
}

/// What `zx_system_get_*` report. The default is a small computer, the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemInfo {
    /// Processors.
    pub num_cpus: u32,
    /// Bytes of memory.
    pub physmem: u64,
    /// Bytes of memory that programs may take up together, unless told otherwise.
    pub memory_limit: u64,
    /// Bytes of a data cache line.
    pub dcache_line_size: u32,
    /// Bytes of an instruction cache line.
    pub icache_line_size: u32,
}

impl Default for SystemInfo {
    fn default() -> Self {
        Self {
            num_cpus: 1,
            physmem: 1 << 30,
            memory_limit: 1 << 30,
            dcache_line_size: 64,
            icache_line_size: 64,
        }
    }
}

/// Everything that a machine needs to start a process.
#[derive(Debug)]
pub struct ProcessLaunch {
    /// The process.
    pub process: Koid,
    /// Its first thread.
    pub thread: Koid,
    /// Where and how that thread begins.
    pub entry: EntryState,
    /// The suspension that stops it before its first instruction.
    pub stop: Option<u64>,
    /// The address space, less what [`Machine::prepare_process`] told, in ascending order, without
    /// overlaps.
    pub mappings: Vec<Mapping>,
}

/// The registers that a thread begins with; all others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryState {
    /// The program counter.
    pub pc: u64,
    /// The stack pointer, as given.
    pub sp: u64,
    /// The first argument register: rdi, x0 or a0.
    pub arg1: u64,
    /// The second argument register: rsi, x1 or a1.
    pub arg2: u64,
    /// The thread pointer: the base of %fs, tpidr or tp. Not 0 only where [`Machine::sets_thread_pointers`].
    pub tp: u64,
    /// The register of the shadow call stack: r15, x18 or gp.
    pub abi_reg: u64,
}

impl EntryState {
    /// With neither of the last two.
    pub const fn new(pc: u64, sp: u64, arg1: u64, arg2: u64) -> Self {
        Self { pc, sp, arg1, arg2, tp: 0, abi_reg: 0 }
    }
}

/// A range of an address space that shows a range of a memory.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The first address, page-aligned.
    pub base: u64,
    /// Bytes, a multiple of the page size, never 0.
    pub len: u64,
    /// `PERM_READ`, `PERM_WRITE`, `PERM_EXECUTE`, or none of them.
    pub permissions: VmOptions,
    /// What is mapped.
    pub memory: Arc<dyn Memory>,
    /// Where in it the mapping begins, page-aligned.
    pub offset: u64,
    /// The memory is a vDSO image, whose code the machine may rewrite in a copy of its own.
    pub vdso: bool,
}

/// The bytes of a VMO.
///
/// Ranges are checked by the caller: `offset + length <= size`. Calls may come from several threads
/// at once, some of them without the kernel's lock. Guests may write at the same time
/// through their mappings, so that bytes are only ever copied, never borrowed.
pub trait Memory: Send + Sync + std::fmt::Debug + 'static {
    /// Bytes, a multiple of the page size.
    fn size(&self) -> u64;

    /// Copies out. What was never written reads as zero.
    ///
    /// # Errors
    /// IO if the host fails.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result;

    /// Copies in.
    ///
    /// # Errors
    /// OUT_OF_RANGE beyond the size, which may have changed since the caller looked; NO_MEMORY if
    /// the host has no more.
    fn write(&self, offset: u64, bytes: &[u8]) -> Result;

    /// Makes a range read as zero, giving whole pages back to the host.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more.
    fn zero(&self, offset: u64, len: u64) -> Result;

    /// Changes the size; new bytes are zero.
    ///
    /// # Errors
    /// NO_MEMORY if the host cannot describe that much.
    fn resize(&self, size: u64) -> Result;

    /// Copies a range of whole pages to whole pages of another memory of the same machine, where
    /// nothing is committed. Pages may be shared: later writes to one do not show in the other.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more; NOT_SUPPORTED for memory of another machine.
    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result;

    /// Whether what it holds never changes: whoever is to write needs a copy.
    fn is_fixed(&self) -> bool {
        false
    }

    /// Gives back to the host no more than so many pages of memory that never changes, and that nobody has
    /// any more; those of what others show as well stay. Whether there may be more.
    fn give_back(&mut self, _pages: usize) -> bool {
        false
    }

    /// Sees to it that programs can map the memory, so that no later [`Machine::map`] of it has to
    /// fail.
    ///
    /// # Errors
    /// NO_RESOURCES if the host has no descriptor for it; NO_MEMORY if it has no memory.
    fn prepare(&self) -> Result {
        Ok(())
    }

    /// Gives room on the host to every page of a range. A machine may leave it to the first write.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more.
    fn commit(&self, _offset: u64, _len: u64) -> Result {
        Ok(())
    }

    /// Bytes that take up room on the host.
    fn committed(&self) -> u64;

    /// The first range at or after `offset` that may hold something else than zeros.
    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        let size = self.size();
        (offset < size).then_some(offset..size)
    }

    /// Where the range of [`Memory::next_committed`] begins, whose end may take long to find.
    fn first_committed(&self, offset: u64) -> Option<u64> {
        self.next_committed(offset).map(|run| run.start)
    }

    /// What a range takes up on the host. Takes as long as the range is, whatever lies beyond.
    fn usage(&self, range: Range<u64>) -> MemoryUsage {
        let (mut bytes, mut at) = (0, range.start);
        while let Some(run) = self.next_committed(at).filter(|run| run.start < range.end) {
            at = run.end.min(range.end);
            bytes += at - run.start;
        }
        MemoryUsage::private(bytes.min(self.committed()))
    }

    /// For the machine to downcast to its own type.
    fn as_any(&self) -> &dyn Any;
}

/// What a range of a memory takes up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Bytes that take up room.
    pub committed: u64,
    /// Those of them that no other memory shares.
    pub private: u64,
    /// The committed bytes, each divided by the number of memories that share it: in units of
    /// 2^-63 bytes.
    pub scaled: u128,
}

impl MemoryUsage {
    /// Bits after the point of [`MemoryUsage::scaled`].
    pub const FRACTION_BITS: u32 = 63;

    /// Adds what another range takes up.
    pub fn add(&mut self, other: Self) {
        self.committed += other.committed;
        self.private += other.private;
        self.scaled += other.scaled;
    }

    /// Bytes that no other memory shares.
    pub fn private(bytes: u64) -> Self {
        Self { committed: bytes, private: bytes, scaled: u128::from(bytes) << Self::FRACTION_BITS }
    }
}

/// A segment register of x86-64 whose base is the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentRegister {
    /// %fs
    Fs,
    /// %gs
    Gs,
}

/// How a system call went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyscallOutcome {
    /// The thread goes on with this value in its result register.
    Return(u64),
    /// The thread stays parked until [`Machine::resume`] or [`Machine::kill`].
    Blocked,
    /// `zx_thread_exit` has ended the thread, or `zx_process_exit` all of its process's. If it was the
    /// last one, [`Machine::kill`] follows.
    Exited,
}

/// How an exception went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionOutcome {
    /// It is mended: the thread makes its instruction again, once all changes that were asked for
    /// before have taken effect.
    Resume,
    /// The thread stays stopped until [`Machine::resume_exception`], [`Machine::end_thread`] or
    /// [`Machine::kill`], each of which may have come before.
    Stopped,
}

/// What a processor reports of a fault, or a machine of a forbidden system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionReport {
    /// `ZX_EXCP_*`
    pub kind: u32,
    /// The processor's vector.
    pub vector: u64,
    /// The processor's error code.
    pub error_code: u64,
    /// The address that could not be accessed, for page faults; else 0.
    pub fault_address: u64,
    /// `ZX_EXCP_POLICY_CODE_*`, for policy errors; for page faults the status that says why, as a
    /// number, once the kernel has judged them.
    pub synth_code: u32,
    /// Belongs to `synth_code`.
    pub synth_data: u32,
    /// The thread's registers.
    pub registers: GeneralRegisters,
}

impl ExceptionReport {
    /// The permission that an access would have needed, for page faults of x86-64.
    pub(crate) fn access(&self) -> VmOptions {
        const WRITE: u64 = 1 << 1;
        const FETCH: u64 = 1 << 4;
        match self.error_code {
            code if code & FETCH != 0 => VmOptions::PERM_EXECUTE,
            code if code & WRITE != 0 => VmOptions::PERM_WRITE,
            _ => VmOptions::PERM_READ,
        }
    }

    /// A policy exception: `code` is a `ZX_EXCP_POLICY_CODE_*`. The registers are the caller's to fill
    /// in.
    pub(crate) fn policy(arch: Arch, code: u32, data: u32) -> Self {
        let exception = Self::synthetic(arch, EXCP_POLICY_ERROR);
        Self { synth_code: code, synth_data: data, ..exception }
    }

    /// One that no processor has raised. The registers are left out.
    pub(crate) fn synthetic(arch: Arch, kind: u32) -> Self {
        Self {
            kind,
            vector: 0,
            error_code: 0,
            fault_address: 0,
            synth_code: 0,
            synth_data: 0,
            registers: GeneralRegisters::zero(arch),
        }
    }
}

/// The machine that can hold memory and run nothing: the same on every platform.
#[derive(Debug, Default)]
pub struct NullMachine;

impl Machine for NullMachine {
    fn attach(&self, _kernel: Weak<dyn KernelEntry>) {}

    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(crate::HeapMemory::new(size)))
    }

    fn can_run(&self) -> Result {
        Err(Status::NOT_SUPPORTED)
    }

    // Nothing starts here, so that the other calls never come.
    fn prepare_process(&self, _process: Koid, _mappings: Vec<Mapping>) {}
    fn start_process(&self, _launch: ProcessLaunch) {}
    fn start_thread(&self, _: Koid, _: Koid, _entry: EntryState, _stop: Option<u64>) {}
    fn map(&self, _process: Koid, _mapping: Mapping) {}
    fn remap(&self, _process: Koid, _mapping: Mapping) {}
    fn unmap(&self, _process: Koid, _base: u64, _len: u64) {}
    fn protect(&self, _process: Koid, _base: u64, _len: u64, _permissions: VmOptions) {}
    fn resume(&self, _process: Koid, _thread: Koid, _value: u64) {}
    fn suspend(&self, _process: Koid, _thread: Koid, _number: u64) {}
    fn release(&self, _process: Koid, _thread: Koid) {}
    fn resume_exception(&self, _process: Koid, _thread: Koid) {}
    fn redo(&self, _process: Koid, _thread: Koid, _number: u64, _args: [u64; 8]) {}
    fn end_thread(&self, _process: Koid, _thread: Koid) {}
    fn kill(&self, _process: Koid) {}
}
