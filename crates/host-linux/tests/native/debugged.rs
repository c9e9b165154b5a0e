//! Threads that are kept in their exceptions, and what a debugger does to them.

use kernel_sim::{GeneralRegisters, Machine};
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    EXCP_HW_BREAKPOINT, EXCP_POLICY_ERROR, EXCP_UNDEFINED_INSTRUCTION, StateKind, Status,
    X86_64DebugRegisters, X86_64FpRegisters, X86_64Registers, X86_64VectorRegisters,
};

use crate::guest_program;
use crate::support::{CODE, DATA, EXECUTE, PAGE, READ, WRITE, World, call, first_word, mapping};

fn registers(world: &World, process: u64) -> X86_64Registers {
    match world.machine().registers(process, process + 1) {
        Ok(GeneralRegisters::X86_64(registers)) => registers,
        other => panic!("{other:?}"),
    }
}

fn set_registers(world: &World, process: u64, registers: X86_64Registers) {
    let set = world.machine().set_registers(process, process + 1, &registers.into());
    assert_eq!(set, Ok(()));
}

// Tells what it has been given in the exception.
guest_program!(
    faults_and_tells,
    "mov eax, 5",
    "ud2",
    "mov rdi, rax",
    "movq rsi, xmm3",
    "pextrq rdx, xmm3, 1",
    "fstp qword ptr [0x20000008]",
    "mov r8, [0x20000008]",
    "stmxcsr [0x20000010]",
    "mov r9d, [0x20000010]",
    "zx 2",
    "zx 4",
);

#[test]
fn a_thread_goes_on_from_its_exception_with_what_it_was_given() {
    let world = World::keeping();
    world.start(100, faults_and_tells());
    assert_eq!(world.next_exception().kind, EXCP_UNDEFINED_INSTRUCTION);
    let machine = world.machine();
    let known = registers(&world, 100);
    assert_eq!(known.rax, 5);
    set_registers(&world, 100, X86_64Registers { rip: known.rip + 2, rax: 77, ..known });

    let fp = machine.state(100, 101, StateKind::Fp).unwrap();
    let mut fp = X86_64FpRegisters::read_from_bytes(&fp).unwrap();
    assert_eq!((fp.fcw, fp.ftw), (0x37f, 0));
    // One number on the stack, 1.0 as 80 bits.
    fp.fsw = 7 << 11;
    fp.ftw = 0x80;
    fp.st[0] = [0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f, 0, 0, 0, 0, 0, 0];
    assert_eq!(machine.set_state(100, 101, StateKind::Fp, fp.as_bytes()), Ok(()));

    let vector = machine.state(100, 101, StateKind::Vector).unwrap();
    let mut vector = X86_64VectorRegisters::read_from_bytes(&vector).unwrap();
    assert_eq!((vector.mxcsr, vector.zmm[3]), (0x1f80, [0; 64]));
    vector.zmm[3][..16].copy_from_slice(&(0x1111_u128 << 64 | 0x2222).to_le_bytes());
    vector.mxcsr = 0x1fbf & 0xffbf;
    assert_eq!(machine.set_state(100, 101, StateKind::Vector, vector.as_bytes()), Ok(()));
    vector.mxcsr = 1 << 16;
    let wrong = machine.set_state(100, 101, StateKind::Vector, vector.as_bytes());
    assert_eq!(wrong, Err(Status::INVALID_ARGS));

    machine.resume_exception(100, 101);
    let [rdi, rsi, rdx, _, r8, r9, ..] = world.next_call(call::REPORT);
    assert_eq!((rdi, rsi, rdx), (77, 0x2222, 0x1111));
    assert_eq!((f64::from_bits(r8), r9), (1.0, 0x1fbf));
    world.expect_gone(100);
    for kind in [StateKind::Fp, StateKind::SingleStep] {
        assert_eq!(machine.state(100, 101, kind), Err(Status::BAD_STATE));
    }
}

// Counts at [DATA] for ever; another thread ends as it is told.
guest_program!(
    counts_beside_another,
    "lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov r8d, 900",
    "zx 6",
    "2: inc qword ptr [0x20000000]",
    "jmp 2b",
    "1: ud2",
    "mov byte ptr [0x20000100], 1",
    "jmp 1b",
);

