//! Operations on many pages, which let others in between.

use std::ops::Range;
use std::sync::Arc;

use zx_abi::{PAGE_SIZE, Result, Status};

use crate::meter::Meter;
use crate::object::StoreId;
use crate::{Caller, Memory};

/// Bytes that are looked at, zeroed or committed at a time.
pub(crate) const STEP: u64 = 256 * PAGE_SIZE;

impl Caller<'_> {
    /// Makes `start..end` of a store read as zero, giving whole pages back.
    pub(crate) fn zero_store(&mut self, store: StoreId, start: u64, end: u64) -> Result {
        let memory = self.state.objects.memory_of(store)?;
        let mut at = start;
        while at < end {
            let next = zero_some(&*memory, at..end, &self.state.meter)?;
            self.state.objects.refund_range(store, at..next);
            self.state.objects.copy_zeroed(store, at..next);
            at = next;
            self.breathe()?;
        }
        Ok(())
    }

    /// Copies a range of pages to a store where nothing is committed, as far as either goes, and
    /// charges them unless they are charged already.
    ///
    /// One of no more pages than a turn has is copied as it is at one moment. In a larger one may
    /// show what other calls write meanwhile, as what programs write to their mappings always may.
    pub(crate) fn copy_memory(
        &mut self,
        from: &Arc<dyn Memory>,
        start: u64,
        end: u64,
        (to, charged): (StoreId, bool),
        at: u64,
    ) -> Result {
        let target = self.state.objects.memory_of(to)?;
        let mut next = start;
        while let Some(first) = from.first_committed(next).filter(|first| *first < end) {
            let page = first - first % PAGE_SIZE;
            next = page.saturating_add(STEP).min(end).min(from.size());
            if next <= page {
                break;
            }
            self.state.meter.count((next - page).div_ceil(PAGE_SIZE) as usize);
            let begin = at + (page - start);
            if !charged {
                self.charge_copy(&**from, page..next, to, begin)?;
            }
            if let Err(status) = from.copy_to(page..next, &*target, begin) {
                self.state.objects.refund_unused(to, begin..begin + (next - page));
                return Err(status);
            }
            self.breathe()?;
        }
        Ok(())
    }

    /// Charges a store with the pages of a range of a memory that are committed, for a copy of them.
    fn charge_copy(
        &mut self,
        from: &dyn Memory,
        range: Range<u64>,
        to: StoreId,
        at: u64,
    ) -> Result {
        let objects = &mut self.state.objects;
        if from.usage(range.clone()).committed == range.end - range.start {
            return objects.charge_range(to, at..at + (range.end - range.start));
        }
        let mut next = range.start;
        while let Some(page) = from.first_committed(next).filter(|page| *page < range.end) {
            let begin = at + (page - range.start);
            objects.charge_range(to, begin..begin + PAGE_SIZE)?;
            next = page + PAGE_SIZE;
        }
        Ok(())
    }

    /// Gives room to the pages in `start..end` of a store.
    ///
    /// # Errors
    /// OUT_OF_RANGE if it has shrunk meanwhile; NO_MEMORY at a limit.
    pub(crate) fn commit_store(&mut self, store: StoreId, start: u64, end: u64) -> Result {
        let mut at = start;
        while at < end {
            // Nobody sees any more what is gone meanwhile.
            let Ok(memory) = self.state.objects.memory_of(store) else { break };
            let len = (end - at).min(STEP);
            in_memory(&*memory, at, len)?;
            self.state.meter.count((len / PAGE_SIZE) as usize);
            self.state.objects.charge_range(store, at..at + len)?;
            if let Err(status) = memory.commit(at, len) {
                self.state.objects.refund_unused(store, at..at + len);
                return Err(status);
            }
            self.state.objects.copy_written(store, at..at + len);
            at += len;
            drop(memory);
            self.breathe()?;
        }
        Ok(())
    }
}

/// Zeroes a range from its start on, as far as one step goes: where the rest begins.
pub(crate) fn zero_some(memory: &dyn Memory, range: Range<u64>, meter: &Meter) -> Result<u64> {
    let first = memory.first_committed(range.start).filter(|first| *first < range.end);
    let (end, pages) = first.map_or((range.end, 0), |first| {
        let end = first.saturating_add(STEP).min(range.end);
        (end, (end - first).div_ceil(PAGE_SIZE))
    });
    meter.count(1 + pages as usize);
    memory.zero(range.start, end - range.start)?;
    Ok(end)
}

/// Whether a range, which was in a memory, still is.
pub(crate) fn in_memory(memory: &dyn Memory, offset: u64, len: u64) -> Result {
    if offset + len <= memory.size() { Ok(()) } else { Err(Status::OUT_OF_RANGE) }
}
