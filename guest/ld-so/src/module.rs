//! An image that is mapped: the program, a library, the vDSO or the linker itself.

use guest_rt::Handle;
use zerocopy::FromZeros;

use crate::elf::*;
use crate::error::ObjectError;
use crate::image::Image;
use crate::symbols::{Name, SymbolTable};

/// Program headers of an image, at most.
pub const MAX_PROGRAM_HEADERS: usize = 32;

/// A table in an image: its address in the file's terms, and its size in bytes.
#[derive(Clone, Copy, Default)]
pub struct Table {
    pub address: u64,
    pub size: u64,
}

/// PT_TLS, and where its copy is.
#[derive(Clone, Copy)]
pub struct TlsSegment {
    pub vaddr: u64,
    pub file_size: u64,
    pub size: u64,
    pub align: u64,
    /// How far below the thread pointer each thread's copy begins. What is loaded into a running
    /// program has no place there: a thread gets its copy when it first asks for it.
    pub offset: Option<u64>,
}

/// What the dynamic section says.
#[derive(Clone, Copy, Default)]
pub struct Dynamic {
    /// The section itself.
    pub section: u64,
    pub symbols: SymbolTable,
    soname: Option<u64>,
    pub rela: Table,
    pub rel: Table,
    pub relr: Table,
    pub jmprel: Table,
    /// Whether `jmprel` has addends.
    pub jmprel_is_rela: bool,
    pub init: u64,
    pub init_array: Table,
    pub fini: u64,
    pub fini_array: Table,
}

/// An image that is mapped.
#[derive(Clone, Copy)]
pub struct Module {
    /// How it was asked for. A NUL follows.
    pub name: &'static [u8],
    pub image: Image,
    pub dynamic: Dynamic,
    pub tls: Option<TlsSegment>,
    /// Its program headers in memory.
    pub headers: Table,
    /// What is read-only once it is relocated.
    pub relro: Option<Table>,
    /// The region it is mapped in; invalid once it has its final protection.
    pub vmar: Handle,
}

impl Module {
    /// Reads the dynamic section of an image that is mapped.
    pub fn new(
        name: &'static [u8],
        image: Image,
        phoff: u64,
        headers: &[ProgramHeader],
        vmar: Handle,
    ) -> Result<Self, ObjectError> {
        let find = |kind| headers.iter().find(|header| header.kind == kind);
        let dynamic = find(PT_DYNAMIC).ok_or(ObjectError::Bad("no dynamic section"))?;
        Ok(Self {
            name,
            image,
            dynamic: Dynamic::read(&image, dynamic.vaddr)?,
            tls: find(PT_TLS).map(|header| TlsSegment {
                vaddr: header.vaddr,
                file_size: header.filesz,
                size: header.memsz,
                align: header.align.max(1),
                offset: None,
            }),
            headers: headers_in_memory(phoff, headers),
            relro: find(PT_GNU_RELRO)
                .map(|header| Table { address: header.vaddr, size: header.memsz }),
            vmar,
        })
    }

    /// What another has mapped at `base`: the linker or the vDSO, both linked at 0.
    ///
    /// # Safety
    /// All segments of an ELF image are mapped there, and stay.
    pub unsafe fn mapped(
        name: &'static [u8],
        base: *const u8,
        vmar: Handle,
    ) -> Result<Self, ObjectError> {
        let base = base.expose_provenance() as u64;
        // SAFETY: the headers are at the start of the first segment.
        let first_page = unsafe { Image::new(base, base, zx_abi::PAGE_SIZE) };
        let truncated = ObjectError::Bad("headers beyond its first page");
        let file: FileHeader = first_page.read(0).ok_or(truncated)?;
        file.check()?;
        let mut headers = [ProgramHeader::new_zeroed(); MAX_PROGRAM_HEADERS];
        let headers = headers.get_mut(..file.phnum.into()).ok_or(truncated)?;
        for (index, header) in headers.iter_mut().enumerate() {
            *header = first_page.read_at(file.phoff, index as u64).ok_or(truncated)?;
        }
        let segments = headers.iter().filter(|header| header.kind == PT_LOAD);
        let size = segments.map(|header| header.vaddr.saturating_add(header.memsz)).max();
        // SAFETY: the caller's promise.
        let image = unsafe { Image::new(base, base, size.unwrap_or(0)) };
        Self::new(name, image, file.phoff, headers, vmar)
    }

