//! How much work the kernel does: in units, so that a computer's speed does not matter. What is done
//! for `n` things at once takes a fixed number of units for each of them.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use kernel_sim::{
    Caller, Clock, Image, Item, Kernel, KernelConfig, KernelEntry, Name, NullMachine,
    SeededEntropy, SparsePages, SyscallOutcome, TickRate, VirtualClock,
};
use zx_abi::{
    Arch, INFO_PROCESS_MAPS_V3, INFO_PROCESS_VMOS_V4, INFO_TASK_STATS_V2, Rights, Signals, Status,
    Syscall, TIME_INFINITE, VmOptions, VmoChildOptions, VmoOp,
};

use crate::support::{
    Guest, Order, PAGE, READ, Recorder, SAME, SPECIFIC, WRITE, World, bytes, vmo_info,
};

/// As many as an attacker can have, less what a test has time for.
pub(super) const MANY: u64 = 10_000;

/// Units that something takes.
pub(super) fn cost(world: &World, what: impl FnOnce()) -> u64 {
    let before = world.kernel.work();
    what();
    world.kernel.work() - before
}

/// Makes the calls of a guest.
fn inside<R>(world: &World, guest: &Guest<'_>, f: impl FnOnce(&mut Caller<'_>) -> R) -> R {
    world.as_process(guest.koid, f)
}

#[test]
fn a_process_that_watches_one_event_many_times_ends_in_proportion() {
    let world = World::new();
    let guest = Guest::start(&world);
    inside(&world, &guest, |c| {
        let (event, port) = (c.event_create(0).unwrap(), c.port_create(0).unwrap());
        for key in 0..MANY {
            c.object_wait_async(event, port, key, Signals::SIGNALED, 0).unwrap();
        }
    });
    assert_eq!(world.stats().observers, MANY as usize);
    let spent = cost(&world, || guest.finish());
    assert_eq!(world.stats().observers, 0);
    assert!((MANY..MANY + 100).contains(&spent), "{spent}");
}

#[test]
fn closing_one_of_many_watched_handles_ends_its_own_watches_only() {
    let world = World::new();
    let copy = world.host(|c| {
        let (event, port) = (c.event_create(0).unwrap(), c.port_create(0).unwrap());
        let copy = c.handle_duplicate(event, SAME).unwrap();
        for key in 0..MANY {
            c.object_wait_async(event, port, key, Signals::SIGNALED, 0).unwrap();
        }
        c.object_wait_async(copy, port, MANY, Signals::SIGNALED, 0).unwrap();
        copy
    });
    // The handle and its watch.
    assert_eq!(cost(&world, || world.host(|c| c.handle_close(copy)).unwrap()), 2);
    assert_eq!(world.stats().observers, MANY as usize);
}

#[test]
fn taking_back_one_of_many_watches_looks_at_no_other() {
    let world = World::new();
    let (event, port) = world.host(|c| {
        let (event, port) = (c.event_create(0).unwrap(), c.port_create(0).unwrap());
        for key in 0..MANY {
            c.object_wait_async(event, port, key, Signals::SIGNALED, 0).unwrap();
        }
        c.object_signal(event, 0, Signals::SIGNALED.bits()).unwrap();
        (event, port)
    });
    assert_eq!(world.stats().packets, MANY as usize);
    let spent = cost(&world, || {
        for key in 0..MANY / 2 {
            world.host(|c| c.port_cancel(port, event, key)).unwrap();
        }
        for key in MANY / 2..MANY {
            world.host(|c| c.port_cancel_key(port, 0, key)).unwrap();
        }
    });
    assert_eq!((world.stats().packets, world.stats().observers), (0, 0));
    assert!(spent <= 2 * MANY, "{spent}");
}

