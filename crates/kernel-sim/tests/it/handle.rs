//! Handles: values, rights, duplicate, replace, close, transfer.

use kernel_sim::Name;
use zx_abi::{
    HANDLE_FIXED_BITS_MASK, KOID_FIRST, MAX_HANDLE_COUNT, ObjectType, PolicyAction,
    PolicyCondition, ResourceKind, Rights, Status, VmoOptions,
};

use crate::support::{SAME, World, basic, reduced, with_rights, without};

#[test]
fn each_type_starts_with_its_default_rights() {
    let world = World::null();
    world.host(|c| {
        let job = c.root_job().unwrap();
        let (process, vmar) = c.process_create(job, b"p", 0).unwrap();
        let cases = [
            (process, ObjectType::Process, 0x6d3cf),
            (c.thread_create(process, b"t", 0).unwrap(), ObjectType::Thread, 0x4d2cf),
            (c.vmo_create(0, 0).unwrap(), ObjectType::Vmo, 0xd0ef),
            (
                c.vmo_create(0, VmoOptions::RESIZABLE.bits()).unwrap(),
                ObjectType::Vmo,
                0xd0ef | Rights::RESIZE.bits(),
            ),
            (c.channel_create(0).unwrap().0, ObjectType::Channel, 0xf00e),
            (c.event_create(0).unwrap(), ObjectType::Event, 0xd003),
            (c.debuglog_create(0, 0).unwrap(), ObjectType::Log, 0xd00b),
            (c.debuglog().unwrap(), ObjectType::Log, 0xd00f),
            (c.socket_create(0).unwrap().1, ObjectType::Socket, 0x10_f0cf),
            (c.eventpair_create(0).unwrap().0, ObjectType::EventPair, 0xf003),
            (c.fifo_create(1, 1, 0).unwrap().1, ObjectType::Fifo, 0xf00f),
            (c.counter_create(0).unwrap(), ObjectType::Counter, 0xd00f),
            (c.interrupt_create(0, 0, 0x10).unwrap(), ObjectType::Interrupt, 0xd00f),
            (
                c.whole_resource(ResourceKind::Irq, Name::default()).unwrap(),
                ObjectType::Resource,
                0x800b,
            ),
            (c.pager_create(0).unwrap(), ObjectType::Pager, 0x180_8002),
            (job, ObjectType::Job, 0x7dfcf),
            (vmar, ObjectType::Vmar, 0x801f | Rights::OP_CHILDREN.bits()),
        ];
        for (handle, kind, rights) in cases {
            let info = basic(c, handle);
            assert_eq!((info.object_type, info.rights), (kind as u32, rights), "{kind:?}");
        }
    });
}

#[test]
fn related_koids_name_the_peer_the_job_and_the_process() {
    let world = World::null();
    world.host(|c| {
        let job = c.root_job().unwrap();
        let (process, _) = c.process_create(job, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let child = c.job_create(job, 0).unwrap();
        let (channel, other) = c.channel_create(0).unwrap();
        let [job, process, thread, child, channel, other_info] =
            [job, process, thread, child, channel, other].map(|handle| basic(c, handle));
        assert_eq!(job.related_koid, 0);
        assert_eq!(process.related_koid, job.koid);
        assert_eq!(thread.related_koid, process.koid);
        assert_eq!(child.related_koid, job.koid);
        assert_eq!(channel.related_koid, other_info.koid);
        // It stays when the related object dies.
        c.handle_close(other).unwrap();
        assert_eq!(channel.related_koid, other_info.koid);
        assert!(job.koid >= KOID_FIRST);
    });
}

#[test]
fn koids_are_never_given_twice() {
    let world = World::null();
    let mut last = 0;
    for _ in 0..100 {
        let koid = world.host(|c| {
            let event = c.event_create(0).unwrap();
            let koid = basic(c, event).koid;
            c.handle_close(event).unwrap();
            koid
        });
        assert!(koid > last);
        last = koid;
    }
}

#[test]
fn values_carry_the_fixed_bits_and_die_with_their_handle() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        assert_eq!(event & HANDLE_FIXED_BITS_MASK, HANDLE_FIXED_BITS_MASK);
        for bad in [event & !1, event & !2, event ^ 4, event ^ (1 << 31), u32::MAX, 3] {
            assert_eq!(c.handle_duplicate(bad, SAME), Err(Status::BAD_HANDLE), "{bad:#x}");
        }
        c.handle_close(event).unwrap();
        assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
        assert_ne!(c.event_create(0).unwrap(), event);
    });
}

