//! Finding functions in the vDSO: PT_DYNAMIC, then DT_GNU_HASH, DT_SYMTAB and DT_STRTAB.
//! Image addresses are offsets from the base, because the vDSO is linked at 0.

use core::slice;

const EHDR_SIZE: usize = 64;
const E_PHOFF: usize = 32;
const E_PHENTSIZE: usize = 54;
const E_PHNUM: usize = 56;

const PHDR_SIZE: usize = 56;
const P_VADDR: usize = 16;
const P_MEMSZ: usize = 40;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;

const DYN_SIZE: usize = 16;
const DT_NULL: u64 = 0;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

const SYM_SIZE: usize = 24;
const ST_INFO: usize = 4;
const ST_SHNDX: usize = 6;
const ST_VALUE: usize = 8;
const STT_FUNC: u8 = 2;

/// A vDSO image in memory.
pub struct Image<'a> {
    bytes: &'a [u8],
    symbols: usize,
    strings: usize,
    hash: GnuHash,
}

/// The header of a DT_GNU_HASH table.
struct GnuHash {
    buckets: u32,
    first_symbol: u32,
    bloom_words: u32,
    bloom_shift: u32,
    /// Where the bloom filter begins; buckets and chains follow it.
    bloom: usize,
}

impl Image<'static> {
    /// The image mapped at `base`, or nothing if `base` is null or holds no image with the three
    /// tables.
    ///
    /// # Safety
    /// `base` is null, or an ELF image mapped there stays mapped and readable, and its tables
    /// never change.
    pub unsafe fn at(base: *const u8) -> Option<Self> {
        if base.is_null() {
            return None;
        }
        // SAFETY: headers stand at the start of the first page.
        let header = unsafe { slice::from_raw_parts(base, EHDR_SIZE) };
        let (offset, count) = program_headers(header)?;
        let headers_end = offset.checked_add(count.checked_mul(PHDR_SIZE)?)?;
        // SAFETY: the program headers belong to the first segment.
        let headers = unsafe { slice::from_raw_parts(base, headers_end) };
        let size = segments(headers, PT_LOAD)?
            .filter_map(|(address, size)| address.checked_add(size))
            .max()?;
        // SAFETY: the segments are mapped from the base on, without holes.
        Self::parse(unsafe { slice::from_raw_parts(base, size) })
    }
}

impl<'a> Image<'a> {
    /// Reads the tables of an image whose bytes lie as they do in memory.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (dynamic, size) = segments(bytes, PT_DYNAMIC)?.next()?;
        let (mut symbols, mut strings, mut hash) = (None, None, None);
        for entry in sub(bytes, dynamic, size)?.chunks_exact(DYN_SIZE) {
            let value = usize::try_from(u64_at(entry, 8)?).ok();
            match u64_at(entry, 0)? {
                DT_NULL => break,
                DT_STRTAB => strings = value,
                DT_SYMTAB => symbols = value,
                DT_GNU_HASH => hash = value,
                _ => {}
            }
        }
        let hash = GnuHash::parse(bytes, hash?)?;
        Some(Self { bytes, symbols: symbols?, strings: strings?, hash })
    }

    /// The address of the function with this name.
    pub fn function(&self, name: &[u8]) -> Option<*const u8> {
        let index = self.hash.lookup(self, name)?;
        let symbol = self.symbol(index)?;
        let kind = symbol.get(ST_INFO)? & 0xf;
        let section = u16_at(symbol, ST_SHNDX)?;
        if kind != STT_FUNC || section == 0 {
            return None;
        }
        let value = usize::try_from(u64_at(symbol, ST_VALUE)?).ok()?;
        self.bytes.get(value..).filter(|code| !code.is_empty()).map(<[u8]>::as_ptr)
    }

    fn symbol(&self, index: u32) -> Option<&'a [u8]> {
        let offset = self.symbols.checked_add(SYM_SIZE.checked_mul(index as usize)?)?;
        sub(self.bytes, offset, SYM_SIZE)
    }

    fn has_name(&self, index: u32, name: &[u8]) -> Option<bool> {
        let offset = self.strings.checked_add(u32_at(self.symbol(index)?, 0)? as usize)?;
        let rest = self.bytes.get(offset..)?;
        Some(rest.strip_prefix(name).is_some_and(|tail| tail.first() == Some(&0)))
    }
}

impl GnuHash {
    fn parse(bytes: &[u8], offset: usize) -> Option<Self> {
        let header = sub(bytes, offset, 16)?;
        let table = Self {
            buckets: u32_at(header, 0)?,
            first_symbol: u32_at(header, 4)?,
            bloom_words: u32_at(header, 8)?,
            bloom_shift: u32_at(header, 12)?,
            bloom: offset.checked_add(16)?,
        };
        (table.buckets != 0 && table.bloom_words != 0).then_some(table)
    }

    /// The index of the symbol with this name.
    fn lookup(&self, image: &Image<'_>, name: &[u8]) -> Option<u32> {
        let hash = gnu_hash(name);
        let word = (hash / u64::BITS) % self.bloom_words;
        let word = u64_at(image.bytes, self.bloom.checked_add(8 * word as usize)?)?;
        let second = hash.checked_shr(self.bloom_shift)?;
        // The filter answers "absent" for sure, or "perhaps".
        if (word >> (hash % u64::BITS)) & (word >> (second % u64::BITS)) & 1 == 0 {
            return None;
        }
        let buckets = self.bloom.checked_add(8 * self.bloom_words as usize)?;
        let chains = buckets.checked_add(4 * self.buckets as usize)?;
        let mut index =
            u32_at(image.bytes, buckets.checked_add(4 * (hash % self.buckets) as usize)?)?;
        loop {
            // Bucket 0 means empty, and no symbol precedes the first one.
            let chain = index.checked_sub(self.first_symbol)?;
            let entry = u32_at(image.bytes, chains.checked_add(4 * chain as usize)?)?;
            if entry | 1 == hash | 1 && image.has_name(index, name)? {
                return Some(index);
            }
            if entry & 1 == 1 {
                return None;
            }
            index = index.checked_add(1)?;
        }
    }
}

/// The hash function of DT_GNU_HASH.
fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, &byte| hash.wrapping_mul(33).wrapping_add(byte.into()))
}

/// Offset and number of the program headers.
fn program_headers(bytes: &[u8]) -> Option<(usize, usize)> {
    if !bytes.starts_with(b"\x7fELF") || usize::from(u16_at(bytes, E_PHENTSIZE)?) != PHDR_SIZE {
        return None;
    }
    let offset = usize::try_from(u64_at(bytes, E_PHOFF)?).ok()?;
    Some((offset, u16_at(bytes, E_PHNUM)?.into()))
}

/// Address and size in memory of the segments of this type.
fn segments(bytes: &[u8], kind: u32) -> Option<impl Iterator<Item = (usize, usize)>> {
    let (offset, count) = program_headers(bytes)?;
    let headers = sub(bytes, offset, count.checked_mul(PHDR_SIZE)?)?.chunks_exact(PHDR_SIZE);
    Some(headers.filter(move |header| u32_at(header, 0) == Some(kind)).filter_map(|header| {
        let address = usize::try_from(u64_at(header, P_VADDR)?).ok()?;
        Some((address, usize::try_from(u64_at(header, P_MEMSZ)?).ok()?))
    }))
}

fn sub(bytes: &[u8], offset: usize, size: usize) -> Option<&[u8]> {
    bytes.get(offset..offset.checked_add(size)?)
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

#[cfg(test)]
mod tests;