#[test]
fn all_watches_of_a_key_are_taken_back_in_turns() {
    let world = World::new();
    let (event, port) = world.host(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    many(&world, |c| c.object_wait_async(event, port, 7, Signals::SIGNALED, 0).unwrap());
    world.host(|c| c.object_signal(event, 0, Signals::SIGNALED.bits())).unwrap();
    in_turns(&world, 2 * MANY, || world.host(|c| c.port_cancel(port, event, 7)).unwrap());
    assert_eq!((world.stats().packets, world.stats().observers), (0, 0));
    assert_eq!(world.host(|c| c.port_cancel(port, event, 7)), Err(Status::NOT_FOUND));
}

#[test]
fn taking_back_one_of_many_waits_looks_at_no_other() {
    let world = World::new();
    let event = world.host(|c| c.event_create(0)).unwrap();
    for token in 0..MANY {
        let wait =
            |c: &mut Caller<'_>| c.object_wait_one(event, Signals::SIGNALED, TIME_INFINITE, token);
        world.host(wait).unwrap();
    }
    let spent = cost(&world, || {
        (0..MANY).rev().for_each(|token| assert!(world.kernel.cancel_wait(token)));
    });
    assert!(spent <= 2 * MANY, "{spent}");
}

#[test]
fn many_threads_that_never_started_end_in_proportion() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| (0..MANY).for_each(|_| assert!(c.thread_create(guest.process, b"", 0).is_ok())));
    let spent = cost(&world, || guest.finish());
    assert!((MANY..MANY + 100).contains(&spent), "{spent}");
}

#[test]
fn many_mappings_go_in_proportion() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        for _ in 0..MANY {
            c.vmar_map(guest.root_vmar, READ, 0, vmo, 0, PAGE).unwrap();
        }
    });
    let spent = cost(&world, || guest.finish());
    assert!((MANY..MANY + 100).contains(&spent), "{spent}");
}

#[test]
fn many_processes_of_a_job_end_in_proportion() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        for _ in 0..MANY {
            c.process_create(job, b"", 0).unwrap();
        }
        job
    });
    let spent = cost(&world, || world.host(|c| c.task_kill(job)).unwrap());
    assert!(spent < 10 * MANY, "{spent}");
}

#[test]
fn handles_to_one_vmo_are_described_with_one_look_at_its_pages() {
    let world = World::new();
    let guest = Guest::start(&world);
    let pages = 1000;
    inside(&world, &guest, |c| {
        let vmo = c.vmo_create(pages * PAGE, 0).unwrap();
        c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, pages * PAGE).unwrap();
        for _ in 0..MANY {
            c.handle_duplicate(vmo, SAME).unwrap();
        }
    });
    let spent = cost(&world, || {
        world.host(|c| c.object_get_info(guest.process, INFO_PROCESS_VMOS_V4)).unwrap();
    });
    assert!((MANY..3 * MANY + pages + 500).contains(&spent), "{spent}");
}

#[test]
fn overlapping_mappings_of_a_vmo_are_described_with_one_look_at_its_pages() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (pages, mappings) = (10_000, 300);
    world.host(|c| {
        let vmo = c.vmo_create(2 * pages * PAGE, 0).unwrap();
        // Every other page: as fragmented as can be.
        for page in 0..pages {
            c.vmo_write(vmo, 2 * page * PAGE, &[1]).unwrap();
        }
        for first in 0..mappings {
            let len = 2 * (pages - first) * PAGE;
            c.vmar_map(guest.root_vmar, READ, 0, vmo, first * PAGE, len).unwrap();
        }
    });
    for topic in [INFO_TASK_STATS_V2, INFO_PROCESS_MAPS_V3] {
        let spent = cost(&world, || {
            world.host(|c| c.object_get_info(guest.process, topic)).unwrap();
        });
        assert!((pages..pages + 8 * mappings + 100).contains(&spent), "{spent}");
    }
}

/// The most that may be done without leaving the lock: what is counted at a time comes on top.
pub(super) const TURN: u64 = 1024 + 256;

