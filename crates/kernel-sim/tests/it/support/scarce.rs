//! Memory that runs out: of pages, or at one operation.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use kernel_sim::{HeapMemory, Memory, MemoryUsage};
use zx_abi::{PAGE_SIZE, Result, Status};

/// What all memories of a machine share. There is enough until a test says otherwise.
#[derive(Debug)]
pub struct Supply {
    /// Bytes that may still be committed.
    room: AtomicU64,
    /// Operations before the one that fails.
    operations: AtomicU64,
    /// Is to be done before the next write of so many bytes.
    meanwhile: Mutex<Option<Meanwhile>>,
}

/// What somebody else does.
struct Meanwhile {
    len: usize,
    action: Box<dyn FnOnce() + Send>,
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanwhile").field("len", &self.len).finish_non_exhaustive()
    }
}

impl Default for Supply {
    fn default() -> Self {
        Self {
            room: AtomicU64::new(u64::MAX / 2),
            operations: AtomicU64::new(u64::MAX),
            meanwhile: Mutex::new(None),
        }
    }
}

impl Supply {
    /// Leaves this many bytes to commit.
    pub fn limit(&self, bytes: u64) {
        self.room.store(bytes, Ordering::Relaxed);
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.room.load(Ordering::Relaxed)
    }

    /// Lets one operation fail, after `operations` more that do not.
    pub fn fail_after(&self, operations: u64) {
        self.operations.store(operations, Ordering::Relaxed);
    }

    /// Has somebody do something just before the next write of so many bytes.
    pub fn before_write_of(&self, len: usize, action: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Meanwhile { len, action: Box::new(action) });
    }

    /// Whether the operation that was to fail has come.
    pub fn has_failed(&self) -> bool {
        self.operations.load(Ordering::Relaxed) == u64::MAX
    }

    /// An operation begins that may commit as much.
    fn begin(&self, bytes: u64) -> Result {
        let count = |left: u64| (left != u64::MAX).then(|| left.wrapping_sub(1));
        let left = self.operations.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
        if left == Ok(0) || bytes > self.room.load(Ordering::Relaxed) {
            return Err(Status::NO_MEMORY);
        }
        Ok(())
    }
}

/// Memory on the heap, as much as there is.
#[derive(Debug)]
pub struct ScarceMemory {
    heap: HeapMemory,
    supply: Arc<Supply>,
}

impl ScarceMemory {
    /// Zero-filled memory.
    pub fn new(size: u64, supply: &Arc<Supply>) -> Result<Self> {
        supply.begin(0)?;
        Ok(Self { heap: HeapMemory::new(size), supply: Arc::clone(supply) })
    }

    /// Does what may commit the pages of a range.
    fn commit_by(&self, range: Range<u64>, f: impl FnOnce() -> Result) -> Result {
        let pages = range.end.div_ceil(PAGE_SIZE).saturating_sub(range.start / PAGE_SIZE);
        self.supply.begin(pages.saturating_mul(PAGE_SIZE))?;
        let before = self.heap.committed();
        let result = f();
        let more = self.heap.committed().wrapping_sub(before);
        self.supply.room.fetch_sub(more, Ordering::Relaxed);
        result
    }
}

impl Drop for ScarceMemory {
    fn drop(&mut self) {
        self.supply.room.fetch_add(self.heap.committed(), Ordering::Relaxed);
    }
}

impl Memory for ScarceMemory {
    fn size(&self) -> u64 {
        self.heap.size()
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result {
        self.heap.read(offset, buffer)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result {
        let end = offset.saturating_add(bytes.len() as u64);
        let meanwhile = {
            let mut meanwhile = self.supply.meanwhile.lock().unwrap();
            meanwhile.take_if(|it| it.len == bytes.len())
        };
        if let Some(Meanwhile { action, .. }) = meanwhile {
            action();
        }
        self.commit_by(offset..end, || self.heap.write(offset, bytes))
    }

    fn zero(&self, offset: u64, len: u64) -> Result {
        self.commit_by(0..0, || self.heap.zero(offset, len))
    }

    fn resize(&self, size: u64) -> Result {
        self.commit_by(0..0, || self.heap.resize(size))
    }

    fn copy_to(&self, range: Range<u64>, to: &dyn Memory, at: u64) -> Result {
        let to: &Self = to.as_any().downcast_ref().ok_or(Status::NOT_SUPPORTED)?;
        let committed = self.heap.usage(range.clone()).committed;
        to.commit_by(0..committed, || self.heap.copy_to(range, &to.heap, at))
    }

    fn commit(&self, offset: u64, len: u64) -> Result {
        let range = offset..offset.saturating_add(len);
        self.commit_by(range, || self.heap.commit(offset, len))
    }

    fn committed(&self) -> u64 {
        self.heap.committed()
    }

    fn next_committed(&self, offset: u64) -> Option<Range<u64>> {
        self.heap.next_committed(offset)
    }

    fn first_committed(&self, offset: u64) -> Option<u64> {
        self.heap.first_committed(offset)
    }

    fn usage(&self, range: Range<u64>) -> MemoryUsage {
        self.heap.usage(range)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
