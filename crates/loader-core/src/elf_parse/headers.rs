//! A file's headers, read and judged.

use super::error::ElfParseError;
use super::format::{ELF32, ELF64, Format};
use super::ident::{ElfClass, ElfIdent};
use super::types::{Elf64FileHeader, Elf64ProgramHeader, ElfArchitecture, SegmentType};
use super::validate::{check_file_header, check_ident, check_program_headers};
use crate::seam::ReadVmo;
use core::convert::Infallible;
use core::ops::ControlFlow;
use goblin::elf::header::{SIZEOF_IDENT, header64};
use goblin::elf::program_header::ProgramHeader;
use zx_abi::Arch;

/// The headers of an ELF file that Fuchsia's loader accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf64Headers {
    file_header: Elf64FileHeader,
    program_headers: Vec<Elf64ProgramHeader>,
}

impl Elf64Headers {
    /// Reads and checks the headers of a 64-bit file for `arch`.
    ///
    /// Reads the 64 bytes of the file header and then the program header table, nothing else.
    /// Sections are not looked at, and neither is whether segments lie within the file.
    ///
    /// # Errors
    ///
    /// In this order, the first that applies:
    /// - [`ElfParseError::ReadError`] if the file header cannot be read.
    /// - [`ElfParseError::InvalidFileHeader`]: magic, class, data encoding, ident version, program
    ///   header size, program header count, architecture, type.
    /// - [`ElfParseError::ReadError`] if the program headers cannot be read.
    /// - [`ElfParseError::InvalidProgramHeader`], header by header. A PT_LOAD: more bytes in the
    ///   file than in memory, beginning before the end of the one before it, end beyond 64 bits,
    ///   alignment, congruence. A PT_GNU_STACK: the X flag.
    pub fn from_vmo<V: ReadVmo + ?Sized>(vmo: &V, arch: Arch) -> Result<Self, ElfParseError> {
        Self::read(vmo, &ELF64, arch.into())
    }

    /// As [`Self::from_vmo`], but also takes 32-bit files where `arch` can run them: ARM files
    /// on AArch64. Their headers are widened.
    ///
    /// # Errors
    ///
    /// Those of [`Self::from_vmo`]. A 32-bit file is checked with the sizes and the address range
    /// of its class.
    pub fn from_vmo_with_arch32<V: ReadVmo + ?Sized>(
        vmo: &V,
        arch: Arch,
    ) -> Result<Self, ElfParseError> {
        let (format, architecture) = Self::format_with_arch32(vmo, arch)?;
        Self::read(vmo, format, architecture)
    }

    /// Takes headers as they are, for tests: nothing is checked.
    pub fn new_for_test(
        file_header: Elf64FileHeader,
        program_headers: Vec<Elf64ProgramHeader>,
    ) -> Self {
        Self { file_header, program_headers }
    }

    /// The file header.
    pub const fn file_header(&self) -> &Elf64FileHeader {
        &self.file_header
    }

    /// All program headers, in table order.
    pub fn program_headers(&self) -> &[Elf64ProgramHeader] {
        &self.program_headers
    }

    /// The program headers of one type, in table order.
    pub fn program_headers_with_type(
        &self,
        segment_type: SegmentType,
    ) -> impl Iterator<Item = &Elf64ProgramHeader> + Clone {
        self.program_headers.iter().filter(move |header| header.segment_type() == Ok(segment_type))
    }

    /// The only program header of a type, if there is one.
    ///
    /// # Errors
    ///
    /// [`ElfParseError::MultipleHeaders`] if there are more, even if they are equal.
    pub fn program_header_with_type(
        &self,
        segment_type: SegmentType,
    ) -> Result<Option<&Elf64ProgramHeader>, ElfParseError> {
        let mut found = self.program_headers_with_type(segment_type);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(ElfParseError::MultipleHeaders(segment_type)),
            (only, None) => Ok(only),
        }
    }

    /// The format and architecture that the file must have where 32-bit files are allowed.
    pub(super) fn format_with_arch32<V: ReadVmo + ?Sized>(
        vmo: &V,
        arch: Arch,
    ) -> Result<(&'static Format, ElfArchitecture), ElfParseError> {
        let mut ident = [0; SIZEOF_IDENT];
        vmo.read(0, &mut ident).map_err(ElfParseError::ReadError)?;
        let is_32_bit = ElfIdent::from(ident).class() == Ok(ElfClass::Elf32);
        Ok(match arch {
            Arch::Aarch64 if is_32_bit => (&ELF32, ElfArchitecture::Arm),
            _ => (&ELF64, arch.into()),
        })
    }

    pub(super) fn read<V: ReadVmo + ?Sized>(
        vmo: &V,
        format: &Format,
        architecture: ElfArchitecture,
    ) -> Result<Self, ElfParseError> {
        match Self::walk(vmo, format, architecture, &mut ControlFlow::Break) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(headers) => {
                headers.ok_or(ElfParseError::ParseError("Failed to decode the ELF headers"))
            }
        }
    }

    /// As [`Self::from_vmo`], but every fault goes to `found`. The headers are there if they could
    /// be decoded, whether or not they are good.
    pub(crate) fn with_all_faults<V: ReadVmo + ?Sized>(
        vmo: &V,
        arch: Arch,
        mut found: impl FnMut(ElfParseError),
    ) -> Option<Self> {
        let mut found = |error| -> ControlFlow<Infallible> {
            found(error);
            ControlFlow::Continue(())
        };
        match Self::walk(vmo, &ELF64, arch.into(), &mut found) {
            ControlFlow::Continue(headers) => headers,
            ControlFlow::Break(never) => match never {},
        }
    }

    /// Reads and checks. Headers are returned if `found` never breaks and they can be decoded.
    fn walk<V: ReadVmo + ?Sized, B>(
        vmo: &V,
        format: &Format,
        architecture: ElfArchitecture,
        found: &mut impl FnMut(ElfParseError) -> ControlFlow<B>,
    ) -> ControlFlow<B, Option<Self>> {
        let mut buffer = [0; header64::SIZEOF_EHDR];
        let bytes = &mut buffer[..format.file_header_size];
        if let Err(status) = vmo.read(0, bytes) {
            found(ElfParseError::ReadError(status))?;
            return ControlFlow::Continue(None);
        }
        let Some((ident, _)) = bytes.split_first_chunk::<SIZEOF_IDENT>() else {
            found(ElfParseError::ParseError("Failed to decode the ELF file header"))?;
            return ControlFlow::Continue(None);
        };
        if !check_ident(&ElfIdent::from(*ident), format, found)? {
            return ControlFlow::Continue(None);
        }
        let file_header = match Format::decode_file_header(bytes) {
            Ok(file_header) => file_header,
            Err(error) => {
                found(error)?;
                return ControlFlow::Continue(None);
            }
        };
        if !check_file_header(&file_header, format, architecture, found)? {
            return ControlFlow::Continue(None);
        }

        let (phoff, phnum) = (file_header.phoff, file_header.phnum.into());
        let program_headers = match format.read_records::<ProgramHeader, _>(vmo, phoff, phnum) {
            Ok(program_headers) => program_headers,
            Err(error) => {
                found(error)?;
                return ControlFlow::Continue(None);
            }
        };
        check_program_headers(&file_header, &program_headers, format, found)?;
        ControlFlow::Continue(Some(Self { file_header, program_headers }))
    }
}
