//! `zx_object_wait_many`.

use kernel_sim::{WaitManyStart, WaitResult};
use zx_abi::{Rights, Signals, Status, Syscall, TIME_INFINITE, ThreadState, WAIT_MANY_MAX_ITEMS};

use crate::support::{FOREVER, Guest, World, block, resumed, without};

const USER_0: Signals = Signals::USER_0;

#[test]
fn sixty_four_items_are_allowed_and_one_over_is_out_of_range() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let mut items = vec![(event, USER_0); WAIT_MANY_MAX_ITEMS];
        assert_eq!(c.object_wait_many(&items, TIME_INFINITE, 1), Ok(WaitManyStart::Pending));
        items.push((event, USER_0));
        assert_eq!(c.object_wait_many(&items, 0, 2), Err(Status::OUT_OF_RANGE));
        // Not even looked at.
        items[0].0 = 9;
        assert_eq!(c.object_wait_many(&items, 0, 2), Err(Status::OUT_OF_RANGE));
    });
    assert_eq!(world.stats().observers, WAIT_MANY_MAX_ITEMS);
    assert!(world.kernel.cancel_wait(1));
    assert_eq!((world.stats().waits, world.stats().observers), (0, 0));
}

#[test]
fn the_first_failing_item_decides_and_nothing_is_waited_on() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let mute = without(c, event, Rights::WAIT);
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        let wait = |c: &mut kernel_sim::Caller<'_>, handles: [u32; 3]| {
            c.object_wait_many(&handles.map(|handle| (handle, USER_0)), TIME_INFINITE, 1)
        };
        assert_eq!(wait(c, [event, 9, mute]), Err(Status::BAD_HANDLE));
        assert_eq!(wait(c, [event, mute, 9]), Err(Status::ACCESS_DENIED));
    });
    assert_eq!((world.stats().waits, world.stats().observers), (0, 0));
}

#[test]
fn every_item_shows_its_signals_at_the_end() {
    let world = World::null();
    let [a, b] = world.host(|c| [(); 2].map(|()| c.event_create(0).unwrap()));
    let items = [(a, USER_0), (b, USER_0), (a, Signals::SIGNALED)];
    world.host(|c| {
        c.object_signal(b, 0, Signals::SIGNALED.bits()).unwrap();
        assert_eq!(c.object_wait_many(&items, TIME_INFINITE, 7), Ok(WaitManyStart::Pending));
        c.object_signal(a, 0, (USER_0 | Signals::SIGNALED).bits()).unwrap();
    });
    let both = USER_0 | Signals::SIGNALED;
    let pending = vec![both, Signals::SIGNALED, both];
    assert_eq!(world.events.results(), [(7, WaitResult::Items(pending.clone()))]);
    assert_eq!(world.events.waits(), [(7, Status::OK, both)]);
    let again = world.host(|c| c.object_wait_many(&items, 0, 8));
    assert_eq!(again, Ok(WaitManyStart::Ended(Status::OK, pending)));
    assert_eq!((world.stats().waits, world.stats().observers), (0, 0));
}

#[test]
fn a_past_deadline_looks_and_a_later_one_times_out() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let now = world.now();
    let items = [(event, USER_0)];
    let looked = world.host(|c| c.object_wait_many(&items, now, 1));
    let nothing = vec![Signals::empty()];
    assert_eq!(looked, Ok(WaitManyStart::Ended(Status::TIMED_OUT, nothing.clone())));
    let waits = world.host(|c| c.object_wait_many(&items, now + 1, 2));
    assert_eq!(waits, Ok(WaitManyStart::Pending));
    assert_eq!(world.events.waits(), []);
    world.clock.advance(1);
    assert_eq!(world.events.results(), [(2, WaitResult::Items(nothing))]);
    assert_eq!(world.events.waits(), [(2, Status::TIMED_OUT, Signals::empty())]);
}

