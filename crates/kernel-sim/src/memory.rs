//! Memory on the host's heap: sparse, with pages shared until they are written.

use std::any::Any;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use zx_abi::{PAGE_SIZE, Result, Status};

use crate::{Memory, MemoryUsage};

const PAGE: usize = PAGE_SIZE as usize;

type Bytes = [u8; PAGE];

/// A page. In a box of its own, whose allocation may fail; that of its count of owners is small.
#[derive(Debug)]
struct Page(Box<Bytes>);

/// Pages by index; absent ones are zero. Clones share pages until one side writes.
///
/// Whatever needs a page may fail with NO_MEMORY: what lies before that page is then done.
#[derive(Clone, Debug, Default)]
pub struct SparsePages {
    pages: BTreeMap<u64, Arc<Page>>,
}

/// `len` zero bytes.
///
/// # Errors
/// NO_MEMORY if the host has no more.
pub fn zeroed(len: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Status::NO_MEMORY)?;
    bytes.resize(len, 0);
    Ok(bytes)
}

impl Page {
    fn zeroed() -> Result<Self> {
        Ok(Self(zeroed(PAGE)?.try_into().map_err(|_| Status::INTERNAL)?))
    }

    /// A copy of these bytes, of which there are as many as in a page.
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(PAGE).map_err(|_| Status::NO_MEMORY)?;
        copy.extend_from_slice(bytes);
        Ok(Self(copy.try_into().map_err(|_| Status::INTERNAL)?))
    }

    /// The bytes of a page, which then no other memory shares.
    fn own(page: &mut Arc<Self>) -> Result<&mut Bytes> {
        if Arc::get_mut(page).is_none() {
            *page = Arc::new(Self::of(&*page.0)?);
        }
        Arc::get_mut(page).map(|page| &mut *page.0).ok_or(Status::INTERNAL)
    }
}

