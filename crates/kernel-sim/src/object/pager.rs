//! Pagers (zircon/kernel/object/pager_dispatcher.cc, pager_proxy.cc, vm/page_source.cc).
//!
//! A page that nobody has supplied is waited for under a request, which goes to the pager's port: one
//! packet of each VMO at a time, in the order of the requests. Who needs a page of a request that
//! there is joins it. A wait that has ended does again what it was in: a call is made once more, a
//! fault judged once more.

use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::ops::Range;

use zerocopy::IntoBytes;
use zx_abi::{
    PACKET_PAGE_REQUEST, PAGER_VMO_COMPLETE, PAGER_VMO_DIRTY, PAGER_VMO_READ, PacketPageRequest,
    PortPacket, Result, Rights, Signals, Status, VMO_DIRTY_RANGE_IS_ZERO, VmoDirtyRange,
};

use super::{Header, Key, NeedKind, PageNeed, PagerId, PortId, StoreId, object, rights};
use crate::account::AccountId;
use crate::ending::Ending;
use crate::line::Line;
use crate::object::Sender;
use crate::ranges::Ranges;
use crate::state::State;
use crate::wait::WaiterId;

#[derive(Debug)]
pub(crate) struct Pager {
    pub header: Header,
    /// The stores of its VMOs.
    pub sources: BTreeSet<StoreId>,
    /// Where COMPLETE packets wait: port and place.
    completes: BTreeSet<(PortId, u64)>,
}

object!(
    Pager,
    rights(&[Rights::TRANSFER, Rights::INSPECT, Rights::ATTACH_VMO, Rights::MANAGE_VMO]),
    Signals::empty()
);

/// What a pager held that is gone.
#[derive(Debug)]
pub(crate) struct DeadPager {
    sources: btree_set::IntoIter<StoreId>,
    completes: btree_set::IntoIter<(PortId, u64)>,
}

/// What the store of a pager's VMO has of its pager, and what is dirty.
#[derive(Debug)]
pub(crate) struct Source {
    pub pager: PagerId,
    port: PortId,
    key: u64,
    /// A page is written only if the pager allows it.
    pub trap_dirty: bool,
    /// The pager is asked for nothing any more.
    pub is_detached: bool,
    /// What is waited for, by where it begins.
    requests: BTreeMap<(NeedKind, u64), Request>,
    /// How many there have been.
    request_count: u64,
    /// Those that no packet was queued for yet.
    unsent: Line<(NeedKind, u64)>,
    /// The one that a packet is queued for.
    sent: Sent,
    /// Pages that have been written and not been written back, those that are being so included.
    pub dirty: Ranges,
    /// Those that are being written back.
    pub awaiting: Ranges,
    /// Those of the dirty ones that nobody has written: the VMO grew there.
    pub zero: Ranges,
    /// It has been written, zeroed or resized.
    pub modified: bool,
}

#[derive(Debug)]
struct Request {
    number: u64,
    end: u64,
    waiters: Line<WaiterId>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// At this place of the unsent ones.
    Unsent(u64),
    Sent,
    /// The pager has read its packet.
    Taken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Nothing,
    /// A packet at this place of the port.
    Packet(u64, (NeedKind, u64)),
    /// Nobody can read it: the port is gone.
    Lost,
}

/// Whom a wait for pages waits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub store: StoreId,
    request: (NeedKind, u64),
    /// Of that request: a later one may be for the same pages.
    number: u64,
    place: u64,
}

impl Source {
    pub fn new(pager: PagerId, (port, key): (PortId, u64), trap_dirty: bool) -> Self {
        Self {
            pager,
            port,
            key,
            trap_dirty,
            is_detached: false,
            requests: BTreeMap::new(),
            request_count: 0,
            unsent: Line::default(),
            sent: Sent::Nothing,
            dirty: Ranges::default(),
            awaiting: Ranges::default(),
            zero: Ranges::default(),
            modified: false,
        }
    }

