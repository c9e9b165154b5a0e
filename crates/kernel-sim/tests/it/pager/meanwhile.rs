//! What a pager does while a call copies many pages, which it does without the kernel's lock.

use std::sync::Arc;

use zx_abi::{Abi, PagerOp, Rights, Status, Syscall};

use super::dirty::dirty;
use super::fault::Mapped;
use super::{KEY, Paged};
use crate::support::{Guest, PAGE, READ, World};

/// Pages that a call copies, and bytes at a time.
const PAGES: u64 = 32;
const CHUNK: usize = 16 * PAGE as usize;

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
    let theirs = world.host(|c| c.handle_duplicate(it.vmo, Rights::SAME_RIGHTS.bits())).unwrap();
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
    guest.call(Syscall::VmoWrite, &[vmo.into(), from, 0, PAGES * PAGE]).unwrap();
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
