//! IOBuffers: their regions, what either end may do with them, and what the kernel writes there.

use kernel_sim::Caller;
use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    INFO_IOB, INFO_IOB_REGIONS, INFO_VMO, IOB_DISCIPLINE_TYPE_ID_ALLOCATOR as ID_ALLOCATOR,
    IOB_DISCIPLINE_TYPE_NONE as NONE, IOB_DISCIPLINE_TYPE_RING_BUFFER as RING, IOB_MAX_WRITE,
    IOB_REGION_TYPE_SHARED as SHARED, InfoIob, IobAccess, IobRegion, IobRegionInfo, ObjectType,
    PROP_NAME, Result, Rights, Signals, Status, Syscall, VmOptions,
};

use crate::support::{Guest, PAGE, READ, SAME, WRITE, World, basic, info, without};

const MAP_ALL: u32 = 0x33;
/// Mappings may reach beyond a region.
const FAULTS: u32 = VmOptions::ALLOW_FAULTS.bits();
const MEDIATED_WRITE: u32 = IobAccess::EP0_CAN_MEDIATED_WRITE.bits();
const BOTH_WRITE: u32 = 0x88;

fn private(access: u32, size: u64, discipline: u64) -> IobRegion {
    IobRegion { access, size, discipline, ..IobRegion::default() }
}

fn ring(shared: u32, access: u32, tag: u64) -> IobRegion {
    let mut region = IobRegion { kind: SHARED, access, discipline: RING, ..IobRegion::default() };
    region.discipline_extension[0] = tag;
    region.extension[1] = shared;
    region
}

fn create(c: &mut Caller<'_>, regions: &[IobRegion]) -> Result<(u32, u32)> {
    let regions = regions.to_vec();
    c.iob_create(0, |_| Ok(regions))
}

/// A process with an address space of its own: its root VMAR.
fn space(c: &mut Caller<'_>) -> (u32, u32) {
    let job = c.root_job().unwrap();
    let space = c.process_create(job, b"p", 0).unwrap();
    c.handle_close(job).unwrap();
    space
}

/// What a region of this end shows.
fn shown(c: &mut Caller<'_>, iob: u32, region: u32, offset: u64, len: u64) -> Vec<u8> {
    let (process, vmar) = space(c);
    let base = c.vmar_map_iob(vmar, READ | FAULTS, 0, (iob, region), (0, 4 * PAGE)).unwrap();
    let bytes = c.process_read_memory(process, base + offset, len).unwrap();
    c.handle_close_many(&[process, vmar]).unwrap();
    bytes
}

/// Writes where a region of this end is mapped.
fn poke(c: &mut Caller<'_>, iob: u32, region: u32, offset: u64, bytes: &[u8]) {
    let (process, vmar) = space(c);
    let options = READ | WRITE | FAULTS;
    let base = c.vmar_map_iob(vmar, options, 0, (iob, region), (0, 4 * PAGE)).unwrap();
    c.process_write_memory(process, base + offset, bytes).unwrap();
    c.handle_close_many(&[process, vmar]).unwrap();
}