#[test]
fn values_mean_nothing_in_another_process() {
    let world = World::null();
    let job = world.root_job();
    let other = world.host(|c| c.context_create(job, b"other")).unwrap();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let found = world.as_process(other, |c| c.handle_duplicate(event, SAME));
    assert_eq!(found, Err(Status::BAD_HANDLE));
}

#[test]
fn closing_the_invalid_handle_is_no_error() {
    let world = World::null();
    world.host(|c| {
        assert_eq!(c.handle_close(0), Ok(()));
        assert_eq!(c.handle_close_many(&[0, 0]), Ok(()));
        assert_eq!(c.handle_duplicate(0, SAME), Err(Status::BAD_HANDLE));
    });
}

#[test]
fn close_many_closes_what_it_can() {
    let world = World::null();
    world.host(|c| {
        let events = [c.event_create(0).unwrap(), c.event_create(0).unwrap()];
        let list = [events[0], 7, 0, events[0], events[1]];
        assert_eq!(c.handle_close_many(&list), Err(Status::BAD_HANDLE));
        for event in events {
            assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
        }
    });
}

#[test]
fn duplicate_judges_handle_then_right_then_rights() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let fixed = without(c, event, Rights::DUPLICATE);
        let more = Rights::READ.bits();
        let unknown = 1 << 30;
        assert_eq!(c.handle_duplicate(9, unknown), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_duplicate(fixed, unknown), Err(Status::ACCESS_DENIED));
        for rights in [more, unknown, SAME | 1] {
            assert_eq!(c.handle_duplicate(event, rights), Err(Status::INVALID_ARGS), "{rights:#x}");
        }
        let none = c.handle_duplicate(event, 0).unwrap();
        assert_eq!(basic(c, none).rights, 0);
        let same = c.handle_duplicate(event, SAME).unwrap();
        assert_eq!(basic(c, same).rights, basic(c, event).rights);
        assert_eq!(basic(c, same).koid, basic(c, event).koid);
    });
}

#[test]
fn replace_takes_the_old_handle_even_when_it_fails() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let replaced = c.handle_replace(event, Rights::WAIT.bits()).unwrap();
        assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
        assert_eq!(basic(c, replaced).rights, Rights::WAIT.bits());
        // No right is needed, none can be won.
        assert_eq!(c.handle_replace(replaced, Rights::BASIC.bits()), Err(Status::INVALID_ARGS));
        assert_eq!(c.handle_close(replaced), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_replace(event, SAME), Err(Status::BAD_HANDLE));
    });
    assert_eq!(world.count(ObjectType::Event), 0);
}

