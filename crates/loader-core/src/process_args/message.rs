//! A message, built.

use super::contents::{MessageContents, StartupHandle};
use super::error::ProcessargsError;
use super::layout::Layout;
use zerocopy::IntoBytes;

/// A bootstrap message: what to write to the bootstrap channel.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<H> {
    bytes: Vec<u8>,
    handles: Vec<H>,
}

impl<H> Message<H> {
    /// Builds a message. Consumes the contents: on an error their handles are dropped.
    ///
    /// Whether handles are valid shows when the message is written.
    ///
    /// # Errors
    ///
    /// [`ProcessargsError::TooManyHandles`] over 64 handles, then
    /// [`ProcessargsError::TryFromInt`] if an offset or a count exceeds 32 bits, then
    /// [`ProcessargsError::SizeTooLarge`] over 65,536 bytes.
    pub fn build(contents: MessageContents<H>) -> Result<Self, ProcessargsError> {
        let layout = Layout::new(&contents, 0)?;
        let mut bytes = Vec::with_capacity(layout.size as usize);
        bytes.extend_from_slice(layout.header.as_bytes());
        for StartupHandle { info, .. } in &contents.handles {
            bytes.extend_from_slice(&info.as_raw().to_le_bytes());
        }
        bytes.extend_from_slice(contents.args.packed());
        bytes.extend_from_slice(contents.environment_vars.packed());
        bytes.extend_from_slice(contents.namespace_paths.packed());
        let handles = contents.handles.into_iter().map(|startup| startup.handle).collect();
        Ok(Self { bytes, handles })
    }

    /// Bytes in the message that [`Self::build`] makes of these contents; handles travel beside
    /// the bytes and do not count.
    ///
    /// # Errors
    ///
    /// Those of [`Self::build`].
    pub fn calculate_size(contents: &MessageContents<H>) -> Result<u32, ProcessargsError> {
        Layout::new(contents, 0).map(|layout| layout.size)
    }

    /// The bytes of the message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The handles of the message, in order.
    pub fn handles(&self) -> &[H] {
        &self.handles
    }

    /// The bytes and the handles, for writing to a channel.
    pub fn into_parts(self) -> (Vec<u8>, Vec<H>) {
        (self.bytes, self.handles)
    }
}
