//! A guest process: its threads and their calls.
//!
//! One mutex guards the state. It is a leaf: the kernel, which may call in here under its own lock, from
//! any thread, is only asked under it whether something may be at an address, and takes no lock for that.

mod places;
mod rings;
mod service;

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use kernel_sim::{Koid, Mapping, SegmentRegister, ThreadTime};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use zx_abi::{Result, StateKind, Status, VmOptions, X86_64Registers};

use crate::host_error::{HostError, Step};
use crate::native::control::Control;
use crate::native::debug_registers::DebugRegisters;
use crate::native::host;
use crate::native::lateness::{Lateness, Seen};
use crate::native::listener::Listener;
use crate::native::memory::{LinuxMemory, Memfd};
use crate::native::order::{self, Order, Starting};
use crate::native::thread::{self, Call, Stop, Thread};
use crate::native::vdso_code::VdsoCode;
use crate::native::zygote::Forked;

pub use places::Places;
pub use rings::Request;
use service::Service;

/// A Linux process that runs, or is ready to run, a Zircon process.
pub struct GuestProcess {
    pidfd: OwnedFd,
    socket: OwnedFd,
    listener: Listener,
    control: Control,
    /// Linux's number of it, which is also the service thread's: from that one's first ring on.
    pid: AtomicI32,
    /// Nanoseconds of processor time that it is known to have taken.
    cpu_time: AtomicI64,
    killed: AtomicBool,
    /// What the host refused it, if that has ended it.
    failure: OnceLock<HostError>,
    /// Linux does not let us kill it.
    kill_refused: AtomicBool,
    /// Asks for [`Self::move_some`] until it says that there is nothing more.
    mover: Box<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The process that it runs.
    koid: Option<Koid>,
    /// What the service thread has still to do.
    orders: VecDeque<Order>,
    service: Service,
    places: Places,
    /// What the service thread is unmapping.
    unmapped: Vec<Arc<Memfd>>,
    /// Memory that the next orders need is being moved; they wait for it.
    moving: bool,
    /// A call is being served: what it orders goes out together afterwards.
    serving: bool,
    threads: Vec<Thread>,
    /// Where they ring.
    vdso: Option<VdsoCode>,
    /// A thread that has not rung yet: nothing else is done before it has.
    starting: Option<Starting>,
    /// Since it was killed.
    dying: Lateness,
}

impl std::fmt::Debug for GuestProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestProcess").field("pidfd", &self.pidfd).finish_non_exhaustive()
    }
}

impl GuestProcess {
    pub fn new(
        forked: Forked,
        listener: Listener,
        control: Control,
        mover: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let Forked { pidfd, socket } = forked;
        let state = State {
            koid: None,
            orders: VecDeque::new(),
            // Until its first ring.
            service: Service::Busy { lateness: Lateness::default(), records: 0, idle: false },
            places: Places::default(),
            unmapped: Vec::new(),
            moving: false,
            serving: false,
            threads: Vec::new(),
            vdso: None,
            starting: None,
            dying: Lateness::default(),
        };
        Self {
            pidfd,
            socket,
            listener,
            control,
            pid: AtomicI32::new(0),
            cpu_time: AtomicI64::new(0),
            killed: AtomicBool::new(false),
            kill_refused: AtomicBool::new(false),
            failure: OnceLock::new(),
            mover: Box::new(mover),
            state: Mutex::new(state),
        }
    }

    pub fn pidfd(&self) -> &OwnedFd {
        &self.pidfd
    }

    pub fn listener(&self) -> &Listener {
        &self.listener
    }

    /// The process that it runs, if any.
    pub fn koid(&self) -> Option<Koid> {
        self.lock().koid
    }

    /// Makes it run a process, from the next [`Self::begin`] on.
    pub fn bind(&self, koid: Koid, orders: impl IntoIterator<Item = Order>) {
        let mut state = self.lock();
        state.koid = Some(koid);
        state.orders.extend(orders);
    }

    /// Begins with what has been ordered.
    pub fn begin(&self) {
        self.dispatch(&mut self.lock());
    }

    /// Moves a bit of the memory that the next orders need. False once they can be carried out, and
    /// have been as far as they now can.
    pub fn move_some(&self) -> bool {
        let mut state = self.lock();
        let next = state.orders.iter().find_map(order::to_move);
        let next = next.filter(|_| !self.is_killed()).map(|(memory, _)| Arc::clone(memory));
        let Some(memory) = next else {
            state.moving = false;
            self.dispatch(&mut state);
            return false;
        };
        drop(state);
        // Not under the lock, which others may want under the kernel's.
        if let Some(Err(error)) = LinuxMemory::of(&*memory).map(LinuxMemory::move_some) {
            self.fail(error);
        }
        true
    }

