//! The kernel itself: its lock, its ways in, and what happens after the lock is released.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zx_abi::{
    Abi, Arch, EXCP_FATAL_PAGE_FAULT, EXCP_POLICY_CODE_BAD_SYSCALL, ObjectType, Result, Signals,
    Status, Syscall, TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_OOM_KILL, TASK_RETCODE_SYSCALL_KILL,
    TIME_INFINITE,
};

use crate::account::{Item, default_limits};
use crate::caller::Caller;
use crate::ending::Ending;
use crate::held::Held;
use crate::lock::Lock;
use crate::object::{Origin, ProcessId, ProcessRun, ThreadId, ThreadRun};
use crate::report::CrashReport;
use crate::state::{Effect, State};
use crate::syscalls::register;
use crate::trace::{TraceEvent, TraceSink};
use crate::wait::WaitResult;
use crate::{
    Clock, Entropy, ExceptionOutcome, ExceptionReport, HostFailure, KernelEntry, Koid, Machine,
    Name, SyscallOutcome,
};

/// What a kernel is made of.
pub struct KernelConfig {
    /// Memory, address spaces, threads.
    pub machine: Arc<dyn Machine>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// Receives the ends of waits.
    pub events: Arc<dyn HostEvents>,
    /// Receives the trace, if it is wanted.
    pub trace: Option<Arc<dyn TraceSink>>,
    /// The architecture that processes are built for.
    pub target: Arch,
}

/// What the embedder is told. Called without the kernel's lock, on any thread, one call at a time
/// and in the order of events.
pub trait HostEvents: Send + Sync {
    /// A wait of the host has ended: OK, TIMED_OUT or CANCELED, for a call over a channel also
    /// PEER_CLOSED or BUFFER_TOO_SMALL, and the signals at that moment. For a wait on several
    /// objects, the signals of them all.
    fn wait_completed(&self, token: u64, status: Status, observed: Signals);

    /// What a wait brought besides, told right before its completion. Handles in it are live.
    fn wait_result(&self, _token: u64, _result: WaitResult) {}

    /// How many guest processes run now.
    fn running(&self, count: usize);
}

/// A kernel. Two of them share nothing.
pub struct Kernel {
    state: Lock<State>,
    outbox: Mutex<Outbox>,
    /// A thread has done its share of the outbox, and left the rest.
    has_rest: AtomicBool,
    machine: Arc<dyn Machine>,
    clock: Arc<dyn Clock>,
    events: Arc<dyn HostEvents>,
    trace: Option<Arc<dyn TraceSink>>,
    host: Koid,
    target: Arch,
}

/// What calls have left to do outside the kernel's lock, in the order of the calls.
#[derive(Default)]
struct Outbox {
    effects: VecDeque<Effect>,
    /// A thread is about to empty it.
    taken: bool,
}

/// Effects that a thread does in a row, for others too. What is left is for the clock's thread, if the
/// clock runs.
const EFFECTS: usize = 256;

/// Objects and handles by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelStats {
    /// Type, objects, handles; types without objects are left out.
    pub objects: Vec<(ObjectType, usize, usize)>,
    /// Live handles, those in messages included.
    pub handles: usize,
    /// Waits that have not ended.
    pub waits: usize,
    /// Watches on objects, by waits and for ports.
    pub observers: usize,
    /// Packets in ports.
    pub packets: usize,
    /// Guest processes that run.
    pub running: usize,
}

impl Kernel {
    /// A new kernel, with a root job and the host's own process in it.
    pub fn new(config: KernelConfig) -> Arc<Self> {
        let KernelConfig { machine, clock, entropy, events, trace, target } = config;
        let mut state =
            State::new(Arc::clone(&machine), Arc::clone(&clock), entropy, trace.clone(), target);
        let host = state.boot();
        let kernel = Arc::new(Self {
            state: Lock::new(state),
            outbox: Mutex::default(),
            has_rest: AtomicBool::new(false),
            machine: Arc::clone(&machine),
            clock: Arc::clone(&clock),
            events,
            trace,
            host,
            target,
        });
        let weak = Arc::downgrade(&kernel);
        machine.attach(weak.clone());
        clock.attach(weak);
        kernel
    }

    /// The koid of the host's process, in whose table the embedder's handles live.
    pub fn host(&self) -> Koid {
        self.host
    }

