//! The same calls from guests: arguments in registers, data in their own memory.

use zerocopy::FromBytes;
use zx_abi::{
    INFO_PROCESS_MAPS_V3, InfoMaps, InfoProcess, PolicyAction, PolicyCondition, Status, Syscall,
    VmOptions, VmarOp, VmoLockState, VmoOp, VmoOptions,
};

use crate::support::{Guest, PAGE, SAME, World};

/// Gives the guest a duplicate of one of the host's handles.
fn lend(world: &World, guest: &Guest<'_>, handle: u32) -> u64 {
    let again = world.host(|c| c.handle_duplicate(handle, SAME)).unwrap();
    guest.receive(again).into()
}

#[test]
fn stream_sizes_cross_the_door() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo: u64 = guest.create(Syscall::VmoCreate, &[100, 0, guest.at(0)]).unwrap().into();
    guest.call(Syscall::VmoGetStreamSize, &[vmo, guest.at(8)]).unwrap();
    assert_eq!(guest.long(8), 100);
    guest.call(Syscall::VmoSetStreamSize, &[vmo, 7]).unwrap();
    guest.call(Syscall::VmoGetStreamSize, &[vmo, guest.at(8)]).unwrap();
    assert_eq!(guest.long(8), 7);
    let fault = guest.call(Syscall::VmoGetStreamSize, &[vmo, guest.read_only()]);
    assert_eq!(fault, Err(Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn locks_write_their_state_or_are_undone() {
    let world = World::new();
    let guest = Guest::start(&world);
    let options = VmoOptions::DISCARDABLE.bits().into();
    let vmo: u64 = guest.create(Syscall::VmoCreate, &[PAGE, options, guest.at(0)]).unwrap().into();
    let (lock, unlock) = (VmoOp::Lock as u64, VmoOp::Unlock as u64);
    let call =
        |op, buffer, size| guest.call(Syscall::VmoOpRange, &[vmo, op, 0, PAGE, buffer, size]);
    for (buffer, size) in [(guest.at(8), 31), (guest.read_only(), 32), (guest.unmapped(), 32)] {
        assert_eq!(call(lock, buffer, size), Err(Status::INVALID_ARGS));
        assert_eq!(call(unlock, 0, 0), Err(Status::BAD_STATE));
    }
    call(lock, guest.at(8), 32).unwrap();
    let state = VmoLockState::read_from_bytes(&guest.peek::<32>(8)).unwrap();
    let expected = VmoLockState { offset: 0, size: PAGE, discarded_offset: 0, discarded_size: 0 };
    assert_eq!(state, expected);
    call(unlock, 0, 0).unwrap();
    assert_eq!(call(VmoOp::Zero as u64, 0, 0), Ok(()));
    guest.finish();
}

#[test]
fn memory_calls_cross_the_door() {
    let world = World::new();
    let guest = Guest::start(&world);
    let create = || u64::from(guest.create(Syscall::VmoCreate, &[PAGE, 0, guest.at(0)]).unwrap());
    let (from, to) = (create(), create());
    guest.poke(16, b"moved");
    guest.call(Syscall::VmoWrite, &[from, guest.at(16), 0, 5]).unwrap();
    guest.call(Syscall::VmoTransferData, &[to, 0, 0, PAGE, from, 0]).unwrap();
    guest.call(Syscall::VmoRead, &[to, guest.at(32), 0, 5]).unwrap();
    assert_eq!(guest.peek(32), *b"moved");
    guest.call(Syscall::VmoSetCachePolicy, &[from, 1]).unwrap();
    let read = guest.call(Syscall::VmoRead, &[from, guest.at(32), 0, 5]);
    assert_eq!(read, Err(Status::BAD_STATE));
    let vmar = lend(&world, &guest, guest.root_vmar);
    let read_write = (VmOptions::PERM_READ | VmOptions::PERM_WRITE).bits().into();
    guest.call(Syscall::VmarMap, &[vmar, read_write, 0, to, 0, PAGE, guest.at(40)]).unwrap();
    let base = guest.long(40);
    let range = |op: VmarOp, buffer, size| {
        guest.call(Syscall::VmarOpRange, &[vmar, op as u64, base, PAGE, buffer, size])
    };
    assert_eq!(range(VmarOp::Zero, 1, 0), Err(Status::INVALID_ARGS));
    assert_eq!(range(VmarOp::Zero, 0, 1), Err(Status::INVALID_ARGS));
    assert_eq!(range(VmarOp::Zero, 0, 0), Ok(()));
    guest.call(Syscall::VmoRead, &[to, guest.at(32), 0, 5]).unwrap();
    assert_eq!(guest.peek(32), [0; 5]);
    guest.finish();
}

#[test]
fn other_processes_memory_crosses_the_door() {
    let world = World::new();
    let guest = Guest::start(&world);
    let root = world.root_job();
    let (other, vmo, base, handles) = world.host(|c| {
        let (process, vmar) = c.process_create(root, b"other", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, b"secret").unwrap();
        let base = c.vmar_map(vmar, 1, 0, vmo, 0, PAGE).unwrap();
        (process, vmo, base, [process, vmar])
    });
    let process = lend(&world, &guest, other);
    let read = |buffer, size, actual| {
        guest.call(Syscall::ProcessReadMemory, &[process, base, buffer, size, actual])
    };
    assert_eq!(read(0, 6, guest.at(64)), Err(Status::INVALID_ARGS));
    assert_eq!(read(guest.at(0), 0, guest.at(64)), Err(Status::INVALID_ARGS));
    assert_eq!(read(guest.at(0), 6, 0), Err(Status::INVALID_ARGS));
    assert_eq!(read(guest.read_only(), 6, guest.at(64)), Err(Status::INVALID_ARGS));
    read(guest.at(0), 6, guest.at(64)).unwrap();
    assert_eq!((guest.peek(0), guest.long(64)), (*b"secret", 6));
    // More than there is: clipped, and the guest's buffer need not hold more.
    read(guest.at(PAGE), PAGE + 1, guest.at(64)).unwrap();
    assert_eq!(guest.long(64), PAGE);
    guest.poke(0, b"public");
    let write = |address, buffer, size| {
        let args = [process, address, buffer, size, guest.at(64)];
        guest.call(Syscall::ProcessWriteMemory, &args)
    };
    assert_eq!(write(base, 0, 6), Err(Status::INVALID_ARGS));
    assert_eq!(write(base, guest.unmapped(), 6), Err(Status::INVALID_ARGS));
    assert_eq!(write(base + PAGE, guest.at(0), 6), Err(Status::NO_MEMORY));
    write(base + PAGE - 3, guest.at(0), 6).unwrap();
    assert_eq!(guest.long(64), 3);
    let found = world.host(|c| crate::support::bytes(c, vmo, PAGE - 3, 3));
    assert_eq!(found, b"pub");
    world.host(|c| c.handle_close_many(&handles)).unwrap();
    world.host(|c| c.handle_close(vmo)).unwrap();
    guest.finish();
}

/// A job of the host's and the guest's handle to it.
fn job(world: &World, guest: &Guest<'_>) -> (u32, u64) {
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    (job, lend(world, guest, job))
}

/// What a policy says to a context in a job: whether it may create events.
fn may_create_events(world: &World, job: u32) -> bool {
    let context = world.host(|c| c.context_create(job, b"c")).unwrap();
    world.as_process(context, |c| {
        let event = c.event_create(0);
        c.context_close();
        event.is_ok()
    })
}

#[test]
fn raw_policies_are_judged_in_upstreams_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (_, job) = job(&world, &guest);
    let (v1, v2, slack) = (0u64, 0x0100_0000u64, 1u64);
    let (event, deny) = (PolicyCondition::NewEvent as u32, PolicyAction::Deny as u32);
    guest.poke_words(0, &[event, deny, 0, 99, deny, 0]);
    guest.poke_words(32, &[event, 5, 0]);
    guest.poke_words(48, &[event, deny, 2]);
    guest.poke_words(64, &[u32::MAX, u32::MAX, 0, 0]);
    let at = |offset| guest.at(offset);
    for (job, options, topic, policy, count, status) in [
        (9, 9, 2, 0, 0, Status::INVALID_ARGS),
        (9, 2, v1, at(0), 1, Status::INVALID_ARGS),
        (9, 0, v1, 0, 1, Status::INVALID_ARGS),
        (9, 0, v1, at(0), 0, Status::INVALID_ARGS),
        (9, 0, v2, at(0), 33, Status::INVALID_ARGS),
        (9, 0, v1, guest.unmapped(), 1, Status::INVALID_ARGS),
        (9, 0, v1, at(0), 1, Status::BAD_HANDLE),
        (job, 0, v2, at(0), 19, Status::OUT_OF_RANGE),
        (job, 0, v2, at(0), 2, Status::INVALID_ARGS),
        (job, 0, v2, at(32), 1, Status::NOT_SUPPORTED),
        (job, 0, v2, at(48), 1, Status::INVALID_ARGS),
        (9, 1, slack, at(0), 1, Status::INVALID_ARGS),
        (9, 0, slack, at(0), 2, Status::INVALID_ARGS),
        (9, 0, slack, 0, 1, Status::INVALID_ARGS),
        (9, 0, slack, at(64), 1, Status::BAD_HANDLE),
        (job, 0, slack, at(64), 1, Status::INVALID_ARGS),
    ] {
        let args = [job, options, topic, policy, count];
        assert_eq!(guest.call(Syscall::JobSetPolicy, &args), Err(status), "{args:x?}");
    }
    guest.finish();
}

#[test]
fn an_entry_of_version_1_is_final_and_one_of_version_2_says() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (event, deny) = (PolicyCondition::NewEvent as u32, PolicyAction::Deny as u32);
    guest.poke_words(0, &[event, deny, 0]);
    guest.poke_words(16, &[event, deny, 1]);
    guest.poke_words(32, &[event, PolicyAction::Allow as u32, 1]);
    for (topic, policy, is_final) in
        [(0, 0, true), (0x0100_0000, 0, false), (0x0100_0000, 16, true)]
    {
        let (job, own) = job(&world, &guest);
        guest.call(Syscall::JobSetPolicy, &[own, 1, topic, guest.at(policy), 1]).unwrap();
        assert!(!may_create_events(&world, job));
        guest.call(Syscall::JobCreate, &[own, 0, guest.at(100)]).unwrap();
        let inner = guest.word(100).into();
        let allow = [inner, 1, 0x0100_0000, guest.at(32), 1];
        let result = guest.call(Syscall::JobSetPolicy, &allow);
        let expected = if is_final { Err(Status::ALREADY_EXISTS) } else { Ok(()) };
        assert_eq!(result, expected, "{topic:#x} {policy}");
    }
    guest.finish();
}

