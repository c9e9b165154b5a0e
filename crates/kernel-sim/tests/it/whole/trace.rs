//! The trace: what happened, once, in order, with its time.

use kernel_sim::{
    ChannelCall, ChannelRead, KernelEntry, Koid, Name, SyscallOutcome, TraceEvent, TracedArg,
    TracedHandle, TracedObject,
};
use zx_abi::{
    ObjectType, PAGE_SIZE, PROP_NAME, Rights, Signals, Status, Syscall, TASK_RETCODE_SYSCALL_KILL,
    TIME_INFINITE,
};

use crate::support::{ENTRY, Guest, World, basic, number};

const NOTHING: TracedObject = TracedObject { koid: 0, object_type: None };

fn object(koid: Koid, object_type: ObjectType) -> TracedObject {
    TracedObject { koid, object_type: Some(object_type) }
}

/// What the last call led to: before it, and after it.
fn known(world: &World) -> (Vec<TracedArg>, Vec<TracedArg>) {
    let (mut before, mut after) = (None, None);
    for event in world.trace.trace() {
        match event {
            TraceEvent::SyscallEnter { known, .. } => before = Some(known),
            TraceEvent::SyscallExit { known, .. } => after = Some(known),
            _ => {}
        }
    }
    (before.unwrap(), after.unwrap())
}

fn bytes(index: usize, bytes: &[u8]) -> TracedArg {
    TracedArg { index, bytes: bytes.to_vec(), ..TracedArg::default() }
}

#[test]
fn messages_and_signals_are_told_in_order_with_their_time() {
    let world = World::traced(0);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let [near_koid, far, event_koid] = [near, far, event].map(|handle| world.koid(handle));
    let rights = Rights::from_bits_retain(world.host(|c| basic(c, event)).rights);
    world.trace.trace();
    world.clock.advance(99);
    world.host(|c| c.channel_write(near, 0, b"hi".to_vec(), &[event])).unwrap();
    let records = world.trace.records();
    assert!(records.iter().all(|record| record.time == 100));
    let events: Vec<_> = records.into_iter().map(|record| record.event).collect();
    let message = TraceEvent::Message {
        id: 1,
        process: world.kernel.host(),
        thread: 0,
        from: near_koid,
        to: far,
        bytes: b"hi".to_vec(),
        handles: vec![TracedHandle {
            object: object(event_koid, ObjectType::Event),
            related: 0,
            rights,
        }],
    };
    let signal = TraceEvent::Signal {
        object: far,
        object_type: ObjectType::Channel,
        before: Signals::WRITABLE.bits(),
        after: (Signals::WRITABLE | Signals::READABLE).bits(),
    };
    assert_eq!(events, [message, signal]);
}

#[test]
fn mappings_are_told_as_they_come_change_and_go() {
    let world = World::traced(0);
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE_SIZE, 0).unwrap();
        c.object_set_property(vmo, PROP_NAME, b"memory").unwrap();
        let (child, _) = c.vmar_allocate(vmar, 0x380, 0, 4 * PAGE_SIZE).unwrap();
        let [process_koid, vmo_koid, child_koid] =
            [process, vmo, child].map(|handle| crate::support::basic(c, handle).koid);
        world.trace.trace();
        let base = c.vmar_map(child, 3, 0, vmo, PAGE_SIZE, 2 * PAGE_SIZE).unwrap();
        c.vmar_protect(child, 1, base, PAGE_SIZE).unwrap();
        c.vmar_unmap(child, base + PAGE_SIZE, PAGE_SIZE).unwrap();
        c.vmar_destroy(child).unwrap();
        let events = world.trace.trace();
        let process = process_koid;
        let (len, permissions) = (2 * PAGE_SIZE, 3);
        let map = TraceEvent::Map {
            process,
            vmar: child_koid,
            base,
            len,
            permissions,
            vmo: vmo_koid,
            vmo_name: Name::truncated(b"memory"),
            vmo_offset: PAGE_SIZE,
        };
        assert_eq!(events[0], map);
        let (len, permissions) = (PAGE_SIZE, 1);
        assert_eq!(events[1], TraceEvent::Protect { process, base, len, permissions });
        assert_eq!(events[2], TraceEvent::Unmap { process, base: base + PAGE_SIZE, len });
        assert!(matches!(events[3], TraceEvent::Unmap { len, .. } if len == 4 * PAGE_SIZE));
        assert_eq!(events.len(), 4);
    });
}

