//! `zx_task_create_exception_channel`.

use kernel_sim::{ChannelRead, Item, KernelEntry};
use zx_abi::{
    Abi, INFO_JOB, INFO_PROCESS, INFO_PROCESS_FLAG_DEBUGGER_ATTACHED, InfoJob, InfoProcess, Rights,
    Status,
};

use super::{DEBUGGER, bind, close, expect_closed, expect_none, undefined};
use crate::limits::Limited;
use crate::support::{Guest, SAME, World, basic, info};

#[test]
fn rights_and_kinds_are_judged_in_zircons_order() {
    let world = World::new();
    let guest = Guest::start(&world);
    let root = world.root_job();
    let with = |handle: u32, without: Rights| {
        world.host(|c| {
            let held = basic(c, handle).rights;
            c.handle_duplicate(handle, held & !without.bits()).unwrap()
        })
    };
    let event = world.host(|c| c.event_create(0)).unwrap();
    let bind = |task, options| world.host(|c| c.task_create_exception_channel(task, options));
    assert_eq!(bind(guest.process, 2), Err(Status::INVALID_ARGS));
    assert_eq!(bind(0, 0), Err(Status::BAD_HANDLE));
    for right in [Rights::INSPECT, Rights::TRANSFER, Rights::MANAGE_THREAD] {
        for task in [guest.process, guest.thread, root] {
            assert_eq!(bind(with(task, right), 0), Err(Status::ACCESS_DENIED));
        }
    }
    assert_eq!(bind(event, 0), Err(Status::ACCESS_DENIED));
    assert_eq!(bind(guest.thread, DEBUGGER), Err(Status::INVALID_ARGS));
    for task in [guest.process, root] {
        let weak = with(task, Rights::ENUMERATE);
        assert_eq!(bind(weak, 0), Err(Status::ACCESS_DENIED));
        assert_eq!(bind(weak, DEBUGGER), Err(Status::ACCESS_DENIED));
    }
    guest.finish();
}

#[test]
fn a_task_has_one_of_each_kind_until_it_is_closed() {
    let world = World::new();
    let guest = Guest::start(&world);
    let root = world.root_job();
    for (task, options) in
        [(guest.thread, 0), (guest.process, 0), (guest.process, DEBUGGER), (root, 0)]
    {
        let channel = bind(&world, task, options);
        let again = world.host(|c| c.task_create_exception_channel(task, options));
        assert_eq!(again, Err(Status::ALREADY_BOUND));
        assert_eq!(world.host(|c| basic(c, channel).rights), 0x4006);
        close(&world, channel);
        close(&world, bind(&world, task, options));
    }
    guest.finish();
}

#[test]
fn an_exception_that_its_channel_has_no_room_for_is_charged_to_nobody() {
    for (item, room) in [(Item::Handles, 0), (Item::ChannelBytes, 64 + 23), (Item::Handles, 1)] {
        let world = World::new();
        let guest = Guest::start(&world);
        let limited = Limited::new(&world);
        let task = world.host(|c| c.handle_duplicate(guest.process, SAME)).unwrap();
        let task = world.host(|c| c.handle_transfer(task, limited.context)).unwrap();
        let channel = limited.call(|c| c.task_create_exception_channel(task, 0)).unwrap();
        limited.allow(item, room);
        let before = limited.used();
        world.kernel.exception(guest.koid, guest.thread_koid, undefined());
        let told = limited.call(|c| c.channel_read(channel, 0, 24, 1));
        if room == 1 {
            let Ok(ChannelRead::Message { handles, .. }) = told else { panic!("{told:?}") };
            assert_eq!(limited.used()[Item::ChannelBytes], before[Item::ChannelBytes]);
            limited.call(|c| c.handle_close_many(&handles)).unwrap();
        } else {
            assert_eq!(told, Err(Status::SHOULD_WAIT), "{item:?}");
        }
        assert_eq!(limited.used(), before, "{item:?}");
        guest.finish();
        limited.finish();
    }
}

#[test]
fn a_job_has_32_debuggers_today_and_one_in_2020() {
    let world = World::new();
    let root = world.root_job();
    let debuggers: Vec<u32> = (0..32).map(|_| bind(&world, root, DEBUGGER)).collect();
    let one_more = || world.host(|c| c.task_create_exception_channel(root, DEBUGGER));
    assert_eq!(one_more(), Err(Status::ALREADY_BOUND));
    close(&world, debuggers[7]);
    let last = one_more().unwrap();
    debuggers.iter().chain([&last]).filter(|it| **it != debuggers[7]).for_each(|it| {
        close(&world, *it);
    });
    let job: InfoJob = world.host(|c| info(c, root, INFO_JOB)).unwrap();
    assert_eq!(job.debugger_attached, 0);

    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let own = guest.receive(world.root_job());
    let create = zx_abi::Syscall::TaskCreateExceptionChannel;
    let args = [own.into(), DEBUGGER.into(), guest.at(0)];
    assert_eq!(guest.call(create, &args), Ok(()));
    assert_eq!(guest.call(create, &args), Err(Status::ALREADY_BOUND));
    let job: InfoJob = world.host(|c| info(c, root, INFO_JOB)).unwrap();
    assert_eq!(job.debugger_attached, 1);
    guest.finish();
}

#[test]
fn the_channels_of_the_dead_are_closed() {
    let world = World::new();
    let root = world.root_job();
    let job = world.host(|c| c.job_create(root, 0)).unwrap();
    let guest = Guest::start_in(&world, job, 0);
    let of_job = [bind(&world, job, 0), bind(&world, job, DEBUGGER)];
    let of_process = [bind(&world, guest.process, 0), bind(&world, guest.thread, 0)];
    let debugger = bind(&world, guest.process, DEBUGGER);
    let process: InfoProcess = world.host(|c| info(c, guest.process, INFO_PROCESS)).unwrap();
    assert_ne!(process.flags & INFO_PROCESS_FLAG_DEBUGGER_ATTACHED, 0);
    world.host(|c| c.task_kill(job)).unwrap();
    for channel in of_job {
        expect_none(&world, channel);
    }
    guest.gone();
    for channel in of_job.into_iter().chain(of_process).chain([debugger]) {
        expect_closed(&world, channel);
    }
    for task in [job, guest.process, guest.thread] {
        let bound = world.host(|c| c.task_create_exception_channel(task, 0));
        assert_eq!(bound, Err(Status::BAD_STATE));
    }
    guest.finish();
}

#[test]
fn whoever_goes_first_nothing_is_left() {
    let world = World::new();
    let root = world.root_job();
    let before = world.stats();
    for task_first in [false, true] {
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let (process, vmar) = world.host(|c| c.process_create(job, b"p", 0)).unwrap();
        let thread = world.host(|c| c.thread_create(process, b"t", 0)).unwrap();
        let mut channels = vec![bind(&world, thread, 0), bind(&world, job, 0)];
        channels.extend([process, job].map(|it| bind(&world, it, DEBUGGER)));
        let mut handles = [vec![thread, process, vmar, job], channels];
        if !task_first {
            handles.reverse();
        }
        handles.concat().into_iter().for_each(|handle| close(&world, handle));
        assert_eq!(world.stats(), before);
    }
}
