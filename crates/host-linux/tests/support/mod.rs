//! A kernel that tests script, and guest programs a few instructions long.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod processes;
mod program;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use host_linux::LinuxMachine;
use kernel_sim::{
    EntryState, ExceptionOutcome, ExceptionReport, HostFailure, KernelEntry, Koid, Machine,
    Mapping, Memory, ProcessLaunch, SyscallOutcome,
};
use zx_abi::{EntryWord, VmOptions};

pub const PAGE: u64 = zx_abi::PAGE_SIZE;
pub const READ: VmOptions = VmOptions::PERM_READ;
pub const WRITE: VmOptions = VmOptions::PERM_WRITE;
pub const EXECUTE: VmOptions = VmOptions::PERM_EXECUTE;

/// Where things are in the address space of every test guest.
pub const CODE: u64 = 0x1000_0000;
pub const DATA: u64 = 0x2000_0000;
pub const STACK: u64 = 0x3000_0000;
pub const STACK_LEN: u64 = 0x1_0000;
pub const VDSO: u64 = 0x7000_0000_0000;

/// System calls 62 and 63 again, which then jump to r14 instead of returning.
pub const STACKLESS_ALL: u64 = VDSO + 64 * 8;
pub const STACKLESS: u64 = STACKLESS_ALL + 10;

/// System calls that the default script knows.
pub mod call {
    /// Returns its first argument plus its second.
    pub const ADD: u64 = 1;
    /// Tells the test its arguments, returns 0.
    pub const REPORT: u64 = 2;
    /// Tells the test, and blocks.
    pub const BLOCK: u64 = 3;
    /// Ends the process.
    pub const EXIT: u64 = 4;
    /// Ends the thread.
    pub const THREAD_EXIT: u64 = 5;
    /// Starts a thread: pc, sp, two arguments.
    pub const SPAWN: u64 = 6;
    /// The first number for a test's own use.
    pub const OWN: u64 = 16;
    /// A test's own call that ends the thread.
    pub const LAST: u64 = 61;
    /// A test's own call of all registers.
    pub const ALL: u64 = 62;
}

/// How long anything may take before a test has failed. A busy computer needs its time; what hangs
/// is found all the same.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the kernel heard.
#[derive(Debug)]
pub enum Heard {
    Call { process: Koid, thread: Koid, number: u64, args: [u64; 8] },
    Exception { process: Koid, report: Box<ExceptionReport> },
    Suspended { thread: Koid, number: u64 },
    Failed(HostFailure),
    Gone(Koid),
}

/// Whether an exception is mended.
type Mender = dyn Fn(&Kernel, Koid, Koid, &ExceptionReport) -> bool + Send + Sync;

type Script = dyn Fn(&Kernel, Koid, Koid, u64, [u64; 8]) -> SyscallOutcome + Send + Sync;

pub struct Kernel {
    pub machine: Arc<LinuxMachine>,
    script: Box<Script>,
    mender: Box<Mender>,
    /// Exceptions wait for the test's answer.
    keeps: AtomicBool,
    heard: Mutex<Sender<Heard>>,
}

impl KernelEntry for Kernel {
    fn syscall(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) -> SyscallOutcome {
        match number {
            call::ADD => SyscallOutcome::Return(args[0].wrapping_add(args[1])),
            call::REPORT => {
                self.tell(Heard::Call { process, thread, number, args });
                SyscallOutcome::Return(0)
            }
            call::BLOCK => {
                self.tell(Heard::Call { process, thread, number, args });
                SyscallOutcome::Blocked
            }
            call::EXIT => {
                self.machine.kill(process);
                SyscallOutcome::Exited
            }
            call::THREAD_EXIT => SyscallOutcome::Exited,
            call::SPAWN => {
                let [pc, sp, arg1, arg2, thread, ..] = args;
                let entry = EntryState::new(pc, sp, arg1, arg2);
                self.machine.start_thread(process, thread, entry, None);
                SyscallOutcome::Return(0)
            }
            _ => (self.script)(self, process, thread, number, args),
        }
    }

    fn exception(&self, process: Koid, thread: Koid, report: ExceptionReport) -> ExceptionOutcome {
        if (self.mender)(self, process, thread, &report) {
            return ExceptionOutcome::Resume;
        }
        self.tell(Heard::Exception { process, report: Box::new(report) });
        if !self.keeps.load(Ordering::Relaxed) {
            self.machine.kill(process);
        }
        ExceptionOutcome::Stopped
    }

