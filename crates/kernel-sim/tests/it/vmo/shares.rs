//! What VMOs are told to take up that share pages: today each has its part of a page.

use kernel_sim::{Caller, MemoryUsage};
use zx_abi::{Abi, INFO_TASK_STATS_V2, InfoTaskStats, VmoChildOptions, VmoOp, VmoOptions};

use crate::support::{Guest, PAGE, READ, World, info, vmo_info};

const SNAPSHOT: VmoChildOptions = VmoChildOptions::SNAPSHOT;

/// A VMO whose pages have their number, from 1 on.
fn numbered(c: &mut Caller<'_>, pages: u64) -> u32 {
    let vmo = c.vmo_create(pages * PAGE, VmoOptions::RESIZABLE.bits()).unwrap();
    (0..pages).for_each(|page| write(c, vmo, page));
    vmo
}

fn write(c: &mut Caller<'_>, vmo: u32, page: u64) {
    c.vmo_write(vmo, page * PAGE, &[page as u8 + 1]).unwrap();
}

fn copy(c: &mut Caller<'_>, vmo: u32, first: u64, pages: u64) -> u32 {
    c.vmo_create_child(vmo, SNAPSHOT.bits(), first * PAGE, pages * PAGE).unwrap()
}

fn zero(c: &mut Caller<'_>, vmo: u32, offset: u64, len: u64) {
    c.vmo_op_range(vmo, VmoOp::Zero as u32, offset, len).unwrap();
}

/// What VMOs take up, in sixths of a page.
fn sixths<const N: usize>(c: &mut Caller<'_>, vmos: [u32; N]) -> [u64; N] {
    vmos.map(|vmo| {
        let told = vmo_info(c, vmo);
        assert_eq!(told.populated_scaled_bytes, told.committed_scaled_bytes);
        assert_eq!(told.populated_private_bytes, told.committed_private_bytes);
        assert!(told.populated_private_bytes <= told.populated_scaled_bytes);
        let bytes = u128::from(told.populated_scaled_bytes) << MemoryUsage::FRACTION_BITS;
        let scaled = bytes + u128::from(told.populated_fractional_scaled_bytes);
        let page = u128::from(PAGE) << MemoryUsage::FRACTION_BITS;
        let sixths = (scaled * 6 + page / 2) / page;
        // Less than what is lost in dividing.
        assert!((sixths * page / 6).abs_diff(scaled) < 16, "{told:?}");
        sixths as u64
    })
}

