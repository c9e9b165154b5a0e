//! Guests: calls that block, exits, exceptions, and what the machine is asked to do.

use kernel_sim::{
    EntryState, ExceptionReport, KernelEntry, MappingKind, PolicyBasic, SyscallOutcome,
};
use zx_abi::{
    CHANNEL_MAX_PENDING, EXCP_POLICY_CODE_BAD_SYSCALL, EXCP_POLICY_CODE_CHANNEL_FULL_WRITE,
    EXCP_POLICY_ERROR, INFO_PROCESS_FLAG_EXITED, INFO_PROCESS_FLAG_STARTED, JOB_POL_ABSOLUTE,
    ObjectType, PAGE_SIZE, PolicyAction, PolicyCondition, Signals, Status, Syscall,
    TASK_RETCODE_EXCEPTION_KILL, TASK_RETCODE_POLICY_KILL, TASK_RETCODE_SYSCALL_KILL, ThreadState,
    VmOptions,
};

use crate::support::{FOREVER, Guest, Order, Place, World, fault, thread_state};

const SIGNALED: u64 = Signals::SIGNALED.bits() as u64;

/// A guest with a handle to an event; the other one is the host's.
fn with_event(world: &World) -> (Guest<'_>, u64, u32) {
    let guest = Guest::start(world);
    let (ours, theirs) = world.host(|c| {
        let event = c.event_create(0).unwrap();
        (event, c.handle_duplicate(event, 1 << 31).unwrap())
    });
    let theirs = guest.receive(theirs);
    world.machine.orders();
    (guest, theirs.into(), ours)
}

fn resumed(guest: &Guest<'_>, status: Status) -> [Order; 1] {
    let value = status.into_raw().into();
    [Order::Resume { process: guest.koid, thread: guest.thread_koid, value }]
}

#[test]
fn wait_one_returns_at_once_when_it_can() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    let wait = |deadline: u64, observed: u64| {
        guest.call(Syscall::ObjectWaitOne, &[event, SIGNALED, deadline, observed])
    };
    guest.poke_words(0, &[0xdead]);
    assert_eq!(wait(0, guest.at(0)), Err(Status::TIMED_OUT));
    assert_eq!(guest.word(0), 0);
    world.host(|c| c.object_signal(ours, 0, 8)).unwrap();
    assert_eq!(wait(0, guest.at(0)), Ok(()));
    assert_eq!(guest.word(0), 8);
    assert_eq!(wait(FOREVER, 0), Ok(()));
    assert_eq!(wait(FOREVER, guest.unmapped()), Err(Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn wait_one_blocks_until_the_signal_and_writes_what_it_saw() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    let args = [event, SIGNALED, FOREVER, guest.at(0)];
    assert_eq!(guest.enter(Syscall::ObjectWaitOne, &args), SyscallOutcome::Blocked);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedWaitOne as u32);
    assert_eq!(world.stats().waits, 1);
    world.host(|c| c.object_signal(ours, 0, Signals::USER_0.bits())).unwrap();
    assert_eq!(world.machine.orders(), []);
    world.host(|c| c.object_signal(ours, 0, 8)).unwrap();
    assert_eq!(world.machine.orders(), resumed(&guest, Status::OK));
    assert_eq!(guest.word(0), 8 | Signals::USER_0.bits());
    assert_eq!(thread_state(&world, guest.thread), ThreadState::Running as u32);
    assert_eq!(world.stats().waits, 0);
    guest.finish();
}

#[test]
fn wait_one_times_out_by_the_kernels_clock() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    world.host(|c| c.object_signal(ours, 0, Signals::USER_0.bits())).unwrap();
    let deadline = (world.now() + 100) as u64;
    guest.enter(Syscall::ObjectWaitOne, &[event, SIGNALED, deadline, guest.at(0)]);
    world.clock.advance(99);
    assert_eq!(world.machine.orders(), []);
    world.clock.advance(1);
    assert_eq!(world.machine.orders(), resumed(&guest, Status::TIMED_OUT));
    assert_eq!(guest.word(0), Signals::USER_0.bits());
    guest.finish();
}

