//! The same seed and the same calls give the same run; two kernels share nothing.

use kernel_sim::{KernelStats, TraceRecord};
use zx_abi::{PAGE_SIZE, Signals, Status, Syscall};

use crate::support::{Guest, Order, World};

/// A run with a bit of everything: the values that a program would see, and all that was told.
fn run(world: &World) -> (Vec<u64>, Vec<TraceRecord>, Vec<Order>, KernelStats) {
    let mut seen = Vec::new();
    let guest = Guest::start(world);
    seen.extend([guest.koid, guest.base, guest.process.into()]);
    seen.push(guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap().into());
    guest.call(Syscall::CprngDrawOnce, &[guest.at(64), 8]).unwrap();
    seen.push(guest.long(64));
    world.host(|c| {
        let vmo = c.vmo_create(4 * PAGE_SIZE, 0).unwrap();
        for _ in 0..10 {
            seen.push(c.vmar_map(guest.root_vmar, 1, 0, vmo, 0, 4 * PAGE_SIZE).unwrap());
        }
        let (near, far) = c.channel_create(0).unwrap();
        seen.extend([near, far].map(u64::from));
        c.channel_write(near, 0, b"x".to_vec(), &[vmo]).unwrap();
        c.object_wait_one(near, Signals::PEER_CLOSED, c.clock_get_monotonic() + 5, 1).unwrap();
    });
    world.clock.advance(5);
    guest.enter(Syscall::ProcessExit, &[3]);
    guest.gone();
    (seen, world.trace.records(), world.machine.orders(), world.stats())
}

#[test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(run(&World::traced(7)), run(&World::traced(7)));
}

#[test]
fn another_seed_gives_other_values_but_the_same_koids() {
    let (one, two) = (run(&World::traced(7)).0, run(&World::traced(8)).0);
    assert_eq!(one[0], two[0]);
    let differing = one[1..].iter().zip(&two[1..]).filter(|(a, b)| a != b).count();
    assert!(differing + 3 >= one.len() - 1, "{one:x?} {two:x?}");
}

#[test]
fn kernels_side_by_side_do_not_see_each_other() {
    let alone = run(&World::traced(7));
    let (first, second) = (World::traced(7), World::traced(7));
    let event = second.host(|c| c.event_create(0)).unwrap();
    assert_eq!(run(&first), alone);
    assert_eq!(second.host(|c| c.handle_close(event)), Ok(()));
    assert_eq!(second.host(|c| c.handle_close(event)), Err(Status::BAD_HANDLE));
}
