//! The executable segment: one function after another, then padding.

use zx_abi::{Abi, Arch, PAGE_SIZE, Syscall};

use crate::aarch64::Aarch64;
use crate::asm::{Assembler, Isa};
use crate::body::body;
use crate::data::DataAddresses;
use crate::riscv64::Riscv64;
use crate::target::Target;
use crate::x86_64::X86_64;
use crate::{SyscallSite, VdsoFunction};

/// The finished segment.
pub(crate) struct Code {
    pub(crate) bytes: Vec<u8>,
    pub(crate) functions: Vec<VdsoFunction>,
    pub(crate) syscall_sites: Vec<SyscallSite>,
}

/// Writes the code of every export, to stand at the address `base`.
pub(crate) fn assemble(
    abi: Abi,
    arch: Arch,
    exports: &[Syscall],
    data: &DataAddresses,
    base: u64,
) -> Code {
    match arch {
        Arch::X86_64 => segment::<X86_64>(abi, exports, data, base),
        Arch::Aarch64 => segment::<Aarch64>(abi, exports, data, base),
        Arch::Riscv64 => segment::<Riscv64>(abi, exports, data, base),
    }
}

fn segment<I: Isa>(abi: Abi, exports: &[Syscall], data: &DataAddresses, base: u64) -> Code
where
    Assembler<I>: Target,
{
    let mut asm = Assembler::<I>::new(base, abi);
    let mut functions = Vec::with_capacity(exports.len());
    for &call in exports {
        let offset = asm.here();
        asm.emit(&body(call, abi, data), data);
        functions.push(VdsoFunction { call, offset, size: asm.here() - offset });
        asm.align();
    }
    let (mut bytes, syscall_sites) = asm.finish();
    let padding = bytes.len().next_multiple_of(PAGE_SIZE as usize) - bytes.len();
    bytes.extend(I::TRAP.iter().cycle().take(padding));
    Code { bytes, functions, syscall_sites }
}
