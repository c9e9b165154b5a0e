//! The debug log: one ring for all, a position for each reader.

use kernel_sim::{Caller, Name, SyscallOutcome};
use zx_abi::{
    Abi, LOG_FLAG_READABLE, LOG_RECORD_DATA_MAX, LOG_SEVERITY_INFO, ObjectType, ResourceKind,
    Rights, Signals, Status, Syscall,
};

use crate::support::{Guest, World, without};

/// Records that the ring keeps.
const CAPACITY: usize = 512;

fn reader(c: &mut Caller<'_>) -> u32 {
    c.debuglog().unwrap()
}

fn next(c: &mut Caller<'_>, log: u32) -> Result<Vec<u8>, Status> {
    c.debuglog_read(log, 0).map(|record| record.data)
}

#[test]
fn create_takes_one_option_for_which_there_is_a_resource_since_2021() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let system = c.whole_resource(ResourceKind::System, Name::default()).unwrap();
        let other = c.whole_resource(ResourceKind::Mmio, Name::default()).unwrap();
        assert_eq!(c.debuglog_create(9, 0), Err(Status::BAD_HANDLE));
        for wrong in [event, other] {
            assert_eq!(c.debuglog_create(wrong, 0), Err(Status::WRONG_TYPE));
        }
        for options in [1, 0x10, LOG_FLAG_READABLE | 1] {
            assert_eq!(c.debuglog_create(0, options), Err(Status::BAD_HANDLE));
            assert_eq!(c.debuglog_create(system, options), Err(Status::INVALID_ARGS));
        }
        assert_eq!(c.debuglog_create(0, LOG_FLAG_READABLE), Err(Status::BAD_HANDLE));
        assert!(c.debuglog_create(system, LOG_FLAG_READABLE).is_ok());
    });
    assert_eq!(world.count(ObjectType::Log), 1);
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    world.as_process(guest.koid, |c| {
        let root = c.whole_resource(ResourceKind::Root, Name::default()).unwrap();
        let system = c.whole_resource(ResourceKind::System, Name::default()).unwrap();
        assert_eq!(c.debuglog_create(system, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.debuglog_create(0, LOG_FLAG_READABLE | 1), Err(Status::INVALID_ARGS));
        assert!(c.debuglog_create(0, LOG_FLAG_READABLE).is_ok());
        assert!(c.debuglog_create(root, LOG_FLAG_READABLE).is_ok());
    });
    guest.finish();
}

/// Where records of guests begin, and their headers' bytes.
const HEADERS: [(Abi, u64); 2] = [(Abi::Sdk2020, 32), (Abi::Newest, 40)];

#[test]
fn guests_read_records_whole_or_as_far_as_they_fit() {
    for (abi, header) in HEADERS {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        let log = world.host(reader);
        let writer = world.host(|c| c.debuglog_create(0, 0)).unwrap();
        world.host(|c| {
            c.debuglog_write(writer, 0, b"first", 0).unwrap();
            c.debuglog_write(writer, 0, b"second", 0).unwrap();
            c.debuglog_write(writer, 0, b"third", 0).unwrap();
        });
        let log = u64::from(guest.receive(log));
        let read = |options, buffer, size| {
            guest.enter(Syscall::DebuglogRead, &[log, options, buffer, size])
        };
        let failed = |status: Status| SyscallOutcome::Return(i64::from(status.into_raw()) as u64);
        assert_eq!(read(1, guest.at(0), 256), failed(Status::INVALID_ARGS));
        assert_eq!(read(0, guest.at(0), 256), SyscallOutcome::Return(header + 5));
        let number = header - 32;
        assert_eq!(&guest.peek(header), b"first");
        assert_eq!(guest.peek::<4>(number + 4), [5, 0, LOG_SEVERITY_INFO, 0], "{abi:?}");
        assert_eq!(guest.long(number + 16), world.kernel.host());
        assert_eq!(read(0, guest.at(0), header + 2), SyscallOutcome::Return(header + 2));
        assert_eq!(&guest.peek(header), b"serst");
        assert_eq!(read(0, guest.unmapped(), 256), failed(Status::INVALID_ARGS));
        assert_eq!(read(0, guest.at(0), 256), failed(Status::SHOULD_WAIT));
        guest.finish();
    }
}

#[test]
fn write_judges_options_then_handle() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let log = c.debuglog_create(0, 0).unwrap();
        let mute = without(c, log, Rights::WRITE);
        assert_eq!(c.debuglog_write(9, 1, b"", 0), Err(Status::INVALID_ARGS));
        assert_eq!(c.debuglog_write(9, 0x10, b"", 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.debuglog_write(event, 0, b"", 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.debuglog_write(mute, 0, b"", 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.debuglog_write(log, 0x10, b"", 0), Ok(()));
    });
}

