//! From a Linux signal frame to a Zircon exception report.

use kernel_sim::{ExceptionReport, GeneralRegisters};
use zx_abi::{
    EXCP_FATAL_PAGE_FAULT, EXCP_GENERAL, EXCP_HW_BREAKPOINT, EXCP_POLICY_CODE_BAD_SYSCALL,
    EXCP_POLICY_ERROR, EXCP_SW_BREAKPOINT, EXCP_UNDEFINED_INSTRUCTION, EntryWord, X86_64Registers,
};

use crate::native::debug_registers::TRAP_PERF;
use crate::native::frame::Context;
use crate::native::listener::Notification;
use crate::native::vdso_code::VdsoCode;

/// The words of `siginfo_t` that matter here.
pub const INFO_WORDS: usize = 4;

/// `si_code` of a system call that a filter trapped.
const SYS_SECCOMP: i32 = 1;

pub const VECTOR_DEBUG: u64 = 1;
const VECTOR_PAGE_FAULT: u64 = 14;

/// Builds the report from what the guest's signal handler found. All of it may be forged, by the
/// guest, about itself.
pub fn report(
    info: [u64; INFO_WORDS],
    context: &Context,
    registers: X86_64Registers,
) -> ExceptionReport {
    let (signal, code) = (info[0] as u32 as i32, info[1] as u32 as i32);
    let general = ExceptionReport {
        kind: EXCP_GENERAL,
        vector: 0,
        error_code: 0,
        fault_address: 0,
        synth_code: 0,
        synth_data: 0,
        registers: registers.into(),
    };
    if signal == libc::SIGSYS && code == SYS_SECCOMP {
        return bad_syscall(info[3] as u32, general.registers);
    }
    // Signals that a process sent, not the processor.
    if code <= 0 {
        return general;
    }
    let vector = if hit(info).is_some() { VECTOR_DEBUG } else { context.vector() };
    ExceptionReport {
        kind: kind(vector),
        vector,
        error_code: if vector == VECTOR_DEBUG { 0 } else { context.error_code() },
        fault_address: if vector == VECTOR_PAGE_FAULT { context.fault_address() } else { 0 },
        ..general
    }
}

/// Which debug register a thread has hit, if that is what the signal tells.
pub fn hit([head, code, _address, data]: [u64; INFO_WORDS]) -> Option<u64> {
    let is_hit = head as u32 as i32 == libc::SIGTRAP && code as u32 as i32 == TRAP_PERF;
    is_hit.then_some(data)
}

/// The call that a trap was, if it is one of the vDSO's that need all registers.
pub fn trapped_call(info: [u64; INFO_WORDS], vdso: &VdsoCode) -> Option<EntryWord> {
    let [kind, _code, pointer, number] = info;
    let call = vdso.entry(pointer).filter(|call| call.needs_all_registers())?;
    (kind as i32 == libc::SIGSYS && number as u32 == call.0).then_some(call)
}

/// The report of a ring in the vDSO's code that is no call.
pub fn forbidden_call(ring: &Notification) -> ExceptionReport {
    let number = ring.number as u32;
    bad_syscall(number, known_registers(ring, number.into()).into())
}

/// What a ring tells of the registers. Others are not known.
pub fn known_registers(ring: &Notification, rax: u64) -> X86_64Registers {
    let [rdi, rsi, rdx, r10, r8, r9] = ring.args;
    let rip = ring.pointer;
    X86_64Registers { rax, rdi, rsi, rdx, r10, r8, r9, rip, ..Default::default() }
}

fn bad_syscall(number: u32, registers: GeneralRegisters) -> ExceptionReport {
    ExceptionReport {
        kind: EXCP_POLICY_ERROR,
        vector: 0,
        error_code: 0,
        fault_address: 0,
        synth_code: EXCP_POLICY_CODE_BAD_SYSCALL,
        synth_data: number,
        registers,
    }
}

/// zircon/kernel/arch/x86/faults.cc
fn kind(vector: u64) -> u32 {
    match vector {
        VECTOR_DEBUG => EXCP_HW_BREAKPOINT,
        3 => EXCP_SW_BREAKPOINT,
        6 => EXCP_UNDEFINED_INSTRUCTION,
        VECTOR_PAGE_FAULT => EXCP_FATAL_PAGE_FAULT,
        _ => EXCP_GENERAL,
    }
}
