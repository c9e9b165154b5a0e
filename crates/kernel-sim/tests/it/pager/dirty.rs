//! What is written and written back.

use kernel_sim::ExceptionOutcome;
use zx_abi::{PagerOp, Status, VMO_DIRTY_RANGE_IS_ZERO, VmoDirtyRange, VmoOp, VmoOptions};

use super::fault::Mapped;
use super::{Asked, Paged};
use crate::support::{PAGE, READ, WRITE, World};

/// The dirty ranges, in pages, and whether each is zero.
pub fn dirty(it: &Paged<'_>) -> Vec<(u64, u64, bool)> {
    dirty_in(it, 0, it.world.host(|c| c.vmo_get_size(it.vmo)).unwrap() / PAGE, u64::MAX).0
}

fn dirty_in(it: &Paged<'_>, first: u64, count: u64, most: u64) -> (Vec<(u64, u64, bool)>, u64) {
    let range = (first * PAGE, count * PAGE);
    let found = it.world.host(|c| c.pager_query_dirty_ranges(it.pager, it.vmo, range, most));
    let (ranges, count) = found.unwrap();
    let pages = |range: VmoDirtyRange| {
        let zero = range.options == VMO_DIRTY_RANGE_IS_ZERO;
        (range.offset / PAGE, range.length / PAGE, zero)
    };
    (ranges.into_iter().map(pages).collect(), count)
}

fn write(it: &Paged<'_>, page: u64) -> Result<(), Status> {
    it.world.host(|c| c.vmo_write(it.vmo, page * PAGE, &[0xdd]))
}

fn modified(it: &Paged<'_>, options: u32) -> bool {
    it.world.host(|c| c.pager_query_vmo_stats(it.pager, it.vmo, options)).unwrap().modified == 1
}

#[test]
fn what_is_written_is_dirty_until_it_has_been_written_back() {
    let world = World::new();
    let it = Paged::new(&world, 8);
    it.supply(0, 8);
    assert_eq!((dirty(&it), modified(&it, 0)), (vec![], false));
    for page in [1, 2, 5] {
        write(&it, page).unwrap();
    }
    assert_eq!(dirty(&it), [(1, 2, false), (5, 1, false)]);
    assert_eq!(dirty_in(&it, 2, 6, 1), (vec![(2, 1, false)], 2));
    assert!(modified(&it, 1) && !modified(&it, 0));
    it.op(PagerOp::WritebackBegin, 0, 4, 0).unwrap();
    // What is written meanwhile stays dirty.
    write(&it, 2).unwrap();
    assert_eq!(dirty(&it), [(1, 2, false), (5, 1, false)]);
    it.op(PagerOp::WritebackEnd, 0, 8, 0).unwrap();
    assert_eq!(dirty(&it), [(2, 1, false), (5, 1, false)]);
    it.op(PagerOp::WritebackBegin, 0, 8, 0).unwrap();
    it.op(PagerOp::WritebackEnd, 0, 8, 0).unwrap();
    assert_eq!((dirty(&it), it.byte(2)), (vec![], Ok(0xdd)));
}

#[test]
fn mappings_write_without_asking_until_writeback_begins() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 2);
    let program = Mapped::new(&world, it.vmo, 2);
    assert_eq!(program.write(0), ExceptionOutcome::Resume);
    assert_eq!(program.shown(), [(0, 1, READ | WRITE)]);
    assert_eq!(dirty(&it), [(0, 1, false)]);
    it.op(PagerOp::WritebackBegin, 0, 2, 0).unwrap();
    assert_eq!(program.shown(), [(0, 1, READ)]);
    it.op(PagerOp::WritebackEnd, 0, 2, 0).unwrap();
    assert_eq!(dirty(&it), []);
    assert_eq!(program.write(0), ExceptionOutcome::Resume);
    assert_eq!((program.shown(), dirty(&it)), (vec![(0, 1, READ | WRITE)], vec![(0, 1, false)]));
}

