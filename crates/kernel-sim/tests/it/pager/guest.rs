//! Calls of guests that need pages that are not there.

use kernel_sim::{KernelEntry, SyscallOutcome};
use zerocopy::IntoBytes;
use zx_abi::{Abi, ChannelIovec, Rights, Status, Syscall, ThreadState, VmoOp, VmoOptions};

use super::fault::Mapped;
use super::{Asked, KEY, Paged};
use crate::support::{Guest, Order, PAGE, World, block, read, resumed, thread_state};

/// A guest with a handle to a pager's VMO.
fn with_vmo<'a>(world: &'a World, it: &Paged<'_>, abi: Abi) -> (Guest<'a>, u64) {
    let guest = Guest::start_for(world, abi);
    let vmo = world.host(|c| c.handle_duplicate(it.vmo, Rights::SAME_RIGHTS.bits())).unwrap();
    let vmo = guest.receive(vmo);
    world.machine.orders();
    (guest, vmo.into())
}

fn op(op: VmoOp, vmo: u64, first: u64, count: u64) -> [u64; 6] {
    [vmo, op as u64, first * PAGE, count * PAGE, 0, 0]
}

#[test]
fn a_read_waits_for_page_after_page_and_is_made_again() {
    let world = World::new();
    for (abi, asked) in [
        (Abi::Sdk2020, vec![Asked::Read(0, 1), Asked::Read(1, 1), Asked::Read(2, 1)]),
        (Abi::Newest, vec![Asked::Read(0, 3)]),
    ] {
        let it = Paged::new(&world, 3);
        let (guest, vmo) = with_vmo(&world, &it, abi);
        let read = [vmo, guest.at(0), PAGE - 4, PAGE + 8];
        let outcome = guest.enter(Syscall::VmoRead, &read);
        assert_eq!(outcome, SyscallOutcome::Blocked);
        assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedPager as u32);
        for asked in asked {
            assert_eq!(it.asked(), Some(asked));
            let Asked::Read(first, count) = asked else { panic!() };
            it.supply(first, count);
        }
        assert_eq!(it.asked(), None);
        assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
        assert_eq!(guest.peek(0), [1, 1, 1, 1, 2, 2]);
        assert_eq!(guest.peek(PAGE + 2), [2, 2, 3, 3, 3, 3, 0]);
        guest.finish();
        it.finish();
    }
}

#[test]
fn committing_asks_for_all_at_once_and_ends_where_the_vmo_does() {
    let world = World::new();
    let it = Paged::with_options(&world, 3, VmoOptions::RESIZABLE.bits());
    let (guest, vmo) = with_vmo(&world, &it, Abi::Sdk2020);
    block(
        &world,
        &guest,
        Syscall::VmoOpRange,
        &op(VmoOp::Commit, vmo, 0, 3),
        ThreadState::BlockedPager,
    );
    assert_eq!(it.asked(), Some(Asked::Read(0, 3)));
    it.supply(2, 1);
    world.host(|c| c.vmo_set_size(it.vmo, PAGE)).unwrap();
    assert_eq!(resumed(&world), []);
    it.supply(0, 1);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
    assert_eq!(it.asked(), None);
    // A hint for pages that go meanwhile.
    world.host(|c| c.vmo_set_size(it.vmo, 0)).unwrap();
    world.host(|c| c.vmo_set_size(it.vmo, PAGE)).unwrap();
    let always = op(VmoOp::AlwaysNeed, vmo, 0, 1);
    guest.call(Syscall::VmoOpRange, &always).unwrap();
}

#[test]
fn the_generation_of_2020_needs_a_page_at_a_time_and_asks_for_what_grows() {
    let world = World::new();
    let it = Paged::with_options(&world, 20, VmoOptions::RESIZABLE.bits());
    let (guest, vmo) = with_vmo(&world, &it, Abi::Sdk2020);
    let always = op(VmoOp::AlwaysNeed, vmo, 10, 10);
    assert_eq!(guest.enter(Syscall::VmoOpRange, &always), SyscallOutcome::Blocked);
    for page in [10, 11] {
        assert_eq!(it.asked(), Some(Asked::Read(page, 1)));
        it.supply(page, 1);
    }
    guest.gone_size(&world, vmo, 12);
    assert_eq!(it.asked(), None);
}

