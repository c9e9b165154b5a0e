//! What debuggers are told of threads and processes that begin and end.

use kernel_sim::{EntryState, GeneralRegisters, KernelEntry, SyscallOutcome};
use zx_abi::{
    Abi, EXCEPTION_TARGET_JOB_DEBUGGER, EXCP_PROCESS_STARTING, EXCP_THREAD_EXITING,
    EXCP_THREAD_STARTING, EXCP_USER, ExceptionChannelType, INFO_THREAD,
    INFO_THREAD_EXCEPTION_REPORT_V2, InfoThread, Signals, Status, Syscall, ThreadState,
};

use super::{DEBUGGER, bind, close, expect_closed, expect_none, receive};
use crate::support::{Guest, Order, World, info, thread_state};

const ENTRY: EntryState = EntryState::new(0x1000, 0x2000, 0, 0);

/// The machine stops the thread that it has just been told to start so: the orders.
fn stop(world: &World, guest: &Guest<'_>) -> Vec<Order> {
    let orders = world.machine.orders();
    let Some(Order::Suspend { thread, number, .. }) = orders.last() else { panic!("{orders:?}") };
    world.kernel.suspended(guest.koid, *thread, *number);
    orders
}

fn released(guest: &Guest<'_>) -> [Order; 1] {
    [Order::Release { process: guest.koid, thread: guest.thread_koid }]
}

fn start(world: &World, guest: &Guest<'_>) {
    world.host(|c| c.process_start(guest.process, guest.thread, 0x1000, 0x2000, 0, 0)).unwrap();
}

#[test]
fn job_debuggers_then_the_debugger_are_told_before_the_first_instruction() {
    for (abi, told) in [(Abi::Newest, 3), (Abi::Sdk2020, 1)] {
        let world = World::new();
        let root = world.root_job();
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let guest = Guest::create_for(&world, job, abi);
        let debuggers = [
            bind(&world, job, DEBUGGER),
            bind(&world, job, DEBUGGER),
            bind(&world, root, DEBUGGER),
        ];
        let debugger = bind(&world, guest.process, DEBUGGER);
        start(&world, &guest);
        expect_none(&world, debuggers[0]);
        assert!(matches!(&stop(&world, &guest)[..], [Order::Start { .. }, Order::Suspend { .. }]));
        for channel in &debuggers[..told] {
            expect_none(&world, debugger);
            let (info, exception) = receive(&world, *channel);
            assert_eq!((info.kind, info.tid), (EXCP_PROCESS_STARTING, guest.thread_koid));
            close(&world, exception);
        }
        debuggers[told..].iter().for_each(|channel| expect_none(&world, *channel));
        let (info, exception) = receive(&world, debugger);
        assert_eq!(info.kind, EXCP_THREAD_STARTING);
        assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedException as u32);
        assert!(matches!(
            world.host(|c| c.thread_read_registers(guest.thread)),
            Ok(GeneralRegisters::X86_64(_))
        ));
        assert_eq!(world.machine.orders(), []);
        close(&world, exception);
        assert_eq!(world.machine.orders(), released(&guest));
        assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
        guest.finish();
    }
}

#[test]
fn a_thread_that_is_suspended_is_told_of_all_the_same() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    let debugger = bind(&world, guest.process, DEBUGGER);
    let token = world.host(|c| c.task_suspend(guest.thread)).unwrap();
    start(&world, &guest);
    stop(&world, &guest);
    let (_, exception) = receive(&world, debugger);
    assert!(!world.signals(guest.thread).contains(Signals::THREAD_SUSPENDED));
    close(&world, exception);
    assert_eq!(world.machine.orders(), []);
    assert_eq!(world.signals(guest.thread), Signals::THREAD_SUSPENDED);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Suspended as u32);
    close(&world, token);
    assert_eq!(world.machine.orders(), released(&guest));
    guest.finish();
}

#[test]
fn later_threads_are_told_to_the_processs_debugger_alone() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::start(&world);
    let (debugger, of_job) = (bind(&world, guest.process, DEBUGGER), bind(&world, root, DEBUGGER));
    world.machine.orders();
    let second = world.host(|c| c.thread_create(guest.process, b"second", 0)).unwrap();
    world.host(|c| c.thread_start(second, ENTRY)).unwrap();
    let orders = stop(&world, &guest);
    assert!(matches!(&orders[..], [Order::StartThread { .. }, Order::Suspend { .. }]));
    let (info, exception) = receive(&world, debugger);
    assert_eq!(info.kind, EXCP_THREAD_STARTING);
    expect_none(&world, of_job);
    close(&world, exception);
    close(&world, second);
    guest.finish();
}

