//! Ports, and `zx_object_wait_async`.

use kernel_sim::{Caller, PortWait, WaitResult};
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    JOB_POL_ABSOLUTE, ObjectType, PACKET_SIGNAL_ONE, PACKET_USER, PORT_MAX_USER_PACKETS,
    PacketSignal, PolicyAction, PolicyCondition, PortPacket, Rights, Signals, Status, Syscall,
    TIME_INFINITE, ThreadState, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP,
};

use crate::support::{Guest, Thread, World, block, resumed, with_rights, without};

const USER_0: Signals = Signals::USER_0;
const SIGNALED: Signals = Signals::SIGNALED;

fn user(key: u64) -> PortPacket {
    PortPacket { key, packet_type: PACKET_USER, status: -5, payload: [key as u8; 32] }
}

fn next(c: &mut Caller<'_>, port: u32) -> Option<PortPacket> {
    match c.port_wait(port, 0, 0) {
        Ok(PortWait::Ready(packet)) => Some(packet),
        Err(Status::TIMED_OUT) => None,
        other => panic!("{other:?}"),
    }
}

/// The next packet, which must be of a signal.
fn signal(c: &mut Caller<'_>, port: u32) -> (u64, PacketSignal) {
    let packet = next(c, port).unwrap();
    assert_eq!((packet.packet_type, packet.status), (PACKET_SIGNAL_ONE, 0));
    (packet.key, PacketSignal::read_from_bytes(&packet.payload).unwrap())
}

fn of(trigger: Signals, observed: Signals) -> PacketSignal {
    let (trigger, observed) = (trigger.bits(), observed.bits());
    PacketSignal { trigger, observed, count: 1, ..PacketSignal::default() }
}

#[test]
fn create_judges_policy_then_options() {
    let world = World::null();
    let root = world.root_job();
    let denied = world.host(|c| {
        assert_eq!(c.port_create(2), Err(Status::INVALID_ARGS));
        let (plain, bound) = (c.port_create(0).unwrap(), c.port_create(1).unwrap());
        c.handle_close_many(&[plain, bound]).unwrap();
        let job = c.job_create(root, 0).unwrap();
        let entry = kernel_sim::PolicyBasic {
            condition: PolicyCondition::NewPort,
            action: PolicyAction::Deny,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[entry]).unwrap();
        c.context_create(job, b"denied").unwrap()
    });
    assert_eq!(world.as_process(denied, |c| c.port_create(2)), Err(Status::ACCESS_DENIED));
    assert_eq!(world.count(ObjectType::Port), 0);
}

#[test]
fn a_port_has_its_rights_and_cannot_be_waited_for() {
    let world = World::null();
    let port = world.host(|c| c.port_create(0)).unwrap();
    let basic = world.basic(port);
    assert_eq!((basic.rights, basic.object_type), (0x800f, ObjectType::Port as u32));
    let wait = world.host(|c| c.object_wait_one(port, USER_0, 0, 1));
    assert_eq!(wait, Err(Status::ACCESS_DENIED));
}

#[test]
fn packets_of_users_keep_all_but_their_type() {
    let world = World::null();
    world.host(|c| {
        let port = c.port_create(0).unwrap();
        let packet = PortPacket { packet_type: 7, ..user(3) };
        c.port_queue(port, packet).unwrap();
        assert_eq!(next(c, port), Some(user(3)));
        assert_eq!(next(c, port), None);
    });
}

