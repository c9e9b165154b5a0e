//! Virtual interrupts: waited for, or bound to ports.

use kernel_sim::{Caller, InterruptWait, PortWait, WaitResult};
use zerocopy::FromBytes;
use zx_abi::{
    Abi, INFO_INTERRUPT, INTERRUPT_UNBIND, INTERRUPT_VIRTUAL, PACKET_INTERRUPT, PACKET_USER,
    PacketInterrupt, PortPacket, Result, Rights, Signals, Status, Syscall,
};

use crate::support::{Guest, World, info, without};

const BIND: u32 = 0;

fn create(c: &mut Caller<'_>) -> u32 {
    c.interrupt_create(0, 0, INTERRUPT_VIRTUAL).unwrap()
}

/// A port for interrupts.
fn port(c: &mut Caller<'_>) -> u32 {
    c.port_create(1).unwrap()
}

/// Key and moment of the next packet, which is an interrupt's.
fn packet(c: &mut Caller<'_>, port: u32) -> Result<(u64, i64)> {
    match c.port_wait(port, 0, 0)? {
        PortWait::Ready(packet) => {
            assert_eq!((packet.packet_type, packet.status), (PACKET_INTERRUPT, 0));
            let record = PacketInterrupt::read_from_bytes(&packet.payload).unwrap();
            Ok((packet.key, record.timestamp))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn options_are_those_of_the_abi() {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        world.as_process(guest.koid, |c| {
            let since = abi == Abi::Newest;
            let mono = c.interrupt_create(9, 0, 0x50);
            assert_eq!(mono.is_ok(), since);
            assert_eq!(c.interrupt_create(0, 0, 0x11), Err(Status::INVALID_ARGS));
            let interrupt = create(c);
            let told = info::<u32>(c, interrupt, INFO_INTERRUPT);
            assert_eq!(told, if since { Ok(0x10) } else { Err(Status::WRONG_TYPE) });
            let untriggered = Signals::INTERRUPT_UNTRIGGERED;
            let shown = c.object_wait_one(interrupt, untriggered, 0, 0).is_ok();
            assert_eq!(shown, since);
        });
        guest.finish();
    }
}

#[test]
fn a_trigger_wakes_who_waits_or_whoever_asks_next() {
    let world = World::null();
    world.host(|c| {
        let interrupt = create(c);
        assert_eq!(c.interrupt_trigger(interrupt, 0, 12), Ok(()));
        // The first moment counts.
        c.interrupt_trigger(interrupt, 0, 13).unwrap();
        assert_eq!(c.interrupt_wait(interrupt, 1), Ok(InterruptWait::Ready(12)));
        assert_eq!(c.interrupt_wait(interrupt, 2), Ok(InterruptWait::Pending));
        assert_eq!(c.interrupt_wait(interrupt, 3), Err(Status::BAD_STATE));
        c.interrupt_trigger(interrupt, 0, 14).unwrap();
        c.interrupt_trigger(interrupt, 0, 15).unwrap();
        assert_eq!(c.interrupt_wait(interrupt, 4), Ok(InterruptWait::Ready(15)));
    });
    assert_eq!(world.events.waits(), [(2, Status::OK, Signals::empty())]);
    assert_eq!(world.events.results(), [(2, WaitResult::Timestamp(14))]);
}

#[test]
fn a_wait_that_is_taken_back_leaves_the_interrupt_to_others() {
    let world = World::null();
    let interrupt = world.host(create);
    world.host(|c| c.interrupt_wait(interrupt, 1)).unwrap();
    assert!(world.kernel.cancel_wait(1));
    assert_eq!(world.host(|c| c.interrupt_wait(interrupt, 2)), Ok(InterruptWait::Pending));
    world.host(|c| c.interrupt_destroy(interrupt)).unwrap();
    assert_eq!(world.events.waits(), [(2, Status::CANCELED, Signals::empty())]);
    world.host(|c| {
        assert_eq!(c.interrupt_wait(interrupt, 3), Err(Status::CANCELED));
        assert_eq!(c.interrupt_trigger(interrupt, 0, 1), Err(Status::CANCELED));
        let port = port(c);
        assert_eq!(c.interrupt_bind(interrupt, port, 0, BIND), Err(Status::CANCELED));
        assert_eq!(c.interrupt_ack(interrupt), Err(Status::CANCELED));
    });
}

#[test]
fn the_last_handle_ends_the_wait() {
    let world = World::null();
    let interrupt = world.host(create);
    world.host(|c| c.interrupt_wait(interrupt, 1)).unwrap();
    world.host(|c| c.handle_close(interrupt)).unwrap();
    assert_eq!(world.events.waits(), [(1, Status::CANCELED, Signals::empty())]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_bound_interrupt_puts_one_packet_into_its_port_until_it_is_acknowledged() {
    World::null().host(|c| {
        let (interrupt, port) = (create(c), port(c));
        c.interrupt_bind(interrupt, port, 7, BIND).unwrap();
        assert_eq!(c.interrupt_wait(interrupt, 1), Err(Status::BAD_STATE));
        assert_eq!(c.interrupt_ack(interrupt), Ok(()));
        c.interrupt_trigger(interrupt, 0, 1).unwrap();
        c.interrupt_trigger(interrupt, 0, 2).unwrap();
        c.interrupt_trigger(interrupt, 0, 3).unwrap();
        // Its packet is still there.
        assert_eq!(c.interrupt_ack(interrupt), Err(Status::BAD_STATE));
        assert_eq!(packet(c, port), Ok((7, 1)));
        assert_eq!(packet(c, port), Err(Status::TIMED_OUT));
        assert_eq!(c.interrupt_ack(interrupt), Ok(()));
        assert_eq!(packet(c, port), Ok((7, 2)));
        assert_eq!(c.interrupt_ack(interrupt), Ok(()));
        assert_eq!(packet(c, port), Err(Status::TIMED_OUT));
        c.interrupt_trigger(interrupt, 0, 4).unwrap();
        assert_eq!(packet(c, port), Ok((7, 4)));
    });
}

#[test]
fn packets_of_interrupts_come_before_others() {
    World::null().host(|c| {
        let (port, interrupts) = (port(c), [create(c), create(c)]);
        c.port_queue(port, PortPacket { key: 1, ..PortPacket::default() }).unwrap();
        for (key, interrupt) in (2..).zip(interrupts) {
            c.interrupt_bind(interrupt, port, key, BIND).unwrap();
            c.interrupt_trigger(interrupt, 0, 5).unwrap();
        }
        assert_eq!((packet(c, port), packet(c, port)), (Ok((2, 5)), Ok((3, 5))));
        let Ok(PortWait::Ready(user)) = c.port_wait(port, 0, 0) else { panic!() };
        assert_eq!((user.packet_type, user.key), (PACKET_USER, 1));
    });
}

#[test]
fn a_packet_wakes_who_waits_at_the_port() {
    let world = World::null();
    world.host(|c| {
        let (interrupt, port) = (create(c), port(c));
        c.interrupt_trigger(interrupt, 0, 9).unwrap();
        assert_eq!(c.port_wait(port, i64::MAX, 1), Ok(PortWait::Pending));
        // It was triggered before.
        c.interrupt_bind(interrupt, port, 7, BIND).unwrap();
        assert_eq!(c.interrupt_destroy(interrupt), Err(Status::NOT_FOUND));
    });
    let results = world.events.results();
    let [(1, WaitResult::Packet(packet))] = &results[..] else { panic!("{results:?}") };
    assert_eq!((packet.key, packet.packet_type), (7, PACKET_INTERRUPT));
}

#[test]
fn what_is_unbound_or_destroyed_takes_its_packet_back() {
    let world = World::null();
    world.host(|c| {
        let (interrupt, port) = (create(c), port(c));
        c.interrupt_bind(interrupt, port, 7, BIND).unwrap();
        c.interrupt_trigger(interrupt, 0, 1).unwrap();
        c.interrupt_bind(interrupt, port, 7, INTERRUPT_UNBIND).unwrap();
        assert_eq!(packet(c, port), Err(Status::TIMED_OUT));
        assert_eq!(c.interrupt_bind(interrupt, port, 7, INTERRUPT_UNBIND), Err(Status::NOT_FOUND));
        assert_eq!(c.interrupt_ack(interrupt), Err(Status::BAD_STATE));
        let other = create(c);
        c.interrupt_bind(other, port, 8, BIND).unwrap();
        c.interrupt_trigger(other, 0, 1).unwrap();
        assert_eq!(c.interrupt_destroy(other), Ok(()));
        assert_eq!(packet(c, port), Err(Status::TIMED_OUT));
        // The port may go first.
        let third = create(c);
        c.interrupt_bind(third, port, 9, BIND).unwrap();
        c.interrupt_trigger(third, 0, 1).unwrap();
        c.handle_close(port).unwrap();
        c.handle_close(third).unwrap();
    });
    assert_eq!(world.stats().packets, 0);
}

#[test]
fn calls_judge_options_then_handles_then_what_the_port_is_for() {
    World::null().host(|c| {
        let (interrupt, bound, plain) = (create(c), port(c), c.port_create(0).unwrap());
        let event = c.event_create(0).unwrap();
        let bind =
            |c: &mut Caller<'_>, handle, port, options| c.interrupt_bind(handle, port, 0, options);
        assert_eq!(bind(c, 9, 9, 2), Err(Status::INVALID_ARGS));
        assert_eq!(bind(c, 9, 9, BIND), Err(Status::BAD_HANDLE));
        assert_eq!(bind(c, event, 9, BIND), Err(Status::WRONG_TYPE));
        let deaf = without(c, interrupt, Rights::READ);
        assert_eq!(bind(c, deaf, bound, BIND), Err(Status::ACCESS_DENIED));
        assert_eq!(bind(c, interrupt, event, BIND), Err(Status::WRONG_TYPE));
        let mute = without(c, bound, Rights::WRITE);
        assert_eq!(bind(c, interrupt, mute, BIND), Err(Status::ACCESS_DENIED));
        assert_eq!(bind(c, interrupt, plain, BIND), Err(Status::WRONG_TYPE));
        c.interrupt_wait(interrupt, 1).unwrap();
        assert_eq!(bind(c, interrupt, bound, BIND), Err(Status::BAD_STATE));
        c.interrupt_trigger(interrupt, 0, 1).unwrap();
        assert_eq!(bind(c, interrupt, bound, BIND), Ok(()));
        assert_eq!(bind(c, interrupt, bound, BIND), Err(Status::ALREADY_BOUND));
        assert_eq!(c.interrupt_trigger(9, 1, 0), Err(Status::INVALID_ARGS));
        for (right, call) in [
            (
                Rights::SIGNAL,
                (|c, h| c.interrupt_trigger(h, 0, 1)) as fn(&mut Caller<'_>, u32) -> Result,
            ),
            (Rights::WAIT, |c, h| c.interrupt_wait(h, 9).map(|_| ())),
            (Rights::WRITE, |c, h| c.interrupt_ack(h)),
        ] {
            let weak = without(c, interrupt, right);
            assert_eq!(call(c, weak), Err(Status::ACCESS_DENIED), "{right:?}");
            assert_eq!(call(c, event), Err(Status::WRONG_TYPE), "{right:?}");
        }
        let other = create(c);
        let nothing = c.handle_duplicate(other, 0).unwrap();
        assert_eq!(c.interrupt_destroy(nothing), Ok(()));
        assert_eq!(c.interrupt_destroy(event), Err(Status::WRONG_TYPE));
    });
}

#[test]
fn a_guest_waits_and_gets_the_moment() {
    let world = World::new();
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let interrupt =
            u64::from(guest.create(Syscall::InterruptCreate, &[0, 0, 0x10, guest.at(0)]).unwrap());
        guest.call(Syscall::InterruptTrigger, &[interrupt, 0, 77]).unwrap();
        guest.call(Syscall::InterruptWait, &[interrupt, guest.at(8)]).unwrap();
        assert_eq!(guest.long(8), 77);
        guest.call(Syscall::InterruptTrigger, &[interrupt, 0, 78]).unwrap();
        assert_eq!(guest.call(Syscall::InterruptWait, &[interrupt, 0]), Ok(()));
        guest.finish();
    }
}