#[test]
fn wait_one_is_cancelled_by_closing_its_handle() {
    let world = World::new();
    let (guest, event, _ours) = with_event(&world);
    guest.enter(Syscall::ObjectWaitOne, &[event, SIGNALED, FOREVER, guest.at(0)]);
    world.as_process(guest.koid, |c| c.handle_close(event as u32)).unwrap();
    assert_eq!(world.machine.orders(), resumed(&guest, Status::CANCELED));
    assert_eq!(guest.word(0), Signals::HANDLE_CLOSED.bits());
    guest.finish();
}

#[test]
fn an_observed_pointer_that_went_bad_gives_invalid_args() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    guest.enter(Syscall::ObjectWaitOne, &[event, SIGNALED, FOREVER, guest.read_only()]);
    world.host(|c| c.object_signal(ours, 0, 8)).unwrap();
    assert_eq!(world.machine.orders(), resumed(&guest, Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn wait_one_judges_the_handle_first() {
    let world = World::new();
    let (guest, event, _ours) = with_event(&world);
    let wait = |handle| guest.call(Syscall::ObjectWaitOne, &[handle, SIGNALED, 0, 0]);
    assert_eq!(wait(9), Err(Status::BAD_HANDLE));
    guest.call(Syscall::HandleReplace, &[event, 0, guest.at(0)]).unwrap();
    assert_eq!(wait(guest.word(0).into()), Err(Status::ACCESS_DENIED));
    guest.finish();
}

#[test]
fn a_guest_finds_what_it_was_started_with_in_its_table() {
    let world = World::new();
    let root = world.root_job();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    world.host(|c| c.channel_write(near, 0, b"bootstrap".to_vec(), &[])).unwrap();
    let guest = Guest::start_in(&world, root, far);
    let read = [guest.bootstrap.into(), 0, guest.at(0), 0, 9, 0, 0, 0];
    assert_eq!(guest.call(Syscall::ChannelRead, &read), Ok(()));
    assert_eq!(&guest.peek::<9>(0), b"bootstrap");
    guest.finish();
    assert_eq!(world.signals(near), Signals::PEER_CLOSED);
}

#[test]
fn nanosleep_yields_for_the_past_and_else_sleeps() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.clock.advance(100);
    for deadline in [0, world.now(), i64::MIN, -1] {
        assert_eq!(guest.call(Syscall::Nanosleep, &[deadline as u64]), Ok(()));
    }
    let deadline = (world.now() + 50) as u64;
    assert_eq!(guest.enter(Syscall::Nanosleep, &[deadline]), SyscallOutcome::Blocked);
    assert_eq!(thread_state(&world, guest.thread), ThreadState::BlockedSleeping as u32);
    world.clock.advance(49);
    assert_eq!(world.machine.orders(), []);
    world.clock.advance(1);
    assert_eq!(world.machine.orders(), resumed(&guest, Status::OK));
    assert_eq!(guest.enter(Syscall::Nanosleep, &[FOREVER]), SyscallOutcome::Blocked);
    guest.finish();
    assert_eq!(world.stats().waits, 0);
}

#[test]
fn a_blocked_thread_makes_no_calls() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.enter(Syscall::Nanosleep, &[FOREVER]);
    assert_eq!(guest.enter(Syscall::EventCreate, &[0, guest.at(0)]), SyscallOutcome::Blocked);
    assert_eq!(world.count(ObjectType::Event), 0);
    guest.finish();
}

#[test]
fn process_exit_keeps_its_code_and_ends_once_nothing_runs() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.events.running();
    assert_eq!(guest.enter(Syscall::ProcessExit, &[-5_i64 as u64]), SyscallOutcome::Exited);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    // The machine has not confirmed it yet.
    assert_eq!(guest.info().flags, INFO_PROCESS_FLAG_STARTED);
    assert_eq!(world.signals(guest.process), Signals::empty());
    assert_eq!(world.signals(guest.thread), Signals::TASK_TERMINATED);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    guest.gone();
    let info = guest.info();
    assert_eq!(info.return_code, -5);
    assert_eq!(info.flags, INFO_PROCESS_FLAG_STARTED | INFO_PROCESS_FLAG_EXITED);
    assert_eq!(world.signals(guest.process), Signals::TASK_TERMINATED);
    assert_eq!(world.events.running(), [0]);
    guest.gone();
    assert_eq!(world.events.running(), []);
    guest.finish();
}

