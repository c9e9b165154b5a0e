//! The guests' side of the calls: raw registers, data in guest memory, pointers that fault.

use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, INFO_HANDLE_BASIC, INFO_HANDLE_VALID,
    INFO_JOB_CHILDREN, INFO_JOB_PROCESSES, ObjectType, PAGE_SIZE, PROP_NAME, Rights,
    SOCKET_CAPACITY, Signals, Status, Syscall, VmOptions,
};

use crate::support::{Guest, Order, SAME, WRITABLE, World, without};

/// A pair of handles that a call wrote to `at(0)` and `at(4)`.
fn pair(guest: &Guest<'_>, call: Syscall) -> (u64, u64) {
    guest.call(call, &[0, guest.at(0), guest.at(4)]).unwrap();
    (guest.word(0).into(), guest.word(4).into())
}

#[test]
fn upper_halves_of_narrow_arguments_do_not_count() {
    let world = World::new();
    let guest = Guest::start(&world);
    let high = 0xdead_beef << 32;
    let event = guest.create(Syscall::EventCreate, &[high, guest.at(0)]).unwrap();
    let args = [high | u64::from(event), high, high | 8];
    assert_eq!(guest.call(Syscall::ObjectSignal, &args), Ok(()));
    guest.finish();
}

#[test]
fn new_handles_are_closed_again_when_they_cannot_be_handed_out() {
    let world = World::new();
    let guest = Guest::start(&world);
    let event = u64::from(guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap());
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[1, 0, guest.at(0)]).unwrap());
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let job = u64::from(guest.receive(world.root_job()));
    let good = guest.at(64);
    let before = world.stats();
    for bad in [0, guest.unmapped(), guest.read_only(), guest.base - 2, u64::MAX - 1, 1 << 63] {
        let calls: &[(Syscall, &[u64])] = &[
            (Syscall::EventCreate, &[0, bad]),
            (Syscall::HandleDuplicate, &[event, SAME.into(), bad]),
            (Syscall::ChannelCreate, &[0, bad, good]),
            (Syscall::ChannelCreate, &[0, good, bad]),
            (Syscall::SocketCreate, &[0, bad, good]),
            (Syscall::SocketCreate, &[0, good, bad]),
            (Syscall::FifoCreate, &[1, 1, 0, bad, good]),
            (Syscall::FifoCreate, &[1, 1, 0, good, bad]),
            (Syscall::StreamCreate, &[3, vmo, 0, bad]),
            (Syscall::InterruptCreate, &[0, 0, 16, bad]),
            (Syscall::EventpairCreate, &[0, bad, good]),
            (Syscall::EventpairCreate, &[0, good, bad]),
            (Syscall::DebuglogCreate, &[0, 0, bad]),
            (Syscall::VmoCreate, &[PAGE_SIZE, 0, bad]),
            (Syscall::VmoCreateChild, &[vmo, 1, 0, PAGE_SIZE, bad]),
            (Syscall::PagerCreate, &[0, bad]),
            (Syscall::VmarAllocate, &[vmar, 0, 0, PAGE_SIZE, bad, good]),
            (Syscall::VmarAllocate, &[vmar, 0, 0, PAGE_SIZE, good, bad]),
            (Syscall::VmarMap, &[vmar, 1, 0, vmo, 0, PAGE_SIZE, bad]),
            (Syscall::JobCreate, &[job, 0, bad]),
            (Syscall::ProcessCreate, &[job, good, 0, 0, bad, good]),
            (Syscall::ProcessCreate, &[job, good, 0, 0, good, bad]),
        ];
        for (call, args) in calls {
            assert_eq!(guest.call(*call, args), Err(Status::INVALID_ARGS), "{call:?} {bad:#x}");
            assert_eq!(world.stats(), before, "{call:?} {bad:#x}");
        }
    }
    // These take their handle all the same.
    let bad = guest.unmapped();
    let replace = guest.call(Syscall::HandleReplace, &[event, SAME.into(), bad]);
    assert_eq!(replace, Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::HandleClose, &[event]), Err(Status::BAD_HANDLE));
    let replace = guest.call(Syscall::VmoReplaceAsExecutable, &[vmo, 0, bad]);
    assert_eq!(replace, Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::HandleClose, &[vmo]), Err(Status::BAD_HANDLE));
    guest.finish();
}

