//! Processes and threads up to their start.

use kernel_sim::{Caller, EntryState, HostFailure, KernelEntry};
use zx_abi::{
    INFO_PROCESS, INFO_PROCESS_FLAG_EXITED, INFO_PROCESS_FLAG_STARTED, INFO_PROCESS_THREADS,
    INFO_THREAD, InfoProcess, InfoThread, ObjectType, PROP_NAME, Rights, Signals, Status, Syscall,
    TASK_RETCODE_SYSCALL_KILL, ThreadState,
};

use crate::support::{Guest, Order, World, info, koids, reduced, without};

fn name(c: &mut Caller<'_>, handle: u32) -> Vec<u8> {
    let mut name = c.object_get_property(handle, PROP_NAME, 32).unwrap();
    assert_eq!(name.len(), 32);
    name.truncate(name.iter().position(|byte| *byte == 0).unwrap());
    name
}

#[test]
fn create_judges_options_then_job_then_state() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let wrong = c.event_create(0).unwrap();
        let inert = without(c, root, Rights::MANAGE_PROCESS | Rights::WRITE);
        let dead = c.job_create(root, 0).unwrap();
        c.task_kill(dead).unwrap();
        assert_eq!(c.process_create(9, b"", 2), Err(Status::INVALID_ARGS));
        assert_eq!(c.process_create(9, b"", 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.process_create(wrong, b"", 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.process_create(inert, b"", 0), Err(Status::ACCESS_DENIED));
        assert_eq!(c.process_create(dead, b"", 0), Err(Status::BAD_STATE));
        let either = without(c, root, Rights::MANAGE_PROCESS);
        assert!(c.process_create(either, b"", 0).is_ok());
    });
}

#[test]
fn names_keep_31_bytes_up_to_a_nul() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        for (given, kept) in [
            (vec![b'a'; 31], vec![b'a'; 31]),
            (vec![b'a'; 32], vec![b'a'; 31]),
            (b"ab\0cd".to_vec(), b"ab".to_vec()),
            (vec![], vec![]),
        ] {
            let (process, _vmar) = c.process_create(root, &given, 0).unwrap();
            assert_eq!(name(c, process), kept);
            let thread = c.thread_create(process, &given, 0).unwrap();
            assert_eq!(name(c, thread), kept);
            c.object_set_property(process, PROP_NAME, b"new").unwrap();
            assert_eq!(name(c, process), b"new");
        }
    });
}

#[test]
fn a_new_process_has_done_nothing() {
    let world = World::null();
    let root = world.root_job();
    let (process, _vmar) = world.host(|c| c.process_create(root, b"p", 0)).unwrap();
    let info: InfoProcess = world.host(|c| info(c, process, INFO_PROCESS)).unwrap();
    assert_eq!((info.return_code, info.start_time, info.flags), (0, 0, 0));
    assert_eq!(world.signals(process), Signals::empty());
}

#[test]
fn a_process_that_never_started_dies_with_its_last_handle() {
    let world = World::null();
    let root = world.root_job();
    let (process, vmar) = world.host(|c| c.process_create(root, b"p", 0)).unwrap();
    let thread = world.host(|c| c.thread_create(process, b"t", 0)).unwrap();
    let before = world.count(ObjectType::Process);
    world.host(|c| c.handle_close(process)).unwrap();
    assert_eq!(world.count(ObjectType::Process), before - 1);
    assert_eq!(world.signals(thread), Signals::TASK_TERMINATED);
    // What else leads into it finds it dead.
    assert_eq!(world.host(|c| c.vmar_allocate(vmar, 0, 0, 4096)), Err(Status::BAD_STATE));
    let info: InfoThread = world.host(|c| info(c, thread, INFO_THREAD)).unwrap();
    assert_eq!(info.state, ThreadState::Dead as u32);
    world.host(|c| c.handle_close_many(&[vmar, thread])).unwrap();
    assert_eq!(world.count(ObjectType::Thread), 0);
    assert_eq!(world.count(ObjectType::Vmar), 0);
}

#[test]
fn killing_a_process_that_never_started_is_immediate() {
    let world = World::null();
    let root = world.root_job();
    let (process, _vmar) = world.host(|c| c.process_create(root, b"p", 0)).unwrap();
    world.host(|c| c.task_kill(process)).unwrap();
    assert_eq!(world.signals(process), Signals::TASK_TERMINATED);
    let info: InfoProcess = world.host(|c| info(c, process, INFO_PROCESS)).unwrap();
    assert_eq!(info.return_code, TASK_RETCODE_SYSCALL_KILL);
    assert_eq!(info.flags, INFO_PROCESS_FLAG_EXITED);
    world.host(|c| {
        assert_eq!(c.thread_create(process, b"t", 0), Err(Status::BAD_STATE));
        assert_eq!(c.process_maps(process), Err(Status::BAD_STATE));
        assert_eq!(c.task_kill(process), Ok(()));
    });
}

