//! Handles and handle tables (zircon/kernel/object/handle.cc, handle_table.cc).

use std::ops::Range;

use zx_abi::{HANDLE_FIXED_BITS_MASK, HANDLE_INVALID, Result, Rights, Status};

use crate::account::AccountId;
use crate::line::Line;
use crate::object::ObjectId;
use crate::wait::ObserverId;

const INDEX_BITS: u32 = 18;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
const GENERATION_MASK: u32 = (1 << 11) - 1;

/// A counted reference to an object, with rights that never change. Code that takes one out of a
/// table must store it elsewhere or close it with [`State::close`](crate::state::State::close).
#[derive(Debug)]
#[must_use = "a handle that is dropped without closing leaks its object"]
pub(crate) struct Handle {
    pub object: ObjectId,
    pub rights: Rights,
    /// What it is charged to.
    pub account: AccountId,
    /// Watches through it, which go with it from table to table; absent or empty if there are none.
    pub watches: Option<Box<Watches>>,
}

impl Handle {
    /// The watches through it, if there are any; it has none then.
    pub fn take_watches(&mut self) -> Option<Watches> {
        self.watches.take().map(|watches| *watches).filter(|watches| !watches.is_empty())
    }
}

/// The handles of a process.
///
/// A value is `(generation << 18 | index) << 2 | 3`, exclusive-or'ed with a secret of the process
/// whose low two bits and the highest are 0: values mean nothing elsewhere, are never negative, and
/// stale ones do not alias soon.
#[derive(Debug, Default)]
pub(crate) struct HandleTable {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The slots of the handles, in the order in which these came.
    order: Line<u32>,
    secret: u32,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    handle: Option<Handle>,
    /// Its place in the order.
    place: u64,
}

/// The watches through a handle, oldest first.
pub(crate) type Watches = Line<ObserverId>;

impl HandleTable {
    pub fn new(secret: u32) -> Self {
        let secret = secret & i32::MAX as u32 & !HANDLE_FIXED_BITS_MASK;
        Self { secret, ..Self::default() }
    }

    /// Puts a handle in, for its new value. The kernel-wide limit keeps indexes in 18 bits.
    pub fn insert(&mut self, handle: Handle) -> u32 {
        let index = self.free.pop().unwrap_or(self.slots.len() as u32);
        if index as usize == self.slots.len() {
            self.slots.push(Slot { generation: 0, handle: None, place: 0 });
        }
        let slot = &mut self.slots[index as usize];
        slot.handle = Some(handle);
        slot.place = self.order.push(index);
        let generation = slot.generation;
        self.value(index, generation)
    }

    /// All places of handles.
    pub fn places(&self) -> Range<u64> {
        self.order.places()
    }

    /// The newest handle at one of these places, with its place and value.
    pub fn newest(&self, places: Range<u64>) -> Option<(u64, u32, &Handle)> {
        let (place, index) = self.order.last(places)?;
        let slot = self.slots.get(index as usize)?;
        Some((place, self.value(index, slot.generation), slot.handle.as_ref()?))
    }

    fn value(&self, index: u32, generation: u32) -> u32 {
        let packed = generation << INDEX_BITS | index;
        (packed << 2 | HANDLE_FIXED_BITS_MASK) ^ self.secret
    }

    /// The handle with this value.
    pub fn get(&self, value: u32) -> Option<&Handle> {
        let index = self.index(value)?;
        self.slots.get(index)?.handle.as_ref()
    }

    /// Takes the handle with this value out.
    pub fn remove(&mut self, value: u32) -> Option<Handle> {
        let index = self.index(value)?;
        let slot = self.slots.get_mut(index)?;
        let handle = slot.handle.take()?;
        slot.generation = (slot.generation + 1) & GENERATION_MASK;
        self.order.remove(slot.place);
        self.free.push(index as u32);
        Some(handle)
    }

    /// Notes a watch through a handle, at the place returned.
    pub fn watch(&mut self, value: u32, observer: ObserverId) -> Option<u64> {
        Some(self.get_mut(value)?.watches.get_or_insert_default().push(observer))
    }

    /// Forgets a watch by its handle and place.
    pub fn unwatch(&mut self, value: u32, place: u64) {
        if let Some(watches) = self.get_mut(value).and_then(|handle| handle.watches.as_mut()) {
            watches.remove(place);
        }
    }

    fn get_mut(&mut self, value: u32) -> Option<&mut Handle> {
        let index = self.index(value)?;
        self.slots.get_mut(index)?.handle.as_mut()
    }

    /// Takes the newest handle out of a table that nobody uses any more.
    pub fn pop(&mut self) -> Option<Handle> {
        let (place, index) = self.order.last(self.places())?;
        self.order.remove(place);
        self.slots.get_mut(index as usize)?.handle.take()
    }

    fn index(&self, value: u32) -> Option<usize> {
        if value == HANDLE_INVALID || value & HANDLE_FIXED_BITS_MASK != HANDLE_FIXED_BITS_MASK {
            return None;
        }
        let packed = (value ^ self.secret) >> 2;
        let index = (packed & INDEX_MASK) as usize;
        let slot = self.slots.get(index)?;
        (slot.generation == packed >> INDEX_BITS).then_some(index)
    }
}

/// The rights for a new handle made from one with `held`: the same for `SAME_RIGHTS`.
///
/// # Errors
/// INVALID_ARGS for rights that are unknown or not held.
pub(crate) fn narrowed(held: Rights, requested: u32) -> Result<Rights> {
    if requested == Rights::SAME_RIGHTS.bits() {
        return Ok(held);
    }
    let rights = Rights::from_bits(requested).ok_or(Status::INVALID_ARGS)?;
    if held.contains(rights) { Ok(rights) } else { Err(Status::INVALID_ARGS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::EventId;

    fn handle() -> Handle {
        let object = ObjectId::Event(EventId::default());
        Handle { object, rights: Rights::BASIC, account: AccountId::default(), watches: None }
    }

    #[test]
    fn values_have_the_fixed_bits_and_are_neither_invalid_nor_negative() {
        let mut table = HandleTable::new(u32::MAX);
        for _ in 0..1000 {
            let value = table.insert(handle());
            assert_eq!(value & HANDLE_FIXED_BITS_MASK, HANDLE_FIXED_BITS_MASK);
            assert!(value as i32 > 0);
            assert!(table.get(value).is_some());
            assert!(table.get(value & !1).is_none());
        }
        assert_eq!(std::iter::from_fn(|| table.pop()).count(), 1000);
    }

    #[test]
    fn stale_values_name_nothing_for_2048_reuses_and_none_is_negative() {
        let mut table = HandleTable::new(7);
        let first = table.insert(handle());
        for _ in 0..(1 << 11) - 1 {
            let value = table.insert(handle());
            assert_ne!(value, first);
            assert!(value as i32 > 0);
            assert!(table.remove(value).is_some());
        }
        assert!(table.remove(first).is_some());
        let again = table.insert(handle());
        assert_ne!(again, first);
        assert!(table.get(first).is_none());
    }
}
