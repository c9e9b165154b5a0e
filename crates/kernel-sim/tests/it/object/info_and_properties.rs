//! `object_get_info` and properties: rights, types, sizes.

use kernel_sim::Caller;
use zerocopy::IntoBytes;
use zx_abi::{
    Abi, INFO_HANDLE_BASIC, INFO_HANDLE_COUNT, INFO_HANDLE_VALID, INFO_JOB, INFO_JOB_CHILDREN,
    INFO_JOB_PROCESSES, INFO_PROCESS, INFO_PROCESS_THREADS, INFO_SOCKET, INFO_STREAM, INFO_THREAD,
    INFO_VMAR, INFO_VMO, ObjectType, PROP_HW_TRACE_CONTEXT_ID, PROP_NAME, PROP_PROCESS_DEBUG_ADDR,
    PROP_PROCESS_VDSO_BASE_ADDRESS, PROP_VMO_CONTENT_SIZE, Rights, Status,
};

use crate::support::{Guest, PAGE, World, info, with_rights, without};

/// One handle of each type.
fn one_of_each(c: &mut Caller<'_>) -> Vec<(ObjectType, u32)> {
    let job = c.root_job().unwrap();
    let (process, vmar) = c.process_create(job, b"p", 0).unwrap();
    let vmo = c.vmo_create(0, 0).unwrap();
    let stream = c.stream_create(0, vmo, 0).unwrap();
    vec![
        (ObjectType::Process, process),
        (ObjectType::Thread, c.thread_create(process, b"t", 0).unwrap()),
        (ObjectType::Vmo, vmo),
        (ObjectType::Channel, c.channel_create(0).unwrap().0),
        (ObjectType::Event, c.event_create(0).unwrap()),
        (ObjectType::Log, c.debuglog_create(0, 0).unwrap()),
        (ObjectType::Socket, c.socket_create(0).unwrap().0),
        (ObjectType::EventPair, c.eventpair_create(0).unwrap().0),
        (ObjectType::Fifo, c.fifo_create(1, 1, 0).unwrap().0),
        (ObjectType::Pager, c.pager_create(0).unwrap()),
        (ObjectType::Job, job),
        (ObjectType::Vmar, vmar),
        (ObjectType::Stream, stream),
        (ObjectType::Counter, c.counter_create(0).unwrap()),
        (ObjectType::IobSharedRegion, c.iob_create_shared_region(0, PAGE).unwrap()),
    ]
}

#[test]
fn topics_judge_handle_then_type_then_right() {
    let world = World::null();
    world.host(|c| {
        let all = one_of_each(c);
        for (topic, wanted, right, size) in [
            (INFO_PROCESS, ObjectType::Process, Rights::INSPECT, 24),
            (INFO_PROCESS_THREADS, ObjectType::Process, Rights::ENUMERATE, 8),
            (INFO_VMAR, ObjectType::Vmar, Rights::INSPECT, 16),
            (INFO_JOB_CHILDREN, ObjectType::Job, Rights::ENUMERATE, 8),
            (INFO_JOB_PROCESSES, ObjectType::Job, Rights::ENUMERATE, 8),
            (INFO_THREAD, ObjectType::Thread, Rights::INSPECT, 72),
            (INFO_SOCKET, ObjectType::Socket, Rights::INSPECT, 48),
            (INFO_STREAM, ObjectType::Stream, Rights::INSPECT, 24),
            (INFO_VMO, ObjectType::Vmo, Rights::INSPECT, 104),
            (INFO_JOB, ObjectType::Job, Rights::INSPECT, 16),
        ] {
            assert_eq!(c.object_get_info(9, topic), Err(Status::BAD_HANDLE), "{topic:#x}");
            for (kind, handle) in &all {
                let found = c.object_get_info(*handle, topic);
                if *kind == wanted {
                    assert_eq!(found.unwrap().record_size, size, "{topic:#x}");
                    let weak = if *kind == ObjectType::Channel {
                        continue;
                    } else {
                        without(c, *handle, right)
                    };
                    let denied = c.object_get_info(weak, topic);
                    assert_eq!(denied, Err(Status::ACCESS_DENIED), "{topic:#x}");
                } else {
                    assert_eq!(found, Err(Status::WRONG_TYPE), "{topic:#x} {kind:?}");
                }
            }
        }
    });
}

