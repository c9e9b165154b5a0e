//! Channels: messages, the handles in them, limits.

use kernel_sim::{Caller, ChannelRead};
use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, CHANNEL_MAX_PENDING, ObjectType, Rights,
    Signals, Status,
};

use crate::support::{World, basic, read, reduced, without};

const MAY_DISCARD: u32 = 1;
const MAX_BYTES: usize = CHANNEL_MAX_MSG_BYTES as usize;
const MAX_HANDLES: usize = CHANNEL_MAX_MSG_HANDLES as usize;

fn events(c: &mut Caller<'_>, count: usize) -> Vec<u32> {
    (0..count).map(|_| c.event_create(0).unwrap()).collect()
}

/// Whether none of these values names anything any more.
fn consumed(c: &mut Caller<'_>, handles: &[u32]) -> bool {
    handles.iter().all(|handle| c.handle_close(*handle) == Err(Status::BAD_HANDLE))
}

#[test]
fn create_takes_no_options() {
    let world = World::null();
    assert_eq!(world.host(|c| c.channel_create(1)), Err(Status::INVALID_ARGS));
    assert_eq!(world.count(ObjectType::Channel), 0);
}

#[test]
fn messages_arrive_in_order_with_their_handles() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        let koid = basic(c, event).koid;
        c.channel_write(near, 0, b"first".to_vec(), &[event]).unwrap();
        c.channel_write(near, 0, Vec::new(), &[]).unwrap();
        assert!(consumed(c, &[event]));
        let (bytes, handles) = read(c, far);
        assert_eq!((bytes.as_slice(), handles.len()), (b"first".as_slice(), 1));
        assert_ne!(handles[0], event);
        assert_eq!(basic(c, handles[0]).koid, koid);
        // A message of nothing is a message.
        assert_eq!(read(c, far), (Vec::new(), Vec::new()));
        assert_eq!(c.channel_read(far, 0, 0, 0), Err(Status::SHOULD_WAIT));
        assert_eq!(c.channel_read(near, 0, 0, 0), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn write_judges_options_then_channel_then_sizes_then_handles_then_peer() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        c.handle_close(far).unwrap();
        let (mute, _) = c.channel_create(0).unwrap();
        let mute = reduced(c, mute, Rights::WRITE);
        let wrong = c.event_create(0).unwrap();
        let large = || vec![0; MAX_BYTES + 1];
        let bad = [9];
        for (channel, options, bytes, status) in [
            (9, 1, large(), Status::INVALID_ARGS),
            (9, 0, large(), Status::BAD_HANDLE),
            (wrong, 0, large(), Status::WRONG_TYPE),
            (mute, 0, large(), Status::ACCESS_DENIED),
            (near, 0, large(), Status::OUT_OF_RANGE),
            (near, 0, Vec::new(), Status::BAD_HANDLE),
        ] {
            let kept = c.event_create(0).unwrap();
            let list = [kept, bad[0]];
            let result = c.channel_write(channel, options, bytes, &list);
            assert_eq!(result, Err(status));
            assert!(consumed(c, &[kept]), "{status:?}");
        }
        let kept = c.event_create(0).unwrap();
        let result = c.channel_write(near, 0, Vec::new(), &[kept]);
        assert_eq!(result, Err(Status::PEER_CLOSED));
        assert!(consumed(c, &[kept]));
        assert_eq!(c.handle_close(wrong), Ok(()));
    });
    assert_eq!(world.count(ObjectType::Event), 0);
}

