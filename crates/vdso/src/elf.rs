//! The ELF file around the code: headers, symbols, note.
//!
//! Everything but the code stands in one read-only segment at address 0, section headers included,
//! so that the file is exactly what is mapped.

use zx_abi::{Arch, PAGE_SIZE, Syscall};

use crate::code::Code;
use crate::gnu_hash::{self, Shape};

const SONAME: &str = "libzircon.so";
const FILE_HEADER_SIZE: u64 = 64;
const PROGRAM_HEADER_SIZE: u64 = 56;
const SECTION_HEADER_SIZE: u64 = 64;
const SYMBOL_SIZE: u64 = 24;
const DYNAMIC_SIZE: u64 = 16;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_NOTE: u32 = 4;
const PT_PHDR: u32 = 6;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PROGRAM_HEADERS: u64 = 6;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
const PF_R: u32 = 4;

const SHT_PROGBITS: u32 = 1;
const SHT_STRTAB: u32 = 3;
const SHT_DYNAMIC: u32 = 6;
const SHT_NOTE: u32 = 7;
const SHT_DYNSYM: u32 = 11;
const SHT_GNU_HASH: u32 = 0x6fff_fff6;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;

const DT_NULL: u64 = 0;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_SONAME: u64 = 14;
const DT_FLAGS: u64 = 30;
const DT_GNU_HASH: u64 = 0x6fff_fef5;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_BIND_NOW: u64 = 8;
const DF_1_NOW: u64 = 1;
const DYNAMIC_ENTRIES: u64 = 9;

/// `EF_RISCV_FLOAT_ABI_DOUBLE`: Fuchsia's RISC-V ABI is lp64d.
const RISCV_FLAGS: u32 = 4;

const STB_GLOBAL: u8 = 1;
const STB_WEAK: u8 = 2;
const STT_FUNC: u8 = 2;

const NOTE_OWNER: &[u8] = b"GNU\0";
const NT_GNU_BUILD_ID: u32 = 3;
const BUILD_ID_SIZE: usize = 8;
const NOTE_HEADER_SIZE: usize = 12;
const NOTE_SIZE: u64 = (NOTE_HEADER_SIZE + NOTE_OWNER.len() + BUILD_ID_SIZE) as u64;

const SECTION_NAMES: [&str; SECTION_COUNT] = [
    "",
    ".note.gnu.build-id",
    ".dynsym",
    ".gnu.hash",
    ".dynamic",
    ".dynstr",
    ".shstrtab",
    ".rodata",
    ".text",
];
const SECTION_COUNT: usize = 9;
// Indexes of sections that others refer to.
const DYNSYM: u32 = 2;
const DYNSTR: u32 = 5;
const SHSTRTAB: u16 = 6;
const TEXT: u16 = 8;

/// A dynamic symbol.
struct Symbol {
    name: String,
    /// Where its name stands in `.dynstr`.
    name_offset: u32,
    binding: u8,
    /// Which export it names.
    export: usize,
}

/// Where everything stands. It depends on the exports and the size of the strings only, so that
/// code can be written to match.
pub(crate) struct Layout {
    symbols: Vec<Symbol>,
    hash_shape: Shape,
    dynstr_bytes: Vec<u8>,
    soname_offset: u64,
    shstrtab_bytes: Vec<u8>,
    note: u64,
    dynsym: u64,
    gnu_hash: u64,
    dynamic: u64,
    dynstr: u64,
    shstrtab: u64,
    section_headers: u64,
    /// The address of the string tables.
    pub(crate) strings: u64,
    /// The address of the constants.
    pub(crate) constants: u64,
    /// The address of the time values.
    pub(crate) time_values: u64,
    /// The address of the code.
    pub(crate) code: u64,
}

