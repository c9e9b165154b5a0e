//! Symbol tables, and finding a name in them.

use crate::elf::{STT_TLS, Symbol};
use crate::image::Image;

/// A name with its hashes.
pub struct Name<'a> {
    pub bytes: &'a [u8],
    gnu: u32,
    sysv: u32,
}

impl<'a> Name<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let gnu = bytes
            .iter()
            .fold(5381, |hash: u32, &byte| hash.wrapping_mul(33).wrapping_add(byte.into()));
        let sysv = bytes.iter().fold(0, |hash: u32, &byte| {
            let hash = (hash << 4).wrapping_add(byte.into());
            (hash ^ (hash >> 24 & 0xf0)) & 0x0fff_ffff
        });
        Self { bytes, gnu, sysv }
    }
}

/// Where an image's dynamic symbols are. Addresses are the file's; 0 is none.
#[derive(Clone, Copy, Default)]
pub struct SymbolTable {
    pub symbols: u64,
    pub strings: u64,
    pub strings_size: u64,
    pub gnu_hash: u64,
    pub sysv_hash: u64,
}

impl SymbolTable {
    /// The symbol at an index.
    pub fn symbol(&self, image: &Image, index: u32) -> Option<Symbol> {
        image.read_at(self.symbols, index.into())
    }

    /// A string of the string table, without its NUL.
    pub fn string(&self, image: &Image, offset: u64) -> Option<&'static [u8]> {
        let rest = self.strings_size.checked_sub(offset)?;
        let bytes = image.bytes(self.strings.checked_add(offset)?, rest)?;
        bytes.get(..bytes.iter().position(|&byte| byte == 0)?)
    }

    /// The definition of a name.
    pub fn lookup(&self, image: &Image, name: &Name<'_>) -> Option<Symbol> {
        if self.gnu_hash != 0 {
            self.lookup_gnu(image, name)
        } else if self.sysv_hash != 0 {
            self.lookup_sysv(image, name)
        } else {
            None
        }
    }

    /// DT_GNU_HASH: buckets, symbol offset, bloom words and bloom shift; the bloom filter; for
    /// each bucket its first symbol; for each symbol its hash, whose lowest bit ends the bucket.
    fn lookup_gnu(&self, image: &Image, name: &Name<'_>) -> Option<Symbol> {
        let [buckets, first, bloom_words, bloom_shift] = image.read::<[u32; 4]>(self.gnu_hash)?;
        let bloom = self.gnu_hash.checked_add(16)?;
        let bucket_table = bloom.checked_add(8 * u64::from(bloom_words))?;
        let chains = bucket_table.checked_add(4 * u64::from(buckets))?;

        let word = (name.gnu / u64::BITS).checked_rem(bloom_words)?;
        let word: u64 = image.read_at(bloom, word.into())?;
        let second = name.gnu.checked_shr(bloom_shift)?;
        // The filter answers "absent" for sure, or "perhaps".
        if (word >> (name.gnu % u64::BITS)) & (word >> (second % u64::BITS)) & 1 == 0 {
            return None;
        }
        let bucket = name.gnu.checked_rem(buckets)?;
        let mut index: u32 = image.read_at(bucket_table, bucket.into())?;
        loop {
            // An empty bucket has 0, which precedes the first symbol.
            let chain: u32 = image.read_at(chains, index.checked_sub(first)?.into())?;
            if chain | 1 == name.gnu | 1
                && let Some(symbol) = self.matches(image, index, name)
            {
                return Some(symbol);
            }
            if chain & 1 == 1 {
                return None;
            }
            index = index.checked_add(1)?;
        }
    }

    /// DT_HASH: buckets and chains; for each bucket its first symbol; for each symbol the next one
    /// of its bucket, or 0.
    fn lookup_sysv(&self, image: &Image, name: &Name<'_>) -> Option<Symbol> {
        let [buckets, chains] = image.read::<[u32; 2]>(self.sysv_hash)?;
        let bucket_table = self.sysv_hash.checked_add(8)?;
        let chain_table = bucket_table.checked_add(4 * u64::from(buckets))?;
        let bucket = name.sysv.checked_rem(buckets)?;
        let mut index: u32 = image.read_at(bucket_table, bucket.into())?;
        if !image.contains(chain_table, 4 * u64::from(chains)) {
            return None;
        }
        // Whatever the table says, no chain is longer than it.
        for _ in 0..chains {
            if index == 0 {
                return None;
            }
            if let Some(symbol) = self.matches(image, index, name) {
                return Some(symbol);
            }
            index = image.read_at(chain_table, index.into())?;
        }
        None
    }

    /// The last symbol that is not behind an address of the file's.
    pub fn nearest(&self, image: &Image, address: u64) -> Option<Symbol> {
        let mut nearest: Option<Symbol> = None;
        for index in 0..self.count(image)? {
            let symbol = self.symbol(image, index)?;
            let before = symbol.value <= address && symbol.is_bindable();
            if before
                && symbol.kind() != STT_TLS
                && nearest.is_none_or(|it| it.value < symbol.value)
            {
                nearest = Some(symbol);
            }
        }
        nearest
    }

    /// How many symbols there are. DT_GNU_HASH does not say: the last one ends the last bucket.
    fn count(&self, image: &Image) -> Option<u32> {
        if self.sysv_hash != 0 {
            let [_, chains] = image.read::<[u32; 2]>(self.sysv_hash)?;
            return Some(chains);
        }
        let [buckets, first, bloom_words, _] = image.read::<[u32; 4]>(self.gnu_hash)?;
        let bucket_table = self.gnu_hash.checked_add(16 + 8 * u64::from(bloom_words))?;
        let chains = bucket_table.checked_add(4 * u64::from(buckets))?;
        let mut last = 0;
        for bucket in 0..buckets {
            last = last.max(image.read_at::<u32>(bucket_table, bucket.into())?);
        }
        if last < first {
            return Some(first);
        }
        while image.read_at::<u32>(chains, (last - first).into())? & 1 == 0 {
            last = last.checked_add(1)?;
        }
        last.checked_add(1)
    }

    /// The symbol, if it defines this name for others.
    fn matches(&self, image: &Image, index: u32, name: &Name<'_>) -> Option<Symbol> {
        let symbol = self.symbol(image, index)?;
        if !symbol.is_bindable() {
            return None;
        }
        (self.string(image, symbol.name.into())? == name.bytes).then_some(symbol)
    }
}