#[test]
fn topics_of_every_type_need_little() {
    let world = World::null();
    world.host(|c| {
        for (kind, handle) in one_of_each(c) {
            assert!(c.object_get_info(handle, INFO_HANDLE_VALID).is_ok());
            assert_eq!(c.object_get_info(handle, INFO_HANDLE_BASIC).unwrap().bytes.len(), 32);
            let count: u32 = info(c, handle, INFO_HANDLE_COUNT).unwrap();
            assert_eq!(count, 1, "{kind:?}");
        }
        let event = c.event_create(0).unwrap();
        let weak = with_rights(c, event, Rights::empty());
        assert!(c.object_get_info(weak, INFO_HANDLE_BASIC).is_ok());
        let count = c.object_get_info(weak, INFO_HANDLE_COUNT);
        assert_eq!(count, Err(Status::ACCESS_DENIED));
        assert_eq!(info::<u32>(c, event, INFO_HANDLE_COUNT), Ok(2));
        assert_eq!(c.object_get_info(9, INFO_HANDLE_VALID), Err(Status::BAD_HANDLE));
    });
}

#[test]
fn an_unknown_topic_is_unsupported_even_for_a_bad_handle() {
    let world = World::null();
    for topic in [0, 3, 99, u32::MAX] {
        let result = world.host(|c| c.object_get_info(9, topic));
        assert_eq!(result, Err(Status::NOT_SUPPORTED), "{topic}");
    }
}

#[test]
fn properties_judge_handle_then_right_then_size_then_type() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        let job = c.root_job().unwrap();
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        let weak = without(c, vmo, Rights::PROPERTY);
        for property in [
            PROP_NAME,
            PROP_PROCESS_DEBUG_ADDR,
            PROP_PROCESS_VDSO_BASE_ADDRESS,
            PROP_VMO_CONTENT_SIZE,
        ] {
            let needed = if property == PROP_NAME { 32 } else { 8 };
            let get = |c: &mut Caller<'_>, handle, size| {
                c.object_get_property(handle, property, size).map(|value| value.len())
            };
            assert_eq!(get(c, 9, 0), Err(Status::BAD_HANDLE));
            assert_eq!(get(c, weak, 0), Err(Status::ACCESS_DENIED));
            assert_eq!(get(c, vmo, needed - 1), Err(Status::BUFFER_TOO_SMALL));
            let handles = [vmo, process];
            let fits = handles.map(|handle| get(c, handle, needed));
            let wrong = Err(Status::WRONG_TYPE);
            let expected = match property {
                PROP_NAME => [Ok(32), Ok(32)],
                PROP_VMO_CONTENT_SIZE => [Ok(8), wrong],
                _ => [wrong, Ok(8)],
            };
            assert_eq!(fits, expected, "{property}");
        }
        assert_eq!(c.object_get_property(vmo, 99, 0), Err(Status::NOT_SUPPORTED));
        for property in [PROP_PROCESS_DEBUG_ADDR, PROP_VMO_CONTENT_SIZE] {
            let set = |c: &mut Caller<'_>, handle, value: &[u8]| {
                c.object_set_property(handle, property, value)
            };
            assert_eq!(set(c, 9, &[]), Err(Status::BAD_HANDLE));
            assert_eq!(set(c, weak, &[]), Err(Status::ACCESS_DENIED));
            assert_eq!(set(c, job, &[0; 7]), Err(Status::BUFFER_TOO_SMALL));
            assert_eq!(set(c, job, &[0; 8]), Err(Status::WRONG_TYPE));
        }
        for property in [PROP_PROCESS_VDSO_BASE_ADDRESS, 99] {
            let result = c.object_set_property(process, property, &[0; 8]);
            assert_eq!(result, Err(Status::NOT_SUPPORTED));
        }
    });
}

