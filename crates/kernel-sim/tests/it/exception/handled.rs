//! What becomes of a thread that has an exception.

use kernel_sim::{Item, KernelEntry};
use zerocopy::IntoBytes;
use zx_abi::{
    EXCP_UNDEFINED_INSTRUCTION, ExceptionChannelType, ExceptionRecord, INFO_THREAD,
    INFO_THREAD_EXCEPTION_REPORT, INFO_THREAD_EXCEPTION_REPORT_V2, InfoThread, ObjectType,
    PROP_EXCEPTION_STATE, PROP_EXCEPTION_STRATEGY, Rights, Signals, Status,
    TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_SYSCALL_KILL, ThreadState,
};

use super::{
    DEBUGGER, bind, close, expect_closed, expect_none, raise, receive, resume, resumed, set_state,
};
use crate::support::{Guest, Order, World, basic, info, thread_state};

fn channel_type(world: &World, thread: u32) -> u32 {
    let info: InfoThread = world.host(|c| info(c, thread, INFO_THREAD)).unwrap();
    info.wait_exception_channel_type
}

/// A running guest, its job, and a channel of the process.
fn watched(world: &World) -> (Guest<'_>, u32) {
    let guest = Guest::start(world);
    let channel = bind(world, guest.process, 0);
    world.machine.orders();
    (guest, channel)
}

#[test]
fn a_handled_exception_lets_the_thread_go_on() {
    let world = World::new();
    let (guest, channel) = watched(&world);
    raise(&guest, &world);
    let (told, exception) = receive(&world, channel);
    assert_eq!((told.pid, told.tid), (guest.koid, guest.thread_koid));
    assert_eq!((told.kind, told.padding), (EXCP_UNDEFINED_INSTRUCTION, 0));
    let known = world.host(|c| basic(c, exception));
    assert_eq!((known.rights, known.object_type), (0x80c2, ObjectType::Exception as u32));
    assert_eq!(known.related_koid, 0);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedException as u32);
    assert_eq!(channel_type(&world, guest.thread), ExceptionChannelType::Process as u32);
    assert_eq!(world.machine.orders(), []);
    resume(&world, exception);
    assert_eq!(world.machine.orders(), resumed(&guest));
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    assert_eq!(world.count(ObjectType::Exception), 0);
    // It may have the same once more.
    raise(&guest, &world);
    close(&world, receive(&world, channel).1);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
    guest.finish();
}

#[test]
fn handlers_are_asked_from_the_debugger_to_the_root_job() {
    let world = World::new();
    let root = world.root_job();
    let jobs = world.host(|c| {
        let outer = c.job_create(root, 0).unwrap();
        (outer, c.job_create(outer, 0).unwrap())
    });
    let guest = Guest::start_in(&world, jobs.1, 0);
    let debugger = bind(&world, guest.process, DEBUGGER);
    let of = |task| bind(&world, task, 0);
    // There is none for the outer job.
    let (thread, process, inner, top) = (of(guest.thread), of(guest.process), of(jobs.1), of(root));
    raise(&guest, &world);
    use ExceptionChannelType::{Debugger, Job, Process, Thread};
    let mut koids = Vec::new();
    for (channel, kind) in [
        (debugger, Debugger),
        (thread, Thread),
        (process, Process),
        (debugger, Debugger),
        (inner, Job),
        (top, Job),
    ] {
        let (_, exception) = receive(&world, channel);
        assert_eq!(channel_type(&world, guest.thread), kind as u32);
        koids.push(world.host(|c| basic(c, exception).koid));
        let again = 1u32;
        let set = world
            .host(|c| c.object_set_property(exception, PROP_EXCEPTION_STRATEGY, again.as_bytes()));
        assert_eq!(set, if kind == Debugger { Ok(()) } else { Err(Status::BAD_STATE) });
        let state = world.host(|c| c.object_get_property(exception, PROP_EXCEPTION_STATE, 4));
        assert_eq!(state, Ok(vec![0; 4]));
        close(&world, exception);
    }
    koids.dedup();
    assert_eq!(koids.len(), 1);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
    guest.finish();
}

