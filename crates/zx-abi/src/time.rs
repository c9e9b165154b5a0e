//! Time (zircon/time.h). Instants and durations are signed nanoseconds.

/// The instant that never comes.
pub const TIME_INFINITE: i64 = i64::MAX;
/// The instant before all others.
pub const TIME_INFINITE_PAST: i64 = i64::MIN;
