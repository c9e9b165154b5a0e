//! The trace: every system call, mapping, message and signal, for a sink that wants them.

use zx_abi::{ObjectType, Status, Syscall};

use crate::Koid;
use crate::object::ThreadId;
use crate::state::State;

/// Something that happened in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named after what Zircon calls them")]
pub enum TraceEvent {
    /// A guest entered the kernel.
    SyscallEnter {
        process: Koid,
        thread: Koid,
        number: u64,
        syscall: Option<Syscall>,
        args: [u64; 8],
    },
    /// A guest goes on with this result.
    SyscallExit { process: Koid, thread: Koid, value: u64 },
    /// A guest called something that this kernel does not implement; it got NOT_SUPPORTED.
    SyscallNotImplemented { process: Koid, thread: Koid, syscall: Syscall },
    /// A mapping appeared.
    Map { process: Koid, base: u64, len: u64, permissions: u32, vmo: Koid },
    /// A range was unmapped.
    Unmap { process: Koid, base: u64, len: u64 },
    /// A range got other permissions.
    Protect { process: Koid, base: u64, len: u64, permissions: u32 },
    /// A message was written to a channel; the koid is that of the end it can be read from.
    Message { channel: Koid, bytes: Vec<u8>, handles: Vec<Koid> },
    /// Signals changed.
    Signal { object: Koid, object_type: ObjectType, before: u32, after: u32 },
    /// A process was started.
    ProcessStart { process: Koid, thread: Koid, entry: u64, stack: u64 },
    /// An exception that nobody handled ended a process.
    Exception { process: Koid, thread: Koid, kind: u32, pc: u64, fault_address: u64 },
    /// A process is dead.
    ProcessExit { process: Koid, return_code: i64 },
}

/// An event and when it happened, in nanoseconds of the monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// When.
    pub time: i64,
    /// What.
    pub event: TraceEvent,
}

/// Whoever wants to see the trace.
///
/// Called under the kernel's lock, so that records come in the order of events: it must return at
/// once and never call the kernel.
pub trait TraceSink: Send + Sync {
    /// One record.
    fn record(&self, record: TraceRecord);
}

impl State {
    /// Records an event if anybody listens; costs one test otherwise.
    pub fn trace(&self, event: impl FnOnce(&Self) -> TraceEvent) {
        if let Some(sink) = &self.trace_sink {
            sink.record(TraceRecord { time: self.now(), event: event(self) });
        }
    }

    /// A blocked thread's call returns.
    pub fn trace_return(&self, id: ThreadId, status: Status) {
        self.trace(|state| {
            let thread = state.objects.threads.get(id);
            TraceEvent::SyscallExit {
                process: thread.map_or(0, |thread| state.objects.koid(thread.process)),
                thread: thread.map_or(0, |thread| thread.header.koid),
                value: i64::from(status.into_raw()) as u64,
            }
        });
    }
}
