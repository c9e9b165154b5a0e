//! The general registers of a thread, whatever the architecture.

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{Aarch64Registers, Arch, Riscv64Registers, X86_64Registers};

use crate::EntryState;

/// General registers of one architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the architectures'")]
pub enum GeneralRegisters {
    X86_64(X86_64Registers),
    Aarch64(Aarch64Registers),
    Riscv64(Riscv64Registers),
}

/// Interrupts enabled; bit 1 is always set.
const INITIAL_RFLAGS: u64 = 0x202;

impl GeneralRegisters {
    /// All zero.
    pub fn zero(arch: Arch) -> Self {
        match arch {
            Arch::X86_64 => Self::X86_64(X86_64Registers::default()),
            Arch::Aarch64 => Self::Aarch64(Aarch64Registers::default()),
            Arch::Riscv64 => Self::Riscv64(Riscv64Registers::default()),
        }
    }

    /// The registers of a thread that is about to begin.
    pub(crate) fn at(arch: Arch, entry: EntryState) -> Self {
        let EntryState { pc, sp, arg1, arg2 } = entry;
        let mut registers = Self::zero(arch);
        match &mut registers {
            Self::X86_64(x86) => {
                (x86.rip, x86.rsp, x86.rdi, x86.rsi) = (pc, sp, arg1, arg2);
                x86.rflags = INITIAL_RFLAGS;
            }
            Self::Aarch64(arm) => (arm.pc, arm.sp, arm.r[0], arm.r[1]) = (pc, sp, arg1, arg2),
            Self::Riscv64(risc) => (risc.pc, risc.sp, risc.a[0], risc.a[1]) = (pc, sp, arg1, arg2),
        }
        registers
    }

    /// The registers that a thread begins with.
    pub(crate) fn entry(&self) -> EntryState {
        let (pc, sp, arg1, arg2) = match self {
            Self::X86_64(x86) => (x86.rip, x86.rsp, x86.rdi, x86.rsi),
            Self::Aarch64(arm) => (arm.pc, arm.sp, arm.r[0], arm.r[1]),
            Self::Riscv64(risc) => (risc.pc, risc.sp, risc.a[0], risc.a[1]),
        };
        EntryState { pc, sp, arg1, arg2 }
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
        self.entry().pc
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

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: EntryState = EntryState { pc: 1, sp: 2, arg1: 3, arg2: 4 };

    #[test]
    fn a_thread_begins_with_its_entry_and_zeros() {
        for (arch, flags) in
            [(Arch::X86_64, INITIAL_RFLAGS), (Arch::Aarch64, 0), (Arch::Riscv64, 0)]
        {
            let registers = GeneralRegisters::at(arch, ENTRY);
            assert_eq!((registers.arch(), registers.pc(), registers.entry()), (arch, 1, ENTRY));
            let mut others = registers.words();
            others.retain(|word| *word != 0);
            others.sort_unstable();
            let mut expected = vec![1, 2, 3, 4, flags];
            expected.retain(|word| *word != 0);
            assert_eq!(others, expected);
        }
    }
}
