//! Random calls against a naive model of a fifo: two lists of elements.

use std::collections::VecDeque;

use kernel_sim::Caller;
use zx_abi::{Result, Signals, Status};

use crate::support::{Dice, World};

/// One end as one would write it down.
struct End {
    /// None once it is closed.
    handle: Option<u32>,
    received: VecDeque<Vec<u8>>,
}

struct Player<'a, 'c> {
    c: &'a mut Caller<'c>,
    dice: Dice,
    count: usize,
    size: usize,
    ends: [End; 2],
}

impl<'a, 'c> Player<'a, 'c> {
    fn new(c: &'a mut Caller<'c>, mut dice: Dice) -> Self {
        let (count, size) = (1 + dice.index(8), 1 + dice.index(8));
        let (near, far) = c.fifo_create(count as u64, size as u64, 0).unwrap();
        let ends =
            [near, far].map(|handle| End { handle: Some(handle), received: VecDeque::new() });
        Self { c, dice, count, size, ends }
    }

    /// The fifo's size of elements; seldom another.
    fn roll_size(&mut self) -> usize {
        if self.dice.roll(8) == 0 { self.dice.index(10) } else { self.size }
    }

    fn write(&mut self, at: usize, handle: u32) {
        let (size, count) = (self.roll_size(), self.dice.index(self.count + 3));
        let elements: Vec<Vec<u8>> =
            (0..count).map(|_| vec![self.dice.roll(256) as u8; size]).collect();
        let written = self.c.fifo_write(handle, size as u64, &elements.concat());
        let peer = &mut self.ends[1 - at];
        let room = self.count - peer.received.len();
        let expected = if peer.handle.is_none() {
            Err(Status::PEER_CLOSED)
        } else if size != self.size || count == 0 {
            Err(Status::OUT_OF_RANGE)
        } else if room == 0 {
            Err(Status::SHOULD_WAIT)
        } else {
            peer.received.extend(elements.into_iter().take(room));
            Ok(count.min(room))
        };
        assert_eq!(written, expected, "{count} of {size}");
    }

    fn read(&mut self, at: usize, handle: u32) {
        let (size, count) = (self.roll_size(), self.dice.index(self.count + 3));
        let read = self.c.fifo_read(handle, size as u64, count as u64);
        let alone = self.ends[1 - at].handle.is_none();
        let received = &mut self.ends[at].received;
        let expected = if size != self.size || count == 0 {
            Err(Status::OUT_OF_RANGE)
        } else if received.is_empty() {
            Err(if alone { Status::PEER_CLOSED } else { Status::SHOULD_WAIT })
        } else {
            let all = received.len();
            Ok(received.drain(..count.min(all)).collect::<Vec<_>>().concat())
        };
        assert_eq!(read, expected, "{count} of {size}");
    }

    /// The signals of an end are what the model says.
    fn compare(&mut self, at: usize, handle: u32) {
        let (end, peer) = (&self.ends[at], &self.ends[1 - at]);
        let open = peer.handle.is_some();
        let expected = [
            (Signals::READABLE, !end.received.is_empty()),
            (Signals::WRITABLE, open && peer.received.len() < self.count),
            (Signals::PEER_CLOSED, !open),
        ];
        for (signal, set) in expected {
            let wait: Result<_> = self.c.object_wait_one(handle, signal, 0, 0);
            assert_eq!(wait.is_ok(), set, "{signal:?}");
        }
    }

    fn step(&mut self, closing: u64) {
        let at = self.dice.index(2);
        let Some(handle) = self.ends[at].handle else { return };
        match self.dice.roll(closing) {
            0 => {
                self.c.handle_close(handle).unwrap();
                self.ends[at].handle = None;
                return;
            }
            roll if roll % 2 == 0 => self.write(at, handle),
            _ => self.read(at, handle),
        }
        for at in 0..2 {
            if let Some(handle) = self.ends[at].handle {
                self.compare(at, handle);
            }
        }
    }
}

#[test]
fn fifos_equal_two_lists_of_elements() {
    for seed in 0..64 {
        let world = World::with_seed(seed);
        let before = world.stats();
        world.host(|c| {
            let mut player = Player::new(c, Dice::new(seed));
            for _ in 0..400 {
                player.step(200);
            }
            for handle in player.ends.iter().filter_map(|end| end.handle) {
                player.c.handle_close(handle).unwrap();
            }
        });
        assert_eq!(world.stats(), before, "seed {seed}");
    }
}
