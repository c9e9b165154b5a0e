//! What many ranges of VMOs take up.

use std::collections::BTreeMap;
use std::sync::Arc;

use zx_abi::{PAGE_SIZE, Result};

use crate::object::{StoreId, VmoId};
use crate::syscalls::vmo::STEP;
use crate::{Caller, Memory, MemoryUsage};

/// A range of a VMO. What is beyond its end takes up nothing.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub vmo: VmoId,
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

/// What ranges take up, for all that one call tells of. A page is looked at once, however many of
/// the ranges show it.
#[derive(Default)]
pub(super) struct Usages {
    /// By VMO and by each place where a range begins or ends: what lies before that place, as far
    /// as it belongs to a range.
    before: BTreeMap<VmoId, BTreeMap<u64, MemoryUsage>>,
}

impl Usages {
    /// Of these ranges. Others are let in while they are looked at.
    ///
    /// # Errors
    /// As [`Caller::breathe`].
    pub fn new(caller: &mut Caller<'_>, ranges: impl IntoIterator<Item = Range>) -> Result<Self> {
        // How many ranges begin at a place, less those that end there.
        let mut edges: BTreeMap<VmoId, BTreeMap<u64, i64>> = BTreeMap::new();
        caller.each(ranges, |_, Range { vmo, offset, len }| {
            let edges = edges.entry(vmo).or_default();
            *edges.entry(offset).or_default() += 1;
            *edges.entry(offset.saturating_add(len)).or_default() -= 1;
            Ok(())
        })?;
        let mut before = BTreeMap::new();
        for (vmo, edges) in edges {
            before.insert(vmo, sweep(caller, vmo, edges)?);
        }
        Ok(Self { before })
    }

    /// What one of the ranges takes up.
    pub fn of(&self, Range { vmo, offset, len }: Range) -> MemoryUsage {
        let before = self.before.get(&vmo);
        let at = |place| before.and_then(|before| before.get(&place)).copied().unwrap_or_default();
        let (start, end) = (at(offset), at(offset.saturating_add(len)));
        MemoryUsage {
            committed: end.committed - start.committed,
            private: end.private - start.private,
            scaled: end.scaled - start.scaled,
        }
    }
}

fn sweep(
    caller: &mut Caller<'_>,
    vmo: VmoId,
    edges: BTreeMap<u64, i64>,
) -> Result<BTreeMap<u64, MemoryUsage>> {
    let (mut total, mut open, mut last) = (MemoryUsage::default(), 0, 0);
    let store = caller.state.objects.vmos.get(vmo).map(|vmo| vmo.store);
    if let Some(store) = store.filter(|_| !caller.generation().counts_shared_pages_in_each) {
        let looked_at = caller.state.objects.look_at_copies(store);
        caller.state.meter.count(looked_at);
        caller.breathe()?;
    }
    let mut before = BTreeMap::new();
    for (place, change) in edges {
        if open > 0 {
            add_usage(caller, vmo, last..place, &mut total)?;
        }
        before.insert(place, total);
        (open, last) = (open + change, place);
        caller.state.meter.count(1);
        caller.breathe()?;
    }
    Ok(before)
}

/// Adds what a range takes up. Memory is the original's: slices and references have none.
fn add_usage(
    caller: &mut Caller<'_>,
    vmo: VmoId,
    range: std::ops::Range<u64>,
    total: &mut MemoryUsage,
) -> Result {
    let each = caller.generation().counts_shared_pages_in_each;
    let vmo = caller.state.objects.vmos.get(vmo).filter(|vmo| !vmo.is_reference());
    let Some(vmo) = vmo else { return Ok(()) };
    let (memory, store) = (Arc::clone(&vmo.memory), vmo.store);
    let (mut at, end) = (range.start, range.end.min(memory.size()));
    while let Some(first) = memory.first_committed(at).filter(|first| *first < end) {
        at = first.saturating_add(STEP).min(end);
        let usage = match each {
            true => memory.usage(first..at),
            false => caller.usage_once(store, &*memory, first..at),
        };
        total.add(usage);
        caller.state.meter.count(1 + (usage.committed / PAGE_SIZE) as usize);
        caller.breathe()?;
    }
    Ok(())
}

impl Caller<'_> {
    /// What a range takes up, less the pages that count in another VMO that shares them.
    fn usage_once(
        &self,
        store: StoreId,
        memory: &dyn Memory,
        range: std::ops::Range<u64>,
    ) -> MemoryUsage {
        let mut usage = MemoryUsage::default();
        let mut at = range.start;
        while at < range.end {
            let next = (at - at % PAGE_SIZE + PAGE_SIZE).min(range.end);
            if self.state.objects.page_counts(store, at / PAGE_SIZE) {
                usage.add(MemoryUsage::private(memory.usage(at..next).committed));
            }
            at = next;
        }
        usage
    }
}
