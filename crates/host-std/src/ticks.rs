//! Counters that time is read from.

use std::time::Instant;

use kernel_sim::TickRate;

/// A counter that never goes back, and how its ticks relate to nanoseconds.
pub trait TickSource: Send + Sync + 'static {
    /// The monotonic ticks, above 0 from the start.
    fn ticks(&self) -> i64;

    /// How ticks relate to nanoseconds.
    fn rate(&self) -> TickRate;
}

/// Nanoseconds of [`Instant`]. Guests cannot read them by themselves.
#[derive(Debug)]
pub struct InstantTicks {
    origin: Instant,
}

impl Default for InstantTicks {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl TickSource for InstantTicks {
    fn ticks(&self) -> i64 {
        let elapsed = i64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(i64::MAX);
        // Above 0, so that a deadline of 0 is past.
        elapsed.saturating_add(1)
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_start_above_zero_and_never_go_back() {
        let source = InstantTicks::default();
        let mut last = source.ticks();
        assert!(last > 0);
        for _ in 0..1000 {
            let now = source.ticks();
            assert!(now >= last);
            last = now;
        }
    }
}