#[test]
fn the_first_bad_handle_decides_and_all_are_consumed() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = |c: &mut Caller<'_>| without(c, event, Rights::TRANSFER);
        let good = |c: &mut Caller<'_>| without(c, event, Rights::empty());
        let (a, b) = (good(c), fixed(c));
        let list = [a, b, 9];
        assert_eq!(c.channel_write(near, 0, vec![], &list), Err(Status::ACCESS_DENIED));
        assert!(consumed(c, &[a, b]));
        let (a, b) = (fixed(c), good(c));
        let list = [9, a, b];
        assert_eq!(c.channel_write(near, 0, vec![], &list), Err(Status::BAD_HANDLE));
        assert!(consumed(c, &[a, b]));
        let a = good(c);
        let list = [a, a];
        assert_eq!(c.channel_write(near, 0, vec![], &list), Err(Status::BAD_HANDLE));
        let a = good(c);
        let list = [a, 0];
        assert_eq!(c.channel_write(near, 0, vec![], &list), Err(Status::BAD_HANDLE));
        assert_eq!(c.channel_read(far, 0, 0, 0), Err(Status::SHOULD_WAIT));
        // The channel itself cannot go through itself; it is gone all the same.
        let a = good(c);
        assert_eq!(c.channel_write(near, 0, vec![], &[a, near]), Err(Status::NOT_SUPPORTED));
        assert!(consumed(c, &[a, near]));
        assert_eq!(c.channel_read(far, 0, 0, 0), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn a_channel_without_transfer_is_denied_before_it_is_itself() {
    let world = World::null();
    world.host(|c| {
        let (near, _far) = c.channel_create(0).unwrap();
        let near = reduced(c, near, Rights::TRANSFER);
        assert_eq!(c.channel_write(near, 0, vec![], &[near]), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn messages_hold_65536_bytes_and_64_handles() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let list = events(c, MAX_HANDLES);
        let bytes: Vec<u8> = (0..MAX_BYTES).map(|i| (i / 7) as u8).collect();
        assert_eq!(c.channel_write(near, 0, bytes.clone(), &list), Ok(()));
        let (received, handles) = read(c, far);
        assert!(received == bytes);
        assert_eq!(handles.len(), MAX_HANDLES);
        let result = c.channel_write(near, 0, vec![0; MAX_BYTES + 1], &handles);
        assert_eq!(result, Err(Status::OUT_OF_RANGE));
        assert!(consumed(c, &handles));
        let list = events(c, MAX_HANDLES + 1);
        assert_eq!(c.channel_write(near, 0, vec![], &list), Err(Status::OUT_OF_RANGE));
        assert!(consumed(c, &list));
        assert_eq!(c.channel_read(far, 0, 0, 0), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn read_judges_channel_then_options_then_queue() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let wrong = c.event_create(0).unwrap();
        let deaf = reduced(c, far, Rights::READ);
        assert_eq!(c.channel_read(9, 2, 0, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.channel_read(wrong, 2, 0, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.channel_read(deaf, 2, 0, 0), Err(Status::ACCESS_DENIED));
        for options in [2, 3, 1 << 31] {
            assert_eq!(c.channel_read(near, options, 0, 0), Err(Status::NOT_SUPPORTED));
        }
        assert_eq!(c.channel_read(near, MAY_DISCARD, 0, 0), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn a_message_too_large_for_the_buffer_stays_unless_it_may_be_discarded() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let list = events(c, 2);
        c.channel_write(near, 0, b"abc".to_vec(), &list).unwrap();
        let too_small = Ok(ChannelRead::TooSmall { bytes: 3, handles: 2 });
        for (bytes, handles) in [(0, 0), (2, 2), (3, 1), (u32::MAX, 0)] {
            assert_eq!(c.channel_read(far, 0, bytes, handles), too_small);
        }
        assert_eq!(c.channel_read(far, MAY_DISCARD, 3, 1), too_small);
        assert_eq!(c.channel_read(far, 0, 3, 2), Err(Status::SHOULD_WAIT));
        c.channel_write(near, 0, b"abc".to_vec(), &[]).unwrap();
        let exact = c.channel_read(far, MAY_DISCARD, 3, 0);
        assert!(matches!(exact, Ok(ChannelRead::Message { .. })), "{exact:?}");
    });
    assert_eq!(world.count(ObjectType::Event), 0);
}

#[test]
fn what_was_sent_stays_readable_after_the_sender_closed() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        c.channel_write(near, 0, b"last words".to_vec(), &[]).unwrap();
        c.handle_close(near).unwrap();
        assert_eq!(read(c, far).0, b"last words");
        assert_eq!(c.channel_read(far, 0, 0, 0), Err(Status::PEER_CLOSED));
        assert_eq!(c.channel_write(far, 0, vec![], &[]), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn signals_follow_queue_and_peer() {
    let world = World::null();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    assert_eq!(world.signals(far), Signals::WRITABLE);
    world.host(|c| c.channel_write(near, 0, vec![1], &[])).unwrap();
    world.host(|c| c.channel_write(near, 0, vec![2], &[])).unwrap();
    assert_eq!(world.signals(far), Signals::WRITABLE | Signals::READABLE);
    assert_eq!(world.signals(near), Signals::WRITABLE);
    world.host(|c| read(c, far));
    assert_eq!(world.signals(far), Signals::WRITABLE | Signals::READABLE);
    world.host(|c| c.handle_close(near)).unwrap();
    assert_eq!(world.signals(far), Signals::PEER_CLOSED | Signals::READABLE);
    world.host(|c| read(c, far));
    assert_eq!(world.signals(far), Signals::PEER_CLOSED);
}

#[test]
fn the_host_is_refused_while_3500_messages_wait() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        for _ in 0..CHANNEL_MAX_PENDING {
            c.channel_write(near, 0, vec![], &[]).unwrap();
        }
        let sent = events(c, 2);
        assert_eq!(c.channel_write(near, 0, vec![], &sent), Err(Status::SHOULD_WAIT));
        assert!(consumed(c, &sent));
        read(c, far);
        c.channel_write(near, 0, vec![], &[]).unwrap();
        assert_eq!(c.channel_write(near, 0, vec![], &[]), Err(Status::SHOULD_WAIT));
        // The other direction is another queue.
        c.channel_write(far, 0, vec![], &[]).unwrap();
    });
}

#[test]
fn closing_an_end_closes_the_handles_in_its_messages() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let (inner, peer) = c.eventpair_create(0).unwrap();
        c.channel_write(near, 0, vec![], &[inner]).unwrap();
        c.handle_close(far).unwrap();
        assert_eq!(c.object_signal_peer(peer, 0, 0), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn ten_thousand_channels_nested_in_each_other_close_at_once() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let (mut outer, mut end) = c.channel_create(0).unwrap();
        for _ in 0..10_000 {
            let (near, far) = c.channel_create(0).unwrap();
            c.channel_write(near, 0, b"deep".to_vec(), &[outer, end]).unwrap();
            (outer, end) = (near, far);
        }
        c.handle_close_many(&[outer, end]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
