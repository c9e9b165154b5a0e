//! Copy-on-write children of what has a pager, and other children.

use kernel_sim::{ExceptionOutcome, Item};
use zx_abi::{Status, StreamMode, VmoChildOptions, VmoOp, VmoOptions};

use super::fault::Mapped;
use super::{Asked, Paged};
use crate::limits::used;
use crate::support::{Order, PAGE, READ, WRITE, World, vmo_info};

const CLONE: u32 = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();

fn clone_of(world: &World, vmo: u32, first: u64, count: u64) -> u32 {
    world.host(|c| c.vmo_create_child(vmo, CLONE, first * PAGE, count * PAGE)).unwrap()
}

fn committed(world: &World, vmo: u32) -> u64 {
    world.host(|c| vmo_info(c, vmo).v1.committed_bytes) / PAGE
}

fn write(world: &World, vmo: u32, page: u64, byte: u8) -> Result<(), Status> {
    world.host(|c| c.vmo_write(vmo, page * PAGE, &[byte]))
}

#[test]
fn a_clone_asks_for_its_parents_pages_and_keeps_what_it_writes() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let clone = clone_of(&world, it.vmo, 1, 3);
    let range = (0, PAGE);
    let waits = world.host(|c| c.vmo_prefetch(clone, range, i64::MAX, 1));
    assert_eq!((waits, it.asked()), (Ok(true), Some(Asked::Read(1, 1))));
    it.supply(0, 4);
    assert_eq!(it.byte_of(clone, 0), Ok(2));
    assert_eq!(committed(&world, clone), 0);
    // Until it is written it shows what the parent is.
    write(&world, it.vmo, 1, 70).unwrap();
    assert_eq!(it.byte_of(clone, 0), Ok(70));
    write(&world, clone, 0, 71).unwrap();
    write(&world, it.vmo, 1, 72).unwrap();
    assert_eq!((it.byte_of(clone, 0), it.byte(1)), (Ok(71), Ok(72)));
    assert_eq!(committed(&world, clone), 1);
    it.detach();
    assert_eq!((it.byte_of(clone, 0), it.byte_of(clone, 1)), (Ok(71), Err(Status::SHOULD_WAIT)));
    world.host(|c| c.handle_close(clone)).unwrap();
    it.finish();
}

#[test]
fn committing_a_clone_asks_for_runs_and_copies() {
    let world = World::new();
    let it = Paged::new(&world, 8);
    it.supply(2, 1);
    it.supply(5, 1);
    let between = clone_of(&world, it.vmo, 0, 8);
    let clone = clone_of(&world, between, 0, 8);
    let guest = crate::support::Guest::start(&world);
    let vmo = world.host(|c| c.handle_duplicate(clone, crate::support::SAME)).unwrap();
    let commit = [guest.receive(vmo).into(), VmoOp::Commit as u64, 0, 8 * PAGE, 0, 0];
    guest.enter(zx_abi::Syscall::VmoOpRange, &commit);
    for (first, count) in [(0, 2), (3, 2), (6, 2)] {
        assert_eq!(it.asked(), Some(Asked::Read(first, count)));
        it.supply(first, count);
    }
    assert_eq!([it.vmo, between, clone].map(|vmo| committed(&world, vmo)), [8, 0, 8]);
}

#[test]
fn what_a_parent_loses_is_zero_in_its_children_and_does_not_come_back() {
    let world = World::new();
    let it = Paged::with_options(&world, 3, VmoOptions::RESIZABLE.bits());
    it.supply(0, 3);
    let clone = clone_of(&world, it.vmo, 1, 3);
    let program = Mapped::new(&world, clone, 3);
    program.read(0);
    program.shown();
    assert_eq!(it.byte_of(clone, 0), Ok(2));
    world.host(|c| c.vmo_set_size(it.vmo, 0)).unwrap();
    assert_eq!(program.shown(), [(0, 3, 0)]);
    world.host(|c| c.vmo_set_size(it.vmo, 3 * PAGE)).unwrap();
    write(&world, it.vmo, 1, 9).unwrap();
    assert_eq!([0, 1, 2].map(|page| it.byte_of(clone, page)), [Ok(0), Ok(0), Ok(0)]);
}

