//! Random waits, watches and packets against a naive model.

use std::collections::{BTreeMap, VecDeque};

use kernel_sim::{Caller, PortWait, WaitManyStart, WaitResult, WaitStart};
use zerocopy::IntoBytes;
use zx_abi::{PACKET_USER, PacketSignal, PortPacket, Signals, Status, WAIT_ASYNC_EDGE};

use crate::support::{Dice, World};

const STEPS: usize = 10_000;
/// Bits that the test plays with.
const BITS: u32 = 0x0700_0000;
const EVENTS: usize = 4;

/// What somebody asked to be told.
#[derive(Clone)]
enum Asked {
    /// A wait: its items as event, handle and signals; alone or many; its deadline.
    Wait { items: Vec<(usize, u32, u32)>, many: bool, deadline: i64 },
    /// A watch through a handle, which has or has not queued its packet yet.
    Watch { event: usize, handle: u32, trigger: u32, key: u64, edge: bool, queued: bool },
    /// A wait for a packet.
    Packet { deadline: i64 },
}

/// A packet as the model knows it: a user's key, or the number of the watch.
#[derive(Clone)]
enum Packet {
    User(u64),
    Signal { asked: u64, handle: u32, key: u64, trigger: u32, observed: u32 },
}

#[derive(Default)]
struct Model {
    now: i64,
    signals: [u32; EVENTS],
    /// In the order of the asking.
    asked: BTreeMap<u64, Asked>,
    packets: VecDeque<Packet>,
    /// Completions to be seen, in order.
    ended: Vec<(u64, Status, u32)>,
    results: Vec<(u64, WaitResult)>,
}

impl Model {
    fn signal(&mut self, event: usize, clear: u32, set: u32) {
        let before = self.signals[event];
        let after = before & !clear | set;
        self.signals[event] = after;
        if after == before {
            return;
        }
        let rising = after & !before;
        for (id, asked) in self.asked.clone().into_iter().rev() {
            match asked {
                Asked::Wait { items, many, .. } => {
                    let hit =
                        |(at, _, signals): &(usize, u32, u32)| *at == event && signals & after != 0;
                    if items.iter().any(hit) {
                        self.end_wait(id, &items, many, Status::OK, None);
                    }
                }
                Asked::Watch { event: at, trigger, edge, queued, .. }
                    if at == event && trigger & after != 0 =>
                {
                    let is_edge = rising & trigger != 0;
                    if queued && is_edge {
                        for packet in &mut self.packets {
                            if let Packet::Signal { asked, observed, .. } = packet
                                && *asked == id
                            {
                                *observed |= after;
                            }
                        }
                    } else if !queued && (is_edge || !edge) {
                        self.fire(id, after);
                    }
                }
                _ => {}
            }
        }
    }

    /// A watch gets its packet.
    fn fire(&mut self, id: u64, observed: u32) {
        let Some(Asked::Watch { handle, key, trigger, queued, .. }) = self.asked.get_mut(&id)
        else {
            unreachable!("only watches fire");
        };
        let packet =
            Packet::Signal { asked: id, handle: *handle, key: *key, trigger: *trigger, observed };
        *queued = true;
        self.push(packet);
    }

    fn push(&mut self, packet: Packet) {
        let waits = |(_, asked): &(&u64, &Asked)| matches!(asked, Asked::Packet { .. });
        let waiter = self.asked.iter().find(waits).map(|(id, _)| *id);
        match waiter {
            None => self.packets.push_back(packet),
            Some(id) => {
                self.asked.remove(&id);
                self.taken(&packet);
                self.results.push((id, WaitResult::Packet(real(&packet))));
                self.ended.push((id, Status::OK, 0));
            }
        }
    }

    /// A packet was read: its watch is over.
    fn taken(&mut self, packet: &Packet) {
        if let Packet::Signal { asked, .. } = packet {
            self.asked.remove(asked);
        }
    }