#[test]
fn thread_create_judges_options_then_process() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let inert = without(c, process, Rights::MANAGE_THREAD);
        assert_eq!(c.thread_create(9, b"", 1), Err(Status::INVALID_ARGS));
        assert_eq!(c.thread_create(9, b"", 0), Err(Status::BAD_HANDLE));
        assert_eq!(c.thread_create(root, b"", 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.thread_create(inert, b"", 0), Err(Status::ACCESS_DENIED));
        assert!(c.thread_create(process, b"", 0).is_ok());
    });
}

#[test]
fn threads_have_no_signal_and_are_not_listed_before_they_start() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    let state = |thread: u32| {
        let info: InfoThread = world.host(|c| info(c, thread, INFO_THREAD)).unwrap();
        info.state
    };
    let threads = || world.host(|c| koids(c, guest.process, INFO_PROCESS_THREADS)).unwrap();
    assert_eq!(world.signals(guest.thread), Signals::empty());
    assert_eq!(state(guest.thread), ThreadState::New as u32);
    assert_eq!(threads(), []);
    world.host(|c| c.process_start(guest.process, guest.thread, 1, 2, 0, 3)).unwrap();
    assert_eq!(world.signals(guest.thread), Signals::THREAD_RUNNING);
    assert_eq!(state(guest.thread), ThreadState::Running as u32);
    assert_eq!(threads(), [guest.thread_koid]);
    guest.finish();
}

#[test]
fn starting_on_a_machine_that_runs_nothing_consumes_nothing() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        let (near, _far) = c.channel_create(0).unwrap();
        let result = c.process_start(process, thread, 0, 0, near, 0);
        assert_eq!(result, Err(Status::NOT_SUPPORTED));
        assert_eq!(c.handle_close(near), Ok(()));
        let info: InfoProcess = info(c, process, INFO_PROCESS).unwrap();
        assert_eq!(info.flags, 0);
    });
}

#[test]
fn start_judges_in_upstreams_order_and_always_takes_its_argument() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    let other = Guest::create_in(&world, root);
    world.host(|c| {
        let read_only = without(c, guest.process, Rights::WRITE);
        let thread_read_only = without(c, guest.thread, Rights::WRITE);
        let (process, thread) = (guest.process, guest.thread);
        for (process, thread, status) in [
            (9, 9, Status::BAD_HANDLE),
            (thread, 9, Status::WRONG_TYPE),
            (read_only, 9, Status::ACCESS_DENIED),
            (process, 9, Status::BAD_HANDLE),
            (process, process, Status::WRONG_TYPE),
            (process, thread_read_only, Status::ACCESS_DENIED),
            (process, other.thread, Status::ACCESS_DENIED),
        ] {
            let argument = c.event_create(0).unwrap();
            let result = c.process_start(process, thread, 0, 0, argument, 0);
            assert_eq!(result, Err(status));
            assert_eq!(c.handle_close(argument), Err(Status::BAD_HANDLE), "{status:?}");
        }
        assert_eq!(c.process_start(process, thread, 0, 0, 9, 0), Err(Status::BAD_HANDLE));
        let argument = c.event_create(0).unwrap();
        let fixed = reduced(c, argument, Rights::TRANSFER);
        let result = c.process_start(process, thread, 0, 0, fixed, 0);
        assert_eq!(result, Err(Status::ACCESS_DENIED));
        assert_eq!(c.handle_close(fixed), Err(Status::BAD_HANDLE));
    });
    assert_eq!(world.machine.orders(), []);
    assert_eq!(world.stats().running, 0);
    guest.finish();
    other.finish();
}

#[test]
fn a_process_starts_once() {
    let world = World::new();
    let guest = Guest::start(&world);
    let start = |thread: u32, argument: u32| {
        world.host(|c| c.process_start(guest.process, thread, 0, 0, argument, 0))
    };
    let argument = world.host(|c| c.event_create(0)).unwrap();
    assert_eq!(start(guest.thread, argument), Err(Status::BAD_STATE));
    assert_eq!(world.host(|c| c.handle_close(argument)), Err(Status::BAD_HANDLE));
    let second = world.host(|c| c.thread_create(guest.process, b"2", 0)).unwrap();
    assert_eq!(start(second, 0), Err(Status::BAD_STATE));
    world.host(|c| c.task_kill(guest.process)).unwrap();
    assert_eq!(start(guest.thread, 0), Err(Status::BAD_STATE));
    assert_eq!(world.machine.orders(), [Order::Kill { process: guest.koid }]);
    world.host(|c| c.handle_close(second)).unwrap();
    guest.finish();
}

