//! Fifos as the host uses them.

use kernel_sim::PolicyBasic;
use zx_abi::{
    FIFO_MAX_BYTES, JOB_POL_ABSOLUTE, ObjectType, PolicyAction, PolicyCondition, Rights, Signals,
    Status,
};

use crate::support::{World, without};

const MAX: u64 = FIFO_MAX_BYTES as u64;

/// A fifo of two elements of three bytes.
fn pair(world: &World) -> (u32, u32) {
    world.host(|c| c.fifo_create(2, 3, 0)).unwrap()
}

#[test]
fn an_end_holds_from_one_byte_to_4096_in_elements_of_any_size() {
    for (count, size) in [(1, 1), (3, 5), (1, MAX), (MAX, 1), (64, 64), (63, 65)] {
        let world = World::null();
        let (near, far) = world.host(|c| c.fifo_create(count, size, 0)).unwrap();
        let all = vec![7; (count * size) as usize];
        world.host(|c| {
            let more = [all.clone(), vec![8; size as usize]].concat();
            assert_eq!(c.fifo_write(near, size, &more), Ok(count as usize), "{count} of {size}");
            assert_eq!(c.fifo_read(far, size, count + 1).unwrap(), all);
        });
    }
    let world = World::null();
    let large = [(1, MAX + 1), (MAX + 1, 1), (64, 65), (1 << 32, 1 << 32), (u64::MAX, 2)];
    for (count, size) in [(0, 0), (0, 1), (1, 0)].into_iter().chain(large) {
        let created = world.host(|c| c.fifo_create(count, size, 0));
        assert_eq!(created, Err(Status::OUT_OF_RANGE), "{count} of {size}");
    }
    assert_eq!(world.count(ObjectType::Fifo), 0);
}

#[test]
fn create_judges_options_then_policy_then_numbers() {
    let world = World::null();
    let context = world.host(|c| {
        let root = c.root_job().unwrap();
        let job = c.job_create(root, 0).unwrap();
        let deny = PolicyBasic {
            condition: PolicyCondition::NewFifo,
            action: PolicyAction::Deny,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[deny]).unwrap();
        c.context_create(job, b"context").unwrap()
    });
    world.as_process(context, |c| {
        assert_eq!(c.fifo_create(0, 0, 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.fifo_create(0, 0, 0), Err(Status::ACCESS_DENIED));
    });
}

#[test]
fn elements_arrive_in_order_and_whole() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        assert_eq!(c.fifo_write(near, 3, b"abc"), Ok(1));
        // Bytes that make no whole element do not count.
        assert_eq!(c.fifo_write(near, 3, b"defgh"), Ok(1));
        assert_eq!(c.fifo_write(far, 3, b"xyz"), Ok(1));
        assert_eq!(c.fifo_read(far, 3, 1).unwrap(), b"abc");
        assert_eq!(c.fifo_write(near, 3, b"ghi"), Ok(1));
        assert_eq!(c.fifo_read(far, 3, u64::MAX).unwrap(), b"defghi");
        assert_eq!(c.fifo_read(far, 3, 1), Err(Status::SHOULD_WAIT));
        assert_eq!(c.fifo_read(near, 3, 2).unwrap(), b"xyz");
    });
}

#[test]
fn writes_fall_short_of_room_and_reads_of_elements() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        assert_eq!(c.fifo_write(near, 3, b"abcdefghi"), Ok(2));
        assert_eq!(c.fifo_write(near, 3, b"ghi"), Err(Status::SHOULD_WAIT));
        assert_eq!(c.fifo_read(far, 3, 1).unwrap(), b"abc");
        assert_eq!(c.fifo_write(near, 3, b"ghijkl"), Ok(1));
        assert_eq!(c.fifo_read(far, 3, 3).unwrap(), b"defghi");
    });
}

