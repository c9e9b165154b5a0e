//! The trace on its way to JavaScript, which may be slower than guests are.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kernel_sim::{Koid, TraceRecord, TraceSink};

use crate::events::{AT_A_TIME, Events};
use crate::trace;
use crate::wire::Writer;

/// What becomes of a trace that is not taken as fast as it comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Guests are held back before their next system call or page fault. Records of what no guest does
    /// by itself have as much room again, and are dropped beyond that.
    Wait,
    /// Records are dropped.
    Drop,
}

/// Collects the trace. Dropped records are counted, and a record tells of them in their place.
pub struct Tracer {
    events: Arc<Events>,
    /// Bytes that are kept.
    capacity: usize,
    overflow: Overflow,
    queue: Mutex<Queue>,
    /// There is room, or someone need not wait for it any more.
    room: Condvar,
}

#[derive(Default)]
struct Queue {
    /// Packed.
    records: VecDeque<Vec<u8>>,
    /// Of the records.
    bytes: usize,
    /// How many came after these and were dropped, and when the last one came.
    dropped: u64,
    dropped_at: i64,
    /// Calls of guests that have been admitted and are not over.
    admitted: usize,
    /// The guests that wait for room.
    waiting: HashMap<Koid, Waiting>,
    /// Nobody takes records any more.
    closed: bool,
}

#[derive(Default)]
struct Waiting {
    /// So many threads of the guest do.
    threads: usize,
    /// It has been killed meanwhile.
    is_released: bool,
}

/// What the records of a call may take, as far as others have to leave room for it: the largest
/// message.
const RESERVED: usize = 1 << 16;

impl Tracer {
    /// A tracer that keeps so many bytes, and tells `events` when there is something to take.
    pub fn new(events: Arc<Events>, capacity: usize, overflow: Overflow) -> Self {
        let (queue, room) = (Mutex::default(), Condvar::new());
        Self { events, capacity, overflow, queue, room }
    }

    /// The first of the records, one after the other: some, or all that there are.
    pub fn take(&self, all: bool) -> Vec<u8> {
        let most = if all { usize::MAX } else { AT_A_TIME };
        let mut queue = self.lock();
        if queue.records.len() < most {
            queue.tell_dropped();
        }
        let some = queue.records.len().min(most);
        let taken = queue.records.drain(..some).collect::<Vec<_>>().concat();
        queue.bytes -= taken.len();
        self.room.notify_all();
        taken
    }

    /// Whether there are records to take.
    pub fn has_more(&self) -> bool {
        let queue = self.lock();
        !queue.records.is_empty() || queue.dropped > 0
    }

    /// Holds nobody back any more.
    pub fn close(&self) {
        self.lock().closed = true;
        self.room.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, record: Vec<u8>) {
        self.bytes += record.len();
        self.records.push_back(record);
    }

    /// Whether there is no room for another call.
    fn is_full(&self, capacity: usize) -> bool {
        self.bytes + self.admitted * RESERVED >= capacity && !self.closed
    }

    /// Whether a guest waits that has not been killed.
    fn waits(&self, process: Koid) -> bool {
        self.waiting.get(&process).is_some_and(|waiting| !waiting.is_released)
    }

    /// Tells of the records that were dropped, if any.
    fn tell_dropped(&mut self) {
        if self.dropped > 0 {
            let mut packed = Writer::default();
            trace::pack_dropped(self.dropped_at, std::mem::take(&mut self.dropped), &mut packed);
            self.push(packed.take());
        }
    }
}

impl TraceSink for Tracer {
    fn record(&self, record: TraceRecord) {
        let mut packed = Writer::default();
        trace::pack(&record, &mut packed);
        let room = match self.overflow {
            Overflow::Wait => 2 * self.capacity,
            Overflow::Drop => self.capacity,
        };
        let mut queue = self.lock();
        if queue.bytes >= room {
            queue.dropped += 1;
            queue.dropped_at = record.time;
        } else {
            queue.tell_dropped();
            queue.push(packed.take());
        }
        drop(queue);
        self.events.wake();
    }

    fn admit(&self, process: Koid) {
        if self.overflow == Overflow::Drop {
            return;
        }
        let mut queue = self.lock();
        if queue.is_full(self.capacity) {
            queue.waiting.entry(process).or_default().threads += 1;
            while queue.is_full(self.capacity) && queue.waits(process) {
                queue = self.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if let Entry::Occupied(mut waiting) = queue.waiting.entry(process) {
                waiting.get_mut().threads -= 1;
                if waiting.get().threads == 0 {
                    waiting.remove();
                }
            }
        }
        queue.admitted += 1;
    }

    fn left(&self) {
        if self.overflow == Overflow::Wait {
            self.lock().admitted -= 1;
            self.room.notify_all();
        }
    }

    fn release(&self, process: Koid) {
        if let Some(waiting) = self.lock().waiting.get_mut(&process) {
            waiting.is_released = true;
            self.room.notify_all();
        }
    }
}
