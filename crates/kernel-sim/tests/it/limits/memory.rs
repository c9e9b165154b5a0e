//! Pages of VMOs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel_sim::{Amounts, Image, Item, Name, SparsePages};
use zx_abi::{ObjectType, Rights, Status, Syscall, VmoChildOptions, VmoOp};

use super::{Limited, used};
use crate::support::{Guest, PAGE, READ, SAME, WRITE, World, vmo_info};

const SNAPSHOT: u32 = VmoChildOptions::SNAPSHOT.bits();
const SLICE: u32 = VmoChildOptions::SLICE.bits();

#[test]
fn pages_reach_the_limit_and_not_one_more() {
    let world = World::null();
    let limited = Limited::new(&world);
    limited.allow(Item::Memory, 2 * PAGE);
    limited.call(|c| {
        // Size is no memory.
        let vmo = c.vmo_create(1 << 30, 0).unwrap();
        c.vmo_write(vmo, PAGE - 1, &[1, 2]).unwrap();
        assert_eq!(c.vmo_write(vmo, 2 * PAGE, &[1]), Err(Status::NO_MEMORY));
        assert_eq!(c.vmo_write(vmo, 2 * PAGE - 1, &[1, 2]), Err(Status::NO_MEMORY));
        let commit = c.vmo_op_range(vmo, VmoOp::Commit as u32, PAGE, 2 * PAGE);
        assert_eq!(commit, Err(Status::NO_MEMORY));
        // What is there already can be written, and what is given back can be had again.
        c.vmo_write(vmo, 0, &vec![3; 2 * PAGE as usize]).unwrap();
        c.vmo_op_range(vmo, VmoOp::Decommit as u32, 0, PAGE).unwrap();
        c.vmo_write(vmo, 9 * PAGE, &[1]).unwrap();
        assert_eq!(c.vmo_write(vmo, 0, &[1]), Err(Status::NO_MEMORY));
        assert_eq!(c.vmo_create_child(vmo, SNAPSHOT, PAGE, PAGE), Err(Status::NO_MEMORY));
        c.vmo_create_child(vmo, SNAPSHOT, 2 * PAGE, PAGE).unwrap();
    });
    assert_eq!(limited.used()[Item::Memory], 2 * PAGE);
    limited.finish();
    assert_eq!(limited.used()[Item::Memory], 0);
}

#[test]
fn a_commit_that_can_never_be_commits_nothing() {
    let world = World::null();
    let limited = Limited::new(&world);
    limited.allow(Item::Memory, 1000 * PAGE);
    limited.call(|c| {
        let vmo = c.vmo_create(1 << 40, 0).unwrap();
        let commit = c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, 1001 * PAGE);
        assert_eq!(commit, Err(Status::NO_MEMORY));
        assert_eq!(vmo_info(c, vmo).v1.committed_bytes, 0);
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, 1000 * PAGE).unwrap();
    });
}

#[test]
fn memory_in_too_many_pieces_is_charged_with_what_is_around() {
    const PIECES: u64 = 1 << 14;
    const CHUNK: u64 = 4096 * PAGE;
    let world = World::null();
    let limited = Limited::new(&world);
    limited.allow(Item::Memory, PIECES * PAGE + CHUNK + PAGE);
    let memory = || limited.used()[Item::Memory];
    let vmo = limited.call(|c| {
        let vmo = c.vmo_create(1 << 40, 0).unwrap();
        (0..PIECES).for_each(|piece| c.vmo_write(vmo, 2 * piece * PAGE, &[1]).unwrap());
        vmo
    });
    assert_eq!(memory(), PIECES * PAGE);
    // There is room for what is around the next one, and for a page more.
    limited.call(|c| c.vmo_write(vmo, 1 << 30, &[1]).unwrap());
    assert_eq!(memory(), PIECES * PAGE + CHUNK);
    limited.call(|c| {
        c.vmo_write(vmo, (1 << 30) + PAGE, &[1]).unwrap();
        c.vmo_write(vmo, 1 << 31, &[1]).unwrap();
        assert_eq!(c.vmo_write(vmo, 1 << 32, &[1]), Err(Status::NO_MEMORY));
        // Nothing is torn apart any more.
        c.vmo_op_range(vmo, VmoOp::Decommit as u32, (1 << 30) + PAGE, PAGE).unwrap();
    });
    assert_eq!(memory(), PIECES * PAGE + CHUNK + PAGE);
    // Whole pieces are refunded.
    limited.call(|c| c.vmo_op_range(vmo, VmoOp::Decommit as u32, 1 << 30, CHUNK).unwrap());
    assert_eq!(memory(), PIECES * PAGE + PAGE);
    limited.finish();
    assert_eq!(limited.used()[Item::Memory], 0);
}