#[test]
fn a_mapping_that_cannot_be_told_is_taken_back() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo = guest.create(Syscall::VmoCreate, &[1, 0, guest.at(0)]).unwrap();
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = guest.receive(vmar);
    let before = world.host(|c| c.process_maps(guest.process)).unwrap();
    world.machine.orders();
    let map = [vmar.into(), 1, 0, vmo.into(), 0, 1, guest.unmapped()];
    assert_eq!(guest.call(Syscall::VmarMap, &map), Err(Status::INVALID_ARGS));
    assert_eq!(world.host(|c| c.process_maps(guest.process)).unwrap(), before);
    let orders = world.machine.orders();
    let [Order::Map { place, .. }, Order::Unmap { base, len, .. }] = &orders[..] else {
        panic!("{orders:?}");
    };
    assert_eq!((*base, *len), (place.base, PAGE_SIZE));
    guest.finish();
}

#[test]
fn messages_cross_guest_memory() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest, Syscall::ChannelCreate);
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    // Across the boundary of two pages.
    let text = PAGE_SIZE - 3;
    guest.poke(text, b"hello");
    guest.poke_words(16, &[event]);
    let write = [near, 0, guest.at(text), 5, guest.at(16), 1];
    assert_eq!(guest.call(Syscall::ChannelWrite, &write), Ok(()));
    let (actual_bytes, actual_handles) = (guest.at(32), guest.at(36));
    let read = |max_bytes, max_handles| {
        let (bytes, handles) = (guest.at(100), guest.at(200));
        let args = [far, 0, bytes, handles, max_bytes, max_handles, actual_bytes, actual_handles];
        guest.call(Syscall::ChannelRead, &args)
    };
    assert_eq!(read(4, 1), Err(Status::BUFFER_TOO_SMALL));
    assert_eq!((guest.word(32), guest.word(36)), (5, 1));
    assert_eq!(read(0, 0), Err(Status::BUFFER_TOO_SMALL));
    assert_eq!(read(5, 1), Ok(()));
    assert_eq!((guest.word(32), guest.word(36)), (5, 1));
    assert_eq!(&guest.peek::<5>(100), b"hello");
    assert_eq!(guest.call(Syscall::HandleClose, &[guest.word(200).into()]), Ok(()));
    assert_eq!(read(5, 1), Err(Status::SHOULD_WAIT));
    guest.finish();
}

#[test]
fn a_message_whose_buffer_faults_is_lost_with_its_handles() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest, Syscall::ChannelCreate);
    let (good, bad) = (guest.at(64), guest.unmapped());
    for pointers in
        [[bad, good, 0, 0], [good, bad, 0, 0], [good, good, bad, 0], [good, good, 0, bad]]
    {
        let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
        guest.poke_words(0, &[event]);
        let write = [near, 0, guest.at(0), 8, guest.at(0), 1];
        guest.call(Syscall::ChannelWrite, &write).unwrap();
        let [bytes, handles, actual_bytes, actual_handles] = pointers;
        let read = [far, 0, bytes, handles, 8, 1, actual_bytes, actual_handles];
        assert_eq!(guest.call(Syscall::ChannelRead, &read), Err(Status::INVALID_ARGS));
        assert_eq!(guest.call(Syscall::ChannelRead, &read), Err(Status::SHOULD_WAIT));
        assert_eq!(world.count(ObjectType::Event), 0);
    }
    guest.finish();
}

