//! The registers of threads that are stopped.

use kernel_sim::{GeneralRegisters, Machine, SyscallOutcome};
use zx_abi::{Arch, EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_ERROR, Status, X86_64Registers};

use crate::guest_program;
use crate::support::{CODE, Heard, VDSO, World, call, first_word};

/// A program that marks its registers, all but rax, and goes on so.
macro_rules! marks {
    ($name:ident, $($line:literal),+ $(,)?) => {
        guest_program!(
            $name,
            "mov ebx, 0xb",
            "mov ebp, 0xbb",
            "mov esp, 0x30001000",
            "mov r8d, 8",
            "mov r9d, 9",
            "mov r10d, 10",
            "mov r11d, 11",
            "mov r12d, 12",
            "mov r13d, 13",
            "mov r14d, 14",
            "mov r15d, 15",
            "wrfsbase r15",
            "wrgsbase r14",
            "mov ecx, 0xc",
            "mov edx, 0xd",
            "mov esi, 0x51",
            "mov edi, 0xd1",
            $($line),+
        );
    };
}

const MARKS: X86_64Registers = X86_64Registers {
    rax: 0,
    rbx: 0xb,
    rcx: 0xc,
    rdx: 0xd,
    rsi: 0x51,
    rdi: 0xd1,
    rbp: 0xbb,
    rsp: 0x3000_1000,
    r8: 8,
    r9: 9,
    r10: 10,
    r11: 11,
    r12: 12,
    r13: 13,
    r14: 14,
    r15: 15,
    rip: 0,
    rflags: 0,
    fs_base: 15,
    gs_base: 14,
};

marks!(
    marks_and_spins,
    "mov eax, 0xa",
    "mov byte ptr [0x20000000], 1",
    "2: jmp 2b",
    // Where a test sends it: it tells what it finds.
    "rdfsbase rsi",
    "rdgsbase r8",
    "mov rdx, rsp",
    "mov r10, rbx",
    "mov rsp, r9",
    "zx 2",
    "zx 4",
);

fn suspended(world: &World) -> X86_64Registers {
    let data = world.start(100, marks_and_spins());
    // From then on it is in its loop.
    while first_word(&data) == 0 {
        std::thread::yield_now();
    }
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    registers(world)
}

