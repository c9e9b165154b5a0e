//! Operations on many pages, which let others in between.

use std::sync::Arc;

use zx_abi::{PAGE_SIZE, Result, Status};

use crate::meter::Meter;
use crate::{Caller, Memory};

/// Bytes that are zeroed or committed at a time.
const STEP: u64 = 256 * PAGE_SIZE;

impl Caller<'_> {
    /// Makes `start..end` of a memory read as zero, giving whole pages back.
    pub(crate) fn zero_memory(&mut self, memory: &Arc<dyn Memory>, start: u64, end: u64) -> Result {
        let mut at = start;
        while at < end {
            at = zero_some(&**memory, at..end, &self.state.meter)?;
            self.breathe()?;
        }
        Ok(())
    }

    /// Copies a range of pages to another memory, where nothing is committed, as far as either
    /// goes.
    ///
    /// One of no more pages than a turn has is copied as it is at one moment. In a larger one may
    /// show what other calls write meanwhile, as what programs write to their mappings always may.
    pub(crate) fn copy_memory(
        &mut self,
        from: &Arc<dyn Memory>,
        start: u64,
        end: u64,
        to: &Arc<dyn Memory>,
        at: u64,
    ) -> Result {
        let mut next = start;
        while let Some(first) = from.first_committed(next).filter(|first| *first < end) {
            let page = first - first % PAGE_SIZE;
            next = page.saturating_add(STEP).min(end).min(from.size());
            if next <= page {
                break;
            }
            self.state.meter.count((next - page).div_ceil(PAGE_SIZE) as usize);
            from.copy_to(page..next, &**to, at + (page - start))?;
            self.breathe()?;
        }
        Ok(())
    }

    /// Gives room to the pages in `start..end` of a memory.
    ///
    /// # Errors
    /// OUT_OF_RANGE if it has shrunk meanwhile.
    pub(crate) fn commit_memory(
        &mut self,
        memory: &Arc<dyn Memory>,
        start: u64,
        end: u64,
    ) -> Result {
        let mut at = start;
        while at < end {
            let len = (end - at).min(STEP);
            in_memory(&**memory, at, len)?;
            self.state.meter.count((len / PAGE_SIZE) as usize);
            memory.commit(at, len)?;
            at += len;
            self.breathe()?;
        }
        Ok(())
    }
}

/// Zeroes a range from its start on, as far as one step goes: where the rest begins.
pub(crate) fn zero_some(
    memory: &dyn Memory,
    range: std::ops::Range<u64>,
    meter: &Meter,
) -> Result<u64> {
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