    /// The architecture that processes are built for.
    pub fn target(&self) -> Arch {
        self.target
    }

    /// Makes system calls as the process with this koid.
    ///
    /// One that has much to do lets others in meanwhile, and fails with CANCELED if the process is
    /// killed then. What it has ended, such as the processes of a job, may still be on the way when
    /// it returns: with a clock that runs, to be seen to by the clock's thread.
    ///
    /// # Errors
    /// BAD_STATE if that process is dead.
    pub fn call<R>(&self, process: Koid, f: impl FnOnce(&mut Caller<'_>) -> R) -> Result<R> {
        let state = Held::enter(self);
        match state.live_process(process) {
            Ok(process) => {
                let mut caller = Caller::new(state, process, None);
                let result = f(&mut caller);
                caller.state.leave();
                Ok(result)
            }
            Err(status) => {
                state.leave();
                Err(status)
            }
        }
    }

    /// The monotonic clock in nanoseconds.
    pub fn now(&self) -> i64 {
        self.enter(|state| state.now())
    }

    /// Takes back a wait of the host; its token never completes. False if it already has.
    pub fn cancel_wait(&self, token: u64) -> bool {
        self.enter(|state| state.cancel_host_wait(token))
    }

    /// Tells the trace that the embedder begins with a step, which has this number alone.
    pub fn begin_step(&self, id: u64, name: &str, details: &str) {
        let (name, details) = (name.to_owned(), details.to_owned());
        self.enter(|state| state.trace(|_| TraceEvent::StepBegin { id, name, details }));
    }

    /// Tells the trace that the embedder is done with a step.
    pub fn end_step(&self, id: u64) {
        self.enter(|state| state.trace(|_| TraceEvent::StepEnd { id }));
    }

    /// What exists right now.
    pub fn stats(&self) -> KernelStats {
        self.enter(|state| KernelStats {
            objects: state.objects.count(),
            handles: state.objects.accounts.used(state.root_account())[Item::Handles] as usize,
            waits: state.waiters.len(),
            observers: state.observers.len(),
            packets: state.packet_count,
            running: state.running,
        })
    }

    /// How many guest processes run right now.
    pub fn running(&self) -> usize {
        self.enter(|state| state.running)
    }

    /// Units of work that were ever done under the kernel's lock: observers, waits, handles, threads,
    /// packets and mappings that were looked at or ended, and pages of memory.
    pub fn work(&self) -> u64 {
        self.enter(|state| state.meter.total())
    }

    /// The most units of work that were ever done without leaving the lock.
    pub fn greatest_work(&self) -> u64 {
        self.enter(|state| state.meter.greatest())
    }

    /// Kills every guest process.
    pub fn shut_down(&self) {
        self.enter(|state| state.kill_all(TASK_RETCODE_SYSCALL_KILL));
    }

    /// Whether signals of the past, or of what is coming to its end, have waits that are still to be told.
    pub fn is_notifying(&self) -> bool {
        let state = self.lock();
        let tells = |ending: &Ending| !matches!(ending, Ending::Memory(..));
        let outbox = self.outbox();
        state.seeks_lost
            || state.endings.iter().any(tells)
            || outbox.taken
            || !outbox.effects.is_empty()
    }

    /// Runs `f` under the lock, then does outside of it what `f` left to do.
    fn enter<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        let result = f(&mut state);
        self.finish(state);
        result
    }

