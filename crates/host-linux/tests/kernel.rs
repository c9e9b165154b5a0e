//! The whole of it: the real kernel, its vDSO, and a guest that calls it.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "support/program.rs"]
mod program;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use host_linux::LinuxMachine;
use kernel_sim::{
    Caller, ChannelRead, HostEvents, Kernel, KernelConfig, Name, SeededEntropy, VirtualClock,
    WaitStart,
};
use zx_abi::{
    Abi, Arch, EXCP_FATAL_PAGE_FAULT, INFO_PROCESS, PAGE_SIZE, Rights, Signals, Status, Syscall,
    TASK_RETCODE_EXCEPTION_KILL, TIME_INFINITE, VmOptions,
};

const SPECIFIC: VmOptions = VmOptions::SPECIFIC;
const READ: VmOptions = VmOptions::PERM_READ;
const WRITE: VmOptions = VmOptions::PERM_WRITE;
const EXECUTE: VmOptions = VmOptions::PERM_EXECUTE;

/// How long anything may take before a test has failed. A busy computer needs its time; what hangs
/// is found all the same.
const PATIENCE: Duration = Duration::from_secs(180);

struct Events(Mutex<Sender<(u64, Status, Signals)>>);

impl HostEvents for Events {
    fn wait_completed(&self, token: u64, status: Status, observed: Signals) {
        // A test that has seen enough no longer listens.
        let _ = self.0.lock().unwrap().send((token, status, observed));
    }

    fn running(&self, _count: usize) {}
}

struct World {
    kernel: Arc<Kernel>,
    machine: Arc<LinuxMachine>,
    waits: Receiver<(u64, Status, Signals)>,
}

/// A started process with its thread and its VMAR, and the host's end of its bootstrap channel.
struct Guest {
    process: u32,
    thread: u32,
    vmar: u32,
    channel: u32,
}

impl World {
    fn new() -> Self {
        let (sender, waits) = channel();
        let machine = Arc::new(LinuxMachine::new());
        let kernel = Kernel::new(KernelConfig {
            machine: machine.clone(),
            clock: Arc::new(VirtualClock::default()),
            entropy: Box::new(SeededEntropy::from_number(1)),
            events: Arc::new(Events(Mutex::new(sender))),
            trace: None,
            target: Arch::X86_64,
        });
        Self { kernel, machine, waits }
    }

    fn call<R>(&self, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        self.kernel.call(self.kernel.host(), f).unwrap()
    }

    /// Starts a process with code, a stack, the vDSO, and a page of data that begins with the
    /// addresses of these calls.
    fn start(&self, code: &[u8], calls: &[Syscall], abi: Abi) -> Guest {
        let image = vdso::image(abi, Arch::X86_64).unwrap();
        self.call(|caller| {
            let job = caller.root_job().unwrap();
            let (process, vmar) = caller.process_create(job, b"guest", 0).unwrap();
            let thread = caller.thread_create(process, b"initial", 0).unwrap();
            let (here, there) = caller.channel_create(0).unwrap();
            let vdso = caller.vdso(abi).unwrap();
            let data = image.code_offset;
            let base = map(caller, vmar, READ, 0x100_0000, vdso, 0, data);
            let (start, len) = (base + image.code_offset, image.code_size);
            map(caller, vmar, READ | EXECUTE, start, vdso, image.code_offset, len);
            let table: Vec<u8> = calls
                .iter()
                .flat_map(|call| (base + image.function(*call).unwrap().offset).to_le_bytes())
                .chain([0])
                .collect();
            for (bytes, permissions, at) in [
                (code, READ | EXECUTE, CODE),
                (&table[..], READ | WRITE, DATA),
                (&[0], READ | WRITE, STACK),
            ] {
                let rights = Rights::READ | Rights::WRITE | Rights::EXECUTE | Rights::MAP;
                let name = Name::truncated(b"program");
                let vmo = caller.vmo_from_bytes(bytes, name, rights.bits()).unwrap();
                map(caller, vmar, permissions, at, vmo, 0, PAGE_SIZE);
            }
            let sp = STACK + PAGE_SIZE - 8;
            caller.process_start(process, thread, CODE, sp, there, base).unwrap();
            Guest { process, thread, vmar, channel: here }
        })
    }

