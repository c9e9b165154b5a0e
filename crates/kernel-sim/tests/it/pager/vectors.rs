//! Calls whose data lies in several buffers, where these are in pages that are not there.

use kernel_sim::SyscallOutcome;
use zerocopy::IntoBytes;
use zx_abi::{
    Abi, INFO_STREAM, IOB_DISCIPLINE_TYPE_RING_BUFFER, IOB_REGION_TYPE_SHARED, InfoStream,
    IoVector, IobRegion, Status, StreamMode, Syscall, VmoOptions,
};

use super::fault::Mapped;
use super::{Asked, Paged};
use crate::support::{Guest, PAGE, World, info, resumed};

/// Where the guest is told how many bytes were transferred.
const ACTUAL: u64 = 128;

/// A guest that has mapped a pager's VMO, and a vector in its own memory of buffers in there.
fn with_vector<'a>(
    world: &'a World,
    it: &Paged<'_>,
    abi: Abi,
    buffers: &[(u64, u64)],
) -> (Guest<'a>, u64) {
    let guest = Guest::start_for(world, abi);
    let base = Mapped::map(world, &guest, it.vmo, 4);
    let buffers = buffers.iter();
    let vector = buffers.map(|(at, capacity)| IoVector { buffer: base + at, capacity: *capacity });
    guest.poke(512, vector.collect::<Vec<_>>().as_bytes());
    world.machine.orders();
    (guest, base)
}

/// A stream of the guest's over two pages, and its VMO.
fn stream(world: &World, guest: &Guest<'_>, content: &[u8]) -> (u64, u32) {
    world.as_process(guest.koid, |c| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        c.vmo_set_stream_size(vmo, content.len() as u64).unwrap();
        c.vmo_write(vmo, 0, content).unwrap();
        let mode = (StreamMode::READ | StreamMode::WRITE).bits();
        let stream = c.stream_create(mode, vmo, 0).unwrap();
        (stream.into(), vmo)
    })
}

fn waits(world: &World, guest: &Guest<'_>, it: &Paged<'_>, call: (Syscall, &[u64]), pages: &[u64]) {
    assert_eq!(guest.enter(call.0, call.1), SyscallOutcome::Blocked);
    for page in pages {
        assert_eq!(resumed(world), []);
        assert_eq!(it.asked(), Some(Asked::Read(*page, 1)));
        it.supply(*page, 1);
    }
    assert_eq!((it.asked(), resumed(world)), (None, vec![(guest.thread_koid, Status::OK)]));
}

#[test]
fn streams_wait_for_the_buffers_that_they_fill_and_empty_and_for_no_others() {
    let world = World::new();
    for abi in Abi::ALL {
        let it = Paged::new(&world, 4);
        let buffers = [(PAGE - 2, 4), (2 * PAGE, 4), (3 * PAGE, PAGE)];
        let (guest, _) = with_vector(&world, &it, abi, &buffers);
        let (stream, vmo) = stream(&world, &guest, b"abcdefgh");
        let (vector, actual) = (guest.at(512), guest.at(ACTUAL));
        // There is nothing for the third buffer.
        let read = [stream, 0, vector, 3, actual];
        waits(&world, &guest, &it, (Syscall::StreamReadv, &read), &[0, 1, 2]);
        assert_eq!(guest.long(ACTUAL), 8);
        let mut bytes = [0; 6];
        world.host(|c| c.vmo_read(it.vmo, PAGE - 2, &mut bytes)).unwrap();
        assert_eq!(&bytes, b"abcd\x02\x02");
        // The offset has moved once.
        let write = [stream, 0, guest.at(528), 2, actual];
        waits(&world, &guest, &it, (Syscall::StreamWritev, &write), &[3]);
        assert_eq!(guest.long(ACTUAL), PAGE + 4);
        let mut bytes = [0; 16];
        world.as_process(guest.koid, |c| {
            c.vmo_read(vmo, 0, &mut bytes).unwrap();
            assert_eq!(c.vmo_get_stream_size(vmo), Ok(12 + PAGE));
        });
        assert_eq!(&bytes, b"abcdefghefgh\x04\x04\x04\x04");
        guest.finish();
        it.finish();
    }
}

