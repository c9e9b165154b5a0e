//! IOBuffers (zircon/syscalls/iob.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Regions of one IOBuffer, at most.
pub const IOB_MAX_REGIONS: usize = 64;
/// Bytes of one `zx_iob_writev`, at most.
pub const IOB_MAX_WRITE: u64 = 65519;
/// Buffers of one `zx_iob_writev`, at most.
pub const IOB_MAX_IOVECS: u64 = 8;

/// `ZX_IOB_REGION_TYPE_PRIVATE`: memory of the IOBuffer's own.
pub const IOB_REGION_TYPE_PRIVATE: u32 = 0;
/// `ZX_IOB_REGION_TYPE_SHARED`: a shared region's memory.
pub const IOB_REGION_TYPE_SHARED: u32 = 1;

/// `ZX_IOB_DISCIPLINE_TYPE_NONE`: programs do what they like.
pub const IOB_DISCIPLINE_TYPE_NONE: u64 = 0;
/// `ZX_IOB_DISCIPLINE_TYPE_ID_ALLOCATOR`: a table of blobs by number.
pub const IOB_DISCIPLINE_TYPE_ID_ALLOCATOR: u64 = 1;
/// `ZX_IOB_DISCIPLINE_TYPE_MEDIATED_WRITE_RING_BUFFER`: a ring that the kernel writes.
pub const IOB_DISCIPLINE_TYPE_RING_BUFFER: u64 = 2;

bitflags::bitflags! {
    /// `ZX_IOB_ACCESS_*`: what the two ends may do with a region.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct IobAccess: u32 {
        /// The first end maps it readable.
        const EP0_CAN_MAP_READ = 1 << 0;
        /// The first end maps it writable.
        const EP0_CAN_MAP_WRITE = 1 << 1;
        /// The first end has the kernel read it.
        const EP0_CAN_MEDIATED_READ = 1 << 2;
        /// The first end has the kernel write it.
        const EP0_CAN_MEDIATED_WRITE = 1 << 3;
        /// The second end maps it readable.
        const EP1_CAN_MAP_READ = 1 << 4;
        /// The second end maps it writable.
        const EP1_CAN_MAP_WRITE = 1 << 5;
        /// The second end has the kernel read it.
        const EP1_CAN_MEDIATED_READ = 1 << 6;
        /// The second end has the kernel write it.
        const EP1_CAN_MEDIATED_WRITE = 1 << 7;
    }
}

impl IobAccess {
    /// What the other end makes of it: each sees itself as the first.
    #[must_use]
    pub const fn swapped(self) -> Self {
        let bits = self.bits();
        Self::from_bits_retain((bits & 0xf) << 4 | bits >> 4 & 0xf | bits & !0xff)
    }
}

/// `zx_iob_region_t`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct IobRegion {
    /// `IOB_REGION_TYPE_*`
    pub kind: u32,
    /// [`IobAccess`]
    pub access: u32,
    /// Bytes; 0 for a shared region.
    pub size: u64,
    /// `IOB_DISCIPLINE_TYPE_*`
    pub discipline: u64,
    /// What the discipline needs to know: of a ring buffer, in the first word, the tag of what this end
    /// writes.
    pub discipline_extension: [u64; 8],
    /// What the kind needs to know: options of `zx_vmo_create`, or 0 and the handle of a shared region.
    pub extension: [u32; 8],
}

/// `zx_iob_region_info_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IobRegionInfo {
    /// The region, as the end that asks sees it.
    pub region: IobRegion,
    /// The koid of its memory.
    pub koid: u64,
}

/// `zx_info_iob_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct InfoIob {
    /// Creation options.
    pub options: u64,
    /// How many regions there are.
    pub region_count: u32,
    /// Zero.
    pub padding: u32,
}

const _: () = assert!(size_of::<IobRegion>() == 120 && size_of::<IobRegionInfo>() == 128);
