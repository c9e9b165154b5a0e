//! Events of the whole system, and calls that do little.

use kernel_sim::{Caller, Name, SyscallOutcome};
use zx_abi::{
    Abi, RSRC_SYSTEM_DEBUGLOG_BASE, RSRC_SYSTEM_STALL_BASE, ResourceKind, Rights, Signals, Status,
    Syscall,
};

use crate::support::{Guest, World, basic, without};

#[test]
fn memory_pressure_is_normal() {
    let world = World::null();
    let root = world.root_job();
    let events: Vec<u32> =
        (1..=5).map(|kind| world.host(|c| c.system_get_event(root, kind)).unwrap()).collect();
    for (index, event) in events.iter().enumerate() {
        let signals = if index == 3 { Signals::SIGNALED } else { Signals::empty() };
        assert_eq!(world.signals(*event), signals, "{index}");
        let rights = world.host(|c| basic(c, *event)).rights;
        assert_eq!(rights, (Rights::DUPLICATE | Rights::TRANSFER | Rights::WAIT).bits());
    }
    // It is the same one each time, whether anybody has it or not.
    let koid = world.koid(events[3]);
    world.host(|c| c.handle_close_many(&events)).unwrap();
    let again = world.host(|c| c.system_get_event(root, 4)).unwrap();
    assert_eq!(world.koid(again), koid);
}

#[test]
fn only_the_root_job_gets_events_of_the_system() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let weak = without(c, root, Rights::MANAGE_PROCESS);
        let nothing = c.handle_duplicate(root, 0).unwrap();
        for (handle, kind, status) in [
            (9, 0, Status::BAD_HANDLE),
            (event, 0, Status::WRONG_TYPE),
            (job, 0, Status::ACCESS_DENIED),
            (weak, 1, Status::ACCESS_DENIED),
            (root, 0, Status::INVALID_ARGS),
            (root, 6, Status::INVALID_ARGS),
        ] {
            assert_eq!(c.system_get_event(handle, kind), Err(status), "{kind}");
        }
        assert!(c.system_get_event(nothing, 2).is_ok());
    });
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let job = u64::from(guest.receive(world.root_job()));
    let get = |kind| guest.call(Syscall::SystemGetEvent, &[job, kind, guest.at(0)]);
    assert_eq!((get(4), get(5)), (Ok(()), Err(Status::INVALID_ARGS)));
    guest.finish();
}

#[test]
fn nobody_stalls_for_memory() {
    const SECOND: i64 = 1_000_000_000;
    let world = World::null();
    world.host(|c| {
        let all = c.whole_resource(ResourceKind::System, Name::default()).unwrap();
        let part = |c: &mut Caller<'_>, base| {
            let options = ResourceKind::System as u32;
            c.resource_create(all, options, (base, 1), Ok(Name::default())).unwrap()
        };
        let (stall, other) = (part(c, RSRC_SYSTEM_STALL_BASE), part(c, RSRC_SYSTEM_DEBUGLOG_BASE));
        let mmio = c.whole_resource(ResourceKind::Mmio, Name::default()).unwrap();
        let event = c.event_create(0).unwrap();
        for (resource, kind, threshold, window, status) in [
            (9, 2, SECOND, 10 * SECOND + 1, Status::INVALID_ARGS),
            (9, 2, 0, SECOND, Status::INVALID_ARGS),
            (9, 2, -1, 0, Status::INVALID_ARGS),
            (9, 2, SECOND + 1, SECOND, Status::INVALID_ARGS),
            (9, 2, SECOND, SECOND, Status::BAD_HANDLE),
            (event, 2, 1, SECOND, Status::WRONG_TYPE),
            (mmio, 2, 1, SECOND, Status::WRONG_TYPE),
            (other, 2, 1, SECOND, Status::OUT_OF_RANGE),
            (stall, 2, 1, SECOND, Status::INVALID_ARGS),
        ] {
            let watched = c.system_watch_memory_stall(resource, kind, threshold, window);
            assert_eq!(watched, Err(status), "{kind} {threshold} {window}");
        }
        for (kind, threshold, window) in [(0, 1, 1), (1, 10 * SECOND, 10 * SECOND)] {
            let watched = c.system_watch_memory_stall(stall, kind, threshold, window).unwrap();
            let rights = (Rights::DUPLICATE | Rights::TRANSFER | Rights::WAIT).bits();
            assert_eq!(basic(c, watched).rights, rights);
            let signals = c.object_wait_one(watched, Signals::SIGNALED, 0, 0);
            assert_eq!(signals, Err(Status::TIMED_OUT));
        }
    });
}

#[test]
fn randomness_takes_256_bytes_at_a_time() {
    let world = World::new();
    let guest = Guest::start(&world);
    let add = |at, len| guest.call(Syscall::CprngAddEntropy, &[at, len]);
    assert_eq!((add(guest.at(0), 256), add(0, 0)), (Ok(()), Ok(())));
    for (at, len) in [(guest.at(0), 257), (guest.unmapped(), 1), (0, u64::MAX)] {
        assert_eq!(add(at, len), Err(Status::INVALID_ARGS), "{len}");
    }
    guest.finish();
}

#[test]
fn barriers_and_yields_return() {
    let world = World::new();
    let guest = Guest::start(&world);
    for call in [Syscall::MembarrierSyncProcessData, Syscall::MembarrierSyncProcessInsn] {
        assert_eq!(guest.enter(call, &[]), SyscallOutcome::Return(0));
    }
    assert_eq!(guest.call(Syscall::ThreadLegacyYield, &[0]), Ok(()));
    assert_eq!(guest.call(Syscall::ThreadLegacyYield, &[1]), Err(Status::INVALID_ARGS));
    guest.finish();
}
