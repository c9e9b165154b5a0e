//! Pages that copies share count in one VMO, for programs of 2020.

use kernel_sim::{Caller, KernelEntry};
use zx_abi::{
    Abi, INFO_VMO, InfoVmo, ObjectType, PROP_VMO_CONTENT_SIZE, StreamMode, VmoChildOptions, VmoOp,
    VmoOptions,
};

use crate::support::{Dice, Guest, PAGE, READ, WRITE, World, fault, info};

/// Runs a test as a program of 2020.
fn test(f: impl FnOnce(&mut Caller<'_>)) {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    world.as_process(guest.koid, f);
    guest.finish();
    assert_eq!(world.count(ObjectType::Process), 1);
}

/// A VMO whose pages have their number, from 1 on.
fn numbered(c: &mut Caller<'_>, pages: u64) -> u32 {
    let vmo = c.vmo_create(pages * PAGE, VmoOptions::RESIZABLE.bits()).unwrap();
    (0..pages).for_each(|page| write(c, vmo, page, page as u8 + 1));
    vmo
}

fn write(c: &mut Caller<'_>, vmo: u32, page: u64, value: u8) {
    c.vmo_write(vmo, page * PAGE, &[value]).unwrap();
}

fn copy(c: &mut Caller<'_>, vmo: u32, page: u64, pages: u64) -> u32 {
    let kind = VmoChildOptions::SNAPSHOT | VmoChildOptions::RESIZABLE;
    c.vmo_create_child(vmo, kind.bits(), page * PAGE, pages * PAGE).unwrap()
}

/// The pages that count in each of these.
fn counted<const N: usize>(c: &mut Caller<'_>, vmos: [u32; N]) -> [u64; N] {
    vmos.map(|vmo| info::<InfoVmo>(c, vmo, INFO_VMO).unwrap().committed_bytes / PAGE)
}

#[test]
fn the_original_keeps_all_and_who_writes_gets_a_page() {
    test(|c| {
        let vmo = numbered(c, 2);
        let child = copy(c, vmo, 0, 2);
        assert_eq!(counted(c, [vmo, child]), [2, 0]);
        // What the original had counts in the copy, which alone has it still.
        write(c, vmo, 0, 9);
        assert_eq!(counted(c, [vmo, child]), [2, 1]);
        write(c, child, 1, 9);
        assert_eq!(counted(c, [vmo, child]), [2, 2]);
        // Both are apart now, even where they are the same.
        write(c, vmo, 1, 9);
        write(c, child, 0, 9);
        assert_eq!(counted(c, [vmo, child]), [2, 2]);
        c.handle_close(vmo).unwrap();
        assert_eq!(counted(c, [child]), [2]);
    });
}

#[test]
fn a_copy_gets_what_its_original_leaves() {
    test(|c| {
        let vmo = numbered(c, 3);
        let child = copy(c, vmo, 1, 3);
        write(c, child, 1, 9);
        assert_eq!(counted(c, [vmo, child]), [3, 1]);
        c.handle_close(vmo).unwrap();
        // The first page of the original is gone; behind its end is nothing.
        assert_eq!(counted(c, [child]), [2]);
    });
}

#[test]
fn of_two_copies_the_older_gets_it() {
    test(|c| {
        let vmo = numbered(c, 3);
        let older = copy(c, vmo, 0, 2);
        write(c, older, 1, 9);
        let younger = copy(c, vmo, 0, 1);
        assert_eq!(counted(c, [vmo, older, younger]), [3, 1, 0]);
        c.handle_close(vmo).unwrap();
        assert_eq!(counted(c, [older, younger]), [2, 0]);
        c.handle_close(older).unwrap();
        assert_eq!(counted(c, [younger]), [1]);
    });
}

#[test]
fn a_page_that_is_written_deep_down_is_copied_on_the_way() {
    test(|c| {
        let vmo = numbered(c, 4);
        let middle = copy(c, vmo, 1, 3);
        let [first, second] = [(0, 2), (2, 1)].map(|(at, pages)| copy(c, middle, at, pages));
        write(c, middle, 1, 9);
        c.handle_close(middle).unwrap();
        // The copy's copy has got a page of its own by that.
        assert_eq!(counted(c, [vmo, first, second]), [4, 1, 0]);
        c.handle_close(first).unwrap();
        assert_eq!(counted(c, [vmo, second]), [4, 0]);
        // Beyond what a copy shows nothing is shared.
        let long = copy(c, second, 0, 2);
        write(c, long, 1, 9);
        assert_eq!(counted(c, [vmo, second, long]), [4, 0, 1]);
    });
}

#[test]
fn sizes_and_zeroes_give_pages_back() {
    test(|c| {
        let vmo = numbered(c, 4);
        let child = copy(c, vmo, 0, 4);
        write(c, vmo, 1, 5);
        write(c, child, 2, 5);
        assert_eq!(counted(c, [vmo, child]), [4, 2]);
        c.vmo_set_size(vmo, PAGE).unwrap();
        assert_eq!(counted(c, [vmo, child]), [1, 3]);
        // What it shows again is new.
        c.vmo_set_size(vmo, 2 * PAGE).unwrap();
        write(c, child, 3, 6);
        assert_eq!(counted(c, [vmo, child]), [1, 3]);
        let zero = VmoOp::Zero as u32;
        c.vmo_op_range(child, zero, 0, PAGE).unwrap();
        assert_eq!(counted(c, [vmo, child]), [1, 3]);
        c.vmo_op_range(child, zero, PAGE, 2 * PAGE + 1).unwrap();
        assert_eq!(counted(c, [vmo, child]), [1, 1]);
        let again = copy(c, child, 0, 4);
        c.vmo_op_range(again, VmoOp::Commit as u32, 0, 4 * PAGE).unwrap();
        assert_eq!(counted(c, [vmo, child, again]), [1, 1, 4]);
    });
}

#[test]
fn what_a_stream_clears_on_its_way_is_given_back() {
    test(|c| {
        let vmo = numbered(c, 4);
        let child = copy(c, vmo, 0, 4);
        let content = 1_u64.to_le_bytes();
        c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &content).unwrap();
        let stream = c.stream_create(StreamMode::WRITE.bits(), vmo, 3 * PAGE).unwrap();
        assert_eq!(c.stream_write(stream, 0, None, b"behind"), Ok(6));
        // The first page is cleared in part, and the next two as a whole.
        assert_eq!(counted(c, [vmo, child]), [2, 4]);
    });
}

