//! The trace: every system call, mapping, message and signal, for a sink that wants them.

mod arguments;

use zx_abi::{KOID_INVALID, ObjectType, Status, Syscall};

use crate::object::{ObjectId, ProcessId, ThreadId};
use crate::state::State;
use crate::{ExceptionReport, Koid, Name};

pub use arguments::TracedArg;
pub(crate) use arguments::TracedCall;

/// Something that happened in the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named after what Zircon calls them")]
pub enum TraceEvent {
    /// A guest entered the kernel. `known` is what its arguments led to at that moment.
    SyscallEnter {
        process: Koid,
        thread: Koid,
        number: u64,
        syscall: Option<Syscall>,
        args: [u64; 8],
        known: Vec<TracedArg>,
    },
    /// The call waits: its thread returns later or never.
    SyscallBlocked { process: Koid, thread: Koid },
    /// A guest goes on with this result. `known` is what its out pointers lead to now.
    SyscallExit { process: Koid, thread: Koid, value: u64, known: Vec<TracedArg> },
    /// A guest called something that this kernel does not implement; it got NOT_SUPPORTED.
    SyscallNotImplemented { process: Koid, thread: Koid, syscall: Syscall },
    /// A mapping appeared.
    Map {
        process: Koid,
        base: u64,
        len: u64,
        permissions: u32,
        vmo: Koid,
        vmo_name: Name,
        vmo_offset: u64,
    },
    /// A range was unmapped.
    Unmap { process: Koid, base: u64, len: u64 },
    /// A range got other permissions.
    Protect { process: Koid, base: u64, len: u64, permissions: u32 },
    /// A message went from one end of a channel to the other. The thread is 0 for a context of the
    /// embedder.
    Message {
        process: Koid,
        thread: Koid,
        from: Koid,
        to: Koid,
        bytes: Vec<u8>,
        handles: Vec<TracedObject>,
    },
    /// Signals changed.
    Signal { object: Koid, object_type: ObjectType, before: u32, after: u32 },
    /// A process was created.
    ProcessCreate { process: Koid, name: Name, job: Koid },
    /// A process was started with its first thread.
    ProcessStart { process: Koid, thread: Koid, thread_name: Name, entry: u64, stack: u64 },
    /// A further thread of a process was started.
    ThreadStart { process: Koid, thread: Koid, name: Name, entry: u64, stack: u64 },
    /// A thread that was started is dead; the call that it was in does not return.
    ThreadExit { process: Koid, thread: Koid },
    /// A thread had an exception that ends its process unless somebody handles it.
    Exception { process: Koid, thread: Koid, kind: u32, pc: u64, fault_address: u64 },
    /// A process is dead.
    ProcessExit { process: Koid, return_code: i64 },
}

/// An object that something in the trace names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedObject {
    /// Its koid; 0 for a handle that names nothing.
    pub koid: Koid,
    /// Its type, if there is an object.
    pub object_type: Option<ObjectType>,
}

/// An event and when it happened, in nanoseconds of the monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// When.
    pub time: i64,
    /// What.
    pub event: TraceEvent,
}

/// Receives the trace.
///
/// Called under the kernel's lock, so that records come in the order of events: it must return at
/// once and never call the kernel.
pub trait TraceSink: Send + Sync {
    /// One record.
    fn record(&self, record: TraceRecord);

    /// A guest is about to enter the kernel: returns once it may. Called without the kernel's lock, on
    /// the thread that serves the guest.
    fn admit(&self, _process: Koid) {}

    /// A guest that was admitted has left the kernel. Called without its lock.
    fn left(&self) {}

    /// The guest has been killed: nothing keeps it any more. Called under the kernel's lock.
    fn release(&self, _process: Koid) {}
}

impl State {
    /// Records an event if the kernel is traced; costs one test otherwise.
    pub fn trace(&self, event: impl FnOnce(&Self) -> TraceEvent) {
        if let Some(sink) = &self.trace_sink {
            sink.record(TraceRecord { time: self.now(), event: event(self) });
        }
    }

    /// An object as the trace names it.
    pub fn traced_object(&self, object: impl Into<ObjectId>) -> TracedObject {
        let object = object.into();
        TracedObject { koid: self.objects.koid(object), object_type: Some(object.object_type()) }
    }

    /// A guest thread enters the kernel.
    pub fn trace_enter(
        &mut self,
        (process, thread): (ProcessId, ThreadId),
        number: u64,
        syscall: Option<Syscall>,
        args: [u64; 8],
    ) {
        if self.trace_sink.is_none() {
            return;
        }
        let call = syscall.map(|syscall| TracedCall { process, syscall, args });
        self.trace(|state| TraceEvent::SyscallEnter {
            process: state.objects.koid(process),
            thread: state.objects.koid(thread),
            number,
            syscall,
            args,
            known: call.map_or_else(Vec::new, |call| call.inputs(state)),
        });
        self.traced_calls.extend(call.map(|call| (thread, call)));
    }

    /// The call of a thread waits, unless the thread has returned or died in it.
    pub fn trace_blocked(&self, thread: ThreadId) {
        if self.trace_sink.is_none() {
            return;
        }
        if let Some(call) = self.traced_calls.get(&thread) {
            self.trace(|state| TraceEvent::SyscallBlocked {
                process: state.objects.koid(call.process),
                thread: state.objects.koid(thread),
            });
        }
    }

    /// The call of a thread returns.
    pub fn trace_return(&mut self, thread: ThreadId, value: u64) {
        if self.trace_sink.is_none() {
            return;
        }
        if let Some(call) = self.traced_calls.remove(&thread) {
            self.trace(|state| TraceEvent::SyscallExit {
                process: state.objects.koid(call.process),
                thread: state.objects.koid(thread),
                value,
                known: call.outputs(state, Status::from_raw(value as i32)),
            });
        }
    }

    /// A thread has an exception.
    pub fn trace_exception(&self, process: Koid, thread: Koid, exception: &ExceptionReport) {
        self.trace(|_| TraceEvent::Exception {
            process,
            thread,
            kind: exception.kind,
            pc: exception.registers.pc(),
            fault_address: exception.fault_address,
        });
    }

    /// A thread that was started ends, and a call that it is in with it.
    pub fn trace_thread_exit(&mut self, id: ThreadId) {
        if self.trace_sink.is_none() {
            return;
        }
        self.traced_calls.remove(&id);
        self.trace(|state| {
            let thread = state.objects.threads.get(id);
            TraceEvent::ThreadExit {
                process: thread.map_or(KOID_INVALID, |thread| state.objects.koid(thread.process)),
                thread: state.objects.koid(id),
            }
        });
    }
}
