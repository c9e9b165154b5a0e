//! The state, as long as the kernel's lock is held for a system call.

use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;

use crate::kernel::Kernel;
use crate::state::State;

/// The state, for a system call.
pub(crate) enum Held<'a> {
    /// Whoever makes the call has taken the lock, and may pass it on.
    Entered {
        kernel: &'a Kernel,
        /// Absent only while it is passed on.
        state: Option<MutexGuard<'a, State>>,
    },
    /// Something else is done under the lock, of which this is a part.
    Lent(&'a mut State),
}

impl<'a> Held<'a> {
    /// Enters the kernel.
    pub fn enter(kernel: &'a Kernel) -> Self {
        Self::Entered { kernel, state: Some(kernel.lock()) }
    }

    /// Enters the kernel for a guest's thread. Nanoseconds that it has waited for that.
    pub fn enter_timed(kernel: &'a Kernel) -> (Self, i64) {
        let (state, waited) = kernel.lock_timed();
        (Self::Entered { kernel, state: Some(state) }, waited)
    }

    /// Lets others in. What was known of the state may be different afterwards.
    pub fn pause(&mut self) {
        if let Self::Entered { kernel, state } = self
            && let Some(left) = state.take()
        {
            let calling = left.calling;
            state.insert(kernel.pause(left)).calling = calling;
        }
    }

    /// Does something without the lock, if it can be left. What was known of the state may be
    /// different afterwards.
    pub fn outside<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if let Self::Entered { kernel, state } = self {
            let calling = state.as_ref().and_then(|state| state.calling);
            if let Some(left) = state.take() {
                kernel.leave(left);
            }
            let result = f();
            state.insert(kernel.lock()).calling = calling;
            result
        } else {
            f()
        }
    }

    /// Leaves the kernel.
    pub fn leave(self) {
        if let Self::Entered { kernel, state: Some(state) } = self {
            kernel.finish(state);
        }
    }
}

impl Deref for Held<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        match self {
            Self::Entered { state, .. } => state.as_ref().expect("nothing is done in a pause"),
            Self::Lent(state) => state,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut State {
        match self {
            Self::Entered { state, .. } => state.as_mut().expect("nothing is done in a pause"),
            Self::Lent(state) => state,
        }
    }
}