#[test]
fn the_last_threads_exit_ends_the_process_with_0() {
    let world = World::new();
    let guest = Guest::start(&world);
    // A thread that never started does not count.
    let idle = world.host(|c| c.thread_create(guest.process, b"idle", 0)).unwrap();
    assert_eq!(guest.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert_eq!(guest.info().return_code, 0);
    assert_eq!(world.signals(idle), Signals::TASK_TERMINATED);
    world.host(|c| c.handle_close(idle)).unwrap();
    guest.finish();
    assert_eq!(world.count(ObjectType::Thread), 0);
}

#[test]
fn calls_from_a_dying_process_have_no_effect() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    for _ in 0..2 {
        let outcome = guest.enter(Syscall::EventCreate, &[0, guest.at(0)]);
        assert_eq!(outcome, SyscallOutcome::Blocked);
        assert_eq!(world.count(ObjectType::Event), 0);
        guest.gone();
    }
    assert_eq!(guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    guest.finish();
}

#[test]
fn a_thread_of_another_process_makes_no_calls() {
    let world = World::new();
    let (one, two) = (Guest::start(&world), Guest::start(&world));
    let number = crate::support::number(Syscall::EventCreate);
    let outcome = world.kernel.syscall(one.koid, two.thread_koid, number, [0; 8]);
    assert_eq!(outcome, SyscallOutcome::Blocked);
    one.finish();
    two.finish();
}

#[test]
fn a_machine_that_loses_a_process_ends_it() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    guest.enter(Syscall::ObjectWaitOne, &[event, SIGNALED, FOREVER, 0]);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    assert_eq!(world.stats().waits, 0);
    world.host(|c| c.object_signal(ours, 0, 8)).unwrap();
    assert_eq!(world.machine.orders(), []);
    guest.finish();
}

#[test]
fn killing_a_blocked_guest_forgets_its_wait() {
    let world = World::new();
    let (guest, event, ours) = with_event(&world);
    guest.enter(Syscall::ObjectWaitOne, &[event, SIGNALED, FOREVER, guest.at(0)]);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    assert_eq!(world.stats().waits, 0);
    world.host(|c| c.object_signal(ours, 0, 8)).unwrap();
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    assert_eq!(guest.word(0), 0);
    guest.finish();
}

#[test]
fn an_exception_ends_the_process_and_leaves_a_report() {
    let world = World::new();
    let guest = Guest::start(&world);
    assert_eq!(world.host(|c| c.process_crash_report(guest.process)), Ok(None));
    world.kernel.exception(guest.koid, guest.thread_koid, fault(0x10));
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
    let report = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
    assert_eq!((report.process, report.thread), (guest.koid, guest.thread_koid));
    assert_eq!(report.process_name.as_bytes(), b"guest");
    assert_eq!(report.thread_name.as_bytes(), b"initial");
    let synth_code = Status::NOT_FOUND.into_raw() as u32;
    assert_eq!(report.exception, ExceptionReport { synth_code, ..fault(0x10) });
    let mapped = |line: &&kernel_sim::MappingInfo| matches!(line.kind, MappingKind::Mapping { .. });
    assert_eq!(report.mappings.iter().filter(mapped).count(), 3);
    let text = "FATAL_PAGE_FAULT in guest/initial at pc 0x1234, address 0x10";
    assert_eq!(report.to_string(), text);
    guest.finish();
}

#[test]
fn a_fault_after_the_end_changes_nothing() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.enter(Syscall::ProcessExit, &[3]);
    world.kernel.exception(guest.koid, guest.thread_koid, fault(0));
    guest.gone();
    world.kernel.exception(guest.koid, guest.thread_koid, fault(0));
    assert_eq!(guest.info().return_code, 3);
    assert_eq!(world.host(|c| c.process_crash_report(guest.process)), Ok(None));
    guest.finish();
    assert_eq!(world.count(ObjectType::Thread), 0);
}

#[test]
fn a_fault_in_a_blocked_thread_forgets_its_wait() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.enter(Syscall::Nanosleep, &[FOREVER]);
    world.kernel.exception(guest.koid, guest.thread_koid, fault(0));
    assert_eq!(world.stats().waits, 0);
    guest.finish();
}

