//! DT_RELA, DT_REL, DT_RELR and DT_JMPREL.

use super::dynamic::{Dynamic, Entry, Tag};
use super::image::Image;
use super::kind::FindingKind as Kind;
use super::linking::Linking;
use super::reader::FileRange;
use super::relocation_types::Width;
use super::report::{Field, Findings};
use super::symbols::SymbolTable;
use crate::elf_parse::{Elf64Headers, SegmentFlags};
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;
use zx_abi::Arch;

/// `Elf64_Rela`
#[derive(FromBytes)]
#[repr(C)]
pub(super) struct Rela {
    offset: U64,
    pub info: U64,
    addend: U64,
}

/// `Elf64_Rel`
#[derive(FromBytes)]
#[repr(C)]
pub(super) struct Rel {
    offset: U64,
    pub info: U64,
}

const RELA_SIZE: u64 = size_of::<Rela>() as u64;
const REL_SIZE: u64 = size_of::<Rel>() as u64;
/// Bytes in a word of DT_RELR, and in what it changes.
const WORD: u64 = 8;

/// Checks all tables.
pub(super) fn check<V: ReadVmo + ?Sized>(
    headers: &Elf64Headers,
    dynamic: &Dynamic,
    symbols: &SymbolTable,
    linking: &mut Linking<'_, '_, V>,
) {
    let number = headers.file_header().machine;
    let arch = Arch::ALL.into_iter().find(|arch| arch.elf_machine() == number);
    let mut checker = Checker { arch, symbols, image: linking.image, copies: Vec::new() };

    let relr = linking.table(dynamic, Tag::RELR, Tag::RELRSZ, Some(Tag::RELRENT), WORD);
    if let Some(range) = relr {
        checker.check_relr(range, linking);
    }
    let rel = linking.table(dynamic, Tag::REL, Tag::RELSZ, Some(Tag::RELENT), REL_SIZE);
    if let Some(range) = rel {
        checker.check_rel(range, linking);
    }
    let rela = linking.table(dynamic, Tag::RELA, Tag::RELASZ, Some(Tag::RELAENT), RELA_SIZE);
    if let Some(range) = rela {
        checker.check_rela(range, linking);
    }
    if let Some(jmprel) = dynamic.get(Tag::JMPREL) {
        checker.check_jmprel(dynamic, jmprel, linking);
    }
    checker.check_copies(linking);
}

struct Checker<'a> {
    /// The file's architecture, whose relocation types are known; none for another one.
    arch: Option<Arch>,
    symbols: &'a SymbolTable,
    image: &'a Image,
    copies: Vec<Copy>,
}

/// A relocation that changes as many bytes as its symbol has.
struct Copy {
    symbol: u64,
    field: Field,
    target: u64,
}