    /// Whether the first pages of a range are dirty, so that writing them changes nothing, and where
    /// that ends.
    pub fn written_freely(&self, range: Range<u64>) -> (bool, u64) {
        let Range { start, end } = range;
        let everywhere = 0..u64::MAX;
        let Some(dirty) = self.dirty.around(start) else {
            return (false, end.min(self.dirty.gap_around(start, everywhere).end));
        };
        let mut free_end = end.min(dirty.end);
        for held in [&self.awaiting, &self.zero] {
            match held.around(start) {
                Some(run) => return (false, end.min(run.end)),
                None => free_end = free_end.min(held.gap_around(start, everywhere.clone()).end),
            }
        }
        (true, free_end)
    }

    /// Pages are written.
    pub fn write(&mut self, range: Range<u64>) {
        self.allow(range);
        self.modified = true;
    }

    /// The pager lets clean pages be written; the others are dirty already.
    pub fn allow(&mut self, range: Range<u64>) {
        self.dirty.insert(range.clone());
        self.awaiting.remove(range.clone());
        self.zero.remove(range);
    }

    /// The first dirty pages of a range, as far as nobody, or somebody, has written them.
    pub fn next_dirty(&self, range: Range<u64>) -> Option<VmoDirtyRange> {
        let Range { start, end } = self.dirty.within(range).next()?;
        let zero = self.zero.around(start);
        let end = match &zero {
            Some(zero) => end.min(zero.end),
            None => end.min(self.zero.gap_around(start, 0..u64::MAX).end),
        };
        let options = if zero.is_some() { VMO_DIRTY_RANGE_IS_ZERO } else { 0 };
        Some(VmoDirtyRange { offset: start, length: end - start, options })
    }

    /// Nothing is dirty in a range any more.
    pub fn forget(&mut self, range: Range<u64>) {
        for ranges in [&mut self.dirty, &mut self.awaiting, &mut self.zero] {
            ranges.remove(range.clone());
        }
    }