#[test]
fn write_judges_handle_then_peer_then_size_then_count_then_room() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let mute = without(c, near, Rights::WRITE);
        assert_eq!(c.fifo_write(9, 0, b""), Err(Status::BAD_HANDLE));
        assert_eq!(c.fifo_write(wrong, 0, b""), Err(Status::WRONG_TYPE));
        assert_eq!(c.fifo_write(mute, 0, b""), Err(Status::ACCESS_DENIED));
        c.fifo_write(near, 3, b"abcdef").unwrap();
        for size in [0, 2, 4, 6, u64::MAX] {
            assert_eq!(c.fifo_write(near, size, b"abcdef"), Err(Status::OUT_OF_RANGE), "{size}");
        }
        assert_eq!(c.fifo_write(near, 3, b""), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.fifo_write(near, 3, b"ab"), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.fifo_write(near, 3, b"abc"), Err(Status::SHOULD_WAIT));
        c.handle_close(far).unwrap();
        assert_eq!(c.fifo_write(near, 0, b""), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn read_judges_handle_then_size_then_count_then_elements_then_peer() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let deaf = without(c, far, Rights::READ);
        assert_eq!(c.fifo_read(9, 0, 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.fifo_read(wrong, 0, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.fifo_read(deaf, 0, 0), Err(Status::ACCESS_DENIED));
        for size in [0, 2, 4, 6, u64::MAX] {
            assert_eq!(c.fifo_read(far, size, 1), Err(Status::OUT_OF_RANGE), "{size}");
        }
        assert_eq!(c.fifo_read(far, 3, 0), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.fifo_read(far, 3, 1), Err(Status::SHOULD_WAIT));
        c.fifo_write(near, 3, b"abc").unwrap();
        c.handle_close(near).unwrap();
        assert_eq!(c.fifo_read(far, 3, 2).unwrap(), b"abc");
        assert_eq!(c.fifo_read(far, 4, 1), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.fifo_read(far, 3, 0), Err(Status::OUT_OF_RANGE));
        assert_eq!(c.fifo_read(far, 3, 1), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn signals_tell_of_elements_and_of_room() {
    let world = World::null();
    let (near, far) = pair(&world);
    let both = Signals::READABLE | Signals::WRITABLE;
    assert_eq!((world.signals(near), world.signals(far)), (Signals::WRITABLE, Signals::WRITABLE));
    world.host(|c| c.fifo_write(near, 3, b"abc")).unwrap();
    assert_eq!((world.signals(near), world.signals(far)), (Signals::WRITABLE, both));
    world.host(|c| c.fifo_write(near, 3, b"def")).unwrap();
    assert_eq!((world.signals(near), world.signals(far)), (Signals::empty(), both));
    world.host(|c| c.fifo_read(far, 3, 1)).unwrap();
    assert_eq!((world.signals(near), world.signals(far)), (Signals::WRITABLE, both));
    world.host(|c| c.fifo_read(far, 3, 1)).unwrap();
    assert_eq!((world.signals(near), world.signals(far)), (Signals::WRITABLE, Signals::WRITABLE));
}

#[test]
fn what_was_written_stays_readable_after_the_writer_closed() {
    let world = World::null();
    let (near, far) = pair(&world);
    world.host(|c| c.fifo_write(near, 3, b"abcdef")).unwrap();
    world.host(|c| c.handle_close(near)).unwrap();
    let rest = Signals::READABLE | Signals::PEER_CLOSED;
    assert_eq!(world.signals(far), rest);
    assert_eq!(world.host(|c| c.fifo_read(far, 3, 1)).unwrap(), b"abc");
    assert_eq!(world.signals(far), rest);
    assert_eq!(world.host(|c| c.fifo_read(far, 3, 1)).unwrap(), b"def");
    assert_eq!(world.signals(far), Signals::PEER_CLOSED);
}

#[test]
fn user_signals_cross_and_others_are_the_kernels() {
    let world = World::null();
    let (near, far) = pair(&world);
    let (user, readable) = (Signals::USER_0.bits(), Signals::READABLE.bits());
    world.host(|c| {
        assert_eq!(c.object_signal_peer(near, 0, user), Ok(()));
        for object in [near, far] {
            assert_eq!(c.object_signal(object, 0, readable), Err(Status::INVALID_ARGS));
            assert_eq!(c.object_signal_peer(object, 0, readable), Err(Status::INVALID_ARGS));
        }
    });
    assert_eq!(world.signals(far), Signals::WRITABLE | Signals::USER_0);
    world.host(|c| c.handle_close(far)).unwrap();
    let gone = world.host(|c| c.object_signal_peer(near, 0, user));
    assert_eq!(gone, Err(Status::PEER_CLOSED));
}