#[test]
fn a_running_process_gets_further_threads_and_ends_with_its_last() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    let (second, third) = world.host(|c| {
        let second = c.thread_create(guest.process, b"2", 0).unwrap();
        (second, c.thread_create(guest.process, b"3", 0).unwrap())
    });
    let entry = EntryState::new(1, 2, 3, 4);
    let start = |thread| world.host(|c| c.thread_start(thread, entry));
    // The first thread is the business of process_start.
    assert_eq!(start(second), Err(Status::BAD_STATE));
    world.host(|c| c.process_start(guest.process, guest.thread, 0, 0, 0, 0)).unwrap();
    let inert = world.host(|c| without(c, second, Rights::MANAGE_THREAD));
    assert_eq!(start(9), Err(Status::BAD_HANDLE));
    assert_eq!(start(guest.process), Err(Status::WRONG_TYPE));
    assert_eq!(start(inert), Err(Status::ACCESS_DENIED));
    world.machine.orders();
    assert_eq!(start(second), Ok(()));
    let (process, thread) = (guest.koid, world.koid(second));
    assert_eq!(world.machine.orders(), [Order::StartThread { process, thread, entry }]);
    assert_eq!(start(second), Err(Status::BAD_STATE));
    assert_eq!(world.signals(second), Signals::THREAD_RUNNING);
    let threads = world.host(|c| koids(c, guest.process, INFO_PROCESS_THREADS)).unwrap();
    assert_eq!(threads, [guest.thread_koid, thread]);
    guest.enter(Syscall::ThreadExit, &[]);
    assert_eq!(world.machine.orders(), []);
    let exit = crate::support::number(Syscall::ThreadExit);
    world.kernel.syscall(process, thread, exit, [0; 8]);
    assert_eq!(world.machine.orders(), [Order::Kill { process }]);
    assert_eq!(start(third), Err(Status::BAD_STATE));
    world.host(|c| c.handle_close_many(&[second, third, inert])).unwrap();
    guest.finish();
    assert_eq!(world.count(ObjectType::Thread), 0);
}

#[test]
fn a_start_hands_the_machine_everything() {
    let world = World::new();
    let before = world.stats();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    world.clock.advance(1000);
    world.host(|c| {
        let (near, far) = c.channel_create(0).unwrap();
        c.process_start(guest.process, guest.thread, 0x1234, 0x5678, far, 0x9abc).unwrap();
        assert_eq!(c.handle_close(far), Err(Status::BAD_HANDLE));
        c.handle_close_many(&[near, root]).unwrap();
    });
    let orders = world.machine.orders();
    let [Order::Start { process, thread, entry, mappings }] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!((*process, *thread), (guest.koid, guest.thread_koid));
    assert_eq!((entry.pc, entry.sp, entry.arg2), (0x1234, 0x5678, 0x9abc));
    assert_ne!(entry.arg1, 0);
    assert_eq!(mappings.iter().filter(|mapping| mapping.vdso).count(), 1);
    assert!(mappings.windows(2).all(|pair| pair[0].base + pair[0].len <= pair[1].base));
    assert_eq!(mappings.len(), 3);
    let info = guest.info();
    assert_eq!((info.start_time, info.flags), (1001, INFO_PROCESS_FLAG_STARTED));
    assert_eq!(world.events.running(), [1]);
    guest.finish();
    assert_eq!(world.events.running(), [0]);
    let mut after = world.stats();
    // The vDSO stays with the kernel.
    after.objects.retain(|(kind, ..)| *kind != ObjectType::Vmo);
    assert_eq!(after, before);
}

#[test]
fn a_running_process_needs_no_handle() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (koid, handles) = (guest.koid, [guest.process, guest.thread, guest.root_vmar]);
    world.host(|c| c.handle_close_many(&handles)).unwrap();
    assert_eq!(world.stats().running, 1);
    world.kernel.shut_down();
    assert_eq!(world.machine.orders(), [Order::Kill { process: koid }]);
    world.kernel.process_gone(koid);
    assert_eq!(world.stats().running, 0);
    assert_eq!(world.count(ObjectType::Thread), 0);
}

#[test]
fn only_processes_that_ran_can_be_gone() {
    let world = World::new();
    let root = world.root_job();
    let guest = Guest::create_in(&world, root);
    world.kernel.process_gone(guest.koid);
    world.kernel.process_gone(world.kernel.host());
    world.kernel.process_gone(1);
    assert_eq!(world.signals(guest.process), Signals::empty());
    guest.finish();
}

#[test]
fn what_the_host_refused_first_is_kept_with_the_process() {
    let world = World::new();
    let guest = Guest::start(&world);
    let of_guest = || world.host(|c| c.process_host_failure(guest.process)).unwrap();
    assert_eq!(of_guest(), None);
    let failure = |step| HostFailure {
        step,
        errno: Some(24),
        message: format!("{step} failed"),
        remedy: "close something",
        status: Status::NO_RESOURCES,
    };
    world.kernel.process_failed(guest.koid, failure("memory"));
    world.kernel.process_failed(guest.koid, failure("mapping"));
    guest.gone();
    assert_eq!(of_guest(), Some(failure("memory")));
    assert_eq!(guest.info().return_code, TASK_RETCODE_SYSCALL_KILL);
    // One that is gone has nothing left that could fail, nor has one that never ran.
    world.kernel.process_failed(guest.koid, failure("kill"));
    world.kernel.process_failed(world.kernel.host(), failure("kill"));
    assert_eq!(of_guest(), Some(failure("memory")));
    let blind = world.host(|c| without(c, guest.process, Rights::INSPECT));
    assert_eq!(world.host(|c| c.process_host_failure(blind)), Err(Status::ACCESS_DENIED));
    world.host(|c| c.handle_close(blind)).unwrap();
    guest.finish();
}