#[test]
fn children_of_children_see_no_more_than_those_between_them() {
    let world = World::new();
    let it = Paged::new(&world, 16);
    it.supply(0, 16);
    let first = clone_of(&world, it.vmo, 1, 14);
    for (page, byte) in [(0, 101), (4, 102), (8, 103)] {
        write(&world, first, page, byte).unwrap();
    }
    let second = clone_of(&world, first, 0, 14);
    let third = clone_of(&world, second, 0, 4);
    assert_eq!((it.byte_of(third, 0), it.byte_of(third, 1)), (Ok(101), Ok(3)));
    let fourth = clone_of(&world, third, 1, 4);
    let seen = [0, 1, 2, 3].map(|page| it.byte_of(fourth, page).unwrap());
    assert_eq!(seen, [3, 4, 5, 0]);
    // What is written between them may show, where they hang there.
    write(&world, first, 5, 104).unwrap();
    assert_eq!(it.byte_of(second, 5), Ok(104));
}

#[test]
fn a_deep_chain_of_children_reads_what_its_ends_have_written() {
    let world = World::new();
    let it = Paged::new(&world, 1000);
    it.supply(0, 1);
    let mut vmo = clone_of(&world, it.vmo, 0, 1000);
    for page in 1..100 {
        write(&world, vmo, page, page as u8).unwrap_err();
        it.supply(page, 1);
        write(&world, vmo, page, 200).unwrap();
        let next = clone_of(&world, vmo, 0, 1000);
        world.host(|c| c.handle_close(vmo)).unwrap();
        vmo = next;
    }
    let pages = (1..100).map(|page| it.byte_of(vmo, page));
    assert!(pages.into_iter().all(|byte| byte == Ok(200)));
    assert_eq!(it.byte_of(vmo, 0), Ok(1));
    world.host(|c| c.handle_close(vmo)).unwrap();
    it.finish();
    assert_eq!(world.count(zx_abi::ObjectType::Vmo), 0);
}

#[test]
fn a_mapped_clone_shows_its_parents_memory_until_it_is_written() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 2);
    let clone = clone_of(&world, it.vmo, 0, 2);
    let program = Mapped::new(&world, clone, 2);
    program.read(0);
    assert_eq!((program.shown(), committed(&world, clone)), (vec![(0, 2, READ)], 0));
    program.write(1);
    assert_eq!((program.shown(), committed(&world, clone)), (vec![(1, 1, READ | WRITE)], 1));
    // So do calls that write it.
    write(&world, clone, 0, 5).unwrap();
    assert_eq!((program.shown(), committed(&world, clone)), (vec![(0, 1, 0)], 2));
    // A clone that ends there loses it.
    let short = world.host(|c| {
        c.vmo_create_child(it.vmo, CLONE | VmoChildOptions::RESIZABLE.bits(), 0, 2 * PAGE).unwrap()
    });
    let base = Mapped::map(&world, &program.guest, short, 2);
    let there = Mapped { base, ..program };
    there.read(0);
    there.shown();
    world.host(|c| c.vmo_set_size(short, 0)).unwrap();
    assert_eq!(there.shown(), [(0, 2, 0)]);
    assert_eq!(there.read(0), kernel_sim::ExceptionOutcome::Stopped);
}

/// Where pages have been taken from a program, from its base on, since the last call.
fn lost(program: &Mapped<'_>) -> Vec<(u64, u64)> {
    let orders = program.world.machine.orders().into_iter();
    let lost = orders.filter_map(|order| match order {
        Order::Unmap { process, base, len } if process == program.guest.koid => {
            Some(((base - program.base) / PAGE, len / PAGE))
        }
        _ => None,
    });
    lost.collect()
}

#[test]
fn what_a_program_writes_to_a_clone_all_see_who_have_mapped_it() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    it.supply(0, 1);
    let clone = clone_of(&world, it.vmo, 0, 2);
    let [reader, writer] = [(); 2].map(|()| Mapped::new(&world, clone, 2));
    for program in [&reader, &writer] {
        program.read(0);
    }
    world.machine.orders();
    assert_eq!(writer.write(0), ExceptionOutcome::Resume);
    assert_eq!(lost(&reader), [(0, 1)]);
    world.machine.poke(writer.base, 70);
    assert_eq!(it.byte_of(clone, 0), Ok(70));
    assert_eq!(reader.read(0), ExceptionOutcome::Resume);
    // So it is if they have waited for the page.
    for program in [reader.read(1), writer.write(1)] {
        assert_eq!(program, ExceptionOutcome::Stopped);
    }
    it.supply(1, 1);
    assert_eq!(committed(&world, clone), 1);
    world.machine.orders();
    assert_eq!(writer.write(1), ExceptionOutcome::Resume);
    assert_eq!((lost(&reader), committed(&world, clone)), (vec![(1, 1)], 2));
    for program in [reader, writer] {
        program.guest.finish();
    }
}

