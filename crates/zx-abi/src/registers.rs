//! General registers of threads by architecture: `zx_thread_state_general_regs_t`
//! (zircon/syscalls/debug.h).

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::Arch;

/// The general registers of x86-64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
#[expect(missing_docs, reason = "the names are the processor's")]
pub struct X86_64Registers {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
}

/// The general registers of AArch64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
#[expect(missing_docs, reason = "the names are the processor's")]
pub struct Aarch64Registers {
    /// x0 to x29.
    pub r: [u64; 30],
    pub lr: u64,
    pub sp: u64,
    pub pc: u64,
    pub cpsr: u64,
    pub tpidr: u64,
}

/// The general registers of RISC-V 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
#[expect(missing_docs, reason = "the names are the processor's")]
pub struct Riscv64Registers {
    pub pc: u64,
    pub ra: u64,
    pub sp: u64,
    pub gp: u64,
    pub tp: u64,
    pub t0: u64,
    pub t1: u64,
    pub t2: u64,
    pub s0: u64,
    pub s1: u64,
    /// a0 to a7.
    pub a: [u64; 8],
    /// s2 to s11.
    pub s2: [u64; 10],
    /// t3 to t6.
    pub t3: [u64; 4],
}

/// Bytes of the general registers.
pub const fn general_registers_size(arch: Arch) -> usize {
    match arch {
        Arch::X86_64 => size_of::<X86_64Registers>(),
        Arch::Aarch64 => size_of::<Aarch64Registers>(),
        Arch::Riscv64 => size_of::<Riscv64Registers>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_headers() {
        let sizes = Arch::ALL.map(general_registers_size);
        assert_eq!(sizes, [160, 280, 256]);
        assert_eq!(core::mem::offset_of!(Aarch64Registers, pc), 32 * 8);
    }
}
