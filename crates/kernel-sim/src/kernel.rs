//! The kernel itself: its lock, its ways in, and what happens after the lock is released.

use std::sync::{Arc, Mutex, PoisonError};

use zx_abi::{
    Abi, EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_ERROR, Machine as Target, ObjectType, Result,
    Signals, Status, Syscall, TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_SYSCALL_KILL,
    TIME_INFINITE,
};

use crate::caller::Caller;
use crate::object::{ProcessRun, ThreadRun};
use crate::report::CrashReport;
use crate::state::{Effect, State};
use crate::trace::{TraceEvent, TraceSink};
use crate::{
    Clock, Entropy, ExceptionOutcome, ExceptionReport, KernelEntry, Koid, Machine, Name,
    SyscallOutcome,
};

/// What a kernel is made of.
pub struct KernelConfig {
    /// Memory, address spaces, threads.
    pub machine: Arc<dyn Machine>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// Who hears of waits that end.
    pub events: Arc<dyn HostEvents>,
    /// Who sees the trace, if anybody.
    pub trace: Option<Arc<dyn TraceSink>>,
    /// The processor that processes are built for.
    pub target: Target,
}

/// What the embedder is told. Called without the kernel's lock, on any thread.
pub trait HostEvents: Send + Sync {
    /// A wait of the host has ended: OK, TIMED_OUT or CANCELED, and the signals at that moment.
    fn wait_completed(&self, token: u64, status: Status, observed: Signals);

    /// How many guest processes run now.
    fn running(&self, count: usize);
}

/// A kernel. Two of them share nothing.
pub struct Kernel {
    state: Mutex<State>,
    events: Arc<dyn HostEvents>,
    host: Koid,
    target: Target,
}

/// Objects and handles by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelStats {
    /// Type, objects, handles; types without objects are left out.
    pub objects: Vec<(ObjectType, usize, usize)>,
    /// Live handles, those in messages included.
    pub handles: usize,
    /// Waits that have not ended.
    pub waits: usize,
    /// Guest processes that run.
    pub running: usize,
}

impl Kernel {
    /// A new kernel, with a root job and the host's own process in it.
    pub fn new(config: KernelConfig) -> Arc<Self> {
        let KernelConfig { machine, clock, entropy, events, trace, target } = config;
        let mut state =
            State::new(Arc::clone(&machine), Arc::clone(&clock), entropy, trace, target);
        let host = state.boot();
        let kernel = Arc::new(Self { state: Mutex::new(state), events, host, target });
        let weak = Arc::downgrade(&kernel);
        machine.attach(weak.clone());
        clock.attach(weak);
        kernel
    }

    /// The koid of the host's process, in whose table the embedder's handles live.
    pub fn host(&self) -> Koid {
        self.host
    }

    /// The processor that processes are built for.
    pub fn target(&self) -> Target {
        self.target
    }

    /// Makes system calls as the process with this koid.
    ///
    /// # Errors
    /// BAD_STATE if that process is dead.
    pub fn call<R>(&self, process: Koid, f: impl FnOnce(&mut Caller<'_>) -> R) -> Result<R> {
        self.enter(|state| {
            let process = state.live_process(process)?;
            Ok(f(&mut Caller { state, process }))
        })
    }

    /// The monotonic clock in nanoseconds.
    pub fn now(&self) -> i64 {
        self.enter(|state| state.now())
    }

    /// Takes back a wait of the host; its token never completes. False if it already has.
    pub fn cancel_wait(&self, token: u64) -> bool {
        self.enter(|state| state.cancel_host_wait(token))
    }

    /// What exists right now.
    pub fn stats(&self) -> KernelStats {
        self.enter(|state| KernelStats {
            objects: state.objects.count(),
            handles: state.handle_count,
            waits: state.waiters.len(),
            running: state.running,
        })
    }

    /// Kills every guest process.
    pub fn shut_down(&self) {
        self.enter(State::kill_all);
    }

    /// Runs `f` under the lock, then does outside of it what `f` left to do.
    fn enter<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        // A panic under the lock would be a bug; the state stays usable for the others.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = f(&mut state);
        let earliest = state.deadlines.first_key_value().map_or(TIME_INFINITE, |(key, _)| key.0);
        if earliest != state.armed {
            state.armed = earliest;
            state.clock.arm(earliest);
        }
        if !state.effects.is_empty() {
            let effects = std::mem::take(&mut state.effects);
            let machine = Arc::clone(&state.machine);
            drop(state);
            for effect in effects {
                match effect {
                    Effect::Resume { process, thread, value } => {
                        machine.resume(process, thread, value);
                    }
                    Effect::WaitCompleted { token, status, observed } => {
                        self.events.wait_completed(token, status, observed);
                    }
                    Effect::Running(count) => self.events.running(count),
                }
            }
        }
        result
    }
}

