//! The rules a header can break. A fault holds numbers only; words are made when asked for.

use super::error::HeaderDetail;
use zx_abi::PAGE_SIZE;

/// The rule that a file header broke. `Display` is upstream's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileHeaderFault {
    /// `e_ident[EI_MAG0..=EI_MAG3]` is not `7f 45 4c 46`.
    #[error("Invalid ELF magic")]
    Magic {
        /// The bytes found.
        actual: [u8; 4],
    },
    /// `e_ident[EI_CLASS]` is not the class asked for.
    #[error("Invalid ELF class")]
    Class {
        /// The class asked for.
        expected: u8,
        /// The class found.
        actual: u8,
    },
    /// `e_ident[EI_DATA]` is not little-endian.
    #[error("Invalid ELF data encoding")]
    DataEncoding {
        /// The encoding found.
        actual: u8,
    },
    /// `e_ident[EI_VERSION]` is not 1.
    #[error("Invalid ELF version")]
    Version {
        /// The version found.
        actual: u8,
    },
    /// `e_phentsize` is not the size of a program header.
    #[error("Invalid ELF program header size")]
    ProgramHeaderSize {
        /// Where the field is in the file, in bytes.
        offset: u64,
        /// The class's size.
        expected: u16,
        /// The size found.
        actual: u16,
    },
    /// `e_phnum` is `PN_XNUM`.
    #[error("2^16 or more ELF program headers is unsupported")]
    TooManyProgramHeaders {
        /// Where the field is in the file, in bytes.
        offset: u64,
    },
    /// `e_machine` is not the target's.
    #[error("Invalid ELF architecture")]
    Architecture {
        /// The target's number.
        expected: u16,
        /// The number found.
        actual: u16,
    },
    /// `e_type` is neither `ET_DYN` nor, despite the text, `ET_EXEC`.
    #[error("Invalid or unsupported ELF type, only ET_DYN is supported")]
    Type {
        /// The type found.
        actual: u16,
    },
}

impl FileHeaderFault {
    /// Where the fault is and what was expected there.
    pub fn detail(&self) -> HeaderDetail {
        let (offset, field, expected, actual) = match *self {
            Self::Magic { actual: [a, b, c, d] } => (
                0,
                "e_ident[EI_MAG0]",
                "7f 45 4c 46".to_string(),
                format!("{a:02x} {b:02x} {c:02x} {d:02x}"),
            ),
            Self::Class { expected, actual } => {
                (4, "e_ident[EI_CLASS]", class(expected), class(actual))
            }
            Self::DataEncoding { actual } => {
                (5, "e_ident[EI_DATA]", data_encoding(1), data_encoding(actual))
            }
            Self::Version { actual } => {
                (6, "e_ident[EI_VERSION]", named(1, "EV_CURRENT"), actual.to_string())
            }
            Self::ProgramHeaderSize { offset, expected, actual } => {
                (offset, "e_phentsize", expected.to_string(), actual.to_string())
            }
            Self::TooManyProgramHeaders { offset } => {
                (offset, "e_phnum", "at most 65534".to_string(), named(0xffff, "PN_XNUM"))
            }
            Self::Architecture { expected, actual } => {
                (18, "e_machine", architecture(expected), architecture(actual))
            }
            Self::Type { actual } => {
                (16, "e_type", format!("{} or {}", elf_type(3), elf_type(2)), elf_type(actual))
            }
        };
        HeaderDetail { offset, field, expected, actual }
    }
}

/// A rule that a program header broke, and which header it was. `Display` is upstream's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ProgramHeaderFault {
    /// The header's place in the table, from 0.
    pub index: u16,
    /// Where the field at fault is in the file, in bytes.
    pub offset: u64,
    /// The rule.
    pub kind: ProgramHeaderFaultKind,
}

