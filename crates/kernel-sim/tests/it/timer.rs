//! Timers.

use zx_abi::{INFO_TIMER, InfoTimer, ObjectType, Rights, Signals, Status, Syscall, TIME_INFINITE};

use crate::support::{Guest, World, info, without};

#[test]
fn create_judges_clock_then_options() {
    let world = World::null();
    world.host(|c| {
        assert_eq!(c.timer_create(3, 2), Err(Status::INVALID_ARGS));
        assert_eq!(c.timer_create(3, 0), Err(Status::INVALID_ARGS));
        for (options, clock) in [(0, 0), (1, 0), (2, 0), (0, 1)] {
            let timer = c.timer_create(options, clock).unwrap();
            c.handle_close(timer).unwrap();
        }
    });
    assert_eq!(world.count(ObjectType::Timer), 0);
    let timer = world.host(|c| c.timer_create(0, 0)).unwrap();
    assert_eq!(world.basic(timer).rights, 0xd00b);
}

#[test]
fn set_judges_slack_then_handle() {
    let world = World::null();
    world.host(|c| {
        let timer = c.timer_create(0, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = without(c, timer, Rights::WRITE);
        assert_eq!(c.timer_set(9, 0, -1), Err(Status::OUT_OF_RANGE));
        for (handle, status) in
            [(9, Status::BAD_HANDLE), (event, Status::WRONG_TYPE), (fixed, Status::ACCESS_DENIED)]
        {
            assert_eq!(c.timer_set(handle, 0, 0), Err(status));
            assert_eq!(c.timer_cancel(handle), Err(status));
        }
    });
}

#[test]
fn a_timer_fires_at_its_deadline_and_not_before() {
    let world = World::null();
    let timer = world.host(|c| c.timer_create(0, 0)).unwrap();
    let deadline = world.now() + 100;
    world.host(|c| c.timer_set(timer, deadline, 1 << 40)).unwrap();
    let told: InfoTimer = world.host(|c| info(c, timer, INFO_TIMER)).unwrap();
    assert_eq!(told, InfoTimer { options: 0, clock_id: 0, deadline, slack: 1 << 40 });
    world.clock.advance(99);
    assert_eq!(world.signals(timer), Signals::empty());
    world.clock.advance(1);
    assert_eq!(world.signals(timer), Signals::SIGNALED);
    let told: InfoTimer = world.host(|c| info(c, timer, INFO_TIMER)).unwrap();
    assert_eq!((told.deadline, told.slack), (0, 0));
}

#[test]
fn a_past_deadline_signals_at_once() {
    let world = World::null();
    let timer = world.host(|c| c.timer_create(0, 0)).unwrap();
    for deadline in [i64::MIN, -1, 0, world.now()] {
        world.host(|c| c.timer_cancel(timer)).unwrap();
        assert_eq!(world.signals(timer), Signals::empty());
        world.host(|c| c.timer_set(timer, deadline, 0)).unwrap();
        assert_eq!(world.signals(timer), Signals::SIGNALED, "{deadline}");
    }
}

#[test]
fn setting_again_forgets_the_first_deadline_and_the_signal() {
    let world = World::null();
    let timer = world.host(|c| c.timer_create(0, 0)).unwrap();
    world.host(|c| {
        c.timer_set(timer, 0, 0).unwrap();
        c.timer_set(timer, 50, 0).unwrap();
    });
    assert_eq!(world.signals(timer), Signals::empty());
    world.host(|c| c.timer_set(timer, 200, 0)).unwrap();
    world.clock.advance(198);
    assert_eq!(world.signals(timer), Signals::empty());
    world.clock.advance(1);
    assert_eq!(world.signals(timer), Signals::SIGNALED);
}

#[test]
fn a_cancelled_or_infinite_or_closed_timer_never_fires() {
    let world = World::null();
    let timers = world.host(|c| [(); 3].map(|()| c.timer_create(0, 0).unwrap()));
    world.host(|c| {
        c.timer_set(timers[0], 50, 0).unwrap();
        c.timer_cancel(timers[0]).unwrap();
        c.timer_set(timers[1], TIME_INFINITE, 0).unwrap();
        c.timer_set(timers[2], 50, 0).unwrap();
        c.handle_close(timers[2]).unwrap();
    });
    world.clock.advance(i64::MAX - 2);
    assert_eq!(world.signals(timers[0]), Signals::empty());
    assert_eq!(world.signals(timers[1]), Signals::empty());
    assert_eq!(world.count(ObjectType::Timer), 2);
}

#[test]
fn timers_of_the_same_instant_fire_in_the_order_they_were_set() {
    let world = World::null();
    let timers = world.host(|c| [(); 3].map(|()| c.timer_create(0, 0).unwrap()));
    world.host(|c| {
        for (token, timer) in (0..).zip(timers) {
            c.object_wait_one(timer, Signals::SIGNALED, TIME_INFINITE, token).unwrap();
        }
        for (timer, deadline) in [(timers[1], 60), (timers[2], 50), (timers[0], 60)] {
            c.timer_set(timer, deadline, 0).unwrap();
        }
    });
    world.clock.advance(100);
    let order: Vec<u64> = world.events.waits().into_iter().map(|(token, ..)| token).collect();
    assert_eq!(order, [2, 1, 0]);
}

#[test]
fn guests_set_timers() {
    let world = World::new();
    let guest = Guest::start(&world);
    let timer = guest.create(Syscall::TimerCreate, &[2, 0, guest.at(0)]).unwrap();
    let wait = [timer.into(), 8, 0, guest.at(8)];
    guest.call(Syscall::TimerSet, &[timer.into(), 50, 0]).unwrap();
    assert_eq!(guest.call(Syscall::ObjectWaitOne, &wait), Err(Status::TIMED_OUT));
    world.clock.advance(50);
    assert_eq!(guest.call(Syscall::ObjectWaitOne, &wait), Ok(()));
    guest.call(Syscall::TimerCancel, &[timer.into()]).unwrap();
    assert_eq!(guest.call(Syscall::ObjectWaitOne, &wait), Err(Status::TIMED_OUT));
    let negative = [timer.into(), 50, -1i64 as u64];
    assert_eq!(guest.call(Syscall::TimerSet, &negative), Err(Status::OUT_OF_RANGE));
    guest.finish();
}
