//! `zx_channel_call`.

use kernel_sim::{Caller, ChannelCall, WaitResult};
use zerocopy::IntoBytes;
use zx_abi::{
    CHANNEL_MAX_PENDING, ChannelCallArgs, ObjectType, Rights, Signals, Status, Syscall,
    TIME_INFINITE, ThreadState,
};

use crate::support::{FOREVER, Guest, World, block, read, reduced, resumed};

fn message(bytes: &[u8], token: u64) -> ChannelCall<'static> {
    ChannelCall {
        bytes: bytes.to_vec(),
        handles: &[],
        max_bytes: 16,
        max_handles: 1,
        deadline: TIME_INFINITE,
        token,
    }
}

/// Reads a request and answers it with `body`.
fn answer(c: &mut Caller<'_>, server: u32, body: &[u8], handles: &[u32]) -> Vec<u8> {
    let (request, _) = read(c, server);
    let reply = [&request[..4], body].concat();
    c.channel_write(server, 0, reply, handles).unwrap();
    request
}

#[test]
fn a_call_gets_the_reply_with_its_transaction_id() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    let sent = world.host(|c| {
        c.channel_call(client, 0, message(b"\x01\x02\x03\x04hello", 1)).unwrap();
        c.channel_call(client, 0, message(b"\x01\x02\x03\x04again", 2)).unwrap();
        let first = answer(c, server, b"world", &[]);
        // Not a reply to anything.
        c.channel_write(server, 0, b"\x05\x00\x00\x00stray".to_vec(), &[]).unwrap();
        c.channel_write(server, 0, b"abc".to_vec(), &[]).unwrap();
        let second = answer(c, server, b"", &[]);
        [first, second]
    });
    let txids = sent.each_ref().map(|request| request[..4].to_vec());
    assert_eq!(txids[0], 0x8000_0001u32.to_le_bytes());
    assert_eq!(txids[1], 0x8000_0002u32.to_le_bytes());
    assert_eq!(&sent[0][4..], b"hello");
    let reply = |index: usize, body: &[u8]| WaitResult::Reply {
        bytes: [&txids[index], body].concat(),
        handles: vec![],
    };
    assert_eq!(world.events.results(), [(1, reply(0, b"world")), (2, reply(1, b""))]);
    let ok = |token| (token, Status::OK, Signals::empty());
    assert_eq!(world.events.waits(), [ok(1), ok(2)]);
    world.host(|c| {
        assert_eq!(read(c, client).0, b"\x05\x00\x00\x00stray");
        assert_eq!(read(c, client).0, b"abc");
    });
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_reply_never_shows_in_the_queue_and_a_late_one_does() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    world.host(|c| {
        let call = ChannelCall { deadline: 50, ..message(b"late", 1) };
        c.channel_call(client, 0, call).unwrap();
        c.channel_call(client, 0, message(b"soon", 2)).unwrap();
    });
    world.clock.advance(49);
    assert_eq!(world.events.waits(), [(1, Status::TIMED_OUT, Signals::empty())]);
    world.host(|c| answer(c, server, b"late", &[]));
    assert_eq!(world.signals(client), Signals::READABLE | Signals::WRITABLE);
    assert_eq!(&world.host(|c| read(c, client)).0[4..], b"late");
    world.host(|c| answer(c, server, b"soon", &[]));
    assert_eq!(world.signals(client), Signals::WRITABLE);
    assert_eq!(world.events.waits(), [(2, Status::OK, Signals::empty())]);
}

#[test]
fn a_call_is_judged_in_upstreams_order_and_consumes_its_handles() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    world.host(|c| {
        let (other, _peer) = c.channel_create(0).unwrap();
        let mute = reduced(c, other, Rights::READ);
        let event = c.event_create(0).unwrap();
        let mut check = |channel: u32, options: u32, bytes: &[u8], status: Status| {
            let sent = [c.event_create(0).unwrap()];
            let call = ChannelCall { handles: &sent, ..message(bytes, 1) };
            assert_eq!(c.channel_call(channel, options, call), Err(status));
            assert_eq!(c.handle_close(sent[0]), Err(Status::BAD_HANDLE));
        };
        let long = vec![0; 65537];
        check(9, 1, b"", Status::INVALID_ARGS);
        check(9, 0, b"", Status::BAD_HANDLE);
        check(event, 0, b"", Status::WRONG_TYPE);
        check(mute, 0, b"", Status::ACCESS_DENIED);
        check(client, 0, &long, Status::OUT_OF_RANGE);
        check(client, 0, b"abc", Status::INVALID_ARGS);
        c.handle_close(server).unwrap();
    });
    let closed = world.host(|c| c.channel_call(client, 0, message(b"1234", 1)));
    assert_eq!(closed, Err(Status::PEER_CLOSED));
    assert_eq!((world.stats().waits, world.count(ObjectType::Event)), (0, 1));
}

