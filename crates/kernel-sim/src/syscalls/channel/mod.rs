//! `zx_channel_*` (zircon/kernel/lib/syscalls/channel.cc).

pub(super) mod call;

use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, CHANNEL_MAX_PENDING, CHANNEL_READ_MAY_DISCARD,
    EXCP_POLICY_CODE_CHANNEL_FULL_WRITE, HANDLE_OP_DUPLICATE, HANDLE_OP_MOVE, HandleDisposition,
    HandleInfo, KOID_INVALID, PolicyCondition, Result, Rights, Signals, Status,
};

use crate::Caller;
use crate::handle::{Handle, narrowed};
use crate::object::{ChannelId, MessagePacket, ObjectId};
use crate::trace::TraceEvent;
use crate::wait::WaiterId;

/// What `zx_channel_read` or, with [`HandleInfo`]s, `zx_channel_read_etc` found.
#[derive(Debug, PartialEq, Eq)]
pub enum ChannelRead<H = u32> {
    /// The message; its handles are the caller's now.
    Message {
        /// Its bytes.
        bytes: Vec<u8>,
        /// The new values of its handles, in the order they were sent.
        handles: Vec<H>,
    },
    /// BUFFER_TOO_SMALL: the message needs this much room. It stays unless MAY_DISCARD was given.
    TooSmall {
        /// Its bytes.
        bytes: u32,
        /// Its handles.
        handles: u32,
    },
}

/// Dispositions that move handles as they are.
pub(crate) fn moved(handles: &[u32]) -> Vec<HandleDisposition> {
    let rights = Rights::SAME_RIGHTS.bits();
    let moved = |handle: &u32| HandleDisposition {
        operation: HANDLE_OP_MOVE,
        handle: *handle,
        object_type: 0,
        rights,
        result: 0,
    };
    handles.iter().map(moved).collect()
}

