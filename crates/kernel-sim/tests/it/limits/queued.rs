//! Bytes that wait to be read, watches and packets.

use kernel_sim::Item;
use zx_abi::{PortPacket, Signals, Status};

use super::{Limited, used};
use crate::support::{World, read};

/// What a message is charged besides its bytes.
const WEIGHT: u64 = 64;

#[test]
fn messages_reach_the_limit_and_not_one_byte_more() {
    let world = World::null();
    let limited = Limited::new(&world);
    limited.allow(Item::ChannelBytes, 2 * WEIGHT + 5);
    limited.call(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        c.channel_write(near, 0, vec![1, 2], &[]).unwrap();
        // A message that does not fit takes its handles with it, as all that fail.
        let write = c.channel_write(near, 0, vec![0; 4], &[event]);
        assert_eq!(write, Err(Status::NO_MEMORY));
        assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
        c.channel_write(far, 0, vec![0; 3], &[]).unwrap();
        assert_eq!(c.channel_write(near, 0, vec![], &[]), Err(Status::NO_MEMORY));
        assert_eq!(read(c, far).0, [1, 2]);
        c.channel_write(near, 0, vec![0; 2], &[]).unwrap();
        // Too large for its reader: it goes unread.
        c.channel_read(far, 1, 0, 0).unwrap();
        c.channel_write(near, 0, vec![0; 2], &[]).unwrap();
    });
    assert_eq!(limited.used()[Item::ChannelBytes], 2 * WEIGHT + 5);
    limited.finish();
    assert_eq!(limited.used()[Item::ChannelBytes], 0);
}

#[test]
fn a_message_is_charged_to_its_writer_until_it_is_read() {
    let world = World::null();
    let limited = Limited::new(&world);
    let root = world.root_job();
    let before = used(&world, root)[Item::ChannelBytes];
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let far = world.host(|c| c.handle_transfer(far, limited.context)).unwrap();
    limited.call(|c| c.channel_write(far, 0, vec![0; 10], &[])).unwrap();
    world.host(|c| c.channel_write(near, 0, vec![0; 5], &[])).unwrap();
    assert_eq!(limited.used()[Item::ChannelBytes], WEIGHT + 10);
    assert_eq!(used(&world, root)[Item::ChannelBytes], before + 2 * WEIGHT + 15);
    // The end that held the host's message goes, and the context whose message waits.
    limited.finish();
    assert_eq!(used(&world, root)[Item::ChannelBytes], before + WEIGHT + 10);
    world.host(|c| read(c, near));
    assert_eq!(limited.used()[Item::ChannelBytes], 0);
    assert_eq!(used(&world, root)[Item::ChannelBytes], before);
}

#[test]
fn sockets_hold_as_many_bytes_as_their_maker_may_have() {
    let world = World::null();
    let limited = Limited::new(&world);
    limited.allow(Item::SocketBytes, 10);
    for options in [0, 1] {
        limited.call(|c| {
            let (near, far) = c.socket_create(options).unwrap();
            assert_eq!(c.socket_write(near, 0, &[0; 11]), Err(Status::NO_MEMORY));
            assert_eq!(c.socket_write(near, 0, &[0; 7]), Ok(7));
            assert_eq!(c.socket_write(far, 0, &[0; 4]), Err(Status::NO_MEMORY));
            assert_eq!(c.socket_write(far, 0, &[0; 3]), Ok(3));
            assert_eq!(c.socket_read(far, 8, 7).unwrap().len(), 7, "it stays");
            assert_eq!(c.socket_write(near, 0, &[0]), Err(Status::NO_MEMORY));
            // Of a datagram the rest is lost.
            c.socket_read(far, 0, 7).unwrap();
            assert_eq!(c.socket_write(near, 0, &[0; 7]), Ok(7));
            c.handle_close_many(&[near, far]).unwrap();
        });
        assert_eq!(limited.used()[Item::SocketBytes], 0);
    }
}

#[test]
fn the_log_drops_a_jobs_oldest_records_at_its_limit_and_no_others() {
    let world = World::null();
    let limited = Limited::new(&world);
    let log = world.host(|c| {
        let log = c.debuglog().unwrap();
        c.debug_write(b"host", 0);
        log
    });
    limited.allow(Item::LogBytes, 4);
    let said = ["a", "bb", "c", "d", "too much", "ee"];
    limited.call(|c| said.iter().for_each(|text| c.debug_write(text.as_bytes(), 0)));
    assert_eq!(limited.used()[Item::LogBytes], 4);
    let kept = world.host(|c| {
        std::iter::from_fn(|| c.debuglog_read(log, 0).ok()).map(|r| r.data).collect::<Vec<_>>()
    });
    // "too much" could never be kept, and takes nobody's place.
    assert_eq!(kept, ["host", "c", "d", "ee"].map(|text| text.as_bytes().to_vec()));
}

#[test]
fn watches_and_packets_count_as_objects() {
    let world = World::null();
    let limited = Limited::new(&world);
    let (event, port) = limited.call(|c| (c.event_create(0).unwrap(), c.port_create(0).unwrap()));
    let before = limited.used()[Item::Objects];
    limited.allow(Item::Objects, 2);
    limited.call(|c| {
        let watch = |c: &mut kernel_sim::Caller<'_>, key| {
            c.object_wait_async(event, port, key, Signals::SIGNALED, 0)
        };
        watch(c, 1).unwrap();
        c.port_queue(port, PortPacket::default()).unwrap();
        assert_eq!(watch(c, 2), Err(Status::NO_MEMORY));
        assert_eq!(c.port_queue(port, PortPacket::default()), Err(Status::NO_MEMORY));
        // A watch that is told becomes a packet, and watches until that is read.
        c.object_signal(event, 0, Signals::SIGNALED.bits()).unwrap();
        assert_eq!(watch(c, 2), Err(Status::NO_MEMORY));
        c.port_wait(port, 0, 0).unwrap();
        assert_eq!(watch(c, 2), Err(Status::NO_MEMORY));
        c.port_wait(port, 0, 0).unwrap();
    });
    assert_eq!(limited.used()[Item::Objects], before);
    limited.call(|c| {
        c.object_wait_async(event, port, 3, Signals::SIGNALED, 0).unwrap();
        assert_eq!(c.port_queue(port, PortPacket::default()), Err(Status::NO_MEMORY));
        // The packet stays when the handle goes.
        c.handle_close(event).unwrap();
        c.port_queue(port, PortPacket::default()).unwrap();
    });
    assert_eq!(limited.used()[Item::Objects], before + 1);
    limited.call(|c| c.port_cancel_key(port, 0, 3)).unwrap();
    assert_eq!(limited.used()[Item::Objects], before);
    limited.call(|c| c.handle_close(port)).unwrap();
    assert_eq!(limited.used()[Item::Objects], before - 2);
}