#[test]
fn a_guests_life_is_told_from_start_to_exit() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (process, thread) = (guest.koid, guest.thread_koid);
    let events = world.trace.trace();
    let (entry, stack) = (ENTRY, 0x2000);
    let (job, name) = (world.koid(world.root_job()), Name::truncated(b"guest"));
    assert!(events.contains(&TraceEvent::ProcessCreate { process, name, job }));
    let thread_name = Name::truncated(b"initial");
    let start = TraceEvent::ProcessStart { process, thread, thread_name, entry, stack };
    assert!(events.contains(&start));
    let call = |syscall, args, known| TraceEvent::SyscallEnter {
        process,
        thread,
        number: number(syscall),
        syscall: Some(syscall),
        args,
        known,
    };
    let nothing = TracedArg { objects: vec![NOTHING], ..TracedArg::default() };
    guest.call(Syscall::HandleClose, &[9]).unwrap_err();
    let value = i64::from(Status::BAD_HANDLE.into_raw()) as u64;
    assert_eq!(
        world.trace.trace(),
        [
            call(Syscall::HandleClose, [9, 0, 0, 0, 0, 0, 0, 0], vec![nothing]),
            TraceEvent::SyscallExit { process, thread, value, known: vec![] },
        ]
    );
    guest.call(Syscall::GuestCreate, &[0, guest.at(0)]).unwrap_err();
    let value = i64::from(Status::NOT_SUPPORTED.into_raw()) as u64;
    assert_eq!(
        world.trace.trace()[1..],
        [
            TraceEvent::SyscallNotImplemented { process, thread, syscall: Syscall::GuestCreate },
            TraceEvent::SyscallExit { process, thread, value, known: vec![] },
        ]
    );
    guest.enter(Syscall::ProcessExit, &[7]);
    guest.gone();
    let events = world.trace.trace();
    assert_eq!(events[0], call(Syscall::ProcessExit, [7, 0, 0, 0, 0, 0, 0, 0], vec![]));
    assert_eq!(events[1], TraceEvent::ThreadExit { process, thread });
    assert!(events.contains(&TraceEvent::ProcessExit { process, return_code: 7 }));
    assert!(!events.iter().any(|event| matches!(event, TraceEvent::SyscallExit { .. })));
    guest.finish();
}

#[test]
fn a_signal_is_told_before_the_calls_that_it_ends() {
    let world = World::traced(0);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let again = world.host(|c| c.handle_duplicate(event, 1 << 31)).unwrap();
    let guest = Guest::start(&world);
    let handle = guest.receive(again);
    guest.enter(Syscall::ObjectWaitOne, &[handle.into(), 8, i64::MAX as u64, 0]);
    world.trace.trace();
    world.host(|c| c.object_signal(event, 0, 8)).unwrap();
    let events = world.trace.trace();
    assert!(matches!(events[0], TraceEvent::Signal { after: 8, .. }), "{events:?}");
    assert!(matches!(events[1], TraceEvent::SyscallExit { value: 0, .. }), "{events:?}");
    guest.finish();
}

#[test]
fn a_process_that_holds_its_own_last_handle_is_told_by_its_koid() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let koid = guest.koid;
    guest.receive(guest.process);
    world.trace.trace();
    world.kernel.process_gone(koid);
    let exit = TraceEvent::ProcessExit { process: koid, return_code: TASK_RETCODE_SYSCALL_KILL };
    assert!(world.trace.trace().contains(&exit));
    assert_eq!(world.kernel.call(koid, |_| ()), Err(Status::BAD_STATE));
}

#[test]
fn elements_are_told_by_the_size_that_the_call_gives_them() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    guest.call(Syscall::FifoCreate, &[2, 3, 0, guest.at(0), guest.at(4)]).unwrap();
    let [near, far] = [guest.word(0), guest.word(4)].map(u64::from);
    guest.poke(0, b"abcdefghi");
    let actual = guest.at(128);
    world.trace.trace();
    guest.call(Syscall::FifoWrite, &[near, 3, guest.at(0), 3, actual]).unwrap();
    let (before, after) = known(&world);
    assert_eq!(before[1], bytes(2, b"abcdefghi"));
    assert_eq!(after, [bytes(4, &2u64.to_le_bytes())]);
    guest.call(Syscall::FifoRead, &[far, 3, guest.at(64), 3, actual]).unwrap();
    let (_, after) = known(&world);
    assert_eq!(after, [bytes(2, b"abcdef"), bytes(4, &2u64.to_le_bytes())]);
    // Far more than there can be.
    guest.call(Syscall::FifoWrite, &[near, u64::MAX, guest.at(0), 2, actual]).unwrap_err();
    let (before, after) = known(&world);
    assert_eq!((before[1].bytes.len(), after), (256, vec![]));
    guest.finish();
}

