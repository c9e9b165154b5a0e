//! The processor's time stamp counter as a time base that guests read without a system call.

use std::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};
use std::time::Duration;

use kernel_sim::TickRate;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Two readings that far apart give the frequency to about ten parts in a million.
const ENOUGH: Duration = Duration::from_millis(5);

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// A time stamp counter that ticks at a constant, known rate in every power state.
#[derive(Clone, Copy, Debug)]
pub struct Tsc {
    frequency: u64,
}

/// A measurement of the counter's frequency, under way.
#[derive(Clone, Copy, Debug)]
pub struct TscCalibration {
    begin: Reading,
}

/// The counter and CLOCK_MONOTONIC_RAW, read at the same time.
#[derive(Clone, Copy, Debug)]
struct Reading {
    ticks: u64,
    time: Duration,
}

impl TscCalibration {
    /// Takes the first reading, at once. `None` if the counter is not invariant, so that it
    /// cannot be a clock.
    pub fn begin() -> Option<Self> {
        Tsc::is_invariant().then(|| Self { begin: Reading::take() })
    }

    /// Takes the second reading, after what is left of five milliseconds since the first.
    pub fn finish(self) -> Tsc {
        let passed = Reading::take().time.saturating_sub(self.begin.time);
        if let Some(rest) = ENOUGH.checked_sub(passed) {
            std::thread::sleep(rest);
        }
        let end = Reading::take();
        Tsc { frequency: frequency(self.begin, end) }
    }
}

impl Tsc {
    /// Whether the counter ticks at a constant rate (CPUID 8000_0007h, EDX bit 8).
    pub fn is_invariant() -> bool {
        const POWER: u32 = 0x8000_0007;
        __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & 1 << 8 != 0
    }

    /// The counter now.
    pub fn ticks(&self) -> i64 {
        // SAFETY: every x86-64 processor has both instructions.
        let ticks = unsafe {
            _mm_lfence();
            _rdtsc()
        };
        // 2^63 ticks take decades.
        ticks as i64
    }

    /// How ticks relate to nanoseconds; guests may read the counter themselves.
    pub fn rate(&self) -> TickRate {
        let (mut numerator, mut denominator) = (NANOSECONDS_PER_SECOND, self.frequency);
        // Frequencies above 4.29 GHz lose their last bits.
        while denominator > u32::MAX.into() {
            (numerator, denominator) = (numerator / 2, denominator / 2);
        }
        TickRate {
            ticks_per_second: self.frequency as i64,
            numerator: numerator as u32,
            denominator: denominator as u32,
            offset: 0,
            user_readable: true,
        }
    }
}

impl Reading {
    /// The best of a few attempts: the one that was interrupted least.
    fn take() -> Self {
        let attempt = || {
            // SAFETY: every x86-64 processor has the instruction.
            let before = unsafe { _rdtsc() };
            let time = clock_gettime(ClockId::MonotonicRaw);
            // SAFETY: as above.
            let after = unsafe { _rdtsc() };
            let width = after.wrapping_sub(before);
            (width, Self { ticks: before.wrapping_add(width / 2), time: duration(time) })
        };
        let first = attempt();
        let best = (0..4).map(|_| attempt()).fold(
            first,
            |best, next| {
                if next.0 < best.0 { next } else { best }
            },
        );
        best.1
    }
}

fn duration(time: Timespec) -> Duration {
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Ticks in a second, at least 1.
fn frequency(begin: Reading, end: Reading) -> u64 {
    let ticks = u128::from(end.ticks.wrapping_sub(begin.ticks));
    let time = end.time.saturating_sub(begin.time).as_nanos().max(1);
    let frequency = ticks * u128::from(NANOSECONDS_PER_SECOND) / time;
    frequency.clamp(1, i64::MAX as u128) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_give_the_frequency() {
        let begin = Reading { ticks: u64::MAX - 99, time: Duration::from_secs(7) };
        let end = Reading { ticks: 12_499_900, time: Duration::from_millis(7005) };
        assert_eq!(frequency(begin, end), 2_500_000_000);
        assert_eq!(frequency(end, end), 1);
    }

    #[test]
    fn a_second_of_ticks_is_a_second_at_any_frequency() {
        for frequency in [1_000_000, 2_995_200_001, 4_294_967_295, 4_294_967_296, 5_700_000_001] {
            let rate = Tsc { frequency }.rate();
            let error = rate.nanoseconds(frequency as i64) - 1_000_000_000;
            assert!(error.abs() <= 1, "{frequency}: {error}");
        }
    }
}