#[test]
fn regions_must_make_sense() {
    let world = World::null();
    let before = world.stats();
    world.host(|c| {
        let shared = c.iob_create_shared_region(0, 2 * PAGE).unwrap();
        let small = c.iob_create_shared_region(0, PAGE).unwrap();
        let event = c.event_create(0).unwrap();
        let invalid = Err(Status::INVALID_ARGS);
        let mut wrong_options = private(MAP_ALL, PAGE, NONE);
        wrong_options.extension[0] = 0xfff;
        for (region, status) in [
            (private(MAP_ALL, PAGE, NONE), Ok(())),
            (private(0, PAGE, NONE), invalid),
            // Somebody must be able to write it.
            (private(0x11, PAGE, NONE), invalid),
            (private(MAP_ALL | 0x100, PAGE, NONE), invalid),
            (private(MAP_ALL | MEDIATED_WRITE, PAGE, NONE), invalid),
            (private(MEDIATED_WRITE, PAGE, ID_ALLOCATOR), Ok(())),
            (private(0x4, PAGE, ID_ALLOCATOR), invalid),
            (private(0x8c, PAGE, ID_ALLOCATOR), Ok(())),
            (private(0x48, PAGE, ID_ALLOCATOR), invalid),
            (private(BOTH_WRITE, PAGE, RING), invalid),
            (private(MAP_ALL, PAGE, 3), invalid),
            (private(MAP_ALL, u64::MAX, NONE), Err(Status::OUT_OF_RANGE)),
            (wrong_options, invalid),
            (IobRegion { kind: 2, ..private(MAP_ALL, PAGE, NONE) }, invalid),
            (ring(shared, BOTH_WRITE, 0), Ok(())),
            (ring(small, BOTH_WRITE, 0), invalid),
            (ring(9, BOTH_WRITE, 0), Err(Status::BAD_HANDLE)),
            (ring(event, BOTH_WRITE, 0), Err(Status::WRONG_TYPE)),
            (IobRegion { size: PAGE, ..ring(shared, BOTH_WRITE, 0) }, invalid),
            (IobRegion { discipline: NONE, ..ring(shared, MAP_ALL, 0) }, invalid),
        ] {
            let made = create(c, &[region]);
            assert_eq!(made.map(|_| ()), status, "{region:?}");
            if let Ok((first, second)) = made {
                c.handle_close_many(&[first, second]).unwrap();
            }
        }
        assert_eq!(c.iob_create(1, |_| unreachable!()), invalid.map(|()| (0, 0)));
        assert_eq!(create(c, &[]), Err(Status::INVALID_ARGS));
        let good = private(MAP_ALL, PAGE, NONE);
        let (first, second) = create(c, &[good; 64]).unwrap();
        assert_eq!(create(c, &[good; 65]), Err(Status::OUT_OF_RANGE));
        // One that fails leaves nothing of those before it.
        assert_eq!(create(c, &[good, private(MAP_ALL, u64::MAX, NONE)]), Err(Status::OUT_OF_RANGE));
        for (options, size) in [(1, PAGE), (0, 0), (0, PAGE + 1)] {
            assert_eq!(c.iob_create_shared_region(options, size), Err(Status::INVALID_ARGS));
        }
        assert_eq!((basic(c, first).rights, basic(c, shared).rights), (0xf0ef, 0xd0c3));
        c.handle_close_many(&[first, second, shared, small, event]).unwrap();
    });
    assert_eq!(world.stats(), before);
}

#[test]
fn an_end_maps_what_its_handle_and_the_region_allow() {
    World::null().host(|c| {
        let regions = [
            private(MEDIATED_WRITE, PAGE, ID_ALLOCATOR),
            private(0x3, PAGE, NONE),
            private(0x11 | MEDIATED_WRITE, PAGE, ID_ALLOCATOR),
        ];
        let (first, second) = create(c, &regions).unwrap();
        let (_, vmar) = space(c);
        let mut map = |iob, region, options, len| {
            c.vmar_map_iob(vmar, options, 0, (iob, region), (0, len)).map(|_| ())
        };
        let denied = Err(Status::ACCESS_DENIED);
        assert_eq!(map(first, 3, READ, PAGE), Err(Status::OUT_OF_RANGE));
        assert_eq!((map(first, 0, READ, PAGE), map(second, 0, READ, PAGE)), (denied, denied));
        assert_eq!(map(second, 1, READ, 0), denied);
        assert_eq!(map(first, 1, READ | WRITE, PAGE), Ok(()));
        assert_eq!(map(first, 1, READ, 0), Err(Status::INVALID_ARGS));
        assert_eq!(map(first, 2, READ | WRITE, 0), denied);
        assert_eq!((map(first, 2, READ, PAGE), map(second, 2, READ, PAGE)), (Ok(()), Ok(())));
        let weak = without(c, first, Rights::WRITE);
        let executable = VmOptions::PERM_EXECUTE.bits() | READ;
        let mut map = |iob, options| c.vmar_map_iob(vmar, options, 0, (iob, 1), (0, PAGE));
        assert_eq!(map(weak, READ | WRITE), Err(Status::ACCESS_DENIED));
        assert!(map(weak, READ).is_ok());
        assert_eq!(map(first, executable), Err(Status::ACCESS_DENIED));
        let unmappable = without(c, first, Rights::MAP);
        let refused = c.vmar_map_iob(vmar, READ, 0, (unmappable, 1), (0, PAGE));
        assert_eq!(refused, Err(Status::ACCESS_DENIED));
        assert_eq!(c.vmar_map_iob(9, READ, 0, (first, 9), (0, 0)), Err(Status::BAD_HANDLE));
        assert_eq!(c.vmar_map_iob(vmar, READ, 0, (vmar, 9), (0, 0)), Err(Status::WRONG_TYPE));
    });
}