    fn suspended(&self, _: Koid, thread: Koid, number: u64) {
        self.tell(Heard::Suspended { thread, number });
    }

    fn process_failed(&self, _: Koid, failure: HostFailure) {
        self.tell(Heard::Failed(failure));
    }

    fn process_gone(&self, process: Koid) {
        self.tell(Heard::Gone(process));
    }

    fn expire_deadlines(&self) {}
}

impl Kernel {
    pub fn tell(&self, heard: Heard) {
        // A test that has seen enough no longer listens.
        let _ = self.heard.lock().unwrap().send(heard);
    }
}

/// A machine with its kernel.
pub struct World {
    pub kernel: Arc<Kernel>,
    heard: Receiver<Heard>,
}

impl World {
    pub fn new() -> Self {
        Self::with_script(|_, _, _, number, _| panic!("call {number}"))
    }

    pub fn with_script(
        script: impl Fn(&Kernel, Koid, Koid, u64, [u64; 8]) -> SyscallOutcome + Send + Sync + 'static,
    ) -> Self {
        Self::on(LinuxMachine::new(), script)
    }

    /// A machine of the test's.
    pub fn on(
        machine: LinuxMachine,
        script: impl Fn(&Kernel, Koid, Koid, u64, [u64; 8]) -> SyscallOutcome + Send + Sync + 'static,
    ) -> Self {
        Self::build(machine, Box::new(script), Box::new(|_, _, _, _| false))
    }

    /// A kernel that mends exceptions.
    pub fn with_mender(
        mender: impl Fn(&Kernel, Koid, Koid, &ExceptionReport) -> bool + Send + Sync + 'static,
    ) -> Self {
        let script = |_: &Kernel, _, _, number, _| panic!("call {number}");
        Self::build(LinuxMachine::new(), Box::new(script), Box::new(mender))
    }

    /// A kernel that keeps threads in their exceptions.
    pub fn keeping() -> Self {
        let world = Self::new();
        world.kernel.keeps.store(true, Ordering::Relaxed);
        world
    }

    fn build(machine: LinuxMachine, script: Box<Script>, mender: Box<Mender>) -> Self {
        let (sender, heard) = channel();
        let kernel = Arc::new(Kernel {
            machine: Arc::new(machine),
            script,
            mender,
            keeps: AtomicBool::new(false),
            heard: Mutex::new(sender),
        });
        let entry: Arc<dyn KernelEntry> = kernel.clone();
        kernel.machine.attach(Arc::downgrade(&entry) as Weak<dyn KernelEntry>);
        Self { kernel, heard }
    }

    pub fn machine(&self) -> &LinuxMachine {
        &self.kernel.machine
    }

    /// The next thing that the kernel hears.
    pub fn next(&self) -> Heard {
        self.heard.recv_timeout(PATIENCE).expect("the guest does something")
    }

    /// The next thing that the kernel hears, if it has heard it already.
    pub fn next_if_any(&self) -> Option<Heard> {
        std::thread::yield_now();
        self.heard.try_recv().ok()
    }

    /// The arguments of the next call, which must have that number.
    pub fn next_call(&self, expected: u64) -> [u64; 8] {
        match self.next() {
            Heard::Call { number, args, .. } if number == expected => args,
            other => panic!("call {expected}, not {other:?}"),
        }
    }

    pub fn next_exception(&self) -> ExceptionReport {
        match self.next() {
            Heard::Exception { report, .. } => *report,
            other => panic!("an exception, not {other:?}"),
        }
    }

    pub fn expect_gone(&self, process: Koid) {
        match self.next() {
            Heard::Gone(gone) if gone == process => {}
            other => panic!("the end of {process}, not {other:?}"),
        }
    }

    /// The host has failed the process, which has ended of it.
    pub fn expect_failed(&self, process: Koid) -> HostFailure {
        match self.next() {
            Heard::Failed(failure) => {
                self.expect_gone(process);
                failure
            }
            other => panic!("a failure of {process}, not {other:?}"),
        }
    }

    /// The thread has stopped, as suspension `number` wanted it to.
    pub fn expect_suspended(&self, thread: Koid, number: u64) {
        match self.next() {
            Heard::Suspended { thread: stopped, number: done } => {
                assert_eq!((stopped, done), (thread, number));
            }
            other => panic!("suspension {number} of {thread}, not {other:?}"),
        }
    }

    /// Nothing more was heard.
    pub fn expect_silence(&self) {
        if let Some(heard) = self.next_if_any() {
            panic!("{heard:?}");
        }
    }