#[test]
fn queue_wait_and_cancel_judge_the_port_first() {
    let world = World::null();
    world.host(|c| {
        let port = c.port_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        let reader = without(c, port, Rights::WRITE);
        let writer = without(c, port, Rights::READ);
        let mute = without(c, event, Rights::WAIT);
        for (handle, status) in
            [(9, Status::BAD_HANDLE), (event, Status::WRONG_TYPE), (reader, Status::ACCESS_DENIED)]
        {
            assert_eq!(c.port_queue(handle, user(1)), Err(status));
            assert_eq!(c.port_cancel(handle, 9, 1), Err(status));
            assert_eq!(c.port_cancel_key(handle, 0, 1), Err(status));
            assert_eq!(c.port_cancel_key(handle, 1, 1), Err(Status::INVALID_ARGS));
            assert_eq!(c.object_wait_async(9, handle, 1, USER_0, 0), Err(status));
            assert_eq!(c.object_wait_async(9, handle, 1, USER_0, 8), Err(Status::INVALID_ARGS));
        }
        assert_eq!(c.port_wait(writer, 0, 1), Err(Status::ACCESS_DENIED));
        assert_eq!(c.port_cancel(port, 9, 1), Err(Status::BAD_HANDLE));
        assert_eq!(c.port_cancel(port, mute, 1), Err(Status::ACCESS_DENIED));
        assert_eq!(c.port_cancel(port, event, 1), Err(Status::NOT_FOUND));
        assert_eq!(c.port_cancel_key(port, 0, 1), Err(Status::NOT_FOUND));
        assert_eq!(c.object_wait_async(9, port, 1, USER_0, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.object_wait_async(mute, port, 1, USER_0, 0), Err(Status::ACCESS_DENIED));
        let both = WAIT_ASYNC_TIMESTAMP | WAIT_ASYNC_BOOT_TIMESTAMP;
        assert_eq!(c.object_wait_async(event, port, 1, USER_0, both), Err(Status::INVALID_ARGS));
    });
    assert_eq!(world.stats().observers, 0);
}

#[test]
fn a_full_port_takes_no_more_user_packets_but_signals() {
    let world = World::null();
    world.host(|c| {
        let port = c.port_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        for key in 0..PORT_MAX_USER_PACKETS as u64 {
            c.port_queue(port, user(key)).unwrap();
        }
        assert_eq!(c.port_queue(port, user(0)), Err(Status::SHOULD_WAIT));
        c.object_wait_async(event, port, 1, USER_0, 0).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(next(c, port), Some(user(0)));
        c.port_queue(port, user(9)).unwrap();
        assert_eq!(c.port_queue(port, user(9)), Err(Status::SHOULD_WAIT));
        for key in 1..PORT_MAX_USER_PACKETS as u64 {
            assert_eq!(next(c, port), Some(user(key)));
        }
        assert_eq!(signal(c, port).0, 1);
        assert_eq!(next(c, port), Some(user(9)));
        assert_eq!(next(c, port), None);
    });
    assert_eq!((world.stats().packets, world.stats().observers), (0, 0));
}

#[test]
fn a_guest_that_overfills_a_port_gets_an_exception() {
    let world = World::new();
    let guest = Guest::start(&world);
    let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
    let queue = [port.into(), guest.at(64)];
    for _ in 0..PORT_MAX_USER_PACKETS {
        guest.call(Syscall::PortQueue, &queue).unwrap();
    }
    guest.enter(Syscall::PortQueue, &queue);
    guest.gone();
    let crash = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
    assert_eq!(crash.exception.synth_code, 17);
    assert_eq!((world.stats().packets, world.count(ObjectType::Port)), (0, 0));
    guest.finish();
}

#[test]
fn a_signal_that_is_set_already_makes_a_packet_at_once() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        c.object_signal(event, 0, (SIGNALED | USER_0).bits()).unwrap();
        c.object_wait_async(event, port, 5, USER_0, 0).unwrap();
        assert_eq!(signal(c, port), (5, of(USER_0, USER_0 | SIGNALED)));
        // Once only.
        c.object_signal(event, USER_0.bits(), 0).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(next(c, port), None);
    });
    assert_eq!(world.stats().observers, 0);
}

#[test]
fn an_edge_is_a_signal_that_becomes_set() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        c.object_wait_async(event, port, 5, USER_0, WAIT_ASYNC_EDGE).unwrap();
        assert_eq!(next(c, port), None);
        c.object_signal(event, 0, SIGNALED.bits()).unwrap();
        assert_eq!(next(c, port), None);
        c.object_signal(event, USER_0.bits(), 0).unwrap();
        assert_eq!(next(c, port), None);
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(signal(c, port), (5, of(USER_0, USER_0 | SIGNALED)));
    });
}

