//! Lines of text, in room that somebody has.

use core::fmt::{self, Write};

/// Takes text as far as there is room for it.
pub struct Text<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl<'a> Text<'a> {
    pub fn new(room: &'a mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Adds text; what does not fit is cut off.
    pub fn add(&mut self, text: fmt::Arguments<'_>) {
        // It never fails.
        let _ = self.write_fmt(text);
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.room.get(..self.used).unwrap_or_default()
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.room.get_mut(self.used..).unwrap_or_default();
        let size = text.len().min(room.len());
        room.iter_mut().zip(text.as_bytes()).for_each(|(to, &from)| *to = from);
        self.used += size;
        Ok(())
    }
}
