//! The memory of VMOs, and what is charged for it.

use std::ops::Range;
use std::sync::Arc;

use slotmap::{SlotMap, new_key_type};
use zx_abi::{Result, Status};

use super::Objects;
use crate::Memory;
use crate::account::{AccountId, Item};

new_key_type! { pub(crate) struct StoreId; }

/// All stores of a kernel.
pub(crate) type Stores = SlotMap<StoreId, Store>;

/// The memory of a VMO, which its slices and references share.
#[derive(Debug)]
pub(crate) struct Store {
    memory: Arc<dyn Memory>,
    /// What its committed pages are charged to.
    account: AccountId,
    /// Bytes that are charged.
    charged: u64,
    /// VMOs that show it, and whoever is about to make one.
    holders: usize,
}

impl Objects {
    /// A store that the caller holds. Nothing of its memory is committed yet.
    pub fn new_store(&mut self, account: AccountId, memory: Arc<dyn Memory>) -> StoreId {
        self.stores.insert(Store { memory, account, charged: 0, holders: 1 })
    }

    /// Its memory.
    ///
    /// # Errors
    /// BAD_HANDLE if it is gone.
    pub fn memory_of(&self, id: StoreId) -> Result<Arc<dyn Memory>> {
        self.stores.get(id).map(|store| Arc::clone(&store.memory)).ok_or(Status::BAD_HANDLE)
    }

    pub fn hold_store(&mut self, id: StoreId) {
        if let Some(store) = self.stores.get_mut(id) {
            store.holders += 1;
        }
    }

    /// Takes a hold back: with the last one the store is refunded, and its memory is returned.
    pub fn release_store(&mut self, id: StoreId) -> Option<Arc<dyn Memory>> {
        let store = self.stores.get_mut(id)?;
        store.holders -= 1;
        if store.holders > 0 {
            return None;
        }
        let store = self.stores.remove(id)?;
        self.accounts.refund(store.account, Item::Memory, store.charged);
        Some(store.memory)
    }

    /// Charges bytes that are about to be committed.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn charge_store(&mut self, id: StoreId, bytes: u64) -> Result {
        // It is gone if all its VMOs are: what is still written to its memory ends with the call.
        let Some(store) = self.stores.get_mut(id) else { return Ok(()) };
        self.accounts.charge(store.account, [(Item::Memory, bytes)])?;
        store.charged += bytes;
        Ok(())
    }

    /// Whether so many bytes more could be charged.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn check_store(&self, id: StoreId, bytes: u64) -> Result {
        let Some(store) = self.stores.get(id) else { return Ok(()) };
        self.accounts.check(store.account, Item::Memory, bytes)
    }

    /// Charges the pages that a range touches and that are not committed.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn charge_range(&mut self, id: StoreId, range: Range<u64>) -> Result {
        let missing = self.stores.get(id).map_or(0, |store| store.memory.uncommitted(range));
        self.charge_store(id, missing)
    }

    /// Copies bytes in; the pages that they take are charged.
    ///
    /// # Errors
    /// NO_MEMORY at a limit; those of [`Memory::write`].
    pub fn write_store(&mut self, id: StoreId, offset: u64, bytes: &[u8]) -> Result {
        let memory = self.memory_of(id)?;
        self.charge_range(id, offset..offset.saturating_add(bytes.len() as u64))?;
        let written = memory.write(offset, bytes);
        if written.is_err() {
            self.settle_store(id);
        }
        written
    }

    /// Whether one VMO has the store for itself.
    pub fn is_alone(&self, id: StoreId) -> bool {
        self.stores.get(id).is_some_and(|store| store.holders == 1)
    }

    /// What is charged for one store is charged for another from now on.
    pub fn hand_charge(&mut self, from: StoreId, to: StoreId) {
        let Some(store) = self.stores.get_mut(from) else { return };
        let bytes = std::mem::take(&mut store.charged);
        self.accounts.refund(store.account, Item::Memory, bytes);
        if let Some(store) = self.stores.get_mut(to) {
            store.charged += bytes;
            self.accounts.spend(store.account, Item::Memory, bytes);
        }
    }

    /// Charges what is committed now, no more and no less.
    pub fn settle_store(&mut self, id: StoreId) {
        let Some(store) = self.stores.get_mut(id) else { return };
        let before = std::mem::replace(&mut store.charged, store.memory.committed());
        match store.charged.checked_sub(before) {
            Some(more) => drop(self.accounts.spend(store.account, Item::Memory, more)),
            None => self.accounts.refund(store.account, Item::Memory, before - store.charged),
        }
    }

    /// Has a store that was charged to `from` charged to another account from now on.
    ///
    /// # Errors
    /// NO_MEMORY if that has no room for it.
    pub fn move_store(&mut self, id: StoreId, from: AccountId, to: AccountId) -> Result {
        let Some(store) = self.stores.get_mut(id).filter(|store| store.account == from) else {
            return Ok(());
        };
        self.accounts.refund(from, Item::Memory, store.charged);
        if let Err(status) = self.accounts.charge(to, [(Item::Memory, store.charged)]) {
            self.accounts.spend(from, Item::Memory, store.charged);
            return Err(status);
        }
        store.account = to;
        Ok(())
    }
}
