//! Address spaces that change while their process runs.

use std::sync::{Arc, Mutex};

use kernel_sim::{EntryState, Koid, Machine, Mapping, Memory, SyscallOutcome};
use zx_abi::{EXCP_FATAL_PAGE_FAULT, EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_ERROR};

use crate::guest_program;
use crate::support::{
    CODE, DATA, EXECUTE, Heard, Kernel, PAGE, READ, STACK, VDSO, WRITE, World, call, first_word,
    mapping,
};

const NEW: u64 = 0x5000_0000;

// Map, read, write; protect; write again.
guest_program!(
    maps_and_protects,
    "zx 16",
    "mov ebx, 0x50000000",
    "mov rdi, [rbx]",
    "zx 2",
    "mov qword ptr [rbx], 8",
    "zx 17",
    "mov rdi, [rbx]",
    "zx 2",
    "mov qword ptr [rbx], 9",
);

#[test]
fn a_change_is_there_when_the_call_that_made_it_returns() {
    let world = World::with_script(|kernel, process, _, number, _| {
        if number == call::OWN {
            let memory = kernel.machine.memory(PAGE).unwrap();
            memory.write(0, &7u64.to_le_bytes()).unwrap();
            kernel.machine.map(process, mapping(NEW, PAGE, READ | WRITE, memory));
        } else {
            kernel.machine.protect(process, NEW, PAGE, READ);
        }
        SyscallOutcome::Return(0)
    });
    world.start(100, maps_and_protects());
    assert_eq!(world.next_call(call::REPORT)[0], 7);
    assert_eq!(world.next_call(call::REPORT)[0], 8);
    let report = world.next_exception();
    assert_eq!((report.kind, report.fault_address), (EXCP_FATAL_PAGE_FAULT, NEW));
    world.expect_gone(100);
}

// Reads the end of what was mapped.
guest_program!(maps_much, "zx 16", "mov ebx, 0x50e0fff8", "mov rdi, [rbx]", "zx 2",);

/// Three memories that end where [`maps_much`] reads, each with more pages than are moved at once.
fn map_much(kernel: &Kernel, process: Koid) -> Vec<Arc<dyn Memory>> {
    const LEN: u64 = 1200 * PAGE;
    let memories = (0..3).map(|index: u64| {
        let memory = kernel.machine.memory(LEN).unwrap();
        memory.write(0, &vec![index as u8; LEN as usize - 8]).unwrap();
        memory.write(LEN - 8, &(index + 5).to_le_bytes()).unwrap();
        let base = NEW + index * LEN;
        kernel.machine.map(process, mapping(base, LEN, READ, memory.clone()));
        memory
    });
    memories.collect()
}

#[test]
fn memory_that_is_moved_piece_by_piece_is_there_when_the_call_returns() {
    let world = World::with_script(|kernel, process, _, _, _| {
        let memories = map_much(kernel, process);
        // While it moves.
        memories[2].write(0, &[9]).unwrap();
        assert_eq!(first_word(&memories[2]), 0x0202_0202_0202_0209);
        SyscallOutcome::Return(0)
    });
    world.start(100, maps_much());
    assert_eq!(world.next_call(call::REPORT)[0], 7);
}

#[test]
fn a_process_is_killed_while_memory_of_it_is_moved() {
    let world = World::with_script(|kernel, process, _, _, _| {
        map_much(kernel, process);
        kernel.machine.kill(process);
        SyscallOutcome::Return(0)
    });
    world.start(100, maps_much());
    assert!(world.wait_until_gone(100).is_empty());
    assert_eq!(world.machine().stats().processes, 0);
}

guest_program!(
    maps_and_unmaps,
    "zx 16",
    "mov ebx, 0x50000000",
    "mov rdi, [rbx]",
    "zx 2",
    "zx 17",
    "mov rdi, [rbx]"
);