#[test]
fn both_ends_show_the_same_memory() {
    World::null().host(|c| {
        let (first, second) = create(c, &[private(MAP_ALL, 4 * PAGE, NONE)]).unwrap();
        poke(c, first, 0, PAGE + 7, b"shared");
        assert_eq!(shown(c, second, 0, PAGE + 7, 6), b"shared");
    });
}

#[test]
fn an_end_is_gone_with_its_handles_and_its_mappings() {
    let world = World::null();
    let before = world.stats();
    let (first, second) = world.host(|c| create(c, &[private(MAP_ALL, PAGE, NONE); 2])).unwrap();
    let (process, vmar) = world.host(space);
    let map = |region| world.host(|c| c.vmar_map_iob(vmar, READ, 0, (first, region), (0, PAGE)));
    let places = [map(0).unwrap(), map(1).unwrap()];
    world.host(|c| c.handle_close(first)).unwrap();
    assert_eq!(world.signals(second), Signals::empty());
    world.host(|c| c.vmar_unmap(vmar, places[0], PAGE)).unwrap();
    assert_eq!(world.signals(second), Signals::empty());
    world.host(|c| c.vmar_unmap(vmar, places[1], PAGE)).unwrap();
    assert_eq!(world.signals(second), Signals::PEER_CLOSED);
    let peer = world.host(|c| c.object_signal_peer(second, 0, Signals::USER_0.bits()));
    assert_eq!(peer, Err(Status::PEER_CLOSED));
    // The other end's mappings outlive its handle, and end with their process.
    world.host(|c| {
        c.vmar_map_iob(vmar, READ, 0, (second, 0), (0, PAGE)).unwrap();
        c.handle_close_many(&[second]).unwrap();
    });
    assert_eq!(world.count(ObjectType::Iob), 1);
    world.host(|c| c.handle_close_many(&[process, vmar])).unwrap();
    assert_eq!(world.count(ObjectType::Iob), 0);
    assert_eq!((world.stats().objects, world.count(ObjectType::Vmo)), (before.objects, 0));
}

#[test]
fn what_is_told_of_regions_is_told_as_the_end_sees_it() {
    World::null().host(|c| {
        let regions = [private(0x3, PAGE, NONE), private(MAP_ALL, 2 * PAGE, NONE)];
        let (first, second) = create(c, &regions).unwrap();
        let told: InfoIob = info(c, first, INFO_IOB).unwrap();
        assert_eq!((told.options, told.region_count), (0, 2));
        let mut list = |iob| {
            let info = c.object_get_info(iob, INFO_IOB_REGIONS).unwrap();
            let records = info.bytes.chunks_exact(info.record_size);
            records.map(|it| IobRegionInfo::read_from_bytes(it).unwrap()).collect::<Vec<_>>()
        };
        let (ours, theirs) = (list(first), list(second));
        assert_eq!([ours[0].region, ours[1].region], regions);
        assert_eq!([theirs[0].region.access, theirs[1].region.access], [0x30, MAP_ALL]);
        assert_eq!((ours[0].koid, ours[1].koid), (theirs[0].koid, theirs[1].koid));
        c.object_set_property(first, PROP_NAME, b"buffers").unwrap();
        assert_eq!(&c.object_get_property(first, PROP_NAME, 32).unwrap()[..8], b"buffers\0");
        assert_eq!(c.object_get_info(first, INFO_VMO).map(|_| ()), Err(Status::WRONG_TYPE));
    });
}