#[test]
fn handles_are_told_with_their_objects_before_and_after_a_call() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let koid = world.koid(event);
    let handle = guest.receive(event);
    let out = guest.create(Syscall::HandleDuplicate, &[handle.into(), 1 << 31, guest.at(0)]);
    let (before, after) = known(&world);
    let objects = vec![object(koid, ObjectType::Event)];
    assert_eq!(before, [TracedArg { index: 0, objects: objects.clone(), bytes: vec![] }]);
    let bytes = out.unwrap().to_le_bytes().to_vec();
    assert_eq!(after, [TracedArg { index: 2, objects, bytes }]);

    // A list, with a value in it that names nothing.
    guest.poke_words(0, &[handle, 5]);
    guest.call(Syscall::HandleCloseMany, &[guest.at(0), 2]).unwrap_err();
    let (before, after) = known(&world);
    assert_eq!(before[0].objects, [object(koid, ObjectType::Event), NOTHING]);
    assert_eq!(after, []);
    guest.finish();
}

#[test]
fn memory_is_told_as_far_as_256_bytes() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    guest.poke(0, &[b'x'; 257]);
    for (size, told) in [(0, 0), (1, 1), (256, 256), (257, 256)] {
        guest.call(Syscall::DebugWrite, &[guest.at(0), size]).unwrap();
        assert_eq!(known(&world).0, [bytes(0, &vec![b'x'; told])]);
    }
    guest.call(Syscall::DebugWrite, &[guest.unmapped(), 1]).unwrap_err();
    assert_eq!(known(&world), (vec![], vec![]));
    guest.finish();
}

#[test]
fn buffers_are_told_as_far_as_they_were_filled() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let koid = world.koid(event);
    let far = guest.receive(far);
    world.host(|c| c.channel_write(near, 0, b"hi".to_vec(), &[event])).unwrap();
    let [buffer, handles, count, handle_count] = [0, 64, 128, 136].map(|offset| guest.at(offset));
    let read = |room| {
        let args = [far.into(), 0, buffer, handles, room, 8, count, handle_count];
        guest.call(Syscall::ChannelRead, &args)
    };
    assert_eq!(read(1), Err(Status::BUFFER_TOO_SMALL));
    let (two, one) = (2u32.to_le_bytes(), 1u32.to_le_bytes());
    assert_eq!(known(&world).1, [bytes(6, &two), bytes(7, &one)]);
    read(64).unwrap();
    let after = known(&world).1;
    assert_eq!(after[0], bytes(2, b"hi"));
    assert_eq!((after[1].index, after[1].bytes.len()), (3, 4));
    assert_eq!(after[1].objects, [object(koid, ObjectType::Event)]);
    assert_eq!(after[2..], [bytes(6, &two), bytes(7, &one)]);
    guest.finish();
}

#[test]
fn a_call_that_waits_is_told_to_and_the_signals_that_end_it() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (process, thread) = (guest.koid, guest.thread_koid);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let handle = guest.receive(event);
    guest.poke_words(0, &[handle, 8, 0]);
    guest.enter(Syscall::ObjectWaitMany, &[guest.at(0), 1, 100]);
    let blocked = TraceEvent::SyscallBlocked { process, thread };
    assert_eq!(world.trace.trace().last(), Some(&blocked));
    world.clock.advance(100);
    let TraceEvent::SyscallExit { value, known, .. } = &world.trace.trace()[0] else { panic!() };
    assert_eq!(*value as i32, Status::TIMED_OUT.into_raw());
    assert_eq!((known[0].index, known[0].bytes.len()), (0, 12));
    guest.finish();
}

