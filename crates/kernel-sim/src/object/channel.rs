//! Channels (zircon/kernel/object/channel_dispatcher.cc).

use std::collections::{BTreeMap, VecDeque};

use zx_abi::{Result, Rights, Signals};

use super::{ChannelId, Header, Peered, ToldOf, object, rights};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
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
    /// Of the kernel's end of an exception channel: what it tells of.
    pub told_of: Option<ToldOf>,
}

/// A message in transit. Its handles belong to no process.
#[derive(Debug, Default)]
pub(crate) struct MessagePacket {
    /// How the trace names it, once it is written.
    pub id: u64,
    pub bytes: Vec<u8>,
    pub handles: Vec<Handle>,
    /// What it is charged to while it waits to be read: its writer's.
    pub account: AccountId,
}

impl MessagePacket {
    /// Bytes that are charged for it: its own, and what the kernel keeps with them.
    fn weight(&self) -> u64 {
        MESSAGE_WEIGHT + self.bytes.len() as u64
    }
}

/// What a message is charged besides its bytes.
const MESSAGE_WEIGHT: u64 = 64;

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

impl Peered for ChannelId {
    const LOST_WITH_PEER: Signals = Signals::WRITABLE;

    fn peer(end: &Channel) -> Option<Self> {
        end.peer
    }

    fn peer_mut(end: &mut Channel) -> &mut Option<Self> {
        &mut end.peer
    }

    fn closed(end: Channel, state: &mut State) {
        for call in end.calls.into_values() {
            state.finish_wait(call, WaitEnd::Abandoned);
        }
        if !end.messages.is_empty() {
            state.end(Ending::Messages(end.messages));
        }
    }

    fn peer_closed(self, state: &mut State) {
        let Some(end) = state.objects.channels.get_mut(self) else { return };
        let told_of = end.told_of;
        for call in std::mem::take(&mut end.calls).into_values() {
            state.finish_wait(call, WaitEnd::PeerClosed);
        }
        if let Some(told_of) = told_of {
            state.forget_exception_channel(self, told_of);
        }
    }
}

impl State {
    /// Charges a message that is to wait in a channel.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn charge_message(&mut self, packet: &MessagePacket) -> Result {
        let charge = (Item::ChannelBytes, packet.weight());
        self.objects.accounts.charge(packet.account, [charge])
    }

    /// Takes back [`State::charge_message`].
    pub fn refund_message(&mut self, packet: &MessagePacket) {
        self.objects.accounts.refund(packet.account, Item::ChannelBytes, packet.weight());
    }

    /// The name of a message that is being written.
    pub fn name_message(&mut self) -> u64 {
        self.message_count += 1;
        self.message_count
    }

    /// Two ends of a new channel.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_channel(&mut self, account: AccountId) -> Result<(ChannelId, ChannelId)> {
        self.new_pair(account, Signals::WRITABLE, |header| Channel {
            header,
            peer: None,
            messages: VecDeque::new(),
            calls: BTreeMap::new(),
            call_count: 0,
            told_of: None,
        })
    }
}