impl Caller<'_> {
    /// `zx_channel_create`, for both ends.
    ///
    /// # Errors
    /// INVALID_ARGS for options; ACCESS_DENIED by policy; NO_MEMORY.
    pub fn channel_create(&mut self, options: u32) -> Result<(u32, u32)> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.check_policy(PolicyCondition::NewChannel)?;
        let (first, second) = self.state.new_channel(self.account)?;
        self.add_pair(first, second)
    }

    /// `zx_channel_write`. The handles are consumed on every outcome.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the channel;
    /// OUT_OF_RANGE beyond 65,536 bytes or 64 handles; per handle BAD_HANDLE, ACCESS_DENIED
    /// without TRANSFER, NOT_SUPPORTED for the channel itself; PEER_CLOSED; SHOULD_WAIT for the
    /// host's contexts while 3,500 messages wait, for which a guest gets a policy exception;
    /// NO_MEMORY at a limit of bytes that wait in channels.
    pub fn channel_write(
        &mut self,
        channel: u32,
        options: u32,
        bytes: Vec<u8>,
        handles: &[u32],
    ) -> Result {
        self.channel_write_etc(channel, options, bytes, &mut moved(handles))
    }

    /// `zx_channel_write_etc`: each handle is moved (0), and then consumed on every outcome, or
    /// duplicated (1), and may lose rights. When it fails, `result` is the status of each.
    ///
    /// # Errors
    /// As [`Caller::channel_write`]; per handle also INVALID_ARGS for the operation, ACCESS_DENIED
    /// for duplicating without DUPLICATE, WRONG_TYPE, INVALID_ARGS for rights that are not held.
    pub fn channel_write_etc(
        &mut self,
        channel: u32,
        options: u32,
        bytes: Vec<u8>,
        handles: &mut [HandleDisposition],
    ) -> Result {
        let target = match options {
            0 => self.message_target(channel, Rights::WRITE, bytes.len(), handles.len()),
            _ => Err(Status::INVALID_ARGS),
        };
        match target {
            Ok(id) => self.channel_send(id, bytes, handles),
            Err(status) => {
                self.consume(handles);
                Err(status)
            }
        }
    }

    /// The channel that a message is written to, once its size is judged.
    pub(crate) fn message_target(
        &mut self,
        channel: u32,
        needed: Rights,
        bytes: usize,
        handles: usize,
    ) -> Result<ChannelId> {
        let id = self.get(channel, needed)?;
        if bytes > CHANNEL_MAX_MSG_BYTES as usize || handles > CHANNEL_MAX_MSG_HANDLES as usize {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(id)
    }

    /// Closes the handles of a message that failed, but for those to be duplicated. Bad values
    /// among them are skipped.
    pub(crate) fn consume(&mut self, handles: &[HandleDisposition]) {
        for disposition in handles {
            if disposition.operation != HANDLE_OP_DUPLICATE {
                let _ = self.handle_close(disposition.handle);
            }
        }
    }

    /// The rest of a write once its arguments are judged and its data copied.
    pub(crate) fn channel_send(
        &mut self,
        channel: ChannelId,
        bytes: Vec<u8>,
        handles: &mut [HandleDisposition],
    ) -> Result {
        let handles = self.take_handles(channel, handles)?;
        let message = self.address_message(channel, self.packet(bytes, handles))?;
        self.deliver(message);
        Ok(())
    }

    /// A message of the caller's.
    fn packet(&self, bytes: Vec<u8>, handles: Vec<Handle>) -> MessagePacket {
        MessagePacket { id: 0, bytes, handles, account: self.account }
    }

    /// Takes handles out of the caller's table for a message on `channel`: all or, with the first
    /// error, none; those to be moved are gone from the table either way.
    pub(crate) fn take_handles(
        &mut self,
        channel: ChannelId,
        dispositions: &mut [HandleDisposition],
    ) -> Result<Vec<Handle>> {
        let mut taken = Vec::with_capacity(dispositions.len());
        let mut first_error = None;
        for disposition in dispositions {
            let handle = match disposition.operation {
                HANDLE_OP_DUPLICATE => self.duplicate_for_message(channel, disposition),
                _ => self.move_into_message(channel, disposition),
            };
            match handle {
                Ok(handle) => taken.push(handle),
                Err(status) => {
                    disposition.result = status.into_raw();
                    first_error.get_or_insert(status);
                }
            }
        }
        match first_error {
            None => Ok(taken),
            Some(status) => {
                self.state.close_all(taken);
                Err(status)
            }
        }
    }

    fn move_into_message(
        &mut self,
        channel: ChannelId,
        disposition: &HandleDisposition,
    ) -> Result<Handle> {
        let handle = self.remove(disposition.handle)?;
        let rights = if disposition.operation == HANDLE_OP_MOVE {
            sent_rights(channel, (handle.object, handle.rights), Rights::TRANSFER, disposition)
        } else {
            Err(Status::INVALID_ARGS)
        };
        match rights {
            Ok(rights) => Ok(Handle { rights, ..handle }),
            Err(status) => {
                self.state.close(handle);
                Err(status)
            }
        }
    }

    fn duplicate_for_message(
        &mut self,
        channel: ChannelId,
        disposition: &HandleDisposition,
    ) -> Result<Handle> {
        let held = self.lookup(disposition.handle)?;
        let needed = Rights::TRANSFER | Rights::DUPLICATE;
        let rights = sent_rights(channel, held, needed, disposition)?;
        self.state.new_handle(self.account, held.0, rights)
    }

    /// Finds the recipient of a message, which is charged if it is to wait there; its handles are closed if there is none. A full queue is
    /// an error for the host's contexts, which cannot raise the exception that a guest gets.
    pub(crate) fn address_message(
        &mut self,
        from: ChannelId,
        packet: MessagePacket,
    ) -> Result<Addressed> {
        match self.find_recipient(from, &packet) {
            Ok((to, call, full)) => Ok(Addressed { packet, from, to, call, full }),
            Err(status) => {
                self.state.close_all(packet.handles);
                Err(status)
            }
        }
    }

    fn find_recipient(
        &mut self,
        from: ChannelId,
        packet: &MessagePacket,
    ) -> Result<(ChannelId, Option<WaiterId>, bool)> {
        let to = self.state.objects.peer(from)?;
        let peer = self.state.objects.get(to)?;
        let call = packet.txid().and_then(|txid| peer.calls.get(&txid).copied());
        let full = call.is_none() && peer.messages.len() >= CHANNEL_MAX_PENDING;
        if full && self.thread.is_none() {
            return Err(Status::SHOULD_WAIT);
        }
        if call.is_none() {
            self.state.charge_message(packet)?;
        }
        Ok((to, call, full))
    }

    /// Gives a message to the call that it answers, or else to the queue of the other end.
    pub(crate) fn deliver(&mut self, message: Addressed) {
        let Addressed { mut packet, from, to, call, full } = message;
        packet.id = self.state.name_message();
        self.state.trace(|state| TraceEvent::Message {
            id: packet.id,
            process: state.objects.koid(self.process),
            thread: self.thread.map_or(KOID_INVALID, |thread| state.objects.koid(thread)),
            from: state.objects.koid(from),
            to: state.objects.koid(to),
            bytes: packet.bytes.clone(),
            handles: packet.handles.iter().map(|handle| state.traced_handle(handle)).collect(),
        });
        if let Some(call) = call {
            return self.state.call_answered(call, packet);
        }
        self.state.enqueue(to, packet);
        self.state.update_signals(to, Signals::empty(), Signals::READABLE);
        if full {
            self.policy_exception(EXCP_POLICY_CODE_CHANNEL_FULL_WRITE);
        }
    }

    /// `zx_channel_read` into room for `max_bytes` bytes and `max_handles` handles.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the channel; NOT_SUPPORTED for options other than
    /// MAY_DISCARD (1); SHOULD_WAIT when empty, PEER_CLOSED when empty with the peer gone.
    pub fn channel_read(
        &mut self,
        channel: u32,
        options: u32,
        max_bytes: u32,
        max_handles: u32,
    ) -> Result<ChannelRead> {
        let id: ChannelId = self.get(channel, Rights::READ)?;
        if options & !CHANNEL_READ_MAY_DISCARD != 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        let end = self.state.objects.get_mut(id)?;
        let Some(first) = end.messages.front() else {
            return Err(match end.peer {
                Some(_) => Status::SHOULD_WAIT,
                None => Status::PEER_CLOSED,
            });
        };
        let (bytes, handles) = (first.bytes.len() as u32, first.handles.len() as u32);
        let too_small = bytes > max_bytes || handles > max_handles;
        if too_small && options & CHANNEL_READ_MAY_DISCARD == 0 {
            return Ok(ChannelRead::TooSmall { bytes, handles });
        }
        let Some(packet) = end.messages.pop_front() else { return Err(Status::SHOULD_WAIT) };
        let empty = end.messages.is_empty();
        self.state.dequeued(&packet);
        if empty {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        if too_small {
            self.state.close_all(packet.handles);
            return Ok(ChannelRead::TooSmall { bytes, handles });
        }
        self.state.trace_message_read(packet.id, (self.process, self.thread), id);
        let handles = packet.handles.into_iter().map(|handle| self.insert(handle)).collect();
        Ok(ChannelRead::Message { bytes: packet.bytes, handles })
    }

    /// `zx_channel_read_etc`: as [`Caller::channel_read`], with type and rights of each handle.
    ///
    /// # Errors
    /// As [`Caller::channel_read`].
    pub fn channel_read_etc(
        &mut self,
        channel: u32,
        options: u32,
        max_bytes: u32,
        max_handles: u32,
    ) -> Result<ChannelRead<HandleInfo>> {
        Ok(match self.channel_read(channel, options, max_bytes, max_handles)? {
            ChannelRead::Message { bytes, handles } => {
                ChannelRead::Message { bytes, handles: self.handle_infos(&handles) }
            }
            ChannelRead::TooSmall { bytes, handles } => ChannelRead::TooSmall { bytes, handles },
        })
    }

    /// Type and rights of handles that are in the caller's table.
    pub(crate) fn handle_infos(&self, handles: &[u32]) -> Vec<HandleInfo> {
        let process = self.state.objects.processes.get(self.process);
        let info = |value: &u32| {
            let handle = process.and_then(|process| process.handles.get(*value));
            HandleInfo {
                handle: *value,
                object_type: handle.map_or(0, |handle| handle.object.object_type() as u32),
                rights: handle.map_or(0, |handle| handle.rights.bits()),
                unused: 0,
            }
        };
        handles.iter().map(info).collect()
    }
}

/// A message whose recipient is known.
pub(crate) struct Addressed {
    packet: MessagePacket,
    from: ChannelId,
    to: ChannelId,
    /// The call that the message answers.
    call: Option<WaiterId>,
    /// Whether the limit of waiting messages is reached there.
    full: bool,
}

/// The rights that the receiver of a handle gets, if it may be sent as its disposition says.
fn sent_rights(
    channel: ChannelId,
    (object, held): (ObjectId, Rights),
    needed: Rights,
    disposition: &HandleDisposition,
) -> Result<Rights> {
    if !held.contains(Rights::TRANSFER) {
        return Err(Status::ACCESS_DENIED);
    }
    if object == ObjectId::Channel(channel) {
        return Err(Status::NOT_SUPPORTED);
    }
    if !held.contains(needed) {
        return Err(Status::ACCESS_DENIED);
    }
    if ![0, object.object_type() as u32].contains(&disposition.object_type) {
        return Err(Status::WRONG_TYPE);
    }
    narrowed(held, disposition.rights)
}