#[test]
fn many_changes_of_one_call_happen_in_order() {
    // More than a batch of descriptors, and than a batch of records.
    const COUNT: u64 = 900;
    let world = World::with_script(|kernel, process, _, number, _| {
        for round in 0..COUNT {
            let memory = kernel.machine.memory(PAGE).unwrap();
            memory.write(0, &round.to_le_bytes()).unwrap();
            kernel.machine.map(process, mapping(NEW, PAGE, READ, memory));
            if number != call::OWN || round + 1 < COUNT {
                kernel.machine.unmap(process, NEW, PAGE);
            }
        }
        if number != call::OWN {
            // What is not mapped may be unmapped.
            kernel.machine.unmap(process, NEW, 16 * PAGE);
        }
        SyscallOutcome::Return(0)
    });
    world.start(100, maps_and_unmaps());
    assert_eq!(world.next_call(call::REPORT)[0], COUNT - 1);
    // The first map of the second call replaces nothing, or the guest would be killed at once.
    let failure = world.expect_failed(100);
    let what = (failure.step, failure.errno);
    assert_eq!(what, ("mapping", Some(libc::EEXIST)), "the second call maps over a mapping");
}

// Reads what is mapped, what takes its place, and then what is there no more.
guest_program!(
    maps_again,
    "zx 16",
    "mov ebx, 0x50000000",
    "mov rdi, [rbx]",
    "zx 2",
    "zx 17",
    "mov rdi, [rbx]",
    "zx 2",
    "mov qword ptr [rbx], 9",
    "zx 18",
    "mov rdi, [rbx]",
);

#[test]
fn new_memory_takes_the_place_of_what_is_gone_and_what_is_gone_is_a_fault() {
    let kept = Mutex::new(None);
    let world = World::with_script(move |kernel, process, _, number, _| {
        let Kernel { machine, .. } = kernel;
        let mut kept = kept.lock().unwrap();
        if let Some(old) = kept.take() {
            assert_eq!(first_word(&old), if number == 17 { 7 } else { 9 });
            drop(old);
            machine.unmap(process, NEW, PAGE);
        }
        if number < 18 {
            let memory = machine.memory(PAGE).unwrap();
            let place = machine.vacancy(process, &*memory, READ | WRITE, &|_| true);
            assert_eq!(place, (number == 17).then_some(NEW));
            if number == call::OWN {
                memory.write(0, &7u64.to_le_bytes()).unwrap();
            }
            machine.map(process, mapping(NEW, PAGE, READ | WRITE, Arc::clone(&memory)));
            *kept = Some(memory);
        }
        SyscallOutcome::Return(0)
    });
    world.start(100, maps_again());
    assert_eq!(world.next_call(call::REPORT)[0], 7);
    assert_eq!(world.next_call(call::REPORT)[0], 0);
    let report = world.next_exception();
    assert_eq!((report.kind, report.fault_address), (EXCP_FATAL_PAGE_FAULT, NEW));
    world.expect_gone(100);
    assert_eq!(world.machine().stats().memfds, 0);
}

guest_program!(blocks_and_reads, "zx 3", "mov ebx, 0x50000000", "mov rdi, [rbx]", "zx 2", "zx 4");

#[test]
fn a_change_by_somebody_else_is_there_when_a_thread_is_resumed() {
    let world = World::new();
    world.start(100, blocks_and_reads());
    world.next_call(call::BLOCK);
    let memory = world.memory(&5u64.to_le_bytes(), PAGE);
    world.machine().map(100, mapping(NEW, PAGE, READ, memory));
    world.machine().resume(100, 101, 0);
    assert_eq!(world.next_call(call::REPORT)[0], 5);
    world.expect_gone(100);
}

guest_program!(
    polls,
    "mov ebx, 0x20000000",
    "mov qword ptr [rbx], 1",
    "1: cmp qword ptr [rbx], 2",
    "jne 1b",
    "mov rdi, [rbx + 8]",
    "zx 2",
    "zx 4",
);

#[test]
fn host_and_guest_see_each_others_writes() {
    let world = World::new();
    let data = world.start(100, polls());
    while first_word(&data) != 1 {
        std::thread::yield_now();
    }
    data.write(8, &77u64.to_le_bytes()).unwrap();
    data.write(0, &2u64.to_le_bytes()).unwrap();
    assert_eq!(world.next_call(call::REPORT)[0], 77);
    world.expect_gone(100);
}

guest_program!(exits, "zx 4");

