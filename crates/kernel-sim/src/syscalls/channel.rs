//! `zx_channel_*` (zircon/kernel/lib/syscalls/channel.cc).

use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, CHANNEL_MAX_PENDING,
    EXCP_POLICY_CODE_CHANNEL_FULL_WRITE, PolicyCondition, Result, Rights, Signals, Status,
};

use crate::Caller;
use crate::handle::Handle;
use crate::object::{ChannelId, MessagePacket, ObjectId};
use crate::trace::TraceEvent;

/// `ZX_CHANNEL_READ_MAY_DISCARD`
const READ_MAY_DISCARD: u32 = 1;

/// What `zx_channel_read` found.
#[derive(Debug, PartialEq, Eq)]
pub enum ChannelRead {
    /// The message; its handles are the caller's now.
    Message {
        /// Its bytes.
        bytes: Vec<u8>,
        /// The new values of its handles, in the order they were sent.
        handles: Vec<u32>,
    },
    /// BUFFER_TOO_SMALL: the message needs this much room. It stays unless MAY_DISCARD was given.
    TooSmall {
        /// Its bytes.
        bytes: u32,
        /// Its handles.
        handles: u32,
    },
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
        let (first, second) = self.state.new_channel();
        self.add_pair(first, second)
    }

    /// `zx_channel_write`. The handles are consumed on every outcome.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED for the channel;
    /// OUT_OF_RANGE beyond 65,536 bytes or 64 handles; per handle BAD_HANDLE, ACCESS_DENIED
    /// without TRANSFER, NOT_SUPPORTED for the channel itself; PEER_CLOSED.
    pub fn channel_write(
        &mut self,
        channel: u32,
        options: u32,
        bytes: Vec<u8>,
        handles: &[u32],
    ) -> Result {
        match self.channel_write_checks(channel, options, bytes.len(), handles.len()) {
            Ok(id) => self.channel_send(id, bytes, handles),
            Err(status) => {
                // Consumed all the same; bad values among them change nothing.
                let _ = self.handle_close_many(handles);
                Err(status)
            }
        }
    }

    /// What `zx_channel_write` judges before it looks at its data.
    pub(crate) fn channel_write_checks(
        &mut self,
        channel: u32,
        options: u32,
        bytes: usize,
        handles: usize,
    ) -> Result<ChannelId> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id = self.get(channel, Rights::WRITE)?;
        if bytes > CHANNEL_MAX_MSG_BYTES as usize || handles > CHANNEL_MAX_MSG_HANDLES as usize {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(id)
    }

    /// What is left of `zx_channel_write` once its arguments are judged and its data copied.
    pub(crate) fn channel_send(
        &mut self,
        channel: ChannelId,
        bytes: Vec<u8>,
        handles: &[u32],
    ) -> Result {
        let handles = self.take_handles(channel, handles)?;
        self.channel_deliver(channel, MessagePacket { bytes, handles })
    }

    /// Takes handles out of the caller's table for a message on `channel`: all or, with the first
    /// error, none; they are gone from the table either way.
    fn take_handles(&mut self, channel: ChannelId, values: &[u32]) -> Result<Vec<Handle>> {
        let mut taken = Vec::with_capacity(values.len());
        let mut first_error = None;
        for value in values {
            match self.remove(*value) {
                Ok(handle) => {
                    if !handle.rights.contains(Rights::TRANSFER) {
                        first_error.get_or_insert(Status::ACCESS_DENIED);
                    } else if handle.object == ObjectId::Channel(channel) {
                        first_error.get_or_insert(Status::NOT_SUPPORTED);
                    }
                    taken.push(handle);
                }
                Err(status) => {
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

    fn channel_deliver(&mut self, id: ChannelId, packet: MessagePacket) -> Result {
        let channels = &mut self.state.objects.channels;
        let peer_id = channels.get(id).and_then(|channel| channel.peer);
        let Some(peer_id) = peer_id else {
            self.state.close_all(packet.handles);
            return Err(Status::PEER_CLOSED);
        };
        self.state.trace(|state| TraceEvent::Message {
            channel: state.objects.koid(peer_id),
            bytes: packet.bytes.clone(),
            handles: packet
                .handles
                .iter()
                .map(|handle| state.objects.koid(handle.object))
                .collect(),
        });
        let mut pending = 0;
        if let Some(peer) = self.state.objects.channels.get_mut(peer_id) {
            peer.messages.push_back(packet);
            pending = peer.messages.len();
        }
        self.state.update_signals(peer_id, Signals::empty(), Signals::READABLE);
        if pending > CHANNEL_MAX_PENDING {
            // The host's contexts cannot raise an exception, and may go on.
            self.policy_exception(EXCP_POLICY_CODE_CHANNEL_FULL_WRITE);
        }
        Ok(())
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
        if options & !READ_MAY_DISCARD != 0 {
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
        if too_small && options & READ_MAY_DISCARD == 0 {
            return Ok(ChannelRead::TooSmall { bytes, handles });
        }
        let packet = end.messages.pop_front().unwrap_or_default();
        if end.messages.is_empty() {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        if too_small {
            self.state.close_all(packet.handles);
            return Ok(ChannelRead::TooSmall { bytes, handles });
        }
        let handles = packet.handles.into_iter().map(|handle| self.insert(handle)).collect();
        Ok(ChannelRead::Message { bytes: packet.bytes, handles })
    }
}
