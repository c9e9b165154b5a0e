//! Waits: for signals, packets, replies, wake-ups or an instant.

mod deadline;
mod observer;
mod page;

use slotmap::new_key_type;
use zx_abi::{HandleInfo, HandleValue, Out, PortPacket, Result, Signals, Status, ThreadState};

use crate::object::{ChannelId, InterruptId, ObjectId, PortId, ProcessId, ThreadId, ThreadRun};
use crate::state::{Effect, State};
use crate::syscalls::register;

pub(crate) use deadline::*;
pub(crate) use observer::*;
pub(crate) use page::*;

new_key_type! { pub(crate) struct WaiterId; }

/// What a wait of the host brought besides its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitResult {
    /// `zx_object_wait_many`: the signals of each item at the end of the wait, in order.
    Items(Vec<Signals>),
    /// `zx_port_wait`: the packet.
    Packet(PortPacket),
    /// `zx_channel_call`: the reply. Its handles are in the table of the process that called.
    Reply {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its handles.
        handles: Vec<HandleInfo>,
    },
    /// `zx_interrupt_wait`: when it was triggered.
    Timestamp(i64),
}

/// One wait.
#[derive(Debug)]
pub(crate) struct Waiter {
    /// The process whose handles and memory it uses.
    pub process: ProcessId,
    pub sleeper: Sleeper,
    pub wait_for: WaitFor,
    /// In the order of the items.
    observers: Vec<ObserverId>,
    /// Its key in the table of deadlines, unless infinite.
    deadline: Option<DeadlineKey>,
}

/// The waiting side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sleeper {
    /// A guest thread, blocked in the call.
    Thread(ThreadId),
    /// The host, under a token of its choice, which no other wait of it has.
    Host(u64),
}

/// What ends a wait, besides its deadline. Addresses are those of out pointers of guests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WaitFor {
    /// Signals of an object; `out` may be 0.
    One { out: u64 },
    /// Signals of several; `out` is an array of `zx_wait_item_t`.
    Many { out: u64 },
    /// Nothing.
    Deadline,
    /// A packet.
    Packet { port: PortId, out: u64 },
    /// The reply to a message.
    Reply { channel: ChannelId, txid: u32, room: ReplyRoom },
    /// A wake-up at the futex of this address.
    Wake { futex: u64 },
    /// An interrupt; `out` may be 0.
    Interrupt { interrupt: InterruptId, out: u64 },
    /// Pages of a pager: [`State::page_waits`] has more.
    Pages,
}

/// Where a reply goes: how much of it fits and, for guests, the places.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReplyRoom {
    pub max_bytes: u32,
    pub max_handles: u32,
    pub bytes: Out<[u8]>,
    pub handles: HandleRoom,
    pub actual_bytes: Out<u32>,
    pub actual_handles: Out<u32>,
}

/// Where a guest wants handles, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum HandleRoom {
    /// Their values.
    Values(Out<[HandleValue]>),
    /// Their values with types and rights.
    Infos(Out<[HandleInfo]>),
}

impl Default for HandleRoom {
    fn default() -> Self {
        Self::Values(Out::default())
    }
}

/// Why a wait ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitEnd {
    /// An object showed signals, perhaps only for a moment.
    Signaled {
        object: ObjectId,
        shown: Signals,
    },
    Woken,
    TimedOut,
    /// A handle that it goes through has left its table.
    HandleClosed(u32),
    ProcessDied,
    /// The object that the waiter itself holds is gone.
    Abandoned,
    PeerClosed,
}

impl WaitEnd {
    fn status(self) -> Status {
        match self {
            Self::Signaled { .. } | Self::Woken => Status::OK,
            Self::TimedOut => Status::TIMED_OUT,
            Self::HandleClosed(_) | Self::ProcessDied | Self::Abandoned => Status::CANCELED,
            Self::PeerClosed => Status::PEER_CLOSED,
        }
    }
}

