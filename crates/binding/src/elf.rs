//! ELF headers.

use loader_core::elf_parse::{
    Elf64FileHeader, Elf64Headers, Elf64ProgramHeader, ElfIdent, ElfParseError, SegmentType,
};
use loader_core::interp::interpreter_name;
use loader_core::seam::ReadVmo;
use napi::bindgen_prelude::{BigInt, BigUint64Array, Either, Uint8ArraySlice};
use napi::{Error, Result};
use napi_derive::napi;
use process_builder::ProcessBuilderError;
use zx_abi::{Arch, Status};

use crate::error::{IntoNative, NativeErrors};
use crate::guard::guard;
use crate::kernel::NativeKernel;
use crate::number::unsigned;

/// The architecture of this name.
pub fn arch(name: &str) -> Result<Arch> {
    let found = Arch::ALL.into_iter().find(|arch| arch.name() == name);
    found.ok_or_else(|| Error::from_reason("Unknown target"))
}

/// The headers in one array: 16 numbers for the file header, then 8 for each program header.
/// `lib/process-builder/elf-headers.ts` reads them.
pub fn pack_headers(headers: &Elf64Headers) -> BigUint64Array {
    let file = headers.file_header();
    let ident = &file.ident;
    let mut packed = Vec::with_capacity(16 + 8 * headers.program_headers().len());
    packed.extend_from_slice(&[
        u32::from_be_bytes(ident.magic).into(),
        ident.class.into(),
        ident.data.into(),
        u64::from(ident.version) | u64::from(ident.osabi) << 8 | u64::from(ident.abiversion) << 16,
        file.elf_type.into(),
        file.machine.into(),
        file.version.into(),
        file.entry,
        file.phoff,
        file.shoff,
        file.flags.into(),
        file.ehsize.into(),
        file.phentsize.into(),
        file.shentsize.into(),
        file.shnum.into(),
        file.shstrndx.into(),
    ]);
    for header in headers.program_headers() {
        packed.extend_from_slice(&[
            header.segment_type.into(),
            header.flags.into(),
            header.offset,
            header.vaddr,
            header.paddr,
            header.filesz,
            header.memsz,
            header.align,
        ]);
    }
    packed.into()
}

/// The headers that [`pack_headers`] packed, but for the padding of `e_ident`.
pub fn unpack_headers(packed: &[u64]) -> Result<Elf64Headers> {
    let malformed = || Error::from_reason("These are no packed headers");
    let (file, rest) = packed.split_first_chunk::<16>().ok_or_else(malformed)?;
    let (program_headers, []) = rest.as_chunks::<8>() else { return Err(malformed()) };
    // Each number was widened from the field's own type.
    let file_header = Elf64FileHeader {
        ident: ElfIdent {
            magic: (file[0] as u32).to_be_bytes(),
            class: file[1] as u8,
            data: file[2] as u8,
            version: file[3] as u8,
            osabi: (file[3] >> 8) as u8,
            abiversion: (file[3] >> 16) as u8,
            pad: [0; 7],
        },
        elf_type: file[4] as u16,
        machine: file[5] as u16,
        version: file[6] as u32,
        entry: file[7],
        phoff: file[8],
        shoff: file[9],
        flags: file[10] as u32,
        ehsize: file[11] as u16,
        phentsize: file[12] as u16,
        phnum: program_headers.len() as u16,
        shentsize: file[13] as u16,
        shnum: file[14] as u16,
        shstrndx: file[15] as u16,
    };
    let program_headers = program_headers.iter().map(|header| {
        let [segment_type, flags, offset, vaddr, paddr, filesz, memsz, align] = *header;
        let (segment_type, flags) = (segment_type as u32, flags as u32);
        Elf64ProgramHeader { segment_type, flags, offset, vaddr, paddr, filesz, memsz, align }
    });
    Ok(Elf64Headers::new_for_test(file_header, program_headers.collect()))
}

fn pack(headers: std::result::Result<Elf64Headers, ElfParseError>) -> NativeHeaders {
    match headers {
        Ok(headers) => Either::A(pack_headers(&headers)),
        Err(error) => Either::B(error.into_native()),
    }
}

/// The headers, packed, or why there are none.
#[napi]
pub type NativeHeaders = Either<BigUint64Array, NativeErrors>;

/// The headers of the file in `bytes`.
#[napi]
pub fn elf_headers(bytes: Uint8ArraySlice, target: String) -> Result<NativeHeaders> {
    guard(|| Ok(pack(Elf64Headers::from_vmo(&bytes[..], arch(&target)?))))
}

/// A VMO of a context.
struct ContextVmo<'a> {
    kernel: &'a NativeKernel,
    context: f64,
    vmo: u32,
}

impl ReadVmo for ContextVmo<'_> {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> std::result::Result<(), Status> {
        self.kernel.call(self.context, |caller| caller.vmo_read(self.vmo, offset, buffer))
    }
}

#[napi]
impl NativeKernel {
    /// The headers of the file in a VMO.
    #[napi]
    pub fn elf_headers(&self, context: f64, vmo: u32, target: String) -> Result<NativeHeaders> {
        guard(|| {
            let vmo = ContextVmo { kernel: self, context, vmo };
            Ok(pack(Elf64Headers::from_vmo(&vmo, arch(&target)?)))
        })
    }

    /// What the PT_INTERP segment says that is `filesz` bytes at `offset` in a VMO.
    #[napi]
    pub fn interpreter_name(
        &self,
        context: f64,
        vmo: u32,
        offset: BigInt,
        filesz: BigInt,
    ) -> Result<Either<String, NativeErrors>> {
        guard(|| {
            let vmo = ContextVmo { kernel: self, context, vmo };
            let header = unsigned(&offset).and_then(|offset| {
                let filesz = unsigned(&filesz)?;
                Ok(Elf64ProgramHeader {
                    segment_type: SegmentType::Interp.as_raw(),
                    flags: 0,
                    offset,
                    vaddr: 0,
                    paddr: 0,
                    filesz,
                    memsz: filesz,
                    align: 1,
                })
            });
            let header = header.map_err(|status| Error::from_reason(status.to_string()))?;
            Ok(match interpreter_name(&vmo, &header) {
                Ok(name) => Either::A(name),
                Err(error) => Either::B(ProcessBuilderError::from(error).into_native()),
            })
        })
    }
}
