//! Streams over the content of a VMO, as the host uses them, in both ABIs.

use kernel_sim::Caller;
use zx_abi::{
    Abi, CachePolicy, INFO_STREAM, InfoStream, ObjectType, PROP_STREAM_MODE_APPEND,
    PROP_VMO_CONTENT_SIZE, Rights, STREAM_APPEND, SeekOrigin, Status, StreamMode, VmoOptions,
};

use crate::support::{Guest, PAGE, World, basic, bytes, info, without};

const READ: u32 = StreamMode::READ.bits();
const WRITE: u32 = StreamMode::WRITE.bits();
const BOTH: u32 = READ | WRITE;
const APPEND: u32 = StreamMode::APPEND.bits();
const RESIZABLE: u32 = VmoOptions::RESIZABLE.bits();

const START: u32 = SeekOrigin::Start as u32;
const CURRENT: u32 = SeekOrigin::Current as u32;
const END: u32 = SeekOrigin::End as u32;

/// Calls as a process of each ABI makes them.
fn in_each_abi(f: impl Fn(&mut Caller<'_>, Abi)) {
    for abi in Abi::ALL {
        in_abi(abi, |c| f(c, abi));
    }
}

fn in_abi(abi: Abi, f: impl FnOnce(&mut Caller<'_>)) {
    let world = World::new();
    let guest = Guest::start_for(&world, abi);
    world.as_process(guest.koid, f);
    guest.finish();
}

/// A VMO of so many bytes with this content.
fn vmo_with(c: &mut Caller<'_>, size: u64, options: u32, content: &[u8]) -> u32 {
    let vmo = c.vmo_create(size, options).unwrap();
    c.vmo_write(vmo, 0, content).unwrap();
    set_content(c, vmo, content.len() as u64);
    vmo
}

fn set_content(c: &mut Caller<'_>, vmo: u32, size: u64) {
    c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &size.to_le_bytes()).unwrap();
}

fn content(c: &mut Caller<'_>, vmo: u32) -> u64 {
    let value = c.object_get_property(vmo, PROP_VMO_CONTENT_SIZE, 8).unwrap();
    u64::from_le_bytes(value.try_into().unwrap())
}

fn read(c: &mut Caller<'_>, stream: u32, max: usize) -> Vec<u8> {
    let mut buffer = vec![0xaa; max];
    let len = c.stream_read(stream, 0, None, &mut buffer).unwrap();
    buffer.truncate(len);
    buffer
}

fn told(c: &mut Caller<'_>, stream: u32) -> (u32, u64, u64) {
    let told: InfoStream = info(c, stream, INFO_STREAM).unwrap();
    (told.options, told.seek, told.content_size)
}

#[test]
fn a_stream_is_for_what_its_vmos_handle_allows() {
    in_each_abi(|c, abi| {
        let event = c.event_create(0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let modes = if abi == Abi::Sdk2020 { 4 } else { 8 };
        for (handle, status) in [(0, Status::BAD_HANDLE), (event, Status::WRONG_TYPE)] {
            assert_eq!(c.stream_create(0, handle, 0), Err(status), "{abi:?}");
            // Options are judged first.
            assert_eq!(c.stream_create(modes, handle, 0), Err(Status::INVALID_ARGS), "{abi:?}");
        }
        for mode in 0..modes {
            let mut rights = 0xd0c3;
            for (bit, right) in [(READ, Rights::READ), (WRITE, Rights::WRITE)] {
                if mode & bit != 0 {
                    rights |= right.bits();
                    let poor = without(c, vmo, right);
                    assert_eq!(c.stream_create(mode, poor, 0), Err(Status::ACCESS_DENIED));
                }
            }
            let stream = c.stream_create(mode, vmo, 0).unwrap();
            let basic = basic(c, stream);
            assert_eq!((basic.object_type, basic.rights), (ObjectType::Stream as u32, rights));
            assert_eq!(basic.related_koid, 0);
        }
        let nothing = c.handle_duplicate(vmo, 0).unwrap();
        assert!(c.stream_create(0, nothing, 0).is_ok());
    });
}

#[test]
fn content_begins_at_0_in_2020_and_at_what_was_asked_for_since() {
    in_each_abi(|c, abi| {
        let first = abi == Abi::Sdk2020;
        let vmo = c.vmo_create(PAGE + 1, RESIZABLE).unwrap();
        assert_eq!(content(c, vmo), if first { 0 } else { PAGE + 1 });
        c.vmo_set_size(vmo, 3 * PAGE).unwrap();
        assert_eq!(content(c, vmo), if first { 0 } else { 3 * PAGE });
        set_content(c, vmo, 5);
        let child = c.vmo_create_child(vmo, 1, 0, 100).unwrap();
        assert_eq!(content(c, child), if first { 0 } else { 100 });
        c.vmo_write(vmo, 0, &[1; 3 * PAGE as usize]).unwrap();
        let all = c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &[0xff; 8]);
        assert_eq!(all, if first { Ok(()) } else { Err(Status::OUT_OF_RANGE) });
        assert_eq!(content(c, vmo), if first { u64::MAX } else { 5 });
        // In 2020 nothing is cleared.
        set_content(c, vmo, 2);
        assert_eq!(bytes(c, vmo, 2, 1), [u8::from(first)]);
        let read_only = without(c, vmo, Rights::WRITE);
        let set = c.object_set_property(read_only, PROP_VMO_CONTENT_SIZE, &[0; 8]);
        assert_eq!(set, if first { Ok(()) } else { Err(Status::ACCESS_DENIED) });
    });
}

#[test]
fn reads_go_on_where_the_last_ended_and_no_further_than_the_content() {
    in_each_abi(|c, _| {
        let vmo = vmo_with(c, PAGE, 0, b"abcdefghij");
        let stream = c.stream_create(READ, vmo, 2).unwrap();
        assert_eq!(read(c, stream, 3), b"cde");
        assert_eq!(read(c, stream, 0), b"");
        assert_eq!(read(c, stream, 100), b"fghij");
        assert_eq!(read(c, stream, 100), b"");
        assert_eq!(told(c, stream), (READ, 10, 10));
        let mut buffer = [0; 4];
        assert_eq!(c.stream_read(stream, 0, Some(8), &mut buffer), Ok(2));
        assert_eq!(&buffer, b"ij\0\0");
        for beyond in [10, 11, u64::MAX] {
            assert_eq!(c.stream_read(stream, 0, Some(beyond), &mut buffer), Ok(0));
        }
        assert_eq!(told(c, stream).1, 10);
        // Another handle to the stream shares its place.
        let copy = c.handle_duplicate(stream, Rights::SAME_RIGHTS.bits()).unwrap();
        c.stream_seek(copy, START, 9).unwrap();
        assert_eq!(read(c, stream, 1), b"j");
    });
}

#[test]
fn seeks_are_from_the_start_the_place_or_the_end() {
    in_each_abi(|c, _| {
        let vmo = vmo_with(c, PAGE, 0, &[1; 42]);
        let none = c.stream_create(0, vmo, 0).unwrap();
        assert_eq!(c.stream_seek(none, START, 0), Err(Status::ACCESS_DENIED));
        for mode in [READ, WRITE] {
            let stream = c.stream_create(mode, vmo, 518).unwrap();
            assert_eq!(c.stream_seek(stream, CURRENT, 0), Ok(518));
        }
        let stream = c.stream_create(BOTH, vmo, 0).unwrap();
        for (whence, offset, seek) in [
            (3, 0, Err(Status::INVALID_ARGS)),
            (START, -1, Err(Status::INVALID_ARGS)),
            (START, 12, Ok(12)),
            (CURRENT, -13, Err(Status::INVALID_ARGS)),
            (CURRENT, 3, Ok(15)),
            (CURRENT, -15, Ok(0)),
            (CURRENT, i64::MAX, Ok(i64::MAX as u64)),
            (CURRENT, i64::MAX, Ok(u64::MAX - 1)),
            (CURRENT, 2, Err(Status::INVALID_ARGS)),
            (CURRENT, 1, Ok(u64::MAX)),
            (END, 0, Ok(42)),
            (END, -42, Ok(0)),
            (END, -43, Err(Status::INVALID_ARGS)),
            (END, 24, Ok(66)),
            (START, i64::MIN, Err(Status::INVALID_ARGS)),
        ] {
            assert_eq!(c.stream_seek(stream, whence, offset), seek, "{whence} {offset}");
        }
        assert_eq!(told(c, stream), (BOTH, 66, 42));
        assert_eq!(read(c, stream, 1), b"");
        let event = c.event_create(0).unwrap();
        assert_eq!(c.stream_seek(event, START, 0), Err(Status::WRONG_TYPE));
        assert_eq!(c.stream_seek(0, START, 0), Err(Status::BAD_HANDLE));
    });
}

#[test]
fn options_are_judged_before_the_handle() {
    in_each_abi(|c, _| {
        let vmo = vmo_with(c, PAGE, 0, b"abc");
        let event = c.event_create(0).unwrap();
        let reader = c.stream_create(READ, vmo, 0).unwrap();
        let writer = c.stream_create(WRITE, vmo, 0).unwrap();
        for (handle, read, written) in [
            (0, Status::BAD_HANDLE, Status::BAD_HANDLE),
            (event, Status::WRONG_TYPE, Status::WRONG_TYPE),
        ] {
            assert_eq!(c.stream_read(handle, 0, None, &mut [0]), Err(read));
            assert_eq!(c.stream_write(handle, 0, None, b"x"), Err(written));
        }
        assert_eq!(c.stream_read(writer, 0, Some(0), &mut [0]), Err(Status::ACCESS_DENIED));
        assert_eq!(c.stream_write(reader, 0, Some(0), b"x"), Err(Status::ACCESS_DENIED));
        assert_eq!(c.stream_read(0, 1, None, &mut [0]), Err(Status::INVALID_ARGS));
        assert_eq!(c.stream_write(0, 2, None, b"x"), Err(Status::INVALID_ARGS));
        assert_eq!(c.stream_write(0, STREAM_APPEND, Some(0), b"x"), Err(Status::INVALID_ARGS));
    });
}

#[test]
fn writes_make_the_content_larger_as_far_as_the_vmo_goes() {
    in_each_abi(|c, abi| {
        let vmo = vmo_with(c, PAGE, 0, b"abcdef");
        let stream = c.stream_create(WRITE, vmo, 0).unwrap();
        assert_eq!(c.stream_write(stream, 0, None, b"012"), Ok(3));
        assert_eq!((bytes(c, vmo, 0, 6), content(c, vmo)), (b"012def".to_vec(), 6));
        assert_eq!(c.stream_write(stream, 0, None, b"3456"), Ok(4));
        assert_eq!((bytes(c, vmo, 0, 8), content(c, vmo)), (b"0123456\0".to_vec(), 7));
        assert_eq!(c.stream_write(stream, 0, Some(PAGE - 2), b"xyz"), Ok(2));
        assert_eq!(content(c, vmo), PAGE);
        let full = if abi == Abi::Sdk2020 { Status::NO_SPACE } else { Status::OUT_OF_RANGE };
        for at in [PAGE, PAGE + 1, u64::MAX - 1] {
            assert_eq!(c.stream_write(stream, 0, Some(at), b"x"), Err(full), "{at:#x}");
        }
        assert_eq!(c.stream_write(stream, 0, Some(u64::MAX), b"x"), Err(Status::FILE_BIG));
        // A write of nothing has no place in 2020.
        let nothing = if abi == Abi::Sdk2020 { Err(Status::NO_SPACE) } else { Ok(0) };
        assert_eq!(c.stream_write(stream, 0, Some(PAGE), b""), nothing);
        assert_eq!(c.stream_write(stream, 0, Some(PAGE - 1), b""), Ok(0));
        assert_eq!((content(c, vmo), told(c, stream).1), (PAGE, 7));
    });
}

#[test]
fn writes_make_a_resizable_vmo_larger() {
    in_each_abi(|c, abi| {
        let vmo = vmo_with(c, PAGE, RESIZABLE, b"");
        let fixed = without(c, vmo, Rights::RESIZE);
        let stream = c.stream_create(WRITE, fixed, PAGE - 1).unwrap();
        // Since 2021 it takes the right to resize.
        let written = if abi == Abi::Sdk2020 { 4 } else { 1 };
        assert_eq!(c.stream_write(stream, 0, None, b"abcd"), Ok(written as usize));
        assert_eq!(content(c, vmo), PAGE - 1 + written);
        let stream = c.stream_create(WRITE, vmo, PAGE + 10).unwrap();
        assert_eq!(c.stream_write(stream, 0, None, b"abcd"), Ok(4));
        assert_eq!((c.vmo_get_size(vmo), content(c, vmo)), (Ok(2 * PAGE), PAGE + 14));
        assert_eq!(c.stream_write(stream, 0, Some(4 * PAGE), b"x"), Ok(1));
        assert_eq!((c.vmo_get_size(vmo), content(c, vmo)), (Ok(5 * PAGE), 4 * PAGE + 1));
        // No VMO is as large as that.
        let end = u64::MAX - 1;
        let far = c.stream_write(stream, 0, Some(end), b"x");
        assert_eq!(
            far,
            Err(if abi == Abi::Sdk2020 { Status::NO_SPACE } else { Status::OUT_OF_RANGE })
        );
        assert_eq!(c.vmo_get_size(vmo), Ok(5 * PAGE));
        let reached = if abi == Abi::Sdk2020 { 5 * PAGE } else { 4 * PAGE + 1 };
        assert_eq!(content(c, vmo), reached);
    });
}

#[test]
fn what_lies_between_the_content_and_a_write_becomes_zero() {
    in_each_abi(|c, _| {
        let vmo = vmo_with(c, 6 * PAGE, 0, &[b'x'; 6 * PAGE as usize]);
        set_content(c, vmo, 0);
        c.vmo_write(vmo, 0, &[b'x'; 6 * PAGE as usize]).unwrap();
        let stream = c.stream_create(WRITE, vmo, 0).unwrap();
        assert_eq!(c.stream_write(stream, 0, Some(2 * PAGE - 2), b"0123"), Ok(4));
        assert_eq!(bytes(c, vmo, 0, 2 * PAGE - 2), vec![0; 2 * PAGE as usize - 2]);
        assert_eq!(bytes(c, vmo, 2 * PAGE - 2, 6), b"0123xx");
        c.stream_seek(stream, START, 5 * PAGE as i64).unwrap();
        assert_eq!(c.stream_write(stream, 0, None, b"4"), Ok(1));
        assert_eq!(bytes(c, vmo, 2 * PAGE, 3), b"23\0");
        assert_eq!(bytes(c, vmo, 3 * PAGE, 2 * PAGE), vec![0; 2 * PAGE as usize]);
        assert_eq!(bytes(c, vmo, 5 * PAGE, 2), b"4x");
    });
}

#[test]
fn appending_moves_the_place_until_done() {
    in_each_abi(|c, abi| {
        let vmo = vmo_with(c, PAGE, 0, b"abc");
        let stream = c.stream_create(BOTH, vmo, 1).unwrap();
        assert_eq!(c.stream_write(stream, STREAM_APPEND, None, b"de"), Ok(2));
        assert_eq!((bytes(c, vmo, 0, 6), told(c, stream).1), (b"abcde\0".to_vec(), 5));
        set_content(c, vmo, PAGE - 1);
        assert_eq!(c.stream_write(stream, STREAM_APPEND, None, b"fg"), Ok(1));
        let full = if abi == Abi::Sdk2020 { Status::NO_SPACE } else { Status::OUT_OF_RANGE };
        assert_eq!(c.stream_write(stream, STREAM_APPEND, None, b"h"), Err(full));
    });
}

#[test]
fn a_stream_in_append_mode_writes_at_the_end_unless_told_where() {
    in_abi(Abi::Newest, |c| {
        let vmo = vmo_with(c, PAGE, 0, b"abc");
        let stream = c.stream_create(BOTH | APPEND, vmo, 0).unwrap();
        let mode = |c: &mut Caller<'_>| c.object_get_property(stream, PROP_STREAM_MODE_APPEND, 1);
        assert_eq!(mode(c), Ok(vec![1]));
        assert_eq!(c.stream_write(stream, 0, None, b"de"), Ok(2));
        assert_eq!(told(c, stream), (BOTH | APPEND, 5, 5));
        assert_eq!(c.stream_write(stream, 0, Some(0), b"A"), Ok(1));
        c.stream_seek(stream, START, 1).unwrap();
        assert_eq!(c.object_set_property(stream, PROP_STREAM_MODE_APPEND, &[0]), Ok(()));
        assert_eq!((mode(c), told(c, stream).0), (Ok(vec![0]), BOTH));
        assert_eq!(c.stream_write(stream, 0, None, b"B"), Ok(1));
        assert_eq!(bytes(c, vmo, 0, 6), b"ABcde\0");
        c.object_set_property(stream, PROP_STREAM_MODE_APPEND, &[7]).unwrap();
        assert_eq!(mode(c), Ok(vec![1]));
        let empty = c.object_set_property(stream, PROP_STREAM_MODE_APPEND, &[]);
        assert_eq!(empty, Err(Status::BUFFER_TOO_SMALL));
        let small = c.object_get_property(stream, PROP_STREAM_MODE_APPEND, 0);
        assert_eq!(small, Err(Status::BUFFER_TOO_SMALL));
        let other = c.object_get_property(vmo, PROP_STREAM_MODE_APPEND, 1);
        assert_eq!(other, Err(Status::WRONG_TYPE));
    });
    in_abi(Abi::Sdk2020, |c| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let stream = c.stream_create(BOTH, vmo, 0).unwrap();
        let unknown = c.object_get_property(stream, PROP_STREAM_MODE_APPEND, 1);
        assert_eq!(unknown, Err(Status::INVALID_ARGS));
    });
}

