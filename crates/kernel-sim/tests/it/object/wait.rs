//! Waits of the host: signals, deadlines, cancellation.

use kernel_sim::{Caller, ChannelRead, WaitStart};
use zx_abi::{Rights, Signals, Status, TIME_INFINITE, TIME_INFINITE_PAST};

use crate::support::{World, without};

const USER_0: Signals = Signals::USER_0;

fn wait(c: &mut Caller<'_>, handle: u32, signals: Signals, deadline: i64, token: u64) {
    let started = c.object_wait_one(handle, signals, deadline, token);
    assert_eq!(started, Ok(WaitStart::Pending));
}

fn forever(c: &mut Caller<'_>, handle: u32, token: u64) {
    wait(c, handle, USER_0, TIME_INFINITE, token);
}

#[test]
fn wait_judges_handle_then_right_then_signals_then_deadline() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let mute = without(c, event, Rights::WAIT);
        let (_process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let now = TIME_INFINITE_PAST;
        assert_eq!(c.object_wait_one(9, USER_0, now, 1), Err(Status::BAD_HANDLE));
        assert_eq!(c.object_wait_one(mute, USER_0, now, 1), Err(Status::ACCESS_DENIED));
        // A VMAR cannot be waited for: its handles lack the right.
        assert_eq!(c.object_wait_one(vmar, USER_0, now, 1), Err(Status::ACCESS_DENIED));
        c.object_signal(event, 0, Signals::SIGNALED.bits()).unwrap();
        let ready = c.object_wait_one(event, Signals::SIGNALED | USER_0, now, 1);
        assert_eq!(ready, Ok(WaitStart::Ready(Signals::SIGNALED)));
        for deadline in [TIME_INFINITE_PAST, -1, 0, 1] {
            let result = c.object_wait_one(event, USER_0, deadline, 1);
            assert_eq!(result, Err(Status::TIMED_OUT), "{deadline}");
        }
    });
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn signals_end_waits_and_show_the_whole_state() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    world.host(|c| {
        forever(c, event, 1);
        wait(c, event, Signals::SIGNALED, TIME_INFINITE, 2);
        c.object_signal(event, 0, (Signals::USER_0.bits() << 1) | 8).unwrap();
    });
    let other = Signals::from_bits_retain(Signals::USER_0.bits() << 1);
    let observed = other | Signals::SIGNALED;
    assert_eq!(world.events.waits(), [(2, Status::OK, observed)]);
    world.host(|c| c.object_signal(event, 0xff00_0000, USER_0.bits())).unwrap();
    assert_eq!(world.events.waits(), [(1, Status::OK, USER_0 | Signals::SIGNALED)]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_pulse_wakes_waiters() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    world.host(|c| {
        forever(c, event, 1);
        c.object_signal(event, 0, USER_0.bits()).unwrap();
        c.object_signal(event, USER_0.bits(), 0).unwrap();
    });
    assert_eq!(world.events.waits(), [(1, Status::OK, USER_0)]);
}

#[test]
fn waiters_wake_newest_first() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    world.host(|c| {
        (0..100).for_each(|token| forever(c, event, token));
        c.object_signal(event, 0, USER_0.bits()).unwrap();
    });
    let tokens: Vec<u64> = world.events.waits().into_iter().map(|(token, ..)| token).collect();
    assert_eq!(tokens, (0..100).rev().collect::<Vec<_>>());
}

