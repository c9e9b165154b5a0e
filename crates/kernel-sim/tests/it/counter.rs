//! Counters.

use zx_abi::{Rights, Signals, Status, Syscall};

use crate::support::{Guest, World, without};

#[test]
fn signals_tell_the_sign_of_the_value() {
    let world = World::null();
    let counter = world.host(|c| c.counter_create(0)).unwrap();
    let (positive, not) = (Signals::COUNTER_POSITIVE, Signals::COUNTER_NON_POSITIVE);
    assert_eq!(world.signals(counter), not);
    for (value, signals) in [(1, positive), (i64::MAX, positive), (0, not), (i64::MIN, not)] {
        world.host(|c| c.counter_write(counter, value)).unwrap();
        assert_eq!(world.host(|c| c.counter_read(counter)), Ok(value));
        assert_eq!(world.signals(counter), signals, "{value}");
    }
    world.host(|c| c.object_signal(counter, 0, Signals::SIGNALED.bits())).unwrap();
    assert_eq!(world.signals(counter), not | Signals::SIGNALED);
    let own = world.host(|c| c.object_signal(counter, 0, positive.bits()));
    assert_eq!(own, Err(Status::INVALID_ARGS));
}

#[test]
fn a_sum_that_does_not_fit_leaves_the_counter_as_it_was() {
    World::null().host(|c| {
        let counter = c.counter_create(0).unwrap();
        for (value, amount, sum) in [
            (0, 5, Ok(5)),
            (5, -6, Ok(-1)),
            (i64::MAX - 1, 1, Ok(i64::MAX)),
            (i64::MAX, 1, Err(Status::OUT_OF_RANGE)),
            (i64::MIN, -1, Err(Status::OUT_OF_RANGE)),
            (i64::MIN, i64::MAX, Ok(-1)),
        ] {
            c.counter_write(counter, value).unwrap();
            assert_eq!(c.counter_add(counter, amount), sum.map(|_| ()));
            assert_eq!(c.counter_read(counter), Ok(sum.unwrap_or(value)));
        }
    });
}

#[test]
fn calls_judge_handle_then_type_then_rights() {
    World::null().host(|c| {
        assert_eq!(c.counter_create(1), Err(Status::INVALID_ARGS));
        let counter = c.counter_create(0).unwrap();
        let event = c.event_create(0).unwrap();
        let (deaf, mute) = (without(c, counter, Rights::READ), without(c, counter, Rights::WRITE));
        for (handle, status) in [(9, Status::BAD_HANDLE), (event, Status::WRONG_TYPE)] {
            assert_eq!(c.counter_add(handle, 1), Err(status));
            assert_eq!(c.counter_read(handle), Err(status));
            assert_eq!(c.counter_write(handle, 1), Err(status));
        }
        let denied = Err(Status::ACCESS_DENIED);
        assert_eq!((c.counter_add(deaf, 1), c.counter_add(mute, 1)), (denied, denied));
        assert_eq!((c.counter_read(deaf), c.counter_write(mute, 1)), (denied.map(|()| 0), denied));
        assert_eq!((c.counter_write(deaf, 1), c.counter_read(mute)), (Ok(()), Ok(1)));
    });
}

#[test]
fn guests_are_judged_for_the_pointer_first() {
    let world = World::new();
    let guest = Guest::start(&world);
    let counter = u64::from(guest.create(Syscall::CounterCreate, &[0, guest.at(0)]).unwrap());
    guest.call(Syscall::CounterAdd, &[counter, -3_i64 as u64]).unwrap();
    assert_eq!(guest.call(Syscall::CounterRead, &[9, 0]), Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(Syscall::CounterRead, &[9, guest.unmapped()]), Err(Status::BAD_HANDLE));
    let bad = guest.call(Syscall::CounterRead, &[counter, guest.unmapped()]);
    assert_eq!(bad, Err(Status::INVALID_ARGS));
    guest.call(Syscall::CounterRead, &[counter, guest.at(8)]).unwrap();
    assert_eq!(guest.long(8) as i64, -3);
    assert_eq!(guest.call(Syscall::CounterWrite, &[counter, 7]), Ok(()));
    guest.finish();
}
