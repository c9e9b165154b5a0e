//! Channels in transit: the handle to an end, of which there is one, lies in a message that waits at
//! another end.
//!
//! Ends that lie in each other are out of everybody's reach, with all that waits at them. Zircon never
//! frees them; here they close when a process is gone that has run, so that a kernel keeps nothing of
//! its guests.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{ChannelId, MessagePacket, ObjectId};
use crate::ending::Ending;
use crate::state::State;

/// The ends whose handles lie in messages.
pub(crate) type Transit = BTreeMap<ChannelId, Carrier>;

/// What an end's handle lies in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carrier {
    /// Where the message is to be read.
    end: ChannelId,
    /// The message's name: later ones are greater.
    message: u64,
}

/// Looks for ends that lie in each other, on the way from each end in transit to the one that somebody
/// has. Such a circle lasts, and what leads into one cannot change: whatever changes meanwhile is
/// within somebody's reach.
#[derive(Debug, Default)]
pub(crate) struct LostSearch {
    /// The ends that ways have led over, and where the last of these began.
    seen: BTreeMap<ChannelId, Option<ChannelId>>,
    /// Where the last way began.
    begin: Option<ChannelId>,
    /// Messages that there had been by then.
    messages: u64,
    /// The next end on it, if it goes on.
    next: Option<ChannelId>,
}

impl MessagePacket {
    /// The channels in it.
    fn channels(&self) -> impl Iterator<Item = ChannelId> {
        self.handles.iter().filter_map(|handle| match handle.object {
            ObjectId::Channel(id) => Some(id),
            _ => None,
        })
    }
}

impl State {
    /// A message, which has been charged, waits at an end.
    pub fn enqueue(&mut self, end: ChannelId, packet: MessagePacket) {
        let carrier = Carrier { end, message: packet.id };
        self.objects.transit.extend(packet.channels().map(|id| (id, carrier)));
        if let Some(end) = self.objects.channels.get_mut(end) {
            end.messages.push_back(packet);
        }
    }

    /// A message does not wait any more.
    pub fn dequeued(&mut self, packet: &MessagePacket) {
        self.refund_message(packet);
        for id in packet.channels() {
            self.objects.transit.remove(&id);
        }
    }

    /// Goes a step further. Whether any is left.
    pub fn search_lost(&mut self, search: &mut LostSearch) -> bool {
        self.meter.count(1);
        let transit = &self.objects.transit;
        let Some(at) = search.next.take() else {
            let after = search.begin.map_or(Bound::Unbounded, Bound::Excluded);
            search.begin = transit.range((after, Bound::Unbounded)).next().map(|(id, _)| *id);
            search.next = search.begin;
            search.messages = self.message_count;
            return search.begin.is_some();
        };
        match search.seen.insert(at, search.begin) {
            Some(begin) if begin == search.begin => self.drop_messages(at),
            // Where the way leads from here is known.
            Some(_) => {}
            None => {
                let carrier = transit.get(&at);
                let carrier = carrier.filter(|carrier| carrier.message <= search.messages);
                search.next = carrier.map(|carrier| carrier.end);
            }
        }
        true
    }

    /// Nobody can read what waits at an end, its own handle among it in the end.
    fn drop_messages(&mut self, end: ChannelId) {
        if let Some(end) = self.objects.channels.get_mut(end) {
            let messages = std::mem::take(&mut end.messages);
            self.end(Ending::Messages(messages));
        }
    }
}
