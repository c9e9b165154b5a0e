//! How long tasks run, and what keeps them from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use kernel_sim::{
    Clock, ExceptionOutcome, KernelEntry, Koid, SyscallOutcome, ThreadTime, TickRate, VirtualClock,
};
use zx_abi::{
    INFO_TASK_RUNTIME, INFO_TASK_RUNTIME_V2, INFO_THREAD_STATS, InfoTaskRuntime, InfoThreadStats,
    Rights, Status, Syscall, VmOptions,
};

use crate::support::{Guest, PAGE, READ, Thread, World, fault, info, without};

fn runtime(world: &World, task: u32) -> InfoTaskRuntime {
    world.host(|c| info(c, task, INFO_TASK_RUNTIME_V2)).unwrap()
}

/// The processor time and the queue time of a task.
fn times(world: &World, task: u32) -> (i64, i64) {
    let runtime = runtime(world, task);
    (runtime.cpu_time, runtime.queue_time)
}

/// Has the machine count: a thread has run and waited so long.
fn count(world: &World, thread: Koid, running: i64, queued: i64) {
    let mut times = world.machine.times.lock().unwrap();
    times.get_or_insert_default().insert(thread, ThreadTime { running, queued });
}

/// A world whose machine counts.
fn counting() -> World {
    let world = World::new();
    *world.machine.times.lock().unwrap() = Some(BTreeMap::new());
    world
}

#[test]
fn threads_are_timed_while_they_do_not_wait() {
    let world = World::new();
    let guest = Guest::start(&world);
    let job = world.root_job();
    let runtime = |task| {
        let runtime: InfoTaskRuntime = world.host(|c| info(c, task, INFO_TASK_RUNTIME_V2)).unwrap();
        // That a thread has waited for a processor is known once it ran, and no more.
        assert_eq!((runtime.queue_time, runtime.page_fault_time), (1, 0));
        runtime.cpu_time
    };
    let all = [guest.thread, guest.process, job];
    world.clock.advance(100);
    assert_eq!(all.map(runtime), [100; 3]);
    // Asleep.
    let deadline = world.now() + 50;
    guest.enter(Syscall::Nanosleep, &[deadline as u64]);
    world.clock.advance(30);
    assert_eq!(all.map(runtime), [100; 3]);
    world.clock.advance(20);
    world.clock.advance(7);
    assert_eq!(all.map(runtime), [107; 3]);
    let stats: InfoThreadStats = world.host(|c| info(c, guest.thread, INFO_THREAD_STATS)).unwrap();
    assert_eq!((stats.total_runtime, stats.last_scheduled_cpu), (107, 0));
    // The dead stay counted.
    world.host(|c| c.task_kill(guest.process)).unwrap();
    guest.gone();
    world.clock.advance(1000);
    assert_eq!(all.map(runtime), [107; 3]);
    world.host(|c| {
        let dead = info::<InfoThreadStats>(c, guest.thread, INFO_THREAD_STATS);
        assert_eq!(dead, Err(Status::BAD_STATE));
        let [old, new] = [INFO_TASK_RUNTIME, INFO_TASK_RUNTIME_V2]
            .map(|topic| c.object_get_info(guest.process, topic).unwrap());
        assert_eq!(old.bytes, new.bytes[..16]);
    });
    guest.finish();
    assert_eq!(runtime(job), 107);
}

#[test]
fn runtime_topics_need_inspect_and_a_task() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        let hidden = without(c, root, Rights::INSPECT);
        for topic in [INFO_TASK_RUNTIME, INFO_TASK_RUNTIME_V2] {
            for (handle, status) in [
                (9, Status::BAD_HANDLE),
                (vmo, Status::WRONG_TYPE),
                (hidden, Status::ACCESS_DENIED),
            ] {
                assert_eq!(c.object_get_info(handle, topic), Err(status));
            }
        }
        assert_eq!(c.object_get_info(root, INFO_THREAD_STATS), Err(Status::WRONG_TYPE));
    });
}

#[test]
fn a_machine_that_counts_is_believed_of_every_thread() {
    let world = counting();
    let job = world.root_job();
    let guest = Guest::start(&world);
    let other = Thread::start(&world, &guest);
    // Time goes by, and no processor is free.
    world.clock.advance(1000);
    for task in [guest.thread, other.handle, guest.process, job] {
        assert_eq!(times(&world, task), (0, 0));
    }
    count(&world, guest.thread_koid, 100, 0);
    count(&world, other.koid, 30, 7);
    // One that ran has waited before, if only for less than is counted.
    assert_eq!(times(&world, guest.thread), (100, 1));
    assert_eq!(times(&world, other.handle), (30, 7));
    assert_eq!([guest.process, job].map(|task| times(&world, task)), [(130, 8); 2]);
    let stats: InfoThreadStats = world.host(|c| info(c, other.handle, INFO_THREAD_STATS)).unwrap();
    assert_eq!(stats.total_runtime, 30);
    // What it has told once is not taken back.
    count(&world, other.koid, 29, 6);
    assert_eq!(times(&world, other.handle), (30, 7));
}

