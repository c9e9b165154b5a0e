//! Processor architectures, and where processes may be in their address spaces.

use crate::{Abi, PAGE_SIZE};

/// The processor architecture that a process is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arch {
    /// x86-64
    X86_64,
    /// AArch64
    Aarch64,
    /// RISC-V 64
    Riscv64,
}

impl Arch {
    /// Every architecture.
    pub const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Riscv64];

    /// Its name, as Rust and Node users write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86-64",
            Self::Aarch64 => "aarch64",
            Self::Riscv64 => "riscv64",
        }
    }

    /// `e_machine` of its ELF files.
    pub const fn elf_machine(self) -> u16 {
        match self {
            Self::X86_64 => 62,
            Self::Aarch64 => 183,
            Self::Riscv64 => 243,
        }
    }

    /// The first address that a process of this ABI may use.
    pub const fn user_base(self, abi: Abi) -> u64 {
        match (self, abi) {
            (Self::Aarch64, _) | (Self::X86_64, Abi::Sdk2020) => 0x100_0000,
            (Self::X86_64, Abi::Newest) | (Self::Riscv64, _) => 0x20_0000,
        }
    }

    /// The address after the last one that a process may use.
    pub const fn user_top(self) -> u64 {
        match self {
            Self::X86_64 => (1 << 47) - PAGE_SIZE,
            Self::Aarch64 => 0xffff_ff00_0000,
            Self::Riscv64 => 1 << 38,
        }
    }
}
