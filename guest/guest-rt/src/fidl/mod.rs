//! FIDL messages (docs/reference/fidl/language/wire-format), in the caller's buffers.
//!
//! A message begins with a header and the object of fixed size that its method declares; strings,
//! vectors and the like follow it, in the order in which they are come across. Fields are named by
//! their offset from the start of the message, as wire-format tables do.

mod decoder;
mod encoder;
mod handles;
mod header;

pub use decoder::{Decoder, Field, Vector};
pub use encoder::Encoder;
pub use handles::Handles;
pub use header::{Format, Header};

/// Bytes of a header: where the first field is.
pub const HEADER_SIZE: usize = 16;

const _: () = assert!(size_of::<Header>() == HEADER_SIZE);

/// Marks a string, vector or box that is there.
const PRESENT: u64 = u64::MAX;
/// Marks a handle that is there.
const HANDLE_PRESENT: u32 = u32::MAX;

/// Envelopes of the second wire format: the content lies inside.
const INLINE: u8 = 1;
/// What a channel says last: a status.
const EPITAPH: u64 = u64::MAX;

/// What objects out of line are aligned to.
const ALIGNMENT: usize = 8;

#[cfg(test)]
mod tests;
