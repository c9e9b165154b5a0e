//! The dynamic section.

use super::error::ElfParseError;
use super::format::{ELF64, Format};
use super::headers::Elf64Headers;
use super::types::{ElfArchitecture, SegmentType};
use crate::seam::ReadVmo;
use goblin::elf::dynamic::Dyn;
use zx_abi::Arch;

/// Entries of a dynamic section that are read at most: 1 MiB of them. Upstream has no limit and
/// allocates whatever PT_DYNAMIC says; real files have a few dozen.
pub const MAX_DYNAMIC_ENTRIES: u64 = 65536;

/// `Elf64_Dyn`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elf64Dyn {
    /// `d_tag`: a `DT_*` number of the ELF specification.
    pub tag: u64,
    /// `d_un`: a value or an address before relocation.
    pub value: u64,
}

impl From<Dyn> for Elf64Dyn {
    fn from(raw: Dyn) -> Self {
        Self { tag: raw.d_tag, value: raw.d_val }
    }
}

/// The contents of a file's PT_DYNAMIC segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf64DynSection {
    entries: Vec<Elf64Dyn>,
}

impl Elf64DynSection {
    /// Reads the dynamic section of a 64-bit file for `arch`: as many whole entries as
    /// PT_DYNAMIC has bytes in the file, those after `DT_NULL` too.
    ///
    /// # Errors
    ///
    /// Those of [`Elf64Headers::from_vmo`]; [`ElfParseError::MultipleHeaders`] if there are two
    /// PT_DYNAMIC; [`ElfParseError::ParseError`] if there is none, or if it has more than
    /// [`MAX_DYNAMIC_ENTRIES`]; [`ElfParseError::ReadError`] if it cannot be read.
    pub fn from_vmo<V: ReadVmo + ?Sized>(vmo: &V, arch: Arch) -> Result<Self, ElfParseError> {
        Self::read(vmo, &ELF64, arch.into())
    }

    /// The dynamic section of a 64-bit file whose headers are known.
    ///
    /// # Errors
    ///
    /// Those of [`Self::from_vmo`], less those of the headers.
    pub fn with_headers<V: ReadVmo + ?Sized>(
        vmo: &V,
        headers: &Elf64Headers,
    ) -> Result<Self, ElfParseError> {
        Self::read_entries(vmo, &ELF64, headers)
    }

    /// As [`Self::from_vmo`], but also takes 32-bit files where `arch` can run them.
    ///
    /// # Errors
    ///
    /// Those of [`Self::from_vmo`] and [`Elf64Headers::from_vmo_with_arch32`].
    pub fn from_vmo_with_arch32<V: ReadVmo + ?Sized>(
        vmo: &V,
        arch: Arch,
    ) -> Result<Self, ElfParseError> {
        let (format, architecture) = Elf64Headers::format_with_arch32(vmo, arch)?;
        Self::read(vmo, format, architecture)
    }

    /// All entries, in file order.
    pub fn dynamic_entries(&self) -> &[Elf64Dyn] {
        &self.entries
    }

    /// The first entry with this `DT_*` number.
    pub fn dynamic_entry_with_tag(&self, tag: u64) -> Option<&Elf64Dyn> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    fn read<V: ReadVmo + ?Sized>(
        vmo: &V,
        format: &Format,
        architecture: ElfArchitecture,
    ) -> Result<Self, ElfParseError> {
        let headers = Elf64Headers::read(vmo, format, architecture)?;
        Self::read_entries(vmo, format, &headers)
    }

    fn read_entries<V: ReadVmo + ?Sized>(
        vmo: &V,
        format: &Format,
        headers: &Elf64Headers,
    ) -> Result<Self, ElfParseError> {
        let dynamic = headers
            .program_header_with_type(SegmentType::Dynamic)?
            .ok_or(ElfParseError::ParseError("Dynamic header not found"))?;
        let count = dynamic.filesz / format.dyn_size() as u64;
        let count = usize::try_from(count)
            .ok()
            .filter(|_| count <= MAX_DYNAMIC_ENTRIES)
            .ok_or(ElfParseError::ParseError("Dynamic section has too many entries"))?;
        Ok(Self { entries: format.read_records::<Dyn, _>(vmo, dynamic.offset, count)? })
    }
}