    /// The next thing is an exception or the end, or any call; how a hostile guest may go on.
    pub fn wait_until_gone(&self, process: Koid) -> Vec<Heard> {
        let mut heard = Vec::new();
        loop {
            match self.next() {
                Heard::Gone(gone) if gone == process => return heard,
                other => heard.push(other),
            }
        }
    }

    pub fn memory(&self, bytes: &[u8], size: u64) -> Arc<dyn Memory> {
        let memory = self.machine().memory(size).unwrap();
        memory.write(0, bytes).unwrap();
        memory
    }

    /// Starts a process with code, a page of data, a stack and the vDSO. Its thread's koid is the
    /// process's plus 1. Returns the data.
    pub fn start(&self, process: Koid, code: &[u8]) -> Arc<dyn Memory> {
        let code_len = (code.len() as u64).next_multiple_of(PAGE);
        let code = self.memory(code, code_len);
        let data = self.memory(&[], PAGE);
        self.start_with(
            process,
            vec![
                mapping(CODE, code_len, READ | EXECUTE, code),
                mapping(DATA, PAGE, READ | WRITE, Arc::clone(&data)),
            ],
        );
        data
    }

    /// Starts a process at CODE with these mappings, a stack and the vDSO.
    pub fn start_with(&self, process: Koid, mappings: Vec<Mapping>) {
        self.start_stopped(process, mappings, None);
    }

    /// The same, stopped before the first instruction by the suspension of this number, if there is one.
    pub fn start_stopped(&self, process: Koid, mut mappings: Vec<Mapping>, stop: Option<u64>) {
        let stack = self.memory(&[], STACK_LEN);
        mappings.push(mapping(STACK, STACK_LEN, READ | WRITE, stack));
        mappings.push(Mapping { vdso: true, ..mapping(VDSO, PAGE, READ | EXECUTE, self.vdso()) });
        self.machine().start_process(ProcessLaunch {
            process,
            thread: process + 1,
            entry: EntryState::new(CODE, STACK + STACK_LEN - 8, 0x1234, VDSO),
            stop,
            mappings,
        });
    }

    /// Starts a process at CODE with an argument, a stack, and no vDSO but one of these mappings.
    pub fn start_bare(&self, process: Koid, code: &[u8], arg1: u64, mut mappings: Vec<Mapping>) {
        mappings.push(mapping(CODE, PAGE, READ | EXECUTE, self.memory(code, PAGE)));
        mappings.push(mapping(STACK, STACK_LEN, READ | WRITE, self.memory(&[], STACK_LEN)));
        let entry = EntryState::new(CODE, STACK + STACK_LEN - 8, arg1, 0);
        let thread = process + 1;
        self.machine().start_process(ProcessLaunch {
            process,
            thread,
            entry,
            stop: None,
            mappings,
        });
    }

    /// A vDSO whose system call N is at 8 * N, and two more at [`STACKLESS_ALL`] and [`STACKLESS`].
    pub fn vdso(&self) -> Arc<dyn Memory> {
        let mut image = Vec::new();
        let mut enter = |number: u64, rest: &[u8]| {
            let flags = match number {
                call::THREAD_EXIT | call::LAST => EntryWord::ENDS_THREAD,
                call::ALL => EntryWord::ALL_REGISTERS,
                _ => 0,
            };
            image.push(0xb8);
            image.extend((number as u32 | flags).to_le_bytes());
            image.extend([0x0f, 0x05]);
            image.extend(rest);
        };
        (0..64).for_each(|number| enter(number, &[0xc3]));
        enter(call::ALL, &[0x41, 0xff, 0xe6]);
        enter(63, &[0x41, 0xff, 0xe6]);
        image.resize(PAGE as usize, 0xcc);
        self.memory(&image, PAGE)
    }
}

/// The machine waits for its threads' end unless one of them drops it.
impl Drop for World {
    fn drop(&mut self) {
        while Arc::strong_count(&self.kernel) > 1 {
            std::thread::yield_now();
        }
    }
}

/// The first word of a guest's data.
pub fn first_word(data: &Arc<dyn Memory>) -> u64 {
    let mut word = [0; 8];
    data.read(0, &mut word).unwrap();
    u64::from_le_bytes(word)
}

pub fn mapping(base: u64, len: u64, permissions: VmOptions, memory: Arc<dyn Memory>) -> Mapping {
    Mapping { base, len, permissions, memory, offset: 0, vdso: false }
}