#[test]
fn a_mapping_outside_of_a_programs_range_ends_it() {
    let world = World::new();
    let top = zx_abi::Arch::X86_64.user_top();
    let ranges = [
        (0x1_0000, PAGE, false),
        (0x1f_f000, 2 * PAGE, false),
        (0x20_0000, PAGE, true),
        (top - PAGE, PAGE, true),
        (top - PAGE, 2 * PAGE, false),
        (0u64.wrapping_sub(PAGE), 2 * PAGE, false),
        (NEW + 1, PAGE, false),
    ];
    for (index, (base, len, fits)) in ranges.into_iter().enumerate() {
        let process = 100 + 10 * index as u64;
        let code = world.memory(if fits { reports() } else { exits() }, PAGE);
        let memory = world.memory(&[], 2 * PAGE);
        world.start_with(
            process,
            vec![mapping(CODE, PAGE, READ | EXECUTE, code), mapping(base, len, READ, memory)],
        );
        if fits {
            world.next_call(call::REPORT);
        } else {
            assert_eq!(world.expect_failed(process).step, "mapping");
            continue;
        }
        world.expect_gone(process);
    }
}

guest_program!(reports, "zx 2", "zx 4");

#[test]
fn a_second_vdso_makes_no_calls() {
    let world = World::new();
    let code = world.memory(reports(), PAGE);
    let first = Mapping { vdso: true, ..mapping(NEW, PAGE, READ | EXECUTE, world.vdso()) };
    world.start_with(100, vec![mapping(CODE, PAGE, READ | EXECUTE, code), first]);
    let report = world.next_exception();
    assert_eq!((report.kind, report.synth_code), (EXCP_POLICY_ERROR, EXCP_POLICY_CODE_BAD_SYSCALL));
    assert_eq!(report.registers.pc(), VDSO + 8 * call::REPORT + 7);
    world.expect_gone(100);
}

// Makes the call at the address that it is given.
guest_program!(calls_there, "call rdi", "1: jmp 1b");

#[test]
fn a_vdso_may_lie_across_a_multiple_of_four_gigabytes() {
    const BASE: u64 = 0x7001_0000_0000 - PAGE;
    let enters = [0xb8, call::REPORT as u8, 0, 0, 0, 0x0f, 0x05, 0xc3];
    let world = World::new();
    for offset in [0, PAGE - 8, PAGE - 7, PAGE - 6, PAGE - 2, PAGE, 2 * PAGE - 8] {
        let mut bytes = vec![0xcc; offset as usize];
        bytes.extend(enters);
        let code = world.memory(&bytes, 2 * PAGE);
        let vdso = Mapping { vdso: true, ..mapping(BASE, 2 * PAGE, READ | EXECUTE, code) };
        world.start_bare(100, calls_there(), BASE + offset, vec![vdso]);
        assert_eq!(world.next_call(call::REPORT)[0], BASE + offset);
        world.machine().kill(100);
        world.expect_gone(100);
    }
}

// As soon as there is a word at [DATA].
guest_program!(calls_when_told, "1: cmp qword ptr [0x20000000], 0", "je 1b", "call rdi");

#[test]
fn a_thread_makes_calls_if_there_was_a_vdso_when_it_began() {
    let world = World::new();
    let data = world.memory(&[], PAGE);
    let program = [calls_when_told(), calls_there()].concat();
    let mapped = mapping(DATA, PAGE, READ | WRITE, Arc::clone(&data));
    let address = VDSO + 8 * call::REPORT;
    world.start_bare(100, &program, address, vec![mapped]);
    let vdso = Mapping { vdso: true, ..mapping(VDSO, PAGE, READ | EXECUTE, world.vdso()) };
    world.machine().map(100, vdso);
    let pc = CODE + calls_when_told().len() as u64;
    let entry = EntryState::new(pc, STACK + 0x1000, address, 0);
    world.machine().start_thread(100, 900, entry, None);
    match world.next() {
        Heard::Call { thread: 900, number: call::REPORT, .. } => {}
        other => panic!("{other:?}"),
    }
    data.write(0, &[1]).unwrap();
    let report = world.next_exception();
    assert_eq!((report.kind, report.synth_code), (EXCP_POLICY_ERROR, EXCP_POLICY_CODE_BAD_SYSCALL));
    assert_eq!(report.registers.pc(), address + 7);
    world.expect_gone(100);
}
