//! Futexes.

use zx_abi::{Status, Syscall, ThreadState};

use crate::support::{FOREVER, Guest, Thread, World, block, resumed, thread_state};

const WAIT: Syscall = Syscall::FutexWait;
const WAKE: Syscall = Syscall::FutexWake;

/// Where the futexes stand.
const A: u64 = 256;
const B: u64 = 260;

fn owner(guest: &Guest<'_>, futex: u64) -> u64 {
    guest.call(Syscall::FutexGetOwner, &[guest.at(futex), guest.at(0)]).unwrap();
    guest.long(0)
}

#[test]
fn wait_judges_pointer_then_value_then_owner_then_deadline() {
    let world = World::new();
    let guest = Guest::start(&world);
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let me = world.host(|c| c.handle_duplicate(guest.thread, 1 << 31)).unwrap();
    let me = guest.receive(me);
    let stranger = Guest::start(&world);
    let foreign = world.host(|c| c.handle_duplicate(stranger.thread, 1 << 31)).unwrap();
    let foreign = guest.receive(foreign);
    let new = world.host(|c| c.thread_create(guest.process, b"new", 0)).unwrap();
    let new = guest.receive(new);
    guest.poke_words(A, &[7]);
    let wait = |address: u64, value: u64, owner: u32, deadline: u64| {
        guest.call(WAIT, &[address, value, owner.into(), deadline])
    };
    for address in [0, guest.at(A + 1), guest.at(A + 2), guest.unmapped()] {
        assert_eq!(wait(address, 7, 9, 0), Err(Status::INVALID_ARGS), "{address:#x}");
    }
    assert_eq!(wait(guest.at(A), 8, 9, 0), Err(Status::BAD_STATE));
    assert_eq!(wait(guest.at(A), 7, 9, 0), Err(Status::BAD_HANDLE));
    assert_eq!(wait(guest.at(A), 7, event, 0), Err(Status::WRONG_TYPE));
    for owner in [me, foreign, new] {
        assert_eq!(wait(guest.at(A), 7, owner, 0), Err(Status::INVALID_ARGS));
    }
    assert_eq!(wait(guest.at(A), 7, 0, 0), Err(Status::TIMED_OUT));
    stranger.finish();
    guest.finish();
}

#[test]
fn wake_wakes_as_many_as_asked_in_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let threads = [(); 3].map(|()| Thread::start(&world, &guest));
    for thread in &threads {
        thread.enter(WAIT, &[guest.at(A), 0, 0, FOREVER]);
        assert_eq!(thread_state(&world, thread.handle), ThreadState::BlockedFutex as u32);
    }
    world.machine.orders();
    let wake = |count: u64| guest.call(WAKE, &[guest.at(A), count]).unwrap();
    wake(0);
    assert_eq!(resumed(&world), []);
    wake(2);
    let ok = |thread: &Thread<'_>| (thread.koid, Status::OK);
    assert_eq!(resumed(&world), [ok(&threads[0]), ok(&threads[1])]);
    wake(u32::MAX.into());
    assert_eq!(resumed(&world), [ok(&threads[2])]);
    wake(u32::MAX.into());
    assert_eq!(resumed(&world), []);
    assert_eq!(guest.call(WAKE, &[guest.at(A + 1), 1]), Err(Status::INVALID_ARGS));
    // An address without memory is as good as any other: nobody waits there.
    assert_eq!(guest.call(WAKE, &[guest.unmapped(), 1]), Ok(()));
    world.host(|c| c.handle_close_many(&threads.map(|thread| thread.handle))).unwrap();
    guest.finish();
}

#[test]
fn a_wait_times_out_and_leaves_nothing() {
    let world = World::new();
    let guest = Guest::start(&world);
    block(&world, &guest, WAIT, &[guest.at(A), 0, 0, 50], ThreadState::BlockedFutex);
    world.clock.advance(50);
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::TIMED_OUT)]);
    assert_eq!(world.stats().waits, 0);
    guest.call(WAKE, &[guest.at(A), 1]).unwrap();
    assert_eq!(resumed(&world), []);
    guest.finish();
}

