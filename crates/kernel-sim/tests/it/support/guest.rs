//! A process whose code is the test: it calls with raw registers, its data is a VMO it has mapped.

use std::sync::OnceLock;

use kernel_sim::{ExceptionReport, KernelEntry, Koid, SyscallOutcome};
use zx_abi::{
    Abi, Arch, EXCP_FATAL_PAGE_FAULT, INFO_PROCESS, InfoProcess, PAGE_SIZE, Result, Status,
    Syscall, VmOptions, X86_64Registers,
};

use super::{World, info};

/// Bytes of a guest's memory: two pages that can be written, then one that can only be read. The
/// pages around them are not mapped.
pub const WRITABLE: u64 = 2 * PAGE_SIZE;
const MEMORY: u64 = 3 * PAGE_SIZE;

/// Where guests begin: an address that is a program's in every generation.
pub const ENTRY: u64 = 0x100_1000;

/// What a machine reports of an access to an address.
pub fn fault(address: u64) -> ExceptionReport {
    ExceptionReport {
        kind: EXCP_FATAL_PAGE_FAULT,
        vector: 14,
        error_code: 4,
        fault_address: address,
        synth_code: 0,
        synth_data: 0,
        registers: X86_64Registers { rip: 0x1234, ..Default::default() }.into(),
    }
}

/// A running guest. The handles are the host's.
pub struct Guest<'a> {
    world: &'a World,
    pub process: u32,
    pub root_vmar: u32,
    pub thread: u32,
    pub koid: Koid,
    pub thread_koid: Koid,
    /// Where its memory begins.
    pub base: u64,
    memory: u32,
    /// The guest's own handle that it was started with, or 0.
    pub bootstrap: u32,
    abi: Abi,
}

/// The vDSO image that this kernel maps.
pub fn vdso_image() -> &'static vdso::VdsoImage {
    vdso_image_of(Abi::default())
}

fn vdso_image_of(abi: Abi) -> &'static vdso::VdsoImage {
    static IMAGES: [OnceLock<vdso::VdsoImage>; Abi::ALL.len()] =
        [const { OnceLock::new() }; Abi::ALL.len()];
    IMAGES[abi as usize].get_or_init(|| vdso::image(abi, Arch::X86_64).unwrap())
}

/// The kernel's number of a call.
pub fn number(call: Syscall) -> u64 {
    call.info().number(Abi::default()).unwrap().into()
}

impl<'a> Guest<'a> {
    /// A guest in the root job, with nothing.
    pub fn start(world: &'a World) -> Self {
        let job = world.root_job();
        let guest = Self::start_in(world, job, 0);
        world.host(|c| c.handle_close(job)).unwrap();
        guest
    }

    /// A guest in the root job that speaks an ABI.
    pub fn start_for(world: &'a World, abi: Abi) -> Self {
        let job = world.root_job();
        let guest = Self::create_for(world, job, abi).started(0);
        world.host(|c| c.handle_close(job)).unwrap();
        guest
    }

    /// A guest in a job, with one handle that moves into it.
    pub fn start_in(world: &'a World, job: u32, bootstrap: u32) -> Self {
        Self::create_in(world, job).started(bootstrap)
    }

    /// Starts it, with one handle that moves into it.
    pub fn started(self, bootstrap: u32) -> Self {
        let Self { world, process, thread, .. } = self;
        world.host(|c| c.process_start(process, thread, ENTRY, 0x2000, bootstrap, 0)).unwrap();
        let started = world.machine.orders().into_iter().find_map(|order| match order {
            super::Order::Start { entry, .. } => Some(entry.arg1 as u32),
            _ => None,
        });
        Self { bootstrap: started.unwrap(), ..self }
    }

    /// A guest that is ready to start.
    pub fn create_in(world: &'a World, job: u32) -> Self {
        Self::create_for(world, job, Abi::default())
    }