/// Starts a guest that has mapped `pages` of a VMO, and has a handle to it.
fn with_vmo(world: &World, pages: u64) -> (Guest<'_>, u32, u64) {
    let guest = Guest::start(world);
    let (vmo, base) = world.host(|c| {
        let vmo = c.vmo_create(pages * PAGE, 0).unwrap();
        let base = c.vmar_map(guest.root_vmar, READ | WRITE, 0, vmo, 0, pages * PAGE).unwrap();
        (vmo, base)
    });
    let vmo = guest.receive(vmo);
    (guest, vmo, base)
}

/// A call and its arguments, for the handle to a VMO and where it is mapped.
type Call = dyn Fn(u64, u64) -> (Syscall, Vec<u64>);

#[test]
fn operations_on_many_pages_leave_the_lock_in_between() {
    const PAGES: u64 = 16 * 1024;
    let calls: [&Call; 4] = [
        &|vmo, _| (Syscall::VmoOpRange, vec![vmo, VmoOp::Commit as u64, 0, PAGES * PAGE, 0, 0]),
        &|vmo, _| (Syscall::VmoOpRange, vec![vmo, VmoOp::Zero as u64, 0, PAGES * PAGE, 0, 0]),
        &|vmo, _| (Syscall::VmoOpRange, vec![vmo, VmoOp::Decommit as u64, 0, PAGES * PAGE, 0, 0]),
        &|vmo, _| (Syscall::VmoSetStreamSize, vec![vmo, PAGE + 1]),
    ];
    for call in calls {
        let world = World::new();
        let (guest, vmo, base) = with_vmo(&world, PAGES);
        let commit = [vmo.into(), VmoOp::Commit as u64, 0, PAGES * PAGE, 0, 0];
        guest.call(Syscall::VmoOpRange, &commit).unwrap();
        let (call, arguments) = call(vmo.into(), base);
        let spent = cost(&world, || guest.call(call, &arguments).unwrap());
        assert!((PAGES..2 * PAGES).contains(&spent), "{call:?} {spent}");
        assert!(world.kernel.greatest_work() <= TURN, "{call:?} {}", world.kernel.greatest_work());
    }
}

#[test]
fn long_copies_to_and_from_a_guest_are_made_without_the_lock() {
    let pages = 16 * 1024;
    let world = World::new();
    let (guest, vmo, base) = with_vmo(&world, pages);
    for call in [Syscall::VmoRead, Syscall::VmoWrite] {
        let spent =
            cost(&world, || guest.call(call, &[vmo.into(), base, 0, pages * PAGE]).unwrap());
        // What is looked up for each 64 KiB.
        assert_eq!(spent, pages / 16);
    }
}

#[test]
fn a_write_of_more_than_a_guest_has_ends_with_what_it_has() {
    let world = World::new();
    let (guest, _, base) = with_vmo(&world, 1);
    let size = 1 << 60;
    let vmo = world.host(|c| c.vmo_create(size, 0)).unwrap();
    let vmo = guest.receive(vmo);
    let spent = cost(&world, || {
        let written = guest.call(Syscall::VmoWrite, &[vmo.into(), base, 0, size]);
        assert_eq!(written, Err(Status::INVALID_ARGS));
    });
    assert!(spent < 8, "{spent}");
}

#[test]
fn what_the_last_vmo_of_an_image_showed_is_given_back_in_turns() {
    let world = World::new();
    world.machine.shows_images.store(true, Ordering::Relaxed);
    let mut pages = SparsePages::default();
    (0..MANY).for_each(|page| pages.write(page * PAGE, &[1]).unwrap());
    let image = Arc::new(Image::new(MANY * PAGE, pages).unwrap());
    let form = Arc::new(());
    image.set_form(Arc::clone(&form));
    let rights = Rights::READ.bits();
    let show = |image| world.host(|c| c.vmo_from_image(image, Name::default(), rights)).unwrap();
    let [one, other] = [&image, &image].map(show);
    drop(image);
    // The other shows it.
    let spent = cost(&world, || world.host(|c| c.handle_close(one)).unwrap());
    assert!(spent < TURN && Arc::strong_count(&form) == 2, "{spent}");
    let last = world.host(|c| bytes(c, other, (MANY - 1) * PAGE, 1));
    assert_eq!(last, [1]);
    in_turns(&world, MANY, || world.host(|c| c.handle_close(other)).unwrap());
    assert_eq!(Arc::strong_count(&form), 1);
}