    /// Queues an order behind all others.
    pub fn order(&self, order: Order) {
        let mut state = self.lock();
        state.arrange(order);
        self.dispatch(&mut state);
    }

    /// Where new memory is mapped without the service thread, of the places that `may_be` it.
    pub fn vacancy(
        &self,
        memory: &LinuxMemory,
        permissions: VmOptions,
        may_be: &dyn Fn(u64) -> bool,
    ) -> Option<u64> {
        let state = self.lock();
        let is_next = state.orders.is_empty();
        is_next.then(|| state.places.vacancy(memory, permissions, may_be)).flatten()
    }

    /// Where a range of so many bytes was in which new memory would be, of those that `may_be` it.
    pub fn vacated(&self, len: u64, may_be: &dyn Fn(u64) -> bool) -> Option<u64> {
        self.lock().places.vacated(len, may_be)
    }

    /// Lets a blocked thread go on; also one that is about to block.
    pub fn resume(&self, thread: Koid, value: u64) {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        let Some(thread) = state.thread_with_koid(thread) else { return };
        match thread.call {
            Call::InKernel(id) => thread.call = Call::Resumed(id, value),
            Call::Blocked(id) => {
                thread.call = Call::Answered(id, value);
                thread.complete_call(&self.control, vdso.as_ref());
            }
            Call::Trapped(handler) => {
                handler.set_result(&self.control, value);
                thread.call = Call::Mended(handler);
            }
            _ => return,
        }
        self.dispatch(&mut state);
    }

    /// Sets a base as soon as the thread returns from its call.
    ///
    /// # Errors
    /// BAD_STATE if it is in none that needs all registers.
    pub fn set_base(&self, thread: Koid, register: SegmentRegister, base: u64) -> Result {
        let mut state = self.lock();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        let Call::Trapped(handler) = &mut thread.call else { return Err(Status::BAD_STATE) };
        handler.set_bases(|bases| match register {
            SegmentRegister::Fs => bases.fs = base,
            SegmentRegister::Gs => bases.gs = base,
        });
        Ok(())
    }

    /// The general registers of a suspended thread.
    ///
    /// # Errors
    /// BAD_STATE if it is not.
    pub fn registers(&self, thread: Koid) -> Result<X86_64Registers> {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        thread.registers(&self.control, vdso.as_ref())
    }

    /// What is known of the registers of a thread in a call.
    pub fn call_registers(&self, thread: Koid) -> Option<X86_64Registers> {
        let mut state = self.lock();
        Some(state.thread_with_koid(thread)?.called)
    }

    /// Changes the general registers of a suspended thread.
    ///
    /// # Errors
    /// As [`Thread::set_registers`].
    pub fn set_registers(&self, thread: Koid, registers: &X86_64Registers) -> Result {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        thread.set_registers(&self.control, vdso.as_ref(), registers)
    }

    /// The state of a suspended thread that is not in its general registers.
    ///
    /// # Errors
    /// As [`Thread::state`].
    pub fn thread_state(&self, thread: Koid, kind: StateKind) -> Result<Vec<u8>> {
        let mut state = self.lock();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        thread.state(&self.control, kind)
    }

    /// Changes it.
    ///
    /// # Errors
    /// As [`Thread::set_state`].
    pub fn set_thread_state(&self, thread: Koid, kind: StateKind, bytes: &[u8]) -> Result {
        let mut state = self.lock();
        let thread = state.thread_with_koid(thread).ok_or(Status::BAD_STATE)?;
        let set = thread.set_state(&self.control, kind, bytes);
        let is_there = || thread::exists(self.pid.load(Ordering::Relaxed), thread.tid);
        if kind == StateKind::Debug && !(is_there() && self.is_alive()) {
            // Perhaps another program's thread has its number now.
            thread.debug = DebugRegisters::default();
            return Err(Status::BAD_STATE);
        }
        set
    }

    /// Lets a thread go on from its exception; also one that the kernel still judges.
    pub fn resume_exception(&self, thread: Koid) {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        let Some(thread) = state.thread_with_koid(thread) else { return };
        match thread.call {
            Call::Faulted(handler) | Call::Excepted(handler) => {
                thread.call = Call::Mended(handler);
            }
            // Its call was none.
            Call::InKernel(id) | Call::Blocked(id) => {
                thread.call = Call::Answered(id, rings::BAD_SYSCALL);
                thread.complete_call(&self.control, vdso.as_ref());
            }
            // It has nowhere to go on.
            Call::Stopped => return self.kill(),
            _ => return,
        }
        self.dispatch(&mut state);
    }

    /// Ends a thread.
    pub fn end_thread(&self, thread: Koid) {
        let mut state = self.lock();
        let vdso = state.vdso.clone();
        let Some(thread) = state.thread_with_koid(thread) else { return };
        let pid = self.pid.load(Ordering::Relaxed);
        thread.send_away(pid, &self.control, &self.listener, vdso.as_ref());
        self.dispatch(&mut state);
    }

