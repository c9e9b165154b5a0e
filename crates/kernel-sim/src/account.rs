//! What jobs use, and how much of it they may.
//!
//! Each job has an account. Whatever is made is charged to the account of one job and to those of all
//! jobs above it, and refunded when it is gone, wherever it has gone meanwhile. Tasks and VMARs are
//! charged to the job that they are in, a child job to the one above it; all else to the job of the
//! process that made it: a handle, an object, a message, a record of the log, the committed pages of a
//! VMO, the bytes in a socket. So a handle that is sent is paid for by its sender until its receiver
//! closes it, and moving one cannot fail. A VMO that the embedder's contexts in the root job have made
//! and another process maps, by a handle with WRITE, is charged to that one's job from then on.
//!
//! An account outlives its job for as long as something is charged to it.

use std::ops::{Index, IndexMut};

use slotmap::{SlotMap, new_key_type};
use zx_abi::{MAX_HANDLE_COUNT, Result, Status};

new_key_type! { pub(crate) struct AccountId; }

/// What accounts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Bytes of the pages of VMOs that are committed.
    Memory,
    /// Handles, those in messages included.
    Handles,
    /// Kernel objects, and what the kernel keeps like one: mappings, watches, packets in ports.
    Objects,
    /// Processes that are not dead.
    Processes,
    /// Threads that are not dead.
    Threads,
    /// Bytes of messages that wait in channels.
    ChannelBytes,
    /// Bytes that wait in sockets.
    SocketBytes,
    /// Bytes that the debug log keeps.
    LogBytes,
    /// Nanoseconds of processor time, which are never refunded.
    CpuTime,
}

impl Item {
    /// All of them, in the order of [`Amounts`].
    pub const ALL: [Self; 9] = [
        Self::Memory,
        Self::Handles,
        Self::Objects,
        Self::Processes,
        Self::Threads,
        Self::ChannelBytes,
        Self::SocketBytes,
        Self::LogBytes,
        Self::CpuTime,
    ];

    /// What a call fails with that would need more than there may be.
    fn status(self) -> Status {
        match self {
            Self::Processes | Self::Threads => Status::NO_RESOURCES,
            _ => Status::NO_MEMORY,
        }
    }
}

/// So much of each item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts([u64; Item::ALL.len()]);

impl Amounts {
    /// Nothing.
    pub const NONE: Self = Self([0; Item::ALL.len()]);
    /// As a limit: none.
    pub const UNLIMITED: Self = Self([u64::MAX; Item::ALL.len()]);
}

impl Index<Item> for Amounts {
    type Output = u64;

    fn index(&self, item: Item) -> &u64 {
        &self.0[item as usize]
    }
}

impl IndexMut<Item> for Amounts {
    fn index_mut(&mut self, item: Item) -> &mut u64 {
        &mut self.0[item as usize]
    }
}

/// What a kernel's root job may use unless it is told otherwise: more than honest programs do, and
/// less than what a computer can give without trouble. Processor time has no limit, nor has the debug
/// log, which keeps little. Of memory it is what the machine says; where that is less than a gigabyte,
/// there is less of what takes up the embedder's own.
pub(crate) fn default_limits(memory: u64) -> Amounts {
    let mut limits = Amounts::UNLIMITED;
    limits[Item::Memory] = memory;
    limits[Item::Handles] = (memory >> 10).clamp(LEAST, MAX_HANDLE_COUNT as u64);
    limits[Item::Objects] = (memory >> 10).clamp(LEAST, 1 << 20);
    limits[Item::Processes] = 1 << 14;
    limits[Item::Threads] = 1 << 18;
    for item in [Item::ChannelBytes, Item::SocketBytes] {
        limits[item] = (memory / 2).clamp(LEAST << 10, 512 << 20);
    }
    limits
}

/// Objects and handles that a kernel may have in all, however little memory there is.
const LEAST: u64 = 1 << 12;

/// The accounts of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Accounts(SlotMap<AccountId, Account>);

#[derive(Debug)]
struct Account {
    parent: Option<AccountId>,
    used: Amounts,
    limits: Amounts,
    /// Nobody charges anything to it any more.
    closed: bool,
    /// Stores that are charged to it, if only with nothing yet.
    stores: usize,
}

impl Account {
    fn has_room(&self, item: Item, amount: u64) -> bool {
        amount <= self.limits[item].saturating_sub(self.used[item])
    }

    fn is_settled(&self) -> bool {
        self.stores == 0
            && Item::ALL.iter().all(|item| *item == Item::CpuTime || self.used[*item] == 0)
    }
}

impl Accounts {
    /// An account without limits of its own.
    pub fn open(&mut self, parent: Option<AccountId>) -> AccountId {
        let (used, limits) = (Amounts::NONE, Amounts::UNLIMITED);
        self.0.insert(Account { parent, used, limits, closed: false, stores: 0 })
    }

    /// The job is gone: so is its account once all is refunded.
    pub fn close(&mut self, id: AccountId) {
        if let Some(account) = self.0.get_mut(id) {
            account.closed = true;
            if account.is_settled() {
                self.0.remove(id);
            }
        }
    }

    /// A store is charged to it from now on: it stays for as long.
    pub fn hold(&mut self, id: AccountId) {
        if let Some(account) = self.0.get_mut(id) {
            account.stores += 1;
        }
    }

    /// A store is not charged to it any more.
    pub fn release(&mut self, id: AccountId) {
        if let Some(account) = self.0.get_mut(id) {
            account.stores -= 1;
            if account.closed && account.is_settled() {
                self.0.remove(id);
            }
        }
    }

