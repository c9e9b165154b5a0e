//! Threads that are stopped in their program, and go on.

use std::sync::Arc;

use kernel_sim::{Machine, Memory};

use crate::guest_program;
use crate::support::{Heard, World, call, first_word};

// Counts at [DATA] for ever.
guest_program!(counts, "1: inc qword ptr [0x20000000]", "jmp 1b");

/// Waits until a count moves on.
fn expect_progress(data: &Arc<dyn Memory>) {
    let before = first_word(data);
    while first_word(data) == before {
        std::thread::yield_now();
    }
}

guest_program!(calls, "zx 2", "zx 4");

/// The count stays, although another guest comes, makes calls, and goes.
fn expect_standstill(world: &World, data: &Arc<dyn Memory>) {
    let before = first_word(data);
    world.start(900, calls());
    world.next_call(call::REPORT);
    world.expect_gone(900);
    assert_eq!(first_word(data), before);
}

#[test]
fn a_thread_that_makes_no_call_is_stopped_and_goes_on() {
    let world = World::new();
    let data = world.start(100, counts());
    expect_progress(&data);
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    expect_standstill(&world, &data);
    world.machine().release(100, 101);
    expect_progress(&data);
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_thread_can_be_stopped_before_it_has_begun() {
    let world = World::new();
    let data = world.start(100, counts());
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    expect_standstill(&world, &data);
    world.machine().release(100, 101);
    expect_progress(&data);
    world.machine().kill(100);
    world.expect_gone(100);
}

#[test]
fn a_thread_released_before_it_has_stopped_just_goes_on() {
    let world = World::new();
    let data = world.start(100, counts());
    for number in 0..1_000 {
        world.machine().suspend(100, 101, number);
        world.machine().release(100, 101);
    }
    expect_progress(&data);
    world.machine().suspend(100, 101, 1_000);
    // Earlier ones may have been done in time.
    while !matches!(world.next(), Heard::Suspended { number: 1_000, .. }) {}
    expect_standstill(&world, &data);
    world.machine().kill(100);
    world.expect_gone(100);
}

// Counts at [DATA], and ends in an exception once any register is not what it was.
guest_program!(
    counts_and_checks,
    "mov ebx, 0x01010101",
    "mov ecx, 0x02020202",
    "mov edx, 0x03030303",
    "mov esi, 0x04040404",
    "mov edi, 0x05050505",
    "mov ebp, 0x06060606",
    "mov esp, 0x07070707",
    "mov r8d, 0x08080808",
    "mov r9d, 0x09090909",
    "mov r10d, 0x10101010",
    "mov r11d, 0x11111111",
    "mov r12d, 0x12121212",
    "mov r13d, 0x13131313",
    "mov r14d, 0x14141414",
    "mov r15d, 0x15151515",
    "wrfsbase r15",
    ".irp register, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
    "lea rax, [rbx + \\register]",
    "movq xmm\\register, rax",
    "pshufd xmm\\register, xmm\\register, 0x44",
    ".endr",
    // Another rounding mode for both units.
    "mov dword ptr [0x20000100], 0x3f80",
    "ldmxcsr [0x20000100]",
    "mov dword ptr [0x20000100], 0x0f7f",
    "fldcw [0x20000100]",
    "fld1",
    "1: inc qword ptr [0x20000000]",
    ".macro check register, value",
    "cmp \\register, \\value",
    "jne 9f",
    ".endm",
    "check rbx, 0x01010101",
    "check rcx, 0x02020202",
    "check rdx, 0x03030303",
    "check rsi, 0x04040404",
    "check rdi, 0x05050505",
    "check rbp, 0x06060606",
    "check rsp, 0x07070707",
    "check r8, 0x08080808",
    "check r9, 0x09090909",
    "check r10, 0x10101010",
    "check r11, 0x11111111",
    "check r12, 0x12121212",
    "check r13, 0x13131313",
    "check r14, 0x14141414",
    "check r15, 0x15151515",
    "rdfsbase rax",
    "check rax, 0x15151515",
    // Both halves of each vector register.
    ".irp register, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
    "movq rax, xmm\\register",
    "check rax, 0x01010101+\\register",
    "pshufd xmm\\register, xmm\\register, 0x4e",
    ".endr",
    "stmxcsr [0x20000100]",
    "mov eax, [0x20000100]",
    "check eax, 0x3f80",
    "fnstcw [0x20000100]",
    "mov eax, [0x20000100]",
    "check ax, 0x0f7f",
    "fst dword ptr [0x20000100]",
    "mov eax, [0x20000100]",
    "check eax, 0x3f800000",
    ".purgem check",
    "jmp 1b",
    "9: ud2",
);

// The same for the flags: inc leaves the carry alone, and nothing here sets it again.
guest_program!(
    counts_and_keeps_the_carry,
    "stc",
    "1: inc qword ptr [0x20000000]",
    "jnc 9f",
    "jz 9f",
    "jmp 1b",
    "9: ud2",
);

#[test]
fn a_thread_stopped_a_thousand_times_finds_every_register_as_it_was() {
    for program in [counts_and_checks(), counts_and_keeps_the_carry()] {
        let world = World::new();
        let data = world.start(100, program);
        for number in 1..=1_000 {
            // In the others it may be stopped again before it has got a processor.
            if number % 4 == 0 {
                expect_progress(&data);
            }
            world.machine().suspend(100, 101, number);
            world.expect_suspended(101, number);
            let stopped = first_word(&data);
            world.machine().release(100, 101);
            assert!(first_word(&data) >= stopped);
        }
        expect_progress(&data);
        world.machine().kill(100);
        world.expect_gone(100);
    }
}

// A second thread counts, the first one blocks.
guest_program!(
    blocks_while_another_counts,
    "lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov r8d, 900",
    "zx 6",
    "zx 3",
    "zx 2",
    "zx 4",
    "1: inc qword ptr [0x20000000]",
    "jmp 1b",
);

#[test]
fn one_thread_stands_still_while_another_makes_calls_and_exits() {
    let world = World::new();
    let data = world.start(100, blocks_while_another_counts());
    world.next_call(call::BLOCK);
    expect_progress(&data);
    world.machine().suspend(100, 900, 1);
    world.expect_suspended(900, 1);
    let stopped = first_word(&data);
    world.machine().resume(100, 101, 0);
    world.next_call(call::REPORT);
    assert_eq!(first_word(&data), stopped);
    world.expect_gone(100);
    assert_eq!(first_word(&data), stopped);
}

// Faults at once, again and again in new processes.
guest_program!(faults, "zx 2", "ud2");

#[test]
fn a_thread_that_faults_on_its_way_to_be_stopped_ends_its_process() {
    let world = World::new();
    for process in (100..600).step_by(10) {
        world.start(process, faults());
        world.next_call(call::REPORT);
        world.machine().suspend(process, process + 1, 1);
        let first = world.next();
        if let Heard::Suspended { .. } = first {
            world.machine().release(process, process + 1);
            world.next_exception();
        } else {
            assert!(matches!(first, Heard::Exception { .. }), "{first:?}");
        }
        world.expect_gone(process);
    }
    world.expect_silence();
}

#[test]
fn a_stopped_process_can_be_killed() {
    let world = World::new();
    for process in (100..300).step_by(10) {
        world.start(process, counts());
        world.machine().suspend(process, process + 1, 1);
        if process % 20 == 0 {
            world.expect_suspended(process + 1, 1);
        }
        world.machine().kill(process);
        let heard = world.wait_until_gone(process);
        assert!(heard.iter().all(|heard| matches!(heard, Heard::Suspended { .. })), "{heard:?}");
        world.machine().release(process, process + 1);
    }
    world.expect_silence();
}
