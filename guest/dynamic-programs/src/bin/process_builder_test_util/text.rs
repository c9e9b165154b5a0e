//! Text in a buffer.

use core::fmt;

/// Text that grows in a buffer.
pub struct Text<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl<'a> Text<'a> {
    pub fn new(room: &'a mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    pub fn len(&self) -> usize {
        self.used
    }

    /// Appends bytes; nothing if there is no room for all of them.
    pub fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.used.checked_add(bytes.len())?;
        self.room.get_mut(self.used..end)?.copy_from_slice(bytes);
        self.used = end;
        Some(())
    }

    /// Cuts it off.
    pub fn truncate(&mut self, len: usize) {
        self.used = self.used.min(len);
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.room.get(..self.used).unwrap_or_default()
    }
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).ok_or(fmt::Error)
    }
}
