//! Profiles (zircon/syscalls/profile.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_PRIORITY_DEFAULT`
pub const PRIORITY_DEFAULT: i32 = 16;
/// `ZX_PRIORITY_HIGH`
pub const PRIORITY_HIGH: i32 = 24;
/// `ZX_PRIORITY_HIGHEST`
pub const PRIORITY_HIGHEST: i32 = 31;

/// `ZX_PROFILE_INFO_FLAG_PRIORITY`: the priority counts.
pub const PROFILE_INFO_FLAG_PRIORITY: u32 = 1 << 0;
/// `ZX_PROFILE_INFO_FLAG_CPU_MASK`: the processors count.
pub const PROFILE_INFO_FLAG_CPU_MASK: u32 = 1 << 1;
/// `ZX_PROFILE_INFO_FLAG_DEADLINE`: the deadline counts.
pub const PROFILE_INFO_FLAG_DEADLINE: u32 = 1 << 2;
/// `ZX_PROFILE_INFO_FLAG_NO_INHERIT`: who waits for the thread does not lend it priority. Since 2021.
pub const PROFILE_INFO_FLAG_NO_INHERIT: u32 = 1 << 3;
/// `ZX_PROFILE_INFO_FLAG_MEMORY_PRIORITY`: the priority is that of memory. Since 2021.
pub const PROFILE_INFO_FLAG_MEMORY_PRIORITY: u32 = 1 << 4;
/// `ZX_PROFILE_INFO_FLAG_CRITICAL`: the deadline is never put off. Since 2021.
pub const PROFILE_INFO_FLAG_CRITICAL: u32 = 1 << 5;

/// `zx_profile_info_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ProfileInfo {
    /// `PROFILE_INFO_FLAG_*`
    pub flags: u32,
    /// Zero.
    pub padding: u32,
    /// The union: nanoseconds of processor time, within which deadline, and how often; or, in the
    /// first 32 bits, a priority.
    pub params: [i64; 3],
    /// The processors that threads may run on.
    pub cpu_affinity_mask: [u64; 8],
}

impl ProfileInfo {
    /// The priority, if it is what the union holds.
    pub const fn priority(&self) -> i32 {
        self.params[0] as i32
    }
}
