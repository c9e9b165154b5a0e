//! The debug log: one ring for all, a position for each reader.

use kernel_sim::Caller;
use zx_abi::{
    LOG_FLAG_READABLE, LOG_RECORD_DATA_MAX, LOG_SEVERITY_INFO, ObjectType, Rights, Signals, Status,
};

use crate::support::{World, without};

/// Records that the ring keeps.
const CAPACITY: usize = 512;

fn reader(c: &mut Caller<'_>) -> u32 {
    c.debuglog_create(0, LOG_FLAG_READABLE).unwrap()
}

fn next(c: &mut Caller<'_>, log: u32) -> Result<Vec<u8>, Status> {
    c.debuglog_read(log, 0).map(|record| record.data)
}

#[test]
fn create_takes_no_resource_and_one_option() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        assert_eq!(c.debuglog_create(9, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.debuglog_create(event, 0), Err(Status::WRONG_TYPE));
        for options in [1, 0x10, LOG_FLAG_READABLE | 1] {
            assert_eq!(c.debuglog_create(0, options), Err(Status::INVALID_ARGS));
        }
    });
    assert_eq!(world.count(ObjectType::Log), 0);
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
        assert_eq!(c.debuglog_create(0, LOG_FLAG_READABLE), Err(Status::NO_RESOURCES));
        c.debuglog_create(0, 0).unwrap();
        c.handle_close(logs[0]).unwrap();
        let another = reader(c);
        c.debuglog_write(another, 0, b"news", 0).unwrap();
        assert_eq!(next(c, another).unwrap(), b"news");
        assert_eq!(next(c, logs[READERS - 1]).unwrap(), b"news");
    });
}