#[test]
fn channel_write_judges_the_channel_before_its_data_and_takes_the_handles_anyway() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest, Syscall::ChannelCreate);
    let (closed, other) = pair(&guest, Syscall::ChannelCreate);
    guest.call(Syscall::HandleClose, &[other]).unwrap();
    let wrong = u64::from(guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap());
    let events = world.count(ObjectType::Event);
    let (data, bad) = (guest.at(0), guest.unmapped());
    let [bytes, handles] = [CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES].map(u64::from);
    for (channel, options, address, len, status) in [
        (9, 1, bad, bytes + 1, Status::INVALID_ARGS),
        (9, 0, bad, bytes + 1, Status::BAD_HANDLE),
        (wrong, 0, bad, bytes + 1, Status::WRONG_TYPE),
        (near, 0, bad, bytes + 1, Status::OUT_OF_RANGE),
        (near, 0, bad, 1, Status::INVALID_ARGS),
        (near, 0, data, WRITABLE + 2 * PAGE_SIZE, Status::INVALID_ARGS),
        (closed, 0, data, 1, Status::PEER_CLOSED),
    ] {
        let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
        guest.poke_words(512, &[event]);
        let args = [channel, options, address, len, guest.at(512), 1];
        assert_eq!(guest.call(Syscall::ChannelWrite, &args), Err(status));
        assert_eq!(world.count(ObjectType::Event), events, "{status:?}");
    }
    // One handle too many: all are consumed.
    let created: Vec<u32> = (0..=handles)
        .map(|_| guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap())
        .collect();
    guest.poke_words(512, &created);
    let args = [near, 0, 0, 0, guest.at(512), handles + 1];
    assert_eq!(guest.call(Syscall::ChannelWrite, &args), Err(Status::OUT_OF_RANGE));
    assert_eq!(world.count(ObjectType::Event), events);
    // A list that cannot be read.
    for (channel, status) in [(9, Status::BAD_HANDLE), (near, Status::INVALID_ARGS)] {
        for count in [1, u64::from(u32::MAX)] {
            let args = [channel, 0, 0, 0, bad, count];
            let expected = match (channel == near, count) {
                (true, 2..) => Status::OUT_OF_RANGE,
                _ => status,
            };
            assert_eq!(guest.call(Syscall::ChannelWrite, &args), Err(expected));
        }
    }
    let read = [far, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(guest.call(Syscall::ChannelRead, &read), Err(Status::SHOULD_WAIT));
    guest.finish();
}

#[test]
fn close_many_reads_its_list_in_pieces() {
    let world = World::new();
    let guest = Guest::start(&world);
    let list: Vec<u32> =
        (0..1500).map(|_| guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap()).collect();
    guest.poke_words(0, &list);
    assert_eq!(guest.call(Syscall::HandleCloseMany, &[guest.at(0), 1500]), Ok(()));
    assert_eq!(world.count(ObjectType::Event), 0);
    let again = guest.call(Syscall::HandleCloseMany, &[guest.at(0), 1500]);
    assert_eq!(again, Err(Status::BAD_HANDLE));
    for (address, count) in
        [(guest.unmapped(), 1), (guest.at(0), u64::MAX), (guest.at(0), 1 << 62), (u64::MAX - 3, 2)]
    {
        let result = guest.call(Syscall::HandleCloseMany, &[address, count]);
        assert_eq!(result, Err(Status::INVALID_ARGS), "{address:#x} {count:#x}");
    }
    assert_eq!(guest.call(Syscall::HandleCloseMany, &[guest.unmapped(), 0]), Ok(()));
    guest.finish();
}

#[test]
fn sockets_judge_their_state_before_the_data() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest, Syscall::SocketCreate);
    let (data, bad, actual) = (guest.at(0), guest.unmapped(), guest.at(128));
    let write = |socket, options, buffer, len| {
        guest.call(Syscall::SocketWrite, &[socket, options, buffer, len, actual])
    };
    let read = |socket, options, buffer, len| {
        guest.call(Syscall::SocketRead, &[socket, options, buffer, len, actual])
    };
    assert_eq!(write(9, 1, 0, 1), Err(Status::INVALID_ARGS));
    assert_eq!(write(9, 0, bad, 1), Err(Status::BAD_HANDLE));
    assert_eq!(write(near, 0, bad, 1), Err(Status::INVALID_ARGS));
    assert_eq!(write(near, 0, 0, 0), Ok(()));
    assert_eq!(guest.long(128), 0);
    guest.poke(0, b"hello");
    assert_eq!(write(near, 0, data, 5), Ok(()));
    assert_eq!(guest.long(128), 5);
    assert_eq!(read(9, 0, 0, 1), Err(Status::INVALID_ARGS));
    assert_eq!(read(9, 0, bad, 1), Err(Status::BAD_HANDLE));
    assert_eq!(read(far, 8, guest.at(64), 2), Ok(()));
    assert_eq!(read(far, 0, guest.at(64), u64::MAX), Ok(()));
    assert_eq!((&guest.peek::<5>(64), guest.long(128)), (b"hello", 5));
    // Full: the data is not even looked at.
    let koid = guest.koid;
    world.as_process(koid, |c| c.socket_write(near as u32, 0, &vec![0; SOCKET_CAPACITY])).unwrap();
    assert_eq!(write(near, 0, bad, 1), Err(Status::SHOULD_WAIT));
    assert_eq!(write(near, 0, 0, 0), Ok(()));
    guest.call(Syscall::HandleClose, &[far]).unwrap();
    assert_eq!(write(near, 0, bad, 1), Err(Status::PEER_CLOSED));
    guest.finish();
}

