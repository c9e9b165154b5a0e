//! One ELF file, and what its addresses mean.

use std::fmt;
use std::sync::Arc;

use addr2line::Context;
use gimli::{Dwarf, EndianArcSlice, LittleEndian};
use object::elf::PT_LOAD;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

type Bytes = EndianArcSlice<LittleEndian>;

/// What is known of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The function's name as in its source.
    pub function: Option<String>,
    /// The file's path, as the compiler had it.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1.
    pub column: Option<u32>,
}

impl Frame {
    /// The function's name.
    pub(crate) fn function(&self) -> &str {
        self.function.as_deref().unwrap_or("<unknown>")
    }

    /// The file, with line and column as far as they are known.
    pub(crate) fn location(&self) -> Option<String> {
        let numbers = [self.line, self.column].into_iter().map_while(|number| number);
        let file = self.file.clone()?;
        Some(numbers.fold(file, |place, number| format!("{place}:{number}")))
    }
}

/// On one line.
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function())?;
        self.location().map_or(Ok(()), |location| write!(f, " ({location})"))
    }
}

/// A function or an object of a symbol table.
struct Symbol {
    address: u64,
    size: u64,
    name: String,
}

/// A part of the file that is loaded.
struct Segment {
    offset: u64,
    size: u64,
    address: u64,
}

/// An ELF file.
pub struct Module {
    context: Option<Context<Bytes>>,
    /// By their addresses.
    symbols: Vec<Symbol>,
    segments: Vec<Segment>,
    build_id: Vec<u8>,
}

impl Module {
    /// Reads a file: 64 bits, little-endian. `None` if it is another, or none.
    #[must_use]
    pub fn parse(file: &[u8]) -> Option<Self> {
        let elf = ElfFile64::<object::LittleEndian>::parse(file).ok()?;
        let section = |id: gimli::SectionId| -> Result<Bytes, gimli::Error> {
            let data = elf.section_by_name(id.name()).and_then(|found| found.data().ok());
            Ok(Bytes::new(Arc::from(data.unwrap_or_default()), LittleEndian))
        };
        let context = Dwarf::load(section).and_then(Context::from_dwarf).ok();
        let mut symbols: Vec<Symbol> = elf
            .symbols()
            .chain(elf.dynamic_symbols())
            .filter(|symbol| matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data))
            .filter(|symbol| symbol.is_definition())
            .filter_map(|symbol| {
                let name = symbol.name().ok()?.to_owned();
                Some(Symbol { address: symbol.address(), size: symbol.size(), name })
            })
            .collect();
        symbols.sort_by_key(|symbol| symbol.address);
        let endian = elf.endian();
        let segments = elf
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == PT_LOAD)
            .map(|header| Segment {
                offset: header.p_offset(endian),
                size: header.p_filesz(endian),
                address: header.p_vaddr(endian),
            })
            .collect();
        let build_id = elf.build_id().ok().flatten().unwrap_or_default().to_vec();
        Some(Self { context, symbols, segments, build_id })
    }

    /// What the linker has marked the file with; empty if it has not.
    #[must_use]
    pub fn build_id(&self) -> &[u8] {
        &self.build_id
    }

    /// The address, as in the file, of what is loaded from an offset in it.
    #[must_use]
    pub fn address_of(&self, offset: u64) -> Option<u64> {
        self.segments.iter().find_map(|segment| {
            let within = offset.checked_sub(segment.offset).filter(|at| *at < segment.size)?;
            segment.address.checked_add(within)
        })
    }

    /// What an address of code means: the function, and after it those that it was inlined into.
    /// Nothing if nothing is known.
    #[must_use]
    pub fn frames(&self, address: u64) -> Vec<Frame> {
        let frames = self.dwarf_frames(address).unwrap_or_default();
        if frames.iter().any(|frame| frame.function.is_some()) {
            return frames;
        }
        // Without DWARF for it, or with lines only.
        let frame = frames.into_iter().next().unwrap_or_default();
        match self.symbol(address) {
            Some(name) => vec![Frame { function: Some(demangle(name)), ..frame }],
            None if frame == Frame::default() => Vec::new(),
            None => vec![frame],
        }
    }

    fn dwarf_frames(&self, address: u64) -> Option<Vec<Frame>> {
        // What looks it up adds 1 to it.
        address.checked_add(1)?;
        let context = self.context.as_ref()?;
        let mut found = context.find_frames(address).skip_all_loads().ok()?;
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let function = frame.function.as_ref().and_then(|function| {
                let name = function.raw_name().ok()?;
                Some(demangle(&name))
            });
            let location = frame.location.as_ref();
            frames.push(Frame {
                function,
                file: location.and_then(|place| place.file).map(str::to_owned),
                line: location.and_then(|place| place.line),
                // 0 is the whole line.
                column: location.and_then(|place| place.column).filter(|column| *column > 0),
            });
        }
        Some(frames)
    }

    /// The name, as in the symbol table, of what an address is in.
    #[must_use]
    pub fn symbol(&self, address: u64) -> Option<&str> {
        let end = self.symbols.partition_point(|symbol| symbol.address <= address);
        let symbol = self.symbols[..end].last()?;
        // Of what assembly leaves without a size only the beginning is known.
        (address - symbol.address < symbol.size.max(1)).then_some(&symbol.name)
    }
}

/// A name as in its source, without the hash that Rust's have.
pub fn demangle(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(name) => format!("{name:#}"),
        Err(_) => name.to_owned(),
    }
}