#[test]
fn slices_and_references_share_what_is_charged_until_the_last_is_gone() {
    let world = World::null();
    let limited = Limited::new(&world);
    limited.call(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        let slice = c.vmo_create_child(vmo, SLICE, PAGE, 2 * PAGE).unwrap();
        let reference = c.vmo_create_child(vmo, VmoChildOptions::REFERENCE.bits(), 0, 0).unwrap();
        c.vmo_write(slice, 0, &[1]).unwrap();
        c.vmo_write(vmo, PAGE, &[1]).unwrap();
        c.vmo_write(reference, 0, &[1]).unwrap();
        c.handle_close_many(&[vmo, slice]).unwrap();
        reference
    });
    assert_eq!(limited.used()[Item::Memory], 2 * PAGE);
    limited.finish();
    assert_eq!(limited.used()[Item::Memory], 0);
}

#[test]
fn what_shrinks_is_refunded() {
    let world = World::null();
    let limited = Limited::new(&world);
    let vmo = limited.call(|c| {
        let vmo = c.vmo_create(8 * PAGE, zx_abi::VmoOptions::RESIZABLE.bits()).unwrap();
        c.vmo_write(vmo, 0, &vec![1; 8 * PAGE as usize]).unwrap();
        vmo
    });
    let expect = |pages| assert_eq!(limited.used()[Item::Memory], pages * PAGE);
    expect(8);
    limited.call(|c| c.vmo_set_size(vmo, 5 * PAGE)).unwrap();
    expect(5);
    limited.call(|c| c.vmo_set_stream_size(vmo, 4 * PAGE)).unwrap();
    expect(4);
    limited.call(|c| c.vmo_op_range(vmo, VmoOp::Zero as u32, PAGE, PAGE)).unwrap();
    expect(3);
    limited.call(|c| c.vmo_set_size(vmo, 100 * PAGE)).unwrap();
    expect(3);
}

#[test]
fn moved_pages_are_charged_where_they_are() {
    let world = World::null();
    let (from, to) = (Limited::new(&world), Limited::new(&world));
    let source = from.call(|c| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &vec![7; 3 * PAGE as usize]).unwrap();
        c.handle_transfer(vmo, to.context).unwrap()
    });
    to.allow(Item::Memory, 2 * PAGE);
    to.call(|c| {
        let target = c.vmo_create(4 * PAGE, 0).unwrap();
        let all = c.vmo_transfer_data(target, 0, 0, 3 * PAGE, source, 0);
        assert_eq!(all, Err(Status::NO_MEMORY));
        // Nothing has moved.
        let mut byte = [0];
        c.vmo_read(source, 0, &mut byte).unwrap();
        assert_eq!(byte, [7]);
        c.vmo_transfer_data(target, 0, 0, 2 * PAGE, source, PAGE).unwrap();
        c.vmo_read(target, 0, &mut byte).unwrap();
        assert_eq!(byte, [7]);
    });
    assert_eq!(from.used()[Item::Memory], PAGE);
    assert_eq!(to.used()[Item::Memory], 2 * PAGE);
    to.finish();
    from.finish();
    assert_eq!([from.used()[Item::Memory], to.used()[Item::Memory]], [0, 0]);
}

#[test]
fn what_a_process_gets_to_write_of_the_embedders_is_its_own_from_then_on() {
    let world = World::new();
    let limited = Limited::new(&world);
    let root = world.root_job();
    let before = used(&world, root)[Item::Memory];
    world.host(|c| {
        let (process, vmar) = c.process_create(limited.job, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &vec![1; 3 * PAGE as usize]).unwrap();
        let rights = (Rights::READ | Rights::MAP).bits();
        let file = c.vmo_from_bytes(&[1], Name::default(), rights).unwrap();
        c.vmar_map(vmar, READ, 0, file, 0, PAGE).unwrap();
        let used = c.job_accounts(limited.job).unwrap().1;
        assert_eq!(used[Item::Memory], 0, "it can only be read");
        let mut allow = |pages| {
            c.job_set_limits(limited.job, &[(Item::Memory, pages * PAGE)]).unwrap();
            c.vmar_map(vmar, READ | WRITE, 0, vmo, 0, PAGE)
        };
        assert_eq!(allow(2), Err(Status::NO_MEMORY));
        allow(3).unwrap();
        assert_eq!(c.vmo_write(vmo, 3 * PAGE, &[1]), Err(Status::NO_MEMORY));
        c.handle_close_many(&[process, vmar, vmo, file]).unwrap();
    });
    assert_eq!(used(&world, limited.job)[Item::Memory], 0);
    assert_eq!(used(&world, root)[Item::Memory], before);
    limited.finish();
    assert_eq!(limited.used(), Amounts::NONE);
}

