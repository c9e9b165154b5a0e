//! Fifos as guests use them: sizes of 64 bits, elements in their own memory.

use zx_abi::{Abi, Result, Status, Syscall};

use crate::support::{Guest, World};

/// Where the test puts how many elements were transferred.
const ACTUAL: u64 = 128;

/// Both ends of a fifo of two elements of three bytes.
fn pair(guest: &Guest<'_>) -> (u64, u64) {
    create(guest, 2, 3, 0).unwrap();
    (guest.word(0).into(), guest.word(4).into())
}

fn create(guest: &Guest<'_>, count: u64, size: u64, options: u64) -> Result {
    guest.call(Syscall::FifoCreate, &[count, size, options, guest.at(0), guest.at(4)])
}

#[test]
fn options_mean_nothing_to_the_abi_of_2020_and_are_refused_since() {
    let world = World::new();
    for (abi, status) in [(Abi::Sdk2020, Ok(())), (Abi::Newest, Err(Status::INVALID_ARGS))] {
        let guest = Guest::start_for(&world, abi);
        assert_eq!(create(&guest, 2, 3, 0), Ok(()), "{abi:?}");
        assert_eq!(create(&guest, 2, 3, 1), status, "{abi:?}");
        for (count, size) in [(0, 3), (2, 0), (1 << 32, 1), (1, 1 << 32), (1 << 63, 2)] {
            assert_eq!(create(&guest, count, size, 0), Err(Status::OUT_OF_RANGE), "{abi:?}");
        }
        guest.finish();
    }
}

#[test]
fn elements_cross_guest_memory_in_both_abis() {
    let world = World::new();
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let (near, far) = pair(&guest);
        let actual = guest.at(ACTUAL);
        guest.poke(0, b"abcdefghi");
        assert_eq!(guest.call(Syscall::FifoWrite, &[near, 3, guest.at(0), 3, actual]), Ok(()));
        assert_eq!(guest.long(ACTUAL), 2);
        let read =
            |count, actual| guest.call(Syscall::FifoRead, &[far, 3, guest.at(64), count, actual]);
        assert_eq!(read(1, 0), Ok(()));
        assert_eq!(&guest.peek(64), b"abc\0");
        assert_eq!(read(u64::MAX, actual), Ok(()));
        assert_eq!((&guest.peek(64), guest.long(ACTUAL)), (b"def\0", 1));
        guest.finish();
    }
}

#[test]
fn write_judges_its_state_before_the_data_and_transfers_nothing_from_bad_memory() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest);
    let bad = guest.unmapped();
    let write = |fifo, size, data, count, actual| {
        guest.call(Syscall::FifoWrite, &[fifo, size, data, count, actual])
    };
    assert_eq!(write(9, 4, bad, 0, bad), Err(Status::BAD_HANDLE));
    assert_eq!(write(near, 4, bad, 1, bad), Err(Status::OUT_OF_RANGE));
    assert_eq!(write(near, 3 | 1 << 32, bad, 1, bad), Err(Status::OUT_OF_RANGE));
    assert_eq!(write(near, 3, bad, 0, bad), Err(Status::OUT_OF_RANGE));
    for data in [0, bad, bad - 3, u64::MAX - 2] {
        // The first of two elements may be readable.
        assert_eq!(write(near, 3, data, 2, 0), Err(Status::INVALID_ARGS), "{data:#x}");
    }
    let read = [far, 3, guest.at(64), 1, 0];
    assert_eq!(guest.call(Syscall::FifoRead, &read), Err(Status::SHOULD_WAIT));
    // No more is looked at than there is room for.
    assert_eq!(write(near, 3, bad - 6, u64::MAX, 0), Ok(()));
    assert_eq!(write(near, 3, bad, 1, bad), Err(Status::SHOULD_WAIT));
    guest.call(Syscall::FifoRead, &read).unwrap();
    // The count comes last: the element is there all the same.
    guest.poke(0, b"new");
    assert_eq!(write(near, 3, guest.at(0), 1, bad), Err(Status::INVALID_ARGS));
    guest.call(Syscall::FifoRead, &read).unwrap();
    guest.call(Syscall::FifoRead, &read).unwrap();
    assert_eq!(&guest.peek(64), b"new\0");
    guest.call(Syscall::HandleClose, &[far]).unwrap();
    assert_eq!(write(near, 4, bad, 0, bad), Err(Status::PEER_CLOSED));
    guest.finish();
}

#[test]
fn read_removes_nothing_that_cannot_be_handed_out() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (near, far) = pair(&guest);
    let bad = guest.unmapped();
    let read = |fifo, size, data, count, actual| {
        guest.call(Syscall::FifoRead, &[fifo, size, data, count, actual])
    };
    assert_eq!(read(9, 4, bad, 0, bad), Err(Status::BAD_HANDLE));
    assert_eq!(read(far, 3 | 1 << 32, bad, 1, bad), Err(Status::OUT_OF_RANGE));
    assert_eq!(read(far, 3, bad, 0, bad), Err(Status::OUT_OF_RANGE));
    assert_eq!(read(far, 3, bad, 1, bad), Err(Status::SHOULD_WAIT));
    guest.poke(0, b"abcdef");
    guest.call(Syscall::FifoWrite, &[near, 3, guest.at(0), 2, 0]).unwrap();
    for data in [0, bad, guest.read_only(), u64::MAX - 2] {
        assert_eq!(read(far, 3, data, 2, 0), Err(Status::INVALID_ARGS), "{data:#x}");
    }
    // The count comes last: the element is gone.
    assert_eq!(read(far, 3, guest.at(64), 1, bad), Err(Status::INVALID_ARGS));
    assert_eq!(read(far, 3, guest.at(64), 2, 0), Ok(()));
    assert_eq!(&guest.peek(64), b"def\0");
    guest.call(Syscall::HandleClose, &[near]).unwrap();
    assert_eq!(read(far, 3, bad, 1, bad), Err(Status::PEER_CLOSED));
    guest.finish();
}