#[test]
fn a_vector_may_itself_be_in_pages_that_are_not_there() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let (guest, base) = with_vector(&world, &it, Abi::Newest, &[]);
    let (stream, _) = stream(&world, &guest, b"abcdefgh");
    let read = [stream, 0, 0, base + 2 * PAGE, 1, guest.at(ACTUAL)];
    assert_eq!(guest.enter(Syscall::StreamReadvAt, &read), SyscallOutcome::Blocked);
    assert_eq!(it.asked(), Some(Asked::Read(2, 1)));
    let vector = IoVector { buffer: guest.at(1024), capacity: 3 };
    world.host(|c| {
        let aux = c.vmo_create(PAGE, 0).unwrap();
        c.vmo_write(aux, 0, vector.as_bytes()).unwrap();
        c.pager_supply_pages(it.pager, it.vmo, (2 * PAGE, PAGE), aux, 0).unwrap();
    });
    assert_eq!(resumed(&world), [(guest.thread_koid, Status::OK)]);
    assert_eq!(&guest.peek(1024), b"abc");
    guest.finish();
}

/// A stream's place, the size of its content, and what the last call has transferred.
fn told(world: &World, guest: &Guest<'_>, (stream, vmo): (u64, u32)) -> (u64, u64, u64) {
    let told = world.as_process(guest.koid, |c| {
        let told: InfoStream = info(c, stream as u32, INFO_STREAM).unwrap();
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(told.content_size));
        (told.seek, told.content_size)
    });
    (told.0, told.1, guest.long(ACTUAL))
}

#[test]
fn what_comes_before_a_page_that_does_not_come_is_transferred() {
    let world = World::new();
    for abi in Abi::ALL {
        let first = abi == Abi::Sdk2020;
        let it = Paged::new(&world, 4);
        let buffers = [(PAGE - 2, 4), (0, 4), (2 * PAGE, 4)];
        let (guest, _) = with_vector(&world, &it, abi, &buffers);
        let ids = stream(&world, &guest, b"abcdefgh");
        let told = || told(&world, &guest, ids);
        it.supply(0, 1);
        let fails = |call: Syscall, options: u64, vector: u64, count: u64, page: u64| {
            guest.poke(ACTUAL, &[0; 8]);
            let args = [ids.0, options, guest.at(vector), count, guest.at(ACTUAL)];
            assert_eq!(guest.enter(call, &args), SyscallOutcome::Blocked);
            it.fail(page, 1, Status::IO).unwrap();
            assert_eq!(it.asked(), None);
            let [(_, status)] = resumed(&world)[..] else { panic!("{call:?}") };
            status
        };
        let part = if first { Status::IO } else { Status::OK };
        // Two bytes of the first buffer; the call of 2020 does not say so, and is as far as it wanted.
        assert_eq!(fails(Syscall::StreamReadv, 0, 512, 1, 1), part);
        assert_eq!(told(), if first { (4, 8, 0) } else { (2, 8, 2) });
        let mut bytes = [0; 2];
        world.host(|c| c.vmo_read(it.vmo, PAGE - 2, &mut bytes)).unwrap();
        assert_eq!(&bytes, b"ab");
        // The second buffer, and nothing of the third.
        assert_eq!(fails(Syscall::StreamWritev, 1, 528, 2, 2), part);
        assert_eq!(told(), if first { (16, 16, 0) } else { (12, 12, 4) });
        // Nothing at all.
        let before = told();
        assert_eq!(fails(Syscall::StreamWritev, 0, 544, 1, 2), Status::IO);
        let after = if first { (20, 20, 0) } else { (before.0, before.1, 0) };
        assert_eq!(told(), after);
        guest.call(Syscall::StreamSeek, &[ids.0, 0, 0, 0]).unwrap();
        assert_eq!(fails(Syscall::StreamReadv, 0, 544, 1, 2), Status::IO);
        assert_eq!(told().0, if first { 4 } else { 0 });
        guest.finish();
        it.finish();
    }
}

#[test]
fn a_stream_over_pages_of_which_one_does_not_come_goes_up_to_it() {
    let world = World::new();
    for abi in Abi::ALL {
        let first = abi == Abi::Sdk2020;
        let it = Paged::new(&world, 3);
        it.supply(0, 1);
        let guest = Guest::start_for(&world, abi);
        let given = world.host(|c| c.handle_duplicate(it.vmo, 1 << 31)).unwrap();
        let vmo = guest.receive(given);
        let stream = world.as_process(guest.koid, |c| {
            c.vmo_set_stream_size(vmo, 2 * PAGE).unwrap();
            c.stream_create((StreamMode::READ | StreamMode::WRITE).bits(), vmo, PAGE - 3).unwrap()
        });
        let ids = (u64::from(stream), vmo);
        let vector = IoVector { buffer: guest.at(1024), capacity: 8 };
        guest.poke(512, vector.as_bytes());
        for (call, byte) in [(Syscall::StreamReadv, 1), (Syscall::StreamWritev, 7)] {
            guest.poke(ACTUAL, &[0; 8]);
            guest.poke(1024, &[7; 8]);
            guest.call(Syscall::StreamSeek, &[ids.0, 0, PAGE - 3, 0]).unwrap();
            let args = [ids.0, 0, guest.at(512), 1, guest.at(ACTUAL)];
            assert_eq!(guest.enter(call, &args), SyscallOutcome::Blocked);
            assert_eq!(it.asked(), Some(Asked::Read(1, 1)));
            it.fail(1, 1, Status::IO_DATA_INTEGRITY).unwrap();
            let part = if first { Status::IO_DATA_INTEGRITY } else { Status::OK };
            assert_eq!(resumed(&world), [(guest.thread_koid, part)]);
            let expected = if first { (PAGE + 5, 2 * PAGE, 0) } else { (PAGE, 2 * PAGE, 3) };
            assert_eq!(told(&world, &guest, ids), expected, "{call:?}");
            assert_eq!(guest.peek(1024), [byte, byte, byte, 7, 7, 7, 7, 7]);
        }
        let mut bytes = [0; 4];
        world.host(|c| c.vmo_read(it.vmo, PAGE - 4, &mut bytes)).unwrap();
        assert_eq!(bytes, [1, 7, 7, 7]);
        guest.finish();
        it.finish();
    }
}

