//! Ports (zircon/kernel/object/port_dispatcher.cc).

use std::collections::{BTreeMap, VecDeque, btree_map};

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    PACKET_SIGNAL_ONE, PORT_MAX_USER_PACKETS, PacketSignal, PortPacket, Result, Rights, Signals,
    Status, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP,
};

use super::{
    Header, InterruptId, Key, ObjectId, PagerId, PortId, ProcessId, StoreId, object, rights,
};
use crate::account::{AccountId, Item};
use crate::ending::Ending;
use crate::line::Line;
use crate::state::State;
use crate::wait::{Concern, Observer, ObserverId, Sleeper, WaitEnd, WaitFor, WaitResult, WaiterId};

#[derive(Debug)]
pub(crate) struct Port {
    pub header: Header,
    /// Interrupts that are bound to it put packets there, which are read before others.
    pub takes_interrupts: bool,
    /// Packets of interrupts, oldest first.
    interrupts: Line<(InterruptId, PortPacket)>,
    /// Oldest first.
    packets: Line<QueuedPacket>,
    /// The places of the packets.
    packets_by_key: BTreeMap<Tag, u64>,
    /// How many of the packets users have queued.
    user_packets: usize,
    /// Waits for a packet, oldest first. Empty while there are packets.
    pub waiters: VecDeque<WaiterId>,
    /// Watches that end in a packet here.
    observers: BTreeMap<Tag, ObserverId>,
}

/// What a port held that is gone.
#[derive(Debug)]
pub(crate) struct DeadPort {
    interrupts: Line<(InterruptId, PortPacket)>,
    packets: Line<QueuedPacket>,
    packets_by_key: BTreeMap<Tag, u64>,
    observers: btree_map::IntoValues<Tag, ObserverId>,
}

/// The handle that is watched, by which packets can be taken back; None for a user's packet.
type Source = Option<(ProcessId, u32)>;

/// What packets and watches are taken back by: key and source. A number tells them apart that have
/// the same.
type Tag = (u64, Source, u64);

/// Whom a packet comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    User,
    /// A watch, through the handle; the observer goes on watching, so that the packet tells of further
    /// edges until it is read.
    Watch((ProcessId, u32), Option<ObserverId>),
    /// A request for pages of a store.
    Request(StoreId),
    /// The last packet of a pager's VMO.
    Complete(PagerId),
}

#[derive(Debug)]
struct QueuedPacket {
    packet: PortPacket,
    sender: Sender,
    /// What it is charged to, like an object.
    account: AccountId,
}

/// What `zx_object_wait_async` asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PortWatch {
    pub port: PortId,
    pub key: u64,
    pub options: u32,
    /// What it is charged to, like an object.
    pub account: AccountId,
    /// The place of its packet in the port, once it has one.
    packet: Option<u64>,
}

impl PortWatch {
    pub fn new(port: PortId, key: u64, options: u32, account: AccountId) -> Self {
        Self { port, key, options, account, packet: None }
    }
}

impl Sender {
    /// What its packets can be taken back by, if they can.
    fn source(self) -> Option<Source> {
        match self {
            Self::User => Some(None),
            Self::Watch(handle, _) => Some(Some(handle)),
            Self::Request(_) | Self::Complete(_) => None,
        }
    }
}

impl Port {
    /// The place that the packet has got.
    fn push(&mut self, queued: QueuedPacket) -> u64 {
        let (key, sender) = (queued.packet.key, queued.sender);
        self.user_packets += usize::from(sender == Sender::User);
        let place = self.packets.push(queued);
        if let Some(source) = sender.source() {
            self.packets_by_key.insert((key, source, place), place);
        }
        place
    }

    fn remove(&mut self, place: u64) -> Option<QueuedPacket> {
        let queued = self.packets.remove(place)?;
        self.user_packets -= usize::from(queued.sender == Sender::User);
        if let Some(source) = queued.sender.source() {
            self.packets_by_key.remove(&(queued.packet.key, source, place));
        }
        Some(queued)
    }
}

impl Observer {
    fn tag(&self, key: u64) -> Tag {
        (key, Some((self.process, self.handle)), self.places.1)
    }
}

