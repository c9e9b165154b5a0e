//! Events of the whole system (zircon/types.h, zircon/syscalls/system.h).

/// `ZX_SYSTEM_MEMORY_STALL_SOME`: a thread at least waits for memory.
pub const SYSTEM_MEMORY_STALL_SOME: u32 = 0;
/// `ZX_SYSTEM_MEMORY_STALL_FULL`: all threads do.
pub const SYSTEM_MEMORY_STALL_FULL: u32 = 1;
/// Nanoseconds of a window of `zx_system_watch_memory_stall`, at most.
pub const MEMORY_STALL_MAX_WINDOW: i64 = 10_000_000_000;

/// `ZX_SYSTEM_EVENT_*`: what `zx_system_get_event` gives an event for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum SystemEvent {
    /// There is no memory left; the system restarts soon.
    OutOfMemory = 1,
    /// Memory is very scarce.
    MemoryPressureCritical = 2,
    /// Memory is scarce.
    MemoryPressureWarning = 3,
    /// There is memory.
    MemoryPressureNormal = 4,
    /// Soon there may be no memory left. Since 2021.
    ImminentOutOfMemory = 5,
}

impl SystemEvent {
    /// The event with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::OutOfMemory,
            2 => Self::MemoryPressureCritical,
            3 => Self::MemoryPressureWarning,
            4 => Self::MemoryPressureNormal,
            5 => Self::ImminentOutOfMemory,
            _ => return None,
        })
    }
}
