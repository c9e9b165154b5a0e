//! System calls for JavaScript, one file per family.

mod channel;
mod clock;
mod counter;
mod debuglog;
mod event;
mod exception;
mod fifo;
mod handle;
mod interrupt;
mod iob;
mod job;
mod object;
mod pager;
mod port;
mod process;
mod profile;
mod resource;
mod socket;
mod stream;
mod system;
mod task;
mod thread;
mod timer;
mod vmar;
mod vmo;

use napi::bindgen_prelude::{BigUint64ArraySlice, Uint8ArraySlice, Uint32ArraySlice};
use zx_abi::{Result, Status};

/// What a call returns for a wait that goes on: more than any signals, and than any size.
const WAIT_PENDING: u64 = 1 << 32;

/// Room for a result that JavaScript provides.
pub trait Out {
    /// Its elements.
    type Item: Copy;

    /// All of it.
    fn room(&mut self) -> &mut [Self::Item];

    /// Puts `values` at its start.
    ///
    /// # Errors
    /// BUFFER_TOO_SMALL
    fn put(&mut self, values: &[Self::Item]) -> Result {
        let room = self.room().get_mut(..values.len()).ok_or(Status::BUFFER_TOO_SMALL)?;
        room.copy_from_slice(values);
        Ok(())
    }
}

impl Out for Uint8ArraySlice<'_> {
    type Item = u8;

    fn room(&mut self) -> &mut [u8] {
        // SAFETY: the TypeScript library makes these arrays, never of shared memory, so that no
        // JavaScript runs with them before this call returns.
        unsafe { self.as_mut() }
    }
}

impl Out for Uint32ArraySlice<'_> {
    type Item = u32;

    fn room(&mut self) -> &mut [u32] {
        // SAFETY: as above.
        unsafe { self.as_mut() }
    }
}

impl Out for BigUint64ArraySlice<'_> {
    type Item = u64;

    fn room(&mut self) -> &mut [u64] {
        // SAFETY: as above.
        unsafe { self.as_mut() }
    }
}
