//! Streams (zircon/syscalls.h, zircon/types.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags::bitflags! {
    /// Options of `zx_stream_create`: what a stream is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct StreamMode: u32 {
        /// Reading.
        const READ = 1 << 0;
        /// Writing.
        const WRITE = 1 << 1;
        /// `zx_stream_writev` writes at the end, wherever the seek offset is. Since 2021.
        const APPEND = 1 << 2;
    }
}

/// `ZX_STREAM_APPEND`: option of `zx_stream_writev`, to write at the end.
pub const STREAM_APPEND: u32 = 1;

/// `zx_stream_seek_origin_t`: what a new seek offset is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum SeekOrigin {
    /// The beginning.
    Start = 0,
    /// The seek offset.
    Current = 1,
    /// The end of the content.
    End = 2,
}

impl SeekOrigin {
    /// The origin with this number.
    pub const fn from_raw(raw: u32) -> Option<Self> {
        Some(match raw {
            0 => Self::Start,
            1 => Self::Current,
            2 => Self::End,
            _ => return None,
        })
    }
}

/// `zx_iovec_t`: one of several buffers that are read or written in a row.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct IoVector {
    /// Where it begins.
    pub buffer: u64,
    /// Bytes.
    pub capacity: u64,
}