    /// Its own idea of its name.
    pub fn soname(&self) -> Option<&'static [u8]> {
        self.dynamic.symbols.string(&self.image, self.dynamic.soname?)
    }

    /// The names of the libraries that it needs (DT_NEEDED).
    pub fn needed(&self) -> impl Iterator<Item = &'static [u8]> + use<> {
        let Self { image, dynamic, .. } = *self;
        entries(image, dynamic.section)
            .filter(|entry| entry.tag == DT_NEEDED)
            .filter_map(move |entry| dynamic.symbols.string(&image, entry.value))
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: u64) -> bool {
        address.wrapping_sub(self.image.start()) < self.image.size()
    }

    /// The definition of a name in this image.
    pub fn lookup(&self, name: &Name<'_>) -> Option<Symbol> {
        self.dynamic.symbols.lookup(&self.image, name)
    }
}

/// Where a segment has the program headers; none if no segment has them.
fn headers_in_memory(phoff: u64, headers: &[ProgramHeader]) -> Table {
    let size = size_of_val(headers) as u64;
    let end = phoff.saturating_add(size);
    headers
        .iter()
        .filter(|header| header.kind == PT_LOAD && header.offset <= phoff)
        .find(|header| end <= header.offset.saturating_add(header.filesz))
        .map(|header| Table { address: header.vaddr.wrapping_add(phoff - header.offset), size })
        .unwrap_or_default()
}

impl Dynamic {
    fn read(image: &Image, section: u64) -> Result<Self, ObjectError> {
        if !image.contains(section, size_of::<Dyn>() as u64) {
            return Err(ObjectError::Bad("a dynamic section outside of it"));
        }
        let mut dynamic = Self { section, ..Self::default() };
        for Dyn { tag, value } in entries(*image, section) {
            match tag {
                DT_SYMTAB => dynamic.symbols.symbols = value,
                DT_STRTAB => dynamic.symbols.strings = value,
                DT_STRSZ => dynamic.symbols.strings_size = value,
                DT_GNU_HASH => dynamic.symbols.gnu_hash = value,
                DT_HASH => dynamic.symbols.sysv_hash = value,
                DT_SONAME => dynamic.soname = Some(value),
                DT_RELA => dynamic.rela.address = value,
                DT_RELASZ => dynamic.rela.size = value,
                DT_REL => dynamic.rel.address = value,
                DT_RELSZ => dynamic.rel.size = value,
                DT_RELR => dynamic.relr.address = value,
                DT_RELRSZ => dynamic.relr.size = value,
                DT_JMPREL => dynamic.jmprel.address = value,
                DT_PLTRELSZ => dynamic.jmprel.size = value,
                DT_PLTREL => dynamic.jmprel_is_rela = value == DT_RELA,
                DT_INIT => dynamic.init = value,
                DT_INIT_ARRAY => dynamic.init_array.address = value,
                DT_INIT_ARRAYSZ => dynamic.init_array.size = value,
                DT_FINI => dynamic.fini = value,
                DT_FINI_ARRAY => dynamic.fini_array.address = value,
                DT_FINI_ARRAYSZ => dynamic.fini_array.size = value,
                DT_TEXTREL => return Err(ObjectError::Bad("relocations in its code")),
                _ => {}
            }
        }
        dynamic.check(image)?;
        Ok(dynamic)
    }

    /// Checks what is walked to its end, and what would be missing without a sign.
    fn check(&self, image: &Image) -> Result<(), ObjectError> {
        let Self { rela, rel, relr, jmprel, init_array, fini_array, .. } = *self;
        let tables = [rela, rel, relr, jmprel, init_array, fini_array];
        if tables.iter().any(|table| table.size != 0 && !image.contains(table.address, table.size))
        {
            return Err(ObjectError::Bad("a table outside of it"));
        }
        let mut needed = entries(*image, self.section).filter(|entry| entry.tag == DT_NEEDED);
        if needed.any(|entry| self.symbols.string(image, entry.value).is_none()) {
            return Err(ObjectError::Bad("a name outside of it"));
        }
        Ok(())
    }
}

/// The entries of a dynamic section.
fn entries(image: Image, section: u64) -> impl Iterator<Item = Dyn> {
    (0..)
        .map_while(move |index| image.read_at::<Dyn>(section, index))
        .take_while(|entry| entry.tag != DT_NULL)
}