/// The rule that a program header broke. `Display` is upstream's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramHeaderFaultKind {
    /// A PT_LOAD has more bytes in the file than in memory.
    #[error("filesz > memsz in a PT_LOAD segment")]
    FileSizeAboveMemorySize {
        /// `p_filesz`
        filesz: u64,
        /// `p_memsz`
        memsz: u64,
    },
    /// A PT_LOAD begins before the end of the one before it.
    #[error("Overlap in virtual addresses")]
    Overlap {
        /// `p_vaddr`
        vaddr: u64,
        /// The end of the PT_LOAD before it.
        previous_end: u64,
    },
    /// A PT_LOAD ends beyond what the class can address.
    #[error("load segment overflow the {bits}-bit memory space")]
    Overflow {
        /// 64, or 32 in a 32-bit file.
        bits: u8,
        /// `p_vaddr`
        vaddr: u64,
        /// `p_memsz`
        memsz: u64,
    },
    /// A PT_LOAD's alignment is not a multiple of the page size.
    #[error("Alignment must be multiple of the system page size")]
    Alignment {
        /// `p_align`
        align: u64,
    },
    /// A PT_LOAD's address and file offset differ modulo its alignment.
    #[error("Virtual address and offset in file are not at same offset in page")]
    NotCongruent {
        /// `p_vaddr`
        vaddr: u64,
        /// `p_offset`
        offset: u64,
        /// `p_align`
        align: u64,
    },
    /// A PT_GNU_STACK asks for an executable stack.
    #[error("Fuchsia does not support executable stacks")]
    ExecutableStack {
        /// `p_flags`
        flags: u32,
    },
}

impl ProgramHeaderFault {
    /// Where the fault is and what was expected there.
    pub fn detail(&self) -> HeaderDetail {
        use ProgramHeaderFaultKind as Kind;
        let (field, expected, actual) = match self.kind {
            Kind::FileSizeAboveMemorySize { filesz, memsz } => {
                ("p_filesz", format!("at most p_memsz ({memsz:#x})"), format!("{filesz:#x}"))
            }
            Kind::Overlap { vaddr, previous_end } => (
                "p_vaddr",
                format!("at least {previous_end:#x}, the end of the PT_LOAD before"),
                format!("{vaddr:#x}"),
            ),
            Kind::Overflow { bits, vaddr, memsz } => {
                let highest = if bits == 32 { u64::from(u32::MAX) } else { u64::MAX };
                let room = highest.saturating_sub(vaddr);
                ("p_memsz", format!("at most {room:#x}"), format!("{memsz:#x}"))
            }
            Kind::Alignment { align } => {
                ("p_align", format!("a multiple of {PAGE_SIZE:#x}"), format!("{align:#x}"))
            }
            Kind::NotCongruent { vaddr, offset, align } => (
                "p_vaddr",
                format!("equal to p_offset ({offset:#x}) modulo {align:#x}"),
                format!("{vaddr:#x}"),
            ),
            Kind::ExecutableStack { flags } => {
                ("p_flags", "no PF_X (0x1)".to_string(), format!("{flags:#x}"))
            }
        };
        HeaderDetail { offset: self.offset, field, expected, actual }
    }
}

fn named(number: u16, name: &str) -> String {
    format!("{number} ({name})")
}

fn class(raw: u8) -> String {
    match raw {
        1 => named(1, "ELFCLASS32"),
        2 => named(2, "ELFCLASS64"),
        other => other.to_string(),
    }
}

fn data_encoding(raw: u8) -> String {
    match raw {
        1 => named(1, "ELFDATA2LSB"),
        2 => named(2, "ELFDATA2MSB"),
        other => other.to_string(),
    }
}

fn architecture(raw: u16) -> String {
    match raw {
        3 => named(3, "EM_386"),
        40 => named(40, "EM_ARM"),
        62 => named(62, "EM_X86_64"),
        183 => named(183, "EM_AARCH64"),
        243 => named(243, "EM_RISCV"),
        other => other.to_string(),
    }
}

fn elf_type(raw: u16) -> String {
    match raw {
        1 => named(1, "ET_REL"),
        2 => named(2, "ET_EXEC"),
        3 => named(3, "ET_DYN"),
        4 => named(4, "ET_CORE"),
        other => other.to_string(),
    }
}
