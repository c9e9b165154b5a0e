//! The trace: what happened, once, in order, with its time.

use kernel_sim::{KernelEntry, TraceEvent};
use zx_abi::{ObjectType, PAGE_SIZE, Signals, Status, Syscall, TASK_RETCODE_SYSCALL_KILL};

use crate::support::{Guest, World, number};

#[test]
fn messages_and_signals_are_told_in_order_with_their_time() {
    let world = World::traced(0);
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let event = world.host(|c| c.event_create(0)).unwrap();
    let (far, event_koid) = (world.koid(far), world.koid(event));
    world.trace.trace();
    world.clock.advance(99);
    world.host(|c| c.channel_write(near, 0, b"hi".to_vec(), &[event])).unwrap();
    let records = world.trace.records();
    assert!(records.iter().all(|record| record.time == 100));
    let events: Vec<_> = records.into_iter().map(|record| record.event).collect();
    let message =
        TraceEvent::Message { channel: far, bytes: b"hi".to_vec(), handles: vec![event_koid] };
    let signal = TraceEvent::Signal {
        object: far,
        object_type: ObjectType::Channel,
        before: Signals::WRITABLE.bits(),
        after: (Signals::WRITABLE | Signals::READABLE).bits(),
    };
    assert_eq!(events, [message, signal]);
}

#[test]
fn mappings_are_told_as_they_come_change_and_go() {
    let world = World::traced(0);
    let root = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create(root, b"p", 0).unwrap();
        let vmo = c.vmo_create(4 * PAGE_SIZE, 0).unwrap();
        let (child, _) = c.vmar_allocate(vmar, 0x380, 0, 4 * PAGE_SIZE).unwrap();
        let [process_koid, vmo_koid] =
            [process, vmo].map(|handle| crate::support::basic(c, handle).koid);
        world.trace.trace();
        let base = c.vmar_map(child, 3, 0, vmo, 0, 2 * PAGE_SIZE).unwrap();
        c.vmar_protect(child, 1, base, PAGE_SIZE).unwrap();
        c.vmar_unmap(child, base + PAGE_SIZE, PAGE_SIZE).unwrap();
        c.vmar_destroy(child).unwrap();
        let events = world.trace.trace();
        let process = process_koid;
        let (len, permissions) = (2 * PAGE_SIZE, 3);
        assert_eq!(events[0], TraceEvent::Map { process, base, len, permissions, vmo: vmo_koid });
        let (len, permissions) = (PAGE_SIZE, 1);
        assert_eq!(events[1], TraceEvent::Protect { process, base, len, permissions });
        assert_eq!(events[2], TraceEvent::Unmap { process, base: base + PAGE_SIZE, len });
        assert!(matches!(events[3], TraceEvent::Unmap { len, .. } if len == 4 * PAGE_SIZE));
        assert_eq!(events.len(), 4);
    });
}

#[test]
fn a_guests_life_is_told_from_start_to_exit() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let (process, thread) = (guest.koid, guest.thread_koid);
    let events = world.trace.trace();
    let (entry, stack) = (0x1000, 0x2000);
    assert!(events.contains(&TraceEvent::ProcessStart { process, thread, entry, stack }));
    let call = |syscall, args| TraceEvent::SyscallEnter {
        process,
        thread,
        number: number(syscall),
        syscall: Some(syscall),
        args,
    };
    guest.call(Syscall::HandleClose, &[9]).unwrap_err();
    let value = i64::from(Status::BAD_HANDLE.into_raw()) as u64;
    assert_eq!(
        world.trace.trace(),
        [
            call(Syscall::HandleClose, [9, 0, 0, 0, 0, 0, 0, 0]),
            TraceEvent::SyscallExit { process, thread, value },
        ]
    );
    guest.call(Syscall::GuestCreate, &[0, guest.at(0)]).unwrap_err();
    let value = i64::from(Status::NOT_SUPPORTED.into_raw()) as u64;
    assert_eq!(
        world.trace.trace()[1..],
        [
            TraceEvent::SyscallNotImplemented { process, thread, syscall: Syscall::GuestCreate },
            TraceEvent::SyscallExit { process, thread, value },
        ]
    );
    guest.enter(Syscall::ProcessExit, &[7]);
    guest.gone();
    let events = world.trace.trace();
    assert_eq!(events[0], call(Syscall::ProcessExit, [7, 0, 0, 0, 0, 0, 0, 0]));
    assert!(events.contains(&TraceEvent::ProcessExit { process, return_code: 7 }));
    assert!(!events.iter().any(|event| matches!(event, TraceEvent::SyscallExit { .. })));
    guest.finish();
}

#[test]
fn a_signal_is_told_before_the_calls_that_it_ends() {
    let world = World::traced(0);
    let event = world.host(|c| c.event_create(0)).unwrap();
    let again = world.host(|c| c.handle_duplicate(event, 1 << 31)).unwrap();
    let guest = Guest::start(&world);
    let handle = guest.receive(again);
    guest.enter(Syscall::ObjectWaitOne, &[handle.into(), 8, i64::MAX as u64, 0]);
    world.trace.trace();
    world.host(|c| c.object_signal(event, 0, 8)).unwrap();
    let events = world.trace.trace();
    assert!(matches!(events[0], TraceEvent::Signal { after: 8, .. }), "{events:?}");
    assert!(matches!(events[1], TraceEvent::SyscallExit { value: 0, .. }), "{events:?}");
    guest.finish();
}

#[test]
fn a_process_that_holds_its_own_last_handle_is_told_by_its_koid() {
    let world = World::traced(0);
    let guest = Guest::start(&world);
    let koid = guest.koid;
    guest.receive(guest.process);
    world.trace.trace();
    world.kernel.process_gone(koid);
    let exit = TraceEvent::ProcessExit { process: koid, return_code: TASK_RETCODE_SYSCALL_KILL };
    assert!(world.trace.trace().contains(&exit));
    assert_eq!(world.kernel.call(koid, |_| ()), Err(Status::BAD_STATE));
}
