//! The debug log (zircon/kernel/object/log_dispatcher.cc).

use std::collections::BTreeMap;

use zx_abi::{Result, Rights, Signals, Status};

use super::{Header, LogId, object, rights};
use crate::Koid;
use crate::account::{AccountId, Item};
use crate::state::State;

/// Records that the log keeps; older ones are dropped, as upstream's ring does.
const CAPACITY: usize = 512;

/// Readable views that there are at most: a record that is written is news to each of them.
pub(crate) const READERS: usize = 4096;

/// A handle's view of the log.
#[derive(Debug)]
pub(crate) struct Log {
    pub header: Header,
    /// The sequence number of the next record to read, if the log was opened readable.
    pub next: Option<u64>,
}

object!(Log, rights(&[Rights::BASIC, Rights::WRITE, Rights::SIGNAL]));

/// One record of the debug log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Counts all records ever written, from 0.
    pub sequence: u64,
    /// When it was written, in nanoseconds of the monotonic clock.
    pub timestamp: i64,
    /// The writing process.
    pub process: Koid,
    /// The writing thread, 0 for the host.
    pub thread: Koid,
    /// `DEBUGLOG_*`
    pub severity: u8,
    /// What was written.
    pub data: Vec<u8>,
}

/// All that was written to the log of a kernel, as far as it is kept.
#[derive(Debug, Default)]
pub(crate) struct LogBuffer {
    next: u64,
    /// By sequence number, with what each is charged to.
    records: BTreeMap<u64, (LogRecord, AccountId)>,
    /// The readable views, and those that there were.
    readers: Vec<LogId>,
}

impl LogBuffer {
    /// The first kept record whose sequence number is not below `sequence`.
    pub fn from(&self, sequence: u64) -> Option<&LogRecord> {
        self.records.range(sequence..).next().map(|(_, (record, _))| record)
    }
}

impl State {
    /// A new view of the log. A readable one starts at the oldest record kept.
    ///
    /// # Errors
    /// NO_MEMORY at a limit, NO_RESOURCES for one readable view more than [`READERS`].
    pub fn new_log(&mut self, account: AccountId, readable: bool) -> Result<LogId> {
        if readable && self.log.readers.len() >= READERS {
            self.forget_readers();
            if self.log.readers.len() >= READERS {
                return Err(Status::NO_RESOURCES);
            }
        }
        let mut signals = Signals::WRITABLE;
        if readable && self.log.from(0).is_some() {
            signals |= Signals::READABLE;
        }
        let header = self.objects.new_header(account, 0, signals)?;
        let id = self.objects.logs.insert(Log { header, next: readable.then_some(0) });
        if readable {
            self.log.readers.push(id);
        }
        Ok(id)
    }

    /// Forgets the views that are gone.
    fn forget_readers(&mut self) {
        self.meter.count(self.log.readers.len());
        self.log.readers.retain(|id| self.objects.logs.contains_key(*id));
    }

    /// Appends a record and wakes the readers. At a limit of the writer's it takes the place of the
    /// oldest ones that count there; if it is larger than the limit, it is lost.
    pub fn log_append(&mut self, account: AccountId, mut record: LogRecord) {
        if self.log.records.len() == CAPACITY
            && let Some((first, _)) = self.log.records.first_key_value()
        {
            self.log_drop(*first);
        }
        let len = record.data.len() as u64;
        while let Some(full) = self.objects.accounts.full(account, Item::LogBytes, len) {
            let accounts = &self.objects.accounts;
            let counts = |other| accounts.is_within(other, full);
            let oldest = self.log.records.iter().find(|(_, (_, other))| counts(*other));
            match oldest.map(|(sequence, _)| *sequence) {
                Some(sequence) if len <= accounts.limits(full)[Item::LogBytes] => {
                    self.log_drop(sequence);
                }
                _ => return,
            }
        }
        self.objects.accounts.spend(account, Item::LogBytes, len);
        record.sequence = self.log.next;
        self.log.next += 1;
        self.log.records.insert(record.sequence, (record, account));
        self.forget_readers();
        for reader in 0..self.log.readers.len() {
            self.update_signals(self.log.readers[reader], Signals::empty(), Signals::READABLE);
        }
    }

    fn log_drop(&mut self, sequence: u64) {
        if let Some((record, account)) = self.log.records.remove(&sequence) {
            let len = record.data.len() as u64;
            self.objects.accounts.refund(account, Item::LogBytes, len);
        }
    }
}
