//! Processes with several threads.

use host_linux::MAX_THREADS;
use kernel_sim::{EntryState, Machine, SyscallOutcome};

use crate::guest_program;
use crate::support::{Heard, PAGE, READ, World, call, mapping};

// Starts a second thread, then both report their koid's place in a register.
guest_program!(
    two_threads,
    "lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov edx, 7",
    "mov r10d, 8",
    "mov r8d, 900",
    "zx 6",
    "mov edi, 1",
    "zx 2",
    "zx 3",
    "zx 4",
    "1: zx 2",
    "mov edi, 3",
    "zx 5",
    "ud2",
);

#[test]
fn a_second_thread_starts_with_its_arguments_and_ends_alone() {
    let world = World::new();
    world.start(100, two_threads());
    let mut reports = Vec::new();
    let mut blocked = false;
    while reports.len() < 2 || !blocked {
        match world.next() {
            Heard::Call { thread, number: call::REPORT, args, .. } => {
                reports.push((thread, args[0], args[1]));
            }
            Heard::Call { thread: 101, number: call::BLOCK, .. } => blocked = true,
            other => panic!("{other:?}"),
        }
    }
    reports.sort_unstable();
    assert_eq!((reports[0].0, reports[0].1), (101, 1));
    assert_eq!(reports[1], (900, 7, 8));
    world.machine().resume(100, 101, 0);
    world.expect_gone(100);
    world.expect_silence();
}

// Has a second thread started, which reports the base of %fs and r15.
guest_program!(
    with_registers,
    "lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "zx 16",
    "zx 3",
    "1: rdfsbase rdi",
    "mov rsi, r15",
    "zx 2",
    "zx 3",
);