#[test]
fn what_programs_write_to_mappings_is_seen() {
    for mapped_first in [true, false] {
        let world = World::new();
        let guest = Guest::start_for(&world, Abi::Sdk2020);
        let root = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
        let root = guest.receive(root);
        let map = |c: &mut Caller<'_>, vmo, pages| {
            c.vmar_map(root, READ | WRITE, 0, vmo, 0, pages * PAGE).unwrap()
        };
        let (vmo, child, address) = world.as_process(guest.koid, |c| {
            let vmo = numbered(c, 3);
            let before = mapped_first.then(|| map(c, vmo, 3));
            let child = copy(c, vmo, 0, 3);
            let address = before.unwrap_or_else(|| map(c, vmo, 3));
            assert_eq!(counted(c, [vmo, child]), [3, 0]);
            (vmo, child, address)
        });
        let poke = |address: u64| {
            // The first access shows the machine what is there.
            world.kernel.exception(guest.koid, guest.thread_koid, fault(address));
            world.machine.poke(address, 9);
        };
        poke(address);
        let count = || world.as_process(guest.koid, |c| counted(c, [vmo, child]));
        assert_eq!(count(), [3, 1]);
        let address = world.as_process(guest.koid, |c| map(c, child, 2));
        assert_eq!(count(), [3, 1]);
        poke(address + PAGE);
        assert_eq!(count(), [3, 2]);
        // The same as before, and apart.
        poke(address);
        assert_eq!(count(), [3, 2]);
        guest.finish();
    }
}

#[test]
fn many_copies_count_each_page_somewhere_and_none_for_nothing() {
    for seed in 0..4 {
        test(|c| {
            let mut dice = Dice::new(seed);
            let mut vmos = vec![numbered(c, 4)];
            for _ in 0..600 {
                let at = dice.roll(vmos.len() as u64) as usize;
                match dice.roll(6) {
                    0 | 1 if vmos.len() < 8 => {
                        let (page, pages) = (dice.roll(3), 1 + dice.roll(4));
                        vmos.push(copy(c, vmos[at], page, pages));
                    }
                    2 if vmos.len() > 1 => c.handle_close(vmos.swap_remove(at)).unwrap(),
                    3 => c.vmo_set_size(vmos[at], dice.roll(5) * PAGE).unwrap(),
                    _ => {
                        let size = c.vmo_get_size(vmos[at]).unwrap() / PAGE;
                        if size > 0 {
                            let page = dice.roll(size);
                            write(c, vmos[at], page, dice.roll(255) as u8 + 1);
                        }
                    }
                }
                let committed = |c: &mut Caller<'_>, vmo: u32| {
                    let size = c.vmo_get_size(vmo).unwrap();
                    let mut bytes = vec![0; size as usize];
                    c.vmo_read(vmo, 0, &mut bytes).unwrap();
                    bytes.chunks(PAGE as usize).filter(|page| page[0] != 0).count() as u64
                };
                for &vmo in &vmos {
                    let [count] = counted(c, [vmo]);
                    assert!(count <= committed(c, vmo), "seed {seed}");
                }
            }
            // The last one has all that it shows.
            while vmos.len() > 1 {
                c.handle_close(vmos.pop().unwrap()).unwrap();
            }
            let size = c.vmo_get_size(vmos[0]).unwrap() / PAGE;
            (0..size).for_each(|page| write(c, vmos[0], page, 1));
            assert_eq!(counted(c, [vmos[0]]), [size]);
        });
    }
}

#[test]
fn copies_beyond_what_is_followed_count_their_own() {
    test(|c| {
        let vmo = numbered(c, 1);
        let copies: Vec<u32> = (0..32).map(|_| copy(c, vmo, 0, 1)).collect();
        let counts: Vec<u64> = copies.iter().map(|copy| counted(c, [*copy])[0]).collect();
        assert_eq!((counts[30], counts[31]), (0, 1));
        assert_eq!(counted(c, [vmo]), [1]);
        // Large ones are not followed at all.
        for (pages, count) in [(256, 0), (257, 1)] {
            let large = c.vmo_create(pages * PAGE, 0).unwrap();
            write(c, large, 0, 1);
            let child = copy(c, large, 0, 1);
            assert_eq!(counted(c, [large, child]), [1, count], "{pages}");
        }
    });
}

#[test]
fn programs_of_today_count_a_page_in_each() {
    World::null().host(|c| {
        let vmo = numbered(c, 2);
        let child = copy(c, vmo, 0, 2);
        assert_eq!(counted(c, [vmo, child]), [2, 2]);
    });
}
