//! DT_HASH and DT_GNU_HASH.

use super::dynamic::{Dynamic, Entry, Tag};
use super::kind::FindingKind as Kind;
use super::linking::Linking;
use super::reader::{FileRange, ReadFault};
use super::report::Field;
use crate::seam::ReadVmo;
use core::ops::ControlFlow;
use zerocopy::FromBytes;
use zerocopy::little_endian::U32;

/// Checks both tables. Returns how many symbols there are, if they say: the classic table counts
/// all symbols, the other one up to the last that can be found.
pub(super) fn check<V: ReadVmo + ?Sized>(
    dynamic: &Dynamic,
    linking: &mut Linking<'_, '_, V>,
) -> Option<u64> {
    let gnu = check_table(dynamic.get(Tag::GNU_HASH), check_gnu, linking);
    let classic = check_table(dynamic.get(Tag::HASH), check_classic, linking);
    classic.or(gnu)
}

fn check_table<'a, 'f, V: ReadVmo + ?Sized>(
    entry: Option<Entry>,
    check: impl FnOnce(Entry, &mut Linking<'a, 'f, V>) -> Result<Option<u64>, ReadFault>,
    linking: &mut Linking<'a, 'f, V>,
) -> Option<u64> {
    let entry = entry?;
    check(entry, linking).unwrap_or_else(|fault| {
        linking.findings.unread(entry.field, fault);
        None
    })
}

/// The words that come before the buckets of DT_HASH.
#[derive(FromBytes)]
#[repr(C)]
struct ClassicHeader {
    buckets: U32,
    chains: U32,
}

/// The words that come before the Bloom filter of DT_GNU_HASH.
#[derive(FromBytes)]
#[repr(C)]
struct GnuHeader {
    buckets: U32,
    first_symbol: U32,
    bloom_words: U32,
    bloom_shift: U32,
}

