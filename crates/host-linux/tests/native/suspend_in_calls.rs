//! Threads that are stopped in their calls: none is made twice, no result is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kernel_sim::{EntryState, GeneralRegisters, Machine, SyscallOutcome};
use zx_abi::{Arch, Status, X86_64Registers};

use crate::guest_program;
use crate::support::{Heard, World, call};

guest_program!(blocks_and_reports, "zx 3", "mov rdi, rax", "zx 2", "zx 4");
guest_program!(reports, "zx 2", "zx 4");

/// Another guest comes, makes calls, and goes.
fn let_another_run(world: &World) {
    world.start(900, reports());
    world.next_call(call::REPORT);
    world.expect_gone(900);
}

#[test]
fn a_blocked_thread_does_not_return_while_it_is_stopped() {
    let world = World::new();
    world.start(100, blocks_and_reports());
    world.next_call(call::BLOCK);
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    world.machine().resume(100, 101, 42);
    let_another_run(&world);
    world.expect_silence();
    world.machine().release(100, 101);
    assert_eq!(world.next_call(call::REPORT)[0], 42);
    world.expect_gone(100);
}

#[test]
fn a_blocked_thread_stays_blocked_when_it_is_released() {
    let world = World::new();
    world.start(100, blocks_and_reports());
    world.next_call(call::BLOCK);
    for number in 1..=100 {
        world.machine().suspend(100, 101, number);
        world.expect_suspended(101, number);
        world.machine().release(100, 101);
    }
    let_another_run(&world);
    world.expect_silence();
    world.machine().resume(100, 101, 42);
    assert_eq!(world.next_call(call::REPORT)[0], 42);
    world.expect_gone(100);
}

guest_program!(
    blocks_with_a_way_out,
    "lea rbx, [rip + 2f]",
    "zx 3",
    "mov rdi, rax",
    "zx 2",
    "zx 4",
    "2: lea rdi, [rax + 1]",
    "zx 2",
    "zx 4",
);

fn registers(world: &World) -> X86_64Registers {
    match world.machine().registers(100, 101) {
        Ok(GeneralRegisters::X86_64(registers)) => registers,
        other => panic!("{other:?}"),
    }
}

fn set(world: &World, registers: X86_64Registers) -> Result<(), Status> {
    world.machine().set_registers(100, 101, &registers.into())
}

#[test]
fn a_thread_that_waits_goes_on_waiting_with_other_registers() {
    let world = World::new();
    world.start(100, blocks_with_a_way_out());
    world.next_call(call::BLOCK);
    world.machine().suspend(100, 101, 1);
    world.expect_suspended(101, 1);
    let known = registers(&world);
    assert_eq!(known.rax as i64, i64::from(Status::INTERNAL_INTR_RETRY.into_raw()));
    // Somewhere else for a moment, and back.
    let top = Arch::X86_64.user_top();
    for (rip, expected) in
        [(1 << 47, Err(Status::INVALID_ARGS)), (0xffff_8000_0000_0000, Err(Status::INVALID_ARGS))]
    {
        assert_eq!(set(&world, X86_64Registers { rip, ..known }), expected);
    }
    let changed = X86_64Registers { r15: 15, fs_base: top - 8, gs_base: 8, ..known };
    assert_eq!(set(&world, changed), Ok(()));
    assert_eq!(registers(&world), changed);
    world.machine().release(100, 101);
    let_another_run(&world);
    world.expect_silence();
    world.machine().resume(100, 101, 42);
    assert_eq!(world.next_call(call::REPORT)[0], 42);
    world.expect_gone(100);
}