#[test]
fn what_was_copied_before_there_was_no_room_is_given_back_in_turns() {
    let world = World::new();
    let vmo = world.host(|c| c.vmo_create(MANY * PAGE, 0)).unwrap();
    for page in 0..MANY {
        world.host(|c| c.vmo_write(vmo, page * PAGE, &[1])).unwrap();
    }
    let root = world.root_job();
    let used = world.host(|c| c.job_accounts(root)).unwrap().1[Item::Memory];
    let limit = used + (MANY - 1) * PAGE;
    world.host(|c| c.job_set_limits(root, &[(Item::Memory, limit)])).unwrap();
    let snapshot = VmoChildOptions::SNAPSHOT.bits();
    in_turns(&world, 2 * (MANY - 256), || {
        let copy = world.host(|c| c.vmo_create_child(vmo, snapshot, 0, MANY * PAGE));
        assert_eq!(copy, Err(Status::NO_MEMORY));
    });
    let after = world.host(|c| c.job_accounts(root)).unwrap().1[Item::Memory];
    assert_eq!(after, used);
}

#[test]
fn a_copy_of_a_large_vmo_is_made_in_turns_and_shares_its_pages() {
    let world = World::new();
    let pages = 10_000;
    let vmo = world.host(|c| c.vmo_create(pages * PAGE, 0)).unwrap();
    world.host(|c| c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, pages * PAGE)).unwrap();
    world.host(|c| c.vmo_write(vmo, (pages - 1) * PAGE, &[7])).unwrap();
    let snapshot = VmoChildOptions::SNAPSHOT.bits();
    let child = in_turns(&world, pages, || {
        world.host(|c| c.vmo_create_child(vmo, snapshot, 0, pages * PAGE)).unwrap()
    });
    let other = world.host(|c| c.vmo_create(pages * PAGE, 0)).unwrap();
    in_turns(&world, 3 * pages, || {
        world.host(|c| c.vmo_transfer_data(other, 0, 0, pages * PAGE, child, 0)).unwrap();
    });
    world.host(|c| {
        assert_eq!(vmo_info(c, child).v1.committed_bytes, 0);
        // By way of the child.
        let info = vmo_info(c, vmo);
        assert_eq!((info.v1.committed_bytes, info.committed_private_bytes), (pages * PAGE, 0));
        assert_eq!(bytes(c, other, (pages - 1) * PAGE, 1), [7]);
    });
}

#[test]
fn a_line_of_copies_with_many_at_its_end_falls_link_by_link() {
    let world = World::new();
    let snapshot = VmoChildOptions::SNAPSHOT.bits();
    let copy = |vmo| world.host(|c| c.vmo_create_child(vmo, snapshot, 0, PAGE)).unwrap();
    let mut line = vec![world.host(|c| c.vmo_create(PAGE, 0)).unwrap()];
    for _ in 0..MANY {
        line.push(copy(line[line.len() - 1]));
    }
    let last = line.pop().unwrap();
    let children: Vec<u32> = (0..MANY).map(|_| copy(last)).collect();
    let spent = cost(&world, || {
        world.host(|c| c.handle_close(last)).unwrap();
        let links = line[1..].iter().rev();
        links.for_each(|link| world.host(|c| c.handle_close(*link)).unwrap());
    });
    assert_eq!(spent, MANY);
    let first = world.host(|c| vmo_info(c, line[0]));
    assert_eq!(first.v1.num_children, MANY);
    let child = world.host(|c| vmo_info(c, children[0]));
    assert_eq!(child.v1.parent_koid, first.v1.koid);
}