#[test]
fn no_items_wait_for_the_deadline() {
    let world = World::null();
    let ended = Ok(WaitManyStart::Ended(Status::TIMED_OUT, vec![]));
    assert_eq!(world.host(|c| c.object_wait_many(&[], 0, 1)), ended);
    let waits = world.host(|c| c.object_wait_many(&[], 100, 2));
    assert_eq!(waits, Ok(WaitManyStart::Pending));
    world.clock.advance(99);
    assert_eq!(world.events.waits(), [(2, Status::TIMED_OUT, Signals::empty())]);
}

#[test]
fn closing_one_handle_cancels_and_marks_its_items_only() {
    let world = World::null();
    let [a, b] = world.host(|c| [(); 2].map(|()| c.event_create(0).unwrap()));
    world.host(|c| {
        let items = [(a, USER_0), (b, USER_0)];
        c.object_wait_many(&items, TIME_INFINITE, 1).unwrap();
        c.handle_close(b).unwrap();
    });
    let pending = vec![Signals::empty(), Signals::HANDLE_CLOSED];
    assert_eq!(world.events.results(), [(1, WaitResult::Items(pending))]);
    assert_eq!(world.events.waits(), [(1, Status::CANCELED, Signals::HANDLE_CLOSED)]);
    assert_eq!((world.stats().waits, world.stats().observers), (0, 0));
}

#[test]
fn guests_get_pending_of_all_items_on_every_end() {
    let world = World::new();
    let guest = Guest::start(&world);
    let thread = guest.thread_koid;
    let a = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let b = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let user_0 = USER_0.bits();
    let wait = |deadline: u64| [guest.at(64), 2, deadline];
    let pending = || [guest.word(64 + 8), guest.word(64 + 20)];
    guest.poke_words(64, &[a, user_0, 77, b, user_0, 77]);
    let many = Syscall::ObjectWaitMany;
    assert_eq!(guest.call(many, &wait(0)), Err(Status::TIMED_OUT));
    assert_eq!(pending(), [0, 0]);

    block(&world, &guest, many, &wait(100), ThreadState::BlockedWaitMany);
    guest.poke_words(64, &[a, user_0, 77, b, user_0, 77]);
    world.clock.advance(100);
    assert_eq!(resumed(&world), [(thread, Status::TIMED_OUT)]);
    assert_eq!(pending(), [0, 0]);

    block(&world, &guest, many, &wait(FOREVER), ThreadState::BlockedWaitMany);
    world.as_process(guest.koid, |c| c.object_signal(b, 0, user_0 | 8)).unwrap();
    assert_eq!(resumed(&world), [(thread, Status::OK)]);
    assert_eq!(pending(), [0, user_0 | 8]);
    assert_eq!(guest.call(many, &wait(0)), Ok(()));

    world.as_process(guest.koid, |c| c.object_signal(b, user_0, 0)).unwrap();
    block(&world, &guest, many, &wait(FOREVER), ThreadState::BlockedWaitMany);
    world.as_process(guest.koid, |c| c.handle_close(a)).unwrap();
    assert_eq!(resumed(&world), [(thread, Status::CANCELED)]);
    assert_eq!(pending(), [Signals::HANDLE_CLOSED.bits(), 8]);
    guest.finish();
}

#[test]
fn guests_items_are_judged_in_upstreams_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let many = Syscall::ObjectWaitMany;
    assert_eq!(guest.call(many, &[guest.unmapped(), 65, 0]), Err(Status::OUT_OF_RANGE));
    assert_eq!(guest.call(many, &[guest.unmapped(), 64, 0]), Err(Status::INVALID_ARGS));
    assert_eq!(guest.call(many, &[0, 0, 0]), Err(Status::TIMED_OUT));
    guest.poke_words(0, &[9, 0, 0]);
    assert_eq!(guest.call(many, &[guest.at(0), 1, FOREVER]), Err(Status::BAD_HANDLE));
    block(&world, &guest, many, &[0, 0, 50], ThreadState::BlockedWaitMany);
    world.clock.advance(50);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::TIMED_OUT)]);
    // Items that can be read and not written.
    assert_eq!(guest.call(many, &[guest.read_only(), 1, 0]), Err(Status::BAD_HANDLE));
    guest.finish();
}