impl SparsePages {
    /// Copies out.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) {
        for (index, in_page, in_buffer) in each_page(offset, buffer.len()) {
            let target = &mut buffer[in_buffer];
            match self.pages.get(&index) {
                Some(page) => target.copy_from_slice(&page.0[in_page]),
                None => target.fill(0),
            }
        }
    }

    /// Copies out what is committed; the rest of the buffer stays as it is.
    pub fn read_committed(&self, offset: u64, buffer: &mut [u8]) {
        for (index, in_page, in_buffer) in each_page(offset, buffer.len()) {
            if let Some(page) = self.pages.get(&index) {
                buffer[in_buffer].copy_from_slice(&page.0[in_page]);
            }
        }
    }

    /// Copies in where pages are committed. Returns which pieces of the bytes are for pages that are
    /// not.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn write_committed(&mut self, offset: u64, bytes: &[u8]) -> Result<Vec<Range<usize>>> {
        let mut rest: Vec<Range<usize>> = Vec::new();
        for (index, in_page, in_bytes) in each_page(offset, bytes.len()) {
            match (self.pages.get_mut(&index), rest.last_mut()) {
                (Some(page), _) => Page::own(page)?[in_page].copy_from_slice(&bytes[in_bytes]),
                (None, Some(last)) if last.end == in_bytes.start => last.end = in_bytes.end,
                (None, _) => rest.push(in_bytes),
            }
        }
        Ok(rest)
    }

    /// Takes the first pages out, as many as `count`.
    pub fn take_first(&mut self, count: usize) -> Self {
        let taken = std::iter::from_fn(|| self.pages.pop_first()).take(count);
        Self { pages: taken.collect() }
    }

    /// Puts pages over these, from `offset` on (page-aligned).
    pub fn put(&mut self, offset: u64, others: Self) {
        let first = offset / PAGE_SIZE;
        self.pages.extend(others.pages.into_iter().map(|(index, page)| (first + index, page)));
    }

    /// How many pages are committed.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// Whether no page is committed.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Copies in, committing pages as needed.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result {
        for (index, in_page, in_bytes) in each_page(offset, bytes.len()) {
            let source = &bytes[in_bytes];
            if source.len() == PAGE {
                // A whole page needs no copy of what was there.
                self.pages.insert(index, Arc::new(Page::of(source)?));
            } else {
                Page::own(self.committed_page(index)?)?[in_page].copy_from_slice(source);
            }
        }
        Ok(())
    }

    /// Makes a range read as zero; whole pages are given back.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn zero(&mut self, offset: u64, len: u64) -> Result {
        let Some(end) = offset.checked_add(len) else { return Ok(()) };
        let whole = offset.div_ceil(PAGE_SIZE)..end / PAGE_SIZE;
        if whole.start <= whole.end {
            self.drop_pages(whole.clone());
            self.zero_in_page(offset, whole.start * PAGE_SIZE)?;
            self.zero_in_page(whole.end * PAGE_SIZE, end)
        } else {
            self.zero_in_page(offset, end)
        }
    }

    /// Drops everything from `size` on, the tail of its page included.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn truncate(&mut self, size: u64) -> Result {
        self.pages.split_off(&size.div_ceil(PAGE_SIZE));
        self.zero_in_page(size, size.next_multiple_of(PAGE_SIZE))
    }

    /// The pages from `offset` on (page-aligned), as far as `size` bytes reach, sharing them.
    pub fn share(&self, offset: u64, size: u64) -> Self {
        let first = offset / PAGE_SIZE;
        let last = first.saturating_add(size.div_ceil(PAGE_SIZE));
        let pages =
            self.pages.range(first..last).map(|(index, page)| (index - first, Arc::clone(page)));
        Self { pages: pages.collect() }
    }

    /// The committed pages in ascending order: byte offset and content.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Bytes)> {
        self.pages.iter().map(|(index, page)| (index * PAGE_SIZE, &*page.0))
    }

    /// Bytes committed.
    pub fn committed(&self) -> u64 {
        self.pages.len() as u64 * PAGE_SIZE
    }

    /// Commits every page that the range touches.
    ///
    /// # Errors
    /// NO_MEMORY.
    pub fn commit(&mut self, range: Range<u64>) -> Result {
        page_indexes(range).try_for_each(|index| self.committed_page(index).map(|_| ()))
    }

    /// The first run of committed pages that ends after `offset`, from there on.
    pub fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        let mut pages = self.pages.range(offset / PAGE_SIZE..).map(|(index, _)| *index);
        let first = pages.next()?;
        let mut end = first + 1;
        while pages.next() == Some(end) {
            end += 1;
        }
        Some((first * PAGE_SIZE).max(offset)..end * PAGE_SIZE)
    }

    /// The first byte at or after `offset` whose page is committed.
    pub fn first_committed(&self, offset: u64) -> Option<u64> {
        let (index, _) = self.pages.range(offset / PAGE_SIZE..).next()?;
        Some((index * PAGE_SIZE).max(offset))
    }

    /// What the pages that a range touches take up.
    pub fn usage(&self, range: Range<u64>) -> MemoryUsage {
        let mut usage = MemoryUsage::default();
        for (_, page) in self.pages.range(page_indexes(range)) {
            let sharers = Arc::strong_count(page);
            usage.committed += PAGE_SIZE;
            usage.private += if sharers == 1 { PAGE_SIZE } else { 0 };
            usage.scaled += (u128::from(PAGE_SIZE) << MemoryUsage::FRACTION_BITS) / sharers as u128;
        }
        usage
    }

    fn committed_page(&mut self, index: u64) -> Result<&mut Arc<Page>> {
        Ok(match self.pages.entry(index) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Arc::new(Page::zeroed()?)),
        })
    }

    fn drop_pages(&mut self, range: Range<u64>) {
        // Page by page: splitting and joining would cost as much as there are pages.
        let doomed: Vec<u64> = self.pages.range(range).map(|(index, _)| *index).collect();
        for index in doomed {
            self.pages.remove(&index);
        }
    }

    /// Zeroes `start..end`, which lies in one page, if that page is committed.
    fn zero_in_page(&mut self, start: u64, end: u64) -> Result {
        if start < end
            && let Some(page) = self.pages.get_mut(&(start / PAGE_SIZE))
        {
            let from = (start % PAGE_SIZE) as usize;
            Page::own(page)?[from..from + (end - start) as usize].fill(0);
        }
        Ok(())
    }
}

/// The pages that a range of bytes touches.
fn page_indexes(range: Range<u64>) -> Range<u64> {
    let first = range.start / PAGE_SIZE;
    first..range.end.div_ceil(PAGE_SIZE).max(first)
}

/// The pages of a buffer at an offset: the index of each, the range in it and that in the buffer.
fn each_page(offset: u64, len: usize) -> impl Iterator<Item = (u64, Range<usize>, Range<usize>)> {
    let (mut done, mut index, mut in_page) = (0, offset / PAGE_SIZE, (offset % PAGE_SIZE) as usize);
    std::iter::from_fn(move || {
        let count = (PAGE - in_page).min(len - done);
        let page = (index, in_page..in_page + count, done..done + count);
        (done, index, in_page) = (done + count, index + 1, 0);
        (count > 0).then_some(page)
    })
}

/// [`Memory`] on the heap.
#[derive(Debug)]
pub struct HeapMemory(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    size: u64,
    pages: SparsePages,
}

