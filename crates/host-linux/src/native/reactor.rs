//! The thread that starts guest processes and sees them end. One for each machine, as long-lived
//! as it: a zygote ends with the thread that started it, which is this one but for a spare.

use std::collections::{HashMap, VecDeque};
use std::os::fd::AsFd;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use kernel_sim::Koid;
use rustix::io::Errno;

use crate::host_error::{HostError, Step};
use crate::native::control::Control;
use crate::native::guest_process::GuestProcess;
use crate::native::host;
use crate::native::host_thread::{self, HostThread};
use crate::native::listener::Listener;
use crate::native::share;
use crate::native::shared::{Shared, mark_thread};
use crate::native::spare;
use crate::native::worker;
use crate::native::zygote::{self, Zygote};

/// How often late guests are looked for.
const LOOK: Duration = Duration::from_secs(5);

/// How long the end of what was killed is waited for when the machine stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// When to look for late guests, whatever else happens meanwhile.
struct Looks {
    next: Instant,
}

impl Looks {
    fn new(now: Instant) -> Self {
        Self { next: now + LOOK }
    }

    /// How long there is nothing to look for yet; `None` if it is time, once.
    fn rest(&mut self, now: Instant) -> Option<Duration> {
        let rest = self.next.checked_duration_since(now).filter(|rest| !rest.is_zero());
        if rest.is_none() {
            *self = Self::new(now);
        }
        rest
    }
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A process was started, perhaps with the spare.
    Launch,
    /// The first will be, and a helper is there.
    Prepare,
    /// A process was killed before it had a Linux process.
    NeverRan(Koid),
    /// That guest needs memory moved.
    Move(u64),
    /// The worker of that guest has finished.
    Ended(u64),
    /// Guests were looked at.
    Looked,
    /// The machine stops.
    Stop,
}

pub struct Reactor {
    shared: Arc<Shared>,
    events: Sender<Event>,
    zygote: Option<Zygote>,
    workers: HashMap<u64, Worker>,
    next_worker: u64,
    /// Guests that need memory moved, in turns.
    moves: VecDeque<u64>,
}

/// Reports the end of a worker, even if the kernel panics in it.
struct Goodbye {
    guest: Arc<GuestProcess>,
    events: Sender<Event>,
    id: u64,
}

struct Worker {
    guest: Arc<GuestProcess>,
    thread: HostThread<()>,
}

impl Reactor {
    pub fn new(shared: Arc<Shared>, events: Sender<Event>) -> Self {
        let (workers, moves) = (HashMap::new(), VecDeque::new());
        Self { shared, events, zygote: None, workers, next_worker: 0, moves }
    }