fn registers(world: &World) -> X86_64Registers {
    match world.machine().registers(100, 101) {
        Ok(GeneralRegisters::X86_64(registers)) => registers,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stopped_thread_shows_its_registers() {
    let world = World::new();
    let registers = suspended(&world);
    let X86_64Registers { rip, rflags, .. } = registers;
    let expected = X86_64Registers { rax: 0xa, rip, rflags, ..MARKS };
    assert_eq!(registers, expected);
    world.machine().kill(100);
    world.expect_gone(100);
    assert_eq!(world.machine().registers(100, 101), Err(Status::BAD_STATE));
}

#[test]
fn a_stopped_thread_goes_on_with_the_registers_it_is_given() {
    let world = World::new();
    let registers = suspended(&world);
    let machine = world.machine();
    let set = |registers: X86_64Registers| machine.set_registers(100, 101, &registers.into());
    let (top, kernel) = (1 << 47, 0xffff_ff80_0000_0000);
    for wrong in [
        X86_64Registers { rip: top, ..registers },
        X86_64Registers { rip: kernel, ..registers },
        X86_64Registers { fs_base: top, ..registers },
        X86_64Registers { gs_base: kernel ^ (1 << 63), ..registers },
    ] {
        assert_eq!(set(wrong), Err(Status::INVALID_ARGS));
    }
    let foreign = GeneralRegisters::zero(Arch::Aarch64);
    assert_eq!(machine.set_registers(100, 101, &foreign), Err(Status::INVALID_ARGS));
    let wanted = X86_64Registers {
        rip: registers.rip + 2,
        rbx: u64::MAX,
        rsp: 0x1111,
        r9: 0x3000_2000,
        rdi: 77,
        fs_base: 0x1234_5678,
        gs_base: 0x8765_4321,
        ..registers
    };
    assert_eq!(set(wanted), Ok(()));
    assert_eq!(machine.registers(100, 101), Ok(wanted.into()));
    machine.release(100, 101);
    let [rdi, fs_base, rsp, rbx, gs_base, ..] = world.next_call(call::REPORT);
    assert_eq!((rdi, fs_base, rsp, rbx), (77, 0x1234_5678, 0x1111, u64::MAX));
    assert_eq!(gs_base, 0x8765_4321);
    world.expect_gone(100);
}

marks!(marks_and_rings, "mov eax, 104", "syscall");

#[test]
fn a_ring_from_elsewhere_is_a_bad_syscall_with_its_registers() {
    let world = World::new();
    world.start(100, marks_and_rings());
    let report = world.next_exception();
    assert_eq!((report.kind, report.synth_code), (EXCP_POLICY_ERROR, EXCP_POLICY_CODE_BAD_SYSCALL));
    assert_eq!(report.synth_data, 104);
    let GeneralRegisters::X86_64(registers) = report.registers else { panic!() };
    let (rip, rflags) = (CODE + marks_and_rings().len() as u64, registers.rflags);
    // A system call changes two.
    let expected = X86_64Registers { rax: 104, rcx: rip, r11: rflags, rip, rflags, ..MARKS };
    assert_eq!(registers, expected);
    world.expect_gone(100);
}

#[test]
fn a_thread_sent_to_an_entry_of_the_vdso_makes_its_call() {
    for number in [call::REPORT, call::ALL] {
        let world = World::with_script(|kernel, process, thread, number, args| {
            kernel.tell(Heard::Call { process, thread, number, args });
            SyscallOutcome::Return(0)
        });
        let registers = suspended(&world);
        // The `syscall`, which finds its number in rax.
        let rip = VDSO + 8 * number + 5;
        let wanted = X86_64Registers { rip, rax: number, rdi: 77, ..registers };
        assert_eq!(world.machine().set_registers(100, 101, &wanted.into()), Ok(()));
        assert_eq!(world.machine().registers(100, 101), Ok(wanted.into()));
        world.machine().release(100, 101);
        assert_eq!(world.next_call(number)[0], 77);
        world.machine().kill(100);
        world.wait_until_gone(100);
    }
}

guest_program!(blocks_with_marks, "mov ebx, 0xb", "mov edi, 1", "mov esi, 2", "zx 3", "zx 4");

#[test]
fn where_a_call_is_made_is_known_while_it_is_served() {
    for number in [call::OWN, call::ALL] {
        let world = World::with_script(|kernel, process, thread, number, _| {
            let known = kernel.machine.call_registers(process, thread);
            let Some(GeneralRegisters::X86_64(X86_64Registers { rip, rdi, .. })) = known else {
                panic!("{known:?}")
            };
            let args = [rip, rdi, 0, 0, 0, 0, 0, 0];
            kernel.tell(Heard::Call { process, thread, number, args });
            SyscallOutcome::Return(0)
        });
        let program = if number == call::ALL { calls_with_all() } else { calls_with_some() };
        world.start(100, program);
        let [rip, rdi, ..] = world.next_call(number);
        assert_eq!((rip, rdi), (VDSO + 8 * number + 7, 77));
        world.machine().kill(100);
        world.wait_until_gone(100);
    }
    let world = World::new();
    assert_eq!(world.machine().call_registers(100, 101), None);
}

guest_program!(calls_with_some, "mov edi, 77", "zx 16", "zx 4");
guest_program!(calls_with_all, "mov edi, 77", "zx 62", "zx 4");

#[test]
fn in_a_call_the_registers_are_those_around_it() {
    let world = World::new();
    world.start(100, blocks_with_marks());
    world.next_call(call::BLOCK);
    assert_eq!(world.machine().registers(100, 101), Err(Status::BAD_STATE));
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    let registers = registers(&world);
    // Behind `mov eax, 3; syscall` of the vDSO, to make it again.
    let retry = i64::from(Status::INTERNAL_INTR_RETRY.into_raw()) as u64;
    assert_eq!((registers.rip, registers.rax), (VDSO + 8 * call::BLOCK + 7, retry));
    assert_eq!((registers.rbx, registers.rdi, registers.rsi), (0xb, 1, 2));
    world.machine().release(100, 101);
    world.machine().resume(100, 101, 0);
    world.expect_gone(100);
}

marks!(
    tells_its_flags,
    "mov byte ptr [0x20000000], 1",
    "2: jmp 2b",
    "mov rsp, r9",
    "pushfq",
    "pop rdi",
    "zx 2",
    "zx 4",
);

#[test]
fn all_flags_of_programs_are_what_they_are_set_to() {
    // Arithmetic, direction, alignment; nested task and identification.
    for flags in [0x8d5, 0x400, 1 << 18, 1 << 14, 1 << 21, 0x24_4cd5] {
        let world = World::new();
        let data = world.start(100, tells_its_flags());
        while first_word(&data) == 0 {
            std::thread::yield_now();
        }
        world.machine().suspend(100, 101, 1);
        world.expect_suspended(101, 1);
        let known = registers(&world);
        let rip = known.rip + 2;
        // Those of the system are not the program's: interrupts, and the level of input and output.
        let wanted = X86_64Registers { rip, r9: 0x3000_2000, rflags: flags | 0x3000, ..known };
        world.machine().set_registers(100, 101, &wanted.into()).unwrap();
        world.machine().release(100, 101);
        assert_eq!(world.next_call(call::REPORT)[0], flags | 0x202, "{flags:#x}");
        world.expect_gone(100);
    }
}
