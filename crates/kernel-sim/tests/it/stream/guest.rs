//! Streams as guests use them: several buffers, in their own memory.

use zx_abi::{Abi, Result, Status, Syscall};

use crate::support::{Guest, PAGE, WRITABLE, World};

/// Where the test puts the vector, how many bytes were transferred, and text.
const VECTOR: u64 = 256;
const ACTUAL: u64 = 128;
const TEXT: u64 = 1024;

/// A stream to read and write over a VMO of one page with this content, at its beginning.
fn stream(guest: &Guest<'_>, content: &[u8]) -> (u64, u64) {
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[PAGE, 0, guest.at(0)]).unwrap());
    guest.poke(TEXT, content);
    let len = content.len() as u64;
    guest.call(Syscall::VmoWrite, &[vmo, guest.at(TEXT), 0, len]).unwrap();
    guest.poke(0, &len.to_le_bytes());
    guest.call(Syscall::ObjectSetProperty, &[vmo, 17, guest.at(0), 8]).unwrap();
    let stream = guest.create(Syscall::StreamCreate, &[3, vmo, 0, guest.at(0)]).unwrap();
    (vmo, stream.into())
}

fn set_vector(guest: &Guest<'_>, buffers: &[(u64, u64)]) {
    let words = buffers.iter().flat_map(|(buffer, capacity)| [*buffer, *capacity]);
    guest.poke(VECTOR, &words.flat_map(u64::to_le_bytes).collect::<Vec<u8>>());
}

fn readv(guest: &Guest<'_>, stream: u64, buffers: &[(u64, u64)]) -> Result<u64> {
    set_vector(guest, buffers);
    let (vector, count) = (guest.at(VECTOR), buffers.len() as u64);
    guest.call(Syscall::StreamReadv, &[stream, 0, vector, count, guest.at(ACTUAL)])?;
    Ok(guest.long(ACTUAL))
}

fn writev(guest: &Guest<'_>, stream: u64, buffers: &[(u64, u64)]) -> Result<u64> {
    set_vector(guest, buffers);
    let (vector, count) = (guest.at(VECTOR), buffers.len() as u64);
    guest.call(Syscall::StreamWritev, &[stream, 0, vector, count, guest.at(ACTUAL)])?;
    Ok(guest.long(ACTUAL))
}

fn seek(guest: &Guest<'_>, stream: u64) -> u64 {
    guest.call(Syscall::StreamSeek, &[stream, 1, 0, guest.at(ACTUAL)]).unwrap();
    guest.long(ACTUAL)
}

fn in_each_abi(f: impl Fn(&Guest<'_>, Abi)) {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        f(&guest, abi);
        guest.finish();
    }
}

#[test]
fn buffers_are_filled_and_emptied_in_order() {
    in_each_abi(|guest, _| {
        let (_, stream) = stream(guest, b"abcdefghij");
        let at = |offset| guest.at(TEXT + offset);
        guest.poke(TEXT, &[b'-'; 16]);
        assert_eq!(readv(guest, stream, &[(at(8), 2), (0, 0), (at(0), 3), (at(4), 1)]), Ok(6));
        assert_eq!(&guest.peek(TEXT), b"cde-f---ab------");
        assert_eq!(readv(guest, stream, &[(at(0), 100)]), Ok(4));
        assert_eq!(readv(guest, stream, &[(at(0), 100)]), Ok(0));
        guest.poke(TEXT, b"0123456789");
        guest.call(Syscall::StreamSeek, &[stream, 0, 1, 0]).unwrap();
        assert_eq!(writev(guest, stream, &[(at(8), 2), (at(0), 2)]), Ok(4));
        let args = [stream, 0, 0, guest.at(VECTOR), 1, 0];
        set_vector(guest, &[(at(32), 6)]);
        assert_eq!(guest.call(Syscall::StreamReadvAt, &args), Ok(()));
        assert_eq!(&guest.peek(TEXT + 32), b"a8901f");
        guest.poke(TEXT, b"Z");
        set_vector(guest, &[(at(0), 1)]);
        let args = [stream, 0, 9, guest.at(VECTOR), 1, guest.at(ACTUAL)];
        assert_eq!(guest.call(Syscall::StreamWritevAt, &args), Ok(()));
        assert_eq!((guest.long(ACTUAL), seek(guest, stream)), (1, 5));
    });
}