impl Waiter {
    /// `ZX_THREAD_STATE_*` of a thread in this wait.
    pub fn thread_state(&self) -> ThreadState {
        match self.wait_for {
            WaitFor::One { .. } => ThreadState::BlockedWaitOne,
            WaitFor::Many { .. } => ThreadState::BlockedWaitMany,
            WaitFor::Deadline => ThreadState::BlockedSleeping,
            WaitFor::Packet { .. } => ThreadState::BlockedPort,
            WaitFor::Reply { .. } => ThreadState::BlockedChannel,
            WaitFor::Wake { .. } => ThreadState::BlockedFutex,
            WaitFor::Interrupt { .. } => ThreadState::BlockedInterrupt,
            WaitFor::Pages => ThreadState::BlockedPager,
        }
    }
}

impl State {
    /// Starts a wait. A guest thread that waits is blocked from here on.
    pub fn start_wait(
        &mut self,
        process: ProcessId,
        sleeper: Sleeper,
        wait_for: WaitFor,
        deadline: i64,
    ) -> WaiterId {
        let observers = Vec::new();
        let waiter = Waiter { process, sleeper, wait_for, observers, deadline: None };
        let id = self.waiters.insert(waiter);
        if let Sleeper::Host(token) = sleeper {
            self.host_waits.insert(token, id);
            if let Some(process) = self.objects.processes.get_mut(process) {
                process.waits.insert(id);
            }
        }
        let key = self.deadlines.add(deadline, Due::Wait(id));
        if let Some(waiter) = self.waiters.get_mut(id) {
            waiter.deadline = key;
        }
        let now = self.now();
        if let Sleeper::Thread(thread) = sleeper
            && let Some(thread) = self.objects.threads.get_mut(thread)
        {
            thread.set_run(ThreadRun::Blocked(id), now);
        }
        id
    }

    /// Makes a wait end when the object shows one of these signals.
    pub fn watch(&mut self, id: WaiterId, object: ObjectId, signals: Signals, handle: u32) {
        let Some(process) = self.waiters.get(id).map(|waiter| waiter.process) else { return };
        let observer = self.add_observer(object, signals, (process, handle), Concern::Wait(id));
        if let Some(waiter) = self.waiters.get_mut(id) {
            waiter.observers.push(observer);
        }
    }

    /// Takes a wait out of all tables. Its sleeper is not woken.
    pub fn forget_waiter(&mut self, id: WaiterId) -> Option<Waiter> {
        let waiter = self.waiters.remove(id)?;
        self.meter.count(1);
        if let Sleeper::Host(token) = waiter.sleeper {
            self.host_waits.remove(&token);
            if let Some(process) = self.objects.processes.get_mut(waiter.process) {
                process.waits.remove(&id);
            }
        }
        if let Some(key) = waiter.deadline {
            self.deadlines.remove(key);
        }
        for observer in &waiter.observers {
            self.remove_observer(*observer);
        }
        match waiter.wait_for {
            WaitFor::Packet { port, .. } => {
                if let Some(port) = self.objects.ports.get_mut(port) {
                    port.waiters.retain(|other| *other != id);
                }
            }
            WaitFor::Reply { channel, txid, .. } => {
                if let Some(channel) = self.objects.channels.get_mut(channel) {
                    channel.calls.remove(&txid);
                }
            }
            WaitFor::Wake { futex } => self.futex_forget(waiter.process, futex, id),
            WaitFor::Interrupt { interrupt, .. } => self.interrupt_forget(interrupt),
            WaitFor::Pages => self.withdraw_pages(id),
            WaitFor::One { .. } | WaitFor::Many { .. } | WaitFor::Deadline => {}
        }
        Some(waiter)
    }

