//! The ELF structures that are read, and the checks of a file's header
//! (gabi.xinuos.com, and the x86-64 psABI).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::error::ObjectError;

pub const PT_LOAD: u32 = 1;
pub const PT_DYNAMIC: u32 = 2;
pub const PT_TLS: u32 = 7;
pub const PT_GNU_STACK: u32 = 0x6474_e551;
pub const PT_GNU_RELRO: u32 = 0x6474_e552;

pub const PF_X: u32 = 1;
pub const PF_W: u32 = 2;
pub const PF_R: u32 = 4;

pub const DT_NULL: u64 = 0;
pub const DT_NEEDED: u64 = 1;
pub const DT_PLTRELSZ: u64 = 2;
pub const DT_HASH: u64 = 4;
pub const DT_STRTAB: u64 = 5;
pub const DT_SYMTAB: u64 = 6;
pub const DT_RELA: u64 = 7;
pub const DT_RELASZ: u64 = 8;
pub const DT_STRSZ: u64 = 10;
pub const DT_INIT: u64 = 12;
pub const DT_FINI: u64 = 13;
pub const DT_SONAME: u64 = 14;
pub const DT_REL: u64 = 17;
pub const DT_RELSZ: u64 = 18;
pub const DT_PLTREL: u64 = 20;
pub const DT_TEXTREL: u64 = 22;
pub const DT_JMPREL: u64 = 23;
pub const DT_INIT_ARRAY: u64 = 25;
pub const DT_FINI_ARRAY: u64 = 26;
pub const DT_INIT_ARRAYSZ: u64 = 27;
pub const DT_FINI_ARRAYSZ: u64 = 28;
pub const DT_RELRSZ: u64 = 35;
pub const DT_RELR: u64 = 36;
pub const DT_GNU_HASH: u64 = 0x6fff_fef5;

pub const STB_GLOBAL: u8 = 1;
pub const STB_WEAK: u8 = 2;
pub const STB_GNU_UNIQUE: u8 = 10;

pub const STT_TLS: u8 = 6;

/// Types of symbols that can be bound to: NOTYPE, OBJECT, FUNC, COMMON and TLS.
const BINDABLE: [u8; 5] = [0, 1, 2, 5, STT_TLS];

const ET_DYN: u16 = 3;
const EM_X86_64: u16 = 62;

/// Elf64_Ehdr
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct FileHeader {
    magic: [u8; 4],
    class: u8,
    data: u8,
    ident: [u8; 10],
    kind: u16,
    machine: u16,
    version: u32,
    pub entry: u64,
    pub phoff: u64,
    shoff: u64,
    flags: u32,
    ehsize: u16,
    phentsize: u16,
    pub phnum: u16,
    sections: [u16; 3],
}

impl FileHeader {
    /// Whether it is the header of an image that can be loaded anywhere in a process of this
    /// machine.
    pub fn check(&self) -> Result<(), ObjectError> {
        if self.magic != *b"\x7fELF" {
            return Err(ObjectError::Bad("not an ELF file"));
        }
        if (self.class, self.data) != (2, 1) || self.machine != EM_X86_64 {
            return Err(ObjectError::Bad("for another machine"));
        }
        if self.kind != ET_DYN {
            return Err(ObjectError::Bad("neither a library nor position-independent"));
        }
        if usize::from(self.phentsize) != size_of::<ProgramHeader>() {
            return Err(ObjectError::Bad("program headers of an unknown size"));
        }
        Ok(())
    }
}

/// Elf64_Phdr
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ProgramHeader {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub vaddr: u64,
    paddr: u64,
    pub filesz: u64,
    pub memsz: u64,
    pub align: u64,
}

/// Elf64_Dyn
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Dyn {
    pub tag: u64,
    pub value: u64,
}

/// Elf64_Sym
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Symbol {
    pub name: u32,
    info: u8,
    other: u8,
    section: u16,
    pub value: u64,
    size: u64,
}

impl Symbol {
    /// STB_*
    pub fn binding(&self) -> u8 {
        self.info >> 4
    }

    /// STT_*
    pub fn kind(&self) -> u8 {
        self.info & 0xf
    }

    /// Whether its image defines it for others; if not, the image imports it or keeps it.
    pub fn is_bindable(&self) -> bool {
        let visible = [STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE].contains(&self.binding());
        let placed = self.value != 0 || self.kind() == STT_TLS;
        self.section != 0 && visible && placed && BINDABLE.contains(&self.kind())
    }
}
