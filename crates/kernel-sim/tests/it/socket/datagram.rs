//! Datagrams and thresholds of sockets.

use zx_abi::{
    INFO_SOCKET, InfoSocket, PROP_SOCKET_RX_THRESHOLD, PROP_SOCKET_TX_THRESHOLD, SOCKET_CAPACITY,
    Signals, Status, Syscall,
};

use crate::support::{Guest, World, info};

const PEEK: u32 = 8;
const READ_THRESHOLD: Signals = Signals::SOCKET_READ_THRESHOLD;
const WRITE_THRESHOLD: Signals = Signals::SOCKET_WRITE_THRESHOLD;

fn pair(world: &World, options: u32) -> (u32, u32) {
    world.host(|c| c.socket_create(options)).unwrap()
}

#[test]
fn a_datagram_is_read_whole_or_cut() {
    let world = World::null();
    let (near, far) = pair(&world, 1);
    world.host(|c| {
        assert_eq!(c.socket_write(near, 0, b"first"), Ok(5));
        assert_eq!(c.socket_write(near, 0, b"second"), Ok(6));
        assert_eq!(c.socket_write(near, 0, b""), Ok(0));
        for options in [0, PEEK] {
            // No room reads nothing, and loses nothing.
            assert_eq!(c.socket_read(far, options, 0).unwrap(), b"");
        }
        assert_eq!(c.socket_read(far, PEEK, 3).unwrap(), b"fir");
        assert_eq!(c.socket_read(far, 0, 3).unwrap(), b"fir");
        let told: InfoSocket = info(c, far, INFO_SOCKET).unwrap();
        assert_eq!((told.options, told.rx_buf_size, told.rx_buf_available), (1, 6, 6));
        assert_eq!(c.socket_read(far, 0, 100).unwrap(), b"second");
        assert_eq!(c.socket_read(far, 0, 100), Err(Status::SHOULD_WAIT));
        assert_eq!(c.socket_read(far, 0, 0), Err(Status::SHOULD_WAIT));
    });
    assert_eq!(world.signals(far), Signals::WRITABLE);
}

#[test]
fn a_datagram_goes_whole_or_not_at_all() {
    let world = World::null();
    let (near, far) = pair(&world, 1);
    world.host(|c| {
        let too_long = c.socket_write(near, 0, &vec![1; SOCKET_CAPACITY + 1]);
        assert_eq!(too_long, Err(Status::OUT_OF_RANGE));
        assert_eq!(
            c.socket_write(near, 0, &vec![1; SOCKET_CAPACITY - 10]),
            Ok(SOCKET_CAPACITY - 10)
        );
        assert_eq!(c.socket_write(near, 0, &[1; 11]), Err(Status::SHOULD_WAIT));
        assert_eq!(c.socket_write(near, 0, &[1; 10]), Ok(10));
        assert_eq!(c.socket_write(near, 0, &[1; 1]), Err(Status::SHOULD_WAIT));
        let told: InfoSocket = info(c, near, INFO_SOCKET).unwrap();
        assert_eq!((told.tx_buf_size, told.tx_buf_max), (SOCKET_CAPACITY as u64, told.rx_buf_max));
        assert_eq!(c.socket_read(far, 0, 1).unwrap(), [1]);
    });
    assert_eq!(world.signals(near), Signals::WRITABLE);
}

#[test]
fn the_read_threshold_follows_what_is_buffered() {
    let world = World::null();
    let (near, far) = pair(&world, 0);
    let set = |value: u64| {
        world.host(|c| c.object_set_property(far, PROP_SOCKET_RX_THRESHOLD, &value.to_le_bytes()))
    };
    let reached = || world.signals(far).contains(READ_THRESHOLD);
    assert_eq!(set(SOCKET_CAPACITY as u64 + 1), Err(Status::INVALID_ARGS));
    assert_eq!(set(SOCKET_CAPACITY as u64), Ok(()));
    assert_eq!(set(4), Ok(()));
    let value = world.host(|c| c.object_get_property(far, PROP_SOCKET_RX_THRESHOLD, 8)).unwrap();
    assert_eq!(value, 4u64.to_le_bytes());
    world.host(|c| c.socket_write(near, 0, b"123")).unwrap();
    assert!(!reached());
    world.host(|c| c.socket_write(near, 0, b"4")).unwrap();
    assert!(reached());
    world.host(|c| c.socket_read(far, PEEK, 4)).unwrap();
    assert!(reached());
    world.host(|c| c.socket_read(far, 0, 1)).unwrap();
    assert!(!reached());
    set(3).unwrap();
    assert!(reached());
    set(0).unwrap();
    assert!(!reached());
}

#[test]
fn the_write_threshold_follows_the_room_at_the_peer() {
    let world = World::null();
    let (near, far) = pair(&world, 0);
    let set = |value: usize| {
        world.host(|c| {
            let value = (value as u64).to_le_bytes();
            c.object_set_property(near, PROP_SOCKET_TX_THRESHOLD, &value)
        })
    };
    let reached = || world.signals(near).contains(WRITE_THRESHOLD);
    assert_eq!(set(SOCKET_CAPACITY + 1), Err(Status::INVALID_ARGS));
    set(SOCKET_CAPACITY).unwrap();
    assert!(reached());
    world.host(|c| c.socket_write(near, 0, b"1")).unwrap();
    assert!(!reached());
    world.host(|c| c.socket_read(far, 0, 1)).unwrap();
    assert!(reached());
    world.host(|c| c.handle_close(far)).unwrap();
    assert_eq!(set(1), Err(Status::PEER_CLOSED));
}

#[test]
fn thresholds_are_of_sockets_only_and_of_eight_bytes() {
    let world = World::null();
    let (near, _far) = pair(&world, 0);
    world.host(|c| {
        let root = c.root_job().unwrap();
        for property in [PROP_SOCKET_RX_THRESHOLD, PROP_SOCKET_TX_THRESHOLD] {
            let small = c.object_set_property(near, property, &[0; 7]);
            assert_eq!(small, Err(Status::BUFFER_TOO_SMALL));
            assert_eq!(c.object_get_property(near, property, 7), Err(Status::BUFFER_TOO_SMALL));
            let wrong = c.object_set_property(root, property, &[0; 8]);
            assert_eq!(wrong, Err(Status::WRONG_TYPE));
            assert_eq!(c.object_get_property(root, property, 8), Err(Status::WRONG_TYPE));
        }
    });
}

#[test]
fn guests_send_and_cut_datagrams() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.call(Syscall::SocketCreate, &[1, guest.at(0), guest.at(4)]).unwrap();
    let (near, far) = (u64::from(guest.word(0)), u64::from(guest.word(4)));
    guest.poke(64, b"datagram");
    guest.call(Syscall::SocketWrite, &[near, 0, guest.at(64), 8, guest.at(8)]).unwrap();
    assert_eq!(guest.long(8), 8);
    guest.call(Syscall::SocketRead, &[far, 0, guest.at(128), 4, guest.at(8)]).unwrap();
    assert_eq!((guest.long(8), guest.peek(128)), (4, *b"data"));
    let rest = guest.call(Syscall::SocketRead, &[far, 0, guest.at(128), 4, guest.at(8)]);
    assert_eq!(rest, Err(Status::SHOULD_WAIT));
    let huge = [near, 0, guest.at(64), SOCKET_CAPACITY as u64 + 1, 0];
    assert_eq!(guest.call(Syscall::SocketWrite, &huge), Err(Status::OUT_OF_RANGE));
    guest.finish();
}
