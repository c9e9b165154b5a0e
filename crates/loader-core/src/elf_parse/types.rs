//! The file header and program headers, decoded but not judged.

use super::ident::{ElfIdent, numbered};
use core::fmt;
use goblin::elf::header::{self, Header};
use goblin::elf::program_header::{self, ProgramHeader};
use zx_abi::Arch;

numbered! {
    /// `e_type`
    ElfType: u16 {
        /// `ET_NONE`
        Unknown = header::ET_NONE,
        /// `ET_REL`
        Relocatable = header::ET_REL,
        /// `ET_EXEC`
        Executable = header::ET_EXEC,
        /// `ET_DYN`
        SharedObject = header::ET_DYN,
        /// `ET_CORE`
        Core = header::ET_CORE,
    }
}

numbered! {
    /// `e_machine`
    ElfArchitecture: u16 {
        /// `EM_NONE`
        Unknown = header::EM_NONE,
        /// `EM_386`
        I386 = header::EM_386,
        /// `EM_ARM`
        Arm = header::EM_ARM,
        /// `EM_X86_64`
        X86_64 = header::EM_X86_64,
        /// `EM_AARCH64`
        Aarch64 = header::EM_AARCH64,
        /// `EM_RISCV`
        Riscv = header::EM_RISCV,
    }
}

impl From<Arch> for ElfArchitecture {
    fn from(arch: Arch) -> Self {
        match arch {
            Arch::X86_64 => Self::X86_64,
            Arch::Aarch64 => Self::Aarch64,
            Arch::Riscv64 => Self::Riscv,
        }
    }
}

numbered! {
    /// `p_type`, as far as the loader knows it. All other types are ignored.
    SegmentType: u32 {
        /// `PT_NULL`
        Unused = program_header::PT_NULL,
        /// `PT_LOAD`
        Load = program_header::PT_LOAD,
        /// `PT_DYNAMIC`
        Dynamic = program_header::PT_DYNAMIC,
        /// `PT_INTERP`
        Interp = program_header::PT_INTERP,
        /// `PT_GNU_STACK`
        GnuStack = program_header::PT_GNU_STACK,
    }
}

impl fmt::Display for SegmentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unused => "PT_NULL",
            Self::Load => "PT_LOAD",
            Self::Dynamic => "PT_DYNAMIC",
            Self::Interp => "PT_INTERP",
            Self::GnuStack => "PT_GNU_STACK",
        })
    }
}

bitflags::bitflags! {
    /// `p_flags`
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct SegmentFlags: u32 {
        /// `PF_X`
        const EXECUTE = program_header::PF_X;
        /// `PF_W`
        const WRITE = program_header::PF_W;
        /// `PF_R`
        const READ = program_header::PF_R;
    }
}

/// `Elf64_Ehdr`; a 32-bit header widened keeps its own ident, `phentsize` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elf64FileHeader {
    /// `e_ident`
    pub ident: ElfIdent,
    /// `e_type`, raw.
    pub elf_type: u16,
    /// `e_machine`, raw.
    pub machine: u16,
    /// `e_version`; never checked.
    pub version: u32,
    /// `e_entry`: the entry point's virtual address before relocation.
    pub entry: u64,
    /// `e_phoff`: where in the file the program headers begin, in bytes.
    pub phoff: u64,
    /// `e_shoff`; never checked.
    pub shoff: u64,
    /// `e_flags`; never checked.
    pub flags: u32,
    /// `e_ehsize`; never checked.
    pub ehsize: u16,
    /// `e_phentsize`: bytes in a program header.
    pub phentsize: u16,
    /// `e_phnum`: how many program headers there are.
    pub phnum: u16,
    /// `e_shentsize`; never checked.
    pub shentsize: u16,
    /// `e_shnum`; never checked.
    pub shnum: u16,
    /// `e_shstrndx`; never checked.
    pub shstrndx: u16,
}

impl Elf64FileHeader {
    /// The type, or the raw number if it is unknown.
    pub const fn elf_type(&self) -> Result<ElfType, u16> {
        ElfType::from_raw(self.elf_type)
    }

    /// The architecture, or the raw number if it is unknown.
    pub const fn machine(&self) -> Result<ElfArchitecture, u16> {
        ElfArchitecture::from_raw(self.machine)
    }
}

impl From<Header> for Elf64FileHeader {
    fn from(raw: Header) -> Self {
        Self {
            ident: raw.e_ident.into(),
            elf_type: raw.e_type,
            machine: raw.e_machine,
            version: raw.e_version,
            entry: raw.e_entry,
            phoff: raw.e_phoff,
            shoff: raw.e_shoff,
            flags: raw.e_flags,
            ehsize: raw.e_ehsize,
            phentsize: raw.e_phentsize,
            phnum: raw.e_phnum,
            shentsize: raw.e_shentsize,
            shnum: raw.e_shnum,
            shstrndx: raw.e_shstrndx,
        }
    }
}

/// `Elf64_Phdr`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elf64ProgramHeader {
    /// `p_type`, raw.
    pub segment_type: u32,
    /// `p_flags`, raw.
    pub flags: u32,
    /// `p_offset`: where the segment begins in the file, in bytes.
    pub offset: u64,
    /// `p_vaddr`: where the segment begins in memory before relocation.
    pub vaddr: u64,
    /// `p_paddr`; never checked.
    pub paddr: u64,
    /// `p_filesz`: bytes in the file.
    pub filesz: u64,
    /// `p_memsz`: bytes in memory.
    pub memsz: u64,
    /// `p_align`
    pub align: u64,
}

impl Elf64ProgramHeader {
    /// The type, or the raw number if the loader does not know it.
    pub const fn segment_type(&self) -> Result<SegmentType, u32> {
        SegmentType::from_raw(self.segment_type)
    }

    /// The R, W and X flags; other bits are dropped.
    pub const fn flags(&self) -> SegmentFlags {
        SegmentFlags::from_bits_truncate(self.flags)
    }
}

impl From<ProgramHeader> for Elf64ProgramHeader {
    fn from(raw: ProgramHeader) -> Self {
        Self {
            segment_type: raw.p_type,
            flags: raw.p_flags,
            offset: raw.p_offset,
            vaddr: raw.p_vaddr,
            paddr: raw.p_paddr,
            filesz: raw.p_filesz,
            memsz: raw.p_memsz,
            align: raw.p_align,
        }
    }
}
