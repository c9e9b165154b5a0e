//! Nothing leaks: whatever happened, the counts return to what they were.

use kernel_sim::KernelEntry;
use zx_abi::{PAGE_SIZE, Signals, Syscall, TIME_INFINITE};

use crate::support::{Guest, World};

/// A kernel whose vDSO exists, which it keeps from then on.
fn warm() -> World {
    let world = World::new();
    world.host(|c| {
        let vdso = c.vdso(Default::default()).unwrap();
        c.handle_close(vdso).unwrap();
    });
    world
}

#[test]
fn a_guests_whole_life_leaves_nothing() {
    let world = warm();
    let before = world.stats();
    for _ in 0..3 {
        let guest = Guest::start(&world);
        let out = [guest.at(0), guest.at(4)];
        guest.call(Syscall::ChannelCreate, &[0, out[0], out[1]]).unwrap();
        let (near, far) = (guest.word(0), guest.word(4));
        guest.call(Syscall::SocketCreate, &[0, out[0], out[1]]).unwrap();
        let socket = guest.word(0);
        guest.poke_words(0, &[socket]);
        let write = [near.into(), 0, out[0], 4, out[0], 1];
        guest.call(Syscall::ChannelWrite, &write).unwrap();
        guest.create(Syscall::VmoCreate, &[PAGE_SIZE, 0, out[0]]).unwrap();
        guest.create(Syscall::DebuglogCreate, &[0, 0, out[0]]).unwrap();
        let wait = [far.into(), 4, TIME_INFINITE as u64, 0];
        guest.enter(Syscall::ObjectWaitOne, &wait);
        guest.finish();
        assert_eq!(world.stats(), before);
    }
}

#[test]
fn a_guest_that_holds_itself_leaves_nothing() {
    let world = warm();
    let before = world.stats();
    let guest = Guest::start(&world);
    let koid = guest.koid;
    for handle in [guest.process, guest.root_vmar, guest.thread] {
        let copy = world.host(|c| c.handle_duplicate(handle, 1 << 31)).unwrap();
        guest.receive(copy);
    }
    guest.enter(Syscall::ProcessExit, &[0]);
    guest.finish();
    assert_eq!(world.stats(), before);
    world.kernel.process_gone(koid);
}

#[test]
fn handles_in_a_message_to_a_guest_that_never_reads_it_are_closed() {
    let world = warm();
    let before = world.stats();
    let root = world.root_job();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let guest = Guest::start_in(&world, root, far);
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        c.channel_write(near, 0, vec![], &[vmo]).unwrap();
        c.object_wait_one(near, Signals::PEER_CLOSED, TIME_INFINITE, 5).unwrap();
    });
    guest.finish();
    assert_eq!(world.events.waits().len(), 1);
    world.host(|c| c.handle_close_many(&[near, root])).unwrap();
    assert_eq!(world.stats(), before);
}

#[test]
fn shutting_down_ends_what_never_ran_too() {
    let world = warm();
    let before = world.stats();
    let root = world.root_job();
    let (idle, guest) = (Guest::create_in(&world, root), Guest::start_in(&world, root, 0));
    world.kernel.shut_down();
    assert_eq!(world.signals(idle.process), Signals::TASK_TERMINATED);
    guest.gone();
    assert_eq!(world.signals(guest.process), Signals::TASK_TERMINATED);
    idle.finish();
    guest.finish();
    world.host(|c| c.handle_close(root)).unwrap();
    assert_eq!(world.stats(), before);
    // The kernel goes on.
    Guest::start(&world).finish();
}