impl HeapMemory {
    /// Zero-filled memory of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self(Mutex::new(Inner { size, pages: SparsePages::default() }))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for HeapMemory {
    fn size(&self) -> u64 {
        self.lock().size
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.lock().pages.read(offset, buffer);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result {
        let mut inner = self.lock();
        if offset.saturating_add(bytes.len() as u64) > inner.size {
            return Err(Status::OUT_OF_RANGE);
        }
        inner.pages.write(offset, bytes)
    }

    fn zero(&self, offset: u64, len: u64) -> Result {
        self.lock().pages.zero(offset, len)
    }

    fn resize(&self, size: u64) -> Result {
        let mut inner = self.lock();
        inner.pages.truncate(size)?;
        inner.size = size;
        Ok(())
    }

    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result {
        let to: &Self = to.as_any().downcast_ref().ok_or(Status::NOT_SUPPORTED)?;
        let pages = self.lock().pages.share(range.start, range.end - range.start);
        to.lock().pages.put(at, pages);
        Ok(())
    }

    fn commit(&self, offset: u64, len: u64) -> Result {
        self.lock().pages.commit(offset..offset.saturating_add(len))
    }

    fn committed(&self) -> u64 {
        self.lock().pages.committed()
    }

    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        self.lock().pages.next_committed(offset)
    }

    fn first_committed(&self, offset: u64) -> Option<u64> {
        self.lock().pages.first_committed(offset)
    }

    fn usage(&self, range: Range<u64>) -> MemoryUsage {
        self.lock().pages.usage(range)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_cross_pages_and_read_back() {
        let memory = HeapMemory::new(4 * PAGE_SIZE);
        let bytes: Vec<u8> = (0..PAGE as u32 * 2).map(|i| i as u8 | 1).collect();
        memory.write(100, &bytes).unwrap();
        let mut back = vec![0; bytes.len() + 200];
        memory.read(0, &mut back).unwrap();
        assert!(back[..100].iter().all(|byte| *byte == 0));
        assert_eq!(back[100..100 + bytes.len()], bytes);
        assert!(back[100 + bytes.len()..].iter().all(|byte| *byte == 0));
        assert_eq!(memory.committed(), 3 * PAGE_SIZE);
    }

    #[test]
    fn snapshots_stay_apart_from_their_origin() {
        let memory = HeapMemory::new(2 * PAGE_SIZE);
        memory.write(PAGE_SIZE, b"before").unwrap();
        let snapshot = HeapMemory::new(PAGE_SIZE);
        memory.copy_to(PAGE_SIZE..2 * PAGE_SIZE, &snapshot, 0).unwrap();
        memory.write(PAGE_SIZE, b"after!").unwrap();
        let mut back = [0; 6];
        snapshot.read(0, &mut back).unwrap();
        assert_eq!(&back, b"before");
        snapshot.write(0, b"child!").unwrap();
        memory.read(PAGE_SIZE, &mut back).unwrap();
        assert_eq!(&back, b"after!");
    }

    #[test]
    fn zeroing_any_range_equals_writing_zeros() {
        let size = 3 * PAGE_SIZE;
        for start in [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE] {
            for end in [start, start + 1, PAGE_SIZE, 2 * PAGE_SIZE - 1, 2 * PAGE_SIZE, size] {
                let Some(len) = end.checked_sub(start) else { continue };
                let (zeroed, written) = (HeapMemory::new(size), HeapMemory::new(size));
                for memory in [&zeroed, &written] {
                    memory.write(0, &vec![0xff; size as usize]).unwrap();
                }
                zeroed.zero(start, len).unwrap();
                written.write(start, &vec![0; len as usize]).unwrap();
                let (mut a, mut b) = (vec![0; size as usize], vec![0; size as usize]);
                zeroed.read(0, &mut a).unwrap();
                written.read(0, &mut b).unwrap();
                assert!(a == b, "zero({start:#x}, {len:#x})");
            }
        }
    }

    #[test]
    fn shrinking_clears_what_a_later_growth_shows() {
        let memory = HeapMemory::new(2 * PAGE_SIZE);
        memory.write(0, &[0xff; 2 * PAGE]).unwrap();
        memory.resize(PAGE_SIZE).unwrap();
        memory.resize(2 * PAGE_SIZE).unwrap();
        let mut back = [1; 2 * PAGE];
        memory.read(0, &mut back).unwrap();
        assert!(back[..PAGE].iter().all(|byte| *byte == 0xff));
        assert!(back[PAGE..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_tebibyte_costs_nothing_until_touched() {
        let memory = HeapMemory::new(1 << 40);
        assert_eq!(memory.committed(), 0);
        memory.write((1 << 40) - 1, &[7]).unwrap();
        assert_eq!(memory.committed(), PAGE_SIZE);
    }
}