#[test]
fn options_and_the_vector_are_judged_before_the_handle_and_its_sum_after() {
    in_each_abi(|guest, _| {
        let (_, stream) = stream(guest, b"abc");
        let (vector, bad) = (guest.at(VECTOR), guest.unmapped());
        set_vector(guest, &[(guest.at(TEXT), i64::MAX as u64); 3]);
        for (call, at) in [
            (Syscall::StreamReadv, None),
            (Syscall::StreamReadvAt, Some(0)),
            (Syscall::StreamWritev, None),
            (Syscall::StreamWritevAt, Some(0)),
        ] {
            let run = |stream, options, vector, count| {
                let mut args = vec![stream, options];
                args.extend(at);
                args.extend([vector, count, 0]);
                guest.call(call, &args)
            };
            for (stream, options, vector, count, status) in [
                (9, 2, 0, 1, Status::INVALID_ARGS),
                (9, 0, 0, 0, Status::INVALID_ARGS),
                (9, 0, bad, u64::MAX, Status::BAD_HANDLE),
                (stream, 0, vector, 3, Status::INVALID_ARGS),
                (stream, 0, bad, 1, Status::INVALID_ARGS),
                (stream, 0, vector, u64::MAX, Status::INVALID_ARGS),
                (stream, 0, u64::MAX - 7, 1, Status::INVALID_ARGS),
            ] {
                assert_eq!(run(stream, options, vector, count), Err(status), "{call:?}");
            }
        }
        assert_eq!(seek(guest, stream), 0);
    });
}

#[test]
fn a_buffer_that_is_not_there_is_not_found() {
    in_each_abi(|guest, abi| {
        let (vmo, stream) = stream(guest, b"abcdefghij");
        let first = abi == Abi::Sdk2020;
        for bad in [0, guest.unmapped(), u64::MAX - 1, guest.read_only()] {
            guest.call(Syscall::StreamSeek, &[stream, 0, 0, 0]).unwrap();
            assert_eq!(readv(guest, stream, &[(bad, 4)]), Err(Status::NOT_FOUND), "{bad:#x}");
            assert_eq!(seek(guest, stream), if first { 4 } else { 0 });
        }
        // What came before is told today, and so is what was written.
        let some = guest.at(WRITABLE - 2);
        guest.call(Syscall::StreamSeek, &[stream, 0, 0, 0]).unwrap();
        let read = readv(guest, stream, &[(guest.at(TEXT), 3), (some, 4)]);
        assert_eq!(read, if first { Err(Status::NOT_FOUND) } else { Ok(5) });
        assert_eq!((guest.peek(TEXT), guest.peek(WRITABLE - 2)), (*b"abc", *b"de"));
        assert_eq!(seek(guest, stream), if first { 7 } else { 5 });
        guest.call(Syscall::StreamSeek, &[stream, 0, 20, 0]).unwrap();
        let written = writev(guest, stream, &[(guest.at(TEXT), 3), (guest.unmapped(), 4)]);
        assert_eq!(written, if first { Err(Status::NOT_FOUND) } else { Ok(3) });
        let content = |guest: &Guest<'_>| {
            guest.call(Syscall::ObjectGetProperty, &[vmo, 17, guest.at(0), 8]).unwrap();
            guest.long(0)
        };
        assert_eq!((seek(guest, stream), content(guest)), if first { (27, 27) } else { (23, 23) });
        let nothing = writev(guest, stream, &[(guest.unmapped(), 4)]);
        assert_eq!(nothing, Err(Status::NOT_FOUND));
        assert_eq!((seek(guest, stream), content(guest)), if first { (31, 31) } else { (23, 23) });
    });
}

#[test]
fn a_vector_may_lie_where_the_data_goes() {
    in_each_abi(|guest, _| {
        let (_, stream) = stream(guest, b"abcdefghijklmnopqrstuvwxyz");
        assert_eq!(readv(guest, stream, &[(guest.at(VECTOR), 112); 7]), Ok(26));
    });
}

#[test]
fn a_vector_of_many_small_buffers_is_gone_through_in_turns() {
    let world = World::new();
    let guest = Guest::start(&world);
    let (_, stream) = stream(&guest, b"abc");
    let vmo = u64::from(guest.create(Syscall::VmoCreate, &[16 << 20, 0, guest.at(0)]).unwrap());
    let vmar = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
    let vmar = u64::from(guest.receive(vmar));
    let map = [vmar, 3, 0, vmo, 0, 16 << 20, guest.at(0)];
    guest.call(Syscall::VmarMap, &map).unwrap();
    let (vector, count) = (guest.long(0), 1 << 20);
    let before = world.kernel.greatest_work();
    guest.call(Syscall::StreamReadv, &[stream, 0, vector, count, guest.at(ACTUAL)]).unwrap();
    assert_eq!(guest.long(ACTUAL), 0);
    assert!(world.kernel.greatest_work() <= before.max(1024 + 256));
    guest.finish();
}

#[test]
fn a_new_offset_is_told_last() {
    in_each_abi(|guest, _| {
        let (_, stream) = stream(guest, b"abc");
        let bad = guest.unmapped();
        let seek_to = guest.call(Syscall::StreamSeek, &[stream, 0, 2, bad]);
        assert_eq!((seek_to, seek(guest, stream)), (Err(Status::INVALID_ARGS), 2));
    });
}