#[test]
fn a_thread_can_be_ended_alone_wherever_it_stands() {
    for stops in [false, true] {
        let world = World::keeping();
        let data = world.start(100, counts_beside_another());
        world.next_exception();
        let machine = world.machine();
        if stops {
            let (ended, number) = (101, 1);
            machine.suspend(100, ended, number);
            world.expect_suspended(ended, number);
            machine.end_thread(100, ended);
            let before = first_word(&data);
            world.start(300, ends());
            world.expect_gone(300);
            assert_eq!(first_word(&data), before);
        } else {
            machine.end_thread(100, 900);
            let before = first_word(&data);
            while first_word(&data) == before {
                std::thread::yield_now();
            }
            assert_eq!(machine.registers(100, 900), Err(Status::BAD_STATE));
        }
        let mut flag = [0];
        data.read(0x100, &mut flag).unwrap();
        assert_eq!(flag, [0]);
        machine.kill(100);
        world.expect_gone(100);
    }
}

guest_program!(ends, "zx 4");

// Starts threads that end of an exception, more than there is room for at a time.
guest_program!(
    starts_threads,
    "mov ebx, 1000",
    "2: lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov r8, rbx",
    "zx 6",
    "mov rdi, rbx",
    "zx 3",
    "inc ebx",
    "jmp 2b",
    "1: ud2",
);

// The same, with threads that ring in the vDSO where no call is: by another number than the entry's.
guest_program!(
    starts_threads_that_ring,
    "mov ebx, 1000",
    "2: lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov r8, rbx",
    "zx 6",
    "mov rdi, rbx",
    "zx 3",
    "inc ebx",
    "jmp 2b",
    "1: mov eax, 104",
    "movabs rcx, 0x70000000002d",
    "jmp rcx",
);

#[test]
fn threads_that_were_ended_leave_their_places_to_others() {
    for program in [starts_threads(), starts_threads_that_ring()] {
        leave_their_places(program);
    }
}

fn leave_their_places(program: &[u8]) {
    let world = World::keeping();
    world.start(100, program);
    for thread in 1_000..1_300 {
        let (mut blocked, mut raised) = (false, false);
        while !(blocked && raised) {
            match world.next() {
                crate::support::Heard::Call { .. } => blocked = true,
                crate::support::Heard::Exception { .. } => raised = true,
                other => panic!("{other:?}"),
            }
        }
        world.machine().end_thread(100, thread);
        world.machine().resume(100, 101, 0);
    }
    world.machine().kill(100);
    world.wait_until_gone(100);
}

// Rings where no call is, and tells what that returns.
guest_program!(
    rings_and_tells,
    "mov eax, 104",
    "movabs rcx, 0x70000000002d",
    "call rcx",
    "mov rdi, rax",
    "zx 2",
    "zx 4",
);

#[test]
fn a_ring_that_is_no_call_returns_once_its_exception_is_handled() {
    let refused = i64::from(Status::BAD_SYSCALL.into_raw()) as u64;
    // At once, or later.
    let world = World::with_mender(|_, _, _, report| report.kind == EXCP_POLICY_ERROR);
    world.start(100, rings_and_tells());
    assert_eq!(world.next_call(call::REPORT)[0], refused);
    world.expect_gone(100);
    let world = World::keeping();
    world.start(100, rings_and_tells());
    assert_eq!(world.next_exception().kind, EXCP_POLICY_ERROR);
    world.machine().resume_exception(100, 101);
    assert_eq!(world.next_call(call::REPORT)[0], refused);
    world.expect_gone(100);
}

guest_program!(counts, "1: inc qword ptr [0x20000000]", "jmp 1b");

#[test]
fn a_thread_that_is_to_begin_stopped_stands_at_its_first_instruction() {
    let world = World::new();
    for process in (100..1_100).step_by(10) {
        let data = world.memory(&[], PAGE);
        let mappings = vec![
            mapping(CODE, PAGE, READ | EXECUTE, world.memory(counts(), PAGE)),
            mapping(DATA, PAGE, READ | WRITE, data.clone()),
        ];
        world.start_stopped(process, mappings, Some(1));
        world.expect_suspended(process + 1, 1);
        assert_eq!((registers(&world, process).rip, first_word(&data)), (CODE, 0));
        if process % 100 == 0 {
            world.machine().release(process, process + 1);
            while first_word(&data) == 0 {
                std::thread::yield_now();
            }
        }
        world.machine().kill(process);
        world.expect_gone(process);
    }
}

