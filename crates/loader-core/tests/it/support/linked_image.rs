//! A complete image without a fault, to be broken piece by piece.

use super::files::{elf_file, load, patch, stack_segment};
use object::elf;
use object::write::elf::ProgramHeader;
use std::collections::BTreeMap;
use zx_abi::Arch;

/// Places in the program header table.
pub const RODATA: usize = 0;
pub const CODE: usize = 1;
pub const DATA: usize = 2;
pub const DYNAMIC: usize = 3;
pub const TLS: usize = 4;
pub const RELRO: usize = 5;
pub const NOTE: usize = 6;
pub const STACK: usize = 7;
/// Only in [`LinkedImage::dynamic`].
pub const INTERP: usize = 8;

/// Offsets, which are addresses too.
pub const NAME: u64 = 0x300;
pub const STRTAB: u64 = 0x400;
pub const SYMTAB: u64 = 0x500;
pub const HASH: u64 = 0x600;
pub const GNU_HASH: u64 = 0x700;
pub const RELA: u64 = 0x800;
pub const REL: u64 = 0x880;
pub const RELR: u64 = 0x900;
pub const JMPREL: u64 = 0x980;
pub const NOTES: u64 = 0xa00;
pub const ENTRY: u64 = 0x1000;
pub const SECTION: u64 = 0x2000;
pub const GOT: u64 = 0x2200;
pub const INIT_ARRAY: u64 = 0x2380;
/// Bytes in the file.
pub const SIZE: u64 = 0x2400;

/// An image: read-only data with all tables, code, data.
#[derive(Clone, Debug)]
pub struct LinkedImage {
    pub arch: Arch,
    pub elf_type: u16,
    pub os_abi: u8,
    pub segments: Vec<ProgramHeader>,
    /// The entries of the dynamic section; DT_NULL is not among them.
    pub dynamic: Vec<(u64, u64)>,
    contents: BTreeMap<u64, Vec<u8>>,
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn longs(longs: &[u64]) -> Vec<u8> {
    longs.iter().flat_map(|long| long.to_le_bytes()).collect()
}

fn within(
    p_type: elf::ProgramType,
    p_flags: elf::ProgramFlags,
    at: u64,
    size: u64,
) -> ProgramHeader {
    ProgramHeader { p_type, p_align: 8, ..load(p_flags, at, size, size) }
}

/// A relocation of a word with an address, on this architecture: its type.
pub fn word_type(arch: Arch) -> u64 {
    match arch {
        Arch::X86_64 => 1,
        Arch::Aarch64 => 257,
        Arch::Riscv64 => 2,
    }
}

impl LinkedImage {
    /// An image that is started directly.
    pub fn fixed(arch: Arch) -> Self {
        let symbol = |name| [vec![name, 0, 0, 0], vec![0; 20]].concat();
        let info = |symbol: u64| symbol << 32 | word_type(arch);
        let note = [words(&[4, 6, 3]), b"GNU\0abcdef\0\0".to_vec()].concat();
        let contents = [
            (STRTAB, b"\0libc.so\0libx.so\0symbol\0".to_vec()),
            (SYMTAB, [symbol(0), symbol(17), symbol(17)].concat()),
            (HASH, words(&[1, 3, 2, 0, 0, 1])),
            (GNU_HASH, [words(&[1, 1, 1, 6]), vec![0xff; 8], words(&[1, 0x10, 0x11])].concat()),
            (RELA, longs(&[GOT, info(1), 0, GOT + 8, info(2), 4])),
            (REL, longs(&[GOT + 16, info(0)])),
            (RELR, longs(&[GOT + 24, 1 | 1 << 1 | 1 << 2])),
            (JMPREL, longs(&[GOT + 48, info(1), 0])),
            (NOTES, [note.clone(), note].concat()),
            (ENTRY, vec![0xcc; 0x100]),
            (INIT_ARRAY, longs(&[ENTRY])),
            (SIZE - 8, vec![0; 8]),
        ];
        let read_write = elf::PF_R | elf::PF_W;
        Self {
            arch,
            elf_type: 3,
            os_abi: 0,
            segments: vec![
                load(elf::PF_R, 0, 0x1000, 0x1000),
                load(elf::PF_R | elf::PF_X, 0x1000, 0x100, 0x100),
                load(read_write, 0x2000, 0x400, 0x1400),
                within(elf::PT_DYNAMIC, read_write, SECTION, 0x200),
                within(elf::PT_TLS, elf::PF_R, 0x2300, 8),
                ProgramHeader {
                    p_filesz: 0x400,
                    ..within(elf::PT_GNU_RELRO, elf::PF_R, 0x2000, 0x1000)
                },
                within(elf::PT_NOTE, elf::PF_R, NOTES, 48),
                stack_segment(0x2_0000),
            ],
            dynamic: vec![
                (1, 1),
                (14, 9),
                (5, STRTAB),
                (10, 24),
                (6, SYMTAB),
                (11, 24),
                (4, HASH),
                (0x6fff_fef5, GNU_HASH),
                (7, RELA),
                (8, 48),
                (9, 24),
                (17, REL),
                (18, 16),
                (19, 16),
                (36, RELR),
                (35, 16),
                (37, 8),
                (23, JMPREL),
                (2, 24),
                (20, 7),
                (25, INIT_ARRAY),
                (27, 8),
            ],
            contents: contents.into(),
        }
    }

    /// The same, with `ld.so.1` as its dynamic linker.
    pub fn dynamic(arch: Arch) -> Self {
        let mut image = Self::fixed(arch);
        image.segments.push(within(elf::PT_INTERP, elf::PF_R, NAME, 8));
        image.contents.insert(NAME, b"ld.so.1\0".to_vec());
        image
    }

    /// Changes the value of a dynamic entry.
    pub fn set(&mut self, tag: u64, value: u64) {
        let entry = self.dynamic.iter_mut().find(|(known, _)| *known == tag);
        entry.expect("the image has the entry").1 = value;
    }

    /// Takes a dynamic entry out.
    pub fn remove(&mut self, tag: u64) {
        self.dynamic.retain(|(known, _)| *known != tag);
    }

    /// Changes contents.
    pub fn put(&mut self, offset: u64, bytes: &[u8]) {
        let (at, contents) =
            self.contents.range_mut(..=offset).next_back().expect("something is there");
        let start = (offset - at) as usize;
        contents[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// Changes a 32-bit word.
    pub fn put_word(&mut self, offset: u64, word: u32) {
        self.put(offset, &word.to_le_bytes());
    }

    /// Changes a 64-bit word.
    pub fn put_long(&mut self, offset: u64, long: u64) {
        self.put(offset, &long.to_le_bytes());
    }

    /// Replaces contents.
    pub fn replace(&mut self, offset: u64, bytes: Vec<u8>) {
        self.contents.insert(offset, bytes);
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let section: Vec<u8> = self
            .dynamic
            .iter()
            .chain(&[(0, 0)])
            .flat_map(|(tag, value)| longs(&[*tag, *value]))
            .collect();
        let mut contents = self.contents.clone();
        contents.insert(SECTION, section);
        let contents: Vec<_> =
            contents.iter().map(|(offset, bytes)| (*offset, bytes.as_slice())).collect();
        let file = elf_file(self.arch, &self.segments, &contents);
        let file = patch(file, 24, &ENTRY.to_le_bytes());
        let file = patch(file, 16, &self.elf_type.to_le_bytes());
        patch(file, 7, &[self.os_abi])
    }
}
