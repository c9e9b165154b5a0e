//! Streams (zircon/kernel/object/stream_dispatcher.cc).

use zx_abi::{Result, Rights, StreamMode};

use super::{Header, Key, StreamId, VmoId, object, rights};
use crate::account::AccountId;
use crate::state::State;

/// A place in the content of a VMO, which it keeps.
#[derive(Debug)]
pub(crate) struct Stream {
    pub header: Header,
    pub vmo: VmoId,
    pub mode: StreamMode,
    /// Where the next read or write begins, in bytes.
    pub seek: u64,
    /// What is written beyond the end of a resizable VMO makes it larger.
    pub grows: bool,
}

object!(Stream, rights(&[Rights::BASIC, Rights::PROPERTY, Rights::SIGNAL]));

impl State {
    /// # Errors
    /// NO_MEMORY at a limit; BAD_HANDLE if the VMO is gone.
    pub fn new_stream(
        &mut self,
        account: AccountId,
        vmo: VmoId,
        mode: StreamMode,
        seek: u64,
        grows: bool,
    ) -> Result<StreamId> {
        let header = self.objects.new_header(account, 0, zx_abi::Signals::empty())?;
        self.hold_vmo(vmo);
        Ok(self.objects.streams.insert(Stream { header, vmo, mode, seek, grows }))
    }

    pub fn stream_on_zero_handles(&mut self, id: StreamId) {
        if let Some(stream) = id.remove(&mut self.objects) {
            self.let_vmo_go(stream.vmo);
        }
    }
}
