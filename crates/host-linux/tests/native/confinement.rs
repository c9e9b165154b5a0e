//! What a hostile guest gets when it tries to reach the host.

use kernel_sim::{ExceptionReport, Machine, SyscallOutcome};
use zx_abi::{
    EXCP_FATAL_PAGE_FAULT, EXCP_GENERAL, EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_ERROR,
    EXCP_UNDEFINED_INSTRUCTION, EntryWord,
};

use crate::guest_program;
use crate::support::{CODE, DATA, EXECUTE, Heard, PAGE, READ, WRITE, World, call, mapping};

/// Our own pages in the guest.
const STUB: u64 = 0x1_0000;
const RECORDS: u64 = 0x2_0000;

fn expect_bad_syscall(code: &[u8], number: u32) {
    let world = World::new();
    world.start(100, code);
    let report = world.next_exception();
    assert_eq!(report.kind, EXCP_POLICY_ERROR, "{report:x?}");
    assert_eq!((report.synth_code, report.synth_data), (EXCP_POLICY_CODE_BAD_SYSCALL, number));
    world.expect_gone(100);
    world.expect_silence();
}

guest_program!(
    raw_write,
    "mov eax, 1",
    "mov edi, 1",
    "mov esi, 0x10000000",
    "mov edx, 8",
    "syscall"
);
guest_program!(raw_mmap, "mov eax, 9", "syscall");
guest_program!(raw_execve, "mov eax, 59", "syscall");
guest_program!(raw_sigreturn, "mov eax, 15", "syscall");
guest_program!(raw_futex, "mov eax, 202", "syscall");
guest_program!(raw_doorbell, "mov eax, 104", "syscall");
guest_program!(raw_exit, "mov eax, 60", "syscall");
guest_program!(raw_uretprobe, "mov eax, 335", "syscall", "ud2");
guest_program!(raw_uprobe, "mov eax, 336", "syscall", "ud2");
guest_program!(x32_write, "mov eax, 0x40000001", "syscall");
guest_program!(old_write, "mov eax, 4", "mov ebx, 1", "int 0x80");
guest_program!(vsyscall_time, "mov rax, 0xffffffffff600400", "xor edi, edi", "call rax");

// The same in 32-bit code, which a far return leads to.
guest_program!(
    compatibility_mode_write,
    "push 0x23",
    "lea rax, [rip + 1f]",
    "push rax",
    "retfq",
    "1: .code32",
    "mov eax, 4",
    "mov ebx, 1",
    "int 0x80",
    ".code64",
);
guest_program!(sysenter_write, "mov eax, 4", "mov ebx, 1", "mov rbp, rsp", "sysenter", "ud2");

#[test]
fn system_calls_of_the_host_are_refused() {
    expect_bad_syscall(raw_write(), 1);
    expect_bad_syscall(raw_mmap(), 9);
    expect_bad_syscall(raw_execve(), 59);
    expect_bad_syscall(raw_sigreturn(), 15);
    expect_bad_syscall(raw_futex(), 202);
    expect_bad_syscall(raw_doorbell(), 104);
    expect_bad_syscall(raw_exit(), 60);
    expect_bad_syscall(x32_write(), 0x4000_0001);
}

// Newer Linux does not ask filters about these two, which processors make in probes.
#[test]
fn system_calls_that_filters_do_not_see_lead_nowhere() {
    for (code, number) in [(raw_uretprobe(), 335), (raw_uprobe(), 336)] {
        let world = World::new();
        world.start(100, code);
        let report = world.next_exception();
        // A signal for a call outside of a probe, or an error and then the next instruction.
        let expected = [EXCP_UNDEFINED_INSTRUCTION, EXCP_GENERAL];
        let refused = report.kind == EXCP_POLICY_ERROR && report.synth_data == number;
        assert!(refused || expected.contains(&report.kind), "{report:x?}");
        world.expect_gone(100);
        world.expect_silence();
    }
}

#[test]
fn old_system_calls_of_the_host_are_refused() {
    expect_old_write_refused(old_write());
}

#[test]
fn system_calls_in_32_bit_code_are_refused() {
    expect_old_write_refused(compatibility_mode_write());
}

#[track_caller]
fn expect_old_write_refused(code: &[u8]) {
    let world = World::new();
    world.start(100, code);
    let report = world.next_exception();
    assert!(is_old_write_refused(&report), "{report:x?}");
    world.expect_gone(100);
}

/// Whether `int 0x80` led to no `write`. A Linux that runs no 32-bit programs
/// (`ia32_emulation=off`) has no such gate.
pub fn is_old_write_refused(report: &ExceptionReport) -> bool {
    match report.kind {
        EXCP_POLICY_ERROR => {
            (report.synth_code, report.synth_data) == (EXCP_POLICY_CODE_BAD_SYSCALL, 4)
        }
        kind => kind == EXCP_GENERAL,
    }
}

#[test]
fn sysenter_leads_nowhere() {
    let world = World::new();
    world.start(100, sysenter_write());
    // What becomes of it differs between processors; some do not know it in 64-bit code.
    let heard = world.wait_until_gone(100);
    assert!(matches!(heard[..], [] | [Heard::Exception { .. }]), "{heard:?}");
}