#[test]
fn ids_count_from_0_until_the_table_is_full() {
    World::null().host(|c| {
        let region = private(0x11 | BOTH_WRITE, PAGE, ID_ALLOCATOR);
        let (first, second) = create(c, &[region, private(MAP_ALL, PAGE, NONE)]).unwrap();
        assert_eq!(c.iob_allocate_id(first, 0, 0, b"one"), Ok(0));
        assert_eq!(c.iob_allocate_id(second, 0, 0, b"three"), Ok(1));
        assert_eq!(c.iob_allocate_id(first, 0, 0, b""), Ok(2));
        let words = shown(c, first, 0, 0, 32);
        let words: Vec<u32> =
            words.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
        let end = PAGE as u32;
        assert_eq!(words, [3, end - 8, 3, end - 3, 5, end - 8, 0, end - 8]);
        assert_eq!(shown(c, second, 0, PAGE - 8, 8), b"threeone");
        let room = PAGE as usize - 8 - 3 * 8 - 8;
        assert_eq!(c.iob_allocate_id(first, 0, 0, &vec![1; room - 7]), Err(Status::NO_MEMORY));
        assert_eq!(c.iob_allocate_id(first, 0, 0, &vec![1; room - 8]), Ok(3));
        assert_eq!(c.iob_allocate_id(first, 0, 0, b""), Err(Status::NO_MEMORY));
        let mute = without(c, first, Rights::WRITE);
        for (iob, options, index, status) in [
            (9, 1, 9, Status::INVALID_ARGS),
            (9, 0, 9, Status::BAD_HANDLE),
            (mute, 0, 9, Status::ACCESS_DENIED),
            (first, 0, 2, Status::OUT_OF_RANGE),
            (first, 0, 1, Status::WRONG_TYPE),
        ] {
            assert_eq!(c.iob_allocate_id(iob, options, index, b""), Err(status));
        }
    });
}

#[test]
fn a_table_that_programs_have_broken_is_told() {
    World::null().host(|c| {
        let region = private(MAP_ALL | MEDIATED_WRITE, PAGE, ID_ALLOCATOR);
        let (first, second) = create(c, &[region]).unwrap();
        assert_eq!(c.iob_allocate_id(second, 0, 0, b""), Err(Status::ACCESS_DENIED));
        for header in [[0, PAGE as u32 + 1], [600, PAGE as u32], [u32::MAX, u32::MAX], [1, 15]] {
            poke(c, second, 0, 0, header.map(u32::to_le_bytes).as_flattened());
            assert_eq!(c.iob_allocate_id(first, 0, 0, b"x"), Err(Status::IO_DATA_INTEGRITY));
        }
    });
}

