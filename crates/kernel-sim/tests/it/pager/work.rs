//! However much there is of it, it is done in turns.

use kernel_sim::{ExceptionOutcome, KernelEntry};
use zx_abi::{PagerOp, Status, VmoChildOptions, VmoOptions};

use super::fault::Mapped;
use super::{Asked, Paged};
use crate::support::{PAGE, Thread, World, fault};

/// As many as an attacker can have, less what a test has time for.
const MANY: u64 = 3_000;

/// Units that may be done at a time: a turn, and what is begun at its end.
const TURN: u64 = 1_024 + 300;

#[test]
fn many_threads_that_wait_for_one_page_are_woken_in_turns() {
    let world = World::new();
    for fails in [false, true] {
        let it = Paged::new(&world, 1);
        let program = Mapped::new(&world, it.vmo, 1);
        let threads: Vec<_> = (0..MANY).map(|_| Thread::start(&world, &program.guest)).collect();
        for thread in &threads {
            let outcome = world.kernel.exception(thread.process, thread.koid, fault(program.base));
            assert_eq!(outcome, ExceptionOutcome::Stopped);
        }
        assert_eq!((it.asked(), it.asked()), (Some(Asked::Read(0, 1)), None));
        if fails {
            it.fail(0, 1, Status::IO).unwrap()
        } else {
            it.supply(0, 1)
        }
        assert_eq!(world.stats().waits, 0);
        world.host(|c| c.task_kill(program.guest.process)).unwrap();
        program.guest.gone();
    }
    assert!(world.kernel.greatest_work() < TURN, "{}", world.kernel.greatest_work());
}

#[test]
fn many_requests_ranges_and_references_are_worked_off_in_turns() {
    let world = World::new();
    let it = Paged::with_options(&world, 2 * MANY, VmoOptions::RESIZABLE.bits());
    let clone = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
    let mut children = Vec::new();
    world.host(|c| {
        for _ in 0..MANY {
            children.push(c.vmo_create_child(it.vmo, clone, 0, PAGE).unwrap());
            let reference = VmoChildOptions::REFERENCE.bits();
            children.push(c.vmo_create_child(it.vmo, reference, 0, 0).unwrap());
        }
    });
    for page in 0..MANY {
        assert_eq!(it.prefetch(2 * page, 1, page + 1), Ok(true));
    }
    it.fail(0, 2 * MANY, Status::IO).unwrap();
    assert_eq!(world.events.waits().len() as u64, MANY);
    let aux = world.host(|c| c.vmo_create(2 * MANY * PAGE, 0)).unwrap();
    let range = (0, 2 * MANY * PAGE);
    world.host(|c| c.pager_supply_pages(it.pager, it.vmo, range, aux, 0)).unwrap();
    for page in 0..MANY {
        world.host(|c| c.vmo_write(it.vmo, 2 * page * PAGE, &[1])).unwrap();
    }
    let dirty = world.host(|c| c.pager_query_dirty_ranges(it.pager, it.vmo, range, u64::MAX));
    assert_eq!(dirty.unwrap().1, MANY);
    it.op(PagerOp::WritebackBegin, 0, 2 * MANY, 0).unwrap();
    it.op(PagerOp::WritebackEnd, 0, MANY, 0).unwrap();
    for page in 0..MANY {
        world.host(|c| c.vmo_write(it.vmo, 2 * page * PAGE, &[1])).unwrap();
    }
    world.host(|c| c.vmo_set_size(it.vmo, 2 * MANY * PAGE - PAGE)).unwrap();
    it.detach();
    world.host(|c| c.vmo_set_size(it.vmo, 0)).unwrap();
    for child in children {
        world.host(|c| c.handle_close(child)).unwrap();
    }
    it.finish();
    assert!(world.kernel.greatest_work() < TURN, "{}", world.kernel.greatest_work());
}

#[test]
fn a_copy_that_is_made_of_many_pieces_is_made_in_turns() {
    let world = World::new();
    let it = Paged::new(&world, 2 * MANY);
    it.supply(0, 2 * MANY);
    let child = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
    let mut vmo = it.vmo;
    // As deep as copies go: the next one has the last one's pages itself.
    for _ in 0..34 {
        vmo = world.host(|c| c.vmo_create_child(vmo, child, 0, 2 * MANY * PAGE)).unwrap();
        world.host(|c| c.vmo_write(vmo, 0, &[100])).unwrap();
    }
    for page in 0..MANY {
        world.host(|c| c.vmo_write(vmo, 2 * page * PAGE, &[200])).unwrap();
    }
    let copy = world.host(|c| c.vmo_create_child(vmo, child, 0, 2 * MANY * PAGE)).unwrap();
    let last = 2 * MANY - 2;
    assert_eq!((it.byte_of(copy, last), it.byte_of(copy, last + 1)), (Ok(200), it.byte(last + 1)));
    assert!(world.kernel.greatest_work() < TURN, "{}", world.kernel.greatest_work());
}

#[test]
fn a_pager_with_many_vmos_ends_in_turns() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let vmos: Vec<u32> = (0..MANY)
        .map(|key| world.host(|c| c.pager_create_vmo(it.pager, 0, it.port, key, PAGE)).unwrap())
        .collect();
    for (token, vmo) in (1..).zip(&vmos) {
        let waits = world.host(|c| c.vmo_prefetch(*vmo, (0, PAGE), i64::MAX, token));
        assert_eq!(waits, Ok(true));
    }
    assert_eq!(world.stats().packets as u64, MANY);
    world.host(|c| c.handle_close(it.pager)).unwrap();
    assert_eq!((world.stats().waits, world.stats().packets), (0, 0));
    for vmo in vmos {
        world.host(|c| c.handle_close(vmo)).unwrap();
    }
    assert!(world.kernel.greatest_work() < TURN, "{}", world.kernel.greatest_work());
}
