//! Waits for pages of pagers, and what is done again when they end.

use std::ops::Range;

use zx_abi::{Result, Signals, Status, TIME_INFINITE};

use super::{Sleeper, WaitFor, WaiterId};
use crate::ending::Ending;
use crate::object::{PageNeed, Place, ProcessId, StoreId, ThreadId, ThreadRun};
use crate::state::{Effect, State};
use crate::syscalls::Side;
use crate::{ExceptionOutcome, ExceptionReport};

/// Nanoseconds that a page is waited for, at most.
const PATIENCE: i64 = 300_000_000_000;

/// A wait for pages.
#[derive(Debug)]
pub(crate) struct PageWait {
    /// None while its thread is suspended.
    place: Option<Place>,
    /// The store of the pages, which the wait holds.
    store: StoreId,
    redo: Redo,
}

/// What somebody was about to do that needs pages.
#[derive(Debug)]
pub(crate) enum Redo {
    /// A call of a guest. The status is what it returns if the pages do not come, unless it is why they
    /// do not; or it does without them.
    Call {
        number: u64,
        args: [u64; 8],
        failure: Option<Status>,
        does_without: Option<(Side, PageNeed)>,
    },
    /// An access of a guest.
    Access(Box<ExceptionReport>),
    /// The host waits for all pages in a range of a store, which the wait holds.
    Range(StoreId, Range<u64>),
}

/// Pages that the host waits for, one after the other.
#[derive(Debug)]
pub(crate) struct Fetch {
    process: ProcessId,
    sleeper: Sleeper,
    /// Held.
    store: StoreId,
    /// Those before it are there, or were.
    range: Range<u64>,
    deadline: i64,
}

impl PageWait {
    /// The stores that do not go before it has ended.
    fn held(&self) -> impl Iterator<Item = StoreId> + use<> {
        let shown = match self.redo {
            Redo::Range(store, _) => Some(store),
            _ => None,
        };
        std::iter::once(self.store).chain(shown)
    }
}

impl State {
    /// Has somebody wait for pages: from here on a thread is blocked.
    ///
    /// # Errors
    /// BAD_STATE if there is no pager to ask any more.
    pub fn await_pages(
        &mut self,
        process: ProcessId,
        sleeper: Sleeper,
        need: PageNeed,
        redo: Redo,
        deadline: i64,
    ) -> Result {
        let store = need.store;
        let deadline = deadline.min(self.now().saturating_add(PATIENCE));
        // The packet may go to a thread that waits for one: of that nothing comes back to this wait.
        let waiter = self.start_wait(process, sleeper, WaitFor::Pages, deadline);
        let requested = self.request_pages(need, waiter);
        let place = requested.as_ref().ok().copied();
        let wait = PageWait { place, store, redo };
        wait.held().for_each(|store| self.objects.hold_store(store));
        match requested {
            Ok(_) => {
                self.page_waits.insert(waiter, wait);
                Ok(())
            }
            Err(status) => {
                self.forget_waiter(waiter);
                self.leave_pages(&wait);
                let now = self.now();
                if let Sleeper::Thread(thread) = sleeper
                    && let Some(thread) = self.objects.threads.get_mut(thread)
                {
                    thread.set_run(ThreadRun::Running, now);
                }
                Err(status)
            }
        }
    }

    /// A wait for pages has left the table of waits.
    pub fn withdraw_pages(&mut self, id: WaiterId) {
        if let Some(wait) = self.page_waits.remove(id) {
            self.leave_pages(&wait);
        }
    }

    fn leave_pages(&mut self, wait: &PageWait) {
        wait.place.into_iter().for_each(|place| self.withdraw(place));
        wait.held().for_each(|store| self.release_store(store));
    }

    /// The pages are there, or will not come.
    pub fn end_page_wait(&mut self, id: WaiterId, result: Result) {
        let Some(wait) = self.page_waits.remove(id) else { return };
        let is_moot = self.waiters.get(id).is_none_or(|waiter| self.is_moot(waiter));
        let waiter = self.forget_waiter(id).filter(|_| !is_moot);
        if let (Some(_), Ok(()), Redo::Range(store, _)) = (&waiter, result, &wait.redo) {
            // For what comes next.
            self.objects.hold_store(*store);
        }
        self.leave_pages(&wait);
        let Some(waiter) = waiter else { return };
        match (waiter.sleeper, result) {
            (Sleeper::Thread(thread), result) => self.redo(thread, wait.redo, result),
            (Sleeper::Host(_), Ok(())) => {
                let deadline = waiter.deadline.map_or(TIME_INFINITE, |(deadline, _)| deadline);
                if let Redo::Range(store, range) = wait.redo {
                    let (process, sleeper) = (waiter.process, waiter.sleeper);
                    let fetch = Fetch { process, sleeper, store, range, deadline };
                    self.end(Ending::Fetch(Box::new(fetch)));
                }
            }
            (Sleeper::Host(_), Err(status)) => {
                self.wake(waiter.sleeper, status, Signals::empty(), None);
            }
        }
    }

