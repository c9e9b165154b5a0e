//! What the kernel tells, collected for JavaScript's thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel_sim::{HostEvents, WaitResult};
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result, check_status, sys};
use zx_abi::{Signals, Status};

use crate::completion;
use crate::wire::Writer;

/// Weak: on its own it does not keep Node alive.
type Wake = ThreadsafeFunction<(), (), (), napi::Status, false, true>;

/// The way from the kernel to JavaScript. The wake-up runs once for all that has gathered.
pub struct Events {
    queue: Mutex<Queue>,
    wake: Wake,
}

/// Completions, or records of a trace, that JavaScript takes in one turn of its event loop.
pub const AT_A_TIME: usize = 64;

#[derive(Default)]
struct Queue {
    /// One wait after the other, packed.
    completions: VecDeque<Vec<u8>>,
    /// What the wait has brought that is completed next.
    result: Option<WaitResult>,
    /// A wake-up is on its way.
    woken: bool,
}

impl Events {
    /// Events that wake JavaScript through `wake`.
    pub fn new(wake: &Function<'_, (), ()>) -> Result<Arc<Self>> {
        let wake = wake.build_threadsafe_function().weak::<true>().build()?;
        Ok(Arc::new(Self { queue: Mutex::default(), wake }))
    }

    /// Moves the first of the completed waits to `out`, as many as there is room for. Says how many
    /// bytes they have: of one that there is no room for, which stays, more than `out`.
    pub fn take_completions(&self, out: &mut [u8]) -> usize {
        let mut queue = self.lock();
        queue.woken = false;
        let mut used = 0;
        for _ in 0..AT_A_TIME {
            let Some(next) = queue.completions.front() else { break };
            let end = used + next.len();
            let Some(place) = out.get_mut(used..end) else {
                return if used == 0 { end } else { used };
            };
            place.copy_from_slice(next);
            queue.completions.pop_front();
            used = end;
        }
        used
    }

    /// Whether there are completed waits.
    pub fn has_more(&self) -> bool {
        !self.lock().completions.is_empty()
    }

    /// Wakes JavaScript for something that is not queued here.
    pub fn wake(&self) {
        self.push(|_| {});
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
            let (result, mut packed) = (queue.result.take(), Writer::default());
            completion::pack(token, status, observed, result, &mut packed);
            queue.completions.push_back(packed.take());
        });
    }

    fn wait_result(&self, _token: u64, result: WaitResult) {
        self.lock().result = Some(result);
    }

    // JavaScript asks the kernel itself, which knows sooner; that guests run it knows who has started
    // the first.
    fn running(&self, count: usize) {
        if count == 0 {
            self.wake();
        }
    }
}