#[test]
fn a_thread_that_dies_in_a_call_ends_it() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (process, thread) = (guest.koid, guest.thread_koid);
    guest.enter(Syscall::Nanosleep, &[TIME_INFINITE as u64]);
    world.trace.trace();
    world.host(|c| c.task_kill(guest.process)).unwrap();
    guest.gone();
    let events = world.trace.trace();
    assert_eq!(events[0], TraceEvent::ThreadExit { process, thread });
    assert!(!events.iter().any(|event| matches!(event, TraceEvent::SyscallExit { .. })));
    guest.finish();
}

#[test]
fn further_threads_are_told_from_start_to_exit() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let second = world.host(|c| c.thread_create(guest.process, b"second", 0)).unwrap();
    let never = world.host(|c| c.thread_create(guest.process, b"never", 0)).unwrap();
    let (process, thread) = (guest.koid, world.koid(second));
    let entry = kernel_sim::EntryState::new(1, 2, 0, 0);
    world.trace.trace();
    world.host(|c| c.thread_start(second, entry)).unwrap();
    let name = Name::truncated(b"second");
    let start = TraceEvent::ThreadStart { process, thread, name, entry: 1, stack: 2 };
    assert_eq!(world.trace.trace()[0], start);
    let exit = world.kernel.syscall(process, thread, number(Syscall::ThreadExit), [0; 8]);
    assert_eq!(exit, SyscallOutcome::Exited);
    assert!(world.trace.trace().contains(&TraceEvent::ThreadExit { process, thread }));
    let never_koid = world.koid(never);
    guest.finish();
    let exits = world.trace.trace();
    let is_never = |event: &TraceEvent| matches!(event, TraceEvent::ThreadExit { thread, .. } if *thread == never_koid);
    assert!(!exits.iter().any(is_never));
}

#[test]
fn messages_of_guests_are_told_with_their_thread() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let (from, to) = (world.koid(near), world.koid(far));
    let near = guest.receive(near);
    guest.poke(0, b"hi");
    guest.call(Syscall::ChannelWrite, &[near.into(), 0, guest.at(0), 2, 0, 0]).unwrap();
    let (process, thread) = (guest.koid, guest.thread_koid);
    let (bytes, handles) = (b"hi".to_vec(), vec![]);
    let records = world.trace.records();
    let message = TraceEvent::Message { id: 1, process, thread, from, to, bytes, handles };
    let told = records.iter().find(|record| record.event == message).expect("the message");
    assert_eq!(told.caller, thread);
    guest.finish();
}

/// The events of these kinds, in order.
fn told(world: &World, is_told: impl Fn(&TraceEvent) -> bool) -> Vec<TraceEvent> {
    world.trace.trace().into_iter().filter(is_told).collect()
}

#[test]
fn a_message_is_told_again_when_it_is_read_but_not_when_it_is_lost() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let channel = world.koid(far);
    for bytes in [b"first", b"other", b"third"] {
        world.host(|c| c.channel_write(near, 0, bytes.to_vec(), &[])).unwrap();
    }
    world.trace.trace();
    let read = |event: &TraceEvent| matches!(event, TraceEvent::MessageRead { .. });
    world.host(|c| c.channel_read(far, 0, 4, 0)).unwrap();
    world.host(|c| c.channel_read(far, 1, 4, 0)).unwrap();
    assert_eq!(told(&world, read), []);
    world.host(|c| c.channel_read(far, 0, 5, 0)).unwrap();
    let process = world.kernel.host();
    assert_eq!(
        told(&world, read),
        [TraceEvent::MessageRead { id: 2, process, thread: 0, channel }]
    );
    let far = guest.receive(far);
    let args = [far.into(), 0, guest.at(0), 0, 64, 0, guest.at(64), 0];
    guest.call(Syscall::ChannelRead, &args).unwrap();
    let (process, thread) = (guest.koid, guest.thread_koid);
    assert_eq!(told(&world, read), [TraceEvent::MessageRead { id: 3, process, thread, channel }]);
    guest.finish();
}

#[test]
fn a_reply_is_told_as_read_by_the_call_that_it_answers() {
    let world = World::traced(0);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let channel = world.koid(near);
    let call = ChannelCall {
        bytes: vec![0; 4],
        handles: &[],
        max_bytes: 8,
        max_handles: 0,
        deadline: TIME_INFINITE,
        token: 7,
    };
    world.host(|c| c.channel_call(near, 0, call)).unwrap();
    let ChannelRead::Message { bytes, .. } = world.host(|c| c.channel_read(far, 0, 64, 0)).unwrap()
    else {
        panic!()
    };
    world.trace.trace();
    world.host(|c| c.channel_write(far, 0, bytes, &[])).unwrap();
    let events = world.trace.trace();
    assert!(matches!(events[0], TraceEvent::Message { id: 2, .. }), "{events:?}");
    let process = world.kernel.host();
    assert_eq!(events[1], TraceEvent::MessageRead { id: 2, process, thread: 0, channel });
}