impl Layout {
    /// Plans an image that exports `exports` and has `strings_size` bytes of string tables.
    pub(crate) fn new(exports: &[Syscall], strings_size: u64) -> Self {
        let mut dynstr_bytes = vec![0];
        let mut symbols = Vec::with_capacity(2 * exports.len());
        for (export, call) in exports.iter().enumerate() {
            // The weak name is the tail of the global one.
            let name_offset = dynstr_bytes.len() as u32;
            let (global, weak) = (format!("_zx_{}", call.name()), format!("zx_{}", call.name()));
            dynstr_bytes.extend_from_slice(global.as_bytes());
            dynstr_bytes.push(0);
            symbols.push(Symbol { name: global, name_offset, binding: STB_GLOBAL, export });
            let name_offset = name_offset + 1;
            symbols.push(Symbol { name: weak, name_offset, binding: STB_WEAK, export });
        }
        let soname_offset = dynstr_bytes.len() as u64;
        dynstr_bytes.extend_from_slice(SONAME.as_bytes());
        dynstr_bytes.push(0);
        let hash_shape = Shape::new(symbols.len());
        symbols.sort_by_cached_key(|symbol| hash_shape.bucket(&symbol.name));
        let shstrtab_bytes = SECTION_NAMES.map(|name| format!("{name}\0")).concat().into_bytes();

        let note = FILE_HEADER_SIZE + PROGRAM_HEADERS * PROGRAM_HEADER_SIZE;
        let dynsym = (note + NOTE_SIZE).next_multiple_of(8);
        let gnu_hash = dynsym + (symbols.len() as u64 + 1) * SYMBOL_SIZE;
        let dynamic = (gnu_hash + hash_shape.size()).next_multiple_of(8);
        let dynstr = dynamic + DYNAMIC_ENTRIES * DYNAMIC_SIZE;
        let shstrtab = dynstr + dynstr_bytes.len() as u64;
        let section_headers = (shstrtab + shstrtab_bytes.len() as u64).next_multiple_of(8);
        let strings = section_headers + SECTION_COUNT as u64 * SECTION_HEADER_SIZE;
        let constants = (strings + strings_size).next_multiple_of(PAGE_SIZE);
        let time_values = constants + PAGE_SIZE;
        let code = time_values + PAGE_SIZE;
        Self {
            symbols,
            hash_shape,
            dynstr_bytes,
            soname_offset,
            shstrtab_bytes,
            note,
            dynsym,
            gnu_hash,
            dynamic,
            dynstr,
            shstrtab,
            section_headers,
            strings,
            constants,
            time_values,
            code,
        }
    }

    fn dynsym_size(&self) -> u64 {
        self.gnu_hash - self.dynsym
    }
}

/// Writes the file. Its build id is a hash of everything else in it.
pub(crate) fn write(
    arch: Arch,
    layout: &Layout,
    strings: &[u8],
    code: &Code,
    entry: u64,
) -> Vec<u8> {
    let names: Vec<&str> = layout.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    let mut image = vec![0; layout.code as usize];
    let mut place = |offset: u64, bytes: &[u8]| {
        let start = offset as usize;
        image[start..start + bytes.len()].copy_from_slice(bytes);
    };
    place(0, &file_header(arch, layout, entry));
    place(FILE_HEADER_SIZE, &program_headers(layout, code));
    place(layout.dynsym, &dynsym(layout, code));
    place(layout.gnu_hash, &gnu_hash::section(layout.hash_shape, &names));
    place(layout.dynamic, &dynamic(layout));
    place(layout.dynstr, &layout.dynstr_bytes);
    place(layout.shstrtab, &layout.shstrtab_bytes);
    place(layout.section_headers, &section_headers(layout, code));
    place(layout.strings, strings);
    image.extend_from_slice(&code.bytes);
    let note = build_id_note(&image);
    let start = layout.note as usize;
    image[start..start + note.len()].copy_from_slice(&note);
    image
}

/// Little-endian fields, one after another.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn half(&mut self, value: u16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn word(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn xword(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
}

fn file_header(arch: Arch, layout: &Layout, entry: u64) -> Vec<u8> {
    let flags = if arch == Arch::Riscv64 { RISCV_FLAGS } else { 0 };
    // 64 bits, little-endian, version 1, no OS ABI.
    let mut fields = Fields(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec());
    fields.half(3).half(arch.elf_machine()).word(1); // ET_DYN
    fields.xword(entry).xword(FILE_HEADER_SIZE).xword(layout.section_headers).word(flags);
    fields.half(FILE_HEADER_SIZE as u16);
    fields.half(PROGRAM_HEADER_SIZE as u16).half(PROGRAM_HEADERS as u16);
    fields.half(SECTION_HEADER_SIZE as u16).half(SECTION_COUNT as u16).half(SHSTRTAB);
    fields.0
}

fn program_headers(layout: &Layout, code: &Code) -> Vec<u8> {
    let mut fields = Fields::default();
    let mut header = |kind, flags, offset, size, align| {
        fields.word(kind).word(flags);
        fields.xword(offset).xword(offset).xword(offset); // offset, vaddr, paddr
        fields.xword(size).xword(size).xword(align); // filesz, memsz
    };
    header(PT_PHDR, PF_R, FILE_HEADER_SIZE, PROGRAM_HEADERS * PROGRAM_HEADER_SIZE, 8);
    header(PT_LOAD, PF_R, 0, layout.code, PAGE_SIZE);
    header(PT_LOAD, PF_R | PF_X, layout.code, code.bytes.len() as u64, PAGE_SIZE);
    header(PT_DYNAMIC, PF_R, layout.dynamic, DYNAMIC_ENTRIES * DYNAMIC_SIZE, 8);
    header(PT_NOTE, PF_R, layout.note, NOTE_SIZE, 4);
    header(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0);
    fields.0
}

