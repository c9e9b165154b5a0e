//! The kernel's clock over a counter.

use std::sync::{Arc, OnceLock, Weak};

use kernel_sim::{Clock, KernelEntry, TickRate};

use crate::timer::{StartThread, Timer};
use crate::{InstantTicks, TickSource};

/// A clock that runs as its ticks do.
///
/// Deadlines pass on a thread of the clock's own, which starts with the first finite one and ends
/// when the clock is dropped.
#[derive(Debug)]
pub struct SystemClock<S = InstantTicks> {
    source: Arc<S>,
    timer: Arc<Timer>,
    kernel: OnceLock<Weak<dyn KernelEntry>>,
}

impl<S: TickSource> SystemClock<S> {
    /// A clock over `source`, whose thread `start` starts.
    pub fn new(source: S, start: StartThread) -> Self {
        let timer = Arc::new(Timer::new(start));
        Self { source: Arc::new(source), timer, kernel: OnceLock::new() }
    }
}

impl<S: TickSource> Clock for SystemClock<S> {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        // Called once.
        let _ = self.kernel.set(kernel);
    }

    fn ticks(&self) -> i64 {
        self.source.ticks()
    }

    fn rate(&self) -> TickRate {
        self.source.rate()
    }

    fn arm(&self, deadline: i64) {
        let Some(kernel) = self.kernel.get().cloned() else { return };
        let source = Arc::clone(&self.source);
        let rate = source.rate();
        let now = move || rate.nanoseconds(source.ticks());
        let expire = move || {
            if let Some(kernel) = kernel.upgrade() {
                kernel.expire_deadlines();
            }
        };
        self.timer.arm(deadline, now, expire);
    }
}

impl<S> Drop for SystemClock<S> {
    fn drop(&mut self) {
        self.timer.end();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use kernel_sim::{ExceptionOutcome, ExceptionReport, Koid, SyscallOutcome};
    use zx_abi::TIME_INFINITE;

    use super::*;
    use crate::start_thread;

    /// Tells when deadlines pass.
    struct Listener(SyncSender<()>);

    impl KernelEntry for Listener {
        fn syscall(&self, _: Koid, _: Koid, _: u64, _: [u64; 8]) -> SyscallOutcome {
            SyscallOutcome::Blocked
        }

        fn exception(&self, _: Koid, _: Koid, _: ExceptionReport) -> ExceptionOutcome {
            ExceptionOutcome::Stopped
        }

        fn suspended(&self, _: Koid, _: Koid, _: u64) {}

        fn process_gone(&self, _: Koid) {}

        fn expire_deadlines(&self) {
            let _ = self.0.send(());
        }
    }

    /// Ticks that a test sets.
    #[derive(Default)]
    struct ManualTicks(Arc<AtomicI64>);

    impl TickSource for ManualTicks {
        fn ticks(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }

        fn rate(&self) -> TickRate {
            InstantTicks::default().rate()
        }
    }

    fn listen<S: TickSource>(clock: &SystemClock<S>) -> (Arc<dyn KernelEntry>, Receiver<()>) {
        let (sender, receiver) = sync_channel(16);
        let listener: Arc<dyn KernelEntry> = Arc::new(Listener(sender));
        clock.attach(Arc::downgrade(&listener));
        (listener, receiver)
    }

    #[test]
    fn a_deadline_passes_when_the_clock_shows_it() {
        let clock = SystemClock::new(InstantTicks::default(), start_thread);
        let (_listener, expired) = listen(&clock);
        let deadline = clock.ticks() + 1_000_000;
        clock.arm(deadline);
        expired.recv().unwrap();
        assert!(clock.ticks() >= deadline);
    }

    #[test]
    fn a_new_deadline_replaces_the_last() {
        let ticks = Arc::new(AtomicI64::new(1));
        let clock = SystemClock::new(ManualTicks(Arc::clone(&ticks)), start_thread);
        let (_listener, expired) = listen(&clock);
        clock.arm(TIME_INFINITE - 1);
        clock.arm(1);
        expired.recv().unwrap();
        assert!(expired.try_recv().is_err());
    }

    #[test]
    fn no_thread_without_a_finite_deadline() {
        let clock = SystemClock::new(InstantTicks::default(), start_thread);
        let _listener = listen(&clock);
        clock.arm(TIME_INFINITE);
        assert_eq!(Arc::strong_count(&clock.timer), 1);
    }

    #[test]
    fn the_thread_ends_with_the_clock() {
        let clock = SystemClock::new(InstantTicks::default(), start_thread);
        let (listener, expired) = listen(&clock);
        clock.arm(0);
        expired.recv().unwrap();
        let timer = Arc::downgrade(&clock.timer);
        drop(clock);
        // The thread holds the timer for as long as it runs.
        while timer.upgrade().is_some() {
            std::thread::yield_now();
        }
        drop(listener);
    }
}
