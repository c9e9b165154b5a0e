//! The little of FIDL's wire format that is needed here
//! (docs/reference/fidl/language/wire-format).

use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout,
    little_endian::{U32, U64},
};

/// The only magic number there is.
const MAGIC: u8 = 1;
/// At-rest flag: unions and tables, if any, are of the second wire format.
const V2: u8 = 2;

/// Marks a string, vector or box that is there.
pub const PRESENT: u64 = u64::MAX;
/// Marks a handle that is there.
pub const HANDLE_PRESENT: u32 = u32::MAX;

/// What every message begins with.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// The transaction; `zx_channel_call` fills it in.
    pub txid: U32,
    flags: [u8; 3],
    magic: u8,
    /// The method.
    pub ordinal: U64,
}

impl Header {
    /// The header of a request.
    pub fn request(ordinal: u64) -> Self {
        Self { txid: 0.into(), flags: [V2, 0, 0], magic: MAGIC, ordinal: ordinal.into() }
    }
}

/// Bytes that an object out of line takes, with its padding.
pub const fn padded(size: usize) -> usize {
    size.next_multiple_of(8)
}
