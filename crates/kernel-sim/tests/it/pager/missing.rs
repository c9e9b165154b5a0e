//! Writes to what has a pager, and to its copy-on-write children, from buffers that are not all there:
//! what lies before the first byte that is missing is written, and no page beyond is taken up.

use kernel_sim::Item;
use zerocopy::IntoBytes;
use zx_abi::{Abi, IoVector, Result, Status, StreamMode, Syscall, VmOptions, VmoChildOptions};

use super::Paged;
use super::dirty::dirty;
use crate::limits::Limited;
use crate::support::{Guest, PAGE, SAME, World, vmo_info};

const CLONE: u32 = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE.bits();
const READABLE: VmOptions = VmOptions::PERM_READ;
/// Pages of each VMO: more than are copied at a time.
const PAGES: u64 = 64;
/// Where a guest has a vector.
const VECTOR: u64 = 512;

/// A guest in a job of its own, with handles to a pager's VMO, or to a copy-on-write child of it that is
/// charged to the guest, and with a buffer.
struct Writer<'a> {
    world: &'a World,
    limited: Limited<'a>,
    it: Paged<'a>,
    guest: Guest<'a>,
    /// The guest's handle.
    vmo: u32,
    /// Where the VMO is mapped in the guest.
    place: u64,
    /// A buffer of whole pages; what is behind it is not mapped.
    buffer: u64,
}

impl<'a> Writer<'a> {
    fn new(world: &'a World, abi: Abi, is_child: bool, buffer_pages: u64) -> Self {
        let limited = Limited::new(world);
        let it = Paged::new(world, PAGES);
        it.supply(0, PAGES);
        let guest = Guest::create_for(world, limited.job, abi).started(0);
        let copy = world.host(|c| c.handle_duplicate(it.vmo, SAME)).unwrap();
        let copy = guest.receive(copy);
        let vmo = match is_child {
            true => world.as_process(guest.koid, |c| {
                let child = c.vmo_create_child(copy, CLONE, 0, PAGES * PAGE).unwrap();
                c.handle_close(copy).unwrap();
                child
            }),
            false => copy,
        };
        let place = world.as_process(guest.koid, |c| c.handle_duplicate(vmo, SAME)).unwrap();
        let place = world.as_process(guest.koid, |c| c.handle_transfer(place, world.kernel.host()));
        let place = map(world, &guest, place.unwrap(), READABLE | VmOptions::PERM_WRITE, PAGES);
        let bytes = world.host(|c| {
            let bytes = c.vmo_create(buffer_pages * PAGE, 0).unwrap();
            c.vmo_write(bytes, 0, &vec![200; (buffer_pages * PAGE) as usize]).unwrap();
            bytes
        });
        let buffer = map(world, &guest, bytes, READABLE, buffer_pages);
        Self { world, limited, it, guest, vmo, place, buffer }
    }

    /// Pages that the VMO has committed, and that the guest's job is charged for in it.
    fn taken(&self, before: u64) -> (u64, u64) {
        let vmo = self.world.as_process(self.guest.koid, |c| vmo_info(c, self.vmo));
        let charged = self.limited.used()[Item::Memory] - before;
        (vmo.v1.committed_bytes / PAGE, charged / PAGE)
    }

    fn byte(&self, page: u64) -> u8 {
        let mut byte = [0];
        let at = page * PAGE;
        self.world.as_process(self.guest.koid, |c| c.vmo_read(self.vmo, at, &mut byte)).unwrap();
        byte[0]
    }

    fn finish(self) {
        self.guest.finish();
        self.it.finish();
        self.limited.finish();
    }
}

/// Maps a VMO of the host's in a guest, with nothing behind it; the handle is gone then.
fn map(world: &World, guest: &Guest<'_>, vmo: u32, permissions: VmOptions, pages: u64) -> u64 {
    let hole = VmOptions::CAN_MAP_SPECIFIC | VmOptions::CAN_MAP_READ | VmOptions::CAN_MAP_WRITE;
    world.host(|c| {
        let (vmar, base) =
            c.vmar_allocate(guest.root_vmar, hole.bits(), 0, (pages + 1) * PAGE).unwrap();
        let options = (permissions | VmOptions::SPECIFIC).bits();
        c.vmar_map(vmar, options, 0, vmo, 0, pages * PAGE).unwrap();
        c.handle_close_many(&[vmar, vmo]).unwrap();
        base
    })
}

