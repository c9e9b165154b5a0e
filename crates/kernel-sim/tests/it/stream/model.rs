//! Random calls against a naive model: content as a list of bytes, and places in it.

use kernel_sim::Caller;
use zx_abi::{Abi, PROP_VMO_CONTENT_SIZE, STREAM_APPEND, Status, StreamMode, VmoOptions};

use crate::support::{Dice, Guest, PAGE, World, bytes};

struct Player<'a, 'c> {
    c: &'a mut Caller<'c>,
    dice: Dice,
    first: bool,
    vmo: u32,
    /// All bytes of the VMO.
    memory: Vec<u8>,
    content: usize,
    resizable: bool,
    /// Handles and places.
    streams: Vec<(u32, usize)>,
}

impl<'a, 'c> Player<'a, 'c> {
    fn new(c: &'a mut Caller<'c>, mut dice: Dice, abi: Abi) -> Self {
        let (pages, resizable) = (dice.index(3), dice.roll(2) == 0);
        let options = if resizable { VmoOptions::RESIZABLE.bits() } else { 0 };
        let vmo = c.vmo_create(pages as u64 * PAGE, options).unwrap();
        let mode = (StreamMode::READ | StreamMode::WRITE).bits();
        let streams = (0..3).map(|_| (c.stream_create(mode, vmo, 0).unwrap(), 0)).collect();
        let memory = vec![0; pages * PAGE as usize];
        let first = abi == Abi::Sdk2020;
        let content = if first { 0 } else { memory.len() };
        Self { c, dice, first, vmo, memory, content, resizable, streams }
    }

    fn step(&mut self) {
        let which = self.dice.index(self.streams.len());
        let (stream, seek) = self.streams[which];
        let at = (self.dice.roll(2) == 0).then(|| self.dice.index(4 * PAGE as usize));
        let len = self.dice.index(PAGE as usize);
        match self.dice.roll(8) {
            0 => {
                let size = self.dice.index(self.memory.len() + 1);
                let value = (size as u64).to_le_bytes();
                self.c.object_set_property(self.vmo, PROP_VMO_CONTENT_SIZE, &value).unwrap();
                if !self.first {
                    let from = size.min(self.content);
                    self.memory[from..].fill(0);
                }
                self.content = size;
            }
            1 => {
                let place = self.dice.index(3 * PAGE as usize);
                assert_eq!(self.c.stream_seek(stream, 0, place as i64), Ok(place as u64));
                self.streams[which].1 = place;
            }
            2..5 => {
                let from = at.unwrap_or(seek);
                let mut buffer = vec![0xaa; len];
                let read = self.c.stream_read(stream, 0, at.map(|at| at as u64), &mut buffer);
                let expected = len.min(self.content.saturating_sub(from));
                assert_eq!(read, Ok(expected));
                if expected > 0 {
                    assert_eq!(buffer[..expected], self.memory[from..from + expected]);
                    self.streams[which].1 += if at.is_none() { expected } else { 0 };
                }
            }
            roll => self.write(which, at, len, roll == 7 && at.is_none()),
        }
    }

    fn write(&mut self, which: usize, at: Option<usize>, len: usize, append: bool) {
        let (stream, seek) = self.streams[which];
        let data: Vec<u8> = (0..len).map(|_| 1 + self.dice.roll(255) as u8).collect();
        let options = if append { STREAM_APPEND } else { 0 };
        let written = self.c.stream_write(stream, options, at.map(|at| at as u64), &data);
        if len == 0 && !self.first {
            assert_eq!(written, Ok(0));
            return;
        }
        let offset = if append { self.content } else { at.unwrap_or(seek) };
        let end = offset + len;
        if end > self.content {
            if end > self.memory.len() && self.resizable {
                self.memory.resize(end.next_multiple_of(PAGE as usize), 0);
            }
            let room = end.min(self.memory.len());
            if offset < room || self.first {
                let gap = self.content..offset.min(room).max(self.content);
                self.memory[gap].fill(0);
                self.content = room;
            }
        }
        let limit = self.content.min(self.memory.len());
        if offset >= limit {
            let full = if self.first { Status::NO_SPACE } else { Status::OUT_OF_RANGE };
            assert_eq!(written, Err(full), "{len} at {offset}");
            return;
        }
        let len = len.min(limit - offset);
        assert_eq!(written, Ok(len), "at {offset}");
        self.memory[offset..offset + len].copy_from_slice(&data[..len]);
        if at.is_none() {
            self.streams[which].1 = offset + len;
        }
    }

    fn compare(&mut self) {
        let size = self.memory.len() as u64;
        assert_eq!(self.c.vmo_get_size(self.vmo), Ok(size));
        assert_eq!(bytes(self.c, self.vmo, 0, size), self.memory);
        let content = self.c.object_get_property(self.vmo, PROP_VMO_CONTENT_SIZE, 8).unwrap();
        assert_eq!(content, (self.content as u64).to_le_bytes());
        for (stream, seek) in &self.streams {
            assert_eq!(self.c.stream_seek(*stream, 1, 0), Ok(*seek as u64));
        }
    }
}

#[test]
fn streams_equal_places_in_a_list_of_bytes() {
    for abi in Abi::ALL {
        for seed in 0..12 {
            let world = World::with_seed(seed);
            let before = world.stats();
            let guest = Guest::start_for(&world, abi);
            world.as_process(guest.koid, |c| {
                let mut player = Player::new(c, Dice::new(seed), abi);
                for _ in 0..100 {
                    player.step();
                    player.compare();
                }
            });
            guest.finish();
            let after = world.stats();
            assert_eq!(after.handles, before.handles, "{abi:?}, seed {seed}");
        }
    }
}
