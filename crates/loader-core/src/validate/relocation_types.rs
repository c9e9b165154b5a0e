//! How many bytes relocations change, by the psABIs of x86-64, AArch64 (LP64) and RISC-V (64 bits).

use zx_abi::Arch;

/// What a relocation changes, from its target on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// So many bytes; 0 for what only tells a linker something.
    Bytes(u64),
    /// All of its symbol.
    Symbol,
}

impl Width {
    /// That of a relocation type on a machine. A type that no psABI has is taken to change a byte.
    pub const fn of(arch: Arch, relocation_type: u32) -> Self {
        let bytes = match arch {
            Arch::X86_64 => match relocation_type {
                5 => return Self::Symbol,
                // NONE, TLSDESC_CALL
                0 | 35 => 0,
                // 8, PC8
                14 | 15 => 1,
                // 16, PC16
                12 | 13 => 2,
                // PC32, GOT32, PLT32; GOTPCREL, 32, 32S; TLSGD to TPOFF32; GOTPC32; SIZE32;
                // GOTPC32_TLSDESC; PC32_BND, PLT32_BND, GOTPCRELX and all like it
                2..=4 | 9..=11 | 19..=23 | 26 | 32 | 34 | 39..=51 => 4,
                // TLSDESC
                36 => 16,
                // 64; GLOB_DAT, JUMP_SLOT, RELATIVE; DTPMOD64, DTPOFF64, TPOFF64; PC64, GOTOFF64;
                // GOT64 to PLTOFF64; SIZE64; IRELATIVE, RELATIVE64
                1 | 6..=8 | 16..=18 | 24 | 25 | 27..=31 | 33 | 37 | 38 => 8,
                _ => 1,
            },
            Arch::Aarch64 => match relocation_type {
                1024 => return Self::Symbol,
                // NONE, and as it was once; TLSDESC_LDR, TLSDESC_ADD, TLSDESC_CALL
                0 | 256 | 567..=569 => 0,
                // ABS16, PREL16
                259 | 262 => 2,
                // TLSDESC, AUTH_TLSDESC
                1031 | 1043 => 16,
                // ABS64, PREL64, GOTREL64, AUTH_ABS64; GLOB_DAT to TLS_TPREL; IRELATIVE;
                // AUTH_RELATIVE, AUTH_GLOB_DAT, AUTH_IRELATIVE
                257 | 260 | 307 | 580 | 1025..=1030 | 1032 | 1041 | 1042 | 1044 => 8,
                // ABS32, PREL32, GOTREL32, PLT32, GOTPCREL32, and what is in an instruction
                258 | 261 | 263..=316 | 512..=573 => 4,
                _ => 1,
            },
            Arch::Riscv64 => match relocation_type {
                4 => return Self::Symbol,
                // NONE, TPREL_ADD, ALIGN, RELAX, TLSDESC_CALL
                0 | 32 | 43 | 51 | 65 => 0,
                // ADD16, SUB16, RVC_BRANCH, RVC_JUMP, RVC_LUI, SET16
                34 | 38 | 44..=46 | 55 => 2,
                // 32, TLS_DTPMOD32, TLS_DTPREL32, TLS_TPREL32; BRANCH, JAL; GOT_HI20 to
                // TPREL_LO12_S; ADD32, SUB32, GOT32_PCREL; GPREL_I to TPREL_S, which were once;
                // SET32, 32_PCREL, PLT32; TLSDESC_HI20 to TLSDESC_ADD_LO12
                1
                | 6
                | 8
                | 10
                | 16
                | 17
                | 20..=31
                | 35
                | 39
                | 41
                | 47..=50
                | 56
                | 57
                | 59
                | 62..=64 => 4,
                // TLSDESC
                12 => 16,
                // 64, RELATIVE, JUMP_SLOT, TLS_DTPMOD64, TLS_DTPREL64, TLS_TPREL64; CALL and
                // CALL_PLT, which are two instructions; ADD64, SUB64, IRELATIVE
                2 | 3 | 5 | 7 | 9 | 11 | 18 | 19 | 36 | 40 | 58 => 8,
                // ADD8, SUB8, SUB6, SET6, SET8; of SET_ULEB128 and SUB_ULEB128 the first byte
                _ => 1,
            },
        };
        Self::Bytes(bytes)
    }
}