    fn end_wait(
        &mut self,
        id: u64,
        items: &[(usize, u32, u32)],
        many: bool,
        status: Status,
        closed: Option<u32>,
    ) {
        self.asked.remove(&id);
        let mark = |handle: u32| if closed == Some(handle) { 1 << 23 } else { 0 };
        let pending: Vec<u32> =
            items.iter().map(|(event, handle, _)| self.signals[*event] | mark(*handle)).collect();
        self.ended.push((id, status, pending.iter().fold(0, |all, bits| all | bits)));
        if many {
            let pending = pending.into_iter().map(Signals::from_bits_retain).collect();
            self.results.push((id, WaitResult::Items(pending)));
        }
    }

    fn close(&mut self, closed: u32) {
        for (id, asked) in self.asked.clone() {
            match asked {
                Asked::Wait { items, many, .. }
                    if items.iter().any(|(_, handle, _)| *handle == closed) =>
                {
                    self.end_wait(id, &items, many, Status::CANCELED, Some(closed));
                }
                Asked::Watch { handle, .. } if handle == closed => {
                    self.asked.remove(&id);
                }
                _ => {}
            }
        }
    }

    fn cancel(&mut self, source: Option<u32>, cancelled: u64) -> bool {
        let before = self.packets.len() + self.asked.len();
        let concerned = |handle: u32, key: u64| {
            key == cancelled && source.is_none_or(|source| source == handle)
        };
        self.packets.retain(|packet| match packet {
            Packet::User(key) => source.is_some() || *key != cancelled,
            Packet::Signal { handle, key, .. } => !concerned(*handle, *key),
        });
        self.asked.retain(|_, asked| match asked {
            Asked::Watch { handle, key, .. } => !concerned(*handle, *key),
            _ => true,
        });
        self.packets.len() + self.asked.len() < before
    }

    fn advance(&mut self, step: i64) {
        self.now += step;
        let deadline = |asked: &Asked| match asked {
            Asked::Wait { deadline, .. } | Asked::Packet { deadline } => *deadline,
            Asked::Watch { .. } => i64::MAX,
        };
        let mut due: Vec<(i64, u64)> =
            self.asked.iter().map(|(id, asked)| (deadline(asked), *id)).collect();
        due.retain(|(deadline, _)| *deadline <= self.now);
        due.sort_unstable();
        for (_, id) in due {
            match self.asked[&id].clone() {
                Asked::Wait { items, many, .. } => {
                    self.end_wait(id, &items, many, Status::TIMED_OUT, None);
                }
                _ => {
                    self.asked.remove(&id);
                    self.ended.push((id, Status::TIMED_OUT, 0));
                }
            }
        }
    }
}

/// The packet that the kernel hands out.
fn real(packet: &Packet) -> PortPacket {
    match packet {
        Packet::User(key) => user(*key),
        Packet::Signal { key, trigger, observed, .. } => {
            let (trigger, observed) = (*trigger, *observed);
            let signal = PacketSignal { trigger, observed, count: 1, ..PacketSignal::default() };
            let mut packet = PortPacket { key: *key, packet_type: 1, ..PortPacket::default() };
            packet.payload.copy_from_slice(signal.as_bytes());
            packet
        }
    }
}

fn user(key: u64) -> PortPacket {
    PortPacket { key, packet_type: PACKET_USER, status: 1, payload: [2; 32] }
}