#[test]
fn a_mapping_is_replaced_while_threads_execute_it() {
    let world = World::new();
    let data = world.start(100, counts());
    for _ in 0..1_000 {
        let copy = world.memory(counts(), PAGE);
        world.machine().remap(100, mapping(CODE, PAGE, READ | EXECUTE, copy));
    }
    let before = first_word(&data);
    while first_word(&data) == before {
        std::thread::yield_now();
    }
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_thread_steps_instruction_by_instruction() {
    let world = World::keeping();
    world.start(100, counts());
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    let machine = world.machine();
    assert_eq!(machine.set_state(100, 101, StateKind::SingleStep, &[1, 0, 0, 0]), Ok(()));
    machine.release(100, 101);
    let mut last = 0;
    for _ in 0..50 {
        assert_eq!(world.next_exception().kind, EXCP_HW_BREAKPOINT);
        let rip = registers(&world, 100).rip;
        assert_ne!(rip, last);
        last = rip;
        machine.resume_exception(100, 101);
    }
    machine.kill(100);
    world.wait_until_gone(100);
}

// Writes to [DATA + 64] once a round.
guest_program!(writes, "1: inc rcx", "mov [0x20000040], rcx", "nop", "jmp 1b");

#[test]
fn debug_registers_watch_data_and_code_where_linux_lends_them() {
    let world = World::keeping();
    world.start(100, writes());
    let machine = world.machine();
    machine.suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    let read = || {
        let state = machine.state(100, 101, StateKind::Debug).unwrap();
        X86_64DebugRegisters::read_from_bytes(&state).unwrap()
    };
    let write = |wanted: X86_64DebugRegisters| {
        machine.set_state(100, 101, StateKind::Debug, wanted.as_bytes())
    };
    assert_eq!(read(), X86_64DebugRegisters::default());
    for address in [8, 0x1_ffff, 1 << 47, u64::MAX] {
        let wanted = X86_64DebugRegisters { dr: [0, address, 0, 0], ..Default::default() };
        assert_eq!(write(wanted), Err(Status::INVALID_ARGS), "{address:#x}");
    }
    // Eight bytes that are written, by dr1.
    let dr7 = 1 << 2 | 1 << 20 | 2 << 22;
    let watch = X86_64DebugRegisters { dr: [0, DATA + 64, 0, 0], dr7, dr6: 0 };
    match write(watch) {
        Ok(()) => {}
        Err(Status::NOT_SUPPORTED) => {
            eprintln!("SKIPPED: Linux lends no debug registers here");
            assert_eq!(read(), X86_64DebugRegisters::default());
            machine.kill(100);
            return world.expect_gone(100);
        }
        Err(status) => panic!("{status}"),
    }
    assert_eq!(read(), X86_64DebugRegisters { dr7: dr7 | 0x700, ..watch });
    machine.release(100, 101);
    for _ in 0..3 {
        let report = world.next_exception();
        assert_eq!((report.kind, report.vector), (EXCP_HW_BREAKPOINT, 1));
        // Behind the write: at the nop.
        assert_eq!(registers(&world, 100).rip, CODE + 11);
        assert_eq!(read().dr6, 0xffff_0ff2);
        machine.resume_exception(100, 101);
    }
    world.next_exception();
    // The nop itself, by dr3.
    let dr = [0, 0, 0, CODE + 11];
    assert_eq!(write(X86_64DebugRegisters { dr, dr7: 1 << 6, dr6: 0 }), Ok(()));
    for _ in 0..3 {
        machine.resume_exception(100, 101);
        world.next_exception();
        assert_eq!((registers(&world, 100).rip, read().dr6), (CODE + 11, 0xffff_0ff8));
    }
    machine.kill(100);
    world.wait_until_gone(100);
}