fn test(f: impl FnOnce(&mut Caller<'_>)) {
    World::null().host(f);
}

#[test]
fn a_page_is_split_among_those_that_see_it() {
    test(|c| {
        let vmo = numbered(c, 2);
        assert_eq!(sixths(c, [vmo]), [12]);
        let child = copy(c, vmo, 0, 2);
        assert_eq!(sixths(c, [vmo, child]), [6, 6]);
        // Who writes has a page for itself, and leaves one to the other.
        write(c, vmo, 0);
        assert_eq!(sixths(c, [vmo, child]), [9, 9]);
        write(c, child, 1);
        write(c, vmo, 1);
        write(c, child, 0);
        assert_eq!(sixths(c, [vmo, child]), [12, 12]);
        let grandchild = copy(c, child, 0, 2);
        let other = copy(c, child, 0, 2);
        assert_eq!(sixths(c, [vmo, child, grandchild, other]), [12, 4, 4, 4]);
        c.handle_close(child).unwrap();
        assert_eq!(sixths(c, [vmo, grandchild, other]), [12, 6, 6]);
    });
}

#[test]
fn what_is_zero_takes_up_nothing_until_it_is_written() {
    test(|c| {
        let first = c.vmo_create(PAGE, 0).unwrap();
        let second = copy(c, first, 0, 1);
        let all = [first, second, copy(c, first, 0, 1), copy(c, second, 0, 1)];
        for (written, vmo) in all.into_iter().enumerate() {
            assert_eq!(sixths(c, all), std::array::from_fn(|at| if at < written { 6 } else { 0 }));
            write(c, vmo, 0);
        }
        assert_eq!(sixths(c, all), [6; 4]);
    });
}

#[test]
fn a_copy_has_a_part_of_what_it_shows_and_no_more() {
    test(|c| {
        // It begins behind the first page, and ends behind the last.
        let vmo = numbered(c, 3);
        let child = copy(c, vmo, 1, 3);
        assert_eq!(sixths(c, [vmo, child]), [12, 6]);
        write(c, child, 1);
        c.handle_close(vmo).unwrap();
        assert_eq!(sixths(c, [child]), [12]);
        // Copies of parts of a copy, which goes.
        let vmo = numbered(c, 4);
        let middle = copy(c, vmo, 1, 3);
        let parts = [copy(c, middle, 0, 2), copy(c, middle, 2, 1)];
        write(c, middle, 1);
        c.handle_close(middle).unwrap();
        assert_eq!(sixths(c, [vmo, parts[0], parts[1]]), [15, 6, 3]);
        c.handle_close(parts[0]).unwrap();
        assert_eq!(sixths(c, [vmo, parts[1]]), [21, 3]);
        c.handle_close(parts[1]).unwrap();
        assert_eq!(sixths(c, [vmo]), [24]);
        // Beyond its end there is nothing to share.
        let behind = copy(c, vmo, 5, 2);
        write(c, behind, 1);
        let copied = copy(c, behind, 0, 3);
        assert_eq!(sixths(c, [vmo, behind, copied]), [24, 3, 3]);
    });
}

#[test]
fn a_copy_of_a_copy_shares_with_both() {
    test(|c| {
        let vmo = numbered(c, 1);
        let child = copy(c, vmo, 0, 2);
        assert_eq!(sixths(c, [vmo, child]), [3, 3]);
        write(c, child, 1);
        let grandchild = copy(c, child, 0, 3);
        assert_eq!(sixths(c, [vmo, child, grandchild]), [2, 5, 5]);
        // A third of a byte is left to each.
        let told = vmo_info(c, vmo).populated_fractional_scaled_bytes;
        assert!(told.abs_diff((1 << 63) / 3) < 2, "{told:#x}");
        write(c, grandchild, 2);
        assert_eq!(sixths(c, [vmo, child, grandchild]), [2, 5, 11]);
        write(c, grandchild, 0);
        write(c, grandchild, 1);
        assert_eq!(sixths(c, [vmo, child, grandchild]), [3, 9, 18]);
        c.handle_close(child).unwrap();
        assert_eq!(sixths(c, [vmo, grandchild]), [6, 18]);
    });
}

#[test]
fn a_page_that_is_made_zero_is_left_to_the_others() {
    test(|c| {
        let parent = numbered(c, 3);
        let first = copy(c, parent, 0, 3);
        zero(c, parent, 0, PAGE);
        assert_eq!(sixths(c, [parent, first]), [6, 12]);
        let second = copy(c, parent, 0, 3);
        assert_eq!(sixths(c, [parent, first, second]), [4, 10, 4]);
        zero(c, first, PAGE, PAGE);
        assert_eq!(sixths(c, [parent, first, second]), [5, 8, 5]);
        c.handle_close(first).unwrap();
        assert_eq!(sixths(c, [parent, second]), [6, 6]);
        write(c, parent, 0);
        write(c, second, 1);
        assert_eq!(sixths(c, [parent, second]), [15, 9]);
        zero(c, parent, 0, 3 * PAGE);
        zero(c, second, 0, 3 * PAGE);
        assert_eq!(sixths(c, [parent, second]), [0, 0]);
        // A part of a page that is there stays there, and one of a page that is not comes not to be.
        let vmo = c.vmo_create(3 * PAGE, 0).unwrap();
        zero(c, vmo, PAGE / 2, 2 * PAGE);
        assert_eq!(sixths(c, [vmo]), [0]);
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        zero(c, vmo, PAGE / 2, 2 * PAGE);
        assert_eq!(sixths(c, [vmo]), [12]);
    });
}

#[test]
fn slices_and_references_take_up_nothing_of_their_own() {
    test(|c| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        let slice = c.vmo_create_child(vmo, VmoChildOptions::SLICE.bits(), PAGE, PAGE).unwrap();
        let reference = c.vmo_create_child(vmo, VmoChildOptions::REFERENCE.bits(), 0, 0).unwrap();
        let all = [vmo, slice, reference];
        write(c, slice, 0);
        write(c, reference, 0);
        assert_eq!(sixths(c, all), [12, 0, 0]);
        // What is given back through one is given back of all.
        for child in [slice, reference] {
            let before = sixths(c, [vmo])[0];
            c.vmo_op_range(child, VmoOp::Decommit as u32, 0, PAGE).unwrap();
            assert_eq!(sixths(c, all), [before - 6, 0, 0]);
        }
        c.vmo_op_range(slice, VmoOp::Commit as u32, 0, PAGE).unwrap();
        assert_eq!(sixths(c, all), [6, 0, 0]);
        c.handle_close(vmo).unwrap();
        assert_eq!(sixths(c, [slice, reference]), [0, 0]);
    });
}

