//! The general registers of a thread, whatever the architecture.

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{Aarch64Registers, Arch, Riscv64Registers, X86_64Registers};

use crate::SegmentRegister;

/// General registers of one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the architectures'")]
pub enum GeneralRegisters {
    X86_64(X86_64Registers),
    Aarch64(Aarch64Registers),
    Riscv64(Riscv64Registers),
}

impl GeneralRegisters {
    /// All zero.
    pub fn zero(arch: Arch) -> Self {
        match arch {
            Arch::X86_64 => Self::X86_64(X86_64Registers::default()),
            Arch::Aarch64 => Self::Aarch64(Aarch64Registers::default()),
            Arch::Riscv64 => Self::Riscv64(Riscv64Registers::default()),
        }
    }

    /// The architecture that they belong to.
    pub fn arch(&self) -> Arch {
        match self {
            Self::X86_64(_) => Arch::X86_64,
            Self::Aarch64(_) => Arch::Aarch64,
            Self::Riscv64(_) => Arch::Riscv64,
        }
    }

    /// The program counter.
    pub fn pc(&self) -> u64 {
        match self {
            Self::X86_64(x86) => x86.rip,
            Self::Aarch64(arm) => arm.pc,
            Self::Riscv64(risc) => risc.pc,
        }
    }

    /// The base of a segment, where there are segments.
    pub(crate) fn base_mut(&mut self, register: SegmentRegister) -> Option<&mut u64> {
        match (self, register) {
            (Self::X86_64(x86), SegmentRegister::Fs) => Some(&mut x86.fs_base),
            (Self::X86_64(x86), SegmentRegister::Gs) => Some(&mut x86.gs_base),
            _ => None,
        }
    }

    /// The register that calls return in.
    pub(crate) fn result(&self) -> u64 {
        match self {
            Self::X86_64(x86) => x86.rax,
            Self::Aarch64(arm) => arm.r[0],
            Self::Riscv64(risc) => risc.a[0],
        }
    }

    /// All of them, in the order of the fields.
    pub fn words(&self) -> Vec<u64> {
        let words = self.as_bytes().chunks_exact(size_of::<u64>());
        words.filter_map(|word| u64::read_from_bytes(word).ok()).collect()
    }

    /// `zx_thread_state_general_regs_t`.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::X86_64(registers) => registers.as_bytes(),
            Self::Aarch64(registers) => registers.as_bytes(),
            Self::Riscv64(registers) => registers.as_bytes(),
        }
    }

    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        match self {
            Self::X86_64(registers) => registers.as_mut_bytes(),
            Self::Aarch64(registers) => registers.as_mut_bytes(),
            Self::Riscv64(registers) => registers.as_mut_bytes(),
        }
    }
}

impl From<X86_64Registers> for GeneralRegisters {
    fn from(registers: X86_64Registers) -> Self {
        Self::X86_64(registers)
    }
}
