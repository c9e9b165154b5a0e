//! Channels (zircon/kernel/object/channel_dispatcher.cc).

use std::collections::{BTreeMap, VecDeque};

use zx_abi::{Rights, Signals};

use super::{ChannelId, Header, object, rights};
use crate::handle::Handle;
use crate::state::State;
use crate::wait::{WaitEnd, WaiterId};

/// One end of a channel.
#[derive(Debug)]
pub(crate) struct Channel {
    pub header: Header,
    pub peer: Option<ChannelId>,
    /// Messages to be read at this end.
    pub messages: VecDeque<MessagePacket>,
    /// Calls from this end that wait for their reply, by transaction id.
    pub calls: BTreeMap<u32, WaiterId>,
    /// Counts the calls.
    pub call_count: u32,
}

/// A message in transit. Its handles belong to no process.
#[derive(Debug, Default)]
pub(crate) struct MessagePacket {
    pub bytes: Vec<u8>,
    pub handles: Vec<Handle>,
}

object!(
    Channel,
    rights(&[
        Rights::TRANSFER,
        Rights::WAIT,
        Rights::INSPECT,
        Rights::IO,
        Rights::SIGNAL,
        Rights::SIGNAL_PEER
    ])
);

impl State {
    /// Two ends of a new channel.
    pub fn new_channel(&mut self) -> (ChannelId, ChannelId) {
        let end = |state: &mut Self| {
            let header = state.objects.new_header(0, Signals::WRITABLE);
            state.objects.channels.insert(Channel {
                header,
                peer: None,
                messages: VecDeque::new(),
                calls: BTreeMap::new(),
                call_count: 0,
            })
        };
        let ends = (end(self), end(self));
        for (this, other) in [(ends.0, ends.1), (ends.1, ends.0)] {
            let related = self.objects.koid(other);
            if let Some(channel) = self.objects.channels.get_mut(this) {
                channel.peer = Some(other);
                channel.header.related = related;
            }
        }
        ends
    }

    /// The last handle of an end is gone: so are its messages, and the peer learns of it.
    pub fn channel_on_zero_handles(&mut self, id: ChannelId) {
        let Some(channel) = self.objects.channels.remove(id) else { return };
        for call in channel.calls.into_values() {
            self.finish_wait(call, WaitEnd::Abandoned);
        }
        for message in channel.messages {
            self.close_all(message.handles);
        }
        if let Some(peer_id) = channel.peer
            && let Some(peer) = self.objects.channels.get_mut(peer_id)
        {
            peer.peer = None;
            for call in std::mem::take(&mut peer.calls).into_values() {
                self.finish_wait(call, WaitEnd::PeerClosed);
            }
            self.update_signals(peer_id, Signals::WRITABLE, Signals::PEER_CLOSED);
        }
    }
}