#[test]
fn edges_add_up_while_the_packet_is_queued() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        c.object_wait_async(event, port, 5, USER_0 | SIGNALED, 0).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        c.object_signal(event, USER_0.bits(), SIGNALED.bits()).unwrap();
        c.object_signal(event, SIGNALED.bits(), 0).unwrap();
        // Not asked for.
        c.object_signal(event, 0, USER_0.bits() << 1).unwrap();
        assert_eq!(signal(c, port), (5, of(USER_0 | SIGNALED, USER_0 | SIGNALED)));
        c.object_signal(event, 0, SIGNALED.bits()).unwrap();
        assert_eq!(next(c, port), None);
    });
    assert_eq!(world.stats().observers, 0);
}

#[test]
fn timestamps_tell_when_the_signals_matched() {
    let world = World::null();
    let (port, event) = world.host(|c| (c.port_create(0).unwrap(), c.event_create(0).unwrap()));
    let stamps = [0, WAIT_ASYNC_TIMESTAMP, WAIT_ASYNC_BOOT_TIMESTAMP];
    world.host(|c| {
        for (key, options) in (0..).zip(stamps) {
            c.object_wait_async(event, port, key, USER_0, options).unwrap();
        }
    });
    world.clock.advance(41);
    world.host(|c| c.object_signal(event, 0, USER_0.bits())).unwrap();
    world.clock.advance(1000);
    let times = world.host(|c| stamps.map(|_| signal(c, port).1.timestamp));
    // The newest watch is told first.
    assert_eq!(times, [42, 42, 0]);
}

#[test]
fn the_count_is_one_however_many_messages_there_are() {
    let world = World::null();
    world.host(|c| {
        let port = c.port_create(0).unwrap();
        let (near, far) = c.channel_create(0).unwrap();
        for _ in 0..3 {
            c.channel_write(near, 0, vec![], &[]).unwrap();
        }
        let both = Signals::READABLE | Signals::WRITABLE;
        c.object_wait_async(far, port, 1, Signals::READABLE, 0).unwrap();
        c.object_wait_async(far, port, 2, Signals::WRITABLE, 0).unwrap();
        c.object_wait_async(near, port, 3, both, 0).unwrap();
        let counts = [(); 3].map(|()| signal(c, port).1.count);
        assert_eq!(counts, [1, 1, 1]);
        c.object_wait_async(near, port, 4, Signals::READABLE, 0).unwrap();
        c.channel_write(far, 0, vec![], &[]).unwrap();
        c.channel_write(far, 0, vec![], &[]).unwrap();
        assert_eq!(signal(c, port).1.count, 1);
    });
}

#[test]
fn closing_the_watched_handle_ends_the_watch_and_keeps_the_packet() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        let [queued, watched] = [(); 2].map(|()| c.handle_duplicate(event, 1 << 31).unwrap());
        c.object_wait_async(queued, port, 1, USER_0, 0).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        c.object_wait_async(watched, port, 2, SIGNALED, 0).unwrap();
        c.handle_close_many(&[queued, watched]).unwrap();
        c.object_signal(event, USER_0.bits(), SIGNALED.bits()).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(signal(c, port), (1, of(USER_0, USER_0)));
        assert_eq!(next(c, port), None);
    });
    assert_eq!((world.stats().observers, world.stats().packets), (0, 0));
}

#[test]
fn cancel_takes_back_watches_and_packets_of_one_handle_and_key() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        let other = with_rights(c, event, Rights::WAIT);
        for handle in [event, other] {
            for key in [1, 2] {
                c.object_wait_async(handle, port, key, USER_0, 0).unwrap();
            }
        }
        assert_eq!(c.port_cancel(port, event, 1), Ok(()));
        assert_eq!(c.port_cancel(port, event, 1), Err(Status::NOT_FOUND));
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(c.port_cancel(port, other, 2), Ok(()));
        let keys = [(); 2].map(|()| signal(c, port).0);
        // Those of the newest watches first.
        assert_eq!(keys, [1, 2]);
        assert_eq!(next(c, port), None);
    });
    assert_eq!((world.stats().observers, world.stats().packets), (0, 0));
}

