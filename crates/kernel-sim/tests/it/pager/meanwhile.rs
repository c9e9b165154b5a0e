//! What others do while a call is busy with many pages of a pager.

use std::sync::Arc;
use std::thread;

use kernel_sim::SyscallOutcome;
use zx_abi::{Abi, PagerOp, Status, Syscall, VmoChildOptions, VmoOptions};

use super::dirty::dirty;
use super::fault::Mapped;
use super::{KEY, Paged};
use crate::support::{Guest, PAGE, READ, SAME, World, vmo_info};

/// Pages that a call copies, and bytes at a time.
const PAGES: u64 = 32;
const CHUNK: usize = 16 * PAGE as usize;

/// Pages that take several turns.
const MANY: u64 = 3_000;

/// A VMO without a pager, all of whose bytes are 7, as a guest sees it.
fn sevens(world: &World, guest: &Guest<'_>) -> (u64, u64) {
    let vmo = world.host(|c| {
        let vmo = c.vmo_create(PAGES * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[7; (PAGES * PAGE) as usize]).unwrap();
        vmo
    });
    let options = READ;
    let base = world.host(|c| c.vmar_map(guest.root_vmar, options, 0, vmo, 0, PAGES * PAGE));
    (guest.receive(vmo).into(), base.unwrap())
}

/// The pager writes back all that is dirty just before the first bytes arrive.
fn write_back_meanwhile(world: &World, it: &Paged<'_>) {
    let (kernel, pager, vmo) = (Arc::clone(&world.kernel), it.pager, it.vmo);
    world.machine.supply.before_write_of(CHUNK, move || {
        let written_back = kernel.call(kernel.host(), |c| {
            let range = (0, PAGES * PAGE);
            c.pager_op_range(pager, PagerOp::WritebackBegin as u32, vmo, range, 0)?;
            c.pager_op_range(pager, PagerOp::WritebackEnd as u32, vmo, range, 0)
        });
        written_back.unwrap().unwrap();
    });
}

#[test]
fn what_a_long_call_writes_is_dirty_though_it_is_written_back_meanwhile() {
    let world = World::new();
    let it = Paged::new(&world, PAGES);
    it.supply(0, PAGES);
    let guest = Guest::start(&world);
    let (plain, from) = sevens(&world, &guest);
    let theirs = world.host(|c| c.handle_duplicate(it.vmo, SAME)).unwrap();
    let theirs = guest.receive(theirs).into();
    let everything = [(0, PAGES, false)];
    write_back_meanwhile(&world, &it);
    guest.call(Syscall::VmoWrite, &[theirs, from, 0, PAGES * PAGE]).unwrap();
    assert_eq!((dirty(&it), it.byte(0)), (everything.to_vec(), Ok(7)));
    // So it is in a buffer that a call fills.
    let to = Mapped::map(&world, &guest, it.vmo, PAGES);
    write_back_meanwhile(&world, &it);
    guest.call(Syscall::VmoRead, &[plain, to, 0, PAGES * PAGE]).unwrap();
    assert_eq!(dirty(&it), everything);
    guest.finish();
    it.finish();
}

#[test]
fn what_a_long_call_writes_to_pages_that_have_gone_does_not_come_back() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let (_, from) = sevens(&world, &guest);
    let (pager, vmo, empty) = world.as_process(guest.koid, |c| {
        let (pager, port) = (c.pager_create(0).unwrap(), c.port_create(0).unwrap());
        let vmo = c.pager_create_vmo(pager, 0, port, KEY, PAGES * PAGE).unwrap();
        let empty = c.vmo_create(PAGES * PAGE, 0).unwrap();
        c.pager_supply_pages(pager, vmo, (0, PAGES * PAGE), empty, 0).unwrap();
        (pager, vmo, empty)
    });
    let (kernel, koid) = (Arc::clone(&world.kernel), guest.koid);
    world.machine.supply.before_write_of(CHUNK, move || {
        kernel.call(koid, |c| c.pager_detach_vmo(pager, vmo)).unwrap().unwrap();
    });
    // There is nobody to ask for those that it has not come to.
    let written = guest.call(Syscall::VmoWrite, &[vmo.into(), from, 0, PAGES * PAGE]);
    assert_eq!(written, Err(Status::BAD_STATE));
    world.as_process(guest.koid, |c| {
        let mut byte = [9];
        assert_eq!(c.vmo_read(vmo, 0, &mut byte), Err(Status::SHOULD_WAIT));
        c.pager_supply_pages(pager, vmo, (0, PAGES * PAGE), empty, 0).unwrap();
        for page in [0, PAGES / 2] {
            assert_eq!((c.vmo_read(vmo, page * PAGE, &mut byte), byte), (Ok(()), [0]));
        }
    });
    guest.finish();
}