#[test]
fn vmo_data_crosses_guest_memory() {
    let world = World::new();
    let guest = Guest::start(&world);
    let size = 3 * 64 * 1024;
    let vmo = guest.create(Syscall::VmoCreate, &[size, 0, guest.at(0)]).unwrap();
    let vmo = u64::from(vmo);
    guest.poke(0, b"data");
    assert_eq!(guest.call(Syscall::VmoWrite, &[vmo, guest.at(0), size - 4, 4]), Ok(()));
    assert_eq!(guest.call(Syscall::VmoRead, &[vmo, guest.at(8), size - 4, 4]), Ok(()));
    assert_eq!(&guest.peek::<4>(8), b"data");
    for call in [Syscall::VmoRead, Syscall::VmoWrite] {
        let bad = guest.unmapped();
        assert_eq!(guest.call(call, &[9, bad, size, 1]), Err(Status::BAD_HANDLE));
        assert_eq!(guest.call(call, &[vmo, bad, size, 1]), Err(Status::OUT_OF_RANGE));
        assert_eq!(guest.call(call, &[vmo, bad, 1, u64::MAX]), Err(Status::OUT_OF_RANGE));
        assert_eq!(guest.call(call, &[vmo, bad, 0, 1]), Err(Status::INVALID_ARGS));
        assert_eq!(guest.call(call, &[vmo, u64::MAX, 0, size]), Err(Status::INVALID_ARGS));
        assert_eq!(guest.call(call, &[vmo, bad, 0, 0]), Ok(()));
    }
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, guest.at(16)]), Ok(()));
    assert_eq!(guest.long(16), size);
    let bad_out = guest.call(Syscall::VmoGetSize, &[vmo, 0]);
    assert_eq!(bad_out, Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::VmoSetSize, &[vmo, 0]), Err(Status::UNAVAILABLE));
    guest.finish();
}