#[test]
fn read_judges_options_then_handle_then_records() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let writer = c.debuglog_create(0, 0).unwrap();
        let log = reader(c);
        assert_eq!(c.debuglog_read(9, 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.debuglog_read(9, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.debuglog_read(event, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.debuglog_read(writer, 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.debuglog_read(log, 0), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn records_tell_when_and_by_whom_and_keep_216_bytes() {
    let world = World::null();
    world.clock.advance(41);
    let host = world.kernel.host();
    world.host(|c| {
        let log = reader(c);
        let long = vec![b'x'; LOG_RECORD_DATA_MAX + 1];
        c.debuglog_write(log, 0, &long[1..], 5).unwrap();
        c.debuglog_write(log, 0, &long, 6).unwrap();
        let first = c.debuglog_read(log, 0).unwrap();
        assert_eq!((first.sequence, first.timestamp), (0, 42));
        assert_eq!((first.process, first.thread), (host, 5));
        assert_eq!((first.severity, first.data.len()), (LOG_SEVERITY_INFO, LOG_RECORD_DATA_MAX));
        let second = c.debuglog_read(log, 0).unwrap();
        assert_eq!((second.sequence, second.data.len()), (1, LOG_RECORD_DATA_MAX));
    });
}

#[test]
fn each_reader_has_its_own_place() {
    let world = World::null();
    world.host(|c| {
        let early = reader(c);
        c.debuglog_write(early, 0, b"one", 0).unwrap();
        assert_eq!(next(c, early), Ok(b"one".to_vec()));
        let late = reader(c);
        c.debuglog_write(early, 0, b"two", 0).unwrap();
        assert_eq!(next(c, late), Ok(b"one".to_vec()));
        assert_eq!(next(c, late), Ok(b"two".to_vec()));
        assert_eq!(next(c, early), Ok(b"two".to_vec()));
        assert_eq!(next(c, early), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn a_slow_reader_loses_the_oldest_records() {
    let world = World::null();
    world.host(|c| {
        let log = reader(c);
        for number in 0..=CAPACITY {
            c.debuglog_write(log, 0, number.to_string().as_bytes(), 0).unwrap();
        }
        for number in 1..=CAPACITY {
            assert_eq!(next(c, log), Ok(number.to_string().into_bytes()));
        }
        assert_eq!(next(c, log), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn readable_follows_what_is_left_to_read() {
    let world = World::null();
    let (log, writer) = world.host(|c| (reader(c), c.debuglog_create(0, 0).unwrap()));
    assert_eq!(world.signals(log), Signals::WRITABLE);
    world.host(|c| c.debuglog_write(writer, 0, b"1", 0)).unwrap();
    world.host(|c| c.debuglog_write(writer, 0, b"2", 0)).unwrap();
    let both = Signals::WRITABLE | Signals::READABLE;
    assert_eq!(world.signals(log), both);
    assert_eq!(world.signals(writer), Signals::WRITABLE);
    world.host(|c| c.debuglog_read(log, 0)).unwrap();
    assert_eq!(world.signals(log), both);
    world.host(|c| c.debuglog_read(log, 0)).unwrap();
    assert_eq!(world.signals(log), Signals::WRITABLE);
    let late = world.host(reader);
    assert_eq!(world.signals(late), both);
}

#[test]
fn the_serial_port_ends_in_the_log_in_pieces() {
    let world = World::null();
    world.host(|c| {
        let log = reader(c);
        c.debug_write(&[b'y'; LOG_RECORD_DATA_MAX + 3], 0);
        assert_eq!(next(c, log).unwrap().len(), LOG_RECORD_DATA_MAX);
        assert_eq!(next(c, log).unwrap(), b"yyy");
        c.debug_write(b"", 0);
        assert_eq!(next(c, log), Err(Status::SHOULD_WAIT));
    });
}

#[test]
fn a_kernel_has_so_many_readers_and_not_one_more() {
    const READERS: usize = 4096;
    let world = World::null();
    world.host(|c| {
        let logs: Vec<u32> = (0..READERS).map(|_| reader(c)).collect();
        assert_eq!(c.debuglog(), Err(Status::NO_RESOURCES));
        c.debuglog_create(0, 0).unwrap();
        c.handle_close(logs[0]).unwrap();
        let another = reader(c);
        c.debuglog_write(another, 0, b"news", 0).unwrap();
        assert_eq!(next(c, another).unwrap(), b"news");
        assert_eq!(next(c, logs[READERS - 1]).unwrap(), b"news");
    });
}
