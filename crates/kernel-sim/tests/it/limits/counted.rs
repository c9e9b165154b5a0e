//! Handles, objects, processes and threads.

use kernel_sim::{Amounts, Item};
use zx_abi::{MAX_HANDLE_COUNT, ObjectType, Rights, Status, VmOptions};

use super::{Limited, used};
use crate::support::{Guest, PAGE, READ, SAME, World, without};

#[test]
fn handles_reach_the_limit_and_not_one_more() {
    let world = World::null();
    let limited = Limited::new(&world);
    let before = limited.used();
    limited.allow(Item::Handles, 3);
    limited.call(|c| {
        let event = c.event_create(0).unwrap();
        c.handle_duplicate(event, SAME).unwrap();
        // One is left: no pair fits, nothing of it stays.
        assert_eq!(c.channel_create(0), Err(Status::NO_MEMORY));
        c.handle_duplicate(event, SAME).unwrap();
        assert_eq!(c.handle_duplicate(event, SAME), Err(Status::NO_MEMORY));
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
        c.handle_close(event).unwrap();
        c.event_create(0).unwrap();
    });
    assert_eq!(world.count(ObjectType::Channel), 0);
    assert_eq!(world.count(ObjectType::Event), 2);
    limited.finish();
    assert_eq!(limited.used()[Item::Handles], before[Item::Handles]);
}

#[test]
fn whoever_makes_a_handle_pays_until_it_is_closed_wherever_it_is() {
    let world = World::null();
    let (sender, receiver) = (Limited::new(&world), Limited::new(&world));
    let [sent, received] = [&sender, &receiver].map(|limited| limited.used()[Item::Handles]);
    let handle = sender.call(|c| {
        let event = c.event_create(0).unwrap();
        c.handle_transfer(event, receiver.context).unwrap()
    });
    // The sender's job is gone; what it pays for is not.
    sender.finish();
    assert_eq!(sender.used()[Item::Handles], sent + 1);
    assert_eq!(receiver.used()[Item::Handles], received);
    receiver.allow(Item::Handles, 0);
    receiver.call(|c| c.handle_close(handle)).unwrap();
    assert_eq!(sender.used()[Item::Handles], sent);
    assert_eq!(receiver.used()[Item::Handles], received);
}

