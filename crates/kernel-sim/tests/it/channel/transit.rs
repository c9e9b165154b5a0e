//! Channels whose handles lie in messages, some where nobody can reach them.

use kernel_sim::Caller;
use zx_abi::{ObjectType, Signals};

use crate::support::{Guest, World, read};

/// Writes a message with this handle alone.
fn put(c: &mut Caller<'_>, channel: u32, handle: u32) {
    c.channel_write(channel, 0, Vec::new(), &[handle]).unwrap();
}

/// Of what a guest does nothing is left after it.
#[track_caller]
fn leaves_nothing(act: impl FnOnce(&mut Caller<'_>)) -> World {
    let world = World::new();
    let guest = Guest::start(&world);
    world.as_process(guest.koid, act);
    guest.finish();
    assert_eq!(world.count(ObjectType::Channel), 0);
    assert_eq!(world.stats().handles, 0);
    world
}

#[test]
fn an_end_in_its_own_queue_goes_with_the_process() {
    leaves_nothing(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        put(c, near, far);
    });
}

#[test]
fn ends_in_each_other_go_with_the_process_and_all_that_lies_in_them() {
    leaves_nothing(|c| {
        let (a, a_far) = c.channel_create(0).unwrap();
        let (b, b_far) = c.channel_create(0).unwrap();
        let (c1, c2) = c.channel_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        put(c, c1, event);
        put(c, a, c2);
        put(c, a, b_far);
        put(c, b, a_far);
    });
}

#[test]
fn both_ends_of_a_channel_may_be_out_of_reach() {
    leaves_nothing(|c| {
        let (a, a_far) = c.channel_create(0).unwrap();
        let (b, b_far) = c.channel_create(0).unwrap();
        put(c, a, b_far);
        put(c, b, a_far);
        put(c, a, b);
    });
}

#[test]
fn a_long_circle_goes_too_and_one_turn_does_not_do_it_all() {
    let world = leaves_nothing(|c| {
        let pairs: Vec<_> = (0..3_000).map(|_| c.channel_create(0).unwrap()).collect();
        for (index, (near, _)) in pairs.iter().enumerate() {
            put(c, *near, pairs[(index + 1) % pairs.len()].1);
        }
    });
    assert!(world.kernel.greatest_work() < 2_000);
}

#[test]
fn ends_that_somebody_can_reach_stay() {
    let world = World::new();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let guest = Guest::start(&world);
    let depth = 100;
    // Each in the one before, the first in one that the host has.
    world.host(|c| {
        let mut last = near;
        for _ in 0..depth {
            let (next, next_far) = c.channel_create(0).unwrap();
            put(c, last, next_far);
            last = next;
        }
    });
    guest.finish();
    world.host(|c| {
        let mut at = far;
        for _ in 0..depth {
            let (_, handles) = read(c, at);
            at = handles[0];
        }
    });
}

#[test]
fn the_peer_of_one_that_nobody_can_reach_is_told_that_it_is_gone() {
    let world = World::new();
    let (kept, lost) = world.host(|c| c.channel_create(0)).unwrap();
    let guest = Guest::start(&world);
    world.host(|c| put(c, kept, lost));
    assert_eq!(world.signals(kept), Signals::WRITABLE);
    guest.finish();
    assert_eq!(world.signals(kept), Signals::PEER_CLOSED);
}
