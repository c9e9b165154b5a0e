//! Fifos (zircon/kernel/object/fifo_dispatcher.cc).

use std::collections::VecDeque;

use zx_abi::{Result, Rights, Signals};

use super::{FifoId, Header, Peered, object, rights};
use crate::account::AccountId;
use crate::state::State;

/// One end of a fifo.
#[derive(Debug)]
pub(crate) struct Fifo {
    pub header: Header,
    pub peer: Option<FifoId>,
    /// Bytes of an element.
    pub elem_size: usize,
    /// Elements that this end can hold.
    elem_count: usize,
    /// Whole elements to be read at this end.
    pub received: VecDeque<u8>,
    /// Bytes that have been read at this end.
    pub read: u64,
}

impl Fifo {
    /// Elements to be read.
    pub fn available(&self) -> usize {
        self.received.len() / self.elem_size
    }

    /// Bytes that have ever been written to this end.
    pub fn written(&self) -> u64 {
        self.read + self.received.len() as u64
    }

    /// Elements that can be written to this end.
    pub fn room(&self) -> usize {
        self.elem_count - self.available()
    }
}

object!(Fifo, rights(&[Rights::BASIC, Rights::IO, Rights::SIGNAL, Rights::SIGNAL_PEER]));

// What an end has received stays readable there when its peer is gone.
impl Peered for FifoId {
    const LOST_WITH_PEER: Signals = Signals::WRITABLE;

    fn peer(end: &Fifo) -> Option<Self> {
        end.peer
    }

    fn peer_mut(end: &mut Fifo) -> &mut Option<Self> {
        &mut end.peer
    }
}

impl State {
    /// Two ends of a new fifo. Neither number is 0.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_fifo(
        &mut self,
        account: AccountId,
        elem_count: usize,
        elem_size: usize,
    ) -> Result<(FifoId, FifoId)> {
        self.new_pair(account, Signals::WRITABLE, |header| Fifo {
            header,
            peer: None,
            elem_size,
            elem_count,
            received: VecDeque::new(),
            read: 0,
        })
    }
}