#[test]
fn a_thread_leaves_its_call_for_another_place_or_result() {
    for (elsewhere, rax, reported) in [(false, 7, 7), (true, 7, 8), (true, -6_i64 as u64, -5)] {
        let world = World::new();
        world.start(100, blocks_with_a_way_out());
        world.next_call(call::BLOCK);
        world.machine().suspend(100, 101, 1);
        world.expect_suspended(101, 1);
        let known = registers(&world);
        let rip = if elsewhere { known.rbx } else { known.rip };
        let wanted = X86_64Registers { rax, rip, ..known };
        assert_eq!(set(&world, wanted), Ok(()));
        assert_eq!(registers(&world), wanted);
        world.machine().release(100, 101);
        assert_eq!(world.next_call(call::REPORT)[0] as i64, reported);
        // An answer to the call comes too late.
        world.machine().resume(100, 101, 42);
        world.expect_gone(100);
    }
}

// Calls with 1, 2, 3 … and expects each argument back, and one more.
guest_program!(
    counts_by_calls,
    "mov ebx, 1",
    "1: mov rdi, rbx",
    "zx 16",
    "inc rbx",
    "cmp rax, rbx",
    "je 1b",
    "ud2",
);

#[test]
fn a_thread_stopped_a_thousand_times_makes_each_call_once() {
    let made = Arc::new(AtomicU64::new(0));
    let world = World::with_script({
        let made = Arc::clone(&made);
        move |kernel, process, thread, _, args| {
            let before = made.fetch_add(1, Ordering::Relaxed);
            if args[0] != before + 1 {
                kernel.tell(Heard::Call { process, thread, number: before, args });
            }
            // Every other call blocks for a moment.
            if args[0] % 2 == 0 {
                kernel.machine.resume(process, thread, args[0] + 1);
                return SyscallOutcome::Blocked;
            }
            SyscallOutcome::Return(args[0] + 1)
        }
    });
    world.start(100, counts_by_calls());
    for number in 1..=1_000 {
        let before = made.load(Ordering::Relaxed);
        while made.load(Ordering::Relaxed) == before {
            std::thread::yield_now();
        }
        world.machine().suspend(100, 101, number);
        if number % 3 != 0 {
            world.expect_suspended(101, number);
            let stopped = made.load(Ordering::Relaxed);
            if number % 100 == 0 {
                let_another_run(&world);
            }
            assert_eq!(made.load(Ordering::Relaxed), stopped);
        } else {
            // Before it has stopped, or after.
            world.machine().release(100, 101);
            world.machine().suspend(100, 101, 1_000_000 + number);
            while !matches!(world.next(), Heard::Suspended { number, .. } if number > 1_000_000) {}
        }
        world.machine().release(100, 101);
    }
    world.machine().kill(100);
    world.expect_gone(100);
}

// Has two threads started in one call, at label 2 with these arguments, which call at once.
guest_program!(
    has_two_started,
    "lea rdi, [rip + 2f]",
    "zx 16",
    "zx 3",
    "2: mov edi, 40",
    "mov esi, 2",
    "zx 1",
    "mov rdi, rax",
    "zx 2",
    "zx 5",
);

#[test]
fn threads_stopped_in_their_very_first_calls_make_them_once_released() {
    let world = World::with_script(|kernel, process, _, _, [pc, ..]| {
        for (thread, sp) in [(900, 0x3000_4000), (901, 0x3000_8000)] {
            let entry = EntryState::new(pc, sp, 0, 0);
            kernel.machine.start_thread(process, thread, entry, None);
            kernel.machine.suspend(process, thread, thread);
        }
        SyscallOutcome::Return(0)
    });
    for process in (100..2_100).step_by(10) {
        world.start(process, has_two_started());
        // The first thread's call; of both others a stop and a report.
        for _ in 0..5 {
            match world.next() {
                Heard::Suspended { thread, .. } => world.machine().release(process, thread),
                Heard::Call { number: call::BLOCK, .. } => {}
                Heard::Call { number: call::REPORT, args, .. } => assert_eq!(args[0], 42),
                other => panic!("{other:?}"),
            }
        }
        world.machine().kill(process);
        world.expect_gone(process);
    }
}