#[test]
fn records_go_round_in_the_ring_with_the_tag_of_their_end() {
    let world = World::null();
    let shared = world.host(|c| c.iob_create_shared_region(0, 2 * PAGE)).unwrap();
    let (first, second) = world.host(|c| create(c, &[ring(shared, 0x33 | BOTH_WRITE, 7)])).unwrap();
    world.host(|c| {
        c.object_wait_one(shared, Signals::IOB_SHARED_REGION_UPDATED, i64::MAX, 1).unwrap();
        assert_eq!(c.iob_write(first, 0, 0, b"hello"), Ok(()));
    });
    let updated = Signals::IOB_SHARED_REGION_UPDATED;
    assert_eq!(world.events.waits(), [(1, Status::OK, updated)]);
    world.host(|c| {
        let record = |data: &[u8]| {
            let mut record = [7, data.len() as u64].as_bytes().to_vec();
            record.extend(data);
            record.resize(record.len().next_multiple_of(8), 0);
            record
        };
        assert_eq!(shown(c, second, 0, PAGE, 24), record(b"hello"));
        assert_eq!(shown(c, second, 0, 0, 16), [24_u64, 0].as_bytes());
        let full = vec![9; PAGE as usize - 24 - 16];
        assert_eq!(c.iob_write(second, 0, 0, &[&full[..], b"x"].concat()), Err(Status::NO_SPACE));
        assert_eq!(c.iob_write(second, 0, 0, &full), Ok(()));
        assert_eq!(c.iob_write(second, 0, 0, b""), Err(Status::NO_SPACE));
        // A reader takes the first: the next goes over the end.
        poke(c, second, 0, 8, &24_u64.to_le_bytes());
        assert_eq!(c.iob_write(first, 0, 0, b"again"), Ok(()));
        assert_eq!(shown(c, second, 0, PAGE, 24), record(b"again"));
        for places in [[0, 1_u64], [3, 0], [PAGE + 8, 0], [u64::MAX - 7, 0]] {
            poke(c, first, 0, 0, places.as_bytes());
            assert_eq!(c.iob_write(first, 0, 0, b"x"), Err(Status::IO_DATA_INTEGRITY));
        }
        let large = vec![0; IOB_MAX_WRITE as usize + 1];
        assert_eq!(c.iob_write(first, 0, 0, &large), Err(Status::INVALID_ARGS));
    });
}

#[test]
fn guests_map_regions_and_write_rings_from_several_buffers() {
    let world = World::new();
    let guest = Guest::start(&world);
    let shared = u64::from(
        guest.create(Syscall::IobCreateSharedRegion, &[0, 2 * PAGE, guest.at(0)]).unwrap(),
    );
    guest.poke(256, ring(shared as u32, 0x11 | BOTH_WRITE, 5).as_bytes());
    let create = [0, guest.at(256), 1, guest.at(0), guest.at(4)];
    guest.call(Syscall::IobCreate, &create).unwrap();
    let iob = u64::from(guest.word(0));
    for bad in
        [[0, guest.unmapped(), 1, guest.at(0), guest.at(4)], [0, 0, 4, guest.at(0), guest.at(4)]]
    {
        assert_eq!(guest.call(Syscall::IobCreate, &bad), Err(Status::INVALID_ARGS));
    }
    let many = [0, guest.at(256), 65, guest.at(0), guest.at(4)];
    assert_eq!(guest.call(Syscall::IobCreate, &many), Err(Status::OUT_OF_RANGE));
    guest.poke(0, b"onetwo");
    guest.poke(64, [guest.at(0), 3, guest.at(3), 3].as_bytes());
    let write = |vectors, count| guest.call(Syscall::IobWritev, &[iob, 0, 0, vectors, count]);
    assert_eq!(write(guest.at(64), 2), Ok(()));
    assert_eq!(write(guest.at(64), 9), Err(Status::INVALID_ARGS));
    assert_eq!(write(guest.unmapped(), 1), Err(Status::INVALID_ARGS));
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, SAME)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let map = [vmar, READ.into(), 0, iob, 0, 0, 2 * PAGE, guest.at(128)];
    guest.call(Syscall::VmarMapIob, &map).unwrap();
    let base = guest.long(128);
    let ring = world.host(|c| c.process_read_memory(guest.process, base + PAGE, 22)).unwrap();
    assert_eq!((&ring[..16], &ring[16..]), ([5, 6_u64].as_bytes(), &b"onetwo"[..]));
    guest.finish();
}
