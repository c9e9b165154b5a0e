//! Clocks (zircon/syscalls/clock.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_CLOCK_MONOTONIC`: a `zx_clock_t`.
pub const CLOCK_MONOTONIC: u32 = 0;
/// `ZX_CLOCK_BOOT`: a `zx_clock_t`.
pub const CLOCK_BOOT: u32 = 1;

/// `ZX_CLOCK_UTC`: a `zx_clock_t` of 2020.
pub const CLOCK_UTC: u32 = 1;
/// `ZX_CLOCK_THREAD`: a `zx_clock_t` of 2020, how long the calling thread has run.
pub const CLOCK_THREAD: u32 = 2;

/// `ZX_CLOCK_OPT_MONOTONIC`: the clock never goes back.
pub const CLOCK_OPT_MONOTONIC: u64 = 1;
/// `ZX_CLOCK_OPT_CONTINUOUS`: it never jumps either.
pub const CLOCK_OPT_CONTINUOUS: u64 = 2;
/// `ZX_CLOCK_OPT_AUTO_START`: it starts as a copy of its reference.
pub const CLOCK_OPT_AUTO_START: u64 = 4;
/// `ZX_CLOCK_OPT_BOOT`: its reference is the boot clock.
pub const CLOCK_OPT_BOOT: u64 = 8;
/// `ZX_CLOCK_OPT_MAPPABLE`: it can be mapped and read without a system call.
pub const CLOCK_OPT_MAPPABLE: u64 = 16;
/// Where the version of the arguments begins in the options of every `zx_clock_*`.
pub const CLOCK_ARGS_VERSION_SHIFT: u32 = 58;

/// `ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID`: sets the clock.
pub const CLOCK_UPDATE_VALUE: u64 = 1;
/// `ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID`: changes its rate.
pub const CLOCK_UPDATE_RATE: u64 = 2;
/// `ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID`: changes its estimated error.
pub const CLOCK_UPDATE_ERROR_BOUND: u64 = 4;
/// `ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID`: names the moment of the change; version 2.
pub const CLOCK_UPDATE_REFERENCE: u64 = 8;
/// Millionths by which a clock may run too slow or too fast, at most.
pub const CLOCK_MAX_RATE_ADJUST: i32 = 1000;
/// `ZX_CLOCK_UNKNOWN_ERROR`
pub const CLOCK_UNKNOWN_ERROR: u64 = u64::MAX;

/// `zx_clock_transformation_t`: `synthetic = (reference - reference_offset) * synthetic_ticks /
/// reference_ticks + synthetic_offset`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ClockTransformation {
    /// See above.
    pub reference_offset: i64,
    /// See above.
    pub synthetic_offset: i64,
    /// Numerator of the rate.
    pub synthetic_ticks: u32,
    /// Denominator of the rate.
    pub reference_ticks: u32,
}

/// `zx_clock_details_v1_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ClockDetails {
    /// Creation options, less the version.
    pub options: u64,
    /// The time that the clock never shows less than.
    pub backstop_time: i64,
    /// From ticks of the reference.
    pub reference_ticks_to_synthetic: ClockTransformation,
    /// From nanoseconds of the reference.
    pub reference_to_synthetic: ClockTransformation,
    /// The estimated error in nanoseconds.
    pub error_bound: u64,
    /// When the details were asked for, in ticks.
    pub query_ticks: i64,
    /// When the clock was last set, in ticks.
    pub last_value_update_ticks: i64,
    /// When its rate was last changed, in ticks.
    pub last_rate_adjust_update_ticks: i64,
    /// When its error bound was last changed, in ticks.
    pub last_error_bounds_update_ticks: i64,
    /// Counts the updates.
    pub generation_counter: u32,
    /// Zero.
    pub padding: u32,
}

/// `zx_clock_update_args_v1_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ClockUpdateArgsV1 {
    /// Millionths.
    pub rate_adjust: i32,
    /// Zero.
    pub padding: u32,
    /// Nanoseconds.
    pub value: i64,
    /// Nanoseconds.
    pub error_bound: u64,
}

/// `zx_clock_update_args_v2_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ClockUpdateArgsV2 {
    /// Millionths.
    pub rate_adjust: i32,
    /// Zero.
    pub padding: u32,
    /// Nanoseconds.
    pub synthetic_value: i64,
    /// Nanoseconds.
    pub reference_value: i64,
    /// Nanoseconds.
    pub error_bound: u64,
}