#[test]
fn trapped_writes_wait_until_the_pager_allows_them() {
    let world = World::new();
    let it = Paged::with_options(&world, 4, VmoOptions::TRAP_DIRTY.bits());
    it.supply(0, 3);
    let program = Mapped::new(&world, it.vmo, 4);
    assert_eq!(write(&it, 0), Err(Status::SHOULD_WAIT));
    assert_eq!(program.write(0), ExceptionOutcome::Stopped);
    assert_eq!((it.asked(), it.asked()), (Some(Asked::Dirty(0, 1)), None));
    assert_eq!(dirty(&it), []);
    assert_eq!(it.op(PagerOp::Dirty, 2, 2, 0), Err(Status::NOT_FOUND));
    it.op(PagerOp::Dirty, 0, 1, 0).unwrap();
    assert_eq!((program.shown(), dirty(&it)), (vec![(0, 1, READ | WRITE)], vec![(0, 1, false)]));
    // Also what is being written back, and what is clean again.
    it.op(PagerOp::WritebackBegin, 0, 4, 0).unwrap();
    assert_eq!((write(&it, 0), program.shown()), (Err(Status::SHOULD_WAIT), vec![(0, 1, READ)]));
    it.op(PagerOp::WritebackEnd, 0, 4, 0).unwrap();
    assert_eq!(program.write(0), ExceptionOutcome::Stopped);
    assert_eq!(it.asked(), Some(Asked::Dirty(0, 1)));
    it.fail(0, 1, Status::NO_SPACE).unwrap();
    program.guest.gone();
    // A page that is absent is asked for first.
    let program = Mapped::new(&world, it.vmo, 4);
    assert_eq!(program.write(3), ExceptionOutcome::Stopped);
    assert_eq!(it.asked(), Some(Asked::Read(3, 1)));
    it.supply(3, 1);
    assert_eq!(it.asked(), Some(Asked::Dirty(3, 1)));
    it.op(PagerOp::Dirty, 3, 1, 0).unwrap();
    assert_eq!(program.shown(), [(3, 1, READ | WRITE)]);
}

#[test]
fn what_grows_is_dirty_zero_and_the_pagers_once_that_is_written_back() {
    let world = World::new();
    for trap in [0, VmoOptions::TRAP_DIRTY.bits()] {
        let it = Paged::with_options(&world, 1, VmoOptions::RESIZABLE.bits() | trap);
        world.host(|c| c.vmo_set_size(it.vmo, 5 * PAGE)).unwrap();
        assert_eq!((dirty(&it), modified(&it, 0)), (vec![(1, 4, true)], true));
        assert_eq!((it.asked(), it.byte(2)), (None, Ok(0)));
        if trap != 0 {
            assert_eq!(write(&it, 2), Err(Status::SHOULD_WAIT));
            it.op(PagerOp::Dirty, 2, 1, 0).unwrap();
        }
        write(&it, 2).unwrap();
        assert_eq!(dirty(&it), [(1, 1, true), (2, 1, false), (3, 2, true)]);
        it.op(PagerOp::WritebackBegin, 0, 5, VMO_DIRTY_RANGE_IS_ZERO).unwrap();
        it.op(PagerOp::WritebackEnd, 0, 5, 0).unwrap();
        assert_eq!(dirty(&it), [(2, 1, false)]);
        assert_eq!((it.byte(1), it.byte(2)), (Err(Status::SHOULD_WAIT), Ok(0xdd)));
        it.supply(1, 4);
        assert_eq!((it.byte(1), it.byte(2)), (Ok(2), Ok(0xdd)));
    }
}

