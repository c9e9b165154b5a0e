//! Sockets (zircon/kernel/object/socket_dispatcher.cc).

mod buffer;

use zx_abi::{Result, Rights, Signals};

use super::{Header, Peered, SocketId, object, rights};
use crate::account::{AccountId, Item};
use crate::state::State;

pub(crate) use buffer::*;

/// One end of a socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub header: Header,
    pub peer: Option<SocketId>,
    /// Bytes to be read at this end.
    pub received: SocketBuffer,
    /// Bytes that have been read at this end, or lost there.
    pub read: u64,
    /// This end may not write any more.
    pub write_disabled: bool,
    /// This end will receive nothing more.
    pub read_disabled: bool,
    /// Bytes received from which on READ_THRESHOLD is set; 0 for never.
    pub read_threshold: usize,
    /// Bytes of room at the peer from which on WRITE_THRESHOLD is set; 0 for never.
    pub write_threshold: usize,
}

object!(
    Socket,
    rights(&[
        Rights::BASIC,
        Rights::IO,
        Rights::PROPERTY,
        Rights::SIGNAL,
        Rights::SIGNAL_PEER,
        Rights::MANAGE_SOCKET,
    ])
);

// What an end has received stays readable there when its peer is gone.
impl Peered for SocketId {
    const LOST_WITH_PEER: Signals = Signals::WRITABLE;

    fn peer(end: &Socket) -> Option<Self> {
        end.peer
    }

    fn peer_mut(end: &mut Socket) -> &mut Option<Self> {
        &mut end.peer
    }

    fn closed(end: Socket, state: &mut State) {
        let unread = end.received.len() as u64;
        state.objects.accounts.refund(end.header.account, Item::SocketBytes, unread);
    }
}

impl Socket {
    /// Bytes that have ever been written to this end.
    pub fn written(&self) -> u64 {
        self.read + self.received.len() as u64
    }
}

impl State {
    /// Two ends of a new socket.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_socket(
        &mut self,
        account: AccountId,
        kind: SocketKind,
    ) -> Result<(SocketId, SocketId)> {
        self.new_pair(account, Signals::WRITABLE, |header| Socket {
            header,
            peer: None,
            received: SocketBuffer::new(kind),
            read: 0,
            write_disabled: false,
            read_disabled: false,
            read_threshold: 0,
            write_threshold: 0,
        })
    }

    /// Sets or clears the threshold signals of both sides of what an end receives.
    pub fn update_socket_thresholds(&mut self, reader: SocketId) {
        let Some(end) = self.objects.sockets.get(reader) else { return };
        let reached = |threshold: usize, bytes: usize| threshold > 0 && bytes >= threshold;
        let readable = reached(end.read_threshold, end.received.len());
        let (peer, room) = (end.peer, end.received.room());
        self.set_signals(reader, Signals::SOCKET_READ_THRESHOLD, readable);
        if let Some(writer) = peer
            && let Some(end) = self.objects.sockets.get(writer)
        {
            let writable = reached(end.write_threshold, room);
            self.set_signals(writer, Signals::SOCKET_WRITE_THRESHOLD, writable);
        }
    }
}
