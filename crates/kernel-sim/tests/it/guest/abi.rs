//! Generations of the ABI: each guest speaks its own.

use kernel_sim::{Caller, SyscallOutcome};
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    Abi, Arch, ChannelCallArgs, HandleInfo, INFO_PROCESS_FIRST, INFO_VMAR, InfoProcessFirst,
    InfoVmar, ObjectType, PORT_MAX_USER_PACKETS, Rights, Status, Support, Syscall, TIME_INFINITE,
    VmOptions, WAIT_ASYNC_BOOT_TIMESTAMP, WAIT_ASYNC_EDGE, WAIT_ASYNC_TIMESTAMP,
};

use crate::support::{Guest, PAGE, World, info, read, vdso_image, without};

/// Where the address space behind a root VMAR begins.
fn base(world: &World, root_vmar: u32) -> u64 {
    let vmar: InfoVmar = world.host(|c| info(c, root_vmar, INFO_VMAR)).unwrap();
    vmar.base
}

#[test]
fn what_the_table_says_there_is_not_answers_not_supported() {
    let world = World::new();
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let mut count = 0;
        for &call in Syscall::ALL {
            let info = call.info();
            if info.number(abi).is_some() && matches!(info.support, Support::None(_)) {
                assert_eq!(guest.call(call, &[0; 8]), Err(Status::NOT_SUPPORTED), "{call:?}");
                count += 1;
            }
        }
        assert!(count > 40, "{abi:?}");
        guest.finish();
    }
}

#[test]
fn a_call_is_known_by_the_number_that_it_has_in_the_guests_abi() {
    let world = World::new();
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
        assert_eq!(guest.call(Syscall::HandleClose, &[event.into()]), Ok(()));
        guest.finish();
    }
}

#[test]
fn the_abi_decides_where_an_address_space_begins() {
    let world = World::new();
    let job = world.root_job();
    for (abi, expected) in [(Abi::Sdk2020, 0x100_0000), (Abi::Newest, 0x20_0000)] {
        assert_eq!(Arch::X86_64.user_base(abi), expected);
        let create = world.host(|c| c.process_create_for(abi, job, b"p", 0));
        assert_eq!(base(&world, create.unwrap().1), expected);
    }
    let inherited = world.host(|c| c.process_create(job, b"p", 0)).unwrap();
    assert_eq!(base(&world, inherited.1), 0x20_0000);
}

#[test]
fn a_process_inherits_the_abi_of_the_one_that_creates_it() {
    let world = World::new();
    for (abi, expected) in [(Abi::Sdk2020, 0x100_0000), (Abi::Newest, 0x20_0000)] {
        let guest = Guest::start_for(&world, abi);
        assert_eq!(world.as_process(guest.koid, |c| c.abi()), abi);
        let job = guest.receive(world.root_job());
        let args = [job.into(), guest.at(64), 0, 0, guest.at(0), guest.at(4)];
        guest.call(Syscall::ProcessCreate, &args).unwrap();
        let (root_vmar, host) = (guest.word(4), world.kernel.host());
        let root_vmar = world.as_process(guest.koid, |c| c.handle_transfer(root_vmar, host));
        assert_eq!(base(&world, root_vmar.unwrap()), expected);
        guest.finish();
    }
}

#[test]
fn the_vdso_that_a_process_maps_has_the_last_word() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Newest);
    let job = world.root_job();
    let (process, root_vmar) =
        world.host(|c| c.process_create_for(Abi::Sdk2020, job, b"p", 0)).unwrap();
    let koid = world.koid(process);
    assert_eq!(world.as_process(koid, |c| c.abi()), Abi::Sdk2020);
    world.host(|c| {
        let vdso = c.vdso(Abi::Newest).unwrap();
        let code = (VmOptions::PERM_READ | VmOptions::PERM_EXECUTE).bits();
        let (offset, size) = (vdso_image().code_offset, vdso_image().code_size);
        c.vmar_map(root_vmar, code, 0, vdso, offset, size).unwrap();
    });
    assert_eq!(world.as_process(koid, |c| c.abi()), Abi::Newest);
    // What is there already stays where it is.
    assert_eq!(base(&world, root_vmar), 0x100_0000);
    guest.finish();
}

