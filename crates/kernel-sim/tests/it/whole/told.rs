//! What is told of many things, and what is done to many mappings, is done in turns.

use kernel_sim::{Caller, EntryState, KernelEntry, Koid, MappingKind, SyscallOutcome};
use zerocopy::FromBytes;
use zx_abi::{
    INFO_HANDLE_TABLE, INFO_JOB_CHILDREN, INFO_JOB_PROCESSES, INFO_PROCESS_HANDLE_STATS,
    INFO_PROCESS_MAPS_V3, INFO_PROCESS_THREADS, INFO_PROCESS_VMOS_V4, INFO_TASK_RUNTIME_V2,
    INFO_TASK_STATS_V2, INFO_VMAR_MAPS, INFO_VMO_V4, InfoMaps, PortPacket, Signals, Status,
    Syscall, VMAR_MAX_DEPTH, VmOptions, VmarOp, VmoOp, WAIT_MANY_MAX_ITEMS,
};

use super::work::{MANY, in_turns, many};
use crate::support::{
    FOREVER, Guest, Order, PAGE, READ, SAME, SPECIFIC, WRITE, World, fault, koids, number, vmo_info,
};

const CAN_MAP: u32 = VmOptions::CAN_MAP_SPECIFIC
    .union(VmOptions::CAN_MAP_READ)
    .union(VmOptions::CAN_MAP_WRITE)
    .bits();

/// A VMAR of a guest in which every page of a VMO of one page is mapped on its own, `MANY` times.
struct Crowded<'a> {
    guest: Guest<'a>,
    vmar: u32,
    base: u64,
    vmo: u32,
}

const CROWDED_LEN: u64 = MANY * PAGE;

fn crowded(world: &World) -> Crowded<'_> {
    let guest = Guest::start(world);
    let (vmar, base, vmo) = world.host(|c| {
        let (vmar, base) = c.vmar_allocate(guest.root_vmar, CAN_MAP, 0, CROWDED_LEN).unwrap();
        (vmar, base, c.vmo_create(PAGE, 0).unwrap())
    });
    let mut at = 0;
    many(world, |c| {
        c.vmar_map(vmar, READ | WRITE | SPECIFIC, at, vmo, 0, PAGE).unwrap();
        at += PAGE;
    });
    world.machine.orders();
    Crowded { guest, vmar, base, vmo }
}

fn info(c: &mut Caller<'_>, handle: u32, topic: u32) -> usize {
    let info = c.object_get_info(handle, topic).unwrap();
    info.bytes.len() / info.record_size
}

#[test]
fn the_children_of_a_task_are_listed_in_turns() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let (mut jobs, mut processes) = (Vec::new(), Vec::new());
    many(&world, |c| jobs.push(c.job_create(job, 0).unwrap()));
    many(&world, |c| processes.push(c.process_create(job, b"", 0).unwrap().0));
    for (topic, children) in [(INFO_JOB_CHILDREN, &jobs), (INFO_JOB_PROCESSES, &processes)] {
        let listed = in_turns(&world, MANY, || world.host(|c| koids(c, job, topic)).unwrap());
        let expected: Vec<_> = children.iter().map(|child| world.koid(*child)).collect();
        assert!(listed == expected, "{topic}");
    }
    in_turns(&world, MANY, || {
        world.host(|c| c.object_get_info(job, INFO_TASK_RUNTIME_V2)).unwrap();
    });
}

#[test]
fn the_threads_of_a_suspended_process_are_listed_and_go_on_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let process = guest.process;
    let token = world.host(|c| c.task_suspend(process)).unwrap();
    let entry = EntryState::new(1, 1, 0, 0);
    many(&world, |c| {
        let thread = c.thread_create(process, b"", 0).unwrap();
        c.thread_start(thread, entry).unwrap();
        c.handle_close(thread).unwrap();
    });
    let list = || world.host(|c| koids(c, process, INFO_PROCESS_THREADS)).unwrap();
    assert_eq!(in_turns(&world, MANY, list).len() as u64, MANY + 1);
    let runtime = || world.host(|c| c.object_get_info(process, INFO_TASK_RUNTIME_V2)).unwrap();
    in_turns(&world, MANY, runtime);
    let other = in_turns(&world, MANY, || world.host(|c| c.task_suspend(process)).unwrap());
    world.machine.orders();
    world.host(|c| c.handle_close(other)).unwrap();
    assert_eq!(world.machine.orders(), []);
    in_turns(&world, MANY, || world.host(|c| c.handle_close(token)).unwrap());
    let released = |order: &Order| matches!(order, Order::Release { .. });
    assert_eq!(world.machine.orders().into_iter().filter(released).count() as u64, MANY + 1);
    guest.finish();
}