    /// A guest that is ready to start and speaks an ABI.
    pub fn create_for(world: &'a World, job: u32, abi: Abi) -> Self {
        let image = vdso_image_of(abi);
        let readable = VmOptions::PERM_READ;
        let writable = readable | VmOptions::PERM_WRITE;
        let executable = readable | VmOptions::PERM_EXECUTE;
        world.host(|c| {
            let (process, root_vmar) = c.process_create_for(abi, job, b"guest", 0).unwrap();
            let vdso = c.vdso(abi).unwrap();
            let code = (image.code_offset, image.code_size);
            c.vmar_map(root_vmar, executable.bits(), 0, vdso, code.0, code.1).unwrap();
            c.handle_close(vdso).unwrap();
            let memory = c.vmo_create(MEMORY, 0).unwrap();
            // A hole before and behind.
            let hole = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ;
            let hole = hole | VmOptions::CAN_MAP_WRITE;
            let size = MEMORY + 2 * PAGE_SIZE;
            let (vmar, start) = c.vmar_allocate(root_vmar, hole.bits(), 0, size).unwrap();
            let base = start + PAGE_SIZE;
            let specific = |permissions: VmOptions| (permissions | VmOptions::SPECIFIC).bits();
            c.vmar_map(vmar, specific(writable), PAGE_SIZE, memory, 0, WRITABLE).unwrap();
            let behind = PAGE_SIZE + WRITABLE;
            c.vmar_map(vmar, specific(readable), behind, memory, WRITABLE, PAGE_SIZE).unwrap();
            c.handle_close(vmar).unwrap();
            let thread = c.thread_create(process, b"initial", 0).unwrap();
            let koid = super::basic(c, process).koid;
            let thread_koid = super::basic(c, thread).koid;
            Self {
                world,
                process,
                root_vmar,
                thread,
                koid,
                thread_koid,
                base,
                memory,
                bootstrap: 0,
                abi,
            }
        })
    }

    /// An address in the writable memory.
    pub fn at(&self, offset: u64) -> u64 {
        self.base + offset
    }

    /// An address that can be read and not written.
    pub fn read_only(&self) -> u64 {
        self.base + WRITABLE
    }

    /// An address where nothing is.
    pub fn unmapped(&self) -> u64 {
        self.base + MEMORY
    }

    /// Makes a call.
    pub fn enter(&self, call: Syscall, args: &[u64]) -> SyscallOutcome {
        let number = call.info().number(self.abi).unwrap_or_else(|| panic!("no {call:?}"));
        self.enter_raw(number.into(), args)
    }

    /// Makes a call by number.
    pub fn enter_raw(&self, number: u64, args: &[u64]) -> SyscallOutcome {
        let mut registers = [0; 8];
        registers[..args.len()].copy_from_slice(args);
        self.world.kernel.syscall(self.koid, self.thread_koid, number, registers)
    }

    /// Makes a call that returns a status at once.
    pub fn call(&self, call: Syscall, args: &[u64]) -> Result {
        match self.enter(call, args) {
            SyscallOutcome::Return(value) => Status::ok(value as i64 as i32),
            other => panic!("{call:?}: {other:?}"),
        }
    }

    /// Makes a call that writes a handle to `at(0)`.
    pub fn create(&self, call: Syscall, args: &[u64]) -> Result<u32> {
        self.call(call, args)?;
        Ok(self.word(0))
    }

    pub fn poke(&self, offset: u64, bytes: &[u8]) {
        self.try_poke(offset, bytes).unwrap();
    }

    /// As [`Guest::poke`], where memory may have run out.
    pub fn try_poke(&self, offset: u64, bytes: &[u8]) -> Result {
        self.world.host(|c| c.vmo_write(self.memory, offset, bytes))
    }

    pub fn poke_words(&self, offset: u64, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.poke(offset, &bytes);
    }

    pub fn peek<const N: usize>(&self, offset: u64) -> [u8; N] {
        let mut bytes = [0; N];
        self.world.host(|c| c.vmo_read(self.memory, offset, &mut bytes)).unwrap();
        bytes
    }

    pub fn word(&self, offset: u64) -> u32 {
        u32::from_le_bytes(self.peek(offset))
    }

    pub fn long(&self, offset: u64) -> u64 {
        u64::from_le_bytes(self.peek(offset))
    }

    pub fn info(&self) -> InfoProcess {
        self.world.host(|c| info(c, self.process, INFO_PROCESS)).unwrap()
    }

    /// Moves one of the host's handles into the guest.
    pub fn receive(&self, handle: u32) -> u32 {
        self.world.host(|c| c.handle_transfer(handle, self.koid)).unwrap()
    }

    /// What the machine says once no thread of the guest can run.
    pub fn gone(&self) {
        self.world.kernel.process_gone(self.koid);
    }

    /// Ends the guest, if it has not ended, and drops all that the host holds of it.
    pub fn finish(self) {
        self.world.host(|c| c.task_kill(self.process)).unwrap();
        self.gone();
        let handles = [self.process, self.root_vmar, self.thread, self.memory];
        self.world.host(|c| c.handle_close_many(&handles)).unwrap();
    }
}