#[test]
fn an_unknown_number_is_a_policy_exception() {
    let world = World::new();
    for number in [0xffff, u64::MAX] {
        let guest = Guest::start(&world);
        assert_eq!(guest.enter_raw(number, &[]), SyscallOutcome::Blocked);
        guest.gone();
        assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
        let report = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
        assert_eq!(report.exception.kind, EXCP_POLICY_ERROR);
        assert_eq!(report.exception.synth_code, EXCP_POLICY_CODE_BAD_SYSCALL);
        assert_eq!(report.exception.synth_data, number as u32);
        guest.finish();
    }
}

#[test]
fn policy_exceptions_and_kills_end_a_guest() {
    let world = World::new();
    let root = world.root_job();
    // What is allowed has happened when the call would return.
    for (action, code, reported, events) in [
        (PolicyAction::AllowException, TASK_RETCODE_EXCEPTION_KILL, true, 1),
        (PolicyAction::DenyException, TASK_RETCODE_EXCEPTION_KILL, true, 0),
        (PolicyAction::Kill, TASK_RETCODE_POLICY_KILL, false, 0),
    ] {
        let job = world.host(|c| {
            let job = c.job_create(root, 0).unwrap();
            let condition = PolicyCondition::NewEvent;
            let entry = PolicyBasic { condition, action, can_override: false };
            c.job_set_policy(job, JOB_POL_ABSOLUTE, &[entry]).unwrap();
            job
        });
        let guest = Guest::start_in(&world, job, 0);
        let outcome = guest.enter(Syscall::EventCreate, &[0, guest.at(0)]);
        assert_eq!(outcome, SyscallOutcome::Blocked);
        assert_eq!(world.count(ObjectType::Event), events);
        guest.gone();
        assert_eq!(guest.info().return_code, code, "{action:?}");
        let report = world.host(|c| c.process_crash_report(guest.process)).unwrap();
        let codes = report.map(|report| (report.thread, report.exception.synth_code));
        let expected = (guest.thread_koid, PolicyCondition::NewEvent as u32);
        assert_eq!(codes, reported.then_some(expected));
        guest.finish();
    }
}

#[test]
fn a_denied_condition_is_an_error_to_the_guest() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let entry = PolicyBasic {
            condition: PolicyCondition::NewProcess,
            action: PolicyAction::Deny,
            can_override: false,
        };
        c.job_set_policy(job, JOB_POL_ABSOLUTE, &[entry]).unwrap();
        job
    });
    let guest = Guest::start_in(&world, job, 0);
    let create = |name, options| {
        guest.call(Syscall::ProcessCreate, &[9, name, 1, options, guest.at(0), guest.at(4)])
    };
    // Options, policy, name, job.
    assert_eq!(create(guest.unmapped(), 2), Err(Status::INVALID_ARGS));
    assert_eq!(create(guest.unmapped(), 0), Err(Status::ACCESS_DENIED));
    guest.finish();
}

#[test]
fn the_writer_of_message_3501_is_ended() {
    let world = World::new();
    let guest = Guest::start(&world);
    guest.call(Syscall::ChannelCreate, &[0, guest.at(0), guest.at(4)]).unwrap();
    let write = [guest.word(0).into(), 0, 0, 0, 0, 0];
    for _ in 0..CHANNEL_MAX_PENDING {
        assert_eq!(guest.call(Syscall::ChannelWrite, &write), Ok(()));
    }
    assert_eq!(guest.enter(Syscall::ChannelWrite, &write), SyscallOutcome::Blocked);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_EXCEPTION_KILL);
    let report = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
    assert_eq!(report.exception.synth_code, EXCP_POLICY_CODE_CHANNEL_FULL_WRITE);
    guest.finish();
}