/// A stream over a pager's VMO, for a guest: the VMO has so many bytes of content.
fn paged_stream(guest: &Guest<'_>, world: &World, of: &Paged<'_>, at: u64) -> (u64, u32) {
    let given = world.host(|c| c.handle_duplicate(of.vmo, 1 << 31)).unwrap();
    let vmo = guest.receive(given);
    let mode = (StreamMode::READ | StreamMode::WRITE).bits();
    world.as_process(guest.koid, |c| {
        c.vmo_set_stream_size(vmo, 2 * PAGE).unwrap();
        (c.stream_create(mode, vmo, at).unwrap().into(), vmo)
    })
}

#[test]
fn a_page_that_does_not_come_keeps_nobody_from_asking_for_another() {
    let world = World::new();
    for abi in Abi::ALL {
        let first = abi == Abi::Sdk2020;
        for call in [Syscall::StreamReadv, Syscall::StreamWritev] {
            let (buffers, content) = (Paged::new(&world, 4), Paged::new(&world, 2));
            buffers.supply(0, 1);
            let (guest, _) = with_vector(&world, &buffers, abi, &[(PAGE - 2, 4)]);
            let ids = paged_stream(&guest, &world, &content, 0);
            let args = [ids.0, 0, guest.at(512), 1, guest.at(ACTUAL)];
            assert_eq!(guest.enter(call, &args), SyscallOutcome::Blocked);
            let is_read = call == Syscall::StreamReadv;
            for is_content in [is_read, !is_read] {
                assert_eq!(resumed(&world), []);
                if is_content {
                    assert_eq!(content.asked(), Some(Asked::Read(0, 1)));
                    content.supply(0, 1);
                } else {
                    assert_eq!(buffers.asked(), Some(Asked::Read(1, 1)));
                    buffers.fail(1, 1, Status::IO).unwrap();
                }
            }
            let status = if first { Status::IO } else { Status::OK };
            assert_eq!(resumed(&world), [(guest.thread_koid, status)], "{call:?} {abi:?}");
            // Nothing was asked for twice.
            assert_eq!((buffers.asked(), content.asked()), (None, None));
            assert_eq!(told(&world, &guest, ids).2, if first { 0 } else { 2 });
            let (to, at) = if is_read { (buffers.vmo, PAGE - 2) } else { (content.vmo, 0) };
            let mut bytes = [0; 3];
            world.host(|c| c.vmo_read(to, at, &mut bytes[..2])).unwrap();
            assert_eq!(bytes, [1, 1, 0]);
            guest.finish();
        }
    }
}

#[test]
fn of_two_pages_that_do_not_come_the_first_says_why() {
    let world = World::new();
    let (content, buffer) = (Status::IO, Status::IO_DATA_INTEGRITY);
    // Where the content begins that is transferred, and the buffer.
    for (at, place, why) in [
        (PAGE - 1, PAGE - 3, content),
        (PAGE - 3, PAGE - 1, buffer),
        (PAGE, PAGE - 3, content),
        (PAGE - 3, PAGE, buffer),
    ] {
        for call in [Syscall::StreamReadv, Syscall::StreamWritev] {
            let (buffers, contents) = (Paged::new(&world, 4), Paged::new(&world, 2));
            [&buffers, &contents].iter().for_each(|it| it.supply(0, 1));
            let (guest, _) = with_vector(&world, &buffers, Abi::Sdk2020, &[(place, 8)]);
            let ids = paged_stream(&guest, &world, &contents, at);
            let args = [ids.0, 0, guest.at(512), 1, guest.at(ACTUAL)];
            assert_eq!(guest.enter(call, &args), SyscallOutcome::Blocked);
            let ended = (0..3).find_map(|_| {
                let ended = resumed(&world);
                if !ended.is_empty() {
                    return Some(ended);
                }
                let (asked, status) = match contents.asked() {
                    Some(asked) => (Some(asked), content),
                    None => (buffers.asked(), buffer),
                };
                assert_eq!(asked, Some(Asked::Read(1, 1)));
                let failed = if status == content { &contents } else { &buffers };
                failed.fail(1, 1, status).unwrap();
                None
            });
            assert_eq!(ended, Some(vec![(guest.thread_koid, why)]), "{call:?} {at} {place}");
            guest.finish();
        }
    }
}