#[test]
fn a_thread_begins_with_its_thread_pointer_and_the_register_of_its_abi() {
    let mut all = vec![(0, u64::MAX), (0x1234, 0), (1 << 46, 5)];
    // A base that only the program's own instructions give otherwise.
    all.push((u64::MAX << 47, 1));
    for (tp, abi_reg) in all {
        let world = World::with_script(move |kernel, process, _, _, [pc, sp, ..]| {
            let entry = EntryState { tp, abi_reg, ..EntryState::new(pc, sp, 0, 0) };
            kernel.machine.start_thread(process, 900, entry, None);
            SyscallOutcome::Return(0)
        });
        if tp != 0 && !world.machine().sets_thread_pointers() {
            eprintln!("thread pointers are SKIPPED: programs may not set bases here");
            continue;
        }
        world.start(100, with_registers());
        let mut report = None;
        for _ in 0..3 {
            match world.next() {
                Heard::Call { thread: 900, number: call::REPORT, args, .. } => {
                    report = Some((args[0], args[1]));
                }
                Heard::Call { number: call::BLOCK, .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(report, Some((tp, abi_reg)));
        world.machine().kill(100);
        world.expect_gone(100);
    }
}

// Starts threads, one after the other, each of which ends in its last call.
guest_program!(
    thread_after_thread,
    "mov ebx, 1000",
    "1: lea rdi, [rip + 2f]",
    "mov esi, 0x30008000",
    "mov r8, rbx",
    "zx 6",
    "zx 3",
    "inc ebx",
    "cmp ebx, 2000",
    "jne 1b",
    "zx 2",
    "zx 4",
    "2: zx 61",
    "ud2",
);

#[test]
fn a_thousand_threads_one_after_the_other_fit() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        SyscallOutcome::Exited
    });
    world.start(100, thread_after_thread());
    for _ in 0..1000 {
        // The first thread blocks and the other ends; until then it takes up a slot.
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
}

// Starts ebx threads that block.
guest_program!(
    many_threads,
    "zx 16",
    "mov ebx, eax",
    "mov r15d, 1000",
    "1: test ebx, ebx",
    "jz 3f",
    "lea rdi, [rip + 2f]",
    "mov esi, 0x30008000",
    "mov r8, r15",
    "zx 6",
    "inc r15d",
    "dec ebx",
    "jmp 1b",
    "3: zx 2",
    "zx 4",
    "2: zx 17",
    "ud2",
);

fn with_threads(count: usize) -> World {
    let world = World::with_script(move |_, _, _, number, _| match number {
        call::OWN => SyscallOutcome::Return(count as u64),
        _ => SyscallOutcome::Blocked,
    });
    world.start(100, many_threads());
    world
}

#[test]
fn as_many_threads_as_there_are_slots_fit_and_one_more_ends_the_process() {
    let world = with_threads(MAX_THREADS - 1);
    world.next_call(call::REPORT);
    world.expect_gone(100);
    let world = with_threads(MAX_THREADS);
    assert_eq!(world.expect_failed(100).step, "thread of a guest");
}

// Fills all 231 slots with threads that block. One that goes on ends in its last call; its successor, at
// label 4, reports.
guest_program!(
    full_house,
    "mov r15d, 1000",
    "1: lea rdi, [rip + 2f]",
    "mov esi, 0x30008000",
    "mov r8, r15",
    "zx 6",
    "inc r15d",
    "cmp r15d, 1230",
    "jne 1b",
    "zx 3",
    "2: zx 3",
    "lea rdi, [rip + 4f]",
    "mov esi, 0x30004000",
    "zx 61",
    "ud2",
    "4: zx 2",
    "zx 3",
);

#[test]
fn a_thread_that_ends_makes_room_for_the_next_however_long_it_takes() {
    let world = World::with_script(|kernel, process, _, _, [pc, sp, ..]| {
        // The start comes before the calling thread can have ended.
        let entry = EntryState::new(pc, sp, 0, 0);
        kernel.machine.start_thread(process, 900, entry, None);
        SyscallOutcome::Exited
    });
    world.start(100, full_house());
    for _ in 0..MAX_THREADS {
        world.next_call(call::BLOCK);
    }
    world.machine().resume(100, 1_000, 0);
    world.next_call(call::REPORT);
    world.next_call(call::BLOCK);
    world.machine().kill(100);
    world.expect_gone(100);
}

// Two threads add to each other's counts through blocking calls.
guest_program!(
    many_calls,
    "lea rdi, [rip + 1f]",
    "mov esi, 0x30008000",
    "mov r8d, 900",
    "zx 6",
    "1: mov ebx, 2000",
    "2: mov rdi, rbx",
    "mov esi, 5",
    "zx 1",
    "lea rdx, [rbx + 5]",
    "cmp rax, rdx",
    "jne 9f",
    "dec ebx",
    "jnz 2b",
    "zx 2",
    "zx 3",
    "9: ud2",
);

#[test]
fn calls_of_two_threads_do_not_mix() {
    let world = World::new();
    world.start(100, many_calls());
    let (mut reports, mut blocked) = (0, 0);
    while reports < 2 || blocked < 2 {
        match world.next() {
            Heard::Call { number: call::REPORT, .. } => reports += 1,
            Heard::Call { number: call::BLOCK, .. } => blocked += 1,
            other => panic!("{other:?}"),
        }
    }
    world.machine().kill(100);
    world.expect_gone(100);
}

// Starts eight threads, one right after the other, with a mapping between, that call at once.
guest_program!(
    starts_callers,
    "mov ebx, 900",
    "1: mov rdi, rbx",
    "zx 16",
    "lea rdi, [rip + 2f]",
    // Each has 512 bytes of the stack.
    "mov esi, ebx",
    "shl esi, 9",
    "add esi, 0x30000000 - 0x70000",
    "mov r8, rbx",
    "zx 6",
    "inc ebx",
    "cmp ebx, 908",
    "jne 1b",
    "zx 3",
    "2: mov ebx, 20",
    "3: mov edi, 1",
    "mov esi, 2",
    "zx 1",
    "dec ebx",
    "jnz 3b",
    "zx 2",
    "zx 5",
);

#[test]
fn threads_may_call_while_others_are_started() {
    let world = World::with_script(|kernel, process, _, _, args| {
        let memory = kernel.machine.memory(PAGE).unwrap();
        let at = 0x5000_0000 + args[0] * PAGE;
        kernel.machine.map(process, mapping(at, PAGE, READ, memory));
        SyscallOutcome::Return(0)
    });
    for process in (100..2_100).step_by(10) {
        world.start(process, starts_callers());
        let (mut reports, mut blocked) = (0, false);
        while reports < 8 || !blocked {
            match world.next() {
                Heard::Call { number: call::REPORT, .. } => reports += 1,
                Heard::Call { number: call::BLOCK, .. } => blocked = true,
                other => panic!("{other:?}"),
            }
        }
        world.machine().kill(process);
        world.expect_gone(process);
    }
}
