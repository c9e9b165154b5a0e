//! The trace: every system call, mapping, message and signal, for a sink that wants them.

mod arguments;

use zx_abi::{KOID_INVALID, ObjectType, Rights, Status, Syscall};

use crate::account::Item;
use crate::handle::Handle;
use crate::object::{ChannelId, ObjectId, ProcessId, ThreadId};
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
        vmar: Koid,
        base: u64,
        len: u64,
        permissions: u32,
        vmo: Koid,
        vmo_name: Name,
        vmo_offset: u64,
    },
    /// A thread accessed what was not real yet, and goes on: from now on this range is.
    PageFault { process: Koid, thread: Koid, address: u64, base: u64, len: u64 },
    /// A range was unmapped.
    Unmap { process: Koid, base: u64, len: u64 },
    /// A range got other permissions.
    Protect { process: Koid, base: u64, len: u64, permissions: u32 },
    /// Bytes of the pages of VMOs that are committed, from now on.
    Memory { bytes: u64 },
    /// A message went from one end of a channel to the other. Its `id` is its own in this kernel. The
    /// thread is 0 for a context of the embedder.
    Message {
        id: u64,
        process: Koid,
        thread: Koid,
        from: Koid,
        to: Koid,
        bytes: Vec<u8>,
        handles: Vec<TracedHandle>,
    },
    /// A message was read at this end of its channel, or answered a call that waited there. The
    /// thread is 0 for a context of the embedder.
    MessageRead { id: u64, process: Koid, thread: Koid, channel: Koid },
    /// Bytes went into a socket or a fifo, to be read at the end `to`. `position` counts the bytes that
    /// have gone there before. The thread is 0 for a context of the embedder.
    BytesWritten {
        process: Koid,
        thread: Koid,
        object_type: ObjectType,
        from: Koid,
        to: Koid,
        position: u64,
        len: u64,
    },
    /// Bytes left that end: were read, or lost with the rest of a datagram.
    BytesRead {
        process: Koid,
        thread: Koid,
        object_type: ObjectType,
        object: Koid,
        position: u64,
        len: u64,
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
    /// The embedder begins with a step of its own.
    StepBegin { id: u64, name: String, details: String },
    /// It is done with a step.
    StepEnd { id: u64 },
}

/// An object that something in the trace names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedObject {
    /// Its koid; 0 for a handle that names nothing.
    pub koid: Koid,
    /// Its type, if there is an object.
    pub object_type: Option<ObjectType>,
}

/// A handle on its way in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedHandle {
    /// What it is to.
    pub object: TracedObject,
    /// The koid of that object's peer, parent or owner; 0 for none.
    pub related: Koid,
    /// What may be done with it.
    pub rights: Rights,
}

/// An event and when it happened, in nanoseconds of the monotonic clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// When.
    pub time: i64,
    /// The guest's thread in whose system call it happened; 0 if in none.
    pub caller: Koid,
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
            let caller = self.calling.map_or(KOID_INVALID, |thread| self.objects.koid(thread));
            sink.record(TraceRecord { time: self.now(), caller, event: event(self) });
        }
    }

    /// Records how much memory is committed, if that has changed.
    pub fn trace_memory(&mut self) {
        if self.trace_sink.is_none() {
            return;
        }
        let bytes = self.objects.accounts.used(self.root_account())[Item::Memory];
        if std::mem::replace(&mut self.traced_memory, bytes) != bytes {
            self.trace(|_| TraceEvent::Memory { bytes });
        }
    }

    /// An object as the trace names it.
    pub fn traced_object(&self, object: impl Into<ObjectId>) -> TracedObject {
        let object = object.into();
        TracedObject { koid: self.objects.koid(object), object_type: Some(object.object_type()) }
    }

    /// A handle as the trace names it.
    pub(crate) fn traced_handle(&self, handle: &Handle) -> TracedHandle {
        TracedHandle {
            object: self.traced_object(handle.object),
            related: self
                .objects
                .header(handle.object)
                .map_or(KOID_INVALID, |header| header.related),
            rights: handle.rights,
        }
    }

    /// Whose call it is, as the trace names it: a process and its thread, 0 for none.
    fn traced_caller(&self, (process, thread): (ProcessId, Option<ThreadId>)) -> (Koid, Koid) {
        let thread = thread.map_or(KOID_INVALID, |thread| self.objects.koid(thread));
        (self.objects.koid(process), thread)
    }

    /// A message has come to its reader.
    pub fn trace_message_read(
        &self,
        id: u64,
        reader: (ProcessId, Option<ThreadId>),
        channel: ChannelId,
    ) {
        self.trace(|state| {
            let (process, thread) = state.traced_caller(reader);
            TraceEvent::MessageRead { id, process, thread, channel: state.objects.koid(channel) }
        });
    }

    /// Bytes have gone from one end of a socket or a fifo to the other.
    pub fn trace_bytes_written<K: Copy + Into<ObjectId>>(
        &self,
        writer: (ProcessId, Option<ThreadId>),
        [from, to]: [K; 2],
        position: u64,
        len: usize,
    ) {
        self.trace(|state| {
            let (process, thread) = state.traced_caller(writer);
            let [from, to]: [ObjectId; 2] = [from.into(), to.into()];
            TraceEvent::BytesWritten {
                process,
                thread,
                object_type: to.object_type(),
                from: state.objects.koid(from),
                to: state.objects.koid(to),
                position,
                len: len as u64,
            }
        });
    }

    /// Bytes have left an end of a socket or a fifo.
    pub fn trace_bytes_read(
        &self,
        reader: (ProcessId, Option<ThreadId>),
        object: impl Into<ObjectId>,
        position: u64,
        len: usize,
    ) {
        self.trace(|state| {
            let (process, thread) = state.traced_caller(reader);
            let object = object.into();
            TraceEvent::BytesRead {
                process,
                thread,
                object_type: object.object_type(),
                object: state.objects.koid(object),
                position,
                len: len as u64,
            }
        });
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

    /// What a thread has accessed is real now.
    pub fn trace_page_fault(
        &self,
        (process, thread): (ProcessId, ThreadId),
        address: u64,
        (base, len): (u64, u64),
    ) {
        self.trace(|state| {
            let (process, thread) = state.traced_caller((process, Some(thread)));
            TraceEvent::PageFault { process, thread, address, base, len }
        });
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