impl KernelEntry for Kernel {
    fn syscall(&self, process: Koid, thread: Koid, number: u64, args: [u64; 8]) -> SyscallOutcome {
        self.enter(|state| state.guest_syscall(process, thread, number, args))
    }

    fn exception(&self, process: Koid, thread: Koid, report: ExceptionReport) -> ExceptionOutcome {
        self.enter(|state| state.guest_exception(process, thread, report));
        ExceptionOutcome::Stopped
    }

    fn process_gone(&self, process: Koid) {
        self.enter(|state| {
            if let Ok(id) = state.live_process(process) {
                if let Some(process) = state.objects.processes.get_mut(id) {
                    process.return_code.get_or_insert(TASK_RETCODE_SYSCALL_KILL);
                }
                state.process_dead(id);
            }
        });
    }

    fn expire_deadlines(&self) {
        self.enter(|state| {
            let now = state.now();
            // Asked again for what is left.
            state.armed = TIME_INFINITE;
            state.expire(now);
        });
    }
}

impl State {
    /// Makes the root job and the host's process; its koid.
    fn boot(&mut self) -> Koid {
        // Neither can fail in an empty kernel: there is no killed job to be below.
        let host = self.new_job(None).and_then(|job| {
            self.root_job = Some(job);
            self.new_process(job, Name::truncated(b"host"), ProcessRun::Host)
        });
        host.map_or(0, |host| self.objects.koid(host))
    }

    fn guest_syscall(
        &mut self,
        process: Koid,
        thread: Koid,
        number: u64,
        args: [u64; 8],
    ) -> SyscallOutcome {
        let (Ok(process_id), Some(thread_id)) =
            (self.live_process(process), self.thread_with_koid(thread))
        else {
            return SyscallOutcome::Blocked;
        };
        let Some(guest) = self.objects.processes.get(process_id) else {
            return SyscallOutcome::Blocked;
        };
        // On its way out: nothing of it has effect any more.
        if guest.run != ProcessRun::Running {
            return SyscallOutcome::Blocked;
        }
        let abi = guest.vdso.map_or(Abi::default(), |vdso| vdso.abi);
        let syscall = Syscall::from_number(abi, number);
        self.trace(|_| TraceEvent::SyscallEnter { process, thread, number, syscall, args });
        let Some(syscall) = syscall else {
            let report = bad_syscall(number);
            self.guest_exception(process, thread, report);
            return SyscallOutcome::Blocked;
        };
        let mut caller = Caller { state: self, process: process_id };
        let outcome = caller.dispatch(thread_id, syscall, args);
        // A call may end its own caller.
        let running = |process: &crate::object::Process| process.run == ProcessRun::Running;
        match outcome {
            SyscallOutcome::Return(value) => {
                if !self.objects.processes.get(process_id).is_some_and(running) {
                    return SyscallOutcome::Blocked;
                }
                self.trace(|_| TraceEvent::SyscallExit { process, thread, value });
            }
            SyscallOutcome::Blocked | SyscallOutcome::Exited => {}
        }
        outcome
    }

    /// An exception that nobody handles ends the process and leaves a crash report.
    fn guest_exception(&mut self, process: Koid, thread: Koid, exception: ExceptionReport) {
        let Ok(id) = self.live_process(process) else { return };
        let mappings = self.address_space(id);
        let thread_id = self.thread_with_koid(thread);
        let thread_name = thread_id
            .and_then(|thread| self.objects.threads.get_mut(thread))
            .map(|thread| {
                thread.run = ThreadRun::InException;
                thread.name
            })
            .unwrap_or_default();
        self.trace(|_| TraceEvent::Exception {
            process,
            thread,
            kind: exception.kind,
            pc: exception.registers.rip,
            fault_address: exception.fault_address,
        });
        if let Some(guest) = self.objects.processes.get_mut(id)
            && guest.run == ProcessRun::Running
        {
            guest.crash = Some(Box::new(CrashReport {
                process,
                process_name: guest.name,
                thread,
                thread_name,
                exception,
                mappings,
            }));
        }
        self.kill_process(id, TASK_RETCODE_EXCEPTION_KILL);
    }

    fn kill_all(&mut self) {
        let guests = self.objects.processes.iter();
        let guests: Vec<_> = guests
            .filter(|(_, process)| process.run != ProcessRun::Host)
            .map(|(id, _)| id)
            .collect();
        for guest in guests {
            self.kill_process(guest, TASK_RETCODE_SYSCALL_KILL);
        }
    }
}

/// The policy exception for a system call that the process's ABI does not have.
fn bad_syscall(number: u64) -> ExceptionReport {
    ExceptionReport {
        kind: EXCP_POLICY_ERROR,
        vector: 0,
        error_code: 0,
        fault_address: 0,
        synth_code: EXCP_POLICY_CODE_BAD_SYSCALL,
        synth_data: number as u32,
        registers: Default::default(),
    }
}