trait Resizes {
    /// Ends the VMO at a page, while the guest's thread waits.
    fn gone_size(&self, world: &World, vmo: u64, pages: u64);
}

impl Resizes for Guest<'_> {
    fn gone_size(&self, world: &World, vmo: u64, pages: u64) {
        world.as_process(self.koid, |c| c.vmo_set_size(vmo as u32, pages * PAGE)).unwrap();
        assert_eq!(resumed(world), [(self.thread_koid, Status::OK)]);
        world.as_process(self.koid, |c| c.vmo_set_size(vmo as u32, 20 * PAGE)).unwrap();
        let mut byte = [0];
        let read = world.as_process(self.koid, |c| c.vmo_read(vmo as u32, pages * PAGE, &mut byte));
        assert_eq!(read, Err(Status::SHOULD_WAIT));
    }
}

#[test]
fn a_call_that_waits_in_vain_returns_why() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let (guest, vmo) = with_vmo(&world, &it, Abi::Newest);
    let read = [vmo, guest.at(0), 0, 8];
    for fails in [true, false] {
        assert_eq!(guest.enter(Syscall::VmoRead, &read), SyscallOutcome::Blocked);
        if fails {
            it.fail(0, 1, Status::IO).unwrap()
        } else {
            it.detach()
        }
        let status = if fails { Status::IO } else { Status::BAD_STATE };
        assert_eq!(resumed(&world), [(guest.thread_koid, status)]);
    }
    assert_eq!(guest.call(Syscall::VmoRead, &read), Err(Status::BAD_STATE));
}

#[test]
fn what_calls_read_and_write_in_mappings_is_waited_for_before_anything_happens() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let program = Mapped::new(&world, it.vmo, 4);
    let guest = &program.guest;
    let (first, second) = world.host(|c| c.channel_create(0)).unwrap();
    let (event, first) = (world.host(|c| c.event_create(0)).unwrap(), guest.receive(first));
    let event = guest.receive(event);
    guest.poke_words(0, &[event]);
    let write = [first.into(), 0, program.base + PAGE - 1, 2, guest.at(0), 1];
    assert_eq!(guest.enter(Syscall::ChannelWrite, &write), SyscallOutcome::Blocked);
    assert_eq!(it.asked(), Some(Asked::Read(0, 1)));
    it.supply(0, 1);
    assert_eq!(it.asked(), Some(Asked::Read(1, 1)));
    // The handle is still the guest's, and the buffer fails.
    it.fail(1, 1, Status::IO).unwrap();
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::INVALID_ARGS)]);
    assert_eq!(guest.enter(Syscall::ChannelWrite, &write), SyscallOutcome::Blocked);
    it.supply(1, 1);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
    let (bytes, handles) = world.host(|c| crate::support::read(c, second));
    assert_eq!((bytes, handles.len()), (vec![1, 2], 1));
    // Nothing leaves the channel before it can be written.
    world.host(|c| c.channel_write(second, 0, b"hello".to_vec(), &[])).unwrap();
    let (buffer, actual) = (program.base + 2 * PAGE, guest.at(16));
    let read = [first.into(), 0, buffer, 0, 5, 0, actual, 0];
    assert_eq!(guest.enter(Syscall::ChannelRead, &read), SyscallOutcome::Blocked);
    assert_eq!(it.asked(), Some(Asked::Read(2, 1)));
    it.supply(2, 1);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
    let mut bytes = [0; 6];
    world.host(|c| c.vmo_read(it.vmo, 2 * PAGE, &mut bytes)).unwrap();
    assert_eq!((&bytes[..5], bytes[5], guest.word(16)), (&b"hello"[..], 3, 5));
}

