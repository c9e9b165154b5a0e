//! Which kinds of children which VMOs can have, today and in 2020.

use kernel_sim::Caller;
use zx_abi::{Abi, Result, Status, VmoChildOptions, VmoOptions};

use crate::support::{Guest, PAGE, SAME, World};

const SNAPSHOT: u32 = VmoChildOptions::SNAPSHOT.bits();
const CLONE: u32 = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
const MODIFIED: u32 = VmoChildOptions::SNAPSHOT_MODIFIED.bits();
const SLICE: u32 = VmoChildOptions::SLICE.bits();
const REFERENCE: u32 = VmoChildOptions::REFERENCE.bits();
const SIZE: u64 = 4 * PAGE;

/// Makes a VMO of four pages whose children are tried, and whatever it takes besides.
type Make = fn(&mut Caller<'_>) -> u32;

fn child(c: &mut Caller<'_>, of: u32, kind: u32) -> u32 {
    let size = if kind == REFERENCE { 0 } else { SIZE };
    c.vmo_create_child(of, kind, 0, size).unwrap()
}

fn plain(c: &mut Caller<'_>) -> u32 {
    c.vmo_create(SIZE, 0).unwrap()
}

fn with_options(c: &mut Caller<'_>, options: VmoOptions) -> u32 {
    c.vmo_create(SIZE, options.bits()).unwrap()
}

fn paged_with(c: &mut Caller<'_>, options: VmoOptions) -> u32 {
    let (pager, port) = (c.pager_create(0).unwrap(), c.port_create(0).unwrap());
    let vmo = c.pager_create_vmo(pager, options.bits(), port, 1, SIZE).unwrap();
    let aux = c.vmo_create(SIZE, 0).unwrap();
    c.vmo_write(aux, 0, &[1; SIZE as usize]).unwrap();
    c.pager_supply_pages(pager, vmo, (0, SIZE), aux, 0).unwrap();
    vmo
}

fn paged(c: &mut Caller<'_>) -> u32 {
    paged_with(c, VmoOptions::empty())
}

/// A copy of a pager's VMO that has a page of its own.
fn clone(c: &mut Caller<'_>) -> u32 {
    let paged = paged(c);
    let clone = child(c, paged, CLONE);
    c.vmo_write(clone, 0, &[2]).unwrap();
    clone
}

fn cloned(c: &mut Caller<'_>) -> u32 {
    let of = clone(c);
    child(c, of, CLONE);
    of
}

fn copied(c: &mut Caller<'_>) -> u32 {
    let of = clone(c);
    child(c, of, MODIFIED);
    of
}

fn copied_once(c: &mut Caller<'_>) -> u32 {
    let of = clone(c);
    let copy = child(c, of, MODIFIED);
    c.handle_close(copy).unwrap();
    of
}

fn uncached(c: &mut Caller<'_>, make: Make) -> u32 {
    let vmo = make(c);
    c.vmo_set_cache_policy(vmo, 1).unwrap();
    vmo
}

/// Each by its name, how its first ancestor is made, by which kinds of children it comes from that, and
/// what its own are refused with: SNAPSHOT, SNAPSHOT_AT_LEAST_ON_WRITE, SNAPSHOT_MODIFIED, SLICE and
/// REFERENCE.
fn parents() -> Vec<(&'static str, Make, &'static [u32], [Result; 5])> {
    let (ok, no) = (Ok(()), Err(Status::NOT_SUPPORTED));
    let bad = Err(Status::BAD_STATE);
    vec![
        ("plain", plain, &[], [ok; 5]),
        ("resizable", |c| with_options(c, VmoOptions::RESIZABLE), &[], [ok, ok, ok, no, ok]),
        ("discardable", |c| with_options(c, VmoOptions::DISCARDABLE), &[], [no; 5]),
        ("copy", plain, &[SNAPSHOT], [ok; 5]),
        ("reference", plain, &[REFERENCE], [ok; 5]),
        ("slice", plain, &[SLICE], [no, no, no, ok, no]),
        ("slice of a slice", plain, &[SLICE, SLICE], [no, no, no, ok, no]),
        ("slice of a copy", plain, &[SNAPSHOT, SLICE], [no, no, no, ok, no]),
        ("slice of a reference", plain, &[REFERENCE, SLICE], [no, no, no, ok, no]),
        ("uncached", |c| uncached(c, plain), &[], [bad; 5]),
        ("paged", paged, &[], [no, ok, ok, ok, ok]),
        ("resizable, paged", |c| paged_with(c, VmoOptions::RESIZABLE), &[], [no, ok, ok, no, ok]),
        ("uncached, paged", |c| uncached(c, paged), &[], [bad; 5]),
        ("slice of a paged one", paged, &[SLICE], [no, ok, ok, ok, no]),
        ("reference to a paged one", paged, &[REFERENCE], [no, ok, ok, ok, ok]),
        ("clone", clone, &[], [no, ok, ok, ok, ok]),
        ("slice of a clone", clone, &[SLICE], [no, ok, no, ok, no]),
        ("reference to a clone", clone, &[REFERENCE], [no, ok, ok, ok, ok]),
        ("clone that has one", cloned, &[], [no, ok, no, ok, ok]),
        ("clone of a clone", clone, &[CLONE], [no, ok, no, ok, ok]),
        ("clone of an empty clone", paged, &[CLONE, CLONE], [no, ok, ok, ok, ok]),
        ("clone that was copied", copied, &[], [no, ok, ok, ok, ok]),
        ("copy of a clone", clone, &[MODIFIED], [no, ok, ok, ok, ok]),
        ("slice of one that was copied", copied, &[SLICE], [no, no, no, ok, no]),
        ("slice of one whose copy is gone", copied_once, &[SLICE], [no, ok, no, ok, no]),
    ]
}

#[test]
fn each_kind_of_child_is_had_by_the_vmos_that_zircon_lets_have_it() {
    for abi in Abi::ALL {
        for (name, make, kinds, mut expected) in parents() {
            let world = World::new();
            let guest = Guest::create_for(&world, world.root_job(), abi).started(0);
            let parent = world.host(|c| {
                let first = make(c);
                kinds.iter().fold(first, |of, kind| child(c, of, *kind))
            });
            let parent = world.host(|c| c.handle_duplicate(parent, SAME)).unwrap();
            let parent = guest.receive(parent);
            if abi == Abi::Sdk2020 {
                // There were no such kinds, and what is not cached was looked at last.
                expected[2] = Err(Status::INVALID_ARGS);
                expected[4] = Err(Status::INVALID_ARGS);
                if name == "uncached, paged" {
                    expected[0] = Err(Status::NOT_SUPPORTED);
                }
                if name.contains("copied") && expected[1].is_err() {
                    expected[1] = Ok(());
                }
            }
            let made = [SNAPSHOT, CLONE, MODIFIED, SLICE, REFERENCE].map(|kind| {
                let size = if kind == REFERENCE { 0 } else { SIZE };
                world.as_process(guest.koid, |c| {
                    let made = c.vmo_create_child(parent, kind, 0, size);
                    // The next one finds the parent as it was.
                    made.map(|child| c.handle_close(child).unwrap())
                })
            });
            assert_eq!(made, expected, "{name} {abi:?}");
            guest.finish();
        }
    }
}

#[test]
fn a_copy_of_a_pagers_slice_lies_within_it() {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::create_for(&world, world.root_job(), abi).started(0);
        let slice = world.host(|c| {
            let paged = paged(c);
            c.vmo_create_child(paged, SLICE, PAGE, 2 * PAGE).unwrap()
        });
        let slice = guest.receive(slice);
        world.as_process(guest.koid, |c| {
            let beyond = match abi {
                Abi::Sdk2020 => Ok(()),
                Abi::Newest => Err(Status::OUT_OF_RANGE),
            };
            for (offset, size, expected) in [
                (0, 2 * PAGE, Ok(())),
                (PAGE, PAGE, Ok(())),
                (PAGE, 2 * PAGE, beyond),
                (2 * PAGE, PAGE, beyond),
            ] {
                let made = c.vmo_create_child(slice, CLONE, offset, size);
                assert_eq!(made.map(|_| ()), expected, "{offset} {size} {abi:?}");
                let mut bytes = [9; 2];
                if let Ok(child) = made {
                    c.vmo_read(child, 0, &mut bytes[..1]).unwrap();
                    c.vmo_read(child, size - 1, &mut bytes[1..]).unwrap();
                    let shown = [offset, offset + size - 1].map(|at| u8::from(at < 2 * PAGE));
                    assert_eq!(bytes, shown);
                }
            }
        });
        guest.finish();
    }
}

