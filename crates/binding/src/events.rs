//! What the kernel tells, collected for JavaScript's thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel_sim::{HostEvents, TraceRecord, TraceSink, WaitResult};
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, check_status, sys};
use zx_abi::{Signals, Status};

use crate::completion;
use crate::trace;
use crate::wire::Writer;

/// Weak: on its own it does not keep Node alive.
type Wake = ThreadsafeFunction<(), (), (), napi::Status, false, true>;

/// The way from the kernel to JavaScript. The wake-up runs once for all that has gathered.
pub struct Events {
    queue: Mutex<Queue>,
    wake: Wake,
}

#[derive(Default)]
struct Queue {
    /// One wait after the other.
    completions: Writer,
    /// What the wait has brought that is completed next.
    result: Option<WaitResult>,
    trace: Writer,
    /// A wake-up is on its way.
    woken: bool,
}

impl Events {
    /// Events that wake JavaScript through `wake`.
    pub fn new(wake: &Function<'_, (), ()>) -> Result<Arc<Self>> {
        let wake = wake.build_threadsafe_function().weak::<true>().build()?;
        Ok(Arc::new(Self { queue: Mutex::default(), wake }))
    }

    /// The completed waits so far.
    pub fn take_completions(&self) -> Vec<u8> {
        let mut queue = self.lock();
        queue.woken = false;
        queue.completions.take()
    }

    /// The trace so far.
    pub fn take_trace(&self) -> Vec<u8> {
        self.lock().trace.take()
    }

    /// Whether Node stays alive for these events.
    pub fn keep_alive(&self, env: &Env, keep: bool) -> Result<()> {
        let (env, wake) = (env.raw(), self.wake.raw());
        // SAFETY: this is the thread of `env`, and `wake` lives as long as `self`.
        let status = unsafe {
            match keep {
                true => sys::napi_ref_threadsafe_function(env, wake),
                false => sys::napi_unref_threadsafe_function(env, wake),
            }
        };
        check_status!(status)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, add: impl FnOnce(&mut Queue)) {
        let mut queue = self.lock();
        add(&mut queue);
        if !std::mem::replace(&mut queue.woken, true) {
            drop(queue);
            // A Node that is exiting needs no wake-up.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

impl HostEvents for Events {
    fn wait_completed(&self, token: u64, status: Status, observed: Signals) {
        self.push(|queue| {
            let result = queue.result.take();
            completion::pack(token, status, observed, result, &mut queue.completions);
        });
    }

    fn wait_result(&self, _token: u64, result: WaitResult) {
        self.lock().result = Some(result);
    }

    // JavaScript asks the kernel itself, which knows sooner.
    fn running(&self, _count: usize) {
        self.push(|_| {});
    }
}

/// The trace goes the same way.
pub struct Tracer(pub Arc<Events>);

impl TraceSink for Tracer {
    fn record(&self, record: TraceRecord) {
        self.0.push(|queue| trace::pack(&record, &mut queue.trace));
    }
}