#[test]
fn a_content_grows_only_by_what_was_written() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let (guest, _) = with_vector(&world, &it, Abi::Newest, &[(PAGE, 4)]);
    let ids = world.as_process(guest.koid, |c| {
        let vmo = c.vmo_create(PAGE, VmoOptions::RESIZABLE.bits()).unwrap();
        c.vmo_write(vmo, 0, &[9; 64]).unwrap();
        c.vmo_set_stream_size(vmo, 8).unwrap();
        c.vmo_write(vmo, 8, &[9; 64]).unwrap();
        let mode = (StreamMode::READ | StreamMode::WRITE).bits();
        (u64::from(c.stream_create(mode, vmo, 2 * PAGE).unwrap()), vmo)
    });
    let args = [ids.0, 0, guest.at(512), 1, guest.at(ACTUAL)];
    for answered in [false, true] {
        assert_eq!(guest.enter(Syscall::StreamWritev, &args), SyscallOutcome::Blocked);
        // Nobody sees anything of it.
        assert_eq!(told(&world, &guest, ids), (2 * PAGE, 8, 0));
        let status = if answered {
            it.supply(1, 1);
            Status::OK
        } else {
            it.fail(1, 1, Status::IO).unwrap();
            Status::IO
        };
        assert_eq!(resumed(&world), [(guest.thread_koid, status)]);
    }
    assert_eq!(told(&world, &guest, ids), (2 * PAGE + 4, 2 * PAGE + 4, 4));
    // What was between is zero, whatever was there.
    let mut bytes = [0xaa; 2 * PAGE as usize + 4];
    world.as_process(guest.koid, |c| c.vmo_read(ids.1, 0, &mut bytes)).unwrap();
    assert_eq!((&bytes[..8], &bytes[2 * PAGE as usize..]), (&[9; 8][..], &[2; 4][..]));
    assert!(bytes[8..2 * PAGE as usize].iter().all(|byte| *byte == 0));
    guest.finish();
}

#[test]
fn a_page_that_nobody_can_be_asked_for_is_done_without_at_once() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let (guest, _) = with_vector(&world, &it, Abi::Newest, &[(0, 4), (PAGE, 4)]);
    let ids = stream(&world, &guest, b"abcdefgh");
    it.supply(0, 1);
    // What has been written stays.
    world.host(|c| c.vmo_write(it.vmo, 0, &[5; 8])).unwrap();
    it.detach();
    let read = [ids.0, 0, guest.at(512), 2, guest.at(ACTUAL)];
    assert_eq!(guest.call(Syscall::StreamReadv, &read), Ok(()));
    assert_eq!(told(&world, &guest, ids), (4, 8, 4));
    let read = [ids.0, 0, guest.at(528), 1, guest.at(ACTUAL)];
    assert_eq!(guest.call(Syscall::StreamReadv, &read), Err(Status::BAD_STATE));
    guest.finish();
}

#[test]
fn records_of_iobuffers_wait_for_their_pieces() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let (guest, _) = with_vector(&world, &it, Abi::Newest, &[(PAGE - 1, 2), (3 * PAGE, 1)]);
    let iob = world.as_process(guest.koid, |c| {
        let shared = c.iob_create_shared_region(0, 2 * PAGE).unwrap();
        let mut region = IobRegion {
            kind: IOB_REGION_TYPE_SHARED,
            access: 0x88,
            discipline: IOB_DISCIPLINE_TYPE_RING_BUFFER,
            ..IobRegion::default()
        };
        region.extension[1] = shared;
        c.iob_create(0, |_| Ok(vec![region])).unwrap().0
    });
    let write = [iob.into(), 0, 0, guest.at(512), 2];
    waits(&world, &guest, &it, (Syscall::IobWritev, &write), &[0, 1, 3]);
    it.detach();
    assert_eq!(guest.call(Syscall::IobWritev, &write), Err(Status::INVALID_ARGS));
    guest.finish();
}
