//! `zx_object_wait_*` (zircon/kernel/lib/syscalls/object_wait.cc).
//!
//! The host does not block: a wait that goes on ends in
//! [`HostEvents::wait_completed`](crate::HostEvents::wait_completed) under a token of its choice.
//! Deadlines are absolute, in nanoseconds of the monotonic clock.

use zx_abi::{
    Result, Rights, Signals, Status, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_TIMESTAMP,
    WAIT_MANY_MAX_ITEMS,
};

use crate::Caller;
use crate::object::{ObjectId, PortId, PortWatch};
use crate::wait::{Sleeper, WaitFor};

/// How a wait of the host began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitStart {
    /// A requested signal is set already, and these are all that are.
    Ready(Signals),
    /// [`HostEvents::wait_completed`](crate::HostEvents::wait_completed) will tell.
    Pending,
}

/// How a wait of the host on several objects began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitManyStart {
    /// It is over: OK or TIMED_OUT, and the signals of each item.
    Ended(Status, Vec<Signals>),
    /// [`HostEvents::wait_result`](crate::HostEvents::wait_result) and its completion will tell.
    Pending,
}

impl Caller<'_> {
    /// `zx_object_wait_one` for the host.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without WAIT; TIMED_OUT if the deadline is past.
    pub fn object_wait_one(
        &mut self,
        handle: u32,
        signals: Signals,
        deadline: i64,
        token: u64,
    ) -> Result<WaitStart> {
        let (object, now) = self.wait_state(handle)?;
        if now.intersects(signals) {
            return Ok(WaitStart::Ready(now));
        }
        if deadline <= self.state.now() {
            return Err(Status::TIMED_OUT);
        }
        let sleeper = Sleeper::Host(token);
        self.sleep_for_signals(
            sleeper,
            WaitFor::One { out: 0 },
            deadline,
            &[(handle, object, signals)],
        );
        Ok(WaitStart::Pending)
    }

    /// `zx_object_wait_many` for the host, on handles and the signals to wait for. Without items
    /// it lasts until the deadline.
    ///
    /// # Errors
    /// OUT_OF_RANGE for more than 64 items; the first item's BAD_HANDLE or ACCESS_DENIED without
    /// WAIT, with nothing waited on.
    pub fn object_wait_many(
        &mut self,
        items: &[(u32, Signals)],
        deadline: i64,
        token: u64,
    ) -> Result<WaitManyStart> {
        self.wait_many(items, Sleeper::Host(token), 0, deadline)
    }

    /// `zx_object_wait_many`; `out` is where a guest's items stand.
    pub(crate) fn wait_many(
        &mut self,
        items: &[(u32, Signals)],
        sleeper: Sleeper,
        out: u64,
        deadline: i64,
    ) -> Result<WaitManyStart> {
        if items.len() > WAIT_MANY_MAX_ITEMS {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut watched = Vec::with_capacity(items.len());
        let mut pending = Vec::with_capacity(items.len());
        let mut ready = false;
        for (handle, signals) in items {
            let (object, now) = self.wait_state(*handle)?;
            ready |= now.intersects(*signals);
            watched.push((*handle, object, *signals));
            pending.push(now);
        }
        if ready {
            return Ok(WaitManyStart::Ended(Status::OK, pending));
        }
        if deadline <= self.state.now() {
            return Ok(WaitManyStart::Ended(Status::TIMED_OUT, pending));
        }
        self.sleep_for_signals(sleeper, WaitFor::Many { out }, deadline, &watched);
        Ok(WaitManyStart::Pending)
    }

    /// Starts a wait for signals of objects, through the handles before them.
    pub(crate) fn sleep_for_signals(
        &mut self,
        sleeper: Sleeper,
        wait_for: WaitFor,
        deadline: i64,
        items: &[(u32, ObjectId, Signals)],
    ) {
        let waiter = self.state.start_wait(self.process, sleeper, wait_for, deadline);
        for (handle, object, signals) in items {
            self.state.watch(waiter, *object, *signals, *handle);
        }
    }

    /// What a wait through this handle starts from: the object and its signals.
    pub(crate) fn wait_state(&mut self, handle: u32) -> Result<(ObjectId, Signals)> {
        let object = self.object_with(handle, Rights::WAIT)?;
        let header = self.state.objects.header(object).ok_or(Status::BAD_HANDLE)?;
        Ok((object, header.signals))
    }

    /// `zx_object_wait_async`: a packet with `key` goes to the port once one of the signals is
    /// set. `options`: TIMESTAMP (1), or since 2020 BOOT_TIMESTAMP (4), and EDGE (2).
    ///
    /// # Errors
    /// INVALID_ARGS for other options or both timestamps; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED
    /// without WRITE for the port; BAD_HANDLE, ACCESS_DENIED without WAIT for the object; NO_MEMORY at
    /// a limit of objects, as which a watch counts, and so does its packet.
    pub fn object_wait_async(
        &mut self,
        handle: u32,
        port: u32,
        key: u64,
        signals: Signals,
        options: u32,
    ) -> Result {
        let timestamps = WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_BOOT_TIMESTAMP;
        let known = self.generation().wait_async_options;
        if options & !known != 0 || options & timestamps == timestamps {
            return Err(Status::INVALID_ARGS);
        }
        let port: PortId = self.get(port, Rights::WRITE)?;
        let watched = self.wait_state(handle)?;
        let watch = PortWatch::new(port, key, options, self.account);
        self.state.port_watch(watched, signals, (self.process, handle), watch)
    }
}
