//! Which VMO another was made from, when those between are gone.
//!
//! The children of a VMO are a family. When the VMO goes, they become children of the one that it was
//! a child of itself: its family joins the other, whatever number they are.

use std::cell::Cell;

use slotmap::{SlotMap, new_key_type};

use super::VmoId;

new_key_type! { pub(crate) struct FamilyId; }

/// The families of all VMOs.
#[derive(Debug, Default)]
pub(crate) struct Families(SlotMap<FamilyId, Family>);

#[derive(Debug)]
struct Family {
    /// Whose children they are, while that lives.
    parent: Option<VmoId>,
    /// The family that this one has joined, and holds.
    joined: Option<FamilyId>,
    /// Where the search for the last one that it has joined goes on: at any on the way.
    ahead: Cell<Option<FamilyId>>,
    /// The parent, the children and the families that hold it.
    holders: usize,
}

impl Families {
    /// A family without children, held by its parent.
    pub fn found(&mut self, parent: VmoId) -> FamilyId {
        let (parent, ahead) = (Some(parent), Cell::new(None));
        self.0.insert(Family { parent, joined: None, ahead, holders: 1 })
    }

    pub fn hold(&mut self, id: FamilyId) {
        if let Some(family) = self.0.get_mut(id) {
            family.holders += 1;
        }
    }

    pub fn release(&mut self, id: FamilyId) {
        let mut next = Some(id);
        while let Some(id) = next.take() {
            let Some(family) = self.0.get_mut(id) else { return };
            family.holders -= 1;
            if family.holders == 0 {
                next = self.0.remove(id).and_then(|family| family.joined);
            }
        }
    }

    /// The VMO whose children the members of a family are now.
    pub fn parent(&self, id: FamilyId) -> Option<VmoId> {
        self.0.get(self.last(id))?.parent
    }

    /// The parent of a family is gone, which was a child in `other`, or in none.
    pub fn join(&mut self, id: FamilyId, other: Option<FamilyId>) {
        let last = other.map(|other| self.last(other));
        if let Some(last) = last {
            self.hold(last);
        }
        if let Some(family) = self.0.get_mut(id) {
            family.parent = None;
            family.joined = last;
            family.ahead.set(last);
        }
    }

    /// The family that one has joined in the end. The way gets shorter for all that were passed.
    fn last(&self, id: FamilyId) -> FamilyId {
        let ahead = |id| self.0.get(id).and_then(|family| family.ahead.get());
        let mut last = id;
        while let Some(next) = ahead(last) {
            last = next;
        }
        let mut at = id;
        while let Some(next) = ahead(at) {
            if let Some(family) = self.0.get(at) {
                family.ahead.set(Some(last));
            }
            at = next;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// VMOs with their families, by a naive table of who is whose child.
    #[test]
    fn families_join_as_a_table_says_and_none_is_left() {
        let mut keys: SlotMap<VmoId, ()> = SlotMap::with_key();
        let mut families = Families::default();
        // Each VMO: its parent's family, its own, and its parent by the table.
        let mut vmos: Vec<(VmoId, Option<FamilyId>, FamilyId, Option<VmoId>)> = Vec::new();
        let mut random = 1_u64;
        for step in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = (random >> 33) as usize;
            if vmos.len() < 2 || step < 10_000 && pick % 5 < 3 {
                let parent = vmos.get(pick % (vmos.len() + 1)).map(|vmo| (vmo.0, vmo.2));
                let id = keys.insert(());
                if let Some((_, family)) = parent {
                    families.hold(family);
                }
                let own = families.found(id);
                vmos.push((id, parent.map(|parent| parent.1), own, parent.map(|parent| parent.0)));
            } else {
                let (id, family, own, parent) = vmos.swap_remove(pick % vmos.len());
                families.join(own, family);
                families.release(own);
                family.into_iter().for_each(|family| families.release(family));
                for other in vmos.iter_mut().filter(|other| other.3 == Some(id)) {
                    other.3 = parent;
                }
            }
            if step % 50 == 0 {
                for (_, family, _, parent) in &vmos {
                    assert_eq!(family.and_then(|family| families.parent(family)), *parent);
                }
            }
        }
        for (_, family, own, _) in vmos {
            families.join(own, family);
            families.release(own);
            family.into_iter().for_each(|family| families.release(family));
        }
        assert!(families.0.is_empty());
    }
}
