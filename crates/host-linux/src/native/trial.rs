//! A launch as any other, to see whether one works here.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use kernel_sim::{
    EntryState, ExceptionOutcome, ExceptionReport, HostFailure, KernelEntry, Koid, Machine,
    Mapping, ProcessLaunch, SyscallOutcome,
};
use zx_abi::{PAGE_SIZE, VmOptions};

use crate::host_error::{HostError, Step};
use crate::native::machine::LinuxMachine;

/// How long a launch may take, on a computer that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

const PROCESS: Koid = 1;
const THREAD: Koid = 2;
const CODE: u64 = 0x1000_0000;
const STACK: u64 = 0x2000_0000;
const VDSO: u64 = 0x3000_0000;

/// `jmp rsi`, which is the second argument: the vDSO's address.
const PROGRAM: &[u8] = &[0xff, 0xe6];
/// `mov eax, 7; syscall`, as every entry of a vDSO.
const IMAGE: &[u8] = &[0xb8, CALL as u8, 0, 0, 0, 0x0f, 0x05];
const CALL: u64 = 7;

/// A kernel that ends its process at the first call.
struct Trial {
    machine: Arc<LinuxMachine>,
    heard: Sender<Heard>,
}

enum Heard {
    Called,
    Failed(HostFailure),
    Gone,
}

/// Starts a process, up to its first call, and ends it.
///
/// # Errors
/// What the host refuses.
pub fn launch(machine: LinuxMachine) -> Result<(), HostFailure> {
    let (sender, heard) = channel();
    let machine = Arc::new(machine);
    let trial = Arc::new(Trial { machine: Arc::clone(&machine), heard: sender });
    let entry: Arc<dyn KernelEntry> = trial;
    machine.attach(Arc::downgrade(&entry) as Weak<dyn KernelEntry>);
    machine.start()?;
    let read_execute = VmOptions::PERM_READ | VmOptions::PERM_EXECUTE;
    let read_write = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    // Behind its calls an image has room for what calls become.
    let mut image = [0xcc; PAGE_SIZE as usize];
    image[..IMAGE.len()].copy_from_slice(IMAGE);
    let pages = [
        (CODE, read_execute, PROGRAM, false),
        (STACK, read_write, &[], false),
        (VDSO, read_execute, &image, true),
    ];
    let mappings = pages.map(|(base, permissions, bytes, vdso)| {
        let memory = machine.memory(PAGE_SIZE)?;
        memory.write(0, bytes)?;
        Ok(Mapping { base, len: PAGE_SIZE, permissions, memory, offset: 0, vdso })
    });
    let mappings = mappings.into_iter().collect::<zx_abi::Result<_>>();
    machine.start_process(ProcessLaunch {
        process: PROCESS,
        thread: THREAD,
        entry: EntryState::new(CODE, STACK + PAGE_SIZE, 0, VDSO),
        stop: None,
        mappings: mappings.map_err(|_| HostError::Lacking { step: Step::Memory })?,
    });
    let result = listen(&heard);
    let stopped = machine.stop();
    result?;
    Ok(stopped?)
}

fn listen(heard: &Receiver<Heard>) -> Result<(), HostFailure> {
    let mut called = false;
    loop {
        match heard.recv_timeout(PATIENCE) {
            Ok(Heard::Called) => called = true,
            Ok(Heard::Failed(failure)) => return Err(failure),
            Ok(Heard::Gone) if called => return Ok(()),
            Ok(Heard::Gone) => return Err(HostError::Ended { step: Step::GuestProcess }.into()),
            Err(_) => return Err(HostError::TimedOut { step: Step::GuestProcess }.into()),
        }
    }
}

impl Trial {
    fn tell(&self, heard: Heard) {
        // Who has given up does not listen.
        let _ = self.heard.send(heard);
    }
}

impl KernelEntry for Trial {
    fn syscall(&self, process: Koid, _: Koid, number: u64, _: [u64; 8]) -> SyscallOutcome {
        if number == CALL {
            self.tell(Heard::Called);
        }
        self.machine.kill(process);
        SyscallOutcome::Exited
    }

    fn exception(&self, process: Koid, _: Koid, _: ExceptionReport) -> ExceptionOutcome {
        self.machine.kill(process);
        ExceptionOutcome::Stopped
    }

    fn suspended(&self, _: Koid, _: Koid, _: u64) {}

    fn process_failed(&self, _: Koid, failure: HostFailure) {
        self.tell(Heard::Failed(failure));
    }

    fn process_gone(&self, _: Koid) {
        self.tell(Heard::Gone);
    }

    fn expire_deadlines(&self) {}
}
