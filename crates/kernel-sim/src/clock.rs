//! The seam to time: one time base for deadlines and for the ticks that the vDSO reads.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, Weak};

use crate::KernelEntry;

/// Where the kernel's time comes from.
pub trait Clock: Send + Sync {
    /// Gives the clock the kernel to call. Called once, before everything else.
    fn attach(&self, kernel: Weak<dyn KernelEntry>);

    /// The monotonic clock's ticks, above 0 from the start.
    fn ticks(&self) -> i64;

    /// How ticks relate to nanoseconds.
    fn rate(&self) -> TickRate;

    /// Asks for a call of [`KernelEntry::expire_deadlines`] once the monotonic clock shows `deadline`
    /// (nanoseconds; `TIME_INFINITE` for never). Replaces the last request, returns at once.
    fn arm(&self, deadline: i64);

    /// Whether time passes by itself, so that [`Clock::arm`] leads to a call on another thread. The
    /// kernel leaves to it what need not be done at once.
    fn runs(&self) -> bool {
        true
    }
}

/// How ticks relate to nanoseconds: `nanoseconds = ticks * numerator / denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickRate {
    /// Ticks in a second.
    pub ticks_per_second: i64,
    /// See above.
    pub numerator: u32,
    /// See above; never 0.
    pub denominator: u32,
    /// What to add to the processor's counter to get the monotonic ticks.
    pub offset: i64,
    /// Whether guests may read the processor's counter. If not, their calls for the time go to
    /// the kernel.
    pub user_readable: bool,
}

impl TickRate {
    /// Nanoseconds for ticks, saturating.
    pub fn nanoseconds(&self, ticks: i64) -> i64 {
        let nanoseconds =
            i128::from(ticks) * i128::from(self.numerator) / i128::from(self.denominator.max(1));
        nanoseconds.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

/// A clock that moves only when told.
pub struct VirtualClock {
    now: AtomicI64,
    kernel: Mutex<Option<Weak<dyn KernelEntry>>>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        // Above 0, so that a deadline of 0 is past.
        Self { now: AtomicI64::new(1), kernel: Mutex::new(None) }
    }
}

impl VirtualClock {
    /// Moves the clock on by `nanoseconds` (0 or more) and lets deadlines pass.
    pub fn advance(&self, nanoseconds: i64) {
        let step = |now: i64| Some(now.saturating_add(nanoseconds.max(0)));
        // The closure always returns a value.
        let _ = self.now.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step);
        let kernel = self.kernel.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kernel) = kernel.and_then(|kernel| kernel.upgrade()) {
            kernel.expire_deadlines();
        }
    }
}

impl Clock for VirtualClock {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        *self.kernel.lock().unwrap_or_else(PoisonError::into_inner) = Some(kernel);
    }

    fn ticks(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn rate(&self) -> TickRate {
        TickRate {
            ticks_per_second: 1_000_000_000,
            numerator: 1,
            denominator: 1,
            offset: 0,
            user_readable: false,
        }
    }

    // Deadlines pass in `advance`.
    fn arm(&self, _deadline: i64) {}

    fn runs(&self) -> bool {
        false
    }
}