#[test]
fn memory_calls_place_protect_and_remove() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[PAGE_SIZE, 0, guest.at(0)]).unwrap());
    let allocate =
        [vmar, VmOptions::CAN_MAP_RXW.bits().into(), 0, PAGE_SIZE, guest.at(0), guest.at(8)];
    guest.call(Syscall::VmarAllocate, &allocate).unwrap();
    let (child, start) = (u64::from(guest.word(0)), guest.long(8));
    guest.call(Syscall::VmarMap, &[child, 3, 0, vmo, 0, PAGE_SIZE, guest.at(8)]).unwrap();
    assert_eq!(guest.long(8), start);
    // The new memory serves calls at once, and with its permissions.
    let out = start + 100;
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out]), Ok(()));
    assert_eq!(guest.call(Syscall::VmarProtect, &[child, 1, start, PAGE_SIZE]), Ok(()));
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out]), Err(Status::INVALID_ARGS));
    let write = guest.call(Syscall::VmoWrite, &[vmo, out, 0, 8]);
    assert_eq!(write, Ok(()));
    assert_eq!(guest.call(Syscall::VmarUnmap, &[child, start, PAGE_SIZE]), Ok(()));
    let write = guest.call(Syscall::VmoWrite, &[vmo, out, 0, 8]);
    assert_eq!(write, Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::VmarDestroy, &[child]), Ok(()));
    assert_eq!(guest.call(Syscall::VmarDestroy, &[child]), Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn memory_beyond_a_shrunken_vmo_faults() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let size = 2 * PAGE_SIZE;
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[size, 2, guest.at(0)]).unwrap());
    guest.call(Syscall::VmarMap, &[vmar, 3, 0, vmo, 0, size, guest.at(8)]).unwrap();
    let out = guest.long(8) + PAGE_SIZE;
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out]), Ok(()));
    assert_eq!(guest.call(Syscall::VmoSetSize, &[vmo, PAGE_SIZE]), Ok(()));
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out]), Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out - 8]), Ok(()));
    assert_eq!(guest.call(Syscall::VmoGetSize, &[vmo, out - 4]), Err(Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn info_fills_what_fits() {
    let world = World::new();
    let guest = Guest::start(&world);
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let children: Vec<u32> =
        (0..3).map(|_| world.host(|c| c.job_create(job, 0)).unwrap()).collect();
    let koids: Vec<u64> = children.iter().map(|child| world.koid(*child)).collect();
    let job = u64::from(guest.receive(job));
    let (buffer, actual, avail) = (guest.at(0), guest.at(64), guest.at(72));
    let info = |handle, topic: u32, buffer, size| {
        guest.call(Syscall::ObjectGetInfo, &[handle, topic.into(), buffer, size, actual, avail])
    };
    let counts = || (guest.long(64), guest.long(72));
    // Lists are cut.
    for (size, copied) in [(0, 0), (7, 0), (8, 1), (23, 2), (24, 3), (64, 3)] {
        assert_eq!(info(job, INFO_JOB_CHILDREN, buffer, size), Ok(()));
        assert_eq!(counts(), (copied, 3));
    }
    assert_eq!([guest.long(0), guest.long(8), guest.long(16)], koids[..]);
    assert_eq!(info(job, INFO_JOB_PROCESSES, guest.unmapped(), 64), Ok(()));
    assert_eq!(counts(), (0, 0));
    // Records are not.
    assert_eq!(info(job, INFO_HANDLE_BASIC, buffer, 31), Err(Status::BUFFER_TOO_SMALL));
    assert_eq!(counts(), (0, 1));
    assert_eq!(info(job, INFO_HANDLE_BASIC, buffer, 32), Ok(()));
    assert_eq!(counts(), (1, 1));
    let faulting = info(job, INFO_HANDLE_BASIC, guest.unmapped(), 32);
    assert_eq!(faulting, Err(Status::INVALID_ARGS));
    assert_eq!(info(job, INFO_HANDLE_VALID, 0, 0), Ok(()));
    assert_eq!(info(9, INFO_HANDLE_VALID, 0, 0), Err(Status::BAD_HANDLE));
    // The counts are optional.
    let plain = [job, INFO_HANDLE_BASIC.into(), buffer, 32, 0, 0];
    assert_eq!(guest.call(Syscall::ObjectGetInfo, &plain), Ok(()));
    for child in children {
        world.host(|c| c.handle_close(child)).unwrap();
    }
    guest.finish();
}

#[test]
fn properties_judge_null_then_handle_then_data() {
    let world = World::new();
    let guest = Guest::start(&world);
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[0, 0, guest.at(0)]).unwrap());
    let name = PROP_NAME.into();
    let bad = guest.unmapped();
    for call in [Syscall::ObjectGetProperty, Syscall::ObjectSetProperty] {
        assert_eq!(guest.call(call, &[9, name, 0, 32]), Err(Status::INVALID_ARGS));
        assert_eq!(guest.call(call, &[9, name, bad, 32]), Err(Status::BAD_HANDLE));
        assert_eq!(guest.call(call, &[vmo, name, bad, 32]), Err(Status::INVALID_ARGS));
    }
    guest.poke(0, b"a name");
    let set = [vmo, name, guest.at(0), 6];
    assert_eq!(guest.call(Syscall::ObjectSetProperty, &set), Ok(()));
    let small = [vmo, name, guest.at(64), 31];
    assert_eq!(guest.call(Syscall::ObjectGetProperty, &small), Err(Status::BUFFER_TOO_SMALL));
    let get = [vmo, name, guest.at(64), 32];
    assert_eq!(guest.call(Syscall::ObjectGetProperty, &get), Ok(()));
    assert_eq!(&guest.peek::<7>(64), b"a name\0");
    guest.finish();
}

