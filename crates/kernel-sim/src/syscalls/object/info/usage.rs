//! What many ranges of VMOs take up.

use std::collections::BTreeMap;

use zx_abi::PAGE_SIZE;

use crate::MemoryUsage;
use crate::object::VmoId;
use crate::state::State;

/// What ranges take up, for all that one call tells of. A page is looked at once, however many of
/// the ranges show it.
#[derive(Default)]
pub(super) struct Usages {
    /// By VMO and by each place where a range begins or ends: what lies before that place, as far
    /// as it belongs to a range.
    before: BTreeMap<VmoId, BTreeMap<u64, MemoryUsage>>,
}

impl Usages {
    /// Of ranges: offset and bytes in a VMO, of which those beyond its end take up nothing.
    ///
    /// Memory is the original's: slices and references have none.
    pub fn new(state: &State, ranges: impl IntoIterator<Item = (VmoId, u64, u64)>) -> Self {
        // How many ranges begin at a place, less those that end there.
        let mut edges: BTreeMap<VmoId, BTreeMap<u64, i64>> = BTreeMap::new();
        for (id, offset, len) in ranges {
            state.meter.count(1);
            let edges = edges.entry(id).or_default();
            *edges.entry(offset).or_default() += 1;
            *edges.entry(offset.saturating_add(len)).or_default() -= 1;
        }
        let before = edges.into_iter().map(|(id, edges)| (id, sweep(state, id, edges)));
        Self { before: before.collect() }
    }

    /// What one of the ranges takes up.
    pub fn of(&self, id: VmoId, offset: u64, len: u64) -> MemoryUsage {
        let before = self.before.get(&id);
        let at = |place| before.and_then(|before| before.get(&place)).copied().unwrap_or_default();
        let (start, end) = (at(offset), at(offset.saturating_add(len)));
        MemoryUsage {
            committed: end.committed - start.committed,
            private: end.private - start.private,
            scaled: end.scaled - start.scaled,
        }
    }
}

fn sweep(state: &State, id: VmoId, edges: BTreeMap<u64, i64>) -> BTreeMap<u64, MemoryUsage> {
    let vmo = state.objects.vmos.get(id).filter(|vmo| !vmo.is_reference());
    let (mut total, mut open, mut last) = (MemoryUsage::default(), 0, 0);
    let mut before = BTreeMap::new();
    for (place, change) in edges {
        if let Some(vmo) = vmo
            && open > 0
        {
            let end = place.min(vmo.size());
            let usage = vmo.memory.usage(last.min(end)..end);
            state.meter.count((usage.committed / PAGE_SIZE) as usize);
            total.committed += usage.committed;
            total.private += usage.private;
            total.scaled += usage.scaled;
        }
        before.insert(place, total);
        (open, last) = (open + change, place);
    }
    before
}