#[test]
fn cancel_key_takes_back_everything_with_a_key() {
    let world = World::null();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        for key in [1, 2] {
            c.object_wait_async(event, port, key, USER_0, 0).unwrap();
            c.object_wait_async(event, port, key, SIGNALED, 0).unwrap();
            c.port_queue(port, user(key)).unwrap();
        }
        assert_eq!(c.port_cancel_key(port, 0, 1), Ok(()));
        assert_eq!(c.port_cancel_key(port, 0, 1), Err(Status::NOT_FOUND));
        assert_eq!(signal(c, port).0, 2);
        assert_eq!(next(c, port), Some(user(2)));
        assert_eq!(next(c, port), None);
    });
    assert_eq!(world.stats().observers, 1);
}

#[test]
fn a_ports_death_ends_all_it_had() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let (port, event) = (c.port_create(0).unwrap(), c.event_create(0).unwrap());
        c.object_wait_async(event, port, 1, USER_0, 0).unwrap();
        c.object_wait_async(event, port, 2, SIGNALED, 0).unwrap();
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        c.port_queue(port, user(1)).unwrap();
        c.handle_close(port).unwrap();
        c.object_signal(event, 0, SIGNALED.bits()).unwrap();
        c.handle_close(event).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn an_objects_death_keeps_its_packet() {
    let world = World::null();
    world.host(|c| {
        let port = c.port_create(0).unwrap();
        let (near, far) = c.eventpair_create(0).unwrap();
        c.object_wait_async(near, port, 1, Signals::PEER_CLOSED, 0).unwrap();
        c.handle_close(far).unwrap();
        c.handle_close(near).unwrap();
        assert_eq!(signal(c, port).0, 1);
    });
    assert_eq!((world.stats().observers, world.stats().packets), (0, 0));
}

#[test]
fn a_context_that_ends_stops_watching() {
    let world = World::null();
    let root = world.root_job();
    let port = world.host(|c| c.port_create(0)).unwrap();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let context = world.host(|c| c.context_create(root, b"context")).unwrap();
    let (theirs, watched) = world.host(|c| {
        let (port, event) = (
            c.handle_duplicate(port, 1 << 31).unwrap(),
            c.handle_duplicate(event, 1 << 31).unwrap(),
        );
        (c.handle_transfer(port, context).unwrap(), c.handle_transfer(event, context).unwrap())
    });
    world.as_process(context, |c| {
        c.object_wait_async(watched, theirs, 1, USER_0, 0).unwrap();
        c.object_wait_async(watched, theirs, 2, SIGNALED, 0).unwrap();
    });
    world.host(|c| c.object_signal(event, 0, SIGNALED.bits())).unwrap();
    world.as_process(context, |c| c.context_close());
    world.host(|c| {
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        assert_eq!(signal(c, port).0, 2);
        assert_eq!(next(c, port), None);
    });
    assert_eq!((world.stats().observers, world.stats().packets), (0, 0));
}

