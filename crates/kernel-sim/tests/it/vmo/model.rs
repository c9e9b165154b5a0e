//! Random calls against a naive model of VMOs: bytes in a row, copied whenever a child is made.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use kernel_sim::Caller;
use zx_abi::{Result, Signals, Status, VmoChildOptions, VmoOp, VmoOptions};

use crate::support::{Dice, PAGE, World, vmo_info};

const MAX_PAGES: u64 = 6;
const MAX_VMOS: usize = 12;

/// A VMO as one would write it down.
struct Model {
    handle: u32,
    koid: u64,
    /// All that it, its slices and its references show.
    data: Rc<RefCell<Vec<u8>>>,
    /// Where a slice begins, and how long it is.
    window: Option<(usize, usize)>,
    stream: Rc<Cell<u64>>,
    resizable: bool,
    /// Whether its handle may resize it.
    resizes: bool,
    /// The first VMO that it comes from.
    kin: u64,
    /// Its ancestors, the next first.
    ancestors: Vec<u64>,
}

impl Model {
    fn range(&self) -> std::ops::Range<usize> {
        match self.window {
            Some((start, len)) => start..start + len,
            None => 0..self.data.borrow().len(),
        }
    }

    fn size(&self) -> u64 {
        self.range().len() as u64
    }

    fn bytes(&self) -> Vec<u8> {
        self.data.borrow()[self.range()].to_vec()
    }

    /// Changes bytes in place, if they are all there.
    fn change(&self, offset: u64, len: u64, f: impl FnOnce(&mut [u8])) -> Result {
        if offset + len > self.size() {
            return Err(Status::OUT_OF_RANGE);
        }
        let start = self.range().start + offset as usize;
        f(&mut self.data.borrow_mut()[start..start + len as usize]);
        Ok(())
    }
}

struct Player<'a, 'c> {
    c: &'a mut Caller<'c>,
    dice: Dice,
    vmos: Vec<Model>,
}

fn round(size: u64) -> u64 {
    size.next_multiple_of(PAGE)
}

impl Player<'_, '_> {
    fn size(&mut self) -> u64 {
        match self.dice.roll(3) {
            0 => self.dice.roll(MAX_PAGES + 1) * PAGE,
            _ => self.dice.roll(MAX_PAGES * PAGE),
        }
    }

    fn pick(&mut self) -> Option<usize> {
        let count = self.vmos.len() as u64;
        (count > 0).then(|| self.dice.roll(count) as usize)
    }

    fn create(&mut self) {
        let (size, resizable) = (self.size(), self.dice.roll(2) == 0);
        let options = if resizable { VmoOptions::RESIZABLE.bits() } else { 0 };
        let handle = self.c.vmo_create(size, options).unwrap();
        let koid = vmo_info(self.c, handle).v1.koid;
        self.vmos.push(Model {
            handle,
            koid,
            data: Rc::new(RefCell::new(vec![0; round(size) as usize])),
            window: None,
            stream: Rc::new(Cell::new(size)),
            resizable,
            resizes: resizable,
            kin: koid,
            ancestors: Vec::new(),
        });
    }

