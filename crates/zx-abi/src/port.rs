//! Ports (zircon/syscalls/port.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_PORT_BIND_TO_INTERRUPT`: option of `zx_port_create`.
pub const PORT_BIND_TO_INTERRUPT: u32 = 1;
/// Packets of users that wait in one port, at most.
pub const PORT_MAX_USER_PACKETS: usize = 2048;

/// `ZX_WAIT_ASYNC_TIMESTAMP`: the packet tells when the signals matched.
pub const WAIT_ASYNC_TIMESTAMP: u32 = 1;
/// `ZX_WAIT_ASYNC_EDGE`: signals that are set already do not match; only ones that become set.
pub const WAIT_ASYNC_EDGE: u32 = 2;
/// `ZX_WAIT_ASYNC_BOOT_TIMESTAMP`: as TIMESTAMP, on the boot clock.
pub const WAIT_ASYNC_BOOT_TIMESTAMP: u32 = 4;

/// `ZX_PKT_TYPE_USER`
pub const PACKET_USER: u32 = 0;
/// `ZX_PKT_TYPE_SIGNAL_ONE`
pub const PACKET_SIGNAL_ONE: u32 = 1;
/// `ZX_PKT_TYPE_INTERRUPT`
pub const PACKET_INTERRUPT: u32 = 7;
/// `ZX_PKT_TYPE_PAGE_REQUEST`
pub const PACKET_PAGE_REQUEST: u32 = 9;

/// `zx_port_packet_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PortPacket {
    /// The key that the packet was asked for or queued with.
    pub key: u64,
    /// `ZX_PKT_TYPE_*`
    pub packet_type: u32,
    /// A `zx_status_t`.
    pub status: i32,
    /// The union: of the user's choice, a [`PacketSignal`], a
    /// [`PacketInterrupt`](crate::PacketInterrupt) or a
    /// [`PacketPageRequest`](crate::PacketPageRequest).
    pub payload: [u8; 32],
}

/// `zx_packet_signal_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PacketSignal {
    /// The signals that were waited for.
    pub trigger: u32,
    /// The signals that were set.
    pub observed: u32,
    /// How many operations are pending: messages of a readable channel, else 1.
    pub count: u64,
    /// When the signals matched, or 0.
    pub timestamp: i64,
    /// Zero.
    pub reserved: u64,
}

/// `zx_wait_item_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct WaitItem {
    /// What to wait on.
    pub handle: u32,
    /// The signals to wait for.
    pub waitfor: u32,
    /// The signals that were set when the wait ended.
    pub pending: u32,
}