#[test]
fn a_clones_zeros_are_seen_by_its_clones_until_a_program_writes_them() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    it.supply(0, 1);
    let clone = clone_of(&world, it.vmo, 0, 2);
    write(&world, clone, 0, 9).unwrap();
    let below = clone_of(&world, clone, 0, 2);
    let (reader, writer) = (Mapped::new(&world, below, 2), Mapped::new(&world, clone, 2));
    reader.read(1);
    world.machine.orders();
    assert_eq!(writer.write(1), ExceptionOutcome::Resume);
    assert_eq!(lost(&reader), [(1, 1)]);
    world.machine.poke(writer.base + PAGE, 70);
    assert_eq!(it.byte_of(below, 1), Ok(70));
    // A call does as much.
    let further = clone_of(&world, clone, 0, 3);
    let beyond = Mapped::new(&world, further, 3);
    beyond.read(1);
    world.machine.orders();
    write(&world, clone, 1, 71).unwrap();
    assert_eq!((lost(&beyond), it.byte_of(further, 1)), (vec![], Ok(71)));
}

#[test]
fn without_room_for_a_page_of_its_own_a_clone_is_not_written() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    it.supply(0, 1);
    let clone = clone_of(&world, it.vmo, 0, 1);
    let [reader, writer] = [(); 2].map(|()| Mapped::new(&world, clone, 1));
    reader.read(0);
    let root = world.root_job();
    world.host(|c| c.job_set_limits(root, &[(Item::Memory, 0)])).unwrap();
    assert_eq!(writer.write(0), ExceptionOutcome::Stopped);
    assert_eq!(lost(&reader), []);
    assert_eq!(writer.died(), Status::NO_MEMORY.into_raw() as u32);
}

#[test]
fn a_page_that_could_not_be_copied_is_not_charged() {
    let world = World::new();
    let it = Paged::new(&world, 32);
    it.supply(0, 32);
    let clone = clone_of(&world, it.vmo, 0, 32);
    let root = world.root_job();
    let before = used(&world, root);
    for room in [0, 1, 31] {
        world.machine.supply.limit(room * PAGE);
        let written = world.host(|c| c.vmo_write(clone, 0, &[9; 32 * PAGE as usize]));
        assert_eq!(written, Err(Status::NO_MEMORY));
        assert_eq!((used(&world, root), committed(&world, clone)), (before, 0));
        assert_eq!(world.machine.supply.left(), room * PAGE);
        assert_eq!(it.byte_of(clone, 31), Ok(32));
    }
    world.machine.supply.limit(64 * PAGE);
    world.host(|c| c.vmo_write(clone, 0, &[9; 32 * PAGE as usize])).unwrap();
    assert_eq!(used(&world, root)[Item::Memory], before[Item::Memory] + 32 * PAGE);
    it.finish();
}

#[test]
fn what_has_a_pager_is_neither_snapshot_nor_decommitted_nor_transferred() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let clone = clone_of(&world, it.vmo, 0, 1);
    let slice = world.host(|c| c.vmo_create_child(it.vmo, 8, 0, PAGE)).unwrap();
    for vmo in [it.vmo, clone, slice] {
        let decommit = world.host(|c| c.vmo_op_range(vmo, VmoOp::Decommit as u32, 0, PAGE));
        assert_eq!(decommit, Err(Status::NOT_SUPPORTED));
        let snapshot = world.host(|c| c.vmo_create_child(vmo, 1, 0, PAGE));
        assert_eq!(snapshot, Err(Status::NOT_SUPPORTED));
        let other = world.host(|c| c.vmo_create(PAGE, 0)).unwrap();
        let moved = world.host(|c| c.vmo_transfer_data(vmo, 0, 0, PAGE, other, 0));
        assert_eq!(moved, Err(Status::NOT_SUPPORTED));
    }
}

#[test]
fn a_stream_reads_what_a_clone_shows_and_asks_for_no_page_that_it_does_not_write() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let clone = clone_of(&world, it.vmo, 0, 4);
    let mode = (StreamMode::READ | StreamMode::WRITE).bits();
    let stream = world.host(|c| c.stream_create(mode, clone, 0)).unwrap();
    it.supply(0, 1);
    let mut bytes = [0; 2];
    assert_eq!(world.host(|c| c.stream_read(stream, 0, None, &mut bytes)), Ok(2));
    assert_eq!(bytes, [1, 1]);
    assert_eq!(world.host(|c| c.stream_write(stream, 0, Some(0), &[9])), Ok(1));
    assert_eq!((committed(&world, clone), it.byte_of(clone, 0)), (1, Ok(9)));
    assert_eq!(it.asked(), None);
    world.host(|c| c.handle_close(stream).and_then(|()| c.handle_close(clone))).unwrap();
    it.finish();
}
