//! The handles of a message.

use zx_abi::{CHANNEL_MAX_MSG_HANDLES, Result, Status};

use crate::Handle;

const MAX: usize = CHANNEL_MAX_MSG_HANDLES as usize;

/// Handles of a message, in its order. Those that nobody takes are closed.
pub struct Handles {
    handles: [Handle; MAX],
    /// Those before were taken.
    first: usize,
    end: usize,
}

impl Handles {
    /// None.
    pub const fn new() -> Self {
        Self { handles: [Handle::INVALID; MAX], first: 0, end: 0 }
    }

    /// Those that `read` writes into the room that it is given; it returns how many.
    pub(crate) fn read(read: impl FnOnce(&mut [Handle]) -> Result<usize>) -> Result<Self> {
        let mut handles = Self::new();
        handles.end = read(&mut handles.handles)?.min(MAX);
        Ok(handles)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.end - self.first
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts one behind the others, or closes it if there is no room.
    pub(crate) fn push(&mut self, handle: Handle) -> Result {
        let Some(place) = self.handles.get_mut(self.end) else {
            handle.close();
            return Err(Status::OUT_OF_RANGE);
        };
        *place = handle;
        self.end += 1;
        Ok(())
    }

    /// Takes the first one out.
    ///
    /// # Errors
    /// INVALID_ARGS if there is none.
    pub fn take(&mut self) -> Result<Handle> {
        let handle = self.as_slice().first().copied().ok_or(Status::INVALID_ARGS)?;
        self.first += 1;
        Ok(handle)
    }

    /// Gives all away to who writes them: writing consumes handles, whatever comes of it.
    pub(crate) fn give<T>(mut self, write: impl FnOnce(&[Handle]) -> T) -> T {
        let result = write(self.as_slice());
        self.first = self.end;
        result
    }

    fn as_slice(&self) -> &[Handle] {
        self.handles.get(self.first..self.end).unwrap_or_default()
    }
}

impl Default for Handles {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Handles {
    fn drop(&mut self) {
        self.as_slice().iter().for_each(|handle| handle.close());
    }
}
