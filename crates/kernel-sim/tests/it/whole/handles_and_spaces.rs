//! Random calls against naive models: tables of handles with channels, and address spaces.

use std::collections::{BTreeMap, VecDeque};

use kernel_sim::{Caller, ChannelRead, MappingKind};
use zx_abi::{ObjectType, PAGE_SIZE, Status, Syscall, VmOptions};

use crate::support::{Dice, Guest, World, basic};

/// Channels by koid, as one would write them down: who the peer is, what is queued.
#[derive(Default)]
struct Channels {
    /// Handles by value: the koid that they name.
    table: BTreeMap<u32, u64>,
    /// The other end of each channel, while it is open.
    peers: BTreeMap<u64, u64>,
    queues: BTreeMap<u64, VecDeque<Message>>,
}

struct Message {
    bytes: Vec<u8>,
    /// What the handles sent along name.
    koids: Vec<u64>,
}

impl Channels {
    /// An end has lost its only handle.
    fn close(&mut self, koid: u64) {
        let mut pending = vec![koid];
        while let Some(koid) = pending.pop() {
            if let Some(peer) = self.peers.remove(&koid) {
                // The peer stays, alone.
                self.peers.remove(&peer);
            }
            let queue = self.queues.remove(&koid).unwrap_or_default();
            pending.extend(queue.into_iter().flat_map(|message| message.koids));
        }
    }

    fn create(&mut self, c: &mut Caller<'_>) {
        let (near, far) = c.channel_create(0).unwrap();
        let koids = [near, far].map(|handle| basic(c, handle).koid);
        for (handle, koid, peer) in [(near, koids[0], koids[1]), (far, koids[1], koids[0])] {
            assert!(self.table.insert(handle, koid).is_none(), "a live value was given twice");
            self.peers.insert(koid, peer);
            self.queues.insert(koid, VecDeque::new());
        }
    }

    fn write(&mut self, c: &mut Caller<'_>, dice: &mut Dice) {
        let Some(through) = dice.pick(&self.table) else { return };
        let koid = self.table[&through];
        let bytes = vec![dice.index(256) as u8; dice.index(100)];
        let mut handles = Vec::new();
        for _ in 0..dice.index(3) {
            handles.extend(dice.pick(&self.table).filter(|handle| !handles.contains(handle)));
        }
        // A cycle would keep itself alive, here as on Zircon.
        let peer = self.peers.get(&koid).copied();
        let koids: Vec<u64> = handles.iter().map(|handle| self.table[handle]).collect();
        if koids.iter().any(|sent| peer.is_some_and(|peer| self.reaches(*sent, peer))) {
            return;
        }
        let expected = if koids.contains(&koid) {
            Err(Status::NOT_SUPPORTED)
        } else if peer.is_none() {
            Err(Status::PEER_CLOSED)
        } else {
            Ok(())
        };
        assert_eq!(c.channel_write(through, 0, bytes.clone(), &handles), expected);
        for handle in handles {
            self.table.remove(&handle);
        }
        match (expected, peer) {
            (Ok(()), Some(peer)) => {
                self.queues.get_mut(&peer).unwrap().push_back(Message { bytes, koids });
            }
            _ => koids.into_iter().for_each(|koid| self.close(koid)),
        }
    }

    /// Whether `target` is `koid` or lies in its messages, or in theirs.
    fn reaches(&self, koid: u64, target: u64) -> bool {
        koid == target
            || self.queues.get(&koid).is_some_and(|queue| {
                queue
                    .iter()
                    .flat_map(|message| &message.koids)
                    .any(|koid| self.reaches(*koid, target))
            })
    }

    fn read(&mut self, c: &mut Caller<'_>, dice: &mut Dice) {
        let Some(through) = dice.pick(&self.table) else { return };
        let koid = self.table[&through];
        let result = c.channel_read(through, 0, 100, 64);
        match self.queues.get_mut(&koid).unwrap().pop_front() {
            Some(Message { bytes, koids }) => {
                let Ok(ChannelRead::Message { bytes: received, handles }) = result else {
                    panic!("{result:?}");
                };
                assert_eq!(received, bytes);
                assert_eq!(handles.len(), koids.len());
                for (handle, koid) in handles.into_iter().zip(koids) {
                    assert_eq!(basic(c, handle).koid, koid);
                    assert!(self.table.insert(handle, koid).is_none());
                }
            }
            None if self.peers.contains_key(&koid) => {
                assert_eq!(result, Err(Status::SHOULD_WAIT));
            }
            None => assert_eq!(result, Err(Status::PEER_CLOSED)),
        }
    }