#[test]
fn handles_to_thread_and_process_have_the_rights_of_the_task_that_was_bound() {
    let world = World::new();
    let guest = Guest::start(&world);
    let held = world.host(|c| basic(c, guest.process).rights);
    let less = held & !Rights::WRITE.bits();
    let weak = world.host(|c| c.handle_duplicate(guest.process, less)).unwrap();
    let (of_thread, of_process) = (bind(&world, guest.thread, 0), bind(&world, weak, 0));
    raise(&guest, &world);
    let (_, exception) = receive(&world, of_thread);
    world.host(|c| {
        let thread = c.exception_get_thread(exception).unwrap();
        let rights = basic(c, guest.thread).rights;
        assert_eq!((basic(c, thread).koid, basic(c, thread).rights), (guest.thread_koid, rights));
        assert_eq!(c.exception_get_process(exception), Err(Status::ACCESS_DENIED));
        assert_eq!(c.exception_get_thread(0), Err(Status::BAD_HANDLE));
        assert_eq!(c.exception_get_process(thread), Err(Status::WRONG_TYPE));
        c.handle_close(exception).unwrap();
    });
    let (_, exception) = receive(&world, of_process);
    world.host(|c| {
        let thread = c.exception_get_thread(exception).unwrap();
        let process = c.exception_get_process(exception).unwrap();
        assert_eq!((basic(c, thread).rights, basic(c, process).rights), (less, less));
        assert_eq!(basic(c, process).koid, guest.koid);
    });
    guest.finish();
}

#[test]
fn states_and_strategies_have_their_values_and_sizes() {
    let world = World::new();
    let guest = Guest::start(&world);
    let debugger = bind(&world, guest.process, DEBUGGER);
    raise(&guest, &world);
    let (_, exception) = receive(&world, debugger);
    world.host(|c| {
        for (property, most) in [(PROP_EXCEPTION_STATE, 2), (PROP_EXCEPTION_STRATEGY, 1)] {
            for value in 0..=most {
                c.object_set_property(exception, property, u32::as_bytes(&value)).unwrap();
                let read = c.object_get_property(exception, property, 4).unwrap();
                assert_eq!(read, value.to_le_bytes());
            }
            let one_over = c.object_set_property(exception, property, u32::as_bytes(&(most + 1)));
            assert_eq!(one_over, Err(Status::INVALID_ARGS));
            let small = c.object_set_property(exception, property, &[0; 3]);
            assert_eq!(small, Err(Status::BUFFER_TOO_SMALL));
            let small = c.object_get_property(exception, property, 3);
            assert_eq!(small, Err(Status::BUFFER_TOO_SMALL));
            let other = c.object_set_property(guest.process, property, &[0; 4]);
            assert_eq!(other, Err(Status::WRONG_TYPE));
            let other = c.object_get_property(guest.process, property, 4);
            assert_eq!(other, Err(Status::WRONG_TYPE));
        }
    });
    guest.finish();
}

