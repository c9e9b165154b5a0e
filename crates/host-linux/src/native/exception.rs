//! From a Linux signal frame to a Zircon exception report.

use kernel_sim::{ExceptionReport, GeneralRegisters};
use zx_abi::{
    EXCP_FATAL_PAGE_FAULT, EXCP_GENERAL, EXCP_HW_BREAKPOINT, EXCP_POLICY_CODE_BAD_SYSCALL,
    EXCP_POLICY_ERROR, EXCP_SW_BREAKPOINT, EXCP_UNALIGNED_ACCESS, EXCP_UNDEFINED_INSTRUCTION,
};

/// The words of `siginfo_t` that matter here.
pub const INFO_WORDS: usize = 4;
/// The words of `struct ucontext` up to the end of the processor's state.
pub const CONTEXT_WORDS: usize = 28;

/// Where `struct sigcontext` begins in `struct ucontext`, in words.
const STATE: usize = 5;

/// `si_code` of a system call that a filter trapped.
const SYS_SECCOMP: i32 = 1;

const VECTOR_PAGE_FAULT: u64 = 14;

/// Builds the report from what the guest's signal handler found. All of it may be forged, by the
/// guest, about itself.
pub fn report(
    info: [u64; INFO_WORDS],
    context: [u64; CONTEXT_WORDS],
    fs_base: u64,
    gs_base: u64,
) -> ExceptionReport {
    let state: [u64; CONTEXT_WORDS - STATE] = std::array::from_fn(|index| context[STATE + index]);
    let [
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        rdi,
        rsi,
        rbp,
        rbx,
        rdx,
        rax,
        rcx,
        rsp,
        rip,
        rflags,
        _selectors,
        error_code,
        vector,
        _mask,
        cr2,
    ] = state;
    let registers = GeneralRegisters {
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
        rip,
        rflags,
        fs_base,
        gs_base,
    };
    let (signal, code) = (info[0] as u32 as i32, info[1] as u32 as i32);
    let general = ExceptionReport {
        kind: EXCP_GENERAL,
        vector: 0,
        error_code: 0,
        fault_address: 0,
        synth_code: 0,
        synth_data: 0,
        registers,
    };
    if signal == libc::SIGSYS && code == SYS_SECCOMP {
        return ExceptionReport {
            kind: EXCP_POLICY_ERROR,
            synth_code: EXCP_POLICY_CODE_BAD_SYSCALL,
            synth_data: info[3] as u32,
            ..general
        };
    }
    // Signals that a process sent, not the processor.
    if code <= 0 {
        return general;
    }
    ExceptionReport {
        kind: kind(vector),
        vector,
        error_code,
        // cr2 keeps its value until the next page fault.
        fault_address: if vector == VECTOR_PAGE_FAULT { cr2 } else { 0 },
        ..general
    }
}

/// zircon/kernel/arch/x86/faults.cc
fn kind(vector: u64) -> u32 {
    match vector {
        1 => EXCP_HW_BREAKPOINT,
        3 => EXCP_SW_BREAKPOINT,
        6 => EXCP_UNDEFINED_INSTRUCTION,
        VECTOR_PAGE_FAULT => EXCP_FATAL_PAGE_FAULT,
        17 => EXCP_UNALIGNED_ACCESS,
        _ => EXCP_GENERAL,
    }
}