    fn create_child(&mut self, of: usize) {
        let kinds = [
            VmoChildOptions::SNAPSHOT,
            VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE,
            VmoChildOptions::SNAPSHOT_MODIFIED,
            VmoChildOptions::SLICE,
            VmoChildOptions::REFERENCE,
        ];
        let kind = kinds[self.dice.roll(5) as usize];
        let reference = kind == VmoChildOptions::REFERENCE;
        let slice = kind == VmoChildOptions::SLICE;
        let resizable = !slice && self.dice.roll(2) == 0;
        let (offset, size) = match reference {
            true => (0, 0),
            false => (self.dice.roll(MAX_PAGES) * PAGE, self.size()),
        };
        let parent = &self.vmos[of];
        let status = if slice && offset + round(size) > parent.size() {
            Err(Status::INVALID_ARGS)
        } else if slice && parent.resizable
            || reference && (parent.window.is_some() || resizable && !parent.resizable)
        {
            Err(Status::NOT_SUPPORTED)
        } else if parent.window.is_some() && !slice {
            // Slices are copied only if they have a pager.
            let is_inside = offset + round(size) <= parent.size();
            Err(if is_inside { Status::NOT_SUPPORTED } else { Status::OUT_OF_RANGE })
        } else {
            Ok(())
        };
        let options = if resizable { kind | VmoChildOptions::RESIZABLE } else { kind };
        let child = self.c.vmo_create_child(parent.handle, options.bits(), offset, size);
        assert_eq!(child.map(|_| ()), status, "{options:?} {offset:#x} {size:#x}");
        let Ok(handle) = child else { return };
        let (data, window) = if slice {
            let start = parent.range().start + offset as usize;
            (Rc::clone(&parent.data), Some((start, round(size) as usize)))
        } else if reference {
            (Rc::clone(&parent.data), None)
        } else {
            let mut copy = parent.bytes();
            copy.drain(..copy.len().min(offset as usize));
            copy.resize(round(size) as usize, 0);
            (Rc::new(RefCell::new(copy)), None)
        };
        let stream = if reference { Rc::clone(&parent.stream) } else { Rc::new(Cell::new(size)) };
        let mut ancestors = vec![parent.koid];
        ancestors.extend(&parent.ancestors);
        self.vmos.push(Model {
            handle,
            koid: vmo_info(self.c, handle).v1.koid,
            data,
            window,
            stream,
            resizable: resizable || reference && parent.resizable,
            resizes: resizable,
            kin: parent.kin,
            ancestors,
        });
    }

    fn write(&mut self, at: usize) {
        let (offset, len) = (self.size(), self.dice.roll(2 * PAGE));
        let byte = self.dice.roll(256) as u8;
        let vmo = &self.vmos[at];
        let expected = vmo.change(offset, len, |bytes| bytes.fill(byte));
        let written = self.c.vmo_write(vmo.handle, offset, &vec![byte; len as usize]);
        assert_eq!(written, expected, "{offset:#x} {len:#x}");
    }

    /// The next of its ancestors that lives.
    fn parent(&self, vmo: &Model) -> Option<&Model> {
        let living = |koid: &u64| self.vmos.iter().find(|other| other.koid == *koid);
        vmo.ancestors.iter().find_map(living)
    }

    /// Whether another VMO that is not the same memory comes from the same by copies.
    fn is_shared_with_copies(&self, vmo: &Model) -> bool {
        let is_kin = |other: &&Model| other.kin == vmo.kin && !Rc::ptr_eq(&other.data, &vmo.data);
        self.vmos.iter().any(|other| is_kin(&other))
    }

    fn op_range(&mut self, at: usize) {
        let (mut offset, mut len) = (self.size(), self.size());
        let op = [VmoOp::Commit, VmoOp::Decommit, VmoOp::Zero][self.dice.roll(3) as usize];
        if op == VmoOp::Decommit && self.dice.roll(4) > 0 {
            (offset, len) = (round(offset), round(len));
        }
        let vmo = &self.vmos[at];
        let expected = match op {
            VmoOp::Zero => vmo.change(offset, len, |bytes| bytes.fill(0)),
            VmoOp::Decommit if self.is_shared_with_copies(vmo) => Err(Status::NOT_SUPPORTED),
            VmoOp::Decommit if !offset.is_multiple_of(PAGE) || !len.is_multiple_of(PAGE) => {
                Err(Status::INVALID_ARGS)
            }
            VmoOp::Decommit if offset > vmo.size() => Err(Status::OUT_OF_RANGE),
            VmoOp::Decommit => {
                vmo.change(offset, len.min(vmo.size() - offset), |bytes| bytes.fill(0))
            }
            _ => {
                vmo.change(offset / PAGE * PAGE, round(offset + len) - offset / PAGE * PAGE, |_| {})
            }
        };
        let result = self.c.vmo_op_range(vmo.handle, op as u32, offset, len);
        assert_eq!(result.map(|_| ()), expected, "{op:?} {offset:#x} {len:#x}");
    }

    fn set_size(&mut self, at: usize) {
        let size = self.size();
        let vmo = &self.vmos[at];
        let expected = if vmo.resizable && !vmo.resizes {
            Err(Status::ACCESS_DENIED)
        } else if !vmo.resizable {
            Err(Status::UNAVAILABLE)
        } else {
            let mut data = vmo.data.borrow_mut();
            data.truncate(size as usize);
            data.resize(round(size) as usize, 0);
            vmo.stream.set(size);
            Ok(())
        };
        assert_eq!(self.c.vmo_set_size(vmo.handle, size), expected);
    }