    /// Goes on with what the host waits for. False once it waits again, or all is there.
    pub fn fetch(&mut self, fetch: &mut Fetch) -> bool {
        let Fetch { process, sleeper, store, ref mut range, deadline } = *fetch;
        self.meter.count(1);
        let end = range.end.min(self.objects.size_of(store));
        let (need, next) = match range.start < end {
            true => self.objects.read_need(store, range.start..end),
            false => (None, end),
        };
        let status = match need {
            Some(need) => {
                let redo = Redo::Range(store, range.clone());
                match self.await_pages(process, sleeper, need, redo, deadline) {
                    Ok(()) => {
                        self.release_store(store);
                        return false;
                    }
                    Err(status) => status,
                }
            }
            None if next < end => {
                range.start = next;
                return true;
            }
            None => Status::OK,
        };
        self.release_store(store);
        self.wake(sleeper, status, Signals::empty(), None);
        false
    }

    /// A thread does again what it waited in, or learns that it cannot.
    fn redo(&mut self, id: ThreadId, redo: Redo, result: Result) {
        let now = self.now();
        let Some(thread) = self.objects.threads.get(id) else { return };
        let (koid, process) = (thread.header.koid, thread.process);
        let process = self.objects.koid(process);
        match (redo, result) {
            (Redo::Call { failure, does_without: None, .. }, Err(status)) => {
                self.resume(id, failure.unwrap_or(status));
            }
            (Redo::Call { number, args, does_without, .. }, result) => {
                if let Some(thread) = self.objects.threads.get_mut(id) {
                    if let (Some((side, need)), Err(status)) = (does_without, result) {
                        thread.missing.set(side, need, status);
                    }
                    thread.set_run(ThreadRun::Running, now);
                }
                self.effects.push(Effect::Redo { process, thread: koid, number, args });
            }
            (Redo::Access(report), result) => {
                if let Some(thread) = self.objects.threads.get_mut(id) {
                    thread.set_run(ThreadRun::Running, now);
                }
                let outcome = self.access_again(process, koid, *report, result);
                self.end_fault(id);
                if outcome == ExceptionOutcome::Resume {
                    self.machine.resume_exception(process, koid);
                }
            }
            (Redo::Range(..), _) => {}
        }
    }

    /// A thread is to be suspended. If it has accessed a page that is not there, it goes on: it stops
    /// before it accesses the page again.
    pub fn suspend_access(&mut self, id: ThreadId) {
        let Some(waiter) = self.page_waiter(id) else { return };
        let is_access = |wait: &PageWait| matches!(wait.redo, Redo::Access(_));
        if !self.page_waits.get(waiter).is_some_and(is_access) {
            return;
        }
        let now = self.now();
        self.forget_waiter(waiter);
        let Some(thread) = self.objects.threads.get_mut(id) else { return };
        thread.set_run(ThreadRun::Running, now);
        let (koid, process) = (thread.header.koid, thread.process);
        self.end_fault(id);
        self.machine.resume_exception(self.objects.koid(process), koid);
    }

    /// A thread is suspended. The pages that its call needs are asked for again once it is not.
    pub fn suspend_page_wait(&mut self, id: ThreadId) {
        let Some(waiter) = self.page_waiter(id) else { return };
        if let Some(wait) = self.page_waits.get_mut(waiter)
            && let Some(place) = wait.place.take()
        {
            self.withdraw(place);
        }
    }

    /// A thread is not suspended any more: it makes the call again that it waited in.
    pub fn release_page_wait(&mut self, id: ThreadId) {
        let Some(waiter) = self.page_waiter(id) else { return };
        if self.page_waits.get(waiter).is_some_and(|wait| wait.place.is_none()) {
            self.end_page_wait(waiter, Ok(()));
        }
    }

    fn page_waiter(&self, id: ThreadId) -> Option<WaiterId> {
        match self.objects.threads.get(id)?.run {
            ThreadRun::Blocked(waiter) if self.page_waits.contains_key(waiter) => Some(waiter),
            _ => None,
        }
    }
}
