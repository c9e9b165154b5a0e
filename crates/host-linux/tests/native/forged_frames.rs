//! A hostile guest may return from signals that never were: what it gets thereby.

use kernel_sim::Machine;
use zx_abi::{EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_ERROR};

use crate::confinement::is_old_write_refused;
use crate::guest_program;
use crate::support::{CODE, DATA, EXECUTE, Heard, PAGE, READ, STACK, WRITE, World, call, mapping};

/// Words of `struct ucontext`.
const SIGNAL_STACK: usize = 2;
const SIGNAL_STACK_SIZE: usize = 4;
const RSP: usize = 20;
const RIP: usize = 21;
const SELECTORS: usize = 23;
const MASK: usize = 37;

/// cs and ss of 64-bit programs, and of 32-bit ones.
const USER_SELECTORS: u64 = 0x2b << 48 | 0x33;
const COMPATIBILITY_SELECTORS: u64 = 0x2b << 48 | 0x23;

/// Starts a program that looks for `mov eax, 15; syscall` in our page and jumps there, with rsp at a
/// `struct ucontext` of the test's choice, whose rip becomes that of label 3.
macro_rules! forger {
    ($name:ident, $($line:literal),+) => {
        guest_program!(
            $name,
            "mov ebx, 0x10000",
            "1: cmp dword ptr [rbx], 0x0fb8",
            "je 2f",
            "inc ebx",
            "jmp 1b",
            "2: lea rax, [rip + 3f]",
            "mov [0x200000a8], rax",
            "mov esp, 0x20000000",
            "jmp rbx",
            $($line),+
        );
    };
}

fn start(world: &World, code: &[u8], words: &[(usize, u64)]) {
    let mut context = [0u64; 64];
    context[RSP] = STACK + 0x1000;
    context[SELECTORS] = USER_SELECTORS;
    for (index, word) in words {
        context[*index] = *word;
    }
    assert_eq!(DATA + 8 * RIP as u64, 0x2000_00a8);
    let context: Vec<u8> = context.iter().flat_map(|word| word.to_le_bytes()).collect();
    let data = world.memory(&context, PAGE);
    let code = world.memory(code, PAGE);
    world.start_with(
        100,
        vec![mapping(CODE, PAGE, READ | EXECUTE, code), mapping(DATA, PAGE, READ | WRITE, data)],
    );
}

forger!(calls_and_writes, "3: zx 2", "mov eax, 1", "mov edi, 1", "syscall");

#[test]
fn a_forged_frame_changes_registers_and_no_permission() {
    let world = World::new();
    start(&world, calls_and_writes(), &[]);
    world.next_call(call::REPORT);
    let report = world.next_exception();
    let found = (report.kind, report.synth_code, report.synth_data);
    assert_eq!(found, (EXCP_POLICY_ERROR, EXCP_POLICY_CODE_BAD_SYSCALL, 1));
    world.expect_gone(100);
}

#[test]
fn with_every_signal_blocked_a_system_call_of_the_host_ends_the_process() {
    let world = World::new();
    start(&world, calls_and_writes(), &[(MASK, u64::MAX)]);
    world.next_call(call::REPORT);
    // Linux has no handler to tell.
    assert_eq!(world.expect_failed(100).step, "guest process");
}

forger!(
    writes_in_compatibility_mode,
    "3: .code32",
    "mov eax, 4",
    "mov ebx, 1",
    "int 0x80",
    ".code64"
);

#[test]
fn a_frame_of_32_bit_code_leads_to_no_other_door() {
    let world = World::new();
    start(&world, writes_in_compatibility_mode(), &[(SELECTORS, COMPATIBILITY_SELECTORS)]);
    let report = world.next_exception();
    assert!(is_old_write_refused(&report), "{report:x?}");
    world.expect_gone(100);
}

forger!(calls_and_spins, "3: zx 2", "4: jmp 4b");

#[test]
fn a_signal_stack_of_its_own_choice_ends_a_process_at_its_next_signal() {
    let world = World::new();
    for program in [calls_and_writes(), calls_and_spins()] {
        let stack = [(SIGNAL_STACK, STACK + 0x8000), (SIGNAL_STACK_SIZE, 0x4000)];
        start(&world, program, &stack);
        world.next_call(call::REPORT);
        // The frame is not where the host looks.
        world.machine().suspend(100, 101, 1);
        world.expect_gone(100);
        world.expect_silence();
    }
}

#[test]
fn a_thread_that_blocks_the_signal_to_stop_is_killed_in_the_end() {
    let world = World::new();
    start(&world, calls_and_spins(), &[(MASK, u64::MAX)]);
    world.next_call(call::REPORT);
    world.machine().suspend(100, 101, 1);
    // The signal goes out as soon as the call has been served.
    let heard = loop {
        world.machine().look();
        if let Some(heard) = world.next_if_any() {
            break heard;
        }
    };
    assert!(matches!(heard, Heard::Failed(ref it) if it.step == "suspension"), "{heard:?}");
    world.expect_gone(100);
}

guest_program!(blocks_and_reports, "zx 3", "zx 2", "zx 4");

#[test]
fn a_thread_that_waits_is_never_late() {
    let world = World::new();
    start(&world, blocks_and_reports(), &[]);
    world.next_call(call::BLOCK);
    (0..10).for_each(|_| world.machine().look());
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    (0..10).for_each(|_| world.machine().look());
    world.machine().release(100, 101);
    world.machine().resume(100, 101, 0);
    world.next_call(call::REPORT);
    world.expect_gone(100);
}