    /// Leaves the lock once all has come to its end that is not left to the clock's thread.
    pub(crate) fn finish<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        while !state.is_settled() && !state.clock.runs() {
            state = self.pause(state);
            state.settle();
        }
        self.leave(state);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        Self::entered(self.state.enter())
    }

    /// Takes the lock. Nanoseconds that it was waited for.
    pub(crate) fn lock_timed(&self) -> (MutexGuard<'_, State>, i64) {
        if let Some(state) = self.state.try_enter() {
            return (Self::entered(state), 0);
        }
        let now = || self.clock.rate().nanoseconds(self.clock.ticks());
        let began = now();
        let state = Self::entered(self.state.wait());
        (state, now().saturating_sub(began))
    }

    fn entered(mut state: MutexGuard<'_, State>) -> MutexGuard<'_, State> {
        // Still set if a panic has left the lock.
        state.settling = false;
        state.calling = None;
        state.meter.begin();
        state
    }

    /// Lets others in that wait for the lock.
    pub(crate) fn pause<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if self.state.is_wanted() || !state.effects.is_empty() {
            Self::entered(self.state.pass_on(state, |state| self.leave(state)))
        } else {
            // As good as left: nobody waits for it, nor for what is to be done outside of it.
            Self::entered(state)
        }
    }

    /// Leaves the lock, then does what was left to do outside of it.
    pub(crate) fn leave(&self, mut state: MutexGuard<'_, State>) {
        state.trace_memory();
        // What has not come to its end, or waits to be done, has been due since ever.
        let unfinished = !state.is_settled() || self.has_rest.load(Ordering::SeqCst);
        let earliest = if unfinished { 0 } else { state.deadlines.earliest() };
        if earliest != state.armed {
            state.armed = earliest;
            state.clock.arm(earliest);
        }
        if !state.effects.is_empty() {
            // While the state is locked, so that effects queue up in the order of the calls.
            self.outbox().effects.extend(state.effects.drain(..));
            let most = if state.clock.runs() { EFFECTS } else { usize::MAX };
            drop(state);
            if self.empty_outbox(most) {
                self.leave(self.lock());
            }
        }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the outbox holds, as far as `most` goes, under no lock. One thread at a time does it
    /// for all, so that events arrive in their order. Whether others have to do the rest.
    fn empty_outbox(&self, most: usize) -> bool {
        let mut outbox = self.outbox();
        if std::mem::replace(&mut outbox.taken, true) {
            return false;
        }
        self.has_rest.store(false, Ordering::SeqCst);
        drop(outbox);
        for done in 0.. {
            let mut outbox = self.outbox();
            let next = if done < most { outbox.effects.pop_front() } else { None };
            let Some(effect) = next else {
                outbox.taken = false;
                let has_rest = !outbox.effects.is_empty();
                self.has_rest.store(has_rest, Ordering::SeqCst);
                return has_rest;
            };
            drop(outbox);
            match effect {
                Effect::Resume { process, thread, value } => {
                    self.machine.resume(process, thread, value);
                }
                Effect::Redo { process, thread, number, args } => {
                    self.machine.redo(process, thread, number, args);
                }
                Effect::WaitCompleted { token, status, observed, result } => {
                    if let Some(result) = result {
                        self.events.wait_result(token, result);
                    }
                    self.events.wait_completed(token, status, observed);
                }
                Effect::Running(count) => self.events.running(count),
                Effect::Forget(memory) => drop(memory),
            }
        }
        false
    }
}

/// Makes the call of a guest thread, and leaves the kernel.
fn serve(
    mut caller: Caller<'_>,
    (process, thread): (Koid, Koid),
    syscall: Syscall,
    (number, args): (u64, [u64; 8]),
) -> SyscallOutcome {
    let before = caller.state.endings.len();
    let outcome = caller.dispatch(syscall, number, args);
    // What a call ends has come to its end when it returns.
    while caller.state.endings.len() > before && caller.turn().is_ok() {
        caller.state.settle();
    }
    if caller.state.machine.ran_short() {
        // It could have been anybody's call that found no memory; it was this one's.
        caller.state.kill_process(caller.process, TASK_RETCODE_OOM_KILL);
    }
    let outcome = match caller.thread {
        Some(thread_id) => caller.state.end_syscall((process, thread), thread_id, outcome),
        None => outcome,
    };
    caller.state.leave();
    outcome
}

/// A guest's call or exception that the trace's sink has admitted, until it is over, if only by a panic.
struct Admitted<'a>(&'a dyn TraceSink);

impl<'a> Admitted<'a> {
    fn new(trace: &'a dyn TraceSink, process: Koid) -> Self {
        trace.admit(process);
        Self(trace)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.left();
    }
}

impl KernelEntry for Kernel {
    fn syscall(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) -> SyscallOutcome {
        let _admitted = self.trace.as_deref().map(|trace| Admitted::new(trace, process));
        let (mut state, waited) = Held::enter_timed(self);
        match state.begin_syscall(process, thread, number, args) {
            Some((process_id, thread_id, syscall)) => {
                state.contended(thread_id, waited);
                let caller = Caller::new(state, process_id, Some(thread_id));
                serve(caller, (process, thread), syscall, (number, args))
            }
            None => {
                state.leave();
                SyscallOutcome::Blocked
            }
        }
    }