#[test]
fn the_owner_is_told_until_it_is_released_or_nobody_waits() {
    let world = World::new();
    let guest = Guest::start(&world);
    let [first, second] = [(); 2].map(|()| Thread::start(&world, &guest));
    let me = world.host(|c| c.handle_duplicate(guest.thread, 1 << 31)).unwrap();
    let me = guest.receive(me);
    assert_eq!(owner(&guest, A), 0);
    let wait = [guest.at(A), 0, me.into(), FOREVER];
    first.enter(WAIT, &wait);
    assert_eq!(owner(&guest, A), guest.thread_koid);
    second.enter(WAIT, &wait);
    guest.call(Syscall::FutexWakeSingleOwner, &[guest.at(A)]).unwrap();
    assert_eq!(owner(&guest, A), first.koid);
    // The owner cannot wait for itself to let go.
    let waiting = world.host(|c| c.handle_duplicate(second.handle, 1 << 31)).unwrap();
    let waiting = guest.receive(waiting);
    let own = guest.call(WAIT, &[guest.at(A), 0, waiting.into(), FOREVER]);
    assert_eq!(own, Err(Status::INVALID_ARGS));
    guest.call(WAKE, &[guest.at(A), 0]).unwrap();
    assert_eq!(owner(&guest, A), 0);
    guest.call(Syscall::FutexWakeSingleOwner, &[guest.at(A)]).unwrap();
    assert_eq!(owner(&guest, A), 0);
    let pointer = guest.call(Syscall::FutexGetOwner, &[guest.at(A + 2), guest.at(0)]);
    assert_eq!(pointer, Err(Status::INVALID_ARGS));
    world.host(|c| c.handle_close_many(&[first.handle, second.handle])).unwrap();
    guest.finish();
}

#[test]
fn requeue_wakes_some_and_moves_others() {
    let world = World::new();
    let guest = Guest::start(&world);
    let threads = [(); 4].map(|()| Thread::start(&world, &guest));
    for thread in &threads {
        thread.enter(WAIT, &[guest.at(A), 0, 0, FOREVER]);
    }
    world.machine.orders();
    let me = world.host(|c| c.handle_duplicate(guest.thread, 1 << 31)).unwrap();
    let me = guest.receive(me);
    let requeue = |value: u64, to: u64, owner: u32| {
        let args = [guest.at(A), 1, value, to, 2, owner.into()];
        guest.call(Syscall::FutexRequeue, &args)
    };
    assert_eq!(requeue(0, guest.at(A), 0), Err(Status::INVALID_ARGS));
    assert_eq!(requeue(0, guest.at(B + 1), 0), Err(Status::INVALID_ARGS));
    assert_eq!(requeue(1, guest.at(B), 9), Err(Status::BAD_STATE));
    assert_eq!(requeue(0, guest.at(B), 9), Err(Status::BAD_HANDLE));
    assert_eq!(requeue(0, guest.at(B), me), Ok(()));
    let ok = |index: usize| (threads[index].koid, Status::OK);
    assert_eq!(resumed(&world), [ok(0)]);
    assert_eq!((owner(&guest, A), owner(&guest, B)), (0, guest.thread_koid));
    guest.call(WAKE, &[guest.at(A), 9]).unwrap();
    assert_eq!(resumed(&world), [ok(3)]);
    guest.call(WAKE, &[guest.at(B), 9]).unwrap();
    assert_eq!(resumed(&world), [ok(1), ok(2)]);
    world.host(|c| c.handle_close_many(&threads.map(|thread| thread.handle))).unwrap();
    guest.finish();
}

#[test]
fn requeue_can_hand_the_futex_to_the_one_it_wakes() {
    let world = World::new();
    let guest = Guest::start(&world);
    let threads = [(); 3].map(|()| Thread::start(&world, &guest));
    for thread in &threads {
        thread.enter(WAIT, &[guest.at(A), 0, 0, FOREVER]);
    }
    let args = [guest.at(A), 0, guest.at(B), 1, 0];
    guest.call(Syscall::FutexRequeueSingleOwner, &args).unwrap();
    assert_eq!((owner(&guest, A), owner(&guest, B)), (threads[0].koid, 0));
    world.host(|c| c.handle_close_many(&threads.map(|thread| thread.handle))).unwrap();
    guest.finish();
}

#[test]
fn a_killed_process_leaves_no_waiters() {
    let world = World::new();
    let before = world.stats();
    let guest = Guest::start(&world);
    let thread = Thread::start(&world, &guest);
    thread.enter(WAIT, &[guest.at(A), 0, 0, FOREVER]);
    block(&world, &guest, WAIT, &[guest.at(B), 0, 0, 1 << 40], ThreadState::BlockedFutex);
    world.host(|c| c.handle_close(thread.handle)).unwrap();
    guest.finish();
    assert_eq!(world.stats().waits, before.waits);
    world.clock.advance(1 << 41);
    assert_eq!(resumed(&world), []);
}
