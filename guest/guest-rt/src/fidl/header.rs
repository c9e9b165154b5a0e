//! What every message begins with.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use zx_abi::{Result, Status};

/// The only magic number there is.
const MAGIC: u8 = 1;
/// At-rest flag: unions and tables, if any, are of the second wire format.
const V2: u8 = 2;

/// Dynamic flag: who does not know the method says so.
const FLEXIBLE: u8 = 0x80;

/// How unions are written; all else is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An envelope has 16 bytes.
    V1,
    /// An envelope has 8 bytes, and content of up to 4 bytes lies in it.
    V2,
}

impl Format {
    /// Bytes of a union, without what it has out of line.
    pub const fn union_size(self) -> usize {
        match self {
            Self::V1 => 24,
            Self::V2 => 16,
        }
    }
}

/// `fidl_message_header_t`
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Header {
    /// The transaction: 0 for what has no reply. `zx_channel_call` fills it in.
    txid: U32,
    flags: [u8; 3],
    magic: u8,
    ordinal: U64,
}

impl Header {
    /// The header of a request or an event.
    pub fn new(ordinal: u64, format: Format) -> Self {
        let flags = match format {
            Format::V1 => 0,
            Format::V2 => V2,
        };
        Self { txid: 0.into(), flags: [flags, 0, 0], magic: MAGIC, ordinal: ordinal.into() }
    }

    /// The same, for a method that a server may not know.
    pub fn flexible(mut self) -> Self {
        self.flags[2] = FLEXIBLE;
        self
    }

    /// The header of a received message.
    ///
    /// # Errors
    /// INVALID_ARGS if it is shorter; PROTOCOL_NOT_SUPPORTED for another magic number.
    pub fn read(message: &[u8]) -> Result<Self> {
        let (header, _) = Self::read_from_prefix(message).map_err(|_| Status::INVALID_ARGS)?;
        if header.magic != MAGIC {
            return Err(Status::PROTOCOL_NOT_SUPPORTED);
        }
        Ok(header)
    }

    /// The method.
    pub fn ordinal(&self) -> u64 {
        self.ordinal.get()
    }

    /// Whether a reply is expected.
    pub fn is_two_way(&self) -> bool {
        self.txid != 0
    }

    /// The format of the message.
    pub fn format(&self) -> Format {
        if self.flags[0] & V2 != 0 { Format::V2 } else { Format::V1 }
    }
}
