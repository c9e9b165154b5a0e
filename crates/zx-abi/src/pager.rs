//! Pagers (zircon/syscalls/pager.h, zircon/syscalls/port.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_PAGER_VMO_READ`: the pager is to supply the range.
pub const PAGER_VMO_READ: u16 = 0;
/// `ZX_PAGER_VMO_COMPLETE`: nothing more is asked for the VMO.
pub const PAGER_VMO_COMPLETE: u16 = 1;
/// `ZX_PAGER_VMO_DIRTY`: the pager is to allow writes to the range.
pub const PAGER_VMO_DIRTY: u16 = 2;

/// `ZX_VMO_DIRTY_RANGE_IS_ZERO`: the range is zero; an option of WRITEBACK_BEGIN too.
pub const VMO_DIRTY_RANGE_IS_ZERO: u64 = 1;
/// `ZX_PAGER_RESET_VMO_STATS`: the statistics begin anew.
pub const PAGER_RESET_VMO_STATS: u32 = 1;
/// `ZX_PAGER_VMO_STATS_MODIFIED`: the VMO has been modified.
pub const PAGER_VMO_STATS_MODIFIED: u32 = 1;

/// `zx_packet_page_request_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PacketPageRequest {
    /// `ZX_PAGER_VMO_*`
    pub command: u16,
    /// Zero.
    pub flags: u16,
    /// Zero.
    pub reserved0: u32,
    /// Where the range begins in the VMO, page-aligned.
    pub offset: u64,
    /// Its bytes, whole pages.
    pub length: u64,
    /// Zero.
    pub reserved1: u64,
}

/// `zx_vmo_dirty_range_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct VmoDirtyRange {
    /// Where it begins.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// [`VMO_DIRTY_RANGE_IS_ZERO`], or 0.
    pub options: u64,
}

/// `zx_pager_vmo_stats_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PagerVmoStats {
    /// [`PAGER_VMO_STATS_MODIFIED`], or 0.
    pub modified: u32,
}

/// Operations of `zx_pager_op_range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum PagerOp {
    /// Requests for the range have failed.
    Fail = 1,
    /// The range may be written.
    Dirty = 2,
    /// What is dirty in the range is being written back.
    WritebackBegin = 3,
    /// It has been.
    WritebackEnd = 4,
}

impl PagerOp {
    /// The operation with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Fail,
            2 => Self::Dirty,
            3 => Self::WritebackBegin,
            4 => Self::WritebackEnd,
            _ => return None,
        })
    }
}