    fn drop_one(&mut self, c: &mut Caller<'_>, dice: &mut Dice) {
        let Some(handle) = dice.pick(&self.table) else { return };
        assert_eq!(c.handle_close(handle), Ok(()));
        assert_eq!(c.handle_close(handle), Err(Status::BAD_HANDLE));
        let koid = self.table.remove(&handle).unwrap();
        self.close(koid);
    }
}

#[test]
fn tables_and_channels_do_what_a_naive_model_does() {
    for seed in 0..4 {
        let world = World::with_seed(seed);
        let before = world.stats();
        let mut dice = Dice::new(seed);
        let mut model = Channels::default();
        for step in 0..5_000 {
            world.host(|c| match dice.index(10) {
                0 if model.table.len() < 200 => model.create(c),
                0..6 => model.write(c, &mut dice),
                6..9 => model.read(c, &mut dice),
                _ => model.drop_one(c, &mut dice),
            });
            assert_eq!(world.count(ObjectType::Channel), model.queues.len(), "seed {seed}, {step}");
        }
        let left: Vec<u32> = model.table.keys().copied().collect();
        world.host(|c| c.handle_close_many(&left)).unwrap();
        assert_eq!(world.stats(), before, "seed {seed}");
    }
}

/// Pages of the space that the model covers.
const PAGES: usize = 64;
const VMOS: usize = 3;

/// What a page of an address space shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Page {
    vmo: u64,
    /// Which page of it.
    offset: u64,
    permissions: u32,
}

type Pages = [Option<Page>; PAGES];

struct Space {
    process: u32,
    vmar: u32,
    base: u64,
    vmos: [(u32, u64); VMOS],
    pages: Pages,
}

impl Space {
    fn new(c: &mut Caller<'_>) -> Self {
        let job = c.root_job().unwrap();
        let (process, root) = c.process_create(job, b"space", 0).unwrap();
        let options = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        let size = PAGES as u64 * PAGE_SIZE;
        let (vmar, base) = c.vmar_allocate(root, options.bits(), 0, size).unwrap();
        let vmos = [(); VMOS].map(|()| {
            let vmo = c.vmo_create(PAGES as u64 * PAGE_SIZE, 0).unwrap();
            (vmo, basic(c, vmo).koid)
        });
        c.handle_close_many(&[job, root]).unwrap();
        Self { process, vmar, base, vmos, pages: [None; PAGES] }
    }

    fn step(&mut self, c: &mut Caller<'_>, dice: &mut Dice) {
        let first = dice.index(PAGES);
        let count = 1 + dice.index((PAGES - first).min(9));
        let (address, len) = (self.base + first as u64 * PAGE_SIZE, count as u64 * PAGE_SIZE);
        let range = first..first + count;
        let permissions = [0, 1, 3][dice.index(3)];
        match dice.index(6) {
            0 => {
                assert_eq!(c.vmar_unmap(self.vmar, address, len), Ok(()));
                self.pages[range].fill(None);
            }
            1 => {
                let hole = self.pages[range.clone()].contains(&None);
                let expected = if hole { Err(Status::NOT_FOUND) } else { Ok(()) };
                assert_eq!(c.vmar_protect(self.vmar, permissions, address, len), expected);
                if !hole {
                    let pages = self.pages[range].iter_mut().flatten();
                    pages.for_each(|page| page.permissions = permissions);
                }
            }
            kind => self.map(c, dice, kind, range, permissions),
        }
    }

    fn map(
        &mut self,
        c: &mut Caller<'_>,
        dice: &mut Dice,
        kind: usize,
        range: std::ops::Range<usize>,
        permissions: u32,
    ) {
        let (vmo, koid) = self.vmos[dice.index(VMOS)];
        let len = range.len() as u64 * PAGE_SIZE;
        let offset = dice.index(PAGES - range.len()) as u64;
        let (place, at) = match kind {
            2 | 3 => (VmOptions::SPECIFIC.bits(), range.start as u64 * PAGE_SIZE),
            4 => (VmOptions::SPECIFIC_OVERWRITE.bits(), range.start as u64 * PAGE_SIZE),
            _ => (0, 0),
        };
        let result = c.vmar_map(self.vmar, permissions | place, at, vmo, offset * PAGE_SIZE, len);
        let free = |range: std::ops::Range<usize>| self.pages[range].iter().all(Option::is_none);
        let first = match (kind, result) {
            (2 | 3, Err(status)) => {
                assert_eq!(status, Status::ALREADY_EXISTS);
                assert!(!free(range));
                return;
            }
            (5, Err(status)) => {
                assert_eq!(status, Status::NO_RESOURCES);
                let places = 0..=PAGES - range.len();
                assert!(!places.into_iter().any(|first| free(first..first + range.len())));
                return;
            }
            (_, result) => ((result.unwrap() - self.base) / PAGE_SIZE) as usize,
        };
        let placed = first..first + range.len();
        assert!(kind == 4 || free(placed.clone()), "a mapping fell on another");
        assert!(kind == 5 || placed == range);
        for (index, page) in self.pages[placed].iter_mut().enumerate() {
            *page = Some(Page { vmo: koid, offset: offset + index as u64, permissions });
        }
    }