/// A guest of each ABI, and how it is expected to be answered.
fn each_abi<T>(expected: [T; 2], test: impl Fn(&World, &Guest<'_>, T)) {
    let world = World::new();
    for (abi, expected) in Abi::ALL.into_iter().zip(expected) {
        let guest = Guest::start_for(&world, abi);
        test(&world, &guest, expected);
        guest.finish();
    }
}

#[test]
fn async_waits_for_edges_came_after_2020() {
    each_abi([Err(Status::INVALID_ARGS), Ok(())], |_, guest, expected| {
        let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
        let event = guest.create(Syscall::EventCreate, &[0, guest.at(0)]).unwrap();
        let wait = |options: u32| {
            let args = [event.into(), port.into(), 1, 8, options.into()];
            guest.call(Syscall::ObjectWaitAsync, &args)
        };
        assert_eq!(wait(WAIT_ASYNC_TIMESTAMP), Ok(()));
        assert_eq!(wait(WAIT_ASYNC_EDGE), expected);
        assert_eq!(wait(WAIT_ASYNC_BOOT_TIMESTAMP), expected);
    });
}

#[test]
fn a_packet_too_many_ends_no_guest_of_2020() {
    each_abi([true, false], |_, guest, lives| {
        let port = guest.create(Syscall::PortCreate, &[0, guest.at(0)]).unwrap();
        let queue = [port.into(), guest.at(64)];
        for _ in 0..PORT_MAX_USER_PACKETS {
            guest.call(Syscall::PortQueue, &queue).unwrap();
        }
        let last = guest.enter(Syscall::PortQueue, &queue);
        let refused = i64::from(Status::SHOULD_WAIT.into_raw()) as u64;
        assert_eq!(last == SyscallOutcome::Return(refused), lives, "{last:?}");
    });
}

#[test]
fn processes_of_2020_are_told_of_processes_without_a_version() {
    each_abi([Ok(()), Err(Status::NOT_SUPPORTED)], |world, guest, expected| {
        let process = world.host(|c| c.handle_duplicate(guest.process, 1 << 31)).unwrap();
        let process = guest.receive(process);
        let args = [process.into(), INFO_PROCESS_FIRST.into(), guest.at(0), 16, 0, 0];
        let asked = guest.call(Syscall::ObjectGetInfo, &args);
        assert_eq!(asked, expected);
        if asked.is_ok() {
            let info = InfoProcessFirst::read_from_bytes(&guest.peek::<16>(0)).unwrap();
            assert_eq!((info.return_code, info.started, info.exited), (0, 1, 0));
        }
    });
}

#[test]
fn clocks_of_2020_are_read_by_number() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    world.clock.advance(41);
    for clock in [0, 1] {
        guest.call(Syscall::ClockGet, &[clock, guest.at(0)]).unwrap();
        assert_eq!(guest.long(0) as i64, world.now());
    }
    // How long the thread has run.
    let before = guest.long(0);
    guest.call(Syscall::ClockGet, &[2, guest.at(0)]).unwrap();
    let began = guest.long(0);
    world.clock.advance(7);
    guest.call(Syscall::ClockGet, &[2, guest.at(0)]).unwrap();
    assert_eq!(guest.long(0), began + 7);
    assert!(began < before);
    let unknown = guest.call(Syscall::ClockGet, &[3, guest.at(0)]);
    assert_eq!(unknown, Err(Status::INVALID_ARGS));
    let fault = guest.call(Syscall::ClockGet, &[0, guest.unmapped()]);
    assert_eq!(fault, Err(Status::INVALID_ARGS));
    guest.finish();
}