#[test]
fn who_is_suspended_in_a_call_asks_again() {
    let world = World::new();
    let it = Paged::new(&world, 1);
    let (guest, vmo) = with_vmo(&world, &it, Abi::Newest);
    let commit = op(VmoOp::Commit, vmo, 0, 1);
    assert_eq!(guest.enter(Syscall::VmoOpRange, &commit), SyscallOutcome::Blocked);
    assert_eq!(it.asked(), Some(Asked::Read(0, 1)));
    let token = world.host(|c| c.task_suspend(guest.thread)).unwrap();
    let orders = world.machine.orders();
    let [Order::Suspend { number, .. }] = *orders else { panic!("{orders:?}") };
    world.kernel.suspended(guest.koid, guest.thread_koid, number);
    world.host(|c| c.handle_close(token)).unwrap();
    assert_eq!(it.asked(), Some(Asked::Read(0, 1)));
    it.supply(0, 1);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
}

#[test]
fn a_guest_is_its_own_pager() {
    let world = World::new();
    for abi in [Abi::Sdk2020, Abi::Newest] {
        let guest = Guest::start_for(&world, abi);
        let pager = guest.create(Syscall::PagerCreate, &[0, guest.at(0)]).unwrap().into();
        let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap().into();
        let create = [pager, 0, port, KEY, 2 * PAGE, guest.at(0)];
        let vmo = u64::from(guest.create(Syscall::PagerCreateVmo, &create).unwrap());
        let aux = u64::from(guest.create(Syscall::VmoCreate, &[2 * PAGE, 0, guest.at(0)]).unwrap());
        guest.poke(64, b"supplied");
        guest.call(Syscall::VmoWrite, &[aux, guest.at(64), PAGE, 8]).unwrap();
        world.machine.orders();
        let read = [vmo, guest.at(128), PAGE, 8];
        let other = crate::support::Thread::start(&world, &guest);
        world.machine.orders();
        let number = Syscall::VmoRead.info().number(abi).unwrap();
        let mut args = [0; 8];
        args[..4].copy_from_slice(&read);
        let outcome = world.kernel.syscall(guest.koid, other.koid, number.into(), args);
        assert_eq!(outcome, SyscallOutcome::Blocked);
        guest.call(Syscall::PortWait, &[port, 0, guest.at(256)]).unwrap();
        assert_eq!((guest.long(256), guest.word(264)), (KEY, 9));
        assert_eq!((guest.long(280), guest.long(288)), (PAGE, PAGE));
        let supply = [pager, vmo, PAGE, PAGE, aux, PAGE];
        guest.call(Syscall::PagerSupplyPages, &supply).unwrap();
        assert_eq!(resumed(&world), [(other.koid, Status::OK)]);
        assert_eq!(&guest.peek(128), b"supplied");
        let fail = [pager, 1, vmo, 0, PAGE, i64::from(Status::IO.into_raw()) as u64];
        guest.call(Syscall::PagerOpRange, &fail).unwrap();
        let begin = guest.call(Syscall::PagerOpRange, &[pager, 3, vmo, 0, PAGE, 0]);
        let known = if abi == Abi::Newest { Ok(()) } else { Err(Status::NOT_SUPPORTED) };
        assert_eq!(begin, known);
        guest.call(Syscall::PagerDetachVmo, &[pager, vmo]).unwrap();
        guest.finish();
    }
}

#[test]
fn a_message_in_pieces_is_waited_for_before_its_handles_are_taken() {
    let world = World::new();
    let it = Paged::new(&world, 2);
    let (guest, _) = with_vmo(&world, &it, Abi::Newest);
    let base = Mapped::map(&world, &guest, it.vmo, 2);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let (near, event) = (guest.receive(near), world.host(|c| c.event_create(0)).unwrap());
    guest.poke(0, &guest.receive(event).to_le_bytes());
    let pieces = [0, PAGE].map(|at| ChannelIovec { buffer: base + at, capacity: 1, reserved: 0 });
    guest.poke(64, pieces.as_bytes());
    let write = [near.into(), 2, guest.at(64), 2, guest.at(0), 1];
    assert_eq!(guest.enter(Syscall::ChannelWrite, &write), SyscallOutcome::Blocked);
    for page in [0, 1] {
        assert_eq!(it.asked(), Some(Asked::Read(page, 1)));
        it.supply(page, 1);
    }
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
    let (bytes, handles) = world.host(|c| read(c, far));
    assert_eq!((bytes, handles.len()), (vec![1, 2], 1));
    guest.finish();
}