#[test]
fn objects_reach_the_limit_and_not_one_more() {
    let world = World::null();
    let limited = Limited::new(&world);
    let vmo = limited.call(|c| c.vmo_create(0, 0)).unwrap();
    let before = limited.used()[Item::Objects];
    limited.allow(Item::Objects, 2);
    limited.call(|c| {
        let event = c.event_create(0).unwrap();
        assert_eq!(c.channel_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.socket_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.fifo_create(1, 1, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.eventpair_create(0), Err(Status::NO_MEMORY));
        c.port_create(0).unwrap();
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.port_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.timer_create(0, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.clock_create(0, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.vmo_create(PAGE, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.debuglog_create(0, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.stream_create(0, vmo, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.counter_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.iob_create_shared_region(0, PAGE), Err(Status::NO_MEMORY));
        // More handles to one object are no objects.
        c.handle_duplicate(event, SAME).unwrap();
        c.handle_close(vmo).unwrap();
    });
    assert_eq!(limited.used()[Item::Objects], before + 1);
    limited.finish();
    assert_eq!(limited.used()[Item::Objects], before - 2, "the context is gone too");
}

#[test]
fn tasks_and_vmars_are_charged_to_the_job_that_they_are_in() {
    let world = World::new();
    let limited = Limited::new(&world);
    let before = limited.used();
    let objects = |more| before[Item::Objects] + more;
    let (process, vmar) = world.host(|c| c.process_create(limited.job, b"p", 0)).unwrap();
    assert_eq!(limited.used()[Item::Objects], objects(2));
    let thread = world.host(|c| c.thread_create(process, b"t", 0)).unwrap();
    let child = world.host(|c| c.job_create(limited.job, 0)).unwrap();
    assert_eq!(limited.used()[Item::Objects], objects(4));
    limited.allow(Item::Objects, 0);
    world.host(|c| {
        assert_eq!(c.process_create(child, b"p", 0), Err(Status::NO_MEMORY));
        assert_eq!(c.job_create(child, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.thread_create(process, b"t", 0), Err(Status::NO_MEMORY));
        assert_eq!(c.vmar_allocate(vmar, 0, 0, PAGE), Err(Status::NO_MEMORY));
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        assert_eq!(c.vmar_map(vmar, READ, 0, vmo, 0, PAGE), Err(Status::NO_MEMORY));
        c.handle_close_many(&[thread, child, process, vmar, vmo]).unwrap();
    });
    assert_eq!(limited.used(), before);
}

#[test]
fn mappings_count_as_objects_and_so_does_what_a_split_adds() {
    let world = World::new();
    let limited = Limited::new(&world);
    world.host(|c| {
        let (process, vmar) = c.process_create(limited.job, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        let base = c.vmar_map(vmar, READ, 0, vmo, 0, 4 * PAGE).unwrap();
        let limit = c.job_accounts(limited.job).unwrap().1[Item::Objects];
        let limits = |c: &mut kernel_sim::Caller<'_>, more| {
            c.job_set_limits(limited.job, &[(Item::Objects, limit + more)]).unwrap();
        };
        limits(c, 0);
        // Two would be left, or three.
        assert_eq!(c.vmar_unmap(vmar, base + PAGE, PAGE), Err(Status::NO_MEMORY));
        limits(c, 1);
        assert_eq!(c.vmar_protect(vmar, 0, base + PAGE, PAGE), Err(Status::NO_MEMORY));
        c.vmar_protect(vmar, 0, base + 2 * PAGE, 2 * PAGE).unwrap();
        assert_eq!(c.job_accounts(limited.job).unwrap().1[Item::Objects], limit + 1);
        // What takes away from one end only adds nothing.
        c.vmar_unmap(vmar, base, PAGE).unwrap();
        assert_eq!(c.vmar_map(vmar, READ, 0, vmo, 0, PAGE), Err(Status::NO_MEMORY));
        c.vmar_unmap(vmar, base, 4 * PAGE).unwrap();
        assert_eq!(c.job_accounts(limited.job).unwrap().1[Item::Objects], limit - 1);
        c.handle_close_many(&[process, vmar, vmo]).unwrap();
    });
    assert_eq!(limited.used()[Item::Objects], 1, "the context");
}

#[test]
fn processes_reach_the_limit_and_not_one_more() {
    let world = World::new();
    let limited = Limited::new(&world);
    limited.allow(Item::Processes, 1);
    let guest = Guest::start_in(&world, limited.job, 0);
    let create = || world.host(|c| c.process_create(limited.job, b"p", 0));
    assert_eq!(create(), Err(Status::NO_RESOURCES));
    let context = world.host(|c| c.context_create(limited.job, b"c"));
    assert_eq!(context, Err(Status::NO_RESOURCES));
    // A dead one counts no more, although there still are handles to it.
    guest.finish();
    create().unwrap();
    assert_eq!(create(), Err(Status::NO_RESOURCES));
}

#[test]
fn threads_reach_the_limit_and_not_one_more() {
    let world = World::new();
    let limited = Limited::new(&world);
    let guest = Guest::start_in(&world, limited.job, 0);
    assert_eq!(limited.used()[Item::Threads], 1);
    limited.allow(Item::Threads, 1);
    let create = || world.host(|c| c.thread_create(guest.process, b"t", 0));
    let thread = create().unwrap();
    assert_eq!(create(), Err(Status::NO_RESOURCES));
    world.host(|c| c.handle_close(thread)).unwrap();
    create().unwrap();
    guest.finish();
    assert_eq!(limited.used()[Item::Threads], 0);
}

#[test]
fn what_is_below_a_job_is_charged_to_it_too() {
    let world = World::null();
    let outer = Limited::new(&world);
    let (one, other) = (Limited::below(&world, outer.job), Limited::below(&world, outer.job));
    outer.allow(Item::Objects, 3);
    one.allow(Item::Objects, 2);
    one.call(|c| {
        c.event_create(0).unwrap();
        c.event_create(0).unwrap();
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
    });
    other.call(|c| {
        c.event_create(0).unwrap();
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
    });
    let own = outer.call(|c| c.event_create(0));
    assert_eq!(own, Err(Status::NO_MEMORY));
    one.finish();
    outer.call(|c| c.event_create(0)).unwrap();
    other.finish();
    outer.finish();
    world.host(|c| c.handle_close_many(&[one.job, other.job])).unwrap();
    assert_eq!(outer.used(), Amounts::NONE);
}

#[test]
fn a_limit_below_what_is_used_takes_nothing_away() {
    let world = World::null();
    let limited = Limited::new(&world);
    /// Limits the kernel.
    fn limit_all(c: &mut kernel_sim::Caller<'_>, limit: u64) {
        let job = c.root_job().unwrap();
        c.job_set_limits(job, &[(Item::Objects, limit)]).unwrap();
        c.handle_close(job).unwrap();
    }
    limited.call(|c| {
        let events = [c.event_create(0).unwrap(), c.event_create(0).unwrap()];
        limit_all(c, 1);
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
        c.handle_close(events[0]).unwrap();
        c.handle_close(events[1]).unwrap();
    });
}

#[test]
fn a_greedy_guest_leaves_the_embedder_its_share() {
    let world = World::new();
    let guest = Guest::start(&world);
    let made = world.as_process(guest.koid, |c| {
        let event = c.event_create(0).unwrap();
        let mut made = 1;
        while c.handle_duplicate(event, SAME).is_ok() {
            made += 1;
        }
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
        made
    });
    let share = MAX_HANDLE_COUNT / 16;
    assert_eq!(made, MAX_HANDLE_COUNT - share);
    // The share that is left is the host's alone.
    let (process, _) = world.host(|c| {
        let job = c.root_job().unwrap();
        c.process_create(job, b"p", 0).unwrap()
    });
    let free = MAX_HANDLE_COUNT - world.stats().handles;
    assert!(free > share - 100, "{free}");
    world.host(|c| (0..free).for_each(|_| assert!(c.handle_duplicate(process, SAME).is_ok())));
    assert_eq!(world.host(|c| c.handle_duplicate(process, SAME)), Err(Status::NO_MEMORY));
    guest.finish();
    world.host(|c| c.event_create(0)).unwrap();
}

#[test]
fn limits_need_set_policy_and_what_is_used_needs_inspect() {
    let world = World::null();
    let limited = Limited::new(&world);
    world.host(|c| {
        let job = without(c, limited.job, Rights::SET_POLICY);
        let set = c.job_set_limits(job, &[(Item::Handles, 1)]);
        assert_eq!(set, Err(Status::ACCESS_DENIED));
        let blind = without(c, limited.job, Rights::INSPECT);
        assert_eq!(c.job_accounts(blind), Err(Status::ACCESS_DENIED));
        let event = c.event_create(0).unwrap();
        assert_eq!(c.job_set_limits(event, &[]), Err(Status::WRONG_TYPE));
        assert_eq!(c.job_accounts(1), Err(Status::BAD_HANDLE));
        assert_eq!(c.job_accounts(limited.job).unwrap().0, Amounts::UNLIMITED);
        c.job_set_limits(limited.job, &[(Item::Handles, 7), (Item::Memory, 8)]).unwrap();
        let limits = c.job_accounts(limited.job).unwrap().0;
        assert_eq!((limits[Item::Handles], limits[Item::Memory]), (7, 8));
        assert_eq!(limits[Item::Objects], u64::MAX);
    });
    assert_eq!(used(&world, limited.job)[Item::Processes], 1);
}

#[test]
fn no_kernel_has_more_handles_than_their_values_can_tell_apart() {
    let world = World::null();
    world.host(|c| {
        let root = c.root_job().unwrap();
        c.job_set_limits(root, &[(Item::Handles, u64::MAX)]).unwrap();
        assert_eq!(c.job_accounts(root).unwrap().0[Item::Handles], MAX_HANDLE_COUNT as u64);
    });
}

#[test]
fn mappings_of_a_destroyed_vmar_are_refunded_though_their_process_goes_first() {
    const MAPPINGS: usize = 5000;
    let world = World::null();
    let limited = Limited::new(&world);
    let root = world.root_job();
    let before = used(&world, root)[Item::Objects];
    world.host(|c| {
        let (process, vmar) = c.process_create(limited.job, b"p", 0).unwrap();
        let options = VmOptions::CAN_MAP_READ.bits();
        let (child, _) = c.vmar_allocate(vmar, options, 0, 1 << 40).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        for _ in 0..MAPPINGS {
            c.vmar_map(child, READ, 0, vmo, 0, PAGE).unwrap();
        }
        // More than ends in one turn.
        c.vmar_destroy(child).unwrap();
        c.task_kill(process).unwrap();
        c.handle_close_many(&[process, vmar, child, vmo]).unwrap();
    });
    assert_eq!(used(&world, root)[Item::Objects], before);
    limited.finish();
    assert_eq!(limited.used(), Amounts::NONE);
}