    /// Waits until the handle shows one of the signals.
    fn wait(&self, handle: u32, signals: Signals) {
        match self.call(|caller| caller.object_wait_one(handle, signals, TIME_INFINITE, 1)).unwrap()
        {
            WaitStart::Ready(_) => {}
            WaitStart::Pending => {
                let (_, status, observed) = self.waits.recv_timeout(PATIENCE).unwrap();
                assert_eq!(status, Status::OK);
                assert!(observed.intersects(signals));
            }
        }
    }

    fn return_code(&self, guest: &Guest) -> i64 {
        self.wait(guest.process, Signals::TASK_TERMINATED);
        let info = self.call(|caller| caller.object_get_info(guest.process, INFO_PROCESS)).unwrap();
        i64::from_le_bytes(info.bytes[..8].try_into().unwrap())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.kernel.shut_down();
        self.machine.stop().unwrap();
    }
}

fn map(
    caller: &mut Caller<'_>,
    vmar: u32,
    permissions: VmOptions,
    at: u64,
    vmo: u32,
    offset: u64,
    len: u64,
) -> u64 {
    let options = (SPECIFIC | permissions).bits();
    let root = Arch::X86_64.user_base(Abi::Newest);
    caller.vmar_map(vmar, options, at - root, vmo, offset, len).unwrap()
}

const CODE: u64 = 0x1000_0000;
const DATA: u64 = 0x2000_0000;
const STACK: u64 = 0x3000_0000;

guest_program!(
    writes_and_exits,
    "mov ebx, edi",
    "movabs rax, 0x6f6c6c6568",
    "mov [0x20000100], rax",
    // zx_channel_write(channel, 0, "hello", 5, null, 0)
    "xor esi, esi",
    "mov edx, 0x20000100",
    "mov ecx, 5",
    "xor r8d, r8d",
    "xor r9d, r9d",
    "call [0x20000000]",
    // zx_object_wait_one(channel, READABLE, infinite, null)
    "mov edi, ebx",
    "mov esi, 1",
    "movabs rdx, 0x7fffffffffffffff",
    "xor ecx, ecx",
    "call [0x20000008]",
    // zx_process_exit(42 + the statuses)
    "lea rdi, [rax + 42]",
    "call [0x20000010]",
    "ud2",
);

#[test]
fn a_guest_talks_over_its_bootstrap_channel_waits_and_exits() {
    let calls = [Syscall::ChannelWrite, Syscall::ObjectWaitOne, Syscall::ProcessExit];
    for abi in Abi::ALL {
        let world = World::new();
        let guest = world.start(writes_and_exits(), &calls, abi);
        world.wait(guest.channel, Signals::READABLE);
        let read = world.call(|caller| caller.channel_read(guest.channel, 0, 64, 0)).unwrap();
        match read {
            ChannelRead::Message { bytes, .. } => assert_eq!(bytes, b"hello"),
            other => panic!("{other:?}"),
        }
        world.call(|caller| caller.channel_write(guest.channel, 0, b"go".into(), &[])).unwrap();
        assert_eq!(world.return_code(&guest), 42, "{abi:?}");
    }
}