/// Makes a call of a guest, and does something else once it has begun.
fn while_it_calls(
    world: &World,
    guest: &Guest<'_>,
    (call, args): (Syscall, &[u64]),
    action: impl FnOnce() + Send,
) -> SyscallOutcome {
    let before = world.kernel.work();
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each look comes in between.
            while world.kernel.work() < before + 10 {}
            action();
        });
        guest.enter(call, args)
    })
}

#[test]
fn a_caller_that_is_killed_leaves_no_detach_and_no_resize_half_done() {
    let world = World::new();
    for resizes in [false, true] {
        let it = Paged::with_options(&world, 2 * MANY, VmoOptions::RESIZABLE.bits());
        (0..MANY).for_each(|page| it.supply(2 * page, 1));
        let guest = Guest::start(&world);
        let vmo = world.host(|c| c.handle_duplicate(it.vmo, SAME)).unwrap();
        let [pager, vmo] = [it.pager, vmo].map(|it| u64::from(guest.receive(it)));
        let (call, args) = match resizes {
            false => (Syscall::PagerDetachVmo, [pager, vmo]),
            true => (Syscall::VmoSetSize, [vmo, 0]),
        };
        let process = guest.process;
        while_it_calls(&world, &guest, (call, &args), || {
            world.host(|c| c.task_kill(process)).unwrap();
        });
        guest.gone();
        assert_eq!(world.host(|c| vmo_info(c, it.vmo)).v1.committed_bytes, 0);
        let expected = match resizes {
            false => Err(Status::SHOULD_WAIT),
            true => Ok(0),
        };
        world.host(|c| c.vmo_set_size(it.vmo, 2 * MANY * PAGE)).unwrap();
        for page in [0, 2, 2 * MANY - 2] {
            assert_eq!(it.byte(page), expected, "{page}");
        }
        guest.finish();
    }
}

#[test]
fn a_write_whose_pages_go_meanwhile_waits_for_them_or_says_why_it_cannot() {
    let world = World::new();
    // So many that who waits mostly gets in before the last is looked at.
    let pages = 20_000;
    let it = Paged::new(&world, pages);
    world.host(|c| {
        let empty = c.vmo_create(pages * PAGE, 0).unwrap();
        c.pager_supply_pages(it.pager, it.vmo, (0, pages * PAGE), empty, 0).unwrap();
    });
    let child = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
    let guest = Guest::start(&world);
    let (clone, from) = world.host(|c| {
        let clone = c.vmo_create_child(it.vmo, child, 0, pages * PAGE).unwrap();
        let plain = c.vmo_create(pages * PAGE, 0).unwrap();
        let from = c.vmar_map(guest.root_vmar, READ, 0, plain, 0, pages * PAGE).unwrap();
        (clone, from)
    });
    let write = [guest.receive(clone).into(), from, 0, pages * PAGE];
    let outcome = while_it_calls(&world, &guest, (Syscall::VmoWrite, &write), || it.detach());
    let [refused, done] = [Status::BAD_STATE, Status::OK].map(|status| status.into_raw().into());
    let expected = [refused, done].map(|status: i64| SyscallOutcome::Return(status as u64));
    assert!(expected.contains(&outcome), "{outcome:?}");
    guest.finish();
    it.finish();
}