#[test]
fn wrong_type_beats_access_denied_and_bad_handle_beats_both() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let event = with_rights(c, event, Rights::empty());
        let (channel, _) = c.channel_create(0).unwrap();
        let mute = reduced(c, channel, Rights::IO);
        let bytes = || b"x".to_vec();
        assert_eq!(c.channel_write(9, 0, bytes(), &[]), Err(Status::BAD_HANDLE));
        assert_eq!(c.channel_write(event, 0, bytes(), &[]), Err(Status::WRONG_TYPE));
        assert_eq!(c.channel_write(mute, 0, bytes(), &[]), Err(Status::ACCESS_DENIED));
        assert_eq!(c.vmo_read(event, 0, &mut []), Err(Status::WRONG_TYPE));
        assert_eq!(c.job_create(event, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.thread_create(event, b"", 0), Err(Status::WRONG_TYPE));
        // A call that takes any type sees the missing right first.
        assert_eq!(c.task_kill(event), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn transfer_moves_a_handle_with_its_rights() {
    let world = World::null();
    let job = world.root_job();
    let other = world.host(|c| c.context_create(job, b"other")).unwrap();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let narrow = with_rights(c, event, Rights::TRANSFER | Rights::WAIT);
        let moved = c.handle_transfer(narrow, other).unwrap();
        assert_eq!(c.handle_close(narrow), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_close(moved), Err(Status::BAD_HANDLE));
        let fixed = without(c, event, Rights::TRANSFER);
        assert_eq!(c.handle_transfer(fixed, other), Err(Status::ACCESS_DENIED));
        assert_eq!(c.handle_transfer(event, 1), Err(Status::BAD_STATE));
        c.handle_close_many(&[fixed, event]).unwrap();
    });
    assert_eq!(world.count(ObjectType::Event), 1);
    world.as_process(other, |c| c.context_close());
    assert_eq!(world.count(ObjectType::Event), 0);
}

#[test]
fn the_kernel_holds_262144_handles_and_no_more() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        for _ in 1..MAX_HANDLE_COUNT - 1 {
            c.handle_duplicate(event, SAME).unwrap();
        }
        // One is left: no pair fits, nothing of it stays.
        assert_eq!(c.channel_create(0), Err(Status::NO_MEMORY));
        assert_eq!(c.eventpair_create(0), Err(Status::NO_MEMORY));
        let last = c.vmo_create(0, 0).unwrap();
        assert_eq!(c.handle_duplicate(event, SAME), Err(Status::NO_MEMORY));
        assert_eq!(c.vmo_create(0, 0), Err(Status::NO_MEMORY));
        assert_eq!(c.event_create(0), Err(Status::NO_MEMORY));
        c.handle_close(last).unwrap();
        let job = c.root_job().unwrap();
        assert_eq!(c.job_create(job, 0), Err(Status::NO_MEMORY));
    });
    let stats = world.stats();
    assert_eq!(stats.handles, MAX_HANDLE_COUNT);
    assert_eq!(world.count(ObjectType::Job), 1);
    assert_eq!(world.count(ObjectType::Channel), 0);
    assert_eq!(world.count(ObjectType::EventPair), 0);
    assert_eq!(world.count(ObjectType::Vmo), 0);
}

#[test]
fn a_process_without_room_for_its_second_handle_leaves_nothing() {
    let world = World::null();
    let job = world.root_job();
    let before = world.count(ObjectType::Process);
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        while c.handle_duplicate(event, SAME).is_ok() {}
        c.handle_close(event).unwrap();
        // One is free: the process's own fits, its root VMAR's does not.
        assert_eq!(c.process_create(job, b"p", 0), Err(Status::NO_MEMORY));
    });
    assert_eq!(world.count(ObjectType::Process), before);
    assert_eq!(world.count(ObjectType::Vmar), 0);
}

#[test]
fn bad_handles_are_judged_by_policy_but_asking_for_validity_is_not() {
    use kernel_sim::PolicyBasic;
    use zx_abi::{INFO_HANDLE_VALID, JOB_POL_ABSOLUTE};
    let world = World::null();
    let root = world.root_job();
    let strict = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let kill = PolicyBasic {
            condition: PolicyCondition::BadHandle,
            action: PolicyAction::Kill,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[kill]).unwrap();
        c.context_create(job, b"strict").unwrap()
    });
    let asked = world.as_process(strict, |c| c.object_get_info(9, INFO_HANDLE_VALID));
    assert_eq!(asked, Err(Status::BAD_HANDLE));
    let used = world.as_process(strict, |c| c.handle_close(9));
    assert_eq!(used, Err(Status::BAD_HANDLE));
    assert_eq!(world.kernel.call(strict, |_| ()), Err(Status::BAD_STATE));
}
