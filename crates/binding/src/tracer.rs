//! The trace on its way to JavaScript, which may be slower than guests are.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kernel_sim::{Koid, TraceRecord, TraceSink};

use crate::events::{AT_A_TIME, Events};
use crate::trace;
use crate::wire::Writer;

/// What becomes of a trace that is not taken as fast as it comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Guests are held back before their next system call. Records of what no guest does by itself
    /// have as much room again, and are dropped beyond that.
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
    /// The guests that wait for room, and whether they have been killed meanwhile.
    waiting: HashMap<Koid, bool>,
    /// Nobody takes records any more.
    closed: bool,
}

impl Tracer {
    /// A tracer that keeps so many bytes, and tells `events` when there is something to take.
    pub fn new(events: Arc<Events>, capacity: usize, overflow: Overflow) -> Self {
        let (queue, room) = (Mutex::default(), Condvar::new());
        Self { events, capacity, overflow, queue, room }
    }

    /// The first of the records, one after the other.
    pub fn take(&self) -> Vec<u8> {
        let mut queue = self.lock();
        if queue.records.len() < AT_A_TIME {
            queue.tell_dropped();
        }
        let some = queue.records.len().min(AT_A_TIME);
        let taken: Vec<u8> = queue.records.drain(..some).flatten().collect();
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

    /// Whether a guest has to wait for room.
    fn must_wait(&self, capacity: usize, process: Koid) -> bool {
        self.bytes >= capacity && !self.closed && self.waiting.get(&process) == Some(&false)
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
        if queue.bytes < self.capacity {
            return;
        }
        queue.waiting.insert(process, false);
        while queue.must_wait(self.capacity, process) {
            queue = self.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.waiting.remove(&process);
    }

    fn release(&self, process: Koid) {
        if let Some(released) = self.lock().waiting.get_mut(&process) {
            *released = true;
            self.room.notify_all();
        }
    }
}
