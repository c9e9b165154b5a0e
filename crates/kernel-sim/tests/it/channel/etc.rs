//! Dispositions, handle infos and pieces of messages.

use kernel_sim::ChannelRead;
use zerocopy::IntoBytes;
use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_IOVECS, ChannelIovec, HANDLE_OP_DUPLICATE,
    HANDLE_OP_MOVE, HandleDisposition, HandleInfo, MAX_HANDLE_COUNT, ObjectType, Rights, Status,
    Syscall,
};

use crate::support::{Guest, SAME, World, read, without};

const EVENT: u32 = ObjectType::Event as u32;

fn disposition(operation: u32, handle: u32, object_type: u32, rights: u32) -> HandleDisposition {
    HandleDisposition { operation, handle, object_type, rights, result: 0 }
}

#[test]
fn handles_are_moved_or_duplicated_and_may_lose_rights() {
    let world = World::null();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let [moved, kept] = [(); 2].map(|()| c.event_create(0).unwrap());
        let wait = Rights::WAIT.bits();
        let mut handles = [
            disposition(HANDLE_OP_MOVE, moved, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, kept, EVENT, wait),
        ];
        c.channel_write_etc(near, 0, b"hi".to_vec(), &mut handles).unwrap();
        assert_eq!(c.handle_close(moved), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_close(kept), Ok(()));
        let message = c.channel_read_etc(far, 0, 2, 2).unwrap();
        let ChannelRead::Message { bytes, handles } = message else { panic!("{message:?}") };
        assert_eq!(bytes, b"hi");
        let told = |info: &HandleInfo| (info.object_type, info.rights, info.unused);
        assert_eq!(told(&handles[0]), (EVENT, 0xd003, 0));
        assert_eq!(told(&handles[1]), (EVENT, wait, 0));
        c.handle_close_many(&[handles[0].handle, handles[1].handle]).unwrap();
        let nothing = c.channel_read_etc(far, 0, 0, 0);
        assert_eq!(nothing, Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn each_disposition_tells_what_became_of_it_and_the_first_error_counts() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = without(c, event, Rights::TRANSFER);
        let single = without(c, event, Rights::DUPLICATE);
        let doomed = c.event_create(0).unwrap();
        let mut handles = [
            disposition(HANDLE_OP_DUPLICATE, event, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, 9, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, fixed, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, single, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, event, ObjectType::Vmo as u32, SAME),
            disposition(HANDLE_OP_DUPLICATE, event, 0, Rights::WRITE.bits()),
            disposition(HANDLE_OP_MOVE, single, ObjectType::Vmo as u32, SAME),
            disposition(2, doomed, 0, SAME),
        ];
        let sent = c.channel_write_etc(near, 0, vec![], &mut handles);
        assert_eq!(sent, Err(Status::BAD_HANDLE));
        let results = handles.map(|handle| Status::from_raw(handle.result));
        let expected = [
            Status::OK,
            Status::BAD_HANDLE,
            Status::ACCESS_DENIED,
            Status::ACCESS_DENIED,
            Status::WRONG_TYPE,
            Status::INVALID_ARGS,
            Status::WRONG_TYPE,
            Status::INVALID_ARGS,
        ];
        assert_eq!(results, expected);
        // Moved ones are gone, duplicated ones are not.
        assert_eq!(c.handle_close(single), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_close(doomed), Err(Status::BAD_HANDLE));
        let mut itself = [disposition(HANDLE_OP_MOVE, near, 0, SAME)];
        let sent = c.channel_write_etc(near, 0, vec![], &mut itself);
        assert_eq!(sent, Err(Status::NOT_SUPPORTED));
        c.handle_close_many(&[event, fixed, far]).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn a_write_that_fails_early_keeps_what_was_to_be_duplicated() {
    let world = World::null();
    world.host(|c| {
        let (near, _far) = c.channel_create(0).unwrap();
        let [moved, kept] = [(); 2].map(|()| c.event_create(0).unwrap());
        let mut handles = [
            disposition(HANDLE_OP_MOVE, moved, 0, SAME),
            disposition(HANDLE_OP_DUPLICATE, kept, 0, SAME),
        ];
        let sent = c.channel_write_etc(near, 1, vec![], &mut handles);
        assert_eq!(sent, Err(Status::INVALID_ARGS));
        assert_eq!(c.handle_close(moved), Err(Status::BAD_HANDLE));
        assert_eq!(c.handle_close(kept), Ok(()));
    });
}

#[test]
fn guests_send_dispositions_and_read_infos() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.call(Syscall::ChannelCreate, &[0, guest.at(0), guest.at(4)]).unwrap();
    let (near, far) = (u64::from(guest.word(0)), u64::from(guest.word(4)));
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let send = disposition(HANDLE_OP_DUPLICATE, event, EVENT, Rights::WAIT.bits());
    guest.poke(64, send.as_bytes());
    let write = [near, 0, guest.at(512), 3, guest.at(64), 1];
    guest.call(Syscall::ChannelWriteEtc, &write).unwrap();
    let read = [far, 0, guest.at(600), guest.at(640), 3, 1, guest.at(8), guest.at(12)];
    guest.call(Syscall::ChannelReadEtc, &read).unwrap();
    assert_eq!((guest.word(8), guest.word(12)), (3, 1));
    let info = [644, 648, 652].map(|offset| guest.word(offset));
    assert_eq!(info, [EVENT, Rights::WAIT.bits(), 0]);
    guest.poke(64, disposition(HANDLE_OP_MOVE, 9, 0, SAME).as_bytes());
    assert_eq!(guest.call(Syscall::ChannelWriteEtc, &write), Err(Status::BAD_HANDLE));
    assert_eq!(guest.word(64 + 16) as i32, Status::BAD_HANDLE.into_raw());
    // Consumed although the message is not even looked at.
    guest.poke(64, disposition(HANDLE_OP_MOVE, event, 0, SAME).as_bytes());
    let bad = [near, 4, guest.at(512), 3, guest.at(64), 1];
    assert_eq!(guest.call(Syscall::ChannelWriteEtc, &bad), Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::HandleClose, &[event.into()]), Err(Status::BAD_HANDLE));
    guest.finish();
    assert_eq!(world.count(ObjectType::Event), 0);
}