#[test]
fn zeroing_makes_dirty_and_needs_no_page_but_those_that_it_touches_in_part() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let zero = |offset, len| {
        let zeroed = world.host(|c| c.vmo_op_range(it.vmo, VmoOp::Zero as u32, offset, len));
        zeroed.map(|_| ())
    };
    assert_eq!(zero(8, PAGE), Err(Status::SHOULD_WAIT));
    zero(PAGE, 2 * PAGE).unwrap();
    assert_eq!((dirty(&it), it.byte(1)), (vec![(1, 2, false)], Ok(0)));
    it.supply(0, 4);
    zero(8, 8).unwrap();
    assert_eq!(
        (dirty(&it), it.byte(0), it.byte(1), it.byte(3)),
        (vec![(0, 3, false)], Ok(1), Ok(0), Ok(4))
    );
}

#[test]
fn what_is_dirty_survives_the_detach_and_can_be_written_back() {
    let world = World::new();
    let it = Paged::with_options(&world, 3, 0);
    it.supply(0, 3);
    write(&it, 1).unwrap();
    it.detach();
    assert_eq!(it.asked(), Some(Asked::Complete));
    assert_eq!((it.byte(0), it.byte(1)), (Err(Status::SHOULD_WAIT), Ok(0xdd)));
    assert_eq!(dirty(&it), [(1, 1, false)]);
    it.op(PagerOp::WritebackBegin, 0, 3, 0).unwrap();
    it.op(PagerOp::WritebackEnd, 0, 3, 0).unwrap();
    assert_eq!((dirty(&it), modified(&it, 0)), (vec![], true));
}

#[test]
fn a_stream_that_ends_earlier_zeroes_what_is_there_and_asks_for_nothing() {
    let world = World::new();
    let it = Paged::with_options(&world, 4, 0);
    it.supply(0, 1);
    it.supply(2, 1);
    world.host(|c| c.vmo_set_stream_size(it.vmo, 16)).unwrap();
    let (mut head, mut tail) = ([0; 16], [1; 16]);
    world.host(|c| {
        c.vmo_read(it.vmo, 0, &mut head).unwrap();
        c.vmo_read(it.vmo, 16, &mut tail).unwrap();
    });
    assert_eq!((head, tail), ([1; 16], [0; 16]));
    assert_eq!((it.byte(1), it.byte(2)), (Err(Status::SHOULD_WAIT), Ok(0)));
    assert_eq!((dirty(&it), it.asked()), (vec![(0, 1, false), (2, 1, false)], None));
}

#[test]
fn what_nobody_is_charged_for_falls_into_so_many_pieces_and_no_more() {
    let world = World::new();
    let it = Paged::with_options(&world, 0, VmoOptions::RESIZABLE.bits());
    let pages = 1 << 20;
    world.host(|c| c.vmo_set_size(it.vmo, pages * PAGE)).unwrap();
    let begin = |page| it.op(PagerOp::WritebackBegin, 2 * page, 1, 0);
    let refused = (0..1u64 << 15).find(|page| begin(*page).is_err());
    assert_eq!(refused, Some((1 << 14) - 1));
    assert_eq!(begin(1 << 15), Err(Status::NO_MEMORY));
}

#[test]
fn offsets_that_no_vmo_has_are_refused() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let aux = world.host(|c| c.vmo_create(PAGE, 0)).unwrap();
    let last = u64::MAX - PAGE + 1;
    world.host(|c| {
        let supplied = c.pager_supply_pages(it.pager, it.vmo, (last, PAGE), aux, 0);
        assert_eq!(supplied, Err(Status::OUT_OF_RANGE));
        let failed = c.pager_op_range(it.pager, 3, it.vmo, (last, PAGE), 0);
        assert_eq!(failed, Err(Status::OUT_OF_RANGE));
        let ranges = c.pager_query_dirty_ranges(it.pager, it.vmo, (u64::MAX, 2), 1);
        assert_eq!(ranges.map(|_| ()), Err(Status::OUT_OF_RANGE));
        let clone = zx_abi::VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
        let far = 3 << 62;
        let child = c.vmo_create_child(it.vmo, clone, far, PAGE).unwrap();
        assert_eq!(c.vmo_create_child(child, clone, far, PAGE), Err(Status::INVALID_ARGS));
    });
}
