//! The two ELF classes on file: sizes, field offsets, and records read and decoded.

use super::error::ElfParseError;
use super::ident::ElfClass;
use super::types::Elf64FileHeader;
use crate::seam::ReadVmo;
use goblin::container::{Container, Ctx, Endian};
use goblin::elf::dynamic::Dyn;
use goblin::elf::header::{Header, header32, header64};
use goblin::elf::program_header::{program_header32, program_header64};
use scroll::ctx::{SizeWith, TryFromCtx};
use zx_abi::Status;

/// How a class lays out its structures. The data encoding is little-endian, as every target's is.
#[derive(Debug)]
pub(super) struct Format {
    pub class: ElfClass,
    /// Bits in an address.
    pub bits: u8,
    /// The highest address.
    pub highest: u64,
    /// Bytes in a file header.
    pub file_header_size: usize,
    /// Bytes in a program header.
    pub program_header_size: u16,
    /// Where fields are in the file header.
    pub phentsize: u64,
    pub phnum: u64,
    /// Where fields are in a program header.
    pub p_flags: u64,
    pub p_vaddr: u64,
    pub p_filesz: u64,
    pub p_memsz: u64,
    pub p_align: u64,
    container: Container,
}

pub(super) static ELF32: Format = Format {
    class: ElfClass::Elf32,
    bits: 32,
    highest: u32::MAX as u64,
    file_header_size: header32::SIZEOF_EHDR,
    program_header_size: program_header32::SIZEOF_PHDR as u16,
    phentsize: 42,
    phnum: 44,
    p_vaddr: 8,
    p_filesz: 16,
    p_memsz: 20,
    p_flags: 24,
    p_align: 28,
    container: Container::Little,
};

pub(super) static ELF64: Format = Format {
    class: ElfClass::Elf64,
    bits: 64,
    highest: u64::MAX,
    file_header_size: header64::SIZEOF_EHDR,
    program_header_size: program_header64::SIZEOF_PHDR as u16,
    phentsize: 54,
    phnum: 56,
    p_flags: 4,
    p_vaddr: 16,
    p_filesz: 32,
    p_memsz: 40,
    p_align: 48,
    container: Container::Big,
};

impl Format {
    const fn ctx(&self) -> Ctx {
        Ctx { container: self.container, le: Endian::Little }
    }

    /// Bytes in an entry of the dynamic section.
    pub(super) fn dyn_size(&self) -> usize {
        Dyn::size(self.container)
    }

    /// Decodes a file header of either class. The ident must have been found good.
    pub(super) fn decode_file_header(bytes: &[u8]) -> Result<Elf64FileHeader, ElfParseError> {
        Header::try_from_ctx(bytes, Endian::Little)
            .map(|(header, _)| header.into())
            .map_err(|_| ElfParseError::ParseError("Failed to decode the ELF file header"))
    }

    /// Reads `count` records of goblin's type `R`, one after another from byte `offset` of `vmo`.
    ///
    /// The bytes pass through a buffer on the stack; the result is the only allocation, and
    /// callers bound `count`.
    pub(super) fn read_records<R, T>(
        &self,
        vmo: &(impl ReadVmo + ?Sized),
        offset: u64,
        count: usize,
    ) -> Result<Vec<T>, ElfParseError>
    where
        R: for<'a> TryFromCtx<'a, Ctx> + SizeWith<Ctx>,
        T: From<R>,
    {
        let ctx = self.ctx();
        let size = R::size_with(&ctx);
        let mut buffer = [0; 4096];
        let mut records = Vec::with_capacity(count);
        while records.len() < count {
            let batch = (count - records.len()).min(buffer.len() / size);
            let bytes = &mut buffer[..batch * size];
            let at = offset
                .checked_add((records.len() * size) as u64)
                .ok_or(ElfParseError::ReadError(Status::OUT_OF_RANGE))?;
            vmo.read(at, bytes).map_err(ElfParseError::ReadError)?;
            for record in bytes.chunks_exact(size) {
                let (record, _) = R::try_from_ctx(record, ctx)
                    .map_err(|_| ElfParseError::ParseError("Failed to decode an ELF record"))?;
                records.push(record.into());
            }
        }
        Ok(records)
    }
}