#[test]
fn the_report_has_two_versions_while_the_thread_is_in_it() {
    let world = World::new();
    let (guest, channel) = watched(&world);
    let read = |topic| world.host(|c| c.object_get_info(guest.thread, topic));
    assert_eq!(read(INFO_THREAD_EXCEPTION_REPORT_V2), Err(Status::BAD_STATE));
    raise(&guest, &world);
    let record: ExceptionRecord =
        world.host(|c| info(c, guest.thread, INFO_THREAD_EXCEPTION_REPORT_V2)).unwrap();
    assert_eq!((record.size, record.kind), (40, EXCP_UNDEFINED_INSTRUCTION));
    assert_eq!(record.context.vector, 6);
    let first = read(INFO_THREAD_EXCEPTION_REPORT).unwrap();
    assert_eq!((first.record_size, &first.bytes[..]), (32, &record.as_bytes()[..32]));
    resume(&world, receive(&world, channel).1);
    assert_eq!(read(INFO_THREAD_EXCEPTION_REPORT), Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn a_thread_can_end_of_it_alone() {
    let world = World::new();
    let (guest, channel) = watched(&world);
    let second = world.host(|c| {
        let second = c.thread_create(guest.process, b"second", 0).unwrap();
        let entry = kernel_sim::EntryState::new(0x1000, 0, 0, 0);
        c.thread_start(second, entry).unwrap();
        second
    });
    world.machine.orders();
    let second_koid = world.host(|c| basic(c, second).koid);
    for (thread, is_last) in [(guest.thread_koid, false), (second_koid, true)] {
        world.kernel.exception(guest.koid, thread, super::undefined());
        let (_, exception) = receive(&world, channel);
        set_state(&world, exception, 2);
        close(&world, exception);
        let order = if is_last {
            Order::Kill { process: guest.koid }
        } else {
            Order::EndThread { process: guest.koid, thread }
        };
        assert_eq!(world.machine.orders(), [order]);
    }
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Dead as u32);
    guest.gone();
    assert_eq!(guest.info().return_code, 0);
    close(&world, second);
    guest.finish();
}

#[test]
fn suspensions_count_during_it_and_take_effect_behind_it() {
    let world = World::new();
    let (guest, channel) = watched(&world);
    raise(&guest, &world);
    let token = world.host(|c| c.task_suspend(guest.thread)).unwrap();
    assert_eq!(world.machine.orders(), []);
    assert!(!world.signals(guest.thread).contains(Signals::THREAD_SUSPENDED));
    resume(&world, receive(&world, channel).1);
    let (process, thread) = (guest.koid, guest.thread_koid);
    let [suspended, went_on] = &world.machine.orders()[..] else { panic!() };
    let Order::Suspend { number, .. } = *suspended else { panic!("{suspended:?}") };
    assert_eq!(*went_on, resumed(&guest)[0]);
    world.kernel.suspended(process, thread, number);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    assert!(world.signals(guest.thread).contains(Signals::THREAD_SUSPENDED));
    close(&world, token);
    assert_eq!(world.machine.orders(), [Order::Release { process, thread }]);
    // A token that is closed first has had no effect.
    raise(&guest, &world);
    close(&world, world.host(|c| c.task_suspend(guest.thread)).unwrap());
    assert_eq!(world.machine.orders(), []);
    guest.finish();
}

#[test]
fn a_kill_ends_it_and_the_handle_stays() {
    let world = World::new();
    let (guest, channel) = watched(&world);
    raise(&guest, &world);
    let (_, exception) = receive(&world, channel);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    let koid = guest.thread_koid;
    guest.finish();
    set_state(&world, exception, 1);
    let thread = world.host(|c| c.exception_get_thread(exception)).unwrap();
    assert_eq!(world.host(|c| basic(c, thread).koid), koid);
    assert_eq!(thread_state(&world, thread), ThreadState::Dead as u32);
    close(&world, exception);
    close(&world, thread);
    assert_eq!(world.machine.orders(), []);
    expect_closed(&world, channel);
    assert_eq!(world.count(ObjectType::Exception), 0);
    assert_eq!(world.count(ObjectType::Thread), 0);
}

#[test]
fn a_channel_or_handler_that_goes_has_said_that_the_next_one_is_to_be_asked() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::start(&world);
    let of_job = bind(&world, root, 0);
    // Through a context that ends with it.
    let context = world.host(|c| c.context_create(root, b"handler")).unwrap();
    let process = world.host(|c| c.handle_duplicate(guest.process, crate::support::SAME)).unwrap();
    let theirs = world.host(|c| c.handle_transfer(process, context)).unwrap();
    world.as_process(context, |c| c.task_create_exception_channel(theirs, 0)).unwrap();
    let debugger = bind(&world, guest.process, DEBUGGER);
    raise(&guest, &world);
    close(&world, debugger);
    expect_none(&world, of_job);
    world.as_process(context, |c| c.context_close());
    let (_, exception) = receive(&world, of_job);
    resume(&world, exception);
    guest.finish();
}

#[test]
fn where_a_handler_has_no_room_the_next_one_is_asked() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::start(&world);
    let of_process = bind(&world, guest.process, 0);
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let context = world.host(|c| c.context_create(job, b"poor")).unwrap();
    let process = world.host(|c| c.handle_duplicate(guest.process, crate::support::SAME)).unwrap();
    let theirs = world.host(|c| c.handle_transfer(process, context)).unwrap();
    let debugger =
        world.as_process(context, |c| c.task_create_exception_channel(theirs, DEBUGGER)).unwrap();
    world.host(|c| c.job_set_limits(job, &[(Item::ChannelBytes, 0)])).unwrap();
    raise(&guest, &world);
    let read = world.as_process(context, |c| c.channel_read(debugger, 0, 24, 1));
    assert_eq!(read, Err(Status::SHOULD_WAIT));
    resume(&world, receive(&world, of_process).1);
    world.host(|c| c.job_set_limits(job, &[(Item::Objects, 0)])).unwrap();
    guest.finish();
    assert_eq!(world.count(ObjectType::Exception), 0);
}

#[test]
fn an_exception_that_a_thread_waits_for_itself_ends_with_a_kill() {
    let world = World::new();
    let guest = Guest::start(&world);
    let own = world.host(|c| c.handle_duplicate(guest.thread, crate::support::SAME)).unwrap();
    let own = guest.receive(own);
    let create = zx_abi::Syscall::TaskCreateExceptionChannel;
    guest.create(create, &[own.into(), 0, guest.at(0)]).unwrap();
    world.machine.orders();
    raise(&guest, &world);
    // It makes no call any more.
    assert_eq!(
        guest.enter(zx_abi::Syscall::HandleClose, &[own.into()]),
        kernel_sim::SyscallOutcome::Blocked
    );
    assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedException as u32);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    guest.finish();
    assert_eq!(world.count(ObjectType::Exception), 0);
}