fn check_classic<V: ReadVmo + ?Sized>(
    entry: Entry,
    linking: &mut Linking<'_, '_, V>,
) -> Result<Option<u64>, ReadFault> {
    const HEADER_SIZE: u64 = size_of::<ClassicHeader>() as u64;
    let Some(range) = linking.data_at(entry, HEADER_SIZE) else { return Ok(None) };
    let header: ClassicHeader = linking.reader.read(range.offset)?;
    let (buckets, count) = (u64::from(header.buckets.get()), u64::from(header.chains.get()));
    check_buckets(range, buckets, "nbucket", linking);
    let Some(range) = linking.data_at(entry, HEADER_SIZE + 4 * (buckets + count)) else {
        return Ok(None);
    };
    let words = range.after(HEADER_SIZE);
    let bucket_words = FileRange { size: 4 * buckets, ..words };
    let chain_words = words.after(4 * buckets);

    // The file holds all of them, which bounds the allocation.
    let mut chain = Vec::with_capacity(count as usize);
    linking.reader.each(chain_words, |_, next: U32| {
        chain.push(next.get());
        ControlFlow::Continue(())
    })?;
    let mut walks = Walks { visited: vec![0; chain.len()], chain: &chain };
    let findings = &mut *linking.findings;
    let mut number = 0;
    linking.reader.each(bucket_words, |at, first: U32| {
        number += 1;
        // The field that leads astray: a bucket, or the chain's word before.
        let field = |after: Option<u32>| match after {
            None => Field { offset: at, name: "bucket" },
            Some(index) => {
                Field { offset: chain_words.offset + 4 * u64::from(index), name: "chain" }
            }
        };
        match walks.walk(number, first.get()) {
            End::Good => {}
            End::Outside { after, index } => {
                let (expected, actual) =
                    (format_args!("below {count:#x}"), format_args!("{index:#x}"));
                findings.warn(Kind::HashIndex, field(after), expected, actual);
            }
            End::Cycle { after, index } => {
                let expected = format_args!("0, or a symbol that the chain has not had");
                findings.warn(Kind::HashCycle, field(after), expected, format_args!("{index:#x}"));
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(Some(count))
}

/// How a walk along a chain ended: at `index`, which it came to from `after`.
enum End {
    Good,
    Outside { after: Option<u32>, index: u32 },
    Cycle { after: Option<u32>, index: u32 },
}

/// Walks along chains. No index is visited twice, whichever bucket leads to it.
struct Walks<'a> {
    chain: &'a [u32],
    /// The number of the walk that came by, from 1.
    visited: Vec<u32>,
}

impl Walks<'_> {
    fn walk(&mut self, number: u32, first: u32) -> End {
        let (mut after, mut index) = (None, first);
        while index != 0 {
            let at = index as usize;
            let (Some(next), Some(visited)) = (self.chain.get(at), self.visited.get_mut(at)) else {
                return End::Outside { after, index };
            };
            match *visited {
                0 => *visited = number,
                own if own == number => return End::Cycle { after, index },
                _ => return End::Good,
            }
            (after, index) = (Some(index), *next);
        }
        End::Good
    }
}

fn check_gnu<V: ReadVmo + ?Sized>(
    entry: Entry,
    linking: &mut Linking<'_, '_, V>,
) -> Result<Option<u64>, ReadFault> {
    const HEADER_SIZE: u64 = size_of::<GnuHeader>() as u64;
    let Some(range) = linking.data_at(entry, HEADER_SIZE) else { return Ok(None) };
    let header: GnuHeader = linking.reader.read(range.offset)?;
    let (buckets, first_symbol) = (u64::from(header.buckets.get()), header.first_symbol.get());
    let (bloom_words, bloom_shift) = (header.bloom_words.get(), header.bloom_shift.get());
    check_buckets(range, buckets, "nbuckets", linking);
    let field = |at, name| Field { offset: range.offset + at, name };
    if !bloom_words.is_power_of_two() {
        let (expected, actual) = (format_args!("a power of two"), format_args!("{bloom_words:#x}"));
        linking.findings.warn(Kind::HashBloom, field(8, "bloom_size"), expected, actual);
    }
    // Hashes have 32 bits.
    if bloom_shift >= u32::BITS {
        let (expected, actual) = (format_args!("below 32"), format_args!("{bloom_shift}"));
        linking.findings.warn(Kind::HashBloom, field(12, "bloom_shift"), expected, actual);
    }
    let before_buckets = HEADER_SIZE + 8 * u64::from(bloom_words);
    let table_size = before_buckets + 4 * buckets;
    let Some(range) = linking.data_at(entry, table_size) else { return Ok(None) };

    let findings = &mut *linking.findings;
    let mut last = 0;
    linking.reader.each(range.after(before_buckets), |offset, first: U32| {
        let first = first.get();
        if first != 0 && first < first_symbol {
            let expected = format_args!("0 or at least {first_symbol:#x}");
            let field = Field { offset, name: "bucket" };
            findings.warn(Kind::HashIndex, field, expected, format_args!("{first:#x}"));
        }
        last = last.max(first);
        ControlFlow::Continue(())
    })?;
    if last < first_symbol || last == 0 {
        return Ok(None);
    }

    // Chains lie one after another: if the last one ends, all do.
    let data = linking.image.data_from(entry.value).unwrap_or_default().after(table_size);
    let chain = data.after(4 * u64::from(last - first_symbol));
    let (mut count, mut ended) = (u64::from(last), false);
    linking.reader.each(chain, |_, hash: U32| {
        count += 1;
        ended = hash.get() & 1 == 1;
        if ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if !ended {
        let field = Field { offset: chain.offset, name: "chain" };
        let expected = format_args!("an odd word in the PT_LOAD's file data");
        let actual = format_args!("none after symbol {last:#x}");
        linking.findings.warn(Kind::HashUnterminated, field, expected, actual);
        return Ok(None);
    }
    Ok(Some(count))
}

/// Symbols are looked up modulo the number of buckets.
fn check_buckets<V: ReadVmo + ?Sized>(
    table: FileRange,
    buckets: u64,
    name: &'static str,
    linking: &mut Linking<'_, '_, V>,
) {
    if buckets == 0 {
        let field = Field { offset: table.offset, name };
        linking.findings.warn(
            Kind::HashBuckets,
            field,
            format_args!("at least 1"),
            format_args!("0"),
        );
    }
}
