//! Channels in messages, while those of them are looked for that nobody can reach: against a model that
//! knows which messages wait where, and has no search.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Weak};

use kernel_sim::{Caller, ChannelRead, Clock, KernelEntry, TickRate, VirtualClock};
use zx_abi::{ObjectType, Status, VmoOp};

use crate::support::{Dice, Guest, PAGE, World, read};

/// Channels that there are in the beginning: more than a turn gets through.
const CHANNELS: usize = 1_500;
/// What is done while the search goes on.
const STEPS: usize = 400;

/// A clock that says that it runs: what the host ends is done in turns that the test gives.
struct Stopped(Arc<VirtualClock>);

impl Clock for Stopped {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        self.0.attach(kernel);
    }

    fn ticks(&self) -> i64 {
        self.0.ticks()
    }

    fn rate(&self) -> TickRate {
        self.0.rate()
    }

    fn arm(&self, _deadline: i64) {}
}

/// An end of a channel: the other one has the number beside it.
type End = usize;

fn peer(end: End) -> End {
    end ^ 1
}

/// A message: its number, and the end in it, if there is one.
type Letter = (u64, Option<End>);

struct Model {
    dice: Dice,
    /// The ends that the host has, and its handles.
    held: BTreeMap<End, u32>,
    /// What waits at each end.
    queues: Vec<VecDeque<Letter>>,
    letters: u64,
}

impl Model {
    fn create(&mut self, c: &mut Caller<'_>) {
        let (one, other) = c.channel_create(0).unwrap();
        let end = self.queues.len();
        self.queues.extend([VecDeque::new(), VecDeque::new()]);
        self.held.extend([(end, one), (end + 1, other)]);
    }

    /// The ends that the host has, or can get.
    fn reachable(&self) -> BTreeSet<End> {
        let mut all = BTreeSet::new();
        let mut pending: Vec<End> = self.held.keys().copied().collect();
        while let Some(end) = pending.pop() {
            if all.insert(end) {
                pending.extend(self.queues[end].iter().filter_map(|(_, carried)| *carried));
            }
        }
        all
    }

    /// Writes a message, perhaps with an end in it, from an end that the host has.
    fn write(&mut self, c: &mut Caller<'_>, with_end: bool) {
        let Some(from) = self.dice.pick(&self.held) else { return };
        let carried = self.dice.pick(&self.held).filter(|carried| with_end && *carried != from);
        let handle = carried.and_then(|carried| self.held.remove(&carried));
        self.letters += 1;
        let bytes = self.letters.to_le_bytes().to_vec();
        let handles: Vec<u32> = handle.into_iter().collect();
        match c.channel_write(self.held[&from], 0, bytes, &handles) {
            Ok(()) => self.queues[peer(from)].push_back((self.letters, carried)),
            // Nobody could have read it.
            Err(status) => {
                assert_eq!(status, Status::PEER_CLOSED);
                assert!(!self.reachable().contains(&peer(from)));
            }
        }
    }

    fn read(&mut self, c: &mut Caller<'_>) {
        if let Some(end) = self.dice.pick(&self.held) {
            self.read_at(c, end);
        }
    }

    /// Whether there was something to read.
    fn read_at(&mut self, c: &mut Caller<'_>, end: End) -> bool {
        let expected = self.queues[end].pop_front();
        match c.channel_read(self.held[&end], 0, 8, 1) {
            Ok(ChannelRead::Message { bytes, handles }) => {
                let letter = u64::from_le_bytes(bytes.try_into().unwrap());
                let carried = expected.and_then(|(_, carried)| carried);
                assert_eq!(expected.map(|(letter, _)| letter), Some(letter));
                assert_eq!(handles.len(), usize::from(carried.is_some()));
                self.held.extend(carried.into_iter().zip(handles));
                true
            }
            nothing => {
                let status = nothing.map(|_| ()).unwrap_err();
                assert!([Status::SHOULD_WAIT, Status::PEER_CLOSED].contains(&status));
                assert_eq!(expected, None);
                false
            }
        }
    }