    fn set_stream_size(&mut self, at: usize) {
        let size = self.size();
        let vmo = &self.vmos[at];
        let old = vmo.stream.get();
        let expected = if size == old {
            Ok(())
        } else if size > vmo.size() {
            Err(Status::OUT_OF_RANGE)
        } else {
            let start = size.min(old);
            vmo.stream.set(size);
            vmo.change(start, vmo.size() - start, |bytes| bytes.fill(0))
        };
        assert_eq!(self.c.vmo_set_stream_size(vmo.handle, size), expected, "{old:#x} {size:#x}");
    }

    fn transfer(&mut self, to: usize, from: usize) {
        let roll = |dice: &mut Dice| dice.roll(MAX_PAGES) * PAGE;
        let (offset, len) = (roll(&mut self.dice), roll(&mut self.dice));
        let from_offset = roll(&mut self.dice);
        let (target, source) = (&self.vmos[to], &self.vmos[from]);
        let same = to == from && offset == from_offset;
        let fits = offset + len <= target.size() && from_offset + len <= source.size();
        let expected = if same || fits { Ok(()) } else { Err(Status::OUT_OF_RANGE) };
        if !same && fits {
            let moved = source.bytes()[from_offset as usize..][..len as usize].to_vec();
            source.change(from_offset, len, |bytes| bytes.fill(0)).unwrap();
            target.change(offset, len, |bytes| bytes.copy_from_slice(&moved)).unwrap();
        }
        let (to, from) = (target.handle, source.handle);
        assert_eq!(self.c.vmo_transfer_data(to, 0, offset, len, from, from_offset), expected);
    }

    fn close(&mut self, at: usize) {
        let vmo = self.vmos.swap_remove(at);
        self.c.handle_close(vmo.handle).unwrap();
    }

    /// What is known of a VMO is what the kernel says.
    fn compare(&mut self, at: usize) {
        let vmo = &self.vmos[at];
        let mut found = vec![0xaa; vmo.size() as usize];
        self.c.vmo_read(vmo.handle, 0, &mut found).unwrap();
        assert!(found == vmo.bytes(), "the bytes of {}", vmo.koid);
        assert_eq!(self.c.vmo_get_size(vmo.handle), Ok(vmo.size()));
        assert_eq!(self.c.vmo_get_stream_size(vmo.handle), Ok(vmo.stream.get()));
        let parent = |vmo: &Model| self.parent(vmo).map_or(0, |parent| parent.koid);
        let children = self.vmos.iter().filter(|other| parent(other) == vmo.koid).count();
        let above = parent(vmo);
        let info = vmo_info(self.c, vmo.handle);
        assert_eq!((info.v1.num_children, info.v1.parent_koid), (children as u64, above));
        let zero = self.c.object_wait_one(vmo.handle, Signals::VMO_ZERO_CHILDREN, 0, 0).is_ok();
        assert_eq!(zero, children == 0);
        // No more is shared than is committed, and nothing is counted twice.
        assert!(info.committed_private_bytes <= info.committed_scaled_bytes);
        assert!(info.committed_scaled_bytes <= info.v1.committed_bytes);
        assert!(info.v1.committed_bytes <= vmo.size());
    }

    fn step(&mut self) {
        let Some(at) = self.pick() else { return self.create() };
        match self.dice.roll(16) {
            0 if self.vmos.len() < MAX_VMOS => self.create(),
            1..4 if self.vmos.len() < MAX_VMOS => self.create_child(at),
            4..8 => self.write(at),
            8 | 9 => self.op_range(at),
            10 => self.set_size(at),
            11 => self.set_stream_size(at),
            12 => {
                let from = self.pick().unwrap_or(at);
                self.transfer(at, from);
            }
            13 => self.close(at),
            _ => self.compare(at),
        }
    }
}

#[test]
fn vmos_equal_rows_of_bytes() {
    for seed in 0..8 {
        let world = World::with_seed(seed);
        let before = world.stats();
        world.host(|c| {
            let mut player = Player { c, dice: Dice::new(seed), vmos: Vec::new() };
            for _ in 0..4000 {
                player.step();
            }
            for at in 0..player.vmos.len() {
                player.compare(at);
            }
            while !player.vmos.is_empty() {
                player.close(0);
            }
        });
        assert_eq!(world.stats(), before, "seed {seed}");
    }
}