    /// Kills every thread. Returns at once, whoever holds which lock.
    pub fn kill(&self) {
        if !self.killed.swap(true, Ordering::SeqCst) {
            // Once it has ended, nobody knows any more.
            self.cpu_time();
        }
        match rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            // Then its service thread ends it, which needs a lock.
            Err(_) if !self.kill_refused.swap(true, Ordering::SeqCst) => (self.mover)(),
            Err(_) => {}
        }
    }

    /// Says that it could not be ended.
    pub fn outlives(&self, error: HostError) {
        // The first reason counts.
        let _ = self.failure.set(error);
    }

    /// It is left to itself: what only it shows is emptied, now or once nobody else has it, and its
    /// descriptors are closed.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.orders.clear();
        let memfds = state.unmapped.drain(..).collect::<Vec<_>>();
        memfds.iter().for_each(|memfd| memfd.abandon());
        state.places.abandon();
    }

    /// Kills it because the host has failed it. What follows from the kill is no news.
    pub fn fail(&self, error: HostError) {
        if !self.is_killed() {
            // The first one counts.
            let _ = self.failure.set(error);
        }
        self.kill();
    }

    /// What the host refused it, if that has ended it.
    pub fn failure(&self) -> Option<HostError> {
        self.failure.get().copied()
    }

    /// Nanoseconds of processor time that it has taken: until it was looked at last, once it has ended.
    pub fn cpu_time(&self) -> i64 {
        if let Some(time) = self.cpu_clock() {
            self.cpu_time.fetch_max(time, Ordering::Relaxed);
        }
        self.cpu_time.load(Ordering::Relaxed)
    }

    /// What Linux says of its processor time; none before its first ring, and once it has ended.
    fn cpu_clock(&self) -> Option<i64> {
        let pid = Some(self.pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0)?;
        let time = host::cpu_time(pid)?;
        self.is_alive().then_some(time)
    }

    /// How long one of its threads has run; none of one that it does not have any more.
    pub fn thread_time(&self, thread: Koid) -> Option<ThreadTime> {
        let tid = self.lock().thread_with_koid(thread)?.tid;
        let time = host::thread_time(self.pid.load(Ordering::Relaxed), tid)?;
        self.is_alive().then_some(time)
    }

    /// Whether it has not ended: until then its number is its own.
    fn is_alive(&self) -> bool {
        let mut ended = [PollFd::new(&self.pidfd, PollFlags::IN)];
        poll(&mut ended, Some(&Timespec::default())) == Ok(0)
    }

    /// Whether it has been killed.
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Whether it was killed, and has not ended for too many looks.
    pub fn is_overdue(&self) -> bool {
        self.lock().dying.is_too_much()
    }

    /// Looks whether the service thread is busy, or a thread does not stop; kills it if that has
    /// lasted for too many looks.
    pub fn look(&self) {
        let is_killed = self.is_killed();
        if !is_killed && self.lock().late().next().is_none() {
            return;
        }
        // Not under the lock, which others may want under the kernel's.
        let waited = host::waited(self.pid.load(Ordering::Relaxed));
        let mut state = self.lock();
        if is_killed {
            state.dying.count(Seen { waited, is_host_behind: false });
            return;
        }
        let is_host_behind = state.serving || self.listener.has_ring();
        let seen = Seen { waited, is_host_behind };
        for (step, lateness) in state.late() {
            if lateness.count(seen) {
                self.fail(HostError::TimedOut { step });
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What the guest is to have done, by the steps that it would fail in.
    fn late(&mut self) -> impl Iterator<Item = (Step, &mut Lateness)> {
        let busy = match &mut self.service {
            Service::Busy { lateness, .. } => Some((Step::Mapping, lateness)),
            Service::Parked { .. } => None,
        };
        // One that waits in a signal's handler stops when it goes on.
        let waits = |call: &Call| matches!(call, Call::Excepted(_) | Call::Trapped(_));
        let may_stop = move |thread: &&mut Thread| !thread.is_over() && !waits(&thread.call);
        let stopping =
            self.threads.iter_mut().filter(may_stop).filter_map(|thread| match &mut thread.stop {
                Stop::Signalled { lateness, .. } => Some((Step::Suspension, lateness)),
                _ => None,
            });
        let starting = self.starting.as_mut().map(|it| (Step::GuestThread, &mut it.lateness));
        busy.into_iter().chain(starting).chain(stopping)
    }

    /// Does an order, or queues it. Only what is behind no other can be done without the service thread.
    fn arrange(&mut self, order: Order) {
        let is_next = self.orders.is_empty();
        match order {
            Order::Unmap { base, len } if is_next && self.places.vacate(base, len) => {
                let surplus = self.places.surplus();
                self.orders.extend(surplus.into_iter().map(Order::unmap));
            }
            Order::Map(mapping) if is_next && self.places.take(&mapping) => {}
            Order::Map(Mapping { base, len, .. })
            | Order::Remap(Mapping { base, len, .. })
            | Order::Unmap { base, len } => {
                // What is vacant there is offered to nobody any more.
                let in_the_way = self.places.clear(base, len);
                self.orders.extend(in_the_way.into_iter().map(Order::unmap));
                self.orders.push_back(order);
            }
            order => self.orders.push_back(order),
        }
    }

    fn thread(&mut self, tid: u32) -> Option<&mut Thread> {
        // A later thread may have the id of one that has ended.
        self.threads.iter_mut().rev().find(|thread| thread.tid == tid)
    }

    fn thread_with_koid(&mut self, koid: Koid) -> Option<&mut Thread> {
        self.threads.iter_mut().find(|thread| thread.koid == koid)
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::sync::atomic::AtomicUsize;

    use kernel_sim::Memory;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use zx_abi::PAGE_SIZE;

    use super::*;

    /// A guest, and the process that stands for it.
    fn guest() -> (GuestProcess, Child) {
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let id = Pid::from_child(&child);
        let (socket, listener) = rustix::pipe::pipe().unwrap();
        let forked = Forked { pidfd: pidfd_open(id, PidfdFlags::empty()).unwrap(), socket };
        let (control, _memfd) = Control::new().unwrap();
        let (listener, _) = Listener::new(listener, true);
        (GuestProcess::new(forked, listener, control, || {}), child)
    }

    #[test]
    fn a_kill_waits_for_no_lock() {
        let (guest, mut child) = guest();
        let held = guest.lock();
        guest.kill();
        assert_eq!(child.wait().unwrap().code(), None);
        assert!(guest.is_killed());
        drop(held);
    }

    #[test]
    fn what_a_guest_shows_that_does_not_end_is_emptied_once_nobody_else_has_it() {
        let (guest, mut child) = guest();
        let count = Arc::new(AtomicUsize::new(0));
        let permissions = VmOptions::PERM_READ;
        let map = |base: u64| {
            let memory = Arc::new(LinuxMemory::new(PAGE_SIZE, Arc::clone(&count)));
            memory.write(0, b"bytes").unwrap();
            let memfd = memory.memfd().unwrap();
            let shown = rustix::io::dup(memfd.descriptor()).unwrap();
            let kept = Arc::clone(&memory);
            let len = PAGE_SIZE;
            let mapping = Mapping { base, len, permissions, memory, offset: 0, vdso: false };
            guest.lock().places.map(&mapping, memfd);
            (kept, shown)
        };
        let size = |shown: &OwnedFd| rustix::fs::fstat(shown).unwrap().st_size as u64;
        let ((gone, first), (kept, second)) = (map(PAGE_SIZE), map(2 * PAGE_SIZE));
        drop(gone);
        guest.abandon();
        assert_eq!((size(&first), size(&second)), (0, PAGE_SIZE));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        drop(kept);
        assert_eq!((size(&second), count.load(Ordering::Relaxed)), (0, 0));
        guest.kill();
        child.wait().unwrap();
    }

    #[test]
    fn debug_registers_are_those_of_a_living_process() {
        let (guest, mut child) = guest();
        assert!(guest.is_alive());
        guest.kill();
        child.wait().unwrap();
        assert!(!guest.is_alive());
    }

    #[test]
    fn what_is_unmapped_with_other_things_is_no_vacant_place_any_more() {
        const BASE: u64 = 0x1000_0000;
        const LEN: u64 = 4 * PAGE_SIZE;
        let permissions = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let memory = || Arc::new(LinuxMemory::new(LEN, Arc::default()));
        let map = |state: &mut State, base, memory: &Arc<LinuxMemory>| {
            let memfd = memory.memfd().unwrap();
            let memory = Arc::clone(memory) as Arc<dyn Memory>;
            let mapping = Mapping { base, len: LEN, permissions, memory, offset: 0, vdso: false };
            state.places.map(&mapping, memfd);
        };
        let (guest, mut child) = guest();
        let mut state = guest.lock();
        map(&mut state, BASE, &memory());
        state.arrange(Order::Unmap { base: BASE, len: LEN });
        assert_eq!(state.places.vacancy(&memory(), permissions, &|_| true), Some(BASE));
        let kept = memory();
        map(&mut state, BASE + LEN, &kept);
        state.arrange(Order::Unmap { base: BASE, len: 2 * LEN });
        assert_eq!(state.places.vacancy(&memory(), permissions, &|_| true), None);
        assert_eq!(state.orders.len(), 2);
        drop(state);
        guest.kill();
        child.wait().unwrap();
    }
}
