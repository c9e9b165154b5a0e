//! Nothing leaks: whatever happened, the counts return to what they were.

use kernel_sim::KernelEntry;
use zx_abi::{PAGE_SIZE, Signals, Syscall, TIME_INFINITE, VmOptions, VmoChildOptions};

use crate::support::{Guest, PAGE, World, vmo_info};

/// A kernel whose vDSO exists, which it keeps from then on.
fn warm() -> World {
    let world = World::new();
    world.host(|c| {
        let vdso = c.vdso(Default::default()).unwrap();
        c.handle_close(vdso).unwrap();
    });
    world
}

#[test]
fn a_guests_whole_life_leaves_nothing() {
    let world = warm();
    let before = world.stats();
    for _ in 0..3 {
        let guest = Guest::start(&world);
        let out = [guest.at(0), guest.at(4)];
        guest.call(Syscall::ChannelCreate, &[0, out[0], out[1]]).unwrap();
        let (near, far) = (guest.word(0), guest.word(4));
        guest.call(Syscall::SocketCreate, &[0, out[0], out[1]]).unwrap();
        let socket = guest.word(0);
        guest.poke_words(0, &[socket]);
        let write = [near.into(), 0, out[0], 4, out[0], 1];
        guest.call(Syscall::ChannelWrite, &write).unwrap();
        guest.create(Syscall::VmoCreate, &[PAGE_SIZE, 0, out[0]]).unwrap();
        guest.create(Syscall::DebuglogCreate, &[0, 0, out[0]]).unwrap();
        let wait = [far.into(), 4, TIME_INFINITE as u64, 0];
        guest.enter(Syscall::ObjectWaitOne, &wait);
        guest.finish();
        assert_eq!(world.stats(), before);
    }
}

#[test]
fn a_guest_that_holds_itself_leaves_nothing() {
    let world = warm();
    let before = world.stats();
    let guest = Guest::start(&world);
    let koid = guest.koid;
    for handle in [guest.process, guest.root_vmar, guest.thread] {
        let copy = world.host(|c| c.handle_duplicate(handle, 1 << 31)).unwrap();
        guest.receive(copy);
    }
    guest.enter(Syscall::ProcessExit, &[0]);
    guest.finish();
    assert_eq!(world.stats(), before);
    world.kernel.process_gone(koid);
}

#[test]
fn handles_in_a_message_to_a_guest_that_never_reads_it_are_closed() {
    let world = warm();
    let before = world.stats();
    let root = world.root_job();
    let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
    let guest = Guest::start_in(&world, root, far);
    world.host(|c| {
        let vmo = c.vmo_create(0, 0).unwrap();
        c.channel_write(near, 0, vec![], &[vmo]).unwrap();
        c.object_wait_one(near, Signals::PEER_CLOSED, TIME_INFINITE, 5).unwrap();
    });
    guest.finish();
    assert_eq!(world.events.waits().len(), 1);
    world.host(|c| c.handle_close_many(&[near, root])).unwrap();
    assert_eq!(world.stats(), before);
}

#[test]
fn shutting_down_ends_what_never_ran_too() {
    let world = warm();
    let before = world.stats();
    let root = world.root_job();
    let (idle, guest) = (Guest::create_in(&world, root), Guest::start_in(&world, root, 0));
    world.kernel.shut_down();
    assert_eq!(world.signals(idle.process), Signals::TASK_TERMINATED);
    guest.gone();
    assert_eq!(world.signals(guest.process), Signals::TASK_TERMINATED);
    idle.finish();
    guest.finish();
    world.host(|c| c.handle_close(root)).unwrap();
    assert_eq!(world.stats(), before);
    // The kernel goes on.
    Guest::start(&world).finish();
}

#[test]
fn ten_thousand_processes_leave_nothing() {
    let world = World::null();
    let root = world.root_job();
    let before = world.stats();
    for _ in 0..10_000 {
        world.host(|c| {
            let job = c.job_create(root, 0).unwrap();
            let (process, vmar) = c.process_create(job, b"short", 0).unwrap();
            let thread = c.thread_create(process, b"t", 0).unwrap();
            let token = c.task_suspend(thread).unwrap();
            c.job_set_critical(job, 0, process).unwrap();
            let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
            let slice = VmoChildOptions::SLICE.bits();
            let slice = c.vmo_create_child(vmo, slice, PAGE, PAGE).unwrap();
            let snapshot = VmoChildOptions::SNAPSHOT.bits();
            let copy = c.vmo_create_child(vmo, snapshot, PAGE, PAGE).unwrap();
            let can = VmOptions::CAN_MAP_READ.bits();
            let (inner, _) = c.vmar_allocate(vmar, can, 0, 16 * PAGE).unwrap();
            for vmo in [vmo, slice, copy] {
                c.vmar_map(inner, VmOptions::PERM_READ.bits(), 0, vmo, 0, PAGE).unwrap();
            }
            let handles = [job, process, vmar, thread, token, vmo, slice, copy, inner];
            c.handle_close_many(&handles).unwrap();
        });
    }
    assert_eq!(world.stats(), before);
}

#[test]
fn ten_thousand_processes_at_once_end_with_their_job() {
    let world = World::null();
    let root = world.root_job();
    let before = world.stats();
    let (job, vmo, handles) = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let handles: Vec<u32> = (0..10_000)
            .map(|_| {
                let (process, vmar) = c.process_create(job, b"many", 0).unwrap();
                c.vmar_map(vmar, 1, 0, vmo, 0, PAGE).unwrap();
                c.handle_close(vmar).unwrap();
                process
            })
            .collect();
        assert_eq!(vmo_info(c, vmo).v1.share_count, 10_000);
        (job, vmo, handles)
    });
    world.host(|c| c.task_kill(job)).unwrap();
    world.host(|c| {
        assert_eq!((vmo_info(c, vmo).v1.share_count, vmo_info(c, vmo).v1.num_mappings), (1, 0));
        c.handle_close_many(&handles).unwrap();
        c.handle_close_many(&[job, vmo]).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn a_long_line_of_copies_falls_link_by_link() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let mut vmos = vec![c.vmo_create(PAGE, 0).unwrap()];
        for _ in 0..1000 {
            let last = *vmos.last().unwrap();
            let snapshot = VmoChildOptions::SNAPSHOT.bits();
            vmos.push(c.vmo_create_child(last, snapshot, 0, PAGE).unwrap());
        }
        // From the middle out.
        let (old, young) = vmos.split_at(500);
        for (a, b) in old.iter().rev().zip(young) {
            c.handle_close_many(&[*a, *b]).unwrap();
        }
        c.handle_close(vmos[1000]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