    /// The pages as the kernel lists them, which must be in order and without overlaps.
    fn listed(&self, c: &mut Caller<'_>) -> Pages {
        let mut pages = [None; PAGES];
        let mut end = 0;
        for line in c.process_maps(self.process).unwrap() {
            let MappingKind::Mapping { vmo, vmo_offset, permissions, .. } = line.kind else {
                continue;
            };
            assert!(line.base >= end && line.len > 0, "mappings overlap");
            end = line.base + line.len;
            let first = ((line.base - self.base) / PAGE_SIZE) as usize;
            for index in 0..(line.len / PAGE_SIZE) as usize {
                let offset = vmo_offset / PAGE_SIZE + index as u64;
                let permissions = permissions.bits();
                pages[first + index] = Some(Page { vmo, offset, permissions });
            }
        }
        pages
    }
}

#[test]
fn address_spaces_do_what_a_naive_model_does() {
    for seed in 0..4 {
        let world = World::with_seed(seed);
        let before = world.stats();
        let mut dice = Dice::new(seed);
        let mut space = world.host(Space::new);
        for step in 0..5_000 {
            world.host(|c| space.step(c, &mut dice));
            let listed = world.host(|c| space.listed(c));
            assert!(listed == space.pages, "seed {seed}, step {step}");
        }
        let vmos = space.vmos.map(|(vmo, _)| vmo);
        world.host(|c| {
            c.handle_close_many(&vmos).unwrap();
            c.handle_close_many(&[space.process, space.vmar]).unwrap();
        });
        assert_eq!(world.stats(), before, "seed {seed}");
    }
}

#[test]
fn every_mapped_address_leads_to_the_right_byte() {
    let world = World::new();
    let guest = Guest::start(&world);
    let mut dice = Dice::new(5);
    let size = PAGES as u64 * PAGE_SIZE;
    let (vmar, base, source) = world.host(|c| {
        let options = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        let (vmar, base) = c.vmar_allocate(guest.root_vmar, options.bits(), 0, size).unwrap();
        let source = c.vmo_create(size, 0).unwrap();
        // Each word tells its own offset.
        let words: Vec<u8> = (0..size / 8).flat_map(|word| (word * 8).to_le_bytes()).collect();
        c.vmo_write(source, 0, &words).unwrap();
        (vmar, base, source)
    });
    let target = guest.create(Syscall::VmoCreate, &[8, 0, guest.at(0)]).unwrap();
    let mut shown = [None; PAGES];
    for _ in 0..2_000 {
        let page = dice.index(PAGES);
        let at = page as u64 * PAGE_SIZE;
        if dice.index(4) == 0 {
            world.host(|c| c.vmar_unmap(vmar, base + at, PAGE_SIZE)).unwrap();
            shown[page] = None;
        } else {
            let offset = dice.index(PAGES) as u64 * PAGE_SIZE;
            let options = (VmOptions::PERM_READ | VmOptions::SPECIFIC_OVERWRITE).bits();
            world.host(|c| c.vmar_map(vmar, options, at, source, offset, PAGE_SIZE)).unwrap();
            shown[page] = Some(offset);
        }
        let page = dice.index(PAGES);
        let word = dice.index(512) as u64 * 8;
        let address = base + page as u64 * PAGE_SIZE + word;
        let copied = guest.call(Syscall::VmoWrite, &[target.into(), address, 0, 8]);
        match shown[page] {
            None => assert_eq!(copied, Err(Status::INVALID_ARGS)),
            Some(offset) => {
                assert_eq!(copied, Ok(()));
                guest.call(Syscall::VmoRead, &[target.into(), guest.at(0), 0, 8]).unwrap();
                assert_eq!(guest.long(0), offset + word);
            }
        }
    }
    world.host(|c| c.handle_close_many(&[vmar, source])).unwrap();
    guest.finish();
}