#[test]
fn a_guest_can_end_itself_through_its_own_handle() {
    let world = World::new();
    let guest = Guest::start(&world);
    let own = world.host(|c| c.handle_duplicate(guest.process, 1 << 31)).unwrap();
    let own = guest.receive(own);
    assert_eq!(guest.enter(Syscall::TaskKill, &[own.into()]), SyscallOutcome::Blocked);
    guest.gone();
    assert_eq!(guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    guest.finish();
}

#[test]
fn mapping_changes_reach_the_machine_in_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let process = guest.koid;
    let (read, both) = (VmOptions::PERM_READ, VmOptions::PERM_READ | VmOptions::PERM_WRITE);
    world.host(|c| {
        let vmo = c.vmo_create(8 * PAGE_SIZE, 0).unwrap();
        let options = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
        let size = 8 * PAGE_SIZE;
        let (vmar, at) = c.vmar_allocate(guest.root_vmar, options.bits(), 0, size).unwrap();
        let specific = (both | VmOptions::SPECIFIC).bits();
        let overwrite = (read | VmOptions::SPECIFIC_OVERWRITE).bits();
        c.vmar_map(vmar, specific, 0, vmo, 0, 4 * PAGE_SIZE).unwrap();
        c.vmar_protect(vmar, read.bits(), at + PAGE_SIZE, PAGE_SIZE).unwrap();
        c.vmar_map(vmar, overwrite, 2 * PAGE_SIZE, vmo, 7 * PAGE_SIZE, PAGE_SIZE).unwrap();
        c.vmar_unmap(vmar, at + 3 * PAGE_SIZE, PAGE_SIZE).unwrap();
        c.vmar_destroy(vmar).unwrap();
        let place = |base, len, permissions, offset| Order::Map {
            process,
            place: Place { base, len, permissions, offset, vdso: false },
        };
        let page = |index| at + index * PAGE_SIZE;
        let len = PAGE_SIZE;
        assert_eq!(
            world.machine.orders(),
            [
                place(at, 4 * PAGE_SIZE, both, 0),
                Order::Protect { process, base: page(1), len, permissions: read },
                Order::Unmap { process, base: page(2), len },
                place(page(2), len, read, 7 * PAGE_SIZE),
                Order::Unmap { process, base: page(3), len },
                Order::Unmap { process, base: at, len: size },
            ]
        );
        c.handle_close_many(&[vmo, vmar]).unwrap();
    });
    // A dying process has no address space to change.
    world.host(|c| c.task_kill(guest.process)).unwrap();
    let unmapped = world.host(|c| c.vmar_unmap(guest.root_vmar, guest.at(0), PAGE_SIZE));
    assert_eq!(unmapped, Err(Status::INVALID_ARGS));
    assert_eq!(world.machine.orders(), [Order::Kill { process }]);
    guest.finish();
}

#[test]
fn a_guest_starts_another() {
    let world = World::new();
    let guest = Guest::start(&world);
    let job = world.root_job();
    let job = guest.receive(job);
    guest.poke(100, b"child");
    let name = guest.at(100);
    let create = [job.into(), name, 5, 0, guest.at(0), guest.at(4)];
    guest.call(Syscall::ProcessCreate, &create).unwrap();
    let (process, vmar) = (u64::from(guest.word(0)), u64::from(guest.word(4)));
    let property = [process, 3, guest.at(200), 32];
    guest.call(Syscall::ObjectGetProperty, &property).unwrap();
    assert_eq!(&guest.peek::<6>(200), b"child\0");
    let thread = world.as_process(guest.koid, |c| c.thread_create(process as u32, b"t", 0));
    let thread = u64::from(thread.unwrap());
    let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
    let start = [process, thread, 0x1000, 0x2000, event.into(), 0x3000];
    assert_eq!(guest.call(Syscall::ProcessStart, &start), Ok(()));
    let [Order::Start { process: koid, entry, .. }] = &world.machine.orders()[..] else { panic!() };
    assert!(matches!(entry, EntryState { pc: 0x1000, sp: 0x2000, arg2: 0x3000, .. }));
    assert_eq!(guest.call(Syscall::HandleClose, &[event.into()]), Err(Status::BAD_HANDLE));
    let found = world.as_process(*koid, |c| c.handle_close(entry.arg1 as u32));
    assert_eq!(found, Ok(()));
    for handle in [process, vmar, thread] {
        guest.call(Syscall::HandleClose, &[handle]).unwrap();
    }
    world.kernel.process_gone(*koid);
    guest.finish();
    assert_eq!(world.stats().running, 0);
}