#[test]
fn each_packet_goes_to_the_one_who_waited_longest() {
    let world = World::null();
    let port = world.host(|c| c.port_create(0)).unwrap();
    world.host(|c| {
        for token in [1, 2] {
            assert_eq!(c.port_wait(port, TIME_INFINITE, token), Ok(PortWait::Pending));
        }
        for key in [10, 20, 30] {
            c.port_queue(port, user(key)).unwrap();
        }
    });
    let got = [(1, WaitResult::Packet(user(10))), (2, WaitResult::Packet(user(20)))];
    assert_eq!(world.events.results(), got);
    let done = |token| (token, Status::OK, Signals::empty());
    assert_eq!(world.events.waits(), [done(1), done(2)]);
    assert_eq!(world.host(|c| next(c, port)), Some(user(30)));
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_wait_for_packets_times_out_is_taken_back_and_ends_with_the_port() {
    let world = World::null();
    let port = world.host(|c| c.port_create(0)).unwrap();
    world.host(|c| {
        c.port_wait(port, 50, 1).unwrap();
        c.port_wait(port, TIME_INFINITE, 2).unwrap();
        c.port_wait(port, TIME_INFINITE, 3).unwrap();
    });
    world.clock.advance(49);
    assert_eq!(world.events.waits(), [(1, Status::TIMED_OUT, Signals::empty())]);
    assert!(world.kernel.cancel_wait(2));
    world.host(|c| c.handle_close(port)).unwrap();
    assert_eq!(world.events.waits(), [(3, Status::CANCELED, Signals::empty())]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn guests_block_for_packets_in_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let other = Thread::start(&world, &guest);
    let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
    let wait = |at: u64| [port.into(), TIME_INFINITE as u64, guest.at(at)];
    block(&world, &guest, Syscall::PortWait, &wait(0), ThreadState::BlockedPort);
    other.enter(Syscall::PortWait, &wait(64));
    world.machine.orders();
    world.as_process(guest.koid, |c| {
        c.port_queue(port, user(1)).unwrap();
        c.port_queue(port, user(2)).unwrap();
    });
    let ended = [(guest.thread_koid, Status::OK), (other.koid, Status::OK)];
    assert_eq!(resumed(&world), ended);
    assert_eq!(guest.peek::<48>(0), user(1).as_bytes());
    assert_eq!(guest.peek::<48>(64), user(2).as_bytes());
    guest.poke(128, user(3).as_bytes());
    guest.call(Syscall::PortQueue, &[port.into(), guest.at(128)]).unwrap();
    guest.call(Syscall::PortWait, &[port.into(), 0, guest.at(0)]).unwrap();
    assert_eq!(guest.peek::<48>(0), user(3).as_bytes());
    let nothing = guest.call(Syscall::PortWait, &[port.into(), 0, guest.at(0)]);
    assert_eq!(nothing, Err(Status::TIMED_OUT));
    world.host(|c| c.handle_close(other.handle)).unwrap();
    guest.finish();
}

#[test]
fn a_packet_that_cannot_be_handed_out_is_lost() {
    let world = World::new();
    let guest = Guest::start(&world);
    let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
    let wait = [port.into(), TIME_INFINITE as u64, guest.read_only()];
    block(&world, &guest, Syscall::PortWait, &wait, ThreadState::BlockedPort);
    world.as_process(guest.koid, |c| c.port_queue(port, user(1))).unwrap();
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::INVALID_ARGS)]);
    assert_eq!(world.stats().packets, 0);
    let bad = guest.call(Syscall::PortQueue, &[port.into(), guest.unmapped()]);
    assert_eq!(bad, Err(Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn guests_watch_through_every_argument() {
    let world = World::new();
    let guest = Guest::start(&world);
    let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let watch = |key: u64| [event.into(), port.into(), key, SIGNALED.bits().into(), 0];
    for key in [1 << 40, 2, 3] {
        guest.call(Syscall::ObjectWaitAsync, &watch(key)).unwrap();
    }
    guest.call(Syscall::PortCancel, &[port.into(), event.into(), 2]).unwrap();
    guest.call(Syscall::PortCancelKey, &[port.into(), 0, 3]).unwrap();
    guest.call(Syscall::ObjectSignal, &[event.into(), 0, 8]).unwrap();
    guest.call(Syscall::PortWait, &[port.into(), 0, guest.at(0)]).unwrap();
    assert_eq!((guest.long(0), guest.word(8), guest.word(16), guest.word(20)), (1 << 40, 1, 8, 8));
    let nothing = guest.call(Syscall::PortWait, &[port.into(), 0, guest.at(0)]);
    assert_eq!(nothing, Err(Status::TIMED_OUT));
    guest.finish();
    assert_eq!((world.stats().observers, world.count(ObjectType::Port)), (0, 0));
}
