//! General registers of threads by architecture: `zx_thread_state_general_regs_t`
//! (zircon/syscalls/debug.h).

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{Arch, StateKind};

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

/// `zx_x86_64_thread_state_fp_regs_t`: the registers of the x87 unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct X86_64FpRegisters {
    /// The control word.
    pub fcw: u16,
    /// The status word.
    pub fsw: u16,
    /// A bit for each register that holds something.
    pub ftw: u8,
    /// Zero.
    pub reserved: u8,
    /// The last opcode.
    pub fop: u16,
    /// The last instruction's address.
    pub fip: u64,
    /// The last operand's address.
    pub fdp: u64,
    /// Zero.
    pub padding: u64,
    /// st0 to st7, 80 bits each.
    pub st: [[u8; 16]; 8],
}

/// `zx_x86_64_thread_state_vector_regs_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct X86_64VectorRegisters {
    /// zmm0 to zmm31. Zircon knows the lower half of the first sixteen; the rest is zero, and ignored.
    pub zmm: [[u8; 64]; 32],
    /// Zero, and ignored.
    pub opmask: [u64; 8],
    /// Control and status of the vector unit.
    pub mxcsr: u32,
    /// Zero.
    pub padding: u32,
}

/// `zx_x86_64_thread_state_debug_regs_t`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub struct X86_64DebugRegisters {
    /// dr0 to dr3: addresses.
    pub dr: [u64; 4],
    /// What has been hit.
    pub dr6: u64,
    /// Which addresses are watched, and for what.
    pub dr7: u64,
}

/// Bytes of the registers of a kind; none of those that only threads of other architectures have here.
pub const fn state_size(kind: StateKind, arch: Arch) -> Option<usize> {
    match (kind, arch) {
        (StateKind::General, _) => Some(general_registers_size(arch)),
        (StateKind::Fp, Arch::X86_64) => Some(size_of::<X86_64FpRegisters>()),
        (StateKind::Vector, Arch::X86_64) => Some(size_of::<X86_64VectorRegisters>()),
        (StateKind::Debug, Arch::X86_64) => Some(size_of::<X86_64DebugRegisters>()),
        (StateKind::SingleStep, _) => Some(size_of::<u32>()),
        _ => None,
    }
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
        let others = [
            size_of::<X86_64FpRegisters>(),
            size_of::<X86_64VectorRegisters>(),
            size_of::<X86_64DebugRegisters>(),
        ];
        assert_eq!(others, [160, 2120, 48]);
    }
}