    /// The first request of a kind that shares a page with a range.
    fn overlapping(&self, kind: NeedKind, range: &Range<u64>) -> Option<(NeedKind, u64)> {
        let before = self.requests.range((kind, 0)..=(kind, range.start)).next_back();
        let before = before.filter(|(_, request)| request.end > range.start);
        let (start, _) = before
            .or_else(|| self.requests.range((kind, range.start)..(kind, range.end)).next())?;
        Some(*start)
    }
}

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_pager(&mut self, account: AccountId) -> Result<PagerId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        let (sources, completes) = (BTreeSet::new(), BTreeSet::new());
        Ok(self.objects.pagers.insert(Pager { header, sources, completes }))
    }

    /// The last handle is gone: nothing more comes of it, what waits fails.
    pub fn pager_on_zero_handles(&mut self, id: PagerId) {
        let Some(pager) = id.remove(&mut self.objects) else { return };
        let Pager { sources, completes, .. } = pager;
        let (sources, completes) = (sources.into_iter(), completes.into_iter());
        self.end(Ending::Pager(Box::new(DeadPager { sources, completes })));
    }

    /// Gives up the next of what a pager held. False if nothing is left.
    pub fn end_pager(&mut self, pager: &mut DeadPager) -> bool {
        self.meter.count(1);
        if let Some((port, place)) = pager.completes.next() {
            self.port_take(port, place);
            return true;
        }
        let Some(store) = pager.sources.next() else { return false };
        self.end(Ending::Requests(store, 0..u64::MAX, Status::BAD_STATE));
        true
    }

    /// Has a wait wait for pages.
    ///
    /// # Errors
    /// BAD_STATE if there is no pager to ask.
    pub fn request_pages(&mut self, need: PageNeed, waiter: WaiterId) -> Result<Place> {
        let PageNeed { store, range, kind } = need;
        let source = self.objects.source(store).ok_or(Status::BAD_STATE)?;
        if source.is_detached || self.objects.pagers.get(source.pager).is_none() {
            return Err(Status::BAD_STATE);
        }
        let source = self.objects.source_mut(store).ok_or(Status::BAD_STATE)?;
        let joined = source.overlapping(kind, &(range.start..range.start + 1));
        let request = joined.unwrap_or_else(|| {
            let next = source.overlapping(kind, &range).map_or(range.end, |(_, start)| start);
            let request = (kind, range.start);
            let stage = Stage::Unsent(source.unsent.push(request));
            let (number, waiters) = (source.request_count, Line::default());
            source.request_count += 1;
            source.requests.insert(request, Request { number, end: next, waiters, stage });
            request
        });
        let entry = source.requests.get_mut(&request).ok_or(Status::INTERNAL)?;
        let (number, place) = (entry.number, entry.waiters.push(waiter));
        self.send_request(store);
        Ok(Place { store, request, number, place })
    }

    /// A wait ends before its pages are there. Without another one for them its request goes.
    pub fn withdraw(&mut self, Place { store, request, number, place }: Place) {
        let Some(source) = self.objects.source_mut(store) else { return };
        let Some(entry) = source.requests.get_mut(&request) else { return };
        if entry.number != number {
            return;
        }
        entry.waiters.remove(place);
        if entry.waiters.is_empty() {
            self.end_request(store, request);
        }
    }

    /// Takes a request out. Those who wait under it are the caller's to wake.
    fn end_request(&mut self, store: StoreId, id: (NeedKind, u64)) -> Option<Line<WaiterId>> {
        let source = self.objects.source_mut(store)?;
        let request = source.requests.remove(&id)?;
        self.meter.count(1);
        match (request.stage, source.sent) {
            (Stage::Unsent(place), _) => drop(source.unsent.remove(place)),
            (Stage::Sent, Sent::Packet(place, _)) => {
                source.sent = Sent::Nothing;
                let port = source.port;
                self.port_take(port, place);
                self.send_request(store);
            }
            _ => {}
        }
        Some(request.waiters)
    }

    /// Queues a packet for the next request, if none is queued.
    fn send_request(&mut self, store: StoreId) {
        loop {
            let Some(account) = self.objects.stores.get(store).map(super::Store::account) else {
                return;
            };
            let Some(source) = self.objects.source_mut(store) else { return };
            if source.sent != Sent::Nothing || source.is_detached {
                return;
            }
            let Some(id) = source.unsent.pop() else { return };
            let Some(request) = source.requests.get_mut(&id) else { continue };
            request.stage = Stage::Sent;
            let command = match id.0 {
                NeedKind::Read => PAGER_VMO_READ,
                NeedKind::Dirty => PAGER_VMO_DIRTY,
            };
            let packet = packet(source.key, command, id.1..request.end);
            let port = source.port;
            let queued = self.port_queue_request(account, port, packet, Sender::Request(store));
            let Some(source) = self.objects.source_mut(store) else { return };
            match queued {
                Ok(Some(place)) => source.sent = Sent::Packet(place, id),
                Ok(None) => {
                    if let Some(request) = source.requests.get_mut(&id) {
                        request.stage = Stage::Taken;
                    }
                }
                Err(_) => source.sent = Sent::Lost,
            }
        }
    }

    /// The packet of a request has been read.
    pub fn request_taken(&mut self, store: StoreId) {
        let Some(source) = self.objects.source_mut(store) else { return };
        if let Sent::Packet(_, id) = source.sent {
            source.sent = Sent::Nothing;
            if let Some(request) = source.requests.get_mut(&id) {
                request.stage = Stage::Taken;
            }
        }
        self.send_request(store);
    }

    /// The packet of a request has gone with its port.
    pub fn request_lost(&mut self, store: StoreId) {
        if let Some(source) = self.objects.source_mut(store) {
            source.sent = Sent::Lost;
        }
    }

    /// Ends the next request that shares a page with a range, as having failed. False if there is
    /// none.
    pub fn fail_request(&mut self, store: StoreId, range: &Range<u64>, status: Status) -> bool {
        let Some(source) = self.objects.source(store) else { return false };
        let next = source.overlapping(NeedKind::Read, range);
        let next = next.or_else(|| source.overlapping(NeedKind::Dirty, range));
        let Some(waiters) = next.and_then(|request| self.end_request(store, request)) else {
            return false;
        };
        self.end(Ending::PageWaits(waiters, Err(status)));
        true
    }

    /// As [`State::fail_request`], for the next request to write pages; those who wait under it find out
    /// themselves what they have to wait for now.
    pub fn retry_request(&mut self, store: StoreId, range: &Range<u64>) -> bool {
        let source = self.objects.source(store);
        let next = source.and_then(|source| source.overlapping(NeedKind::Dirty, range));
        let Some(waiters) = next.and_then(|request| self.end_request(store, request)) else {
            return false;
        };
        self.end(Ending::PageWaits(waiters, Ok(())));
        true
    }

    /// Pages in a range have become present or dirty, or have gone: ends the requests of a kind all of
    /// whose pages have. No more of them share a page with the range than it has pages, but one.
    pub fn answer_requests(&mut self, kind: NeedKind, store: StoreId, range: Range<u64>) {
        let mut at = range.start;
        while at < range.end {
            let size = self.objects.size_of(store);
            let Some(paging) = self.objects.paging(store) else { return };
            let Some(source) = self.objects.source(store) else { return };
            let Some(id) = source.overlapping(kind, &(at..range.end)) else { return };
            let Some(request) = source.requests.get(&id) else { return };
            let wanted = id.1..request.end.min(size);
            at = request.end.max(at + 1);
            let answered = wanted.is_empty()
                || match kind {
                    NeedKind::Read => paging.present.missing_at_most(&wanted, 0).is_some(),
                    NeedKind::Dirty => source.written_freely(wanted.clone()) == (true, wanted.end),
                };
            self.meter.count(1);
            if answered && let Some(waiters) = self.end_request(store, id) {
                self.end(Ending::PageWaits(waiters, Ok(())));
            }
        }
    }

    /// Ends the requests for pages that are not in a VMO any more, which ends at `size` now, and those
    /// that wait for nothing else.
    pub fn cut_requests(&mut self, store: StoreId, size: u64) -> bool {
        let Some(source) = self.objects.source(store) else { return false };
        let beyond = |kind| {
            let request = source.requests.range((kind, size)..(kind, u64::MAX)).next();
            request.map(|(id, _)| *id)
        };
        if let Some(id) = beyond(NeedKind::Read).or_else(|| beyond(NeedKind::Dirty)) {
            if let Some(waiters) = self.end_request(store, id) {
                self.end(Ending::PageWaits(waiters, Ok(())));
            }
            return true;
        }
        if size > 0 {
            self.answer_requests(NeedKind::Read, store, size - 1..size);
            self.answer_requests(NeedKind::Dirty, store, size - 1..size);
        }
        false
    }

    /// The pager learns that nothing more is asked for a VMO: the last packet of it.
    pub fn complete_source(&mut self, store: StoreId) {
        let Some(account) = self.objects.stores.get(store).map(super::Store::account) else {
            return;
        };
        let Some(source) = self.objects.source_mut(store) else { return };
        if std::mem::replace(&mut source.is_detached, true) {
            return;
        }
        let (pager, port) = (source.pager, source.port);
        let packet = packet(source.key, PAGER_VMO_COMPLETE, 0..0);
        self.end(Ending::Requests(store, 0..u64::MAX, Status::BAD_STATE));
        if self.objects.pagers.get(pager).is_some()
            && let Ok(Some(place)) =
                self.port_queue_request(account, port, packet, Sender::Complete(pager))
            && let Some(pager) = self.objects.pagers.get_mut(pager)
        {
            pager.completes.insert((port, place));
        }
    }

    /// A store goes. If it has a pager, that learns of it.
    pub fn source_gone(&mut self, store: StoreId) {
        let Some(pager) = self.objects.source(store).map(|source| source.pager) else { return };
        self.complete_source(store);
        if let Some(pager) = self.objects.pagers.get_mut(pager) {
            pager.sources.remove(&store);
        }
    }

    /// A COMPLETE packet has left its port.
    pub fn complete_taken(&mut self, pager: PagerId, port: PortId, place: u64) {
        if let Some(pager) = self.objects.pagers.get_mut(pager) {
            pager.completes.remove(&(port, place));
        }
    }
}

fn packet(key: u64, command: u16, range: Range<u64>) -> PortPacket {
    let request = PacketPageRequest {
        command,
        flags: 0,
        reserved0: 0,
        offset: range.start,
        length: range.end - range.start,
        reserved1: 0,
    };
    let mut packet = PortPacket { key, packet_type: PACKET_PAGE_REQUEST, ..PortPacket::default() };
    packet.payload.copy_from_slice(request.as_bytes());
    packet
}