#[test]
fn the_vsyscall_page_is_refused() {
    let world = World::new();
    world.start(100, vsyscall_time());
    // Where Linux has no such page, it is a page fault.
    let report = world.next_exception();
    match report.kind {
        EXCP_POLICY_ERROR => assert_eq!(report.synth_data, 201),
        kind => assert_eq!(kind, EXCP_FATAL_PAGE_FAULT),
    }
    world.expect_gone(100);
}

// Jumps to the stub's system call instruction number [DATA], with rax = [DATA + 8] and arguments
// that would write to descriptor 1. If there is none, reports.
guest_program!(
    jumps_into_the_stub,
    "mov r14, [0x20000000]",
    "mov ebx, 0x10000",
    "1: cmp ebx, 0x10fff",
    "je 3f",
    "cmp word ptr [rbx], 0x050f",
    "jne 2f",
    "sub r14, 1",
    "jc 4f",
    "2: inc ebx",
    "jmp 1b",
    "3: zx 2",
    "zx 4",
    "4: mov rax, [0x20000008]",
    "mov edi, 1",
    "mov esi, 0x10000000",
    "mov edx, 8",
    "jmp rbx",
);

/// What happens at each of the stub's system call instructions.
fn jump_into_the_stub(number: u64) -> Vec<Vec<Heard>> {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        kernel.machine.kill(process);
        SyscallOutcome::Return(0)
    });
    let mut seen = Vec::new();
    for place in 0u64.. {
        let code = world.memory(jumps_into_the_stub(), PAGE);
        let data = world.memory(&[place.to_le_bytes(), number.to_le_bytes()].concat(), PAGE);
        let process = 100 + place * 10;
        world.start_with(
            process,
            vec![
                mapping(CODE, PAGE, READ | EXECUTE, code),
                mapping(DATA, PAGE, READ | WRITE, data),
            ],
        );
        let heard = world.wait_until_gone(process);
        if let [Heard::Call { number: call::REPORT, .. }] = heard[..] {
            break;
        }
        seen.push(heard);
    }
    assert!(seen.len() > 5, "the stub makes system calls");
    seen
}

fn is_bad_syscall(heard: &[Heard], number: u64) -> bool {
    matches!(heard, [Heard::Exception { report, .. }]
        if report.kind == EXCP_POLICY_ERROR && u64::from(report.synth_data) == number)
}

#[test]
fn the_stubs_own_instructions_make_no_other_call() {
    for number in [libc::SYS_write, libc::SYS_mmap, libc::SYS_clone, libc::SYS_rt_sigprocmask] {
        let seen = jump_into_the_stub(number as u64);
        assert!(seen.iter().all(|heard| is_bad_syscall(heard, number as u64)), "{seen:?}");
    }
}

#[test]
fn a_thread_returns_from_signals_at_one_place() {
    let seen = jump_into_the_stub(libc::SYS_rt_sigreturn as u64);
    let refused = seen.iter().filter(|heard| is_bad_syscall(heard, 15)).count();
    // What lies on its stack is no frame to return to.
    let returned = |heard: &&Vec<Heard>| matches!(heard[..], [Heard::Exception { ref report, .. }] if report.kind == EXCP_GENERAL);
    assert_eq!((seen.iter().filter(returned).count(), refused), (1, seen.len() - 1), "{seen:?}");
}

#[test]
fn a_thread_that_nobody_told_to_end_ends_its_process_visibly() {
    let seen = jump_into_the_stub(libc::SYS_exit as u64);
    assert!(seen.iter().all(|heard| is_bad_syscall(heard, 60)), "{seen:?}");
    let rings = seen.iter().filter_map(|heard| match &heard[..] {
        [Heard::Exception { report, .. }] => Some(report.registers.pc()),
        _ => None,
    });
    assert!(rings.into_iter().all(|pc| (STUB..STUB + PAGE).contains(&pc)));
}

#[test]
fn a_forged_ring_of_the_signal_handler_is_the_end() {
    let seen = jump_into_the_stub(libc::SYS_getgid as u64);
    // A fault without a signal frame.
    let ends = seen.iter().filter(|heard| heard.is_empty()).count();
    let refused = seen.iter().filter(|heard| is_bad_syscall(heard, 104)).count();
    assert_eq!((ends, refused), (1, seen.len() - 1), "{seen:?}");
}

guest_program!(writes_stub, "mov eax, 0x10000", "mov [rax], rax");
guest_program!(writes_records, "mov eax, 0x20000", "mov [rax], rax");
guest_program!(reads_zygote, "mov eax, 0x12000", "mov rax, [rax]");

#[test]
fn our_pages_are_read_only_or_gone() {
    for (code, address) in
        [(writes_stub(), STUB), (writes_records(), RECORDS), (reads_zygote(), STUB + 0x2000)]
    {
        let world = World::new();
        world.start(100, code);
        let report = world.next_exception();
        assert_eq!((report.kind, report.fault_address), (EXCP_FATAL_PAGE_FAULT, address));
        world.expect_gone(100);
    }
}