#[test]
fn the_handles_of_a_process_are_described_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo = world.host(|c| c.vmo_create(PAGE, 0)).unwrap();
    many(&world, |c| {
        let copy = c.handle_duplicate(vmo, SAME).unwrap();
        assert_ne!(c.handle_transfer(copy, guest.koid).unwrap(), 0);
    });
    let process = guest.process;
    for (topic, records) in [
        (INFO_HANDLE_TABLE, MANY),
        (INFO_PROCESS_HANDLE_STATS, 1),
        (INFO_PROCESS_VMOS_V4, MANY + 3),
    ] {
        let told = in_turns(&world, MANY, || world.host(|c| info(c, process, topic)));
        assert_eq!(told as u64, records, "{topic:#x}");
    }
    guest.finish();
}

#[test]
fn the_pages_of_a_vmo_are_counted_in_turns() {
    let world = World::new();
    let pages = 10_000;
    let vmo = world.host(|c| c.vmo_create(pages * PAGE, 0)).unwrap();
    world.host(|c| c.vmo_op_range(vmo, VmoOp::Commit as u32, 0, pages * PAGE)).unwrap();
    let told = in_turns(&world, pages, || world.host(|c| vmo_info(c, vmo)));
    assert_eq!(told.v1.committed_bytes, pages * PAGE);
    assert_eq!(world.host(|c| info(c, vmo, INFO_VMO_V4)), 1);
}

#[test]
fn the_mappings_of_a_process_are_described_in_turns() {
    let world = World::new();
    let Crowded { guest, vmar, base, .. } = crowded(&world);
    let process = guest.process;
    let maps = |handle, topic| {
        let info = world.host(|c| c.object_get_info(handle, topic)).unwrap();
        let records = info.bytes.chunks_exact(info.record_size);
        Vec::from_iter(records.map(|record| InfoMaps::read_from_bytes(record).unwrap()))
    };
    let told = in_turns(&world, MANY, || maps(process, INFO_PROCESS_MAPS_V3));
    // In pre-order: by address, and what is in another after it.
    assert!(told.is_sorted_by_key(|record| (record.base, record.depth)));
    let below = in_turns(&world, MANY, || maps(vmar, INFO_VMAR_MAPS));
    let places = |records: &[InfoMaps]| {
        Vec::from_iter(records.iter().map(|record| (record.base, record.depth)))
    };
    let expected = (0..MANY).map(|index| (base + index * PAGE, 1));
    assert!(places(&below) == Vec::from_iter([(base, 0)].into_iter().chain(expected)));
    // Itself and its root VMAR, the vDSO, the memory of a guest with its VMAR, and these.
    assert_eq!(told.len(), 2 + 4 + below.len());
    assert_eq!(in_turns(&world, MANY, || world.host(|c| info(c, process, INFO_TASK_STATS_V2))), 1);
    let lines = in_turns(&world, MANY, || world.host(|c| c.process_maps(process)).unwrap());
    assert_eq!(lines.len(), told.len() - 1);
    guest.finish();
}

#[test]
fn many_mappings_get_other_permissions_in_turns_or_none_does() {
    let world = World::new();
    let Crowded { guest, vmar, base, vmo } = crowded(&world);
    let writable = |world: &World| {
        let maps = world.host(|c| c.process_maps(guest.process)).unwrap();
        let written = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
        let mapped = maps.into_iter().filter(|line| line.base >= base);
        mapped.filter(|line| matches!(line.kind, MappingKind::Mapping { permissions, .. } if permissions == written)).count()
    };
    let all = writable(&world);
    let protect = || world.host(|c| c.vmar_protect(vmar, READ, base, CROWDED_LEN));
    // The last one may not be written at all.
    let last = CROWDED_LEN - PAGE;
    world.host(|c| c.vmar_unmap(vmar, base + last, PAGE)).unwrap();
    assert_eq!(protect(), Err(Status::NOT_FOUND));
    assert_eq!(writable(&world), all - 1);
    world.host(|c| c.vmar_map(vmar, READ | WRITE | SPECIFIC, last, vmo, 0, PAGE)).unwrap();
    world.machine.orders();
    in_turns(&world, 2 * MANY, || protect().unwrap());
    assert_eq!(writable(&world) as u64, all as u64 - MANY);
    let protected = world.machine.orders().into_iter().map(|order| match order {
        Order::Protect { len, .. } => len,
        other => panic!("{other:?}"),
    });
    assert_eq!(protected.sum::<u64>(), CROWDED_LEN);
    guest.finish();
}