#[test]
fn only_tasks_and_vmos_have_names() {
    let world = World::null();
    world.host(|c| {
        for (kind, handle) in one_of_each(c) {
            let set = c.object_set_property(handle, PROP_NAME, b"named");
            let get = c.object_get_property(handle, PROP_NAME, 32);
            let mut name = [0; 32];
            match kind {
                ObjectType::Process | ObjectType::Thread | ObjectType::Vmo | ObjectType::Job => {
                    assert_eq!(set, Ok(()));
                    name[..5].copy_from_slice(b"named");
                    assert_eq!(get, Ok(name.to_vec()), "{kind:?}");
                }
                ObjectType::Socket | ObjectType::Stream | ObjectType::IobSharedRegion => {
                    assert_eq!(set, Err(Status::NOT_SUPPORTED));
                    assert_eq!(get, Ok(name.to_vec()));
                }
                _ => {
                    assert_eq!(set, Err(Status::ACCESS_DENIED), "{kind:?}");
                    assert_eq!(get, Err(Status::ACCESS_DENIED), "{kind:?}");
                }
            }
        }
    });
}

#[test]
fn set_names_keep_31_bytes() {
    let world = World::null();
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        for (given, kept) in [(31, 31), (32, 31), (100, 31), (0, 0)] {
            c.object_set_property(vmo, PROP_NAME, &vec![b'n'; given]).unwrap();
            let name = c.object_get_property(vmo, PROP_NAME, 32).unwrap();
            assert_eq!(name.iter().filter(|byte| **byte == b'n').count(), kept);
            assert_eq!(name[31], 0);
        }
    });
}

#[test]
fn the_debug_address_is_set_once_in_2020() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let job = world.root_job();
    let process = guest.receive(world.host(|c| c.process_create(job, b"p", 0)).unwrap().0);
    world.as_process(guest.koid, |c| {
        let set = |c: &mut Caller<'_>, value: u64| {
            c.object_set_property(process, PROP_PROCESS_DEBUG_ADDR, value.as_bytes())
        };
        let get = |c: &mut Caller<'_>| {
            c.object_get_property(process, PROP_PROCESS_DEBUG_ADDR, 8).unwrap()
        };
        assert_eq!(get(c), 0_u64.as_bytes());
        assert_eq!(set(c, 0), Err(Status::INVALID_ARGS));
        // 1 asks for a stop when the real value is set.
        assert_eq!(set(c, 1), Ok(()));
        assert_eq!(set(c, 0x1234), Ok(()));
        assert_eq!(set(c, 0), Err(Status::INVALID_ARGS));
        assert_eq!(set(c, 0x1234), Err(Status::ACCESS_DENIED));
        assert_eq!(get(c), 0x1234_u64.as_bytes());
    });
    guest.finish();
    // Since then it is anything.
    world.host(|c| {
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        for value in [1, 0x1234, 0, u64::MAX, 0x1234] {
            let value = value.as_bytes();
            c.object_set_property(process, PROP_PROCESS_DEBUG_ADDR, value).unwrap();
            let told = c.object_get_property(process, PROP_PROCESS_DEBUG_ADDR, 8);
            assert_eq!(told.unwrap(), value);
        }
    });
}

#[test]
fn the_id_of_hardware_traces_takes_debugging_calls() {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        let unknown =
            if abi == Abi::Sdk2020 { Status::INVALID_ARGS } else { Status::NOT_SUPPORTED };
        let process = world.host(|c| c.handle_duplicate(guest.process, 1 << 31)).unwrap();
        let process = guest.receive(process);
        world.as_process(guest.koid, |c| {
            let (id, none) = (PROP_HW_TRACE_CONTEXT_ID, 99);
            for (property, size, status) in
                [(id, 8, Status::NOT_SUPPORTED), (id, 0, Status::NOT_SUPPORTED), (none, 8, unknown)]
            {
                let got = c.object_get_property(process, property, size);
                assert_eq!(got, Err(status), "{abi:?} {property}");
            }
            for (property, status) in [(id, Status::INVALID_ARGS), (none, unknown)] {
                let set = c.object_set_property(process, property, &[0; 8]);
                assert_eq!(set, Err(status), "{abi:?} {property}");
            }
        });
        guest.finish();
    }
}
