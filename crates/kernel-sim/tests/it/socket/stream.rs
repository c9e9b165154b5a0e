//! Sockets in stream mode.

use zx_abi::{INFO_SOCKET, InfoSocket, ObjectType, Rights, SOCKET_CAPACITY, Signals, Status};

use crate::support::{World, info, without};

const PEEK: u32 = 8;
const DISABLE: u32 = 1;
const ENABLE: u32 = 2;

fn pair(world: &World) -> (u32, u32) {
    world.host(|c| c.socket_create(0)).unwrap()
}

#[test]
fn create_judges_its_options() {
    let world = World::null();
    for options in [2, 3] {
        assert_eq!(world.host(|c| c.socket_create(options)), Err(Status::INVALID_ARGS));
    }
    assert_eq!(world.count(ObjectType::Socket), 0);
}

#[test]
fn bytes_flow_in_order_without_boundaries() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        assert_eq!(c.socket_write(near, 0, b"hello "), Ok(6));
        assert_eq!(c.socket_write(near, 0, b"world"), Ok(5));
        assert_eq!(c.socket_read(far, PEEK, 3).unwrap(), b"hel");
        assert_eq!(c.socket_read(far, 0, 8).unwrap(), b"hello wo");
        assert_eq!(c.socket_read(far, 0, 100).unwrap(), b"rld");
        assert_eq!(c.socket_read(far, 0, 1), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn write_judges_options_then_handle_then_peer_then_disposition_then_length() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let mute = without(c, near, Rights::WRITE);
        assert_eq!(c.socket_write(9, 1, b"x"), Err(Status::INVALID_ARGS));
        assert_eq!(c.socket_write(9, 0, b"x"), Err(Status::BAD_HANDLE));
        assert_eq!(c.socket_write(wrong, 0, b"x"), Err(Status::WRONG_TYPE));
        assert_eq!(c.socket_write(mute, 0, b"x"), Err(Status::ACCESS_DENIED));
        assert_eq!(c.socket_write(near, 0, b""), Ok(0));
        c.socket_set_disposition(near, DISABLE, 0).unwrap();
        assert_eq!(c.socket_write(near, 0, b""), Err(Status::BAD_STATE));
        c.handle_close(far).unwrap();
        assert_eq!(c.socket_write(near, 0, b""), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn read_judges_options_then_handle_then_state() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let deaf = without(c, far, Rights::READ);
        assert_eq!(c.socket_read(9, 1, 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.socket_read(9, PEEK, 1), Err(Status::BAD_HANDLE));
        assert_eq!(c.socket_read(wrong, 0, 1), Err(Status::WRONG_TYPE));
        assert_eq!(c.socket_read(deaf, 0, 1), Err(Status::ACCESS_DENIED));
        assert_eq!(c.socket_read(far, 0, 1), Err(Status::SHOULD_WAIT));
        c.socket_set_disposition(near, DISABLE, 0).unwrap();
        assert_eq!(c.socket_read(far, 0, 1), Err(Status::BAD_STATE));
        c.handle_close(near).unwrap();
        assert_eq!(c.socket_read(far, 0, 1), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn a_direction_holds_256_kib_and_then_writes_fall_short() {
    let world = World::null();
    let (near, far) = pair(&world);
    let all = vec![7; SOCKET_CAPACITY + 1];
    world.host(|c| {
        assert_eq!(c.socket_write(near, 0, &all[..SOCKET_CAPACITY - 1]), Ok(SOCKET_CAPACITY - 1));
        assert_eq!(c.socket_write(near, 0, b"xy"), Ok(1));
        assert_eq!(c.socket_write(near, 0, b"y"), Err(Status::SHOULD_WAIT));
        assert_eq!(c.socket_write(near, 0, b""), Ok(0));
        assert_eq!(c.socket_write(far, 0, &all), Ok(SOCKET_CAPACITY));
    });
    assert_eq!(world.signals(near), Signals::READABLE);
    world.host(|c| c.socket_read(far, PEEK, 1)).unwrap();
    assert_eq!(world.signals(near), Signals::READABLE);
    world.host(|c| c.socket_read(far, 0, 1)).unwrap();
    assert_eq!(world.signals(near), Signals::READABLE | Signals::WRITABLE);
    let info: InfoSocket = world.host(|c| info(c, near, INFO_SOCKET)).unwrap();
    assert_eq!(info.rx_buf_max, SOCKET_CAPACITY as u64);
    assert_eq!(info.rx_buf_size, SOCKET_CAPACITY as u64);
    assert_eq!(info.tx_buf_size, SOCKET_CAPACITY as u64 - 1);
}

#[test]
fn what_was_sent_stays_readable_after_the_sender_closed() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| c.socket_write(near, 0, b"rest")).unwrap();
    world.host(|c| c.handle_close(near)).unwrap();
    assert_eq!(world.signals(far), Signals::READABLE | Signals::PEER_CLOSED);
    assert_eq!(world.host(|c| c.socket_read(far, 0, 9)).unwrap(), b"rest");
    assert_eq!(world.signals(far), Signals::PEER_CLOSED);
}

#[test]
fn disposition_judges_handle_then_values() {
    let world = World::null();
    let (near, _far) = pair(&world);
    world.host(|c| {
        let plain = without(c, near, Rights::MANAGE_SOCKET);
        assert_eq!(c.socket_set_disposition(9, 3, 3), Err(Status::BAD_HANDLE));
        assert_eq!(c.socket_set_disposition(plain, 3, 3), Err(Status::ACCESS_DENIED));
        assert_eq!(c.socket_set_disposition(near, 3, 0), Err(Status::INVALID_ARGS));
        assert_eq!(c.socket_set_disposition(near, 0, 3), Err(Status::INVALID_ARGS));
        assert_eq!(c.socket_set_disposition(near, 0, 0), Ok(()));
    });
}

#[test]
fn disabling_writes_tells_both_ends_and_keeps_what_was_sent() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| c.socket_write(near, 0, b"ab")).unwrap();
    world.host(|c| c.socket_set_disposition(near, DISABLE, 0)).unwrap();
    assert_eq!(world.signals(near), Signals::SOCKET_WRITE_DISABLED);
    let both = Signals::READABLE | Signals::WRITABLE | Signals::SOCKET_PEER_WRITE_DISABLED;
    assert_eq!(world.signals(far), both);
    // Once more is no error.
    world.host(|c| c.socket_set_disposition(near, DISABLE, 0)).unwrap();
    let early = world.host(|c| c.socket_set_disposition(near, ENABLE, 0));
    assert_eq!(early, Err(Status::BAD_STATE));
    assert_eq!(world.host(|c| c.socket_read(far, 0, 2)).unwrap(), b"ab");
    assert_eq!(world.signals(near), Signals::SOCKET_WRITE_DISABLED);
    world.host(|c| c.socket_set_disposition(near, ENABLE, 0)).unwrap();
    assert_eq!(world.signals(near), Signals::WRITABLE);
    assert_eq!(world.signals(far), Signals::WRITABLE);
    assert_eq!(world.host(|c| c.socket_write(near, 0, b"c")), Ok(1));
}

#[test]
fn one_end_can_disable_the_other() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| c.socket_set_disposition(near, 0, DISABLE)).unwrap();
    assert_eq!(world.signals(far), Signals::SOCKET_WRITE_DISABLED);
    assert_eq!(world.host(|c| c.socket_write(far, 0, b"x")), Err(Status::BAD_STATE));
    assert_eq!(world.host(|c| c.socket_write(near, 0, b"x")), Ok(1));
}