struct Run {
    world: World,
    model: Model,
    dice: Dice,
    port: u32,
    /// Handles to the events; the first of each stays.
    handles: Vec<(usize, u32)>,
    token: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let world = World::null();
        let (port, events) = world.host(|c| {
            (c.port_create(0).unwrap(), [(); EVENTS].map(|()| c.event_create(0).unwrap()))
        });
        let handles = events.into_iter().enumerate().collect();
        let model = Model { now: world.now(), ..Model::default() };
        Self { world, model, dice: Dice::new(seed), port, handles, token: 0 }
    }

    fn host<R>(&self, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
        self.world.host(f)
    }

    fn roll(&mut self, limit: u64) -> u64 {
        self.dice.roll(limit)
    }

    fn bits(&mut self) -> u32 {
        self.roll(1 << 32) as u32 & BITS
    }

    fn handle(&mut self) -> (usize, u32) {
        let index = self.roll(self.handles.len() as u64) as usize;
        self.handles[index]
    }

    /// Past, soon or never.
    fn deadline(&mut self) -> i64 {
        match self.roll(4) {
            0 => self.model.now,
            1 => i64::MAX,
            _ => self.model.now + 1 + self.roll(40) as i64,
        }
    }

    fn step(&mut self) {
        match self.roll(12) {
            0..=2 => self.signal(),
            3 => self.wait_one(),
            4 => self.wait_many(),
            5 | 6 => self.watch(),
            7 => self.queue(),
            8 => self.dequeue(),
            9 => self.cancel(),
            10 => self.duplicate_or_close(),
            _ => {
                let step = self.roll(20) as i64;
                self.model.advance(step);
                self.world.clock.advance(step);
            }
        }
    }

    fn signal(&mut self) {
        let (event, handle) = self.handle();
        let (clear, set) = (self.bits(), self.bits());
        self.model.signal(event, clear, set);
        self.host(|c| c.object_signal(handle, clear, set)).unwrap();
    }

    fn wait_one(&mut self) {
        let (event, handle) = self.handle();
        let (signals, deadline) = (self.bits(), self.deadline());
        self.token += 1;
        let token = self.token;
        let now = self.model.signals[event];
        let expected = if now & signals != 0 {
            Ok(WaitStart::Ready(Signals::from_bits_retain(now)))
        } else if deadline <= self.model.now {
            Err(Status::TIMED_OUT)
        } else {
            let items = vec![(event, handle, signals)];
            self.model.asked.insert(token, Asked::Wait { items, many: false, deadline });
            Ok(WaitStart::Pending)
        };
        let signals = Signals::from_bits_retain(signals);
        let found = self.host(|c| c.object_wait_one(handle, signals, deadline, token));
        assert_eq!(found, expected);
    }

    fn wait_many(&mut self) {
        let count = self.roll(4);
        let items: Vec<(usize, u32, u32)> = (0..count)
            .map(|_| {
                let (event, handle) = self.handle();
                (event, handle, self.bits())
            })
            .collect();
        let deadline = self.deadline();
        self.token += 1;
        let token = self.token;
        let now: Vec<u32> = items.iter().map(|(event, ..)| self.model.signals[*event]).collect();
        let ready = items.iter().zip(&now).any(|((_, _, signals), now)| signals & now != 0);
        let pending = now.into_iter().map(Signals::from_bits_retain).collect();
        let expected = if ready {
            WaitManyStart::Ended(Status::OK, pending)
        } else if deadline <= self.model.now {
            WaitManyStart::Ended(Status::TIMED_OUT, pending)
        } else {
            let items = items.clone();
            self.model.asked.insert(token, Asked::Wait { items, many: true, deadline });
            WaitManyStart::Pending
        };
        let items: Vec<(u32, Signals)> = items
            .into_iter()
            .map(|(_, handle, signals)| (handle, Signals::from_bits_retain(signals)))
            .collect();
        let found = self.host(|c| c.object_wait_many(&items, deadline, token));
        assert_eq!(found, Ok(expected));
    }

    fn watch(&mut self) {
        let (event, handle) = self.handle();
        let (trigger, key, edge) = (self.bits(), self.roll(4), self.roll(2) == 0);
        self.token += 1;
        let asked = Asked::Watch { event, handle, trigger, key, edge, queued: false };
        self.model.asked.insert(self.token, asked);
        let now = self.model.signals[event];
        if now & trigger != 0 && !edge {
            self.model.fire(self.token, now);
        }
        let options = if edge { WAIT_ASYNC_EDGE } else { 0 };
        let signals = Signals::from_bits_retain(trigger);
        let port = self.port;
        self.host(|c| c.object_wait_async(handle, port, key, signals, options)).unwrap();
    }

    fn queue(&mut self) {
        let (port, key) = (self.port, self.roll(4));
        self.model.push(Packet::User(key));
        self.host(|c| c.port_queue(port, user(key))).unwrap();
    }

    fn dequeue(&mut self) {
        let (port, deadline) = (self.port, self.deadline());
        self.token += 1;
        let token = self.token;
        let expected = if let Some(packet) = self.model.packets.pop_front() {
            self.model.taken(&packet);
            Ok(PortWait::Ready(real(&packet)))
        } else if deadline <= self.model.now {
            Err(Status::TIMED_OUT)
        } else {
            self.model.asked.insert(token, Asked::Packet { deadline });
            Ok(PortWait::Pending)
        };
        assert_eq!(self.host(|c| c.port_wait(port, deadline, token)), expected);
    }

    fn cancel(&mut self) {
        let (port, key) = (self.port, self.roll(4));
        let source = self.handle().1;
        let (found, expected) = match self.roll(3) {
            0 => (
                self.host(|c| c.port_cancel_key(port, 0, key)).is_ok(),
                self.model.cancel(None, key),
            ),
            1 => (
                self.host(|c| c.port_cancel(port, source, key)).is_ok(),
                self.model.cancel(Some(source), key),
            ),
            _ => {
                let token = self.roll(self.token + 1);
                let waits = matches!(
                    self.model.asked.get(&token),
                    Some(Asked::Wait { .. } | Asked::Packet { .. })
                );
                if waits {
                    self.model.asked.remove(&token);
                }
                (self.world.kernel.cancel_wait(token), waits)
            }
        };
        assert_eq!(found, expected);
    }

    fn duplicate_or_close(&mut self) {
        let index = self.roll(self.handles.len() as u64) as usize;
        let (event, handle) = self.handles[index];
        if index >= EVENTS {
            self.handles.swap_remove(index);
            self.model.close(handle);
            self.host(|c| c.handle_close(handle)).unwrap();
        } else if self.handles.len() < 3 * EVENTS {
            let copy = self.host(|c| c.handle_duplicate(handle, 1 << 31)).unwrap();
            self.handles.push((event, copy));
        }
    }

    fn check(&mut self) {
        // What ends at one moment may end in any order.
        let mut ended: Vec<_> = self.world.events.waits();
        let mut expected: Vec<_> = std::mem::take(&mut self.model.ended)
            .into_iter()
            .map(|(token, status, bits)| (token, status, Signals::from_bits_retain(bits)))
            .collect();
        ended.sort_by_key(|(token, ..)| *token);
        expected.sort_by_key(|(token, ..)| *token);
        assert_eq!(ended, expected);
        let mut results = self.world.events.results();
        let mut expected = std::mem::take(&mut self.model.results);
        results.sort_by_key(|(token, _)| *token);
        expected.sort_by_key(|(token, _)| *token);
        assert_eq!(results, expected);
        let stats = self.world.stats();
        let waits = |asked: &&Asked| !matches!(asked, Asked::Watch { .. });
        assert_eq!(stats.waits, self.model.asked.values().filter(waits).count());
        assert_eq!(stats.packets, self.model.packets.len());
        let observers = self.model.asked.values().map(|asked| match asked {
            Asked::Wait { items, .. } => items.len(),
            Asked::Watch { .. } => 1,
            Asked::Packet { .. } => 0,
        });
        assert_eq!(stats.observers, observers.sum());
    }

    fn close_all(mut self) {
        let handles: Vec<u32> = self.handles.iter().map(|(_, handle)| *handle).collect();
        for handle in &handles {
            self.model.close(*handle);
        }
        self.host(|c| c.handle_close_many(&handles)).unwrap();
        let port = self.port;
        self.host(|c| c.handle_close(port)).unwrap();
        let stats = self.world.stats();
        assert_eq!((stats.observers, stats.packets, stats.handles), (0, 0, 0));
        // What is left waits for nothing but time.
        self.world.clock.advance(1 << 20);
        let stuck = self.world.stats().waits;
        let endless = self.model.asked.values().filter(|asked| {
            matches!(asked, Asked::Wait { items, deadline: i64::MAX, .. } if items.is_empty())
        });
        assert_eq!(stuck, endless.count());
    }
}

#[test]
fn waits_and_ports_behave_as_one_would_write_them_down() {
    for seed in 0..3 {
        let mut run = Run::new(seed);
        for _ in 0..STEPS {
            run.step();
            run.check();
        }
        run.close_all();
    }
}