#[test]
fn many_mappings_are_worked_on_in_turns() {
    let world = World::new();
    let Crowded { guest, vmar, base, vmo } = crowded(&world);
    let op = VmarOp::Commit as u32;
    in_turns(&world, MANY, || {
        world.host(|c| c.vmar_op_range(vmar, op, base, CROWDED_LEN)).unwrap();
    });
    assert_eq!(world.host(|c| vmo_info(c, vmo)).v1.committed_bytes, PAGE);
    guest.finish();
}

#[test]
fn a_vmar_with_many_mappings_is_dead_at_once_and_goes_in_turns() {
    for by_parent in [false, true] {
        let world = World::new();
        let Crowded { guest, vmar, base, vmo } = crowded(&world);
        let root = guest.root_vmar;
        in_turns(&world, MANY, || {
            world.host(|c| {
                match by_parent {
                    true => c.vmar_unmap(root, base, CROWDED_LEN).unwrap(),
                    false => c.vmar_destroy(vmar).unwrap(),
                }
                // What is still to be given up is not in the way.
                let at = base - c.process_maps(guest.process).unwrap()[0].base;
                c.vmar_map(root, READ | SPECIFIC, at, vmo, 0, PAGE).unwrap();
                assert_eq!(c.vmar_map(vmar, READ, 0, vmo, 0, PAGE), Err(Status::BAD_STATE));
            });
        });
        assert_eq!(world.host(|c| vmo_info(c, vmo)).v1.num_mappings, 1);
        let unmapped = Order::Unmap { process: guest.koid, base, len: CROWDED_LEN };
        assert_eq!(world.machine.orders()[0], unmapped);
        guest.finish();
    }
}

#[test]
fn a_vmar_in_one_that_is_destroyed_is_dead_at_once() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo = world.host(|c| c.vmo_create(PAGE, 0)).unwrap();
    let (outer, inner) = world.host(|c| {
        let len = CROWDED_LEN + PAGE;
        let (outer, _) = c.vmar_allocate(guest.root_vmar, CAN_MAP, 0, len).unwrap();
        // Behind all else, so that it goes last.
        let last = CAN_MAP | SPECIFIC;
        let (inner, _) = c.vmar_allocate(outer, last, CROWDED_LEN, PAGE).unwrap();
        (outer, inner)
    });
    many(&world, |c| assert!(c.vmar_map(outer, READ, 0, vmo, 0, PAGE).is_ok()));
    world.host(|c| {
        c.vmar_destroy(outer).unwrap();
        assert_eq!(c.vmar_map(inner, READ, 0, vmo, 0, PAGE), Err(Status::BAD_STATE));
        assert_eq!(c.vmar_destroy(inner), Err(Status::BAD_STATE));
    });
    assert_eq!(world.host(|c| vmo_info(c, vmo)).v1.num_mappings, 0);
    guest.finish();
}

#[test]
fn one_mapping_takes_the_place_of_many_in_turns() {
    let world = World::new();
    let Crowded { guest, vmar, vmo, .. } = crowded(&world);
    let large = world.host(|c| c.vmo_create(CROWDED_LEN, 0)).unwrap();
    let overwrite = READ | VmOptions::SPECIFIC_OVERWRITE.bits();
    in_turns(&world, MANY, || {
        world.host(|c| c.vmar_map(vmar, overwrite, 0, large, 0, CROWDED_LEN)).unwrap();
    });
    let mappings = |vmo| world.host(|c| vmo_info(c, vmo)).v1.num_mappings;
    assert_eq!((mappings(vmo), mappings(large)), (0, 1));
    guest.finish();
}

/// A process with `MANY` mappings that is ready to start: itself, its thread, its VMAR and the VMO.
fn ready(world: &World) -> (u32, u32, u32, u64, u32) {
    let root = world.root_job();
    let (process, vmar, thread, vmo) = world.host(|c| {
        let (process, vmar) = c.process_create(root, b"", 0).unwrap();
        let thread = c.thread_create(process, b"", 0).unwrap();
        (process, vmar, thread, c.vmo_create(PAGE, 0).unwrap())
    });
    let mut at = 0;
    many(world, |c| {
        c.vmar_map(vmar, READ | WRITE | SPECIFIC, at, vmo, 0, PAGE).unwrap();
        at += 2 * PAGE;
    });
    let base = world.host(|c| c.process_maps(process)).unwrap()[0].base;
    (process, thread, vmar, base, vmo)
}

