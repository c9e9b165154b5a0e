//! Time (zircon/time.h). Instants and durations are signed nanoseconds.

/// The instant that never comes.
pub const TIME_INFINITE: i64 = i64::MAX;
/// The instant before all others.
pub const TIME_INFINITE_PAST: i64 = i64::MIN;

/// `ZX_TIMER_SLACK_CENTER`: a timer may fire early or late.
pub const TIMER_SLACK_CENTER: u32 = 0;
/// `ZX_TIMER_SLACK_EARLY`: it may fire early.
pub const TIMER_SLACK_EARLY: u32 = 1;
/// `ZX_TIMER_SLACK_LATE`: it may fire late.
pub const TIMER_SLACK_LATE: u32 = 2;