// Starts threads that end at once, one after the other. There is a slot for each, so that none
// need have ended before the next one begins.
guest_program!(
    thread_after_thread,
    "mov ebx, 1000",
    "1: lea rdi, [rip + 2f]",
    "mov esi, 0x30008000",
    "mov r8, rbx",
    "zx 6",
    "zx 3",
    "inc ebx",
    "cmp ebx, 1200",
    "jne 1b",
    "zx 4",
    "2: zx 5",
    "ud2",
);

#[test]
fn a_thread_may_end_on_its_way_to_be_stopped() {
    let world = World::new();
    world.start(100, thread_after_thread());
    for thread in 1_000..1_200 {
        // The first thread blocks once it has started the other.
        loop {
            match world.next() {
                Heard::Call { number: call::BLOCK, .. } => break,
                Heard::Suspended { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        world.machine().suspend(100, thread, thread);
        world.machine().release(100, thread);
        world.machine().resume(100, 101, 0);
    }
    let heard = world.wait_until_gone(100);
    assert!(heard.iter().all(|heard| matches!(heard, Heard::Suspended { .. })), "{heard:?}");
}

// Starts more threads than there are slots, each of which ends in its last call.
guest_program!(
    threads_that_end_in_a_call,
    "mov ebx, 1000",
    "1: lea rdi, [rip + 2f]",
    "mov esi, 0x30008000",
    "mov r8, rbx",
    "zx 6",
    "zx 3",
    "inc ebx",
    "cmp ebx, 1500",
    "jne 1b",
    "zx 2",
    "zx 4",
    "2: zx 61",
    "ud2",
);

#[test]
fn a_thread_to_be_stopped_in_the_call_that_ends_it_ends() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.machine.suspend(process, thread, 1);
        kernel.tell(Heard::Call { process, thread, number, args });
        SyscallOutcome::Exited
    });
    world.start(100, threads_that_end_in_a_call());
    // One that stayed would keep its slot.
    for _ in 1000..1500 {
        for _ in 0..2 {
            let heard = world.next();
            assert!(
                matches!(heard, Heard::Call { number: call::BLOCK | call::LAST, .. }),
                "{heard:?}"
            );
        }
        world.machine().resume(100, 101, 0);
    }
    world.next_call(call::REPORT);
    world.expect_gone(100);
    world.expect_silence();
}

// A second thread makes its last call. The first then looks for its registers in the signal stacks, and
// has it make another.
guest_program!(
    swaps_the_last_call,
    "lea rdi, [rip + 3f]",
    "mov esi, 0x30008000",
    "mov r8d, 900",
    "zx 6",
    "zx 3",
    // The `syscall` of 61, and that of 16; rax stands three words before.
    "movabs rax, 0x7000000001ed",
    "movabs rbx, 0x700000000085",
    "mov edi, 0x30000",
    "1: cmp [rdi], rax",
    "je 2f",
    "add edi, 8",
    "jmp 1b",
    "2: mov [rdi], rbx",
    "mov qword ptr [rdi - 24], 104",
    "zx 2",
    "zx 3",
    "3: zx 61",
    "4: jmp 4b",
);

#[test]
fn a_last_call_that_has_become_another_is_the_end_of_the_process() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        SyscallOutcome::Blocked
    });
    world.start(100, swaps_the_last_call());
    let mut numbers = [(); 2].map(|()| match world.next() {
        Heard::Call { number, .. } => number,
        other => panic!("{other:?}"),
    });
    numbers.sort_unstable();
    assert_eq!(numbers, [call::BLOCK, call::LAST]);
    world.machine().suspend(100, 900, 1);
    world.expect_suspended(900, 1);
    world.machine().resume(100, 101, 0);
    world.next_call(call::REPORT);
    world.next_call(call::BLOCK);
    world.machine().release(100, 900);
    world.expect_gone(100);
    world.expect_silence();
}