/// What writes `len` bytes of the buffer to the beginning of the VMO.
type Call = fn(&Writer<'_>, u64) -> Result;

fn write_vmo(it: &Writer<'_>, len: u64) -> Result {
    it.guest.call(Syscall::VmoWrite, &[it.vmo.into(), it.buffer, 0, len])
}

fn write_memory(it: &Writer<'_>, len: u64) -> Result {
    let own = it.world.host(|c| c.handle_duplicate(it.guest.process, SAME)).unwrap();
    let own = it.guest.receive(own).into();
    it.guest.call(Syscall::ProcessWriteMemory, &[own, it.place, it.buffer, len, it.guest.at(0)])
}

fn write_stream(it: &Writer<'_>, len: u64) -> Result {
    let stream = it.world.as_process(it.guest.koid, |c| {
        c.stream_create(StreamMode::WRITE.bits(), it.vmo, 0).unwrap()
    });
    // In two buffers, the second of which is not all there.
    let first = len.min(PAGE);
    let vector = [(it.buffer, first), (it.buffer + first, len - first)]
        .map(|(buffer, capacity)| IoVector { buffer, capacity });
    it.guest.poke(VECTOR, vector.as_bytes());
    let vector = it.guest.at(VECTOR);
    it.guest.call(Syscall::StreamWritevAt, &[stream.into(), 0, 0, vector, 2, it.guest.at(8)])
}

const CALLS: [(Call, &str); 3] =
    [(write_vmo, "vmo"), (write_memory, "memory"), (write_stream, "stream")];

#[test]
fn no_page_is_taken_up_for_bytes_that_a_guest_has_not_got() {
    let world = World::new();
    for abi in Abi::ALL {
        for (call, name) in CALLS {
            for buffer_pages in [1, 16, 17] {
                let it = Writer::new(&world, abi, true, buffer_pages);
                let before = it.limited.used()[Item::Memory];
                let written = call(&it, PAGES * PAGE);
                // A stream says how much it has written, since 2021.
                assert_eq!(written.is_ok(), name == "stream" && abi == Abi::Newest, "{name}");
                assert_eq!(it.taken(before), (buffer_pages, buffer_pages), "{name} {abi:?}");
                assert_eq!(
                    (it.byte(buffer_pages - 1), it.byte(buffer_pages)),
                    (200, buffer_pages as u8 + 1)
                );
                // All that there is, and one page more.
                let it = (it.finish(), Writer::new(&world, abi, true, buffer_pages)).1;
                assert_eq!(call(&it, buffer_pages * PAGE), Ok(()));
                assert_eq!(it.taken(before).0, buffer_pages);
                it.finish();
            }
        }
    }
}

#[test]
fn a_buffer_that_is_not_there_leaves_everything_as_it_was() {
    let world = World::new();
    for abi in Abi::ALL {
        for is_child in [false, true] {
            let mut it = Writer::new(&world, abi, is_child, 1);
            it.buffer += PAGE;
            let before = (it.limited.used()[Item::Memory], it.taken(0).0);
            for (call, name) in CALLS {
                let status =
                    if name == "stream" { Status::NOT_FOUND } else { Status::INVALID_ARGS };
                assert_eq!(call(&it, PAGES * PAGE), Err(status), "{name}");
                assert_eq!((it.limited.used()[Item::Memory], it.taken(0).0), before, "{name}");
            }
            assert_eq!(dirty(&it.it), []);
            it.finish();
        }
    }
}

#[test]
fn only_what_a_guest_has_got_makes_a_pagers_pages_dirty() {
    let world = World::new();
    for (call, name) in CALLS {
        let it = Writer::new(&world, Abi::Newest, false, 3);
        _ = call(&it, PAGES * PAGE);
        assert_eq!(dirty(&it.it), [(0, 3, false)], "{name}");
        it.finish();
    }
}

#[test]
fn a_child_is_written_as_far_as_its_job_has_room() {
    let world = World::new();
    for (call, name) in CALLS {
        for room in [0, 1, 15, 16, 17, 40] {
            let it = Writer::new(&world, Abi::Newest, true, PAGES);
            // What the calls need of their own.
            assert_eq!(
                it.guest.call(Syscall::VmoWrite, &[0, it.guest.at(0), 0, 1]),
                Err(Status::BAD_HANDLE)
            );
            it.guest.poke(0, &[1; PAGE as usize]);
            it.limited.allow(Item::Memory, room * PAGE);
            let before = it.limited.used()[Item::Memory];
            let written = call(&it, (room + 1) * PAGE);
            let is_short = name == "stream" && room > 0;
            assert_eq!(written, if is_short { Ok(()) } else { Err(Status::NO_MEMORY) }, "{name}");
            assert_eq!(it.taken(before), (room, room), "{name} {room}");
            if room > 0 {
                assert_eq!((it.byte(room - 1), it.byte(room)), (200, room as u8 + 1), "{name}");
                assert_eq!(call(&it, room * PAGE), Ok(()));
            }
            if is_short {
                assert_eq!(it.guest.long(8), room * PAGE);
            }
            it.finish();
        }
    }
}
