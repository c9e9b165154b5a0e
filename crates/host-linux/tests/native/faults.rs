//! Page faults that are mended: the thread goes on as if nothing had been.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel_sim::{ExceptionReport, GeneralRegisters, Koid, Machine};
use zx_abi::{EXCP_FATAL_PAGE_FAULT, VmOptions};

use crate::guest_program;
use crate::support::{CODE, EXECUTE, Kernel, PAGE, READ, WRITE, World, call, mapping};

/// Where programs fault.
const LAZY: u64 = 0x5000_0000;

/// Shows the page that was accessed, as the kernel does.
fn show(kernel: &Kernel, process: Koid, report: &ExceptionReport) -> bool {
    let page = report.fault_address - report.fault_address % PAGE;
    let ours = report.kind == EXCP_FATAL_PAGE_FAULT && (LAZY..LAZY + 64 * PAGE).contains(&page);
    if ours {
        kernel.machine.protect(process, page, PAGE, READ | WRITE);
    }
    ours
}

/// Starts a program with 64 pages that nobody may access.
fn start(world: &World, process: Koid, code: &[u8]) {
    let code_memory = world.memory(code, PAGE);
    let lazy = world.memory(&[], 64 * PAGE);
    let mappings = vec![
        mapping(CODE, PAGE, READ | EXECUTE, code_memory),
        mapping(LAZY, 64 * PAGE, VmOptions::empty(), lazy),
    ];
    world.start_with(process, mappings);
}

// All that a thread has is as before: registers, flags, the floating-point unit, the stack.
guest_program!(
    writes_and_reads,
    "mov ebx, 0x50000ff8",
    "mov r15d, 77",
    "movq xmm3, r15",
    "push r15",
    "stc",
    "mov [rbx], r15",
    "sbb r14, r14",
    "mov rdi, [rbx]",
    "movq rsi, xmm3",
    "pop rdx",
    "mov r10, r14",
    "zx 2",
    "zx 4",
);

#[test]
fn a_thread_makes_its_instruction_again_with_all_that_it_had() {
    let world = World::with_mender(|kernel, process, _, report| show(kernel, process, report));
    start(&world, 100, writes_and_reads());
    assert_eq!(world.next_call(call::REPORT)[..4], [77, 77, 77, u64::MAX]);
    world.expect_gone(100);
}

guest_program!(
    touches_all,
    "mov ebx, 0x50000000",
    "mov r15d, 64",
    "xor edi, edi",
    "1: inc qword ptr [rbx]",
    "add rdi, [rbx]",
    "add rbx, 4096",
    "dec r15d",
    "jnz 1b",
    "zx 2",
    "zx 4",
);

#[test]
fn a_thread_may_fault_again_and_again() {
    let count = Arc::new(AtomicUsize::new(0));
    let world = World::with_mender({
        let count = Arc::clone(&count);
        move |kernel, process, _, report| {
            count.fetch_add(1, Ordering::SeqCst);
            show(kernel, process, report)
        }
    });
    start(&world, 100, touches_all());
    assert_eq!(world.next_call(call::REPORT)[0], 64);
    assert_eq!(count.load(Ordering::SeqCst), 64);
    world.expect_gone(100);
}

guest_program!(
    touches_in_threads,
    "mov eax, 6",
    "lea rdi, [rip + 2f]",
    "mov esi, 0x3000f000",
    "xor edx, edx",
    "xor r10d, r10d",
    "mov r8d, 102",
    "zx 6",
    "2: mov ebx, 0x50000000",
    "mov r15d, 64",
    "1: lock inc qword ptr [rbx]",
    "add rbx, 4096",
    "dec r15d",
    "jnz 1b",
    "zx 2",
    "zx 3",
);

#[test]
fn threads_may_fault_at_the_same_places_at_the_same_time() {
    let world = World::with_mender(|kernel, process, _, report| show(kernel, process, report));
    start(&world, 100, touches_in_threads());
    let (mut reports, mut blocked) = (0, 0);
    while blocked < 2 {
        match world.next() {
            crate::support::Heard::Call { number: call::REPORT, .. } => reports += 1,
            crate::support::Heard::Call { number: call::BLOCK, .. } => blocked += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(reports, 2);
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_thread_that_is_suspended_while_it_faults_stops_at_its_instruction() {
    let world = World::with_mender(|kernel, process, thread, report| {
        kernel.machine.suspend(process, thread, 7);
        show(kernel, process, report)
    });
    start(&world, 100, writes_and_reads());
    world.expect_suspended(101, 7);
    let Ok(GeneralRegisters::X86_64(registers)) = world.machine().registers(100, 101) else {
        panic!("it is suspended")
    };
    assert_eq!((registers.rbx, registers.r15), (LAZY + 0xff8, 77));
    assert!((CODE..CODE + PAGE).contains(&registers.rip));
    world.machine().release(100, 101);
    assert_eq!(world.next_call(call::REPORT)[0], 77);
    world.expect_gone(100);
}

#[test]
fn a_process_may_be_killed_while_it_faults() {
    let world = World::with_mender(|kernel, process, _, report| {
        kernel.machine.kill(process);
        show(kernel, process, report)
    });
    start(&world, 100, writes_and_reads());
    assert!(world.wait_until_gone(100).is_empty());
    assert_eq!(world.machine().stats().processes, 0);
}