#[test]
fn a_pagers_vmo_has_what_was_supplied_and_its_copy_what_it_wrote() {
    test(|c| {
        let (pager, port) = (c.pager_create(0).unwrap(), c.port_create(0).unwrap());
        let vmo = c.pager_create_vmo(pager, 0, port, 0, 4 * PAGE).unwrap();
        let kind = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
        let copy = c.vmo_create_child(vmo, kind, 0, 4 * PAGE).unwrap();
        assert_eq!(sixths(c, [vmo, copy]), [0, 0]);
        let aux = numbered(c, 2);
        c.pager_supply_pages(pager, vmo, (PAGE, 2 * PAGE), aux, 0).unwrap();
        // The pages have moved.
        assert_eq!(sixths(c, [vmo, copy, aux]), [12, 0, 0]);
        write(c, copy, 1);
        assert_eq!(sixths(c, [vmo, copy]), [12, 6]);
        // Clean pages go with the pager.
        write(c, vmo, 2);
        c.pager_detach_vmo(pager, vmo).unwrap();
        assert_eq!(sixths(c, [vmo, copy]), [6, 6]);
    });
}

#[test]
fn what_moves_from_one_to_another_is_counted_there() {
    test(|c| {
        let (from, to) = (numbered(c, 3), c.vmo_create(3 * PAGE, 0).unwrap());
        let copied = copy(c, from, 0, 3);
        assert_eq!(sixths(c, [from, to, copied]), [9, 0, 9]);
        c.vmo_transfer_data(to, 0, 0, 2 * PAGE, from, PAGE).unwrap();
        // What has moved is shared with the copy still, as is what has not.
        assert_eq!(sixths(c, [from, to, copied]), [3, 6, 9]);
        c.vmo_set_size(from, 0).unwrap();
        c.handle_close(copied).unwrap();
        assert_eq!(sixths(c, [from, to]), [0, 12]);
    });
}

#[test]
fn the_parts_of_all_add_up_to_what_there_is() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Newest);
    world.as_process(guest.koid, |c| {
        let mut vmos = vec![numbered(c, 4)];
        let mut dice = crate::support::Dice::new(7);
        for _ in 0..200 {
            let vmo = vmos[dice.index(vmos.len())];
            let size = c.vmo_get_size(vmo).unwrap() / PAGE;
            match dice.roll(4) {
                0 if vmos.len() < 12 => vmos.push(copy(c, vmo, dice.roll(size), 4)),
                1 => write(c, vmo, dice.roll(size)),
                2 => zero(c, vmo, dice.roll(size) * PAGE, PAGE),
                _ if vmos.len() > 1 => {
                    let gone = vmos.swap_remove(dice.index(vmos.len()));
                    c.handle_close(gone).unwrap();
                }
                _ => {}
            }
            let (mut scaled, mut seen) = (0_u128, 0);
            for vmo in &vmos {
                let told = vmo_info(c, *vmo);
                let bytes = u128::from(told.populated_scaled_bytes) << MemoryUsage::FRACTION_BITS;
                scaled += bytes + u128::from(told.populated_fractional_scaled_bytes);
                seen += told.populated_bytes;
                assert!(told.populated_scaled_bytes <= told.populated_bytes);
            }
            // Whole pages, of which none is counted twice.
            let page = u128::from(PAGE) << MemoryUsage::FRACTION_BITS;
            let pages = (scaled + page / 2) / page;
            assert!((pages * page).abs_diff(scaled) < 4096, "{scaled}");
            assert!(pages <= u128::from(seen / PAGE));
        }
    });
    guest.finish();
}

#[test]
fn processes_share_what_they_map_and_then_the_pages_of_it() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let [own, common] = [(); 2].map(|()| numbered(c, 1));
        let original = numbered(c, 3);
        let copied = copy(c, original, 0, 3);
        // Each has two pages for itself then, one that it wrote and one that the other left.
        write(c, original, 0);
        write(c, copied, 1);
        let (first, first_root) = c.process_create(root, b"first", 0).unwrap();
        let (second, second_root) = c.process_create(root, b"second", 0).unwrap();
        for (vmar, vmo, pages) in [
            (first_root, own, 1),
            (second_root, copied, 3),
            (first_root, common, 1),
            (second_root, common, 1),
            (first_root, original, 3),
            (second_root, original, 3),
        ] {
            c.vmar_map(vmar, READ, 0, vmo, 0, pages * PAGE).unwrap();
        }
        let mut total = 0;
        for (process, [mapped, private, shared], scaled) in
            [(first, [5, 1, 4], PAGE + 3 * PAGE / 4), (second, [7, 2, 5], 2 * PAGE + PAGE / 4)]
        {
            let told: InfoTaskStats = info(c, process, INFO_TASK_STATS_V2).unwrap();
            let expected = InfoTaskStats {
                mem_mapped_bytes: mapped * PAGE,
                mem_private_bytes: private * PAGE,
                mem_shared_bytes: shared * PAGE,
                mem_scaled_shared_bytes: scaled,
                mem_fractional_scaled_shared_bytes: 0,
            };
            assert_eq!(told, expected);
            total += told.mem_private_bytes + told.mem_scaled_shared_bytes;
        }
        // All that there is: a page each of two VMOs, and five for three that are in both others.
        assert_eq!(total, 7 * PAGE);
    });
}
