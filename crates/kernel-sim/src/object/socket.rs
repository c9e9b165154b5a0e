//! Sockets in stream mode (zircon/kernel/object/socket_dispatcher.cc).

use std::collections::VecDeque;

use zx_abi::{Rights, SOCKET_CAPACITY, Signals};

use super::{Header, SocketId, object, rights};
use crate::state::State;

/// One end of a socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub header: Header,
    pub peer: Option<SocketId>,
    /// Bytes to be read at this end.
    pub received: VecDeque<u8>,
    /// This end may not write any more.
    pub write_disabled: bool,
    /// This end will receive nothing more.
    pub read_disabled: bool,
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

impl Socket {
    /// Bytes that still fit.
    pub fn room(&self) -> usize {
        SOCKET_CAPACITY.saturating_sub(self.received.len())
    }
}

impl State {
    /// Two ends of a new stream socket.
    pub fn new_socket(&mut self) -> (SocketId, SocketId) {
        let end = |state: &mut Self| {
            let header = state.objects.new_header(0, Signals::WRITABLE);
            state.objects.sockets.insert(Socket {
                header,
                peer: None,
                received: VecDeque::new(),
                write_disabled: false,
                read_disabled: false,
            })
        };
        let ends = (end(self), end(self));
        for (this, other) in [(ends.0, ends.1), (ends.1, ends.0)] {
            let related = self.objects.koid(other);
            if let Some(socket) = self.objects.sockets.get_mut(this) {
                socket.peer = Some(other);
                socket.header.related = related;
            }
        }
        ends
    }

    /// The last handle of an end is gone; what the peer has received stays readable there.
    pub fn socket_on_zero_handles(&mut self, id: SocketId) {
        let peer = self.objects.sockets.remove(id).and_then(|socket| socket.peer);
        if let Some(peer_id) = peer
            && let Some(peer) = self.objects.sockets.get_mut(peer_id)
        {
            peer.peer = None;
            self.update_signals(peer_id, Signals::WRITABLE, Signals::PEER_CLOSED);
        }
    }
}
