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

fn uncached(c: &mut Caller<'_>, vmo: u32) -> u32 {
    c.vmo_set_cache_policy(vmo, 1).unwrap();
    vmo
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

/// Each with what its children are refused with: SNAPSHOT, SNAPSHOT_AT_LEAST_ON_WRITE, SNAPSHOT_MODIFIED,
/// SLICE and REFERENCE.
fn parents() -> Vec<(&'static str, Make, [Result; 5])> {
    let (ok, no) = (Ok(()), Err(Status::NOT_SUPPORTED));
    let bad = Err(Status::BAD_STATE);
    vec![
        ("plain", plain, [ok, ok, ok, ok, ok]),
        ("resizable", |c| with_options(c, VmoOptions::RESIZABLE), [ok, ok, ok, no, ok]),
        ("discardable", |c| with_options(c, VmoOptions::DISCARDABLE), [no; 5]),
        (
            "copy",
            |c| {
                let of = plain(c);
                child(c, of, SNAPSHOT)
            },
            [ok; 5],
        ),
        (
            "reference",
            |c| {
                let of = plain(c);
                child(c, of, REFERENCE)
            },
            [ok; 5],
        ),
        (
            "slice",
            |c| {
                let of = plain(c);
                child(c, of, SLICE)
            },
            [no, no, no, ok, no],
        ),
        (
            "slice of a slice",
            |c| {
                let of = plain(c);
                let of = child(c, of, SLICE);
                child(c, of, SLICE)
            },
            [no, no, no, ok, no],
        ),
        (
            "slice of a copy",
            |c| {
                let of = plain(c);
                let of = child(c, of, SNAPSHOT);
                child(c, of, SLICE)
            },
            [no, no, no, ok, no],
        ),
        (
            "slice of a reference",
            |c| {
                let of = plain(c);
                let of = child(c, of, REFERENCE);
                child(c, of, SLICE)
            },
            [no, no, no, ok, no],
        ),
        (
            "uncached",
            |c| {
                let of = plain(c);
                uncached(c, of)
            },
            [bad; 5],
        ),
        ("paged", paged, [no, ok, ok, ok, ok]),
        ("resizable, paged", |c| paged_with(c, VmoOptions::RESIZABLE), [no, ok, ok, no, ok]),
        (
            "uncached, paged",
            |c| {
                let of = paged(c);
                uncached(c, of)
            },
            [bad; 5],
        ),
        (
            "slice of a paged one",
            |c| {
                let of = paged(c);
                child(c, of, SLICE)
            },
            [no, ok, ok, ok, no],
        ),
        (
            "reference to a paged one",
            |c| {
                let of = paged(c);
                child(c, of, REFERENCE)
            },
            [no, ok, ok, ok, ok],
        ),
        ("clone", clone, [no, ok, ok, ok, ok]),
        (
            "slice of a clone",
            |c| {
                let of = clone(c);
                child(c, of, SLICE)
            },
            [no, ok, no, ok, no],
        ),
        (
            "reference to a clone",
            |c| {
                let of = clone(c);
                child(c, of, REFERENCE)
            },
            [no, ok, ok, ok, ok],
        ),
        (
            "clone that has one",
            |c| {
                let of = clone(c);
                child(c, of, CLONE);
                of
            },
            [no, ok, no, ok, ok],
        ),
        (
            "clone of a clone",
            |c| {
                let of = clone(c);
                child(c, of, CLONE)
            },
            [no, ok, no, ok, ok],
        ),
        (
            "clone of an empty clone",
            |c| {
                let of = paged(c);
                let of = child(c, of, CLONE);
                child(c, of, CLONE)
            },
            [no, ok, ok, ok, ok],
        ),
        (
            "clone that was copied",
            |c| {
                let of = clone(c);
                child(c, of, MODIFIED);
                of
            },
            [no, ok, ok, ok, ok],
        ),
        (
            "copy of a clone",
            |c| {
                let of = clone(c);
                child(c, of, MODIFIED)
            },
            [no, ok, ok, ok, ok],
        ),
        (
            "slice of one that was copied",
            |c| {
                let of = clone(c);
                child(c, of, MODIFIED);
                child(c, of, SLICE)
            },
            [no, no, no, ok, no],
        ),
        (
            "slice of one whose copy is gone",
            |c| {
                let of = clone(c);
                let copy = child(c, of, MODIFIED);
                c.handle_close(copy).unwrap();
                child(c, of, SLICE)
            },
            [no, ok, no, ok, no],
        ),
    ]
}

#[test]
fn each_kind_of_child_is_had_by_the_vmos_that_zircon_lets_have_it() {
    for abi in Abi::ALL {
        for (name, make, mut expected) in parents() {
            let world = World::new();
            let guest = Guest::create_for(&world, world.root_job(), abi).started(0);
            let parent = world.host(make);
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