    /// Works until [`Event::Stop`], then ends every guest.
    ///
    /// # Errors
    /// If one does not end.
    pub fn run(mut self, events: &Receiver<Event>) -> Result<(), HostError> {
        mark_thread();
        self.shared.threads.fetch_add(1, Ordering::Relaxed);
        let mut looks = Looks::new(Instant::now());
        loop {
            let event = if self.workers.is_empty() {
                events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else if let Some(rest) = looks.rest(Instant::now()) {
                match events.try_recv() {
                    // Others need not wait until all is moved.
                    Err(TryRecvError::Empty) if !self.moves.is_empty() => {
                        self.move_some();
                        continue;
                    }
                    Err(_) => events.recv_timeout(rest),
                    Ok(event) => Ok(event),
                }
            } else {
                self.shared.look();
                self.give_up_overdue();
                continue;
            };
            match event {
                Ok(Event::Launch) => self.launch(),
                Ok(Event::Prepare) => self.prepare(),
                Ok(Event::NeverRan(koid)) => self.gone(koid, None),
                Ok(Event::Move(worker)) => self.moves.push_back(worker),
                Ok(Event::Ended(worker)) => self.reap(worker),
                Ok(Event::Looked) => self.give_up_overdue(),
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let stopped = self.stop(events);
        self.shared.threads.fetch_sub(1, Ordering::Relaxed);
        stopped
    }

    /// Moves a bit of the memory that a guest needs.
    fn move_some(&mut self) {
        let Some(id) = self.moves.pop_front() else { return };
        if self.workers.get(&id).is_some_and(|worker| worker.guest.move_some()) {
            self.moves.push_back(id);
        }
    }

    /// Makes guests until no process waits and, for a kernel that has launched before, one is spare:
    /// many run one program and end.
    fn launch(&mut self) {
        loop {
            self.shared.assign_spares();
            let waiting = {
                let processes = self.shared.processes();
                let waiting = processes.pending();
                let is_first = self.next_worker <= 1;
                if waiting.is_empty() && (is_first || !processes.spares.is_empty()) {
                    return;
                }
                waiting
            };
            if let Err(error) = self.make_guest() {
                self.give_up(waiting, Some(error));
                // A process that was started meanwhile gets an attempt of its own.
                if self.shared.processes().pending().is_empty() {
                    return;
                }
            }
        }
    }

    /// Makes the first guest before there is a process for it.
    fn prepare(&mut self) {
        if self.adopt_spare().is_ok_and(|adopted| adopted) {
            // What the host refuses, it says again to who launches.
            let _ = self.make_guest();
        }
    }

    /// Ends those of the processes that still wait for a Linux process.
    fn give_up(&self, waiting: Vec<Koid>, error: Option<HostError>) {
        for koid in waiting {
            let waits = self.shared.processes().remove_pending(koid);
            if waits {
                self.gone(koid, error);
            }
        }
    }

    /// Makes a spare. A zygote that has died, or does not answer, is ended; one that was there before
    /// is replaced.
    fn make_guest(&mut self) -> Result<(), HostError> {
        self.adopt_spare()?;
        let is_old = self.zygote.is_some();
        match self.try_make_guest() {
            Err(error) if error.step() == Step::Helper => {
                // What is left of it ends with its socket.
                let _ = self.end_zygote(Instant::now() + PATIENCE);
                if is_old { self.make_guest() } else { Err(error) }
            }
            made => made,
        }
    }

    fn end_zygote(&mut self, deadline: Instant) -> Result<(), HostError> {
        let Some(mut zygote) = self.zygote.take() else { return Ok(()) };
        self.shared.zygotes.fetch_sub(1, Ordering::Relaxed);
        let patience = deadline.saturating_duration_since(Instant::now());
        zygote.end(&patience.try_into().unwrap_or(zygote::PATIENCE))
    }

    /// Takes the helper that was kept, if this machine is to have it and there is one.
    fn adopt_spare(&mut self) -> Result<bool, HostError> {
        let takes = self.shared.policy.takes_spare && self.next_worker == 0;
        if takes
            && self.zygote.is_none()
            && let Some(spare) = spare::take()
        {
            self.adopt(spare)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Takes a helper for its own, if its walls are enough.
    fn adopt(&mut self, zygote: Zygote) -> Result<&mut Zygote, HostError> {
        let facts = &self.shared.facts;
        *facts.walls.lock().unwrap_or_else(PoisonError::into_inner) = Some(zygote.walls());
        if self.shared.policy.insists {
            zygote.walls().check()?;
        }
        self.shared.zygotes.fetch_add(1, Ordering::Relaxed);
        Ok(self.zygote.insert(zygote))
    }

    fn try_make_guest(&mut self) -> Result<(), HostError> {
        let zygote = match self.zygote.take() {
            Some(zygote) => self.zygote.insert(zygote),
            None => self.adopt(Zygote::spawn()?)?,
        };
        let (control, memfd) = Control::new().map_err(|errno| Step::ControlArea.refused(errno))?;
        let (forked, listener) = zygote.fork(memfd.as_fd())?;
        if !share::leaves_some(&listener) {
            // It ends with its listener.
            return Err(Step::GuestProcess.refused(Errno::MFILE));
        }
        drop(memfd);
        let id = self.next_worker;
        self.next_worker += 1;
        let events = self.events.clone();
        // The reactor outlives its guests.
        let mover = move || drop(events.send(Event::Move(id)));
        let (listener, synchronous) = Listener::new(listener, host::listener_wakes_at_end());
        self.shared.facts.synchronous.get_or_init(|| synchronous);
        let guest = Arc::new(GuestProcess::new(forked, listener, control, mover));
        let serve = {
            let (guest, shared) = (Arc::clone(&guest), Arc::clone(&self.shared));
            let events = self.events.clone();
            move || {
                mark_thread();
                let worker = Goodbye { guest, events, id };
                if let Some(kernel) = shared.kernel.get() {
                    worker::serve(&worker.guest, kernel);
                }
            }
        };
        let thread = host_thread::start(c"zirconia-guest", serve)
            .inspect_err(|_| guest.kill())
            .map_err(|error| Step::HostThread.refused(error))?;
        self.shared.threads.fetch_add(1, Ordering::Relaxed);
        self.shared.guests.fetch_add(1, Ordering::Relaxed);
        self.workers.insert(id, Worker { guest: Arc::clone(&guest), thread });
        self.shared.processes().spares.push(guest);
        Ok(())
    }

    /// Forgets a guest that has ended, and tells the kernel once nothing of it is left.
    fn reap(&mut self, id: u64) {
        let Some(Worker { guest, thread }) = self.workers.remove(&id) else { return };
        // It has reported its end.
        let _ = thread.join();
        self.forget(guest);
    }

    /// Leaves guests to themselves that were killed and do not end, with their workers.
    fn give_up_overdue(&mut self) {
        let overdue = self.workers.extract_if(|_, worker| worker.guest.is_overdue());
        for (_, Worker { guest, .. }) in overdue.collect::<Vec<_>>() {
            guest.outlives(HostError::TimedOut { step: Step::Kill });
            guest.abandon();
            self.forget(guest);
        }
    }

    fn forget(&self, guest: Arc<GuestProcess>) {
        let koid = {
            let mut processes = self.shared.processes();
            processes.spares.retain(|spare| !Arc::ptr_eq(spare, &guest));
            guest.koid().filter(|koid| processes.remove(*koid))
        };
        let failure = guest.failure();
        // The last reference, if it has ended: its descriptors are closed.
        drop(guest);
        self.shared.threads.fetch_sub(1, Ordering::Relaxed);
        self.shared.guests.fetch_sub(1, Ordering::Relaxed);
        if let Some(koid) = koid {
            self.gone(koid, failure);
        }
    }

    fn gone(&self, koid: Koid, error: Option<HostError>) {
        let kernel = self.shared.kernel.get().and_then(std::sync::Weak::upgrade);
        if let Some(kernel) = kernel {
            if let Some(error) = error {
                kernel.process_failed(koid, error.into());
            }
            kernel.process_gone(koid);
        }
    }

    /// Guests first: it is the zygote that reaps them.
    fn stop(&mut self, events: &Receiver<Event>) -> Result<(), HostError> {
        // While this one ends, the helper of the next one begins.
        if self.shared.policy.takes_spare && self.next_worker > 0 {
            spare::make();
        }
        let waiting = self.shared.processes().pending();
        self.give_up(waiting, None);
        for worker in self.workers.values() {
            worker.guest.kill();
        }
        self.reap_all(events, Instant::now() + PATIENCE);
        let deadline = Instant::now() + PATIENCE;
        let ended = self.end_zygote(deadline);
        // Those that nobody could kill have ended with it.
        self.reap_all(events, deadline);
        let left: Vec<_> = self.workers.drain().map(|(_, worker)| worker.guest).collect();
        let outlived =
            if left.is_empty() { Ok(()) } else { Err(HostError::TimedOut { step: Step::Kill }) };
        for guest in left {
            guest.abandon();
            self.forget(guest);
        }
        ended.and(outlived)
    }

    /// Waits for the end of all guests, up to a deadline.
    fn reap_all(&mut self, events: &Receiver<Event>, deadline: Instant) {
        while !self.workers.is_empty() {
            match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Event::Ended(worker)) => self.reap(worker),
                Ok(Event::Move(worker)) => {
                    // Of one that cannot be killed.
                    self.workers.get(&worker).map(|worker| worker.guest.move_some());
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.guest.fail(HostError::Ended { step: Step::HostThread });
        }
        worker::finish(&self.guest);
        // The reactor outlives its workers.
        let _ = self.events.send(Event::Ended(self.id));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_helper_that_has_ended_is_replaced_and_nothing_of_either_stays() {
        let shared = Arc::new(Shared::default());
        let (events, heard) = channel();
        let mut reactor = Reactor::new(Arc::clone(&shared), events);
        reactor.make_guest().unwrap();
        reactor.zygote.as_mut().unwrap().end(&zygote::PATIENCE).unwrap();
        reactor.make_guest().unwrap();
        assert_eq!((reactor.workers.len(), shared.zygotes.load(Ordering::Relaxed)), (2, 1));
        reactor.stop(&heard).unwrap();
        assert_eq!((reactor.workers.len(), shared.zygotes.load(Ordering::Relaxed)), (0, 0));
        assert_eq!(shared.guests.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn events_put_no_look_off() {
        let start = Instant::now();
        let mut looks = Looks::new(start);
        let at = |seconds| start + Duration::from_secs(seconds);
        let rests = (1..=6).map(|second| looks.rest(at(second)).map(|rest| rest.as_secs()));
        assert_eq!(
            rests.collect::<Vec<_>>(),
            [4, 3, 2, 1].map(Some).into_iter().chain([None, Some(4)]).collect::<Vec<_>>()
        );
    }
}