#[test]
fn a_list_longer_than_there_can_be_handles_is_left_alone() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.call(Syscall::ChannelCreate, &[0, guest.at(0), guest.at(4)]).unwrap();
    let near = u64::from(guest.word(0));
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    guest.poke(64, disposition(HANDLE_OP_MOVE, event, 0, SAME).as_bytes());
    guest.poke_words(128, &[event]);
    let write = |call, list, count| guest.call(call, &[near, 0, 0, 0, guest.at(list), count]);
    for (call, list) in [(Syscall::ChannelWriteEtc, 64), (Syscall::ChannelWrite, 128)] {
        for count in [MAX_HANDLE_COUNT as u64 + 1, u32::MAX.into()] {
            assert_eq!(write(call, list, count), Err(Status::OUT_OF_RANGE), "{call:?} {count}");
            assert_eq!(world.count(ObjectType::Event), 1, "{call:?} {count}");
        }
    }
    let longest = write(Syscall::ChannelWriteEtc, 64, MAX_HANDLE_COUNT as u64);
    assert_eq!(longest, Err(Status::OUT_OF_RANGE));
    assert_eq!(world.count(ObjectType::Event), 0);
    guest.finish();
}

#[test]
fn guests_gather_messages_from_pieces() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let near = guest.receive(near);
    let piece = |offset: u64, capacity: u32| ChannelIovec {
        buffer: guest.at(offset),
        capacity,
        reserved: 0,
    };
    let send = |pieces: &[ChannelIovec], count: u64| {
        guest.poke(64, pieces.as_bytes());
        guest.call(Syscall::ChannelWrite, &[near.into(), 2, guest.at(64), count, 0, 0])
    };
    guest.poke(512, b"abcdef");
    send(&[piece(512, 2), piece(515, 3), piece(512, 0)], 3).unwrap();
    assert_eq!(world.host(|c| read(c, far)).0, b"abdef");
    assert_eq!(send(&[], 0), Ok(()));
    assert_eq!(world.host(|c| read(c, far)).0, b"");
    let reserved = ChannelIovec { reserved: 1, ..piece(512, 1) };
    assert_eq!(send(&[reserved], 1), Err(Status::INVALID_ARGS));
    let full = piece(512, CHANNEL_MAX_MSG_BYTES);
    assert_eq!(send(&[full, piece(512, 1)], 2), Err(Status::OUT_OF_RANGE));
    // As much as a message may have, but not mapped.
    assert_eq!(send(&[full], 1), Err(Status::INVALID_ARGS));
    let too_many = u64::from(CHANNEL_MAX_MSG_IOVECS) + 1;
    assert_eq!(send(&[], too_many), Err(Status::OUT_OF_RANGE));
    assert_eq!(send(&[], too_many - 1), Err(Status::INVALID_ARGS));
    guest.finish();
}
