//! `e_ident`: the first 16 bytes of a file.

/// Declares an enum of numbers, with the way back from a number.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident: $raw:ty {
        $($(#[$variant_doc:meta])* $variant:ident = $value:expr,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The value with this number, or the number itself if it is unknown.
            pub const fn from_raw(raw: $raw) -> Result<Self, $raw> {
                $(if raw == $value { return Ok(Self::$variant); })*
                Err(raw)
            }

            /// The number in the file.
            pub const fn as_raw(self) -> $raw {
                match self { $(Self::$variant => $value,)* }
            }
        }
    };
}
pub(super) use numbered;

use goblin::elf::header::{EI_ABIVERSION, EI_CLASS, EI_DATA, EI_OSABI, EI_VERSION, SIZEOF_IDENT};

numbered! {
    /// `EI_CLASS`
    ElfClass: u8 {
        /// `ELFCLASSNONE`
        Unknown = 0,
        /// `ELFCLASS32`
        Elf32 = 1,
        /// `ELFCLASS64`
        Elf64 = 2,
    }
}

numbered! {
    /// `EI_DATA`
    ElfDataEncoding: u8 {
        /// `ELFDATANONE`
        Unknown = 0,
        /// `ELFDATA2LSB`
        LittleEndian = 1,
        /// `ELFDATA2MSB`
        BigEndian = 2,
    }
}

numbered! {
    /// `EI_VERSION`
    ElfVersion: u8 {
        /// `EV_NONE`
        Unknown = 0,
        /// `EV_CURRENT`
        Current = 1,
    }
}

/// `e_ident`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ElfIdent {
    /// `7f 45 4c 46` in every ELF file.
    pub magic: [u8; 4],
    /// `EI_CLASS`, raw.
    pub class: u8,
    /// `EI_DATA`, raw.
    pub data: u8,
    /// `EI_VERSION`, raw.
    pub version: u8,
    /// `EI_OSABI`; never checked.
    pub osabi: u8,
    /// `EI_ABIVERSION`; never checked.
    pub abiversion: u8,
    /// The rest; never checked.
    pub pad: [u8; 7],
}

impl ElfIdent {
    /// The class, or the raw byte if it is unknown.
    pub const fn class(&self) -> Result<ElfClass, u8> {
        ElfClass::from_raw(self.class)
    }

    /// The data encoding, or the raw byte if it is unknown.
    pub const fn data(&self) -> Result<ElfDataEncoding, u8> {
        ElfDataEncoding::from_raw(self.data)
    }

    /// The version, or the raw byte if it is unknown.
    pub const fn version(&self) -> Result<ElfVersion, u8> {
        ElfVersion::from_raw(self.version)
    }
}

impl From<[u8; SIZEOF_IDENT]> for ElfIdent {
    fn from(bytes: [u8; SIZEOF_IDENT]) -> Self {
        let [m0, m1, m2, m3, .., p0, p1, p2, p3, p4, p5, p6] = bytes;
        Self {
            magic: [m0, m1, m2, m3],
            class: bytes[EI_CLASS],
            data: bytes[EI_DATA],
            version: bytes[EI_VERSION],
            osabi: bytes[EI_OSABI],
            abiversion: bytes[EI_ABIVERSION],
            pad: [p0, p1, p2, p3, p4, p5, p6],
        }
    }
}