    /// Ends a wait and wakes its sleeper.
    pub fn finish_wait(&mut self, id: WaiterId, end: WaitEnd) {
        let Some(waiter) = self.waiters.get(id) else { return };
        if let WaitFor::Pages = waiter.wait_for {
            return self.end_page_wait(id, Err(end.status()));
        }
        if self.is_moot(waiter) {
            self.forget_waiter(id);
            return;
        }
        let pending: Vec<Signals> =
            waiter.observers.iter().map(|observer| self.pending(*observer, end)).collect();
        let Some(waiter) = self.forget_waiter(id) else { return };
        let result = match waiter.wait_for {
            WaitFor::One { out } if out != 0 => self.write_pending(&waiter, out, &pending),
            WaitFor::Many { out } => {
                self.write_pending(&waiter, out.wrapping_add(PENDING), &pending)
            }
            _ => Ok(()),
        };
        let status = match (result, waiter.wait_for) {
            (Err(status), _) => status,
            (Ok(()), WaitFor::Deadline) if end == WaitEnd::TimedOut => Status::OK,
            (Ok(()), _) => end.status(),
        };
        let observed = pending.iter().fold(Signals::empty(), |all, signals| all | *signals);
        let many = matches!(waiter.wait_for, WaitFor::Many { .. });
        let result = many.then_some(WaitResult::Items(pending));
        self.wake(waiter.sleeper, status, observed, result);
    }

    /// Whether nobody learns any more how a wait ends: its thread has been killed.
    pub fn is_moot(&self, waiter: &Waiter) -> bool {
        let process = self.objects.processes.get(waiter.process);
        let goes_on = process.is_some_and(|process| process.run.goes_on());
        !goes_on && matches!(waiter.sleeper, Sleeper::Thread(_))
    }

    /// The signals that an item shows at the end of its wait.
    fn pending(&self, observer: ObserverId, end: WaitEnd) -> Signals {
        let Some(observer) = self.observers.get(observer) else { return Signals::empty() };
        let also = match end {
            WaitEnd::Signaled { object, shown } if object == observer.object => return shown,
            WaitEnd::HandleClosed(handle) if handle == observer.handle => Signals::HANDLE_CLOSED,
            WaitEnd::ProcessDied => Signals::HANDLE_CLOSED,
            _ => Signals::empty(),
        };
        self.signals(observer.object) | also
    }

    /// Tells a guest the signals of its items; nothing to do for the host.
    fn write_pending(&mut self, waiter: &Waiter, out: u64, pending: &[Signals]) -> Result {
        if let Sleeper::Host(_) = waiter.sleeper {
            return Ok(());
        }
        pending.iter().zip((0..).step_by(WAIT_ITEM_SIZE)).try_for_each(|(signals, offset)| {
            let at = out.checked_add(offset).ok_or(Status::INVALID_ARGS)?;
            self.write_user(waiter.process, at, &signals.bits().to_le_bytes())
        })
    }

    /// Wakes the sleeper of a wait that has ended.
    pub fn wake(
        &mut self,
        sleeper: Sleeper,
        status: Status,
        observed: Signals,
        result: Option<WaitResult>,
    ) {
        match sleeper {
            Sleeper::Host(token) => {
                self.effects.push(Effect::WaitCompleted { token, status, observed, result });
            }
            Sleeper::Thread(thread) => self.resume(thread, status),
        }
    }

    /// Lets a blocked guest thread return from its call.
    pub fn resume(&mut self, id: ThreadId, status: Status) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        let process = self.objects.processes.get(thread.process);
        if !process.is_some_and(|process| process.run.goes_on()) {
            return;
        }
        thread.set_run(ThreadRun::Running, now);
        let (thread_koid, process) = (thread.header.koid, thread.process);
        let value = register(status);
        if self.end_in_breach(id, value) {
            return;
        }
        self.trace_return(id, value);
        self.effects.push(Effect::Resume {
            process: self.objects.koid(process),
            thread: thread_koid,
            value,
        });
    }

    /// Takes back a wait of the host.
    pub fn cancel_host_wait(&mut self, token: u64) -> bool {
        let id = self.host_waits.get(&token).copied();
        id.and_then(|id| self.forget_waiter(id)).is_some()
    }
}

/// Bytes of a `zx_wait_item_t`.
pub(crate) const WAIT_ITEM_SIZE: usize = size_of::<zx_abi::WaitItem>();
/// Where in one its `pending` stands.
const PENDING: u64 = std::mem::offset_of!(zx_abi::WaitItem, pending) as u64;
