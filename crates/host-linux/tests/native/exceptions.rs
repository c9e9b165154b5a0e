//! What the processor reports becomes a Zircon exception.

use kernel_sim::{ExceptionReport, GeneralRegisters};
use zx_abi::{
    EXCP_FATAL_PAGE_FAULT, EXCP_GENERAL, EXCP_HW_BREAKPOINT, EXCP_SW_BREAKPOINT,
    EXCP_UNDEFINED_INSTRUCTION, X86_64Registers,
};

use crate::guest_program;
use crate::support::{CODE, DATA, EXECUTE, PAGE, READ, WRITE, World, mapping};

fn run(code: &[u8]) -> ExceptionReport {
    let world = World::new();
    world.start(100, code);
    let report = world.next_exception();
    world.expect_gone(100);
    world.expect_silence();
    report
}

fn expect(code: &[u8], kind: u32, vector: u64, error_code: u64, fault_address: u64) {
    let report = run(code);
    assert_eq!(
        (report.kind, report.vector, report.error_code, report.fault_address),
        (kind, vector, error_code, fault_address),
        "{report:x?}"
    );
    assert_eq!((report.synth_code, report.synth_data), (0, 0));
}

guest_program!(reads_nothing, "mov eax, 0x50000008", "mov rbx, [rax]");
guest_program!(writes_code, "mov eax, 0x10000000", "mov [rax], rax");
guest_program!(runs_data, "mov eax, 0x20000000", "mov [rax], rax", "jmp rax");
guest_program!(overflows_the_stack, "mov rsp, 0x2ffff008", "1: push rax", "jmp 1b");
guest_program!(reads_non_canonical, "movabs rax, 0x8000000000000000", "mov rax, [rax]");
guest_program!(undefined, "ud2");
guest_program!(breakpoint, "int3");
guest_program!(divides_by_zero, "xor ecx, ecx", "div ecx");
guest_program!(halts, "hlt");
guest_program!(single_step, "pushfq", "or qword ptr [rsp], 0x100", "popfq", "nop", "nop");
guest_program!(
    misaligned,
    "pushfq",
    "or qword ptr [rsp], 0x40000",
    "popfq",
    "mov eax, 0x20000001",
    "mov rax, [rax]"
);
guest_program!(
    simd,
    "mov dword ptr [rsp], 0",
    "ldmxcsr [rsp]",
    "xorps xmm0, xmm0",
    "divss xmm0, xmm0"
);

#[test]
fn page_faults() {
    expect(reads_nothing(), EXCP_FATAL_PAGE_FAULT, 14, 4, 0x5000_0008);
    expect(writes_code(), EXCP_FATAL_PAGE_FAULT, 14, 7, CODE);
    expect(runs_data(), EXCP_FATAL_PAGE_FAULT, 14, 0x15, DATA);
}

#[test]
fn a_stack_overflow_is_reported_although_there_is_no_stack() {
    expect(overflows_the_stack(), EXCP_FATAL_PAGE_FAULT, 14, 6, 0x2fff_f000);
}

#[test]
fn other_exceptions() {
    expect(reads_non_canonical(), EXCP_GENERAL, 13, 0, 0);
    expect(undefined(), EXCP_UNDEFINED_INSTRUCTION, 6, 0, 0);
    expect(breakpoint(), EXCP_SW_BREAKPOINT, 3, 0, 0);
    expect(divides_by_zero(), EXCP_GENERAL, 0, 0, 0);
    expect(halts(), EXCP_GENERAL, 13, 0, 0);
    expect(single_step(), EXCP_HW_BREAKPOINT, 1, 0, 0);
    expect(misaligned(), EXCP_GENERAL, 17, 0, 0);
    expect(simd(), EXCP_GENERAL, 19, 0, 0);
}

guest_program!(
    marks_registers,
    "mov rax, 1",
    "mov rbx, 2",
    "mov rcx, 3",
    "mov rdx, 4",
    "mov rsi, 5",
    "mov rdi, 6",
    "mov rbp, 7",
    "mov rsp, 8",
    "mov r8, 9",
    "mov r9, 10",
    "mov r10, 11",
    "mov r11, 12",
    "mov r12, 13",
    "mov r13, 14",
    "mov r14, 15",
    "mov r15, 16",
    "ud2",
);

#[test]
fn the_report_has_every_register() {
    let GeneralRegisters::X86_64(registers) = run(marks_registers()).registers else { panic!() };
    let X86_64Registers {
        rax,
        rbx,
        rcx,
        rdx,
        rsi,
        rdi,
        rbp,
        rsp,
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        ..
    } = registers;
    let values = [rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15];
    assert_eq!(values, std::array::from_fn(|index| index as u64 + 1));
    assert_eq!(registers.rip, CODE + marks_registers().len() as u64 - 2);
    assert_eq!((registers.fs_base, registers.gs_base), (0, 0));
}

guest_program!(reads_second_page, "mov eax, 0x20001010", "mov rax, [rax]");

#[test]
fn an_access_beyond_the_memorys_end_is_a_page_fault() {
    let world = World::new();
    let code = world.memory(reads_second_page(), PAGE);
    let data = world.memory(&[], PAGE);
    world.start_with(
        100,
        vec![
            mapping(CODE, PAGE, READ | EXECUTE, code),
            mapping(DATA, 2 * PAGE, READ | WRITE, data),
        ],
    );
    let report = world.next_exception();
    assert_eq!((report.kind, report.fault_address), (EXCP_FATAL_PAGE_FAULT, DATA + PAGE + 0x10));
    world.expect_gone(100);
}