// Fills everything that it can write below 0x200000 with ones, then makes a call.
guest_program!(
    fills_the_slots,
    "mov edi, 0x30000",
    "mov ecx, 0x1d0000",
    "mov eax, 0xff",
    "rep stosb",
    "zx 16",
    "zx 4",
);

#[test]
fn garbage_in_the_slots_harms_only_the_guest() {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        SyscallOutcome::Return(0)
    });
    world.start(100, fills_the_slots());
    let heard = world.wait_until_gone(100);
    assert!(matches!(heard[0], Heard::Call { number: 16, .. }), "{heard:?}");
    // The host goes on.
    world.start(200, raw_exit());
    world.next_exception();
    world.expect_gone(200);
}

// One thread fills the service thread's message buffer for ever, the other makes 300 calls that map.
guest_program!(
    races_with_the_service_thread,
    "lea rdi, [rip + 5f]",
    "mov esi, 0x30008000",
    "mov r10, 0x666",
    "mov r8d, 102",
    "zx 6",
    "mov ebx, 300",
    "1: zx 16",
    "dec ebx",
    "jnz 1b",
    "zx 4",
    "5: mov edi, 0x30000",
    "mov ecx, 0x400",
    "mov rax, rcx",
    "rep stosb",
    "jmp 5b",
);

#[test]
fn a_guest_that_spoils_what_its_service_thread_receives_spoils_only_itself() {
    let world = World::with_script(|kernel, process, _, _, _| {
        let memory = kernel.machine.memory(PAGE).unwrap();
        kernel.machine.map(process, mapping(0x5000_0000, PAGE, READ, memory));
        kernel.machine.unmap(process, 0x5000_0000, PAGE);
        SyscallOutcome::Return(0)
    });
    for round in 0..8 {
        let process = 100 + 10 * round;
        let code = world.memory(races_with_the_service_thread(), PAGE);
        world.start_with(process, vec![mapping(CODE, PAGE, READ | EXECUTE, code)]);
        // Killed for what it did, or because it got through.
        world.wait_until_gone(process);
    }
}

// Jumps to the `syscall` of the vDSO's entry number [DATA], with rax = [DATA + 8].
guest_program!(
    jumps_into_the_vdso,
    "mov rbx, [0x20000000]",
    "movabs r11, 0x700000000005",
    "lea r11, [r11 + 8 * rbx]",
    "mov rax, [0x20000008]",
    "mov edi, 1",
    "mov esi, 0x10000000",
    "mov edx, 8",
    "call r11",
    "zx 2",
    "zx 4",
);

/// What happens at the vDSO's entry for a call, with another number in rax.
fn jump_into_the_vdso(entry: u64, number: u64) -> Vec<Heard> {
    let world = World::with_script(|kernel, process, thread, number, args| {
        kernel.tell(Heard::Call { process, thread, number, args });
        kernel.machine.kill(process);
        SyscallOutcome::Return(0)
    });
    let code = world.memory(jumps_into_the_vdso(), PAGE);
    let data = world.memory(&[entry.to_le_bytes(), number.to_le_bytes()].concat(), PAGE);
    let mappings =
        vec![mapping(CODE, PAGE, READ | EXECUTE, code), mapping(DATA, PAGE, READ | WRITE, data)];
    world.start_with(100, mappings);
    world.wait_until_gone(100)
}

#[test]
fn an_entry_of_the_vdso_makes_its_own_call_only() {
    let (doorbell, exit) = (libc::SYS_getgid as u64, libc::SYS_exit as u64);
    let all = call::ALL | u64::from(EntryWord::ALL_REGISTERS);
    for (entry, own) in [(call::OWN, doorbell), (call::LAST, exit), (call::ALL, all)] {
        for number in [doorbell, exit, all, entry, 1, 9, 15, 39, 231] {
            let heard = jump_into_the_vdso(entry, number);
            if number == own {
                assert!(
                    matches!(heard[..], [Heard::Call { number, .. }] if number == entry),
                    "{heard:?}"
                );
            } else {
                assert!(is_bad_syscall(&heard, number), "{number} at {entry}: {heard:?}");
            }
        }
    }
}

// Loads %gs with a selector, whose base is 0, and then with a base of its own.
guest_program!(
    uses_gs,
    "mov r14d, 0x2b",
    "mov gs, r14d",
    "zx 16",
    "mov ebx, gs",
    "mov r13d, 0x20000000",
    "wrgsbase r13",
    "mov qword ptr gs:[0], 99",
    "zx 62",
    "zx 16",
    "mov rdi, gs:[0]",
    "mov r12d, gs",
    "lea rsi, [rbx + r12]",
    "zx 2",
    "zx 4",
);

#[test]
fn gs_is_the_guests() {
    let world = World::with_script(|_, _, _, _, _| SyscallOutcome::Return(0));
    world.start(100, uses_gs());
    assert_eq!(world.next_call(call::REPORT)[..2], [99, 2 * 0x2b]);
    world.expect_gone(100);
}