#[test]
fn sockets_of_2020_are_shut_down_for_good() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    for (options, near_writes, far_writes) in
        [(0, true, true), (1, false, true), (2, true, false), (3, false, false)]
    {
        let (near, far) = world.host(|c| c.socket_create(0)).unwrap();
        let again = world.host(|c| c.handle_duplicate(near, 1 << 31)).unwrap();
        let own = guest.receive(again);
        guest.call(Syscall::SocketShutdown, &[own.into(), options]).unwrap();
        let writes = |socket| world.host(|c| c.socket_write(socket, 0, b"x")).is_ok();
        assert_eq!((writes(near), writes(far)), (near_writes, far_writes), "{options}");
    }
    let (near, _far) = world.host(|c| c.socket_create(0)).unwrap();
    let unable = world.host(|c| without(c, near, Rights::WRITE));
    let unable = guest.receive(unable);
    let shut = |options| guest.call(Syscall::SocketShutdown, &[unable.into(), options]);
    assert_eq!(shut(1), Err(Status::ACCESS_DENIED));
    assert_eq!(shut(4), Err(Status::INVALID_ARGS));
    guest.finish();
}

/// What the SDKs of 2021 have and that of July 2020 has not.
#[test]
fn calls_over_channels_with_dispositions_are_there_in_2020_too() {
    let world = World::new();
    for abi in Abi::ALL {
        let guest = Guest::start_for(&world, abi);
        let (near, far) = world.host(|c| c.channel_create(0)).unwrap();
        let near = guest.receive(near);
        let [args, bytes, reply, handles, counts] =
            [0, 128, 192, 256, 512].map(|offset| guest.at(offset));
        let call = ChannelCallArgs {
            wr_bytes: bytes,
            wr_handles: 0,
            rd_bytes: reply,
            rd_handles: handles,
            wr_num_bytes: 8,
            wr_num_handles: 0,
            rd_num_bytes: 8,
            rd_num_handles: 1,
        };
        guest.poke(0, call.as_bytes());
        guest.poke(128, b"....ping");
        let forever = TIME_INFINITE as u64;
        let registers = [near.into(), 0, forever, args, counts, counts + 4];
        guest.enter(Syscall::ChannelCallEtcNoretry, &registers);
        let (mut message, _) = world.host(|c| read(c, far));
        let event = world.host(|c| c.event_create(0)).unwrap();
        message[4..].copy_from_slice(b"pong");
        world.host(|c| c.channel_write(far, 0, message, &[event])).unwrap();
        assert_eq!((guest.word(512), guest.word(516)), (8, 1));
        assert_eq!(&guest.peek::<8>(192)[4..], b"pong");
        let info = HandleInfo::read_from_bytes(&guest.peek::<16>(256)).unwrap();
        assert_eq!(info.object_type, ObjectType::Event as u32);
        let finish = guest.call(Syscall::ChannelCallEtcFinish, &[0; 4]);
        assert_eq!(finish, Err(Status::BAD_STATE));
        guest.finish();
    }
}

#[test]
fn an_abi_is_changed_before_anything_is_there() {
    let world = World::null();
    let job = world.root_job();
    world.host(|c| {
        let (process, vmar) = c.process_create_for(Abi::Newest, job, b"p", 0).unwrap();
        let base = |c: &mut Caller<'_>| info::<InfoVmar>(c, vmar, INFO_VMAR).unwrap().base;
        c.process_set_abi(process, Abi::Sdk2020).unwrap();
        assert_eq!(base(c), 0x100_0000);
        // Below there is nothing any more.
        let low = c.vmar_allocate(vmar, VmOptions::SPECIFIC.bits(), 0, PAGE).unwrap();
        assert_eq!(low.1, 0x100_0000);
        assert_eq!(c.process_set_abi(process, Abi::Newest), Err(Status::BAD_STATE));
        c.vmar_destroy(low.0).unwrap();
        c.process_set_abi(process, Abi::Newest).unwrap();
        assert_eq!(base(c), 0x20_0000);
        let low = c.vmar_allocate(vmar, VmOptions::SPECIFIC.bits(), 0, PAGE).unwrap();
        assert_eq!(low.1, 0x20_0000);
        c.vmar_destroy(low.0).unwrap();

        let weak = without(c, process, Rights::MANAGE_PROCESS);
        for (handle, status) in
            [(9, Status::BAD_HANDLE), (job, Status::WRONG_TYPE), (weak, Status::ACCESS_DENIED)]
        {
            assert_eq!(c.process_set_abi(handle, Abi::Sdk2020), Err(status));
        }
        c.task_kill(process).unwrap();
        assert_eq!(c.process_set_abi(process, Abi::Sdk2020), Err(Status::BAD_STATE));
    });
}
