//! The `.gnu.hash` section: the only symbol index that Fuchsia's loaders ask for.

/// The hash of a symbol's name.
pub(crate) fn hash(name: &str) -> u32 {
    name.bytes().fold(5381, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(byte.into()))
}

/// Names per bucket, about.
const LOAD: usize = 4;
/// The second bit that a name sets in its bloom word is `hash >> BLOOM_SHIFT`.
const BLOOM_SHIFT: u32 = 26;
/// Bits of the bloom filter per name, at least.
const BLOOM_BITS: usize = 12;
/// The first symbol of the table is nobody's.
const SYMBOL_OFFSET: u32 = 1;

/// The shape of a table: it follows from the number of names.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    names: usize,
    buckets: usize,
    bloom_words: usize,
}

impl Shape {
    pub(crate) fn new(names: usize) -> Self {
        let buckets = names / LOAD + 1;
        let bloom_words = (names * BLOOM_BITS).div_ceil(64).next_power_of_two();
        Self { names, buckets, bloom_words }
    }

    /// Bytes of the section.
    pub(crate) fn size(self) -> u64 {
        (16 + self.bloom_words * 8 + self.buckets * 4 + self.names * 4) as u64
    }

    /// The bucket of a name. Symbols must stand in the order of their buckets.
    pub(crate) fn bucket(self, name: &str) -> usize {
        hash(name) as usize % self.buckets
    }
}

/// Writes the section for symbols of these names, already in the order of their buckets.
pub(crate) fn section(shape: Shape, names: &[&str]) -> Vec<u8> {
    let mut bloom = vec![0u64; shape.bloom_words];
    let mut buckets = vec![0u32; shape.buckets];
    let mut chains: Vec<u32> = Vec::with_capacity(names.len());
    let mut previous = None;
    for (index, name) in names.iter().enumerate() {
        let (hash, bucket) = (hash(name), shape.bucket(name));
        bloom[hash as usize / 64 % shape.bloom_words] |=
            1 << (hash % 64) | 1 << ((hash >> BLOOM_SHIFT) % 64);
        if previous != Some(bucket) {
            buckets[bucket] = SYMBOL_OFFSET + index as u32;
            // The lowest bit of a hash marks the end of its chain.
            if let Some(last) = chains.last_mut() {
                *last |= 1;
            }
        }
        chains.push(hash & !1);
        previous = Some(bucket);
    }
    if let Some(last) = chains.last_mut() {
        *last |= 1;
    }
    let header = [shape.buckets as u32, SYMBOL_OFFSET, shape.bloom_words as u32, BLOOM_SHIFT];
    let mut bytes = Vec::with_capacity(shape.size() as usize);
    bytes.extend(header.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(bloom.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(buckets.iter().chain(&chains).flat_map(|word| word.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_the_one_of_the_format() {
        // The examples of the GNU hash description: empty name, "printf", "exit", "syscall".
        assert_eq!(hash(""), 0x0000_1505);
        assert_eq!(hash("printf"), 0x156b_2bb8);
        assert_eq!(hash("exit"), 0x7c96_7e3f);
        assert_eq!(hash("syscall"), 0xbac2_12a0);
    }
}