#[test]
fn log_writes_judge_the_log_before_the_data_and_name_the_thread() {
    let world = World::new();
    let guest = Guest::start(&world);
    let log = u64::from(guest.create(Syscall::DebuglogCreate, &[0, 0, guest.at(0)]).unwrap());
    let bad = guest.unmapped();
    let write =
        |log, options, data, len| guest.call(Syscall::DebuglogWrite, &[log, options, data, len]);
    assert_eq!(write(9, 1, bad, 1), Err(Status::INVALID_ARGS));
    assert_eq!(write(9, 0, bad, 1), Err(Status::BAD_HANDLE));
    assert_eq!(write(log, 0, bad, 1), Err(Status::INVALID_ARGS));
    guest.poke(0, b"hello");
    assert_eq!(write(log, 0, guest.at(0), 5), Ok(()));
    assert_eq!(guest.call(Syscall::DebugWrite, &[guest.at(0), 4]), Ok(()));
    assert_eq!(guest.call(Syscall::DebugWrite, &[bad, 4]), Err(Status::INVALID_ARGS));
    world.host(|c| {
        let log = c.debuglog().unwrap();
        for data in [b"hello".as_slice(), b"hell"] {
            let record = c.debuglog_read(log, 0).unwrap();
            assert_eq!(record.data, data);
            assert_eq!((record.process, record.thread), (guest.koid, guest.thread_koid));
        }
        assert_eq!(c.debuglog_read(log, 0), Err(Status::SHOULD_WAIT));
    });
    guest.finish();
}

#[test]
fn random_bytes_come_256_at_a_time() {
    let world = World::new();
    let guest = Guest::start(&world);
    let draw = |address, len| guest.call(Syscall::CprngDrawOnce, &[address, len]);
    assert_eq!(draw(guest.at(0), 256), Ok(()));
    let first: [u8; 256] = guest.peek(0);
    assert_eq!(draw(guest.at(0), 256), Ok(()));
    assert_ne!(guest.peek::<256>(0), first);
    assert_eq!(draw(guest.at(0), 257), Err(Status::INVALID_ARGS));
    assert_eq!(draw(guest.unmapped(), 1), Err(Status::INVALID_ARGS));
    assert_eq!(draw(guest.unmapped(), 0), Ok(()));
    guest.finish();
}

#[test]
fn time_comes_from_the_kernels_clock() {
    use kernel_sim::SyscallOutcome;
    let world = World::new();
    let guest = Guest::start(&world);
    world.clock.advance(1233);
    for call in [
        Syscall::ClockGetMonotonicViaKernel,
        Syscall::ClockGetBootViaKernel,
        Syscall::TicksGetViaKernel,
        Syscall::TicksGetBootViaKernel,
    ] {
        assert_eq!(guest.enter(call, &[]), SyscallOutcome::Return(1234), "{call:?}");
    }
    guest.finish();
}

#[test]
fn signals_and_dispositions_pass_through() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest, Syscall::EventpairCreate);
    assert_eq!(guest.call(Syscall::ObjectSignalPeer, &[near, 0, 8]), Ok(()));
    let wait = [far, 8, 0, guest.at(32)];
    assert_eq!(guest.call(Syscall::ObjectWaitOne, &wait), Ok(()));
    assert_eq!(guest.word(32), Signals::SIGNALED.bits());
    let (near, _far) = pair(&guest, Syscall::SocketCreate);
    assert_eq!(guest.call(Syscall::SocketSetDisposition, &[near, 1, 0]), Ok(()));
    let write = [near, 0, guest.at(0), 1, 0];
    assert_eq!(guest.call(Syscall::SocketWrite, &write), Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn a_guests_table_is_its_own() {
    let world = World::new();
    let guest = Guest::start(&world);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let close = guest.call(Syscall::HandleClose, &[event.into()]);
    assert_eq!(close, Err(Status::BAD_HANDLE));
    let fixed = world.host(|c| without(c, event, Rights::DUPLICATE));
    let fixed = guest.receive(fixed);
    let duplicate = guest.call(Syscall::HandleDuplicate, &[fixed.into(), SAME.into(), guest.at(0)]);
    assert_eq!(duplicate, Err(Status::ACCESS_DENIED));
    guest.finish();
}
