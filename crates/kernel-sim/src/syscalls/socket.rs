//! `zx_socket_*` in stream mode (zircon/kernel/lib/syscalls/socket.cc).

use zx_abi::{PolicyCondition, Result, Rights, Signals, Status};

use crate::Caller;
use crate::object::SocketId;

/// `ZX_SOCKET_DATAGRAM`
const DATAGRAM: u32 = 1;
/// `ZX_SOCKET_PEEK`
const PEEK: u32 = 8;
/// `ZX_SOCKET_DISPOSITION_WRITE_DISABLED`
const WRITE_DISABLED: u32 = 1;
/// `ZX_SOCKET_DISPOSITION_WRITE_ENABLED`
const WRITE_ENABLED: u32 = 2;

impl Caller<'_> {
    /// `zx_socket_create`, for both ends.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for unknown options; NOT_SUPPORTED for datagrams;
    /// NO_MEMORY.
    pub fn socket_create(&mut self, options: u32) -> Result<(u32, u32)> {
        self.check_policy(PolicyCondition::NewSocket)?;
        if options & !DATAGRAM != 0 {
            return Err(Status::INVALID_ARGS);
        }
        if options == DATAGRAM {
            return Err(Status::NOT_SUPPORTED);
        }
        let (first, second) = self.state.new_socket();
        self.add_pair(first, second)
    }

    /// `zx_socket_write`: how many bytes the peer took, which may be fewer than given.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the socket;
    /// PEER_CLOSED; BAD_STATE when writing is disabled; SHOULD_WAIT when full.
    pub fn socket_write(&mut self, socket: u32, options: u32, bytes: &[u8]) -> Result<usize> {
        let (id, room) = self.socket_room(socket, options)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        if taken.is_empty() {
            return Err(Status::SHOULD_WAIT);
        }
        let sockets = &mut self.state.objects.sockets;
        let peer_id = sockets.get(id).and_then(|end| end.peer).ok_or(Status::PEER_CLOSED)?;
        let peer = sockets.get_mut(peer_id).ok_or(Status::PEER_CLOSED)?;
        peer.received.extend(taken);
        let full = peer.room() == 0;
        self.state.update_signals(peer_id, Signals::empty(), Signals::READABLE);
        if full {
            self.state.update_signals(id, Signals::WRITABLE, Signals::empty());
        }
        Ok(taken.len())
    }

    /// A socket and the bytes that `zx_socket_write` can transfer now, after all that it judges
    /// before its data.
    pub(crate) fn socket_room(&mut self, socket: u32, options: u32) -> Result<(SocketId, usize)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: SocketId = self.get(socket, Rights::WRITE)?;
        let sockets = &self.state.objects.sockets;
        let end = self.state.objects.get(id)?;
        let peer = end.peer.and_then(|peer| sockets.get(peer)).ok_or(Status::PEER_CLOSED)?;
        if end.write_disabled || peer.read_disabled {
            return Err(Status::BAD_STATE);
        }
        Ok((id, peer.room()))
    }

    /// `zx_socket_read` of at most `max` bytes; with PEEK (8) they stay.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the socket; when
    /// empty PEER_CLOSED with the peer gone, BAD_STATE when nothing more can come, else
    /// SHOULD_WAIT.
    pub fn socket_read(&mut self, socket: u32, options: u32, max: usize) -> Result<Vec<u8>> {
        if options & !PEEK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: SocketId = self.get(socket, Rights::READ)?;
        let end = self.state.objects.get_mut(id)?;
        let peer_id = end.peer;
        if end.received.is_empty() {
            return Err(match peer_id {
                None => Status::PEER_CLOSED,
                Some(_) if end.read_disabled => Status::BAD_STATE,
                Some(_) => Status::SHOULD_WAIT,
            });
        }
        let count = max.min(end.received.len());
        if options & PEEK != 0 {
            return Ok(end.received.iter().take(count).copied().collect());
        }
        let bytes = end.received.drain(..count).collect();
        if end.received.is_empty() {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        if let Some(peer_id) = peer_id
            && count > 0
            && !self.state.objects.sockets.get(peer_id).is_some_and(|peer| peer.write_disabled)
        {
            self.state.update_signals(peer_id, Signals::empty(), Signals::WRITABLE);
        }
        Ok(bytes)
    }

    /// `zx_socket_set_disposition` for this end and its peer: 0 leaves it, 1 disables writing, 2
    /// enables it again.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_SOCKET; INVALID_ARGS for other values;
    /// BAD_STATE for enabling an end whose peer still has data to read from before.
    pub fn socket_set_disposition(&mut self, socket: u32, own: u32, peer: u32) -> Result {
        let id: SocketId = self.get(socket, Rights::MANAGE_SOCKET)?;
        if own > WRITE_ENABLED || peer > WRITE_ENABLED {
            return Err(Status::INVALID_ARGS);
        }
        let peer_id = self.state.objects.sockets.get(id).and_then(|end| end.peer);
        let changes = [(Some(id), peer_id, own), (peer_id, Some(id), peer)];
        for (writer, reader, disposition) in changes {
            let buffered = reader.and_then(|reader| self.state.objects.sockets.get(reader));
            let buffered = buffered.is_some_and(|reader| !reader.received.is_empty());
            let disabled = writer.and_then(|writer| self.state.objects.sockets.get(writer));
            let disabled = disabled.is_some_and(|writer| writer.write_disabled);
            if disposition == WRITE_ENABLED && disabled && buffered {
                return Err(Status::BAD_STATE);
            }
        }
        for (writer, reader, disposition) in changes {
            if disposition != 0 {
                self.set_write_disabled(writer, reader, disposition == WRITE_DISABLED);
            }
        }
        Ok(())
    }

    fn set_write_disabled(
        &mut self,
        writer: Option<SocketId>,
        reader: Option<SocketId>,
        disabled: bool,
    ) {
        let pick = |signals: Signals| match disabled {
            true => (Signals::empty(), signals),
            false => (signals, Signals::empty()),
        };
        if let Some(reader_id) = reader
            && let Some(end) = self.state.objects.sockets.get_mut(reader_id)
        {
            end.read_disabled = disabled;
            let (clear, set) = pick(Signals::SOCKET_PEER_WRITE_DISABLED);
            self.state.update_signals(reader_id, clear, set);
        }
        let full = reader.and_then(|id| self.state.objects.sockets.get(id));
        let full = full.is_none_or(|end| end.room() == 0);
        if let Some(writer_id) = writer
            && let Some(end) = self.state.objects.sockets.get_mut(writer_id)
        {
            end.write_disabled = disabled;
            let (mut clear, mut set) = pick(Signals::SOCKET_WRITE_DISABLED);
            match disabled {
                true => clear |= Signals::WRITABLE,
                false if !full => set |= Signals::WRITABLE,
                false => {}
            }
            self.state.update_signals(writer_id, clear, set);
        }
    }
}