#[test]
fn many_mappings_are_removed_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (vmar, base, vmo) = world.host(|c| {
        let can_map = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ;
        let len = 2 * MANY * PAGE;
        let (vmar, base) = c.vmar_allocate(guest.root_vmar, can_map.bits(), 0, len).unwrap();
        (vmar, base, c.vmo_create(PAGE, 0).unwrap())
    });
    for index in 0..MANY {
        let map =
            |c: &mut Caller<'_>| c.vmar_map(vmar, READ | SPECIFIC, 2 * index * PAGE, vmo, 0, PAGE);
        world.host(map).unwrap();
    }
    in_turns(&world, MANY, || {
        world.host(|c| c.vmar_unmap(vmar, base, 2 * MANY * PAGE)).unwrap();
    });
    assert_eq!(world.host(|c| vmo_info(c, vmo)).v1.num_mappings, 0);
}

#[test]
fn a_kill_ends_a_call_that_would_take_for_ever() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (gigabytes, gigabyte) = (64, 1 << 30);
    let (vmo, base) = world.host(|c| {
        let target = c.vmo_create(gigabyte, 0).unwrap();
        let options =
            VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
        let (vmar, base) =
            c.vmar_allocate(guest.root_vmar, options.bits(), 0, gigabytes * gigabyte).unwrap();
        for index in 0..gigabytes {
            let options = READ | WRITE | SPECIFIC;
            c.vmar_map(vmar, options, index * gigabyte, target, 0, gigabyte).unwrap();
        }
        (c.vmo_create(gigabytes * gigabyte, 0).unwrap(), base)
    });
    let vmo = guest.receive(vmo).into();
    let process = guest.process;
    let before = world.kernel.work();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            // The call has begun, and each look comes in between.
            while world.kernel.work() < before + 10 {}
            world.host(|c| c.task_kill(process)).unwrap();
        });
        guest.enter(Syscall::VmoRead, &[vmo, base, 0, gigabytes * gigabyte])
    });
    assert_eq!(outcome, SyscallOutcome::Blocked);
    assert!(world.machine.orders().iter().any(|order| matches!(order, Order::Kill { .. })));
    guest.finish();
}

/// Lets something happen, which many things depend on, in a kernel whose calls have had little to do
/// so far: it takes turns.
pub(super) fn in_turns<R>(world: &World, least: u64, what: impl FnOnce() -> R) -> R {
    let before = world.kernel.greatest_work();
    assert!(before <= TURN, "the preparation took {before} units at a time");
    let started = world.kernel.work();
    let result = what();
    let spent = world.kernel.work() - started;
    assert!(spent >= least, "{spent}");
    let greatest = world.kernel.greatest_work();
    assert!(greatest <= TURN, "{greatest} units at a time");
    result
}