fn start(c: &mut Caller<'_>, process: u32, thread: u32) {
    c.process_start(process, thread, 1, 1, 0, 0).unwrap();
}

#[test]
fn a_process_with_many_mappings_starts_in_turns() {
    let world = World::new();
    let (process, thread, ..) = ready(&world);
    in_turns(&world, MANY, || world.host(|c| start(c, process, thread)));
    let orders = world.machine.orders();
    let (Some(Order::Start { mappings: last, .. }), prepared) = (orders.last(), &orders) else {
        panic!("{orders:?}")
    };
    let prepared = prepared.iter().filter_map(|order| match order {
        Order::Prepare { mappings, .. } => Some(mappings),
        _ => None,
    });
    let told = Vec::from_iter(prepared.flatten().chain(last));
    assert_eq!(told.len() as u64, MANY);
    assert!(told.is_sorted_by_key(|place| place.base));
}

#[test]
fn what_changes_while_a_process_starts_reaches_it() {
    let world = World::new();
    let (process, thread, vmar, base, vmo) = ready(&world);
    world.host(|c| {
        start(c, process, thread);
        // The first mappings are told by now, the last ones are not.
        let page = |index: u64| base + index * PAGE;
        c.vmar_map(vmar, READ | SPECIFIC, PAGE, vmo, 0, PAGE).unwrap();
        c.vmar_unmap(vmar, page(2), PAGE).unwrap();
        c.vmar_protect(vmar, READ, page(4), PAGE).unwrap();
        c.vmar_map(vmar, READ | SPECIFIC, (2 * MANY - 1) * PAGE, vmo, 0, PAGE).unwrap();
        c.vmar_unmap(vmar, page(2 * MANY - 2), PAGE).unwrap();
        c.vmar_protect(vmar, READ, page(2 * MANY - 4), PAGE).unwrap();
        // Held back until the first one has begun.
        let other = c.thread_create(process, b"", 0).unwrap();
        let entry = EntryState::new(2, 2, 0, 0);
        c.thread_start(other, entry).unwrap();
    });
    let orders = world.machine.orders();
    let mut mapped = std::collections::BTreeMap::new();
    let writable = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    for order in &orders {
        match order {
            Order::Prepare { mappings, .. } | Order::Start { mappings, .. } => {
                mapped.extend(mappings.iter().map(|place| (place.base, place.permissions)));
            }
            Order::Map { place, .. } => {
                assert_eq!(mapped.insert(place.base, place.permissions), None);
            }
            Order::Unmap { base, .. } => drop(mapped.remove(base)),
            Order::Protect { base, permissions, .. } => {
                assert_eq!(mapped.insert(*base, *permissions), Some(writable));
            }
            _ => {}
        }
    }
    let readable = VmOptions::PERM_READ;
    let mut expected: std::collections::BTreeMap<_, _> =
        (0..MANY).map(|index| (base + 2 * index * PAGE, writable)).collect();
    for index in [1, 4, 2 * MANY - 4, 2 * MANY - 1] {
        expected.insert(base + index * PAGE, readable);
    }
    for index in [2, 2 * MANY - 2] {
        expected.remove(&(base + index * PAGE));
    }
    assert!(mapped == expected);
    let at = |wanted: fn(&Order) -> bool| orders.iter().position(wanted).unwrap();
    let first = at(|order| matches!(order, Order::Start { .. }));
    assert!(first < at(|order| matches!(order, Order::StartThread { .. })));
}

#[test]
fn a_process_that_is_killed_while_it_starts_never_begins() {
    let world = World::new();
    let (process, thread, ..) = ready(&world);
    world.host(|c| {
        start(c, process, thread);
        c.task_kill(process).unwrap();
    });
    let koid = world.koid(process);
    let orders = world.machine.orders();
    assert!(orders.iter().all(|order| !matches!(order, Order::Start { .. })));
    assert_eq!(orders.last(), Some(&Order::Kill { process: koid }));
    world.kernel.process_gone(koid);
    assert!(world.signals(process).contains(Signals::TASK_TERMINATED));
}

#[test]
fn a_crash_report_has_all_mappings_and_is_made_in_turns() {
    let world = World::new();
    let Crowded { guest, .. } = crowded(&world);
    let before = world.host(|c| c.process_maps(guest.process)).unwrap();
    in_turns(&world, 0, || {
        world.kernel.exception(guest.koid, guest.thread_koid, fault(0));
    });
    assert_eq!(world.host(|c| c.process_crash_report(guest.process)), Ok(None));
    in_turns(&world, MANY, || guest.gone());
    assert!(world.signals(guest.process).contains(Signals::TASK_TERMINATED));
    let report = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
    assert!(report.mappings == before);
    guest.finish();
}