#[test]
fn a_stream_keeps_its_vmo() {
    in_each_abi(|c, _| {
        let vmo = vmo_with(c, PAGE, 0, b"kept");
        let stream = c.stream_create(READ, vmo, 0).unwrap();
        c.handle_close(vmo).unwrap();
        assert_eq!(read(c, stream, 9), b"kept");
        c.handle_close(stream).unwrap();
    });
}

#[test]
fn what_cannot_be_read_by_calls_cannot_be_read_by_streams() {
    in_each_abi(|c, abi| {
        let vmo = vmo_with(c, PAGE, 0, b"abc");
        let stream = c.stream_create(BOTH, vmo, 0).unwrap();
        c.vmo_set_cache_policy(vmo, CachePolicy::Uncached as u32).unwrap();
        assert_eq!(c.stream_read(stream, 0, None, &mut [0]), Err(Status::BAD_STATE), "{abi:?}");
        assert_eq!(c.stream_write(stream, 0, None, b"x"), Err(Status::BAD_STATE), "{abi:?}");
        // A transfer counts in 2020, whatever comes of it.
        let seek = if abi == Abi::Sdk2020 { 2 } else { 0 };
        assert_eq!(told(c, stream).1, seek);
    });
    in_abi(Abi::Sdk2020, |c| {
        let vmo = vmo_with(c, PAGE, 0, b"abc");
        set_content(c, vmo, PAGE + 1);
        let stream = c.stream_create(READ, vmo, PAGE).unwrap();
        assert_eq!(c.stream_read(stream, 0, None, &mut [0]), Err(Status::OUT_OF_RANGE));
    });
}