#[test]
fn a_modified_snapshot_of_a_clone_shows_its_pages_as_they_were() {
    let world = World::new();
    world.host(|c| {
        let byte = |c: &mut Caller<'_>, vmo, page| {
            let mut byte = [0];
            c.vmo_read(vmo, page * PAGE, &mut byte).map(|()| byte[0]).unwrap()
        };
        let root = paged(c);
        let clone = child(c, root, CLONE);
        c.vmo_write(clone, 0, &[2]).unwrap();
        let copy = child(c, clone, MODIFIED);
        // What either writes the other does not see, and the root's pages both do.
        c.vmo_write(clone, 0, &[3]).unwrap();
        c.vmo_write(clone, PAGE, &[3]).unwrap();
        c.vmo_write(copy, 2 * PAGE, &[4]).unwrap();
        c.vmo_write(root, 3 * PAGE, &[5]).unwrap();
        let seen = [clone, copy].map(|vmo| [0, 1, 2, 3].map(|page| byte(c, vmo, page)));
        assert_eq!(seen, [[3, 3, 1, 5], [2, 1, 4, 5]]);
        // Any further copy of it is one, too, as long as there are two of them.
        let further = child(c, clone, CLONE);
        c.vmo_write(clone, 0, &[6]).unwrap();
        assert_eq!(byte(c, further, 0), 3);
        c.handle_close_many(&[copy, further]).unwrap();
        let shown = child(c, clone, CLONE);
        c.vmo_write(clone, 0, &[7]).unwrap();
        assert_eq!(byte(c, shown, 0), 7);
    });
}