#[test]
fn what_threads_took_stays_counted_after_their_end() {
    let world = counting();
    let job = world.root_job();
    let guest = Guest::start(&world);
    let other = Thread::start(&world, &guest);
    count(&world, other.koid, 30, 7);
    assert_eq!(other.enter(Syscall::ThreadExit, &[]), SyscallOutcome::Exited);
    count(&world, guest.thread_koid, 100, 20);
    // The machine has forgotten the one, and is asked for the other when it is killed.
    count(&world, other.koid, 0, 0);
    assert_eq!(times(&world, guest.process), (130, 27));
    count(&world, guest.thread_koid, 110, 21);
    world.host(|c| c.task_kill(guest.process)).unwrap();
    count(&world, guest.thread_koid, 900, 900);
    guest.gone();
    for (task, expected) in [
        (other.handle, (30, 7)),
        (guest.thread, (110, 21)),
        (guest.process, (140, 28)),
        (job, (140, 28)),
    ] {
        assert_eq!(times(&world, task), expected);
    }
    guest.finish();
    assert_eq!(times(&world, job), (140, 28));
}

#[test]
fn a_job_has_the_times_of_its_own_processes_only() {
    let world = counting();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let guest = Guest::start_in(&world, job, 0);
    count(&world, guest.thread_koid, 5, 2);
    assert_eq!((times(&world, job), times(&world, root)), ((5, 2), (0, 0)));
    world.host(|c| c.task_kill(job)).unwrap();
    guest.gone();
    assert_eq!((times(&world, job), times(&world, root)), ((5, 2), (0, 0)));
}

#[test]
fn a_page_fault_lasts_until_its_page_is_there() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (pager, port) = world.host(|c| (c.pager_create(0).unwrap(), c.port_create(0).unwrap()));
    let vmo = world.host(|c| c.pager_create_vmo(pager, 0, port, 0, PAGE)).unwrap();
    let options = READ | VmOptions::ALLOW_FAULTS.bits();
    let map = |vmo| world.host(|c| c.vmar_map(guest.root_vmar, options, 0, vmo, 0, PAGE)).unwrap();
    let base = map(vmo);
    let raise = || world.kernel.exception(guest.koid, guest.thread_koid, fault(base));
    assert_eq!(raise(), ExceptionOutcome::Stopped);
    world.clock.advance(40);
    // It counts while it lasts, and is no processor time.
    let told = runtime(&world, guest.thread);
    assert_eq!((told.page_fault_time, told.cpu_time), (40, 0));
    world.clock.advance(2);
    world.host(|c| {
        let aux = c.vmo_create(PAGE, 0).unwrap();
        c.pager_supply_pages(pager, vmo, (0, PAGE), aux, 0).unwrap();
    });
    world.clock.advance(8);
    for task in [guest.thread, guest.process] {
        let told = runtime(&world, task);
        assert_eq!((told.page_fault_time, told.cpu_time), (42, 8));
    }
    // A call that waits for a page is none.
    let absent = world.host(|c| c.pager_create_vmo(pager, 0, port, 0, PAGE)).unwrap();
    let absent = u64::from(guest.receive(absent));
    guest.enter(Syscall::VmoRead, &[absent, guest.at(0), 0, 8]);
    world.clock.advance(5);
    assert_eq!(runtime(&world, guest.thread).page_fault_time, 42);
    guest.finish();
}

/// The test's clock, which is further on by as much as is said, whoever holds which lock.
struct Ahead {
    clock: Arc<VirtualClock>,
    by: AtomicI64,
    /// How often it was looked at.
    looks: AtomicUsize,
}

impl Clock for Ahead {
    fn attach(&self, kernel: std::sync::Weak<dyn KernelEntry>) {
        self.clock.attach(kernel);
    }

    fn ticks(&self) -> i64 {
        let ticks = self.clock.ticks() + self.by.load(Ordering::SeqCst);
        self.looks.fetch_add(1, Ordering::SeqCst);
        ticks
    }

    fn rate(&self) -> TickRate {
        self.clock.rate()
    }

    fn arm(&self, deadline: i64) {
        self.clock.arm(deadline);
    }

    fn runs(&self) -> bool {
        self.clock.runs()
    }
}

#[test]
fn a_thread_is_told_how_long_it_waited_for_the_kernel() {
    let mut ahead = None;
    let world = World::with_clock(|clock| {
        let (by, looks) = (AtomicI64::new(0), AtomicUsize::new(0));
        Arc::clone(ahead.insert(Arc::new(Ahead { clock, by, looks })))
    });
    let ahead = ahead.unwrap();
    let guest = Guest::start(&world);
    let contention = |task| runtime(&world, task).lock_contention_time;
    guest.call(Syscall::HandleClose, &[0]).unwrap();
    assert_eq!(contention(guest.thread), 0);
    std::thread::scope(|scope| {
        world.host(|_| {
            let before = ahead.looks.load(Ordering::SeqCst);
            let (kernel, process, thread) = (&world.kernel, guest.koid, guest.thread_koid);
            let number = crate::support::number(Syscall::HandleClose);
            scope.spawn(move || kernel.syscall(process, thread, number, [0; 8]));
            // It looks at the clock because the kernel is busy.
            while ahead.looks.load(Ordering::SeqCst) == before {
                std::thread::yield_now();
            }
            ahead.by.store(50, Ordering::SeqCst);
        });
    });
    assert_eq!([guest.thread, guest.process].map(contention), [50; 2]);
    guest.finish();
}
