//! ELF headers as Fuchsia's loader reads them (src/lib/elf_parse).
//!
//! goblin decodes the raw structures. Which files are refused, why, and in which order the reasons
//! count is decided here: see [`Elf64Headers::from_vmo`].

mod dynamic;
mod error;
mod fault;
mod format;
mod headers;
mod ident;
mod types;
mod validate;

pub use dynamic::{Elf64Dyn, Elf64DynSection, MAX_DYNAMIC_ENTRIES};
pub use error::{ElfParseError, HeaderDetail};
pub use fault::{FileHeaderFault, ProgramHeaderFault, ProgramHeaderFaultKind};
pub use headers::Elf64Headers;
pub use ident::{ElfClass, ElfDataEncoding, ElfIdent, ElfVersion};
pub use types::{
    Elf64FileHeader, Elf64ProgramHeader, ElfArchitecture, ElfType, SegmentFlags, SegmentType,
};
