//! `zx_fifo_*` (zircon/kernel/lib/syscalls/fifo.cc).

use zx_abi::{Abi, FIFO_MAX_BYTES, PolicyCondition, Result, Rights, Signals, Status};

use crate::Caller;
use crate::object::{Fifo, FifoId};

const MAX_BYTES: u64 = FIFO_MAX_BYTES as u64;

impl Caller<'_> {
    /// `zx_fifo_create`, for both ends. Each holds `elem_count` elements of `elem_size` bytes.
    ///
    /// # Errors
    /// INVALID_ARGS for options, which mean nothing to the ABI of 2020; ACCESS_DENIED by policy;
    /// OUT_OF_RANGE if a number is 0, or an end would hold more than [`FIFO_MAX_BYTES`]; NO_MEMORY.
    pub fn fifo_create(
        &mut self,
        elem_count: u64,
        elem_size: u64,
        options: u32,
    ) -> Result<(u32, u32)> {
        if options != 0 && self.abi() > Abi::Sdk2020 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewFifo)?;
        match elem_count.checked_mul(elem_size) {
            Some(1..=MAX_BYTES) => {}
            _ => return Err(Status::OUT_OF_RANGE),
        }
        let (count, size) = (elem_count as usize, elem_size as usize);
        let (first, second) = self.state.new_fifo(self.account, count, size)?;
        self.add_pair(first, second)
    }

    /// `zx_fifo_write` of as many whole elements as there are bytes for: how many of them the peer
    /// took.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the fifo; PEER_CLOSED; OUT_OF_RANGE for elements
    /// of another size than the fifo's, and for none; SHOULD_WAIT without room.
    pub fn fifo_write(&mut self, fifo: u32, elem_size: u64, elements: &[u8]) -> Result<usize> {
        let count = (elements.len() as u64).checked_div(elem_size).unwrap_or(0);
        let (id, count) = self.fifo_accepts(fifo, elem_size, count)?;
        let peer_id = self.state.objects.peer(id)?;
        let peer = self.state.objects.get_mut(peer_id)?;
        let (position, len) = (peer.written(), count * peer.elem_size);
        peer.received.extend(elements.iter().take(len));
        let full = peer.room() == 0;
        let writer = (self.process, self.thread);
        self.state.trace_bytes_written(writer, [id, peer_id], position, len);
        self.state.update_signals(peer_id, Signals::empty(), Signals::READABLE);
        if full {
            self.state.update_signals(id, Signals::WRITABLE, Signals::empty());
        }
        Ok(count)
    }

    /// A fifo and how many of `count` elements `zx_fifo_write` can transfer now, after all that it
    /// judges before its data.
    pub(crate) fn fifo_accepts(
        &mut self,
        fifo: u32,
        elem_size: u64,
        count: u64,
    ) -> Result<(FifoId, usize)> {
        let id: FifoId = self.get(fifo, Rights::WRITE)?;
        let objects = &self.state.objects;
        let peer = objects.get(objects.peer(id)?)?;
        match elements(peer, elem_size, count, peer.room())? {
            0 => Err(Status::SHOULD_WAIT),
            accepted => Ok((id, accepted)),
        }
    }

    /// `zx_fifo_read` of at most `count` elements: their bytes.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the fifo; OUT_OF_RANGE for elements of another
    /// size than the fifo's, and for none; when empty PEER_CLOSED with the peer gone, else
    /// SHOULD_WAIT.
    pub fn fifo_read(&mut self, fifo: u32, elem_size: u64, count: u64) -> Result<Vec<u8>> {
        let (id, elements) = self.fifo_front(fifo, elem_size, count)?;
        let end = self.state.objects.get_mut(id)?;
        end.received.drain(..elements.len());
        let position = end.read;
        end.read += elements.len() as u64;
        let (peer, empty) = (end.peer, end.received.is_empty());
        let reader = (self.process, self.thread);
        self.state.trace_bytes_read(reader, id, position, elements.len());
        if let Some(peer) = peer {
            self.state.update_signals(peer, Signals::empty(), Signals::WRITABLE);
        }
        if empty {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        Ok(elements)
    }

    /// A fifo and what `zx_fifo_read` would read from it now.
    pub(crate) fn fifo_front(
        &mut self,
        fifo: u32,
        elem_size: u64,
        count: u64,
    ) -> Result<(FifoId, Vec<u8>)> {
        let id: FifoId = self.get(fifo, Rights::READ)?;
        let end = self.state.objects.get(id)?;
        match (elements(end, elem_size, count, end.available())?, end.peer) {
            (0, None) => Err(Status::PEER_CLOSED),
            (0, Some(_)) => Err(Status::SHOULD_WAIT),
            (count, _) => {
                Ok((id, end.received.iter().take(count * end.elem_size).copied().collect()))
            }
        }
    }
}

/// How many elements a transfer of at most `count` and `limit` has.
///
/// # Errors
/// OUT_OF_RANGE for elements of another size than the fifo's, and for none.
fn elements(fifo: &Fifo, elem_size: u64, count: u64, limit: usize) -> Result<usize> {
    if elem_size != fifo.elem_size as u64 || count == 0 {
        return Err(Status::OUT_OF_RANGE);
    }
    Ok(usize::try_from(count).unwrap_or(usize::MAX).min(limit))
}