/// Something with a key, of one handle or, without a source, of anyone.
fn tagged<T: Copy>(tags: &BTreeMap<Tag, T>, key: u64, source: Source) -> Option<T> {
    let (tag, found) = tags.range((key, source, 0)..).next()?;
    (tag.0 == key && (source.is_none() || tag.1 == source)).then_some(*found)
}

object!(
    Port,
    rights(&[Rights::DUPLICATE, Rights::TRANSFER, Rights::INSPECT, Rights::IO]),
    Signals::empty()
);

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_port(&mut self, account: AccountId, takes_interrupts: bool) -> Result<PortId> {
        let header = self.objects.new_header(account, 0, Signals::empty())?;
        Ok(self.objects.ports.insert(Port {
            header,
            takes_interrupts,
            interrupts: Line::default(),
            packets: Line::default(),
            packets_by_key: BTreeMap::new(),
            user_packets: 0,
            waiters: VecDeque::new(),
            observers: BTreeMap::new(),
        }))
    }

    /// The last handle is gone: so are packets and watches. Guests go on waiting, as upstream's
    /// do; the host, which cannot be killed for it, does not.
    pub fn port_on_zero_handles(&mut self, id: PortId) {
        let Some(port) = id.remove(&mut self.objects) else { return };
        let Port { interrupts, packets, packets_by_key, observers, .. } = port;
        self.packet_count -= packets.len() + interrupts.len();
        let observers = observers.into_values();
        self.end(Ending::Port(Box::new(DeadPort {
            interrupts,
            packets,
            packets_by_key,
            observers,
        })));
        for waiter in port.waiters {
            let sleeper = self.waiters.get(waiter).map(|waiter| waiter.sleeper);
            if let Some(Sleeper::Host(_)) = sleeper {
                self.finish_wait(waiter, WaitEnd::Abandoned);
            }
        }
    }

    /// Watches an object for a port. `now` is what the object shows.
    ///
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn port_watch(
        &mut self,
        (object, now): (ObjectId, Signals),
        signals: Signals,
        (process, handle): (ProcessId, u32),
        watch: PortWatch,
    ) -> Result {
        self.objects.accounts.charge(watch.account, [(Item::Objects, 1)])?;
        let id = self.add_observer(object, signals, (process, handle), Concern::Port(watch));
        if let Some(port) = self.objects.ports.get_mut(watch.port)
            && let Some(observer) = self.observers.get(id)
        {
            port.observers.insert(observer.tag(watch.key), id);
        }
        if now.intersects(signals) && watch.options & WAIT_ASYNC_EDGE == 0 {
            self.port_queue_signal(id, watch, now);
        }
        Ok(())
    }

    /// A watched object shows a signal that a port asked for; `edge` if it has just appeared.
    pub fn port_match(&mut self, id: ObserverId, watch: PortWatch, shown: Signals, edge: bool) {
        match watch.packet {
            Some(place) if edge => {
                let port = self.objects.ports.get_mut(watch.port);
                let queued = port.and_then(|port| port.packets.get_mut(place));
                if let Some(queued) = queued
                    && let Ok(mut signal) = PacketSignal::read_from_bytes(&queued.packet.payload)
                {
                    signal.observed |= shown.bits();
                    queued.packet.payload.copy_from_slice(signal.as_bytes());
                }
            }
            None if edge || watch.options & WAIT_ASYNC_EDGE == 0 => {
                self.port_queue_signal(id, watch, shown);
            }
            _ => {}
        }
    }

    fn port_queue_signal(&mut self, id: ObserverId, watch: PortWatch, now: Signals) {
        let timestamped = WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_BOOT_TIMESTAMP;
        let timestamp = if watch.options & timestamped != 0 { self.now() } else { 0 };
        let Some(observer) = self.observers.get(id) else { return };
        let signal = PacketSignal {
            trigger: observer.signals.bits(),
            observed: now.bits(),
            count: 1,
            timestamp,
            reserved: 0,
        };
        let mut packet =
            PortPacket { key: watch.key, packet_type: PACKET_SIGNAL_ONE, ..PortPacket::default() };
        packet.payload.copy_from_slice(signal.as_bytes());
        let sender = Sender::Watch((observer.process, observer.handle), Some(id));
        let account = watch.account;
        // Each packet was a watch that was allowed.
        self.objects.accounts.spend(account, Item::Objects, 1);
        match self.port_push(watch.port, QueuedPacket { packet, sender, account }) {
            Ok(place @ Some(_)) => {
                if let Some(observer) = self.observers.get_mut(id) {
                    observer.concern = Concern::Port(PortWatch { packet: place, ..watch });
                }
            }
            Ok(None) | Err(_) => self.port_drop_observer(id),
        }
    }

    /// Queues a user's packet.
    ///
    /// # Errors
    /// SHOULD_WAIT when there are too many; NO_MEMORY at a limit.
    pub fn port_queue_user(
        &mut self,
        account: AccountId,
        id: PortId,
        packet: PortPacket,
    ) -> Result {
        let port = self.objects.get_mut(id)?;
        if port.user_packets >= PORT_MAX_USER_PACKETS {
            return Err(Status::SHOULD_WAIT);
        }
        self.objects.accounts.charge(account, [(Item::Objects, 1)])?;
        self.port_push(id, QueuedPacket { packet, sender: Sender::User, account })?;
        Ok(())
    }

    /// Queues a packet of a pager's VMO, of which there are few at a time: at the place returned, or it
    /// has gone to who waits.
    ///
    /// # Errors
    /// BAD_HANDLE if the port is gone.
    pub fn port_queue_request(
        &mut self,
        account: AccountId,
        id: PortId,
        packet: PortPacket,
        sender: Sender,
    ) -> Result<Option<u64>> {
        self.objects.accounts.spend(account, Item::Objects, 1);
        self.port_push(id, QueuedPacket { packet, sender, account })
    }

    /// Gives a packet to the oldest wait, or else queues it at the place returned.
    ///
    /// # Errors
    /// BAD_HANDLE if the port is gone.
    fn port_push(&mut self, id: PortId, queued: QueuedPacket) -> Result<Option<u64>> {
        if let Some(waiter) = self.port_waiter(id) {
            self.refund_packet(&queued);
            self.port_deliver(waiter, queued.packet);
            return Ok(None);
        }
        let Some(port) = self.objects.ports.get_mut(id) else {
            self.refund_packet(&queued);
            return Err(Status::BAD_HANDLE);
        };
        self.packet_count += 1;
        Ok(Some(port.push(queued)))
    }

    /// Whoever has waited longest for a packet.
    fn port_waiter(&mut self, id: PortId) -> Option<WaiterId> {
        loop {
            let waiter = self.objects.ports.get_mut(id)?.waiters.pop_front()?;
            if !self.waiters.get(waiter).is_some_and(|waiter| self.is_moot(waiter)) {
                return Some(waiter);
            }
            self.forget_waiter(waiter);
        }
    }

    /// Gives the packet of an interrupt to the oldest wait, or else queues it at the place returned.
    pub fn port_queue_interrupt(
        &mut self,
        id: PortId,
        interrupt: InterruptId,
        packet: PortPacket,
    ) -> Option<u64> {
        if let Some(waiter) = self.port_waiter(id) {
            self.port_deliver(waiter, packet);
            return None;
        }
        let port = self.objects.ports.get_mut(id)?;
        self.packet_count += 1;
        Some(port.interrupts.push((interrupt, packet)))
    }

    /// Takes back the packet of an interrupt: whether it was there.
    pub fn port_take_interrupt(&mut self, id: PortId, place: u64) -> bool {
        let port = self.objects.ports.get_mut(id);
        let taken = port.is_some_and(|port| port.interrupts.remove(place).is_some());
        self.packet_count -= usize::from(taken);
        taken
    }

    /// Takes the packet at a place back.
    pub fn port_take(&mut self, id: PortId, place: u64) {
        let queued = self.objects.ports.get_mut(id).and_then(|port| port.remove(place));
        if let Some(queued) = queued {
            self.packet_count -= 1;
            self.refund_packet(&queued);
        }
    }

    fn refund_packet(&mut self, queued: &QueuedPacket) {
        self.objects.accounts.refund(queued.account, Item::Objects, 1);
    }

    fn port_deliver(&mut self, id: WaiterId, packet: PortPacket) {
        let Some(waiter) = self.forget_waiter(id) else { return };
        let (status, result) = match (waiter.sleeper, waiter.wait_for) {
            (Sleeper::Thread(_), WaitFor::Packet { out, .. }) => {
                let written = self.write_user(waiter.process, out, packet.as_bytes());
                (written.err().unwrap_or(Status::OK), None)
            }
            _ => (Status::OK, Some(WaitResult::Packet(packet))),
        };
        self.wake(waiter.sleeper, status, Signals::empty(), result);
    }

    /// Takes the oldest packet out.
    pub fn port_pop(&mut self, id: PortId) -> Option<PortPacket> {
        let port = self.objects.ports.get_mut(id)?;
        if let Some((interrupt, packet)) = port.interrupts.pop() {
            self.packet_count -= 1;
            if let Some(interrupt) = self.objects.interrupts.get_mut(interrupt)
                && let Some(bound) = &mut interrupt.port
            {
                bound.packet = None;
            }
            return Some(packet);
        }
        let place = port.packets.first()?;
        let queued = port.remove(place)?;
        self.packet_count -= 1;
        self.refund_packet(&queued);
        match queued.sender {
            Sender::User => {}
            Sender::Watch(_, observer) => {
                observer.into_iter().for_each(|id| self.port_drop_observer(id));
            }
            Sender::Request(store) => self.request_taken(store),
            Sender::Complete(pager) => self.complete_taken(pager, id, place),
        }
        Some(queued.packet)
    }

    /// Takes back packets and watches with a key, those of a handle or all, as far as this turn goes:
    /// whether there were any, and whether there may be more.
    ///
    /// # Errors
    /// BAD_HANDLE if the port is gone.
    pub fn port_cancel(&mut self, id: PortId, source: Source, key: u64) -> Result<(bool, bool)> {
        let mut found = false;
        while !self.meter.is_due() {
            let port = self.objects.get_mut(id)?;
            if let Some(place) = tagged(&port.packets_by_key, key, source) {
                self.meter.count(1);
                if let Some(queued) = port.remove(place) {
                    self.packet_count -= 1;
                    self.refund_packet(&queued);
                }
            } else if let Some(observer) = tagged(&port.observers, key, source) {
                self.port_drop_observer(observer);
            } else {
                return Ok((found, false));
            }
            found = true;
        }
        Ok((found, true))
    }

    /// The watched handle is gone: the watch ends, its packet stays.
    pub fn port_forget_observer(&mut self, watch: PortWatch, id: ObserverId) {
        if let Some(place) = watch.packet
            && let Some(port) = self.objects.ports.get_mut(watch.port)
            && let Some(QueuedPacket { sender: Sender::Watch(_, observer), .. }) =
                port.packets.get_mut(place)
        {
            *observer = None;
        }
        self.port_drop_observer(id);
    }

    fn port_drop_observer(&mut self, id: ObserverId) {
        let Some(observer) = self.remove_observer(id) else { return };
        if let Concern::Port(PortWatch { port, key, .. }) = observer.concern
            && let Some(port) = self.objects.ports.get_mut(port)
        {
            port.observers.remove(&observer.tag(key));
        }
    }

    /// Gives up the next of what a port held. False if nothing is left.
    pub fn end_port(&mut self, port: &mut DeadPort) -> bool {
        let interrupt = port.interrupts.pop();
        let queued = port.packets.pop();
        self.meter.count(usize::from(interrupt.is_some() || queued.is_some()));
        if let Some(queued) = &queued {
            self.refund_packet(queued);
            port.packets_by_key.pop_first();
            if let Sender::Request(store) = queued.sender {
                self.request_lost(store);
            }
        }
        let observer = port.observers.next();
        if let Some(observer) = observer {
            self.remove_observer(observer);
        }
        interrupt.is_some() || queued.is_some() || observer.is_some()
    }
}