/// Does something `MANY` times, each time as a call of its own.
pub(super) fn many(world: &World, mut f: impl FnMut(&mut Caller<'_>)) {
    (0..MANY).for_each(|_| world.host(&mut f));
}

#[test]
fn a_signal_that_many_watch_is_told_in_turns() {
    let world = World::new();
    let (event, port) = world.host(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    many(&world, |c| c.object_wait_async(event, port, 1, Signals::SIGNALED, 0).unwrap());
    let signal = || world.host(|c| c.object_signal(event, 0, 8)).unwrap();
    in_turns(&world, MANY, signal);
    assert_eq!(world.stats().packets, MANY as usize);
}

#[test]
fn the_watches_of_a_moment_are_told_what_it_showed() {
    let world = World::new();
    let event = world.host(|c| c.event_create(0)).unwrap();
    for token in 0..MANY {
        let wait = Signals::SIGNALED;
        world.host(|c| c.object_wait_one(event, wait, TIME_INFINITE, token)).unwrap();
    }
    // The first is not shown any more when most of them are told.
    let (first, second) = (Signals::SIGNALED, Signals::USER_0);
    world.host(|c| {
        c.object_signal(event, 0, first.bits()).unwrap();
        c.object_signal(event, first.bits(), second.bits()).unwrap();
    });
    let waits = world.events.waits();
    assert_eq!(waits.len() as u64, MANY);
    assert!(waits.iter().all(|(_, _, observed)| *observed == first));
}

#[test]
fn closing_the_port_of_many_watches_takes_turns() {
    let world = World::new();
    let (event, port) = world.host(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    many(&world, |c| c.object_wait_async(event, port, 1, Signals::SIGNALED, 0).unwrap());
    in_turns(&world, MANY, || world.host(|c| c.handle_close(port)).unwrap());
    assert_eq!(world.stats().observers, 0);
}

#[test]
fn a_channel_full_of_handles_is_closed_in_turns() {
    let world = World::new();
    let before = world.stats();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    for _ in 0..1000 {
        world.host(|c| {
            let handles = [(); 64].map(|()| c.event_create(0).unwrap());
            c.channel_write(near, 0, vec![], &handles).unwrap();
        });
    }
    world.host(|c| c.handle_close(near)).unwrap();
    in_turns(&world, 64_000, || world.host(|c| c.handle_close(far)).unwrap());
    assert_eq!(world.stats(), before);
}

#[test]
fn a_process_with_many_handles_threads_and_mappings_ends_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo = world.host(|c| c.vmo_create(PAGE, 0)).unwrap();
    many(&world, |c| {
        let event = c.event_create(0).unwrap();
        let handle = c.handle_transfer(event, guest.koid).unwrap();
        assert_ne!(handle, 0);
    });
    many(&world, |c| assert!(c.thread_create(guest.process, b"", 0).is_ok()));
    many(&world, |c| assert!(c.vmar_map(guest.root_vmar, READ, 0, vmo, 0, PAGE).is_ok()));
    let process = guest.process;
    world.host(|c| c.task_kill(process)).unwrap();
    world.events.waits();
    let wait =
        |c: &mut Caller<'_>| c.object_wait_one(process, Signals::TASK_TERMINATED, TIME_INFINITE, 1);
    world.host(wait).unwrap();
    in_turns(&world, 3 * MANY, || guest.gone());
    assert_eq!(world.events.waits(), [(1, Status::OK, Signals::TASK_TERMINATED)]);
    guest.finish();
}

#[test]
fn a_job_with_many_children_is_killed_in_turns_and_refuses_others_before() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    many(&world, |c| {
        let child = c.job_create(job, 0).unwrap();
        let (process, vmar) = c.process_create(child, b"", 0).unwrap();
        c.handle_close_many(&[child, process, vmar]).unwrap();
    });
    // Processes that nobody has a handle to and that never start are gone.
    many(&world, |c| assert!(c.process_create(job, b"", 0).is_ok()));
    in_turns(&world, MANY, || {
        world.host(|c| {
            c.task_kill(job).unwrap();
            assert_eq!(c.job_create(job, 0), Err(Status::BAD_STATE));
            assert_eq!(c.process_create(job, b"", 0), Err(Status::BAD_STATE));
        });
    });
    assert!(world.signals(job).contains(Signals::TASK_TERMINATED));
}

#[test]
fn many_deadlines_pass_in_turns() {
    let world = World::new();
    let event = world.host(|c| c.event_create(0)).unwrap();
    for token in 0..MANY {
        world.host(|c| c.object_wait_one(event, Signals::SIGNALED, 10, token)).unwrap();
    }
    in_turns(&world, MANY, || world.clock.advance(10));
    assert_eq!(world.events.waits().len() as u64, MANY);
}

#[test]
fn a_large_vmo_is_given_back_in_turns() {
    let world = World::new();
    let pages = 20_000;
    let vmo = world.host(|c| c.vmo_create(pages * PAGE, 0)).unwrap();
    world.host(|c| c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, pages * PAGE)).unwrap();
    in_turns(&world, pages, || world.host(|c| c.handle_close(vmo)).unwrap());
}

