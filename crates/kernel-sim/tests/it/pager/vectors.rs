//! Calls whose data lies in several buffers, where these are in pages that are not there.

use kernel_sim::SyscallOutcome;
use zerocopy::IntoBytes;
use zx_abi::{
    Abi, IOB_DISCIPLINE_TYPE_RING_BUFFER, IOB_REGION_TYPE_SHARED, IoVector, IobRegion, Status,
    StreamMode, Syscall,
};

use super::fault::Mapped;
use super::{Asked, Paged};
use crate::support::{Guest, PAGE, World, resumed};

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

#[test]
fn a_buffer_whose_page_does_not_come_moves_nothing() {
    let world = World::new();
    let it = Paged::new(&world, 4);
    let (guest, _) = with_vector(&world, &it, Abi::Newest, &[(0, 4), (PAGE, 4)]);
    let (stream, vmo) = stream(&world, &guest, b"abcdefgh");
    it.supply(0, 1);
    for (call, options) in [(Syscall::StreamReadv, 0), (Syscall::StreamWritev, 1)] {
        let args = [stream, options, guest.at(512), 2, guest.at(ACTUAL)];
        assert_eq!(guest.enter(call, &args), SyscallOutcome::Blocked);
        it.fail(1, 1, Status::IO).unwrap();
        assert_eq!(resumed(&world), [(guest.thread_koid, Status::IO)]);
        assert_eq!(it.asked(), None);
    }
    world.as_process(guest.koid, |c| {
        assert_eq!(c.stream_seek(stream as u32, 1, 0), Ok(0));
        assert_eq!(c.vmo_get_stream_size(vmo), Ok(8));
    });
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
