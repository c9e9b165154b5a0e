//! What `zx_channel_*` pass in memory (zircon/types.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_CHANNEL_READ_MAY_DISCARD`: a message that does not fit is dropped.
pub const CHANNEL_READ_MAY_DISCARD: u32 = 1;
/// `ZX_CHANNEL_WRITE_USE_IOVEC`: the bytes are given as an array of [`ChannelIovec`].
pub const CHANNEL_WRITE_USE_IOVEC: u32 = 2;
/// Entries of such an array, at most.
pub const CHANNEL_MAX_MSG_IOVECS: u32 = 8192;

/// `ZX_HANDLE_OP_MOVE`: the handle goes into the message.
pub const HANDLE_OP_MOVE: u32 = 0;
/// `ZX_HANDLE_OP_DUPLICATE`: a duplicate of it does.
pub const HANDLE_OP_DUPLICATE: u32 = 1;

/// `zx_handle_disposition_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct HandleDisposition {
    /// `ZX_HANDLE_OP_*`
    pub operation: u32,
    /// The handle.
    pub handle: u32,
    /// The type that it must have, or 0 for any.
    pub object_type: u32,
    /// The rights that the receiver gets, or `ZX_RIGHT_SAME_RIGHTS`.
    pub rights: u32,
    /// The status of this handle, set by a call that fails.
    pub result: i32,
}

/// `zx_handle_info_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct HandleInfo {
    /// The handle.
    pub handle: u32,
    /// Its object's type.
    pub object_type: u32,
    /// Its rights.
    pub rights: u32,
    /// Zero.
    pub unused: u32,
}

/// `zx_channel_iovec_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ChannelIovec {
    /// The address of the bytes.
    pub buffer: u64,
    /// How many they are.
    pub capacity: u32,
    /// Must be zero.
    pub reserved: u32,
}

/// `zx_channel_call_args_t` and `zx_channel_call_etc_args_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ChannelCallArgs {
    /// The address of the bytes to send.
    pub wr_bytes: u64,
    /// The address of the handles to send, or of their [`HandleDisposition`]s.
    pub wr_handles: u64,
    /// Where the bytes of the reply go.
    pub rd_bytes: u64,
    /// Where the handles of the reply go, or their [`HandleInfo`]s.
    pub rd_handles: u64,
    /// Bytes to send.
    pub wr_num_bytes: u32,
    /// Handles to send.
    pub wr_num_handles: u32,
    /// Bytes of a reply, at most.
    pub rd_num_bytes: u32,
    /// Handles of a reply, at most.
    pub rd_num_handles: u32,
}