#[test]
fn what_is_given_back_while_it_is_transferred_is_charged_if_it_arrives() {
    const SIZE: u64 = 16_384 * PAGE;
    let world = World::null();
    let limited = Limited::new(&world);
    let committed = |vmo| limited.call(|c| vmo_info(c, vmo).v1.committed_bytes);
    let decommit = |vmo| limited.call(|c| c.vmo_op_range(vmo, VmoOp::Decommit as u32, 0, SIZE));
    let (from, to) =
        limited.call(|c| (c.vmo_create(SIZE, 0).unwrap(), c.vmo_create(SIZE, 0).unwrap()));
    for _ in 0..3 {
        limited.call(|c| c.vmo_op_range(from, VmoOp::Commit as u32, 0, SIZE)).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while committed(to) == 0 {
                    std::thread::yield_now();
                }
                decommit(to).unwrap();
            });
            limited.call(|c| c.vmo_transfer_data(to, 0, 0, SIZE, from, 0)).unwrap();
        });
        assert!(committed(from) + committed(to) <= limited.used()[Item::Memory]);
        decommit(to).unwrap();
        assert_eq!(limited.used()[Item::Memory], 0);
    }
}

#[test]
fn what_is_given_back_while_a_guest_writes_it_is_charged_if_it_is_written() {
    const CHUNK: u64 = 16 * PAGE;
    const CHUNKS: u64 = 256;
    let world = World::new();
    let guest = Guest::start(&world);
    let (from, to) = world.host(|c| {
        let size = CHUNKS * CHUNK;
        let (from, to) = (c.vmo_create(size, 0).unwrap(), c.vmo_create(size, 0).unwrap());
        c.vmo_write(from, 0, &vec![7; size as usize]).unwrap();
        (from, to)
    });
    let base =
        world.host(|c| c.vmar_map(guest.root_vmar, READ, 0, from, 0, CHUNKS * CHUNK)).unwrap();
    let inside = guest.receive(world.host(|c| c.handle_duplicate(to, SAME)).unwrap());
    let root = world.root_job();
    let before = used(&world, root)[Item::Memory];
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let written = guest.call(Syscall::VmoWrite, &[inside.into(), base, 0, CHUNKS * CHUNK]);
            is_over.store(true, Ordering::Relaxed);
            written.unwrap();
        });
        // Always the chunk that is next.
        let mut chunk = 0;
        while !is_over.load(Ordering::Relaxed) && chunk < CHUNKS {
            let mut byte = [0];
            world.host(|c| {
                c.vmo_op_range(to, VmoOp::Decommit as u32, chunk * CHUNK, CHUNK).unwrap();
                c.vmo_read(to, (chunk + 1).min(CHUNKS - 1) * CHUNK, &mut byte).unwrap();
            });
            chunk += 2 * u64::from(byte == [7]);
        }
    });
    let committed = world.host(|c| vmo_info(c, to).v1.committed_bytes);
    assert!(committed <= used(&world, root)[Item::Memory] - before);
}

#[test]
fn what_a_dead_job_was_charged_for_is_charged_above_it() {
    const SIZE: u64 = 1000 * PAGE;
    let world = World::null();
    let root = world.root_job();
    let before = used(&world, root)[Item::Memory];
    world.host(|c| {
        let vmo = c.vmo_create(SIZE, 0).unwrap();
        let job = c.job_create(root, 0).unwrap();
        let (process, vmar) = c.process_create(job, b"p", 0).unwrap();
        // Nothing is committed yet when it is taken over, nor when the job goes.
        c.vmar_map(vmar, 0, 0, vmo, 0, PAGE).unwrap();
        c.task_kill(process).unwrap();
        c.handle_close_many(&[process, vmar, job]).unwrap();
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, SIZE).unwrap();
        assert_eq!(vmo_info(c, vmo).v1.committed_bytes, SIZE);
        assert_eq!(c.job_accounts(root).unwrap().1[Item::Memory], before + SIZE);
        c.handle_close(vmo).unwrap();
    });
    assert_eq!(used(&world, root)[Item::Memory], before);
}

#[test]
fn an_image_is_charged_as_its_pages_and_refused_without_room() {
    let mut pages = SparsePages::default();
    pages.write(0, b"first").unwrap();
    pages.write(4 * PAGE, b"last").unwrap();
    let image = Arc::new(Image::new(5 * PAGE, pages).unwrap());
    let world = World::null();
    let limited = Limited::new(&world);
    let before = limited.used()[Item::Memory];
    let make =
        || limited.call(|c| c.vmo_from_image(&image, Name::default(), Rights::SAME_RIGHTS.bits()));
    limited.allow(Item::Memory, 2 * PAGE - 1);
    assert_eq!(make(), Err(Status::NO_MEMORY));
    assert_eq!((limited.used()[Item::Memory], world.count(ObjectType::Vmo)), (before, 0));
    limited.allow(Item::Memory, 2 * PAGE);
    assert!(make().is_ok());
    assert_eq!(limited.used()[Item::Memory], before + 2 * PAGE);
}
