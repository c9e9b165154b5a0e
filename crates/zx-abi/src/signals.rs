//! `zx_signals_t` (zircon/types.h).

bitflags::bitflags! {
    /// Signals of an object. Bits 4 and up mean different things on different object types.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Signals: u32 {
        /// Something can be read.
        const READABLE = 1 << 0;
        /// Something can be written.
        const WRITABLE = 1 << 1;
        /// The other end is gone.
        const PEER_CLOSED = 1 << 2;
        /// Events and event pairs: signalled. Tasks: see [`Signals::TASK_TERMINATED`].
        const SIGNALED = 1 << 3;
        /// The handle waited through was closed; seen in the result of a wait only.
        const HANDLE_CLOSED = 1 << 23;

        /// Tasks: dead.
        const TASK_TERMINATED = 1 << 3;
        /// VMOs: no children.
        const VMO_ZERO_CHILDREN = 1 << 3;
        /// Threads: running.
        const THREAD_RUNNING = 1 << 4;
        /// Threads: suspended.
        const THREAD_SUSPENDED = 1 << 5;
        /// Jobs: no child jobs.
        const JOB_NO_JOBS = 1 << 4;
        /// Jobs: no processes.
        const JOB_NO_PROCESSES = 1 << 5;
        /// Jobs: neither child jobs nor processes.
        const JOB_NO_CHILDREN = 1 << 6;
        /// Sockets: the peer has disabled writing.
        const SOCKET_PEER_WRITE_DISABLED = 1 << 4;
        /// Sockets: writing is disabled.
        const SOCKET_WRITE_DISABLED = 1 << 5;
        /// Sockets: the read threshold is reached.
        const SOCKET_READ_THRESHOLD = 1 << 10;
        /// Sockets: the write threshold is reached.
        const SOCKET_WRITE_THRESHOLD = 1 << 11;
        /// Clocks: started.
        const CLOCK_STARTED = 1 << 4;
        /// Clocks: updated.
        const CLOCK_UPDATED = 1 << 5;
        /// Counters: the value is above 0.
        const COUNTER_POSITIVE = 1 << 4;
        /// Counters: the value is 0 or below.
        const COUNTER_NON_POSITIVE = 1 << 5;
        /// Shared regions of IOBs: something was written to it; for a moment.
        const IOB_SHARED_REGION_UPDATED = 1 << 3;
        /// Interrupts: not triggered since they were last acknowledged. Since 2021.
        const INTERRUPT_UNTRIGGERED = 1 << 4;

        /// The eight signals that user code may set and clear on any waitable object.
        const USER_ALL = 0xff00_0000;
        /// The first user signal; the others follow.
        const USER_0 = 1 << 24;

        /// Any bit may be waited for: bits without a name never fire.
        const _ = !0;
    }
}
