//! Random calls on a pager's VMO and a copy of it, against a model that is a list of pages.

use zx_abi::{PagerOp, Status, VMO_DIRTY_RANGE_IS_ZERO, VmoChildOptions, VmoOptions};

use super::Paged;
use crate::support::{Dice, PAGE, World};

const MOST: u64 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dirt {
    Clean,
    Dirty,
    /// Being written back.
    Awaiting,
}

/// A page that is there.
#[derive(Clone, Copy, Debug)]
struct Page {
    byte: u8,
    dirt: Dirt,
    /// Nobody has written it.
    zero: bool,
}

/// What is known of a VMO of `pages.len()` pages, and of its copy.
struct Model {
    traps: bool,
    pages: Vec<Option<Page>>,
    /// Pages that the copy has written, and up to where it shows the others.
    own: [Option<u8>; MOST as usize],
    limit: usize,
}

impl Model {
    fn supply(&mut self, first: usize, count: usize, byte: u8) {
        for page in &mut self.pages[first..first + count] {
            page.get_or_insert(Page { byte, dirt: Dirt::Clean, zero: false });
        }
    }

    fn write(&mut self, page: usize, byte: u8) -> Result<(), Status> {
        let place = self.pages.get_mut(page).ok_or(Status::OUT_OF_RANGE)?;
        let page = place.as_mut().ok_or(Status::SHOULD_WAIT)?;
        if self.traps && (page.dirt != Dirt::Dirty || page.zero) {
            return Err(Status::SHOULD_WAIT);
        }
        *page = Page { byte, dirt: Dirt::Dirty, zero: false };
        Ok(())
    }

    fn read(&self, page: usize) -> Result<u8, Status> {
        let page = self.pages.get(page).ok_or(Status::OUT_OF_RANGE)?;
        page.map(|page| page.byte).ok_or(Status::SHOULD_WAIT)
    }

    fn read_copy(&self, page: usize) -> Result<u8, Status> {
        match self.own[page] {
            Some(byte) => Ok(byte),
            None if page >= self.limit => Ok(0),
            None => self.read(page),
        }
    }

    fn resize(&mut self, size: usize) {
        let zero = Page { byte: 0, dirt: Dirt::Dirty, zero: true };
        self.limit = self.limit.min(size);
        self.pages.resize(size, Some(zero));
    }

    fn allow(&mut self, first: usize, count: usize) -> Result<(), Status> {
        let range = &mut self.pages[first..first + count];
        if !self.traps {
            return Err(Status::NOT_SUPPORTED);
        }
        if range.iter().any(Option::is_none) {
            return Err(Status::NOT_FOUND);
        }
        for page in range.iter_mut().flatten() {
            (page.dirt, page.zero) = (Dirt::Dirty, false);
        }
        Ok(())
    }

    fn begin(&mut self, first: usize, count: usize, only_zero: bool) {
        let pages = self.pages[first..first + count].iter_mut().flatten();
        for page in pages.filter(|page| page.dirt == Dirt::Dirty && (page.zero || !only_zero)) {
            page.dirt = Dirt::Awaiting;
        }
    }

    fn end(&mut self, first: usize, count: usize) {
        for page in &mut self.pages[first..first + count] {
            if let Some(found) = page
                && found.dirt == Dirt::Awaiting
            {
                found.dirt = Dirt::Clean;
                if found.zero {
                    *page = None;
                }
            }
        }
    }

    /// Runs of dirty pages: first page, count, whether they are zero.
    fn dirty(&self) -> Vec<(u64, u64, bool)> {
        let mut runs: Vec<(u64, u64, bool)> = Vec::new();
        for (index, page) in (0..).zip(&self.pages) {
            let Some(page) = page.filter(|page| page.dirt != Dirt::Clean) else { continue };
            match runs.last_mut() {
                Some((start, count, zero)) if *start + *count == index && *zero == page.zero => {
                    *count += 1;
                }
                _ => runs.push((index, 1, page.zero)),
            }
        }
        runs
    }
}

fn run(seed: u64) {
    let mut dice = Dice::new(seed);
    let world = World::new();
    let traps = dice.roll(2) == 0;
    let options = if traps { VmoOptions::TRAP_DIRTY } else { VmoOptions::empty() };
    let mut size = 4;
    let it = Paged::with_options(&world, size, (options | VmoOptions::RESIZABLE).bits());
    let clone = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
    let copy = world.host(|c| c.vmo_create_child(it.vmo, clone, 0, MOST * PAGE)).unwrap();
    let own = [None; MOST as usize];
    let mut model = Model { traps, pages: vec![None; size as usize], own, limit: size as usize };
    for step in 0..300 {
        let first = dice.roll(size.max(1)).min(size);
        let count = if size == first { 0 } else { dice.roll(size - first) + 1 };
        let (at, some) = (first as usize, count as usize);
        let byte = dice.roll(250) as u8 + 1;
        let page = dice.roll(MOST);
        match dice.roll(9) {
            0 => {
                let supplied = world.host(|c| {
                    let aux = c.vmo_create(count * PAGE, 0).unwrap();
                    c.vmo_write(aux, 0, &vec![byte; (count * PAGE) as usize]).unwrap();
                    let range = (first * PAGE, count * PAGE);
                    let supplied = c.pager_supply_pages(it.pager, it.vmo, range, aux, 0);
                    c.handle_close(aux).unwrap();
                    supplied
                });
                assert_eq!(supplied, Ok(()), "{seed} {step}");
                model.supply(at, some, byte);
            }
            1 => {
                let written = world.host(|c| c.vmo_write(it.vmo, page * PAGE, &[byte]));
                assert_eq!(written, model.write(page as usize, byte), "{seed} {step}");
            }
            2 => {
                let expected = model.read_copy(page as usize).map(|_| ());
                let written = world.host(|c| c.vmo_write(copy, page * PAGE, &[byte]));
                assert_eq!(written, expected, "{seed} {step}");
                if written.is_ok() {
                    model.own[page as usize] = Some(byte);
                }
            }
            3 => {
                size = page + 1;
                world.host(|c| c.vmo_set_size(it.vmo, size * PAGE)).unwrap();
                model.resize(size as usize);
            }
            4 | 5 => {
                let allowed = it.op(PagerOp::Dirty, first, count, 0);
                assert_eq!(allowed, model.allow(at, some), "{seed} {step}");
            }
            6 => {
                let only_zero = byte.is_multiple_of(2);
                let data = if only_zero { VMO_DIRTY_RANGE_IS_ZERO } else { 0 };
                it.op(PagerOp::WritebackBegin, first, count, data).unwrap();
                model.begin(at, some, only_zero);
            }
            7 => {
                it.op(PagerOp::WritebackEnd, first, count, 0).unwrap();
                model.end(at, some);
            }
            _ => {}
        }
        for page in 0..MOST {
            let expected = model.read(page as usize);
            assert_eq!(it.byte(page), expected, "{seed} {step}: page {page}");
            let expected = model.read_copy(page as usize);
            assert_eq!(it.byte_of(copy, page), expected, "{seed} {step}: page {page} of the copy");
        }
        assert_eq!(super::dirty::dirty(&it), model.dirty(), "{seed} {step}");
    }
}

#[test]
fn random_calls_do_what_the_model_does() {
    (0..40).for_each(run);
}