#[test]
fn bytes_of_sockets_and_fifos_are_told_by_their_position_in_and_out() {
    let world = World::traced(0);
    let process = world.kernel.host();
    let moved = |event: &TraceEvent| {
        matches!(event, TraceEvent::BytesWritten { .. } | TraceEvent::BytesRead { .. })
    };
    let pairs = [
        (world.host(|c| c.socket_create(0)).unwrap(), ObjectType::Socket),
        (world.host(|c| c.fifo_create(4, 2, 0)).unwrap(), ObjectType::Fifo),
    ];
    for ((near, far), object_type) in pairs {
        let [from, to] = [near, far].map(|handle| world.koid(handle));
        let written = |position, len| TraceEvent::BytesWritten {
            process,
            thread: 0,
            object_type,
            from,
            to,
            position,
            len,
        };
        let read = |position, len| TraceEvent::BytesRead {
            process,
            thread: 0,
            object_type,
            object: to,
            position,
            len,
        };
        world.host(|c| match object_type {
            ObjectType::Fifo => {
                c.fifo_write(near, 2, b"abcd").unwrap();
                c.fifo_read(far, 2, 1).unwrap();
                c.fifo_write(near, 2, b"ef").unwrap();
                c.fifo_read(far, 2, 8).unwrap();
            }
            _ => {
                c.socket_write(near, 0, b"abcd").unwrap();
                c.socket_read(far, 8, 4).unwrap();
                c.socket_read(far, 0, 2).unwrap();
                c.socket_write(near, 0, b"ef").unwrap();
                c.socket_read(far, 0, 8).unwrap();
            }
        });
        assert_eq!(told(&world, moved), [written(0, 4), read(0, 2), written(4, 2), read(2, 4)]);
    }
    let (near, far) = world.host(|c| c.socket_create(1)).unwrap();
    world.host(|c| {
        c.socket_write(near, 0, b"datagram").unwrap();
        c.socket_read(far, 0, 3).unwrap();
    });
    let events = told(&world, moved);
    assert!(matches!(events[1], TraceEvent::BytesRead { position: 0, len: 8, .. }), "{events:?}");
}

#[test]
fn committed_memory_is_told_once_it_has_changed() {
    let world = World::traced(0);
    let memory = |event: &TraceEvent| matches!(event, TraceEvent::Memory { .. });
    let vmo = world.host(|c| c.vmo_create(4 * PAGE_SIZE, 0)).unwrap();
    world.trace.trace();
    world.host(|c| c.vmo_write(vmo, 0, &[1; 1])).unwrap();
    let [TraceEvent::Memory { bytes: one }] = told(&world, memory)[..] else { panic!() };
    world.host(|c| c.vmo_write(vmo, 1, &[1; 1])).unwrap();
    assert_eq!(told(&world, memory), []);
    world.host(|c| c.vmo_write(vmo, PAGE_SIZE, &[1; 1])).unwrap();
    assert_eq!(told(&world, memory), [TraceEvent::Memory { bytes: one + PAGE_SIZE }]);
    world.host(|c| c.handle_close(vmo)).unwrap();
    assert_eq!(told(&world, memory), [TraceEvent::Memory { bytes: one - PAGE_SIZE }]);
}

#[test]
fn what_happens_in_a_call_names_its_thread() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let again = world.host(|c| c.handle_duplicate(event, 1 << 31)).unwrap();
    let handle = guest.receive(again);
    world.trace.records();
    guest.call(Syscall::ObjectSignal, &[handle.into(), 0, 8]).unwrap();
    let callers: Vec<Koid> = world.trace.records().iter().map(|record| record.caller).collect();
    assert_eq!(callers, [guest.thread_koid; 3]);
    world.host(|c| c.object_signal(event, 8, 0)).unwrap();
    assert!(world.trace.records().iter().all(|record| record.caller == 0));
    guest.finish();
}
