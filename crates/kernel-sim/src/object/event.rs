//! Events and event pairs (zircon/kernel/object/event_dispatcher.cc, event_pair_dispatcher.cc).

use zx_abi::{Result, Rights, Signals};

use super::{EventId, EventPairId, Header, Key, Peered, object, rights};
use crate::account::AccountId;
use crate::state::State;

#[derive(Debug)]
pub(crate) struct Event {
    pub header: Header,
    /// The kernel itself keeps it.
    pub kept: bool,
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

impl Peered for EventPairId {
    const LOST_WITH_PEER: Signals = Signals::empty();

    fn peer(end: &EventPair) -> Option<Self> {
        end.peer
    }

    fn peer_mut(end: &mut EventPair) -> &mut Option<Self> {
        &mut end.peer
    }
}

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_event(&mut self, account: AccountId) -> Result<EventId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        Ok(self.objects.events.insert(Event { header, kept: false }))
    }

    pub fn event_on_zero_handles(&mut self, id: EventId) {
        if self.objects.events.get(id).is_some_and(|event| !event.kept) {
            id.remove(&mut self.objects);
        }
    }

    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_event_pair(&mut self, account: AccountId) -> Result<(EventPairId, EventPairId)> {
        self.new_pair(account, Signals::empty(), |header| EventPair { header, peer: None })
    }
}