// Adds up the statuses of its calls, and ends otherwise once %gs does not lead to what r15 says.
guest_program!(
    calls_with_gs,
    ".macro call_checked index",
    "call [0x20000000 + 8 * \\index]",
    "or ebp, eax",
    "cmp gs:[0], r15",
    "jne 9f",
    ".endm",
    "mov ebx, edi",
    "xor ebp, ebp",
    // A base that it has set itself.
    "mov r15d, 0x5a5a",
    "mov [0x20000200], r15",
    "mov eax, 0x20000200",
    "wrgsbase rax",
    // zx_object_wait_one(channel, READABLE, infinite, null)
    "mov edi, ebx",
    "mov esi, 1",
    "movabs rdx, 0x7fffffffffffffff",
    "xor ecx, ecx",
    "call_checked 0",
    // zx_channel_read(channel, 0, null, handles, 0, 3, actual_bytes, actual_handles)
    "mov edi, ebx",
    "xor esi, esi",
    "xor edx, edx",
    "mov ecx, 0x20000300",
    "xor r8d, r8d",
    "mov r9d, 3",
    "push 0x20000318",
    "push 0x20000310",
    "call_checked 1",
    "cmp dword ptr [0x20000318], 3",
    "jne 9f",
    // zx_object_set_property(thread, PROP_REGISTER_GS, &base, 8)
    "inc r15",
    "mov [0x20000208], r15",
    "mov qword ptr [0x20000320], 0x20000208",
    "mov edi, [0x20000300]",
    "mov esi, 2",
    "mov edx, 0x20000320",
    "mov ecx, 8",
    "call_checked 2",
    // zx_handle_close(thread)
    "mov edi, [0x20000300]",
    "call_checked 3",
    // zx_event_create(0, event)
    "xor edi, edi",
    "mov esi, 0x20000330",
    "call_checked 4",
    // zx_channel_create(0, near, far)
    "xor edi, edi",
    "mov esi, 0x20000334",
    "mov edx, 0x20000338",
    "call_checked 5",
    // zx_fifo_create(8, 8, 0, near, far)
    "mov edi, 8",
    "mov esi, 8",
    "xor edx, edx",
    "mov ecx, 0x2000033c",
    "mov r8d, 0x20000340",
    "call_checked 6",
    // zx_channel_write(near, 0, bytes, 8, null, 0)
    "mov edi, [0x20000334]",
    "xor esi, esi",
    "mov edx, 0x20000200",
    "mov ecx, 8",
    "xor r8d, r8d",
    "xor r9d, r9d",
    "call_checked 7",
    // zx_vmar_map(vmar, PERM_READ | PERM_WRITE, 0, vmo, 0, 4096, address)
    "mov edi, [0x20000304]",
    "mov esi, 3",
    "xor edx, edx",
    "mov ecx, [0x20000308]",
    "xor r8d, r8d",
    "mov r9d, 4096",
    "push 0x20000348",
    "call_checked 8",
    "mov rax, [0x20000348]",
    "mov [rax], r15",
    // zx_process_exit(statuses)
    "movsxd rdi, ebp",
    "call [0x20000048]",
    "9: ud2",
    ".purgem call_checked",
);

#[test]
fn gs_stays_the_guests_in_calls_of_one_to_eight_arguments() {
    let calls = [
        Syscall::ObjectWaitOne,
        Syscall::ChannelRead,
        Syscall::ObjectSetProperty,
        Syscall::HandleClose,
        Syscall::EventCreate,
        Syscall::ChannelCreate,
        Syscall::FifoCreate,
        Syscall::ChannelWrite,
        Syscall::VmarMap,
        Syscall::ProcessExit,
    ];
    let counts = calls.map(|call| call.info().args.len());
    assert!((1..=8).all(|count| counts.contains(&count)), "{counts:?}");
    for abi in Abi::ALL {
        let world = World::new();
        let guest = world.start(calls_with_gs(), &calls, abi);
        let vmo = world.call(|caller| {
            let vmo = caller.vmo_create(PAGE_SIZE, 0).unwrap();
            let kept = caller.handle_duplicate(vmo, Rights::SAME_RIGHTS.bits()).unwrap();
            let handles = [guest.thread, guest.vmar, vmo];
            caller.channel_write(guest.channel, 0, b"".into(), &handles).unwrap();
            kept
        });
        assert_eq!(world.return_code(&guest), 0, "{abi:?}");
        // What the program has mapped is what it was given.
        let mut word = [0; 8];
        world.call(|caller| caller.vmo_read(vmo, 0, &mut word)).unwrap();
        assert_eq!(word, 0x5a5bu64.to_le_bytes());
    }
}

guest_program!(faults, "mov eax, 0x50000000", "mov [rax], rax");

#[test]
fn a_fault_ends_the_process_with_a_crash_report() {
    let world = World::new();
    let guest = world.start(faults(), &[], Abi::Newest);
    assert_eq!(world.return_code(&guest), TASK_RETCODE_EXCEPTION_KILL);
    let report = world.call(|caller| caller.process_crash_report(guest.process)).unwrap().unwrap();
    assert_eq!(report.exception.kind, EXCP_FATAL_PAGE_FAULT);
    assert_eq!(report.exception.fault_address, 0x5000_0000);
    assert_eq!(report.exception.registers.pc(), CODE + 5);
}

guest_program!(leaves, "mov edi, 7", "call [0x20000000]");

#[test]
fn a_hundred_processes_leave_nothing() {
    let world = World::new();
    for _ in 0..100 {
        let guest = world.start(leaves(), &[Syscall::ProcessExit], Abi::Newest);
        assert_eq!(world.return_code(&guest), 7);
        world.call(|caller| {
            caller.handle_close(guest.process).unwrap();
            caller.handle_close(guest.channel).unwrap();
        });
    }
    let stats = world.machine.stats();
    assert_eq!(stats.processes, 0);
}
