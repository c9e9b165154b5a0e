//! Objects that come in pairs (zircon/kernel/object/include/object/dispatcher.h, the peered ones).

use zx_abi::{Result, Signals, Status};

use super::{Header, Key, ObjectId, Objects};
use crate::account::{AccountId, Item};
use crate::state::State;

/// An id of one end of a pair.
pub(crate) trait Peered: Key + Into<ObjectId> {
    /// Signals that an end loses with its peer.
    const LOST_WITH_PEER: Signals;

    /// Where an end keeps its peer: none once that is gone.
    fn peer(end: &Self::Object) -> Option<Self>;

    fn peer_mut(end: &mut Self::Object) -> &mut Option<Self>;

    /// Releases what an end holds when its last handle is gone.
    fn closed(_end: Self::Object, _state: &mut State) {}

    /// Ends what depends on a peer, before PEER_CLOSED shows that it is gone.
    fn peer_closed(self, _state: &mut State) {}
}

impl Objects {
    /// The other end.
    ///
    /// # Errors
    /// PEER_CLOSED if it is gone.
    pub fn peer<K: Peered>(&self, id: K) -> Result<K> {
        id.get(self).and_then(K::peer).ok_or(Status::PEER_CLOSED)
    }

    /// The other end of an object of any type.
    ///
    /// # Errors
    /// PEER_CLOSED if it is gone; NOT_SUPPORTED for a type that has none.
    pub fn any_peer(&self, object: ObjectId) -> Result<ObjectId> {
        match object {
            ObjectId::Channel(id) => self.peer(id).map(Into::into),
            ObjectId::Socket(id) => self.peer(id).map(Into::into),
            ObjectId::EventPair(id) => self.peer(id).map(Into::into),
            ObjectId::Fifo(id) => self.peer(id).map(Into::into),
            ObjectId::Iob(id) => self.peer(id).map(Into::into),
            ObjectId::Process(_)
            | ObjectId::Thread(_)
            | ObjectId::Vmo(_)
            | ObjectId::Event(_)
            | ObjectId::Port(_)
            | ObjectId::Log(_)
            | ObjectId::Job(_)
            | ObjectId::Vmar(_)
            | ObjectId::Timer(_)
            | ObjectId::Clock(_)
            | ObjectId::Stream(_)
            | ObjectId::Interrupt(_)
            | ObjectId::Resource(_)
            | ObjectId::Profile(_)
            | ObjectId::Counter(_)
            | ObjectId::IobSharedRegion(_)
            | ObjectId::SuspendToken(_)
            | ObjectId::Exception(_)
            | ObjectId::Pager(_) => Err(Status::NOT_SUPPORTED),
        }
    }
}

impl State {
    /// Two ends of a new pair, which start with `signals`.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_pair<K: Peered>(
        &mut self,
        account: AccountId,
        signals: Signals,
        end: impl Fn(Header) -> K::Object,
    ) -> Result<(K, K)> {
        let objects = &mut self.objects;
        objects.accounts.charge(account, [(Item::Objects, 2)])?;
        let mut new = || {
            let header = objects.charged_header(account, 0, signals);
            K::insert(objects, end(header))
        };
        let ends = (new(), new());
        for (this, other) in [(ends.0, ends.1), (ends.1, ends.0)] {
            let related = objects.koid(other);
            if let Some(header) = objects.header_mut(this.into()) {
                header.related = related;
            }
            if let Some(end) = this.get_mut(objects) {
                *K::peer_mut(end) = Some(other);
            }
        }
        Ok(ends)
    }

    /// The last handle of an end is gone: its peer shows PEER_CLOSED from then on.
    pub fn close_end<K: Peered>(&mut self, id: K) {
        let Some(end) = id.remove(&mut self.objects) else { return };
        let peer = K::peer(&end);
        K::closed(end, self);
        if let Some(peer) = peer
            && let Some(end) = peer.get_mut(&mut self.objects)
        {
            *K::peer_mut(end) = None;
            peer.peer_closed(self);
            self.update_signals(peer, K::LOST_WITH_PEER, Signals::PEER_CLOSED);
        }
    }
}