/// A clock that says that it runs, and keeps what it was asked for.
#[derive(Default)]
struct RunningClock {
    clock: VirtualClock,
    armed: AtomicI64,
}

impl Clock for RunningClock {
    fn attach(&self, kernel: Weak<dyn KernelEntry>) {
        self.clock.attach(kernel);
    }

    fn ticks(&self) -> i64 {
        self.clock.ticks()
    }

    fn rate(&self) -> TickRate {
        self.clock.rate()
    }

    fn arm(&self, deadline: i64) {
        self.armed.store(deadline, Ordering::SeqCst);
    }
}

/// A kernel on a clock that says that it runs.
fn on_running_clock() -> (Arc<Kernel>, Arc<RunningClock>, Arc<Recorder>) {
    let (clock, events) = (Arc::new(RunningClock::default()), Arc::<Recorder>::default());
    let kernel = Kernel::new(KernelConfig {
        machine: Arc::new(NullMachine),
        clock: clock.clone(),
        entropy: Box::new(SeededEntropy::from_number(0)),
        events: events.clone(),
        trace: None,
        target: Arch::X86_64,
    });
    (kernel, clock, events)
}

#[test]
fn the_host_leaves_many_effects_to_the_thread_of_a_clock_that_runs() {
    let (kernel, clock, events) = on_running_clock();
    let event = kernel.call(kernel.host(), |c| c.event_create(0).unwrap()).unwrap();
    for token in 0..MANY {
        let wait =
            |c: &mut Caller<'_>| c.object_wait_one(event, Signals::SIGNALED, TIME_INFINITE, token);
        kernel.call(kernel.host(), wait).unwrap().unwrap();
    }
    let signal = |c: &mut Caller<'_>| c.object_signal(event, 0, Signals::SIGNALED.bits());
    kernel.call(kernel.host(), signal).unwrap().unwrap();
    let mut told = events.waits();
    assert!(told.len() <= 256, "{}", told.len());
    while clock.armed.swap(TIME_INFINITE, Ordering::SeqCst) == 0 {
        kernel.expire_deadlines();
        told.extend(events.waits());
    }
    assert!(told.iter().map(|(token, ..)| *token).eq((0..MANY).rev()));
}

#[test]
fn the_host_leaves_long_ends_to_the_thread_of_a_clock_that_runs() {
    let (kernel, clock, _) = on_running_clock();
    let host = |f: &dyn Fn(&mut Caller<'_>)| kernel.call(kernel.host(), |c| f(c)).unwrap();
    let before = kernel.stats();
    let job = kernel.call(kernel.host(), |c| {
        let root = c.root_job().unwrap();
        let job = c.job_create(root, 0).unwrap();
        c.handle_close(root).unwrap();
        job
    });
    let job = job.unwrap();
    for _ in 0..MANY {
        host(&|c| {
            let (process, vmar) = c.process_create(job, b"", 0).unwrap();
            assert_ne!(process, 0);
            c.handle_close(vmar).unwrap();
        });
    }
    let started = kernel.work();
    host(&|c| c.task_kill(job).unwrap());
    assert!(kernel.work() - started <= TURN);
    assert_eq!(clock.armed.load(Ordering::SeqCst), 0);
    kernel.expire_deadlines();
    assert!(kernel.work() - started >= MANY);
    assert!(kernel.greatest_work() <= TURN);
    host(&|c| c.handle_close(job).unwrap());
    let processes = kernel.stats().handles - before.handles;
    assert_eq!(processes as u64, MANY);
}