#[test]
fn task_calls_cross_the_door() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (job, own_job) = job(&world, &guest);
    let (process, vmar) = world.host(|c| c.process_create(job, b"p", 0)).unwrap();
    let koid = world.koid(process);
    let args = [own_job, koid, SAME.into(), guest.at(0)];
    let child: u64 = guest.create(Syscall::ObjectGetChild, &args).unwrap().into();
    assert_eq!(guest.call(Syscall::ObjectGetChild, &[own_job, 1, 0, 0]), Err(Status::NOT_FOUND));
    guest.call(Syscall::JobSetCritical, &[own_job, 0, child]).unwrap();
    let again = guest.call(Syscall::JobSetCritical, &[own_job, 0, child]);
    assert_eq!(again, Err(Status::ALREADY_BOUND));
    let token = guest.create(Syscall::TaskSuspendToken, &[child, guest.at(0)]).unwrap();
    guest.call(Syscall::HandleClose, &[token.into()]).unwrap();
    let name = (guest.at(0), 4);
    let out = (guest.at(8), guest.at(16));
    for (shared, options, name, status) in [
        (9, 1, name.0, Status::INVALID_ARGS),
        (9, 0, guest.unmapped(), Status::INVALID_ARGS),
        (9, 0, name.0, Status::BAD_HANDLE),
        (own_job, 0, name.0, Status::WRONG_TYPE),
        (child, 0, name.0, Status::NOT_SUPPORTED),
    ] {
        let args = [shared, options, name, 4, out.0, out.1];
        assert_eq!(guest.call(Syscall::ProcessCreateShared, &args), Err(status));
    }
    guest.call(Syscall::TaskKill, &[child]).unwrap();
    let dead: InfoProcess =
        world.host(|c| crate::support::info(c, process, zx_abi::INFO_PROCESS)).unwrap();
    assert_eq!(dead.return_code, zx_abi::TASK_RETCODE_SYSCALL_KILL);
    world.host(|c| c.handle_close_many(&[process, vmar, job])).unwrap();
    guest.finish();
}

#[test]
fn a_process_reads_its_own_maps_record_by_record() {
    let world = World::new();
    let guest = Guest::start(&world);
    let process = lend(&world, &guest, guest.process);
    let topic = INFO_PROCESS_MAPS_V3.into();
    let (actual, avail) = (guest.at(PAGE), guest.at(PAGE + 8));
    // Room for two and a half.
    guest.call(Syscall::ObjectGetInfo, &[process, topic, guest.at(0), 380, actual, avail]).unwrap();
    let total = world.host(|c| c.process_maps(guest.process)).unwrap().len() as u64 + 1;
    assert_eq!((guest.long(PAGE), guest.long(PAGE + 8)), (2, total));
    let first = InfoMaps::read_from_bytes(&guest.peek::<152>(0)).unwrap();
    assert_eq!(first.kind, zx_abi::INFO_MAPS_TYPE_ASPACE);
    assert_eq!(guest.peek::<76>(304), [0; 76]);
    guest.finish();
}