#[test]
fn deadlines_pass_in_order_and_only_when_due() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let now = world.now();
    world.host(|c| {
        wait(c, event, USER_0, now + 30, 3);
        wait(c, event, USER_0, now + 10, 1);
        wait(c, event, USER_0, now + 20, 2);
        wait(c, event, USER_0, now + 10, 4);
        c.object_signal(event, 0, Signals::SIGNALED.bits()).unwrap();
    });
    world.clock.advance(9);
    assert_eq!(world.events.waits(), []);
    let timed_out = |token| (token, Status::TIMED_OUT, Signals::SIGNALED);
    world.clock.advance(1);
    assert_eq!(world.events.waits(), [timed_out(1), timed_out(4)]);
    world.clock.advance(i64::MAX);
    assert_eq!(world.events.waits(), [timed_out(2), timed_out(3)]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn waiting_for_nothing_waits_for_the_deadline_or_the_close() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let now = world.now();
    world.host(|c| {
        wait(c, event, Signals::empty(), now + 5, 1);
        wait(c, event, Signals::empty(), TIME_INFINITE, 2);
        c.object_signal(event, 0, USER_0.bits()).unwrap();
    });
    world.clock.advance(5);
    assert_eq!(world.events.waits(), [(1, Status::TIMED_OUT, USER_0)]);
    world.host(|c| c.handle_close(event)).unwrap();
    let closed = USER_0 | Signals::HANDLE_CLOSED;
    assert_eq!(world.events.waits(), [(2, Status::CANCELED, closed)]);
}

#[test]
fn closing_cancels_the_waits_through_that_handle_only() {
    let world = World::null();
    let (event, again) = world.host(|c| {
        let event = c.event_create(0).unwrap();
        (event, without(c, event, Rights::empty()))
    });
    world.host(|c| {
        forever(c, event, 1);
        forever(c, again, 2);
        c.handle_close(event).unwrap();
    });
    assert_eq!(world.events.waits(), [(1, Status::CANCELED, Signals::HANDLE_CLOSED)]);
    world.host(|c| c.object_signal(again, 0, USER_0.bits())).unwrap();
    assert_eq!(world.events.waits(), [(2, Status::OK, USER_0)]);
}

#[test]
fn a_handle_that_gets_to_a_table_again_cancels_its_waits() {
    let world = World::null();
    let root = world.root_job();
    let context = world.host(|c| c.context_create(root, b"context")).unwrap();
    let canceled = |token| (token, Status::CANCELED, Signals::HANDLE_CLOSED);
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        forever(c, event, 1);
        let event = c.handle_replace(event, 1 << 31).unwrap();
        forever(c, event, 2);
        let event = c.handle_replace(event, 1 << 31).unwrap();
        forever(c, event, 3);
        c.handle_transfer(event, context).unwrap();
    });
    assert_eq!(world.events.waits(), [canceled(1), canceled(2), canceled(3)]);
}