fn dynsym(layout: &Layout, code: &Code) -> Vec<u8> {
    let mut fields = Fields(vec![0; SYMBOL_SIZE as usize]);
    for symbol in &layout.symbols {
        let function = &code.functions[symbol.export];
        fields.word(symbol.name_offset);
        fields.0.extend([symbol.binding << 4 | STT_FUNC, 0]); // STV_DEFAULT
        fields.half(TEXT).xword(function.offset).xword(function.size);
    }
    fields.0
}

fn dynamic(layout: &Layout) -> Vec<u8> {
    let entries: [(u64, u64); DYNAMIC_ENTRIES as usize] = [
        (DT_SONAME, layout.soname_offset),
        (DT_FLAGS, DF_BIND_NOW),
        (DT_FLAGS_1, DF_1_NOW),
        (DT_SYMTAB, layout.dynsym),
        (DT_SYMENT, SYMBOL_SIZE),
        (DT_STRTAB, layout.dynstr),
        (DT_STRSZ, layout.dynstr_bytes.len() as u64),
        (DT_GNU_HASH, layout.gnu_hash),
        (DT_NULL, 0),
    ];
    entries.iter().flat_map(|&(tag, value)| [tag, value]).flat_map(u64::to_le_bytes).collect()
}

/// A section header less its name.
#[derive(Default)]
struct Section {
    kind: u32,
    flags: u64,
    offset: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entry_size: u64,
}

fn section_headers(layout: &Layout, code: &Code) -> Vec<u8> {
    let alloc = |kind, offset, size, align| Section {
        kind,
        flags: SHF_ALLOC,
        offset,
        size,
        align,
        ..Section::default()
    };
    let code_size = code.bytes.len() as u64;
    let sections: [Section; SECTION_COUNT] = [
        Section::default(),
        alloc(SHT_NOTE, layout.note, NOTE_SIZE, 4),
        Section {
            link: DYNSTR,
            info: 1, // the first symbol that is not local
            entry_size: SYMBOL_SIZE,
            ..alloc(SHT_DYNSYM, layout.dynsym, layout.dynsym_size(), 8)
        },
        Section {
            link: DYNSYM,
            ..alloc(SHT_GNU_HASH, layout.gnu_hash, layout.hash_shape.size(), 8)
        },
        Section {
            link: DYNSTR,
            entry_size: DYNAMIC_SIZE,
            ..alloc(SHT_DYNAMIC, layout.dynamic, DYNAMIC_ENTRIES * DYNAMIC_SIZE, 8)
        },
        alloc(SHT_STRTAB, layout.dynstr, layout.dynstr_bytes.len() as u64, 1),
        Section {
            flags: 0,
            ..alloc(SHT_STRTAB, layout.shstrtab, layout.shstrtab_bytes.len() as u64, 1)
        },
        alloc(SHT_PROGBITS, layout.strings, layout.code - layout.strings, 8),
        Section {
            flags: SHF_ALLOC | SHF_EXECINSTR,
            ..alloc(SHT_PROGBITS, layout.code, code_size, PAGE_SIZE)
        },
    ];
    let mut fields = Fields::default();
    let mut name_offset = 0;
    for (section, name) in sections.iter().zip(SECTION_NAMES) {
        let address = if section.flags & SHF_ALLOC == 0 { 0 } else { section.offset };
        fields.word(name_offset).word(section.kind).xword(section.flags);
        fields.xword(address).xword(section.offset).xword(section.size);
        fields.word(section.link).word(section.info);
        fields.xword(section.align).xword(section.entry_size);
        name_offset += name.len() as u32 + 1;
    }
    fields.0
}

fn build_id_note(image: &[u8]) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.word(NOTE_OWNER.len() as u32).word(BUILD_ID_SIZE as u32).word(NT_GNU_BUILD_ID);
    fields.0.extend_from_slice(NOTE_OWNER);
    fields.xword(fnv1a(image));
    fields.0
}

/// FNV-1a of 64 bits, over words of as many: an id needs no strength, only to differ. An image is a
/// whole number of words.
fn fnv1a(bytes: &[u8]) -> u64 {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x100_0000_01b3)
    })
}