    fn redo(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) {
        let state = Held::enter(self);
        let ids = state.running_thread(process, thread);
        let call = ids.and_then(|(process_id, thread_id)| {
            let syscall = Syscall::from_number(state.abi_of(process_id), number)?;
            Some((process_id, thread_id, syscall))
        });
        let Some((process_id, thread_id, syscall)) = call else { return state.leave() };
        let mut caller = Caller::new(state, process_id, Some(thread_id));
        caller.state.calling = Some(thread_id);
        caller.is_redone = true;
        let redone = caller.state.objects.threads.get_mut(thread_id);
        caller.missing = redone.map(|it| std::mem::take(&mut it.missing)).unwrap_or_default();
        if let SyscallOutcome::Return(value) =
            serve(caller, (process, thread), syscall, (number, args))
        {
            self.machine.resume(process, thread, value);
        }
    }

    fn exception(&self, process: Koid, thread: Koid, report: ExceptionReport) -> ExceptionOutcome {
        let _admitted = self.trace.as_deref().map(|trace| Admitted::new(trace, process));
        let (mut state, waited) = Held::enter_timed(self);
        let mut owned = Ok(());
        let running = state.running_thread(process, thread);
        if let Some((process_id, thread_id)) = running {
            state.contended(thread_id, waited);
            if report.kind == EXCP_FATAL_PAGE_FAULT {
                state.begin_fault(thread_id);
            }
            let mut caller = Caller::new(state, process_id, Some(thread_id));
            owned = caller.own_accessed(&report);
            state = caller.state;
        }
        let outcome = state.guest_raised(process, thread, report, owned);
        if let Some((_, thread_id)) = running {
            state.end_fault(thread_id);
        }
        state.leave();
        outcome
    }

    fn suspended(&self, process: Koid, thread: Koid, number: u64) {
        self.enter(|state| {
            // A process that is being killed needs no answer.
            if state.live_process(process).is_ok()
                && let Some(id) = state.thread_with_koid(thread)
            {
                state.thread_stopped(id, number);
            }
        });
    }

    fn process_failed(&self, process: Koid, failure: HostFailure) {
        self.enter(|state| {
            if let Ok(id) = state.live_process(process)
                && let Some(process) = state.objects.processes.get_mut(id)
                && matches!(process.run, ProcessRun::Running | ProcessRun::Dying)
            {
                // What followed from the first is no news.
                process.host_failure.get_or_insert_with(|| Box::new(failure));
            }
        });
    }

    fn process_gone(&self, process: Koid) {
        self.enter(|state| {
            if let Ok(id) = state.live_process(process)
                && let Some(process) = state.objects.processes.get_mut(id)
                && matches!(process.run, ProcessRun::Running | ProcessRun::Dying)
            {
                process.return_code.get_or_insert(TASK_RETCODE_SYSCALL_KILL);
                state.process_dead(id);
            }
        });
    }

    fn expire_deadlines(&self) {
        // Perhaps what others have left. If there is more, this is called again at once.
        self.empty_outbox(EFFECTS);
        let mut state = self.lock();
        loop {
            let now = state.now();
            state.expire(now);
            state.settle();
            if state.is_settled() && !state.deadlines.has_due(now) {
                break;
            }
            state = self.pause(state);
        }
        // The clock has forgotten what it was asked for.
        state.armed = TIME_INFINITE;
        self.leave(state);
    }
}

impl State {
    /// Makes the root job and the host's process; its koid.
    fn boot(&mut self) -> Koid {
        // Nothing can fail in an empty kernel: there is no killed job to be below.
        let host = self.new_job(None).and_then(|job| {
            self.root_job = Some(job);
            self.set_job_limits(job, default_limits(self.machine.system().memory_limit))?;
            self.new_process(job, Name::truncated(b"host"), ProcessRun::Host, Abi::default())
        });
        host.map_or(0, |host| self.objects.koid(host))
    }

    /// A guest thread enters the kernel. None if it is being killed, or is from now on: its call has
    /// no effect.
    fn begin_syscall(
        &mut self,
        process: Koid,
        thread: Koid,
        number: u64,
        args: [u64; 8],
    ) -> Option<(ProcessId, ThreadId, Syscall)> {
        let (process_id, thread_id) = self.running_thread(process, thread)?;
        self.calling = Some(thread_id);
        let syscall = Syscall::from_number(self.abi_of(process_id), number);
        self.trace_enter((process_id, thread_id), number, syscall, args);
        if syscall.is_none() {
            let report =
                ExceptionReport::policy(self.target, EXCP_POLICY_CODE_BAD_SYSCALL, number as u32);
            self.breach(thread_id, report);
            self.end_in_breach(thread_id, register(Status::BAD_SYSCALL));
        }
        Some((process_id, thread_id, syscall?))
    }

