//! Options of VMARs and VMOs (zircon/types.h) and the user address ranges.

bitflags::bitflags! {
    /// `zx_vm_option_t`: options of `zx_vmar_allocate`, `zx_vmar_map` and `zx_vmar_protect`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct VmOptions: u32 {
        /// Map readable.
        const PERM_READ = 1 << 0;
        /// Map writable.
        const PERM_WRITE = 1 << 1;
        /// Map executable.
        const PERM_EXECUTE = 1 << 2;
        /// Place tightly.
        const COMPACT = 1 << 3;
        /// Place exactly at the offset.
        const SPECIFIC = 1 << 4;
        /// Place exactly at the offset, replacing mappings there.
        const SPECIFIC_OVERWRITE = 1 << 5;
        /// The VMAR allows SPECIFIC inside it.
        const CAN_MAP_SPECIFIC = 1 << 6;
        /// The VMAR allows readable mappings.
        const CAN_MAP_READ = 1 << 7;
        /// The VMAR allows writable mappings.
        const CAN_MAP_WRITE = 1 << 8;
        /// The VMAR allows executable mappings.
        const CAN_MAP_EXECUTE = 1 << 9;
        /// Fill the page tables at once.
        const MAP_RANGE = 1 << 10;
        /// Refuse a resizable VMO.
        const REQUIRE_NON_RESIZABLE = 1 << 11;
        /// Allow a mapping that can fault beyond the VMO's end.
        const ALLOW_FAULTS = 1 << 12;
        /// The offset is an upper limit.
        const OFFSET_IS_UPPER_LIMIT = 1 << 13;
        /// PERM_READ where execute-only memory does not exist.
        const PERM_READ_IF_XOM_UNSUPPORTED = 1 << 14;
        /// Fault beyond the stream size.
        const FAULT_BEYOND_STREAM_SIZE = 1 << 15;
        /// log2 of the alignment, 10 to 32, or 0 for none.
        const ALIGN_MASK = 0xff00_0000;

        /// All permissions.
        const PERM_ALL = Self::PERM_READ.bits() | Self::PERM_WRITE.bits()
            | Self::PERM_EXECUTE.bits();
        /// All that a VMAR can allow in mappings.
        const CAN_MAP_RXW = Self::CAN_MAP_READ.bits() | Self::CAN_MAP_WRITE.bits()
            | Self::CAN_MAP_EXECUTE.bits();
    }

    /// Options of `zx_vmo_create`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct VmoOptions: u32 {
        /// The VMO can be resized.
        const RESIZABLE = 1 << 1;
        /// The kernel may discard the pages while unlocked.
        const DISCARDABLE = 1 << 2;
        /// Pager only.
        const TRAP_DIRTY = 1 << 3;
        /// As large as the address space allows.
        const UNBOUNDED = 1 << 4;
    }

    /// Options of `zx_vmo_create_child`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct VmoChildOptions: u32 {
        /// Copy-on-write, as if copied now.
        const SNAPSHOT = 1 << 0;
        /// The child can be resized.
        const RESIZABLE = 1 << 2;
        /// A window on the parent.
        const SLICE = 1 << 3;
        /// Copy-on-write; pages are taken when the child writes at the latest.
        const SNAPSHOT_AT_LEAST_ON_WRITE = 1 << 4;
        /// The child's handle cannot write.
        const NO_WRITE = 1 << 5;
        /// The same VMO again.
        const REFERENCE = 1 << 6;
        /// Copy-on-write of the pages already modified.
        const SNAPSHOT_MODIFIED = 1 << 7;
    }
}

/// Operations of `zx_vmo_op_range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum VmoOp {
    /// Give memory to every page.
    Commit = 1,
    /// Give whole pages back.
    Decommit = 2,
    /// Keep the pages of a discardable VMO.
    Lock = 3,
    /// Let the pages of a discardable VMO go.
    Unlock = 4,
    /// Make instruction and data caches agree.
    CacheSync = 6,
    /// Drop cache lines.
    CacheInvalidate = 7,
    /// Write cache lines back.
    CacheClean = 8,
    /// Write cache lines back, then drop them.
    CacheCleanInvalidate = 9,
    /// Make a range read as zero.
    Zero = 10,
    /// As [`VmoOp::Lock`], unless pages were discarded.
    TryLock = 11,
    /// The pages may go.
    DontNeed = 12,
    /// The pages should stay.
    AlwaysNeed = 13,
    /// The pages will be read soon.
    Prefetch = 14,
}

impl VmoOp {
    /// The operation with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Commit,
            2 => Self::Decommit,
            3 => Self::Lock,
            4 => Self::Unlock,
            6 => Self::CacheSync,
            7 => Self::CacheInvalidate,
            8 => Self::CacheClean,
            9 => Self::CacheCleanInvalidate,
            10 => Self::Zero,
            11 => Self::TryLock,
            12 => Self::DontNeed,
            13 => Self::AlwaysNeed,
            14 => Self::Prefetch,
            _ => return None,
        })
    }
}

/// Operations of `zx_vmar_op_range`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum VmarOp {
    /// Give memory to every page.
    Commit = 1,
    /// Give whole pages back.
    Decommit = 2,
    /// Fill the page tables.
    MapRange = 3,
    /// Make a range read as zero.
    Zero = 10,
    /// The pages may go.
    DontNeed = 12,
    /// The pages should stay.
    AlwaysNeed = 13,
    /// The pages will be read soon.
    Prefetch = 14,
}

impl VmarOp {
    /// The operation with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            1 => Self::Commit,
            2 => Self::Decommit,
            3 => Self::MapRange,
            10 => Self::Zero,
            12 => Self::DontNeed,
            13 => Self::AlwaysNeed,
            14 => Self::Prefetch,
            _ => return None,
        })
    }
}

/// How mappings of a VMO are cached (`ZX_CACHE_POLICY_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CachePolicy {
    /// As memory is.
    #[default]
    Cached = 0,
    /// Not at all.
    Uncached = 1,
    /// Not at all, and in order.
    UncachedDevice = 2,
    /// Not at all, with writes gathered.
    WriteCombining = 3,
}

impl CachePolicy {
    /// The policy with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            0 => Self::Cached,
            1 => Self::Uncached,
            2 => Self::UncachedDevice,
            3 => Self::WriteCombining,
            _ => return None,
        })
    }
}

/// `ZX_VM_ALIGN_BASE`: where the alignment stands in [`VmOptions`].
pub const VM_ALIGN_BASE: u32 = 24;
