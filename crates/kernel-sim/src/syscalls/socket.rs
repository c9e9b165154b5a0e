//! `zx_socket_*` (zircon/kernel/lib/syscalls/socket.cc).

use zx_abi::{
    PROP_SOCKET_RX_THRESHOLD, PROP_SOCKET_TX_THRESHOLD, PolicyCondition, Result, Rights,
    SOCKET_CAPACITY, SOCKET_DISPOSITION_WRITE_DISABLED, SOCKET_DISPOSITION_WRITE_ENABLED,
    SOCKET_PEEK, SOCKET_SHUTDOWN_READ, SOCKET_SHUTDOWN_WRITE, Signals, Status,
};

use crate::Caller;
use crate::account::Item;
use crate::object::{ObjectId, SocketId, SocketKind};

impl Caller<'_> {
    /// `zx_socket_create`, for both ends: a stream (0) or datagrams (1).
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for other options; NO_MEMORY.
    pub fn socket_create(&mut self, options: u32) -> Result<(u32, u32)> {
        self.check_policy(PolicyCondition::NewSocket)?;
        let kinds = [SocketKind::Stream, SocketKind::Datagram];
        let kind = kinds.into_iter().find(|kind| *kind as u32 == options);
        let kind = kind.ok_or(Status::INVALID_ARGS)?;
        let (first, second) = self.state.new_socket(self.account, kind)?;
        self.add_pair(first, second)
    }

    /// `zx_socket_write`: how many bytes the peer took. Of a stream they may be fewer than given;
    /// a datagram goes as a whole.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the socket;
    /// PEER_CLOSED; BAD_STATE when writing is disabled; SHOULD_WAIT without room; OUT_OF_RANGE for
    /// a datagram larger than a socket; NO_MEMORY at a limit of bytes that wait in sockets, which are
    /// charged to the job of the process that made the socket.
    pub fn socket_write(&mut self, socket: u32, options: u32, bytes: &[u8]) -> Result<usize> {
        let (id, count) = self.socket_accepts(socket, options, bytes.len())?;
        let taken = bytes.get(..count).unwrap_or_default();
        if taken.is_empty() {
            return Ok(0);
        }
        let objects = &mut self.state.objects;
        let peer_id = objects.peer(id)?;
        let account = objects.get(peer_id)?.header.account;
        objects.accounts.charge(account, [(Item::SocketBytes, taken.len() as u64)])?;
        let peer = objects.get_mut(peer_id)?;
        let position = peer.written();
        peer.received.push(taken);
        let full = peer.received.room() == 0;
        let writer = (self.process, self.thread);
        self.state.trace_bytes_written(writer, [id, peer_id], position, taken.len());
        self.state.update_signals(peer_id, Signals::empty(), Signals::READABLE);
        self.state.update_socket_thresholds(peer_id);
        if full {
            self.state.update_signals(id, Signals::WRITABLE, Signals::empty());
        }
        Ok(taken.len())
    }

    /// A socket and how many of `len` bytes `zx_socket_write` can transfer now, after all that it
    /// judges before its data.
    pub(crate) fn socket_accepts(
        &mut self,
        socket: u32,
        options: u32,
        len: usize,
    ) -> Result<(SocketId, usize)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: SocketId = self.get(socket, Rights::WRITE)?;
        let objects = &self.state.objects;
        let (end, peer) = (objects.get(id)?, objects.get(objects.peer(id)?)?);
        if end.write_disabled || peer.read_disabled {
            return Err(Status::BAD_STATE);
        }
        Ok((id, peer.received.accepts(len)?))
    }

    /// `zx_socket_read` of at most `max` bytes; with PEEK (8) they stay. A datagram is read as a
    /// whole: what exceeds `max` is lost, unless that is 0, which reads nothing.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the socket; when
    /// empty PEER_CLOSED with the peer gone, BAD_STATE when nothing more can come, else
    /// SHOULD_WAIT.
    pub fn socket_read(&mut self, socket: u32, options: u32, max: usize) -> Result<Vec<u8>> {
        if options & !SOCKET_PEEK != 0 {
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
        if options & SOCKET_PEEK != 0 || max == 0 {
            return Ok(end.received.peek(max));
        }
        let before = end.received.len();
        let bytes = end.received.pop(max);
        let freed = before - end.received.len();
        let position = end.read;
        end.read += freed as u64;
        let (account, empty) = (end.header.account, end.received.is_empty());
        self.state.trace_bytes_read((self.process, self.thread), id, position, freed);
        self.state.objects.accounts.refund(account, Item::SocketBytes, freed as u64);
        if empty {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        self.state.update_socket_thresholds(id);
        if let Some(peer_id) = peer_id
            && freed > 0
            && !self.state.objects.sockets.get(peer_id).is_some_and(|peer| peer.write_disabled)
        {
            self.state.update_signals(peer_id, Signals::empty(), Signals::WRITABLE);
        }
        Ok(bytes)
    }

    /// A threshold of a socket in bytes, 0 for none: `ZX_PROP_SOCKET_RX_THRESHOLD` or `TX`.
    pub(crate) fn socket_threshold(&self, object: ObjectId, property: u32) -> Result<u64> {
        let ObjectId::Socket(id) = object else { return Err(Status::WRONG_TYPE) };
        let end = self.state.objects.get(id)?;
        Ok(match property {
            PROP_SOCKET_RX_THRESHOLD => end.read_threshold,
            _ => end.write_threshold,
        } as u64)
    }

    /// Sets a threshold.
    pub(crate) fn set_socket_threshold(
        &mut self,
        object: ObjectId,
        property: u32,
        value: u64,
    ) -> Result {
        let ObjectId::Socket(id) = object else { return Err(Status::WRONG_TYPE) };
        let end = self.state.objects.get_mut(id)?;
        let peer = end.peer;
        if property == PROP_SOCKET_TX_THRESHOLD && peer.is_none() {
            return Err(Status::PEER_CLOSED);
        }
        let value = usize::try_from(value).map_err(|_| Status::INVALID_ARGS)?;
        if value > SOCKET_CAPACITY {
            return Err(Status::INVALID_ARGS);
        }
        let reader = match property {
            PROP_SOCKET_RX_THRESHOLD => {
                end.read_threshold = value;
                Some(id)
            }
            _ => {
                end.write_threshold = value;
                peer
            }
        };
        if let Some(reader) = reader {
            self.state.update_socket_thresholds(reader);
        }
        Ok(())
    }

    /// `zx_socket_set_disposition` for this end and its peer: 0 leaves it, 1 disables writing, 2
    /// enables it again.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_SOCKET; INVALID_ARGS for other values;
    /// BAD_STATE for enabling an end whose peer still has data to read from before.
    pub fn socket_set_disposition(&mut self, socket: u32, own: u32, peer: u32) -> Result {
        let id: SocketId = self.get(socket, Rights::MANAGE_SOCKET)?;
        if own > SOCKET_DISPOSITION_WRITE_ENABLED || peer > SOCKET_DISPOSITION_WRITE_ENABLED {
            return Err(Status::INVALID_ARGS);
        }
        let peer_id = self.state.objects.peer(id).ok();
        let changes = [(Some(id), peer_id, own), (peer_id, Some(id), peer)];
        for (writer, reader, disposition) in changes {
            let buffered = reader.and_then(|reader| self.state.objects.sockets.get(reader));
            let buffered = buffered.is_some_and(|reader| !reader.received.is_empty());
            let disabled = writer.and_then(|writer| self.state.objects.sockets.get(writer));
            let disabled = disabled.is_some_and(|writer| writer.write_disabled);
            if disposition == SOCKET_DISPOSITION_WRITE_ENABLED && disabled && buffered {
                return Err(Status::BAD_STATE);
            }
        }
        for (writer, reader, disposition) in changes {
            if disposition != 0 {
                self.set_write_disabled(
                    writer,
                    reader,
                    disposition == SOCKET_DISPOSITION_WRITE_DISABLED,
                );
            }
        }
        Ok(())
    }

    /// `zx_socket_shutdown` of 2020: this end writes no more (1), or its peer does not (2). That is
    /// final.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE.
    pub fn socket_shutdown(&mut self, socket: u32, options: u32) -> Result {
        if options & !(SOCKET_SHUTDOWN_WRITE | SOCKET_SHUTDOWN_READ) != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: SocketId = self.get(socket, Rights::WRITE)?;
        let peer = self.state.objects.peer(id).ok();
        if options & SOCKET_SHUTDOWN_WRITE != 0 {
            self.set_write_disabled(Some(id), peer, true);
        }
        if options & SOCKET_SHUTDOWN_READ != 0 {
            self.set_write_disabled(peer, Some(id), true);
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
        let full = full.is_none_or(|end| end.received.room() == 0);
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