impl Checker<'_> {
    fn check_jmprel<V: ReadVmo + ?Sized>(
        &mut self,
        dynamic: &Dynamic,
        jmprel: Entry,
        linking: &mut Linking<'_, '_, V>,
    ) {
        let kind = dynamic.expect(Tag::PLTREL, Some(jmprel), linking.findings);
        let Some(kind) = kind else { return };
        let (is_rela, size) = if kind.value == Tag::RELA.number() {
            (true, RELA_SIZE)
        } else if kind.value == Tag::REL.number() {
            (false, REL_SIZE)
        } else {
            let expected = format_args!("7 (DT_RELA) or 17 (DT_REL)");
            let actual = format_args!("{}", kind.value);
            return linking.findings.warn(Kind::RelocationKind, kind.field, expected, actual);
        };
        match linking.table(dynamic, Tag::JMPREL, Tag::PLTRELSZ, None, size) {
            Some(range) if is_rela => self.check_rela(range, linking),
            Some(range) => self.check_rel(range, linking),
            None => {}
        }
    }

    fn check_rela<V: ReadVmo + ?Sized>(
        &mut self,
        range: FileRange,
        linking: &mut Linking<'_, '_, V>,
    ) {
        let findings = &mut *linking.findings;
        let read = linking.reader.each(range, |at, entry: Rela| {
            self.check_entry(at, entry.offset.get(), entry.info.get(), findings);
            ControlFlow::Continue(())
        });
        if let Err(fault) = read {
            findings.unread(Field { offset: range.offset, name: "r_offset" }, fault);
        }
    }

    fn check_rel<V: ReadVmo + ?Sized>(
        &mut self,
        range: FileRange,
        linking: &mut Linking<'_, '_, V>,
    ) {
        let findings = &mut *linking.findings;
        let read = linking.reader.each(range, |at, entry: Rel| {
            self.check_entry(at, entry.offset.get(), entry.info.get(), findings);
            ControlFlow::Continue(())
        });
        if let Err(fault) = read {
            findings.unread(Field { offset: range.offset, name: "r_offset" }, fault);
        }
    }

    fn check_entry(&mut self, at: u64, target: u64, info: u64, findings: &mut Findings) {
        let (relocation_type, symbol) = (info as u32, info >> 32);
        let info_field = Field { offset: at + 8, name: "r_info" };
        if self.arch.is_some_and(|arch| !known_types(arch).contains(&relocation_type)) {
            let expected = format_args!("a type that the dynamic linker knows");
            let actual = format_args!("{relocation_type}");
            findings.warn(Kind::RelocationType, info_field, expected, actual);
        }
        if let Some(limit) = self.symbols.count().filter(|limit| symbol > 0 && symbol >= *limit) {
            let (expected, actual) =
                (format_args!("a symbol below {limit:#x}"), format_args!("{symbol:#x}"));
            findings.warn(Kind::RelocationSymbol, info_field, expected, actual);
        }
        let field = Field { offset: at, name: "r_offset" };
        match self.arch.map(|arch| Width::of(arch, relocation_type)) {
            Some(Width::Symbol) => self.copies.push(Copy { symbol, field, target }),
            Some(Width::Bytes(0)) | None => {}
            Some(Width::Bytes(size)) => self.check_target(field, target, size, findings),
        }
    }

    /// Checks what is left, in the order of the symbols, which are read for it.
    fn check_copies<V: ReadVmo + ?Sized>(mut self, linking: &mut Linking<'_, '_, V>) {
        let mut copies = std::mem::take(&mut self.copies);
        copies.sort_by_key(|copy| copy.symbol);
        for Copy { symbol, field, target } in copies {
            match self.symbols.size_of(symbol, linking.reader) {
                Ok(size) => {
                    self.check_target(field, target, size.unwrap_or(1), linking.findings);
                }
                Err(fault) => return linking.findings.unread(field, fault),
            }
        }
    }

    /// Checks the bytes that a relocation changes.
    fn check_target(&self, field: Field, target: u64, size: u64, findings: &mut Findings) {
        match self.image.load_at(target, size) {
            None => {
                let expected = format_args!("an address with {size:#x} bytes in a PT_LOAD");
                let actual = format_args!("{target:#x}");
                findings.warn(Kind::RelocationTarget, field, expected, actual);
            }
            Some(load) if !load.flags.contains(SegmentFlags::WRITE) => {
                let expected = format_args!("an address in a PT_LOAD with PF_W (0x2)");
                findings.warn(Kind::TextRelocation, field, expected, format_args!("{target:#x}"));
            }
            Some(_) => {}
        }
    }

    /// An even word is an address; each odd one after it has a bit for each of the 63 words that
    /// follow what the word before covers. Of those, the first and the last bound what is changed.
    fn check_relr<V: ReadVmo + ?Sized>(&self, range: FileRange, linking: &mut Linking<'_, '_, V>) {
        let findings = &mut *linking.findings;
        let mut next = None;
        let read = linking.reader.each(range, |offset, word: U64| {
            let word = word.get();
            let field = Field { offset, name: Tag::RELR.name() };
            let Some((first, size, after)) = relr_span(word, next) else {
                let (expected, actual) =
                    (format_args!("an even address"), format_args!("{word:#x}"));
                findings.warn(Kind::RelrBitmap, field, expected, actual);
                return ControlFlow::Continue(());
            };
            next = Some(after);
            if size > 0 {
                self.check_target(field, first, size, findings);
            }
            ControlFlow::Continue(())
        });
        if let Err(fault) = read {
            findings.unread(Field { offset: range.offset, name: Tag::RELR.name() }, fault);
        }
    }
}

/// What a word of DT_RELR changes: first address, bytes from there to the end of the last, and
/// where the next bitmap's first word is. None for a bitmap that follows no address.
fn relr_span(word: u64, next: Option<u64>) -> Option<(u64, u64, u64)> {
    if word & 1 == 0 {
        return Some((word, WORD, word.wrapping_add(WORD)));
    }
    let start = next?;
    let after = start.wrapping_add(63 * WORD);
    let bits = word >> 1;
    if bits == 0 {
        return Some((start, 0, after));
    }
    let (lowest, highest) = (u64::from(bits.trailing_zeros()), u64::from(bits.ilog2()));
    Some((start.wrapping_add(lowest * WORD), (highest - lowest + 1) * WORD, after))
}

/// The types that Fuchsia's dynamic linker applies
/// (zircon/third_party/ulib/musl/arch/*/reloc.h), and the one that does nothing.
const fn known_types(arch: Arch) -> &'static [u32] {
    use goblin::elf::reloc::*;
    match arch {
        Arch::X86_64 => &[
            R_X86_64_NONE,
            R_X86_64_64,
            R_X86_64_PC32,
            R_X86_64_COPY,
            R_X86_64_GLOB_DAT,
            R_X86_64_JUMP_SLOT,
            R_X86_64_RELATIVE,
            R_X86_64_DTPMOD64,
            R_X86_64_DTPOFF64,
            R_X86_64_TPOFF64,
            R_X86_64_TLSDESC,
        ],
        Arch::Aarch64 => &[
            R_AARCH64_NONE,
            R_AARCH64_ABS64,
            R_AARCH64_COPY,
            R_AARCH64_GLOB_DAT,
            R_AARCH64_JUMP_SLOT,
            R_AARCH64_RELATIVE,
            R_AARCH64_TLS_DTPMOD,
            R_AARCH64_TLS_DTPREL,
            R_AARCH64_TLS_TPREL,
            R_AARCH64_TLSDESC,
        ],
        Arch::Riscv64 => &[
            R_RISCV_NONE,
            R_RISCV_64,
            R_RISCV_RELATIVE,
            R_RISCV_COPY,
            R_RISCV_JUMP_SLOT,
            R_RISCV_TLS_DTPMOD64,
            R_RISCV_TLS_DTPREL64,
            R_RISCV_TLS_TPREL64,
            R_RISCV_TLSDESC,
        ],
    }
}

/// `R_RISCV_TLSDESC`, which goblin lacks.
const R_RISCV_TLSDESC: u32 = 12;