#[test]
fn a_thread_that_exits_is_dying_until_its_debugger_lets_it_go() {
    let world = World::new();
    let guest = Guest::start(&world);
    let debugger = bind(&world, guest.process, DEBUGGER);
    let second = world.host(|c| c.thread_create(guest.process, b"second", 0)).unwrap();
    world.host(|c| c.thread_start(second, ENTRY)).unwrap();
    stop(&world, &guest);
    close(&world, receive(&world, debugger).1);
    world.machine.orders();
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Blocked);
    let (told, exception) = receive(&world, debugger);
    assert_eq!(told.kind, EXCP_THREAD_EXITING);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Dying as u32);
    let info: InfoThread = world.host(|c| info(c, guest.thread, INFO_THREAD)).unwrap();
    assert_eq!(info.wait_exception_channel_type, ExceptionChannelType::Debugger as u32);
    // It has no registers any more.
    let read = world.host(|c| c.thread_read_registers(guest.thread));
    assert_eq!(read, Err(Status::NOT_SUPPORTED));
    assert_eq!(world.machine.orders(), []);
    close(&world, exception);
    let (process, thread) = (guest.koid, guest.thread_koid);
    assert_eq!(world.machine.orders(), [Order::EndThread { process, thread }]);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Dead as u32);
    expect_none(&world, debugger);
    close(&world, second);
    guest.finish();
}

#[test]
fn of_threads_that_are_killed_it_is_told_once_and_nobody_waits() {
    let world = World::new();
    let guest = Guest::start(&world);
    let debugger = bind(&world, guest.process, DEBUGGER);
    let unstarted = world.host(|c| c.thread_create(guest.process, b"unstarted", 0)).unwrap();
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Blocked);
    let second = world.host(|c| c.thread_create(guest.process, b"second", 0)).unwrap();
    world.host(|c| c.thread_start(second, ENTRY)).unwrap();
    world.host(|c| c.task_kill(guest.process)).unwrap();
    guest.gone();
    let exceptions = [receive(&world, debugger), receive(&world, debugger)];
    assert!(exceptions.iter().all(|(info, _)| info.kind == EXCP_THREAD_EXITING));
    assert_ne!(exceptions[0].0.tid, exceptions[1].0.tid);
    exceptions.iter().for_each(|(_, exception)| close(&world, *exception));
    expect_closed(&world, debugger);
    [second, unstarted, debugger].iter().for_each(|handle| close(&world, *handle));
    guest.finish();
    assert_eq!(world.count(zx_abi::ObjectType::Exception), 0);
}

#[test]
fn a_thread_raises_its_own_to_job_debuggers_and_goes_on_with_ok() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::start(&world);
    let raise = |options: u32, kind: u32, context: u64| {
        guest.enter(Syscall::ThreadRaiseException, &[options.into(), kind.into(), context])
    };
    let [one, user] = [EXCEPTION_TARGET_JOB_DEBUGGER, EXCP_USER];
    let mut context = [0; 32];
    context[24..].copy_from_slice(&[1, 0xf0, 0, 0, 7, 0, 0, 0]);
    guest.poke(0, &context);
    let invalid = SyscallOutcome::Return(Status::INVALID_ARGS.into_raw() as i64 as u64);
    for (options, kind, at) in [
        (one, user, 0),
        (one, user, guest.unmapped()),
        (0, user, guest.at(0)),
        (2, user, guest.at(0)),
        (one, EXCP_THREAD_STARTING, guest.at(0)),
    ] {
        assert_eq!(raise(options, kind, at), invalid);
    }
    // Nobody listens, or only those that it does not concern.
    let others = [bind(&world, guest.process, DEBUGGER), bind(&world, root, 0)];
    assert_eq!(raise(one, user, guest.at(0)), SyscallOutcome::Return(0));
    let debuggers = [bind(&world, root, DEBUGGER), bind(&world, root, DEBUGGER)];
    world.machine.orders();
    assert_eq!(raise(one, user, guest.at(0)), SyscallOutcome::Blocked);
    let orders = world.machine.orders();
    let (process, thread) = (guest.koid, guest.thread_koid);
    let [Order::Suspend { number, .. }, Order::Resume { value: 0, .. }] = orders[..] else {
        panic!("{orders:?}")
    };
    world.kernel.suspended(process, thread, number);
    for channel in debuggers {
        let (told, exception) = receive(&world, channel);
        assert_eq!(told.kind, EXCP_USER);
        let report: zx_abi::ExceptionRecord =
            world.host(|c| info(c, guest.thread, INFO_THREAD_EXCEPTION_REPORT_V2)).unwrap();
        assert_eq!((report.context.synth_code, report.context.synth_data), (0xf001, 7));
        assert_eq!(world.machine.orders(), []);
        close(&world, exception);
    }
    assert_eq!(world.machine.orders(), released(&guest));
    others.iter().for_each(|channel| expect_none(&world, *channel));
    guest.finish();
}

#[test]
fn what_begins_while_nobody_listens_just_begins() {
    let world = World::new();
    let guest = Guest::start(&world);
    let debugger = bind(&world, guest.process, DEBUGGER);
    close(&world, debugger);
    world.machine.orders();
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    guest.finish();
}