#[test]
fn vmars_are_one_in_the_other_up_to_a_limit() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        let mut vmar = guest.root_vmar;
        for _ in 0..VMAR_MAX_DEPTH {
            (vmar, _) = c.vmar_allocate(vmar, CAN_MAP, 0, 1 << 30).unwrap();
        }
        assert_eq!(c.vmar_allocate(vmar, CAN_MAP, 0, PAGE), Err(Status::NO_MEMORY));
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmar_map(vmar, READ, 0, vmo, 0, PAGE).unwrap();
        let maps = c.process_maps(guest.process).unwrap();
        assert_eq!(maps.iter().map(|line| line.depth).max(), Some(VMAR_MAX_DEPTH + 1));
    });
    guest.finish();
}

#[test]
fn a_port_full_of_packets_is_closed_in_turns() {
    let world = World::new();
    let before = world.stats();
    let (event, port) = world.host(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    world.host(|c| c.object_signal(event, 0, Signals::SIGNALED.bits())).unwrap();
    many(&world, |c| c.object_wait_async(event, port, 1, Signals::SIGNALED, 0).unwrap());
    assert_eq!(world.stats().packets, MANY as usize);
    in_turns(&world, MANY, || world.host(|c| c.handle_close(port)).unwrap());
    world.host(|c| c.handle_close(event)).unwrap();
    assert_eq!(world.stats(), before);
}

/// Further threads of a guest that run: their koids.
fn threads(world: &World, guest: &Guest<'_>, count: usize) -> Vec<Koid> {
    let entry = EntryState::new(1, 1, 0, 0);
    let thread = |_| {
        let thread = world.host(|c| {
            let thread = c.thread_create(guest.process, b"", 0).unwrap();
            c.thread_start(thread, entry).unwrap();
            thread
        });
        let koid = world.koid(thread);
        world.host(|c| c.handle_close(thread)).unwrap();
        koid
    };
    (0..count).map(thread).collect()
}

#[test]
fn the_waits_of_the_threads_of_a_killed_process_end_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let items: Vec<u32> = (0..WAIT_MANY_MAX_ITEMS).flat_map(|_| [event, 8, 0]).collect();
    guest.poke_words(0, &items);
    let wait = [guest.at(0), WAIT_MANY_MAX_ITEMS as u64, FOREVER, 0, 0, 0, 0, 0];
    for thread in threads(&world, &guest, 100) {
        let outcome =
            world.kernel.syscall(guest.koid, thread, number(Syscall::ObjectWaitMany), wait);
        assert_eq!(outcome, SyscallOutcome::Blocked);
    }
    in_turns(&world, 6400, || world.host(|c| c.task_kill(guest.process)).unwrap());
    assert_eq!((world.stats().waits, world.stats().observers), (0, 0));
    guest.finish();
}

#[test]
fn a_packet_goes_to_no_thread_of_a_process_that_has_been_killed() {
    let world = World::new();
    let (killed, other) = (Guest::start(&world), Guest::start(&world));
    let (event, port) = world.host(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    let other_port = world.host(|c| c.port_create(0)).unwrap();
    for guest in [&killed, &other] {
        let copy = world.host(|c| c.handle_duplicate(port, SAME)).unwrap();
        let wait = [guest.receive(copy).into(), FOREVER, guest.at(0), 0, 0, 0, 0, 0];
        // The last of its threads, so that the others end before it.
        let thread = threads(&world, guest, 100)[99];
        let outcome = world.kernel.syscall(guest.koid, thread, number(Syscall::PortWait), wait);
        assert_eq!(outcome, SyscallOutcome::Blocked);
    }
    many(&world, |c| {
        assert!(c.object_wait_async(event, other_port, 1, Signals::SIGNALED, 0).is_ok())
    });
    world.machine.orders();
    world.host(|c| {
        // So much to do that the kill is not done with when the packet comes.
        c.object_signal(event, 0, Signals::SIGNALED.bits()).unwrap();
        c.task_kill(killed.process).unwrap();
        c.port_queue(port, PortPacket::default()).unwrap();
    });
    let resumed = world.machine.orders().into_iter().filter_map(|order| match order {
        Order::Resume { process, .. } => Some(process),
        _ => None,
    });
    assert_eq!(Vec::from_iter(resumed), [other.koid]);
    assert_eq!((world.stats().packets as u64, world.stats().waits), (MANY, 0));
    killed.finish();
    other.finish();
}