    /// Charges an account and those above it with all of this.
    ///
    /// # Errors
    /// NO_MEMORY, or NO_RESOURCES for processes and threads, if one of them has no room for all of
    /// it; nothing is charged then.
    pub fn charge<const N: usize>(&mut self, id: AccountId, charges: [(Item, u64); N]) -> Result {
        for (done, (item, amount)) in charges.into_iter().enumerate() {
            if !self.try_add(id, item, amount) {
                charges.into_iter().take(done).for_each(|(item, more)| self.refund(id, item, more));
                return Err(item.status());
            }
        }
        Ok(())
    }

    /// Whether an account and those above it have room for so much more.
    ///
    /// # Errors
    /// As for [`Accounts::charge`].
    pub fn check(&self, id: AccountId, item: Item, amount: u64) -> Result {
        match self.full(id, item, amount) {
            Some(_) => Err(item.status()),
            None => Ok(()),
        }
    }

    /// The first account, from one upwards, that has no room for so much more.
    pub fn full(&self, id: AccountId, item: Item, amount: u64) -> Option<AccountId> {
        self.first(id, |account| !account.has_room(item, amount))
    }

    /// How much more fits into an account and all above it; none if nothing limits it.
    pub fn room(&self, id: AccountId, item: Item) -> Option<u64> {
        let (mut next, mut room) = (Some(id), None);
        while let Some(account) = next.and_then(|id| self.0.get(id)) {
            next = account.parent;
            if account.limits[item] != u64::MAX {
                let own = account.limits[item].saturating_sub(account.used[item]);
                room = Some(room.map_or(own, |room: u64| room.min(own)));
            }
        }
        room
    }

    /// Whether what is charged to one account is charged to another too.
    pub fn is_within(&self, id: AccountId, outer: AccountId) -> bool {
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| *id != outer) {
            next = self.0.get(id).and_then(|account| account.parent);
        }
        next.is_some()
    }

    /// Charges what cannot be refused any more: the first account, from this one upwards, that then
    /// has more than it may.
    pub fn spend(&mut self, id: AccountId, item: Item, amount: u64) -> Option<AccountId> {
        self.add(id, item, amount);
        self.first(id, |account| account.used[item] > account.limits[item])
    }

    /// Takes back what was charged to an account and those above it.
    pub fn refund(&mut self, id: AccountId, item: Item, amount: u64) {
        self.take_back(id, None, item, amount);
    }

    /// What is charged to an account.
    pub fn used(&self, id: AccountId) -> Amounts {
        self.0.get(id).map_or(Amounts::NONE, |account| account.used)
    }

    /// How much may be charged to it, as far as it decides.
    pub fn limits(&self, id: AccountId) -> Amounts {
        self.0.get(id).map_or(Amounts::UNLIMITED, |account| account.limits)
    }

    /// Changes the limits. What is charged already stays, even if it is more.
    pub fn set_limits(&mut self, id: AccountId, limits: Amounts) {
        if let Some(account) = self.0.get_mut(id) {
            account.limits = limits;
        }
    }

    /// Charges an account and those above it; nothing, if one of them has no room.
    fn try_add(&mut self, id: AccountId, item: Item, amount: u64) -> bool {
        let mut next = Some(id);
        while let Some(at) = next
            && let Some(account) = self.0.get_mut(at)
        {
            if !account.has_room(item, amount) {
                self.take_back(id, Some(at), item, amount);
                return false;
            }
            account.used[item] += amount;
            next = account.parent;
        }
        true
    }

    /// Refunds an account and those above it, up to one that is not.
    fn take_back(&mut self, id: AccountId, end: Option<AccountId>, item: Item, amount: u64) {
        let mut next = Some(id).filter(|id| Some(*id) != end);
        while let Some(id) = next
            && let Some(account) = self.0.get_mut(id)
        {
            next = account.parent.filter(|parent| Some(*parent) != end);
            account.used[item] -= amount;
            if account.closed && account.is_settled() {
                self.0.remove(id);
            }
        }
    }

    fn add(&mut self, id: AccountId, item: Item, amount: u64) {
        let mut next = Some(id);
        while let Some(account) = next.and_then(|id| self.0.get_mut(id)) {
            next = account.parent;
            account.used[item] = account.used[item].saturating_add(amount);
        }
    }

    /// The first account of which something is true, from one upwards.
    fn first(&self, id: AccountId, is: impl Fn(&Account) -> bool) -> Option<AccountId> {
        let mut next = Some(id);
        while let Some(id) = next
            && let Some(account) = self.0.get(id)
        {
            if is(account) {
                return Some(id);
            }
            next = account.parent;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_little_memory_there_is_less_of_what_takes_it_up() {
        let most = default_limits(u64::MAX);
        let mut gigabyte = default_limits(1 << 30);
        assert_eq!(gigabyte[Item::Memory], 1 << 30);
        gigabyte[Item::Memory] = u64::MAX;
        assert_eq!(gigabyte, most);
        let less = default_limits((1 << 30) - 1024);
        assert_eq!(less[Item::Objects], most[Item::Objects] - 1);
        assert!(less[Item::ChannelBytes] < most[Item::ChannelBytes]);
        assert_eq!(default_limits(1 << 22)[Item::Handles], LEAST);
        assert_eq!(default_limits(0)[Item::Handles], LEAST);
    }
}
