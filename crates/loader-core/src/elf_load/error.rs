//! What can go wrong while loading.

use zx_abi::Status;

/// Why a file was not loaded. Texts are upstream's, except for the variants that upstream lacks.
#[derive(
    Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames, thiserror::Error,
)]
pub enum ElfLoadError {
    /// The PT_LOADs span no byte, or there are none.
    #[error("ELF load segments were empty")]
    NothingToLoad,
    /// No VMAR could be allocated for the image.
    #[error("Failed to allocate VMAR for ELF: {0}")]
    VmarAllocate(Status),
    /// A mapping was refused.
    #[error("Failed to map VMAR: {0}")]
    VmarMap(Status),
    /// No child VMO could be made for a segment that is written to.
    #[error("Failed to create CoW VMO clone: {0}")]
    VmoCowClone(Status),
    /// No VMO could be made for a segment's zeros.
    #[error("Failed to create VMO: {0}")]
    VmoCreate(Status),
    /// The zeros after a segment's file data could not be written.
    #[error("Failed to write to VMO: {0}")]
    VmoWrite(Status),
    /// The file's VMO did not tell its name.
    #[error("Failed to get VMO name: {0}")]
    GetVmoName(Status),
    /// A new VMO did not take its name.
    #[error("Failed to set VMO name: {0}")]
    SetVmoName(Status),
    /// A PT_LOAD that no memory can hold; upstream panics or wraps around.
    #[error("Cannot load PT_LOAD segment {index}: {fault}")]
    InvalidSegment {
        /// The segment's place among the PT_LOADs, from 0.
        index: usize,
        /// What is wrong with it.
        fault: SegmentFault,
    },
    /// A VMO name's prefix does not fit in a name; upstream panics.
    #[error("VMO name prefix of {length} bytes is too long")]
    NamePrefixTooLong {
        /// Bytes in the prefix.
        length: usize,
    },
}

/// Why no memory can hold a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentFault {
    /// Its last page ends beyond the 64-bit address space.
    #[error("it ends beyond the 64-bit address space")]
    AddressOverflow,
    /// Its last page in the file ends beyond 64 bits.
    #[error("it ends beyond the largest file offset")]
    OffsetOverflow,
    /// Its address and file offset differ modulo the page size, which an alignment of 0 hides from
    /// the checks of its header.
    #[error("virtual address and offset in file are not at same offset in page")]
    NotCongruent,
    /// The last PT_LOAD ends before the first begins.
    #[error("it ends before the first one begins")]
    OutOfOrder,
}

impl ElfLoadError {
    /// The status: the kernel's where it refused, `NOT_FOUND` for a malformed file, `INVALID_ARGS`
    /// for a prefix.
    pub const fn as_zx_status(&self) -> Status {
        match self {
            Self::NothingToLoad | Self::InvalidSegment { .. } => Status::NOT_FOUND,
            Self::NamePrefixTooLong { .. } => Status::INVALID_ARGS,
            Self::VmarAllocate(status)
            | Self::VmarMap(status)
            | Self::VmoCowClone(status)
            | Self::VmoCreate(status)
            | Self::VmoWrite(status)
            | Self::GetVmoName(status)
            | Self::SetVmoName(status) => *status,
        }
    }
}