#[test]
fn waits_through_a_handle_in_a_message_go_on_until_it_is_read_or_lost() {
    let world = World::null();
    let canceled = |token| (token, Status::CANCELED, Signals::HANDLE_CLOSED);
    let timed_out = |token| (token, Status::TIMED_OUT, Signals::empty());
    let before = world.stats();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let send = |token| {
        world.host(|c| {
            let event = c.event_create(0).unwrap();
            let kept = c.handle_duplicate(event, 1 << 31).unwrap();
            let deadline = if token == 2 { c.clock_get_monotonic() + 5 } else { TIME_INFINITE };
            wait(c, event, USER_0, deadline, token);
            c.channel_write(near, 0, vec![], &[event]).unwrap();
            kept
        })
    };
    let kept = [1, 2, 3, 4].map(send);
    assert_eq!(world.events.waits(), []);
    // What the object shows still ends them, and so does a deadline.
    world.host(|c| c.object_signal(kept[0], 0, USER_0.bits())).unwrap();
    assert_eq!(world.events.waits(), [(1, Status::OK, USER_0)]);
    world.clock.advance(5);
    assert_eq!(world.events.waits(), [timed_out(2)]);
    for (token, expected) in [(1, vec![]), (2, vec![]), (3, vec![canceled(3)])] {
        let read = world.host(|c| c.channel_read(far, 0, 0, 1)).unwrap();
        let ChannelRead::Message { handles, .. } = read else { panic!("no message {token}") };
        assert_eq!(world.events.waits(), expected);
        world.host(|c| c.handle_close_many(&handles)).unwrap();
    }
    world.host(|c| c.handle_close(far)).unwrap();
    assert_eq!(world.events.waits(), [canceled(4)]);
    world.host(|c| {
        c.handle_close_many(&kept).unwrap();
        c.handle_close(near).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn closing_a_context_cancels_its_waits() {
    let world = World::null();
    let root = world.root_job();
    let context = world.host(|c| c.context_create(root, b"context")).unwrap();
    world.as_process(context, |c| {
        let event = c.event_create(0).unwrap();
        forever(c, event, 7);
        c.context_close();
    });
    assert_eq!(world.events.waits(), [(7, Status::CANCELED, Signals::HANDLE_CLOSED)]);
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_wait_that_is_taken_back_never_completes() {
    let world = World::null();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let deadline = world.now() + 5;
    world.host(|c| {
        wait(c, event, USER_0, deadline, 1);
        forever(c, event, 2);
    });
    assert!(world.kernel.cancel_wait(1));
    assert!(!world.kernel.cancel_wait(1));
    assert!(!world.kernel.cancel_wait(3));
    world.clock.advance(i64::MAX);
    world.host(|c| c.object_signal(event, 0, USER_0.bits())).unwrap();
    assert_eq!(world.events.waits(), [(2, Status::OK, USER_0)]);
    assert!(!world.kernel.cancel_wait(2));
}

#[test]
fn user_signals_are_the_top_eight_and_signaled_on_events() {
    let world = World::null();
    world.host(|c| {
        let event = c.event_create(0).unwrap();
        let (near, far) = c.eventpair_create(0).unwrap();
        let (channel, _peer) = c.channel_create(0).unwrap();
        let vmo = c.vmo_create(0, 0).unwrap();
        let fixed = without(c, event, Rights::SIGNAL);
        let (user, signaled) = (0xff00_0000, Signals::SIGNALED.bits());
        for (handle, settable) in
            [(event, user | signaled), (near, user | signaled), (channel, user), (vmo, user)]
        {
            for bit in (0..32).map(|bit| 1 << bit) {
                let expected = if bit & settable != 0 { Ok(()) } else { Err(Status::INVALID_ARGS) };
                assert_eq!(c.object_signal(handle, 0, bit), expected, "{bit:#x}");
                assert_eq!(c.object_signal(handle, bit, 0), expected, "{bit:#x}");
            }
        }
        assert_eq!(c.object_signal(9, 1, 1), Err(Status::BAD_HANDLE));
        assert_eq!(c.object_signal(fixed, 1, 1), Err(Status::ACCESS_DENIED));
        // To the peer: handle, bits, then whether there is one.
        assert_eq!(c.object_signal_peer(9, 1, 1), Err(Status::BAD_HANDLE));
        assert_eq!(c.object_signal_peer(event, 1, 1), Err(Status::ACCESS_DENIED));
        assert_eq!(c.object_signal_peer(channel, signaled, 0), Err(Status::INVALID_ARGS));
        assert_eq!(c.object_signal_peer(near, 0, signaled), Ok(()));
        let seen = c.object_wait_one(far, Signals::SIGNALED, 0, 0);
        assert_eq!(seen, Ok(WaitStart::Ready(Signals::SIGNALED)));
        c.handle_close(far).unwrap();
        assert_eq!(c.object_signal_peer(near, 1, 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.object_signal_peer(near, 0, user), Err(Status::PEER_CLOSED));
    });
}

#[test]
fn event_calls_take_no_options() {
    let world = World::null();
    world.host(|c| {
        assert_eq!(c.event_create(1), Err(Status::INVALID_ARGS));
        assert_eq!(c.eventpair_create(1), Err(Status::NOT_SUPPORTED));
    });
}

#[test]
fn the_peer_of_a_closed_end_hears_of_it() {
    let world = World::null();
    let pairs = world.host(|c| {
        [
            c.eventpair_create(0).unwrap(),
            c.channel_create(0).unwrap(),
            c.socket_create(0).unwrap(),
            c.fifo_create(1, 1, 0).unwrap(),
        ]
    });
    for (token, (near, far)) in (0..).zip(pairs) {
        world.host(|c| {
            wait(c, near, Signals::PEER_CLOSED, TIME_INFINITE, token);
            c.handle_close(far).unwrap();
        });
        assert_eq!(world.events.waits(), [(token, Status::OK, Signals::PEER_CLOSED)]);
    }
}
