//! The thread that lets deadlines pass.

use std::ffi::CStr;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zx_abi::TIME_INFINITE;

/// Starts a thread with a name and what it is to do.
pub type StartThread = fn(&'static CStr, Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// The deadline that the timer thread waits for.
#[derive(Debug)]
pub struct Timer {
    start: StartThread,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    deadline: i64,
    has_thread: bool,
    ended: bool,
}

impl Timer {
    /// A timer whose thread `start` starts.
    pub fn new(start: StartThread) -> Self {
        let state = State { deadline: TIME_INFINITE, has_thread: false, ended: false };
        Self { start, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Sets the deadline in nanoseconds of `now`'s clock. The first finite one starts the thread,
    /// which calls `expire` whenever a deadline has come, without any lock.
    pub fn arm(
        self: &Arc<Self>,
        deadline: i64,
        now: impl Fn() -> i64 + Send + 'static,
        expire: impl Fn() + Send + 'static,
    ) {
        let mut state = self.lock();
        state.deadline = deadline;
        if state.has_thread {
            self.changed.notify_one();
        } else if deadline != TIME_INFINITE {
            let timer = Arc::clone(self);
            let run = Box::new(move || timer.run(now, expire));
            // A system without room for a thread gets another chance with the next deadline.
            state.has_thread = (self.start)(c"zirconia-timer", run).is_ok();
        }
    }

    /// Lets the thread end. It is not waited for: this may be the thread itself.
    pub fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_one();
    }

    fn run(&self, now: impl Fn() -> i64, expire: impl Fn()) {
        let mut state = self.lock();
        while !state.ended {
            let now = now();
            state = if state.deadline <= now {
                state.deadline = TIME_INFINITE;
                drop(state);
                expire();
                self.lock()
            } else if state.deadline == TIME_INFINITE {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                let rest = Duration::from_nanos(state.deadline.abs_diff(now));
                let waited = self.changed.wait_timeout(state, rest);
                waited.unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
