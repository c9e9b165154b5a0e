//! Generations of the ABI: each guest speaks its own.

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    Abi, Arch, ChannelCallArgs, HandleInfo, INFO_VMAR, InfoVmar, ObjectType, Status, Support,
    Syscall, TIME_INFINITE, VmOptions,
};

use crate::support::{Guest, World, info, read, vdso_image};

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
        assert!(count > 50, "{abi:?}");
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