    /// The call of a guest thread is done, or waits.
    fn end_syscall(
        &mut self,
        (process, thread): (Koid, Koid),
        thread_id: ThreadId,
        outcome: SyscallOutcome,
    ) -> SyscallOutcome {
        if let SyscallOutcome::Return(value) = outcome {
            // A call may end its own caller.
            if self.running_thread(process, thread).is_none() {
                return SyscallOutcome::Blocked;
            }
            if self.end_in_breach(thread_id, value) {
                return SyscallOutcome::Blocked;
            }
            self.trace_return(thread_id, value);
        }
        if outcome == SyscallOutcome::Blocked {
            self.trace_blocked(thread_id);
        }
        outcome
    }

    /// A process and a thread of it, by koid, if both run.
    pub(crate) fn running_thread(
        &self,
        process: Koid,
        thread: Koid,
    ) -> Option<(ProcessId, ThreadId)> {
        let (process_id, thread_id) =
            (self.live_process(process).ok()?, self.thread_with_koid(thread)?);
        let process = self.objects.processes.get(process_id)?;
        let thread = self.objects.threads.get(thread_id)?;
        let running = process.run == ProcessRun::Running
            && thread.run == ThreadRun::Running
            && thread.process == process_id;
        running.then_some((process_id, thread_id))
    }

    /// A thread has done something against its job's policy: an exception, once its call returns.
    pub(crate) fn breach(&mut self, id: ThreadId, mut report: ExceptionReport) {
        let Some(thread) = self.objects.threads.get(id) else { return };
        let (process, thread) = (self.objects.koid(thread.process), thread.header.koid);
        if let Some(registers) = self.machine.call_registers(process, thread) {
            report.registers = registers;
        }
        if let Some(thread) = self.objects.threads.get_mut(id) {
            thread.breach = Some(report);
        }
    }

    /// The call of a thread is about to return. If it has been against policy, the thread has an
    /// exception first: then it goes on, if at all, by itself.
    pub(crate) fn end_in_breach(&mut self, id: ThreadId, value: u64) -> bool {
        let Some(thread) = self.objects.threads.get_mut(id) else { return false };
        let (process, koid) = (thread.process, thread.header.koid);
        let Some(report) = thread.breach.take() else { return false };
        self.trace_return(id, value);
        let process = self.objects.koid(process);
        self.trace_exception(process, koid, &report);
        if self.raise(id, report.clone(), Origin::Call) {
            self.effects.push(Effect::Resume { process, thread: koid, value });
        } else {
            self.die_of(process, koid, report);
        }
        true
    }

    /// An exception that nobody handles ends the process and leaves a crash report. In a process that is
    /// being killed already it changes nothing.
    pub(crate) fn die_of(&mut self, process: Koid, thread: Koid, exception: ExceptionReport) {
        let Ok(id) = self.live_process(process) else { return };
        if self.objects.processes.get(id).is_none_or(|guest| guest.run != ProcessRun::Running) {
            return;
        }
        let thread_id = self.thread_with_koid(thread);
        let thread_name = thread_id.and_then(|thread| self.objects.threads.get(thread));
        let thread_name = thread_name.map_or_else(Name::default, |thread| thread.name);
        if let Some(guest) = self.objects.processes.get_mut(id) {
            guest.crash = Some(Arc::new(CrashReport {
                process,
                process_name: guest.name,
                thread,
                thread_name,
                exception,
                // Added as they go.
                mappings: Vec::new(),
            }));
        }
        self.kill_process(id, TASK_RETCODE_EXCEPTION_KILL);
    }

    /// Kills every guest process.
    pub(crate) fn kill_all(&mut self, return_code: i64) {
        let guests = self.objects.processes.iter();
        let guests: Vec<_> = guests
            .filter(|(_, process)| process.run != ProcessRun::Host)
            .map(|(id, _)| id)
            .collect();
        self.end(Ending::Processes(guests.into_iter(), return_code));
    }
}