#[test]
fn the_host_does_not_call_where_3500_messages_wait_and_may_be_answered_there() {
    let world = World::null();
    world.host(|c| {
        let (client, server) = c.channel_create(0).unwrap();
        c.channel_call(client, 0, message(b"1234", 1)).unwrap();
        for _ in 1..CHANNEL_MAX_PENDING {
            c.channel_write(client, 0, vec![], &[]).unwrap();
        }
        for _ in 0..CHANNEL_MAX_PENDING {
            c.channel_write(server, 0, vec![], &[]).unwrap();
        }
        let refused = c.channel_call(client, 0, message(b"5678", 2));
        assert_eq!(refused, Err(Status::SHOULD_WAIT));
        answer(c, server, b"", &[]);
    });
    assert_eq!(world.events.waits(), [(1, Status::OK, Signals::empty())]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_past_deadline_sends_and_times_out() {
    let world = World::null();
    world.host(|c| {
        let (client, server) = c.channel_create(0).unwrap();
        let call = ChannelCall { deadline: 0, ..message(b"1234rest", 1) };
        assert_eq!(c.channel_call(client, 0, call), Err(Status::TIMED_OUT));
        assert_eq!(&read(c, server).0[4..], b"rest");
    });
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_reply_of_exactly_the_room_fits_and_one_over_is_lost() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    let before = world.stats();
    world.host(|c| {
        for token in 1..=3 {
            c.channel_call(client, 0, message(b"1234", token)).unwrap();
        }
        let events = [(); 3].map(|()| c.event_create(0).unwrap());
        answer(c, server, &[1; 12], &[]);
        answer(c, server, &[1; 13], &events[..1]);
        answer(c, server, &[1; 1], &events[1..]);
    });
    let ended = |token, status| (token, status, Signals::empty());
    let too_small = Status::BUFFER_TOO_SMALL;
    let expected = [ended(1, Status::OK), ended(2, too_small), ended(3, too_small)];
    assert_eq!(world.events.waits(), expected);
    assert_eq!(world.stats(), before);
}

#[test]
fn handles_of_a_reply_come_with_type_and_rights() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    world.host(|c| {
        c.channel_call(client, 0, message(b"1234", 1)).unwrap();
        let event = c.event_create(0).unwrap();
        answer(c, server, b"", &[event]);
    });
    let results = world.events.results();
    let [(1, WaitResult::Reply { handles, .. })] = &results[..] else { panic!("{results:?}") };
    let [sent] = handles[..] else { panic!("{handles:?}") };
    assert_eq!((sent.object_type, sent.rights), (ObjectType::Event as u32, 0xd003));
    world.host(|c| c.object_signal(sent.handle, 0, 8)).unwrap();
}

#[test]
fn closing_either_end_ends_the_calls() {
    let world = World::null();
    for (close_server, status) in [(true, Status::PEER_CLOSED), (false, Status::CANCELED)] {
        let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
        world.host(|c| {
            c.channel_call(client, 0, message(b"1234", 1)).unwrap();
            c.channel_call(client, 0, message(b"1234", 2)).unwrap();
            c.handle_close(if close_server { server } else { client }).unwrap();
        });
        let ended = |token| (token, status, Signals::empty());
        assert_eq!(world.events.waits(), [ended(1), ended(2)]);
        assert_eq!(world.stats().waits, 0);
    }
}

#[test]
fn a_call_can_be_taken_back() {
    let world = World::null();
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    world.host(|c| c.channel_call(client, 0, message(b"1234", 1))).unwrap();
    assert!(world.kernel.cancel_wait(1));
    world.host(|c| answer(c, server, b"late", &[]));
    assert_eq!(world.events.waits(), []);
    assert_eq!(&world.host(|c| read(c, client)).0[4..], b"late");
}

/// A guest's arguments: requests at 512, replies at 1024, handles at 768 and 1280.
fn args(guest: &Guest<'_>, bytes: u32, handles: u32) -> ChannelCallArgs {
    ChannelCallArgs {
        wr_bytes: guest.at(512),
        wr_handles: guest.at(768),
        rd_bytes: guest.at(1024),
        rd_handles: guest.at(1280),
        wr_num_bytes: bytes,
        wr_num_handles: handles,
        rd_num_bytes: 16,
        rd_num_handles: 1,
    }
}

#[test]
fn guests_block_until_the_reply_is_in_their_memory() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    let client = guest.receive(client);
    guest.poke(512, b"????ask");
    guest.poke(256, args(&guest, 7, 0).as_bytes());
    let event = world.host(|c| c.event_create(0)).unwrap();
    for (call, handle) in
        [(Syscall::ChannelCallNoretry, None), (Syscall::ChannelCallEtcNoretry, Some(event))]
    {
        let call_args = [client.into(), 0, FOREVER, guest.at(256), guest.at(0), guest.at(4)];
        block(&world, &guest, call, &call_args, ThreadState::BlockedChannel);
        let request = world.host(|c| answer(c, server, b"reply", handle.as_slice()));
        assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
        assert_eq!(&request[4..], b"ask");
        assert_eq!(guest.peek::<9>(1024)[4..], *b"reply");
        assert_eq!(guest.word(0), 9);
        assert_eq!(guest.word(4), u32::from(handle.is_some()));
    }
    let told: [u32; 3] = [1284, 1288, 1292].map(|offset| guest.word(offset));
    assert_eq!(told, [ObjectType::Event as u32, 0xd003, 0]);
    let close = guest.call(Syscall::HandleClose, &[guest.word(1280).into()]);
    assert_eq!(close, Ok(()));
    // Nothing is ever interrupted.
    let finish = guest.call(Syscall::ChannelCallFinish, &[FOREVER, guest.at(256), 0, 0]);
    assert_eq!(finish, Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn a_guests_call_ends_in_every_way() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    let client = guest.receive(client);
    guest.poke(256, args(&guest, 4, 0).as_bytes());
    let call = |deadline: u64, actual: u64| {
        let args = [client.into(), 0, deadline, guest.at(256), actual, guest.at(4)];
        block(&world, &guest, Syscall::ChannelCallNoretry, &args, ThreadState::BlockedChannel);
    };
    let ended = |status: Status| assert_eq!(resumed(&world), [(guest.thread_koid, status)]);
    call(50, guest.at(0));
    world.clock.advance(50);
    ended(Status::TIMED_OUT);
    world.host(|c| read(c, server));
    call(FOREVER, guest.at(0));
    world.host(|c| answer(c, server, &[0; 13], &[]));
    ended(Status::BUFFER_TOO_SMALL);
    // A reply that cannot be handed out is lost with its handles.
    call(FOREVER, guest.read_only());
    let event = world.host(|c| c.event_create(0)).unwrap();
    world.host(|c| answer(c, server, b"", &[event]));
    ended(Status::INVALID_ARGS);
    assert_eq!(world.count(ObjectType::Event), 0);
    call(FOREVER, guest.at(0));
    world.host(|c| c.handle_close(server)).unwrap();
    ended(Status::PEER_CLOSED);
    guest.finish();
}

#[test]
fn a_guests_call_is_judged_before_it_blocks() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (client, server) = world.host(|c| c.channel_create(0)).unwrap();
    let client = guest.receive(client);
    let noretry = Syscall::ChannelCallNoretry;
    let call = |options: u64, args: u64| {
        guest.call(noretry, &[client.into(), options, FOREVER, args, guest.at(0), guest.at(4)])
    };
    assert_eq!(call(0, guest.unmapped()), Err(Status::INVALID_ARGS));
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    guest.poke_words(768, &[event]);
    guest.poke(256, args(&guest, 3, 1).as_bytes());
    assert_eq!(call(0, guest.at(256)), Err(Status::INVALID_ARGS));
    assert_eq!(world.count(ObjectType::Event), 0);
    guest.poke(256, args(&guest, 65537, 0).as_bytes());
    assert_eq!(call(0, guest.at(256)), Err(Status::OUT_OF_RANGE));
    assert_eq!(call(4, guest.at(256)), Err(Status::INVALID_ARGS));
    world.host(|c| c.handle_close(server)).unwrap();
    guest.poke(256, args(&guest, 4, 0).as_bytes());
    assert_eq!(call(0, guest.at(256)), Err(Status::PEER_CLOSED));
    guest.finish();
}
