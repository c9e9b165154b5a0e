//! Interrupts (zircon/types.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_INTERRUPT_VIRTUAL`: option of `zx_interrupt_create`, for one that programs trigger.
pub const INTERRUPT_VIRTUAL: u32 = 0x10;
/// `ZX_INTERRUPT_TIMESTAMP_MONO`: its moments are of the monotonic clock. Since 2021.
pub const INTERRUPT_TIMESTAMP_MONO: u32 = 0x40;
/// `ZX_INTERRUPT_UNBIND`: option of `zx_interrupt_bind`.
pub const INTERRUPT_UNBIND: u32 = 1;

/// `zx_packet_interrupt_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PacketInterrupt {
    /// When it was triggered.
    pub timestamp: i64,
    /// Zero.
    pub reserved0: u64,
    /// Zero.
    pub reserved1: u64,
    /// Zero.
    pub reserved2: u64,
}
