//! Events and event pairs (zircon/kernel/object/event_dispatcher.cc, event_pair_dispatcher.cc).

use zx_abi::{Rights, Signals};

use super::{EventId, EventPairId, Header, object, rights};
use crate::state::State;

#[derive(Debug)]
pub(crate) struct Event {
    pub header: Header,
}

/// One end of an event pair.
#[derive(Debug)]
pub(crate) struct EventPair {
    pub header: Header,
    pub peer: Option<EventPairId>,
}

const SETTABLE: Signals = Signals::USER_ALL.union(Signals::SIGNALED);

object!(Event, rights(&[Rights::BASIC, Rights::SIGNAL]), SETTABLE);
object!(EventPair, rights(&[Rights::BASIC, Rights::SIGNAL, Rights::SIGNAL_PEER]), SETTABLE);

impl State {
    pub fn new_event(&mut self) -> EventId {
        let header = self.objects.new_header(0, Signals::empty());
        self.objects.events.insert(Event { header })
    }

    pub fn new_event_pair(&mut self) -> (EventPairId, EventPairId) {
        let end = |state: &mut Self| {
            let header = state.objects.new_header(0, Signals::empty());
            state.objects.event_pairs.insert(EventPair { header, peer: None })
        };
        let ends = (end(self), end(self));
        for (this, other) in [(ends.0, ends.1), (ends.1, ends.0)] {
            let related = self.objects.koid(other);
            if let Some(end) = self.objects.event_pairs.get_mut(this) {
                end.peer = Some(other);
                end.header.related = related;
            }
        }
        ends
    }

    pub fn event_pair_on_zero_handles(&mut self, id: EventPairId) {
        let peer = self.objects.event_pairs.remove(id).and_then(|end| end.peer);
        if let Some(peer_id) = peer
            && let Some(peer) = self.objects.event_pairs.get_mut(peer_id)
        {
            peer.peer = None;
            self.update_signals(peer_id, Signals::empty(), Signals::PEER_CLOSED);
        }
    }
}