    fn close(&mut self, c: &mut Caller<'_>) {
        let Some(end) = self.dice.pick(&self.held) else { return };
        let handle = self.held.remove(&end).unwrap();
        self.queues[end].clear();
        c.handle_close(handle).unwrap();
    }

    /// Reads all that can be read, and closes what that was read from: all is as it should be.
    fn empty(&mut self, c: &mut Caller<'_>) {
        while let Some((end, handle)) = self.held.first_key_value().map(|(end, it)| (*end, *it)) {
            while self.read_at(c, end) {}
            self.held.remove(&end);
            c.handle_close(handle).unwrap();
        }
    }
}

/// A program runs and ends: what nobody can reach is looked for.
fn end_a_program(world: &World) {
    let guest = Guest::start(world);
    guest.finish();
}

/// Lets the kernel do some of what it has left, less the more pages are looked at before.
fn turn(c: &mut Caller<'_>, pages: u64, vmo: u32) {
    c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, pages * PAGE).unwrap();
    let event = c.event_create(0).unwrap();
    c.handle_close(event).unwrap();
}

#[test]
fn whatever_happens_meanwhile_just_what_nobody_can_reach_is_closed() {
    for seed in 0..3 {
        let world = World::with_clock(|clock| Arc::new(Stopped(clock)));
        let vmo = world.host(|c| c.vmo_create(768 * PAGE, 0)).unwrap();
        let mut model =
            Model { dice: Dice::new(seed), held: BTreeMap::new(), queues: Vec::new(), letters: 0 };
        (0..CHANNELS).for_each(|_| world.host(|c| model.create(c)));
        for _ in 0..3 * CHANNELS {
            world.host(|c| model.write(c, true));
        }
        world.kernel.expire_deadlines();
        end_a_program(&world);
        let mut turns = 0;
        for _ in 0..STEPS {
            turns += u64::from(world.kernel.is_notifying());
            world.host(|c| match model.dice.roll(12) {
                0 => model.create(c),
                1..4 => model.write(c, true),
                4 => model.write(c, false),
                5 | 6 => model.read(c),
                7 => model.close(c),
                _ => {
                    let pages = 256 * model.dice.roll(4);
                    turn(c, pages, vmo);
                }
            });
        }
        assert!(turns > 10, "{turns} steps were made during the search");
        // What was lost during the search is found by the next.
        world.kernel.expire_deadlines();
        end_a_program(&world);
        world.kernel.expire_deadlines();
        assert_eq!(world.count(ObjectType::Channel), model.reachable().len(), "seed {seed}");
        world.host(|c| model.empty(c));
        world.kernel.expire_deadlines();
        assert_eq!(world.count(ObjectType::Channel), 0, "seed {seed}");
    }
}

#[test]
fn a_way_that_is_turned_round_while_the_search_is_on_it_is_no_circle() {
    const LONG: usize = 6_000;
    let world = World::with_clock(|clock| Arc::new(Stopped(clock)));
    // Each lies in the next one, and the last is the host's.
    let pairs: Vec<_> = (0..LONG).map(|_| world.host(|c| c.channel_create(0)).unwrap()).collect();
    let put = |c: &mut Caller<'_>, to: usize, handle: u32| {
        c.channel_write(pairs[to].0, 0, Vec::new(), &[handle]).unwrap();
    };
    for (index, (_, far)) in pairs.iter().enumerate().take(LONG - 1) {
        world.host(|c| put(c, index + 1, *far));
    }
    world.kernel.expire_deadlines();
    end_a_program(&world);
    assert!(world.kernel.is_notifying());
    // The host has them all, one after the other, and puts each into the one that was in it.
    let mut at = pairs[LONG - 1].1;
    for index in (0..LONG - 1).rev() {
        world.host(|c| {
            let (_, handles) = read(c, at);
            put(c, index, at);
            at = handles[0];
        });
    }
    assert!(world.kernel.is_notifying());
    world.kernel.expire_deadlines();
    for _ in 0..LONG - 1 {
        at = world.host(|c| read(c, at)).1[0];
    }
}
