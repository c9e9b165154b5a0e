use zx_abi::{Result, Status};

use super::*;
use crate::Handle;

const ORDINAL: u64 = 0x48c5_a151_d6df_2853;

/// A received message.
fn decode<'a>(bytes: &'a [u8], handles: &[u32]) -> Result<Decoder<'a>> {
    let mut received = Handles::new();
    for &handle in handles {
        received.push(Handle::from_raw(handle))?;
    }
    Decoder::new(bytes, received)
}

/// What an encoder would send.
fn encoded<'a>(
    buffer: &'a mut [u8],
    header: Header,
    size: usize,
    write: impl FnOnce(&mut Encoder<'_>),
) -> Result<&'a [u8]> {
    let mut message = Encoder::with_header(buffer, header, size);
    write(&mut message);
    message.finish().map(|(bytes, _)| bytes)
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn header(format: Format) -> [u64; 2] {
    [if format == Format::V2 { 0x0100_0002 << 32 } else { 0x0100_0000 << 32 }, ORDINAL]
}

#[test]
fn a_request_is_laid_out_as_documented() {
    let mut buffer = [0xaa; 64];
    let bytes = encoded(&mut buffer, Header::new(ORDINAL, Format::V1), 32, |message| {
        message.string(16, b"libc.so");
    });
    let expected = b"\0\0\0\0\0\0\0\x01\x53\x28\xdf\xd6\x51\xa1\xc5\x48\
        \x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xfflibc.so\0";
    assert_eq!(bytes.unwrap(), expected);
}

#[test]
fn vectors_of_strings_are_written_depth_first_and_read_back() {
    let mut buffer = [0xaa; 128];
    let bytes = encoded(&mut buffer, Header::new(ORDINAL, Format::V2), 32, |message| {
        let at = message.vector(16, 2, 16);
        message.string(at, b"/bin/sh");
        message.string(at + 16, b"-c");
    });
    let bytes = bytes.unwrap();
    assert_eq!(bytes.len(), 80);
    let mut message = decode(bytes, &[]).unwrap().body(32).unwrap();
    let items = message.vector(16, 2, 16).unwrap();
    assert_eq!(items, Vector { at: 32, count: 2 });
    assert_eq!(message.string(items.at, 7), Ok("/bin/sh"));
    assert_eq!(message.string(items.at + 16, 7), Ok("-c"));
    assert!(message.finish().is_ok());
}

#[test]
fn a_string_can_be_written_in_place() {
    let header = Header::new(ORDINAL, Format::V2);
    for (text, size) in [(&b""[..], 32), (b"x", 40), (b"12345678", 40)] {
        let mut buffer = [0xaa; 48];
        let bytes = encoded(&mut buffer, header, 32, |message| {
            message.string_with(16, |room| {
                room[..text.len()].copy_from_slice(text);
                Ok(text.len())
            });
        });
        let bytes = bytes.unwrap();
        assert_eq!(bytes.len(), size);
        let mut message = decode(bytes, &[]).unwrap().body(32).unwrap();
        assert_eq!(message.bytes(16, 8), Ok(text));
        assert!(message.finish().is_ok());
    }
    let mut buffer = [0; 48];
    let fails = |fill: fn(&mut [u8]) -> Result<usize>, buffer: &mut [u8]| {
        encoded(buffer, header, 32, |message| message.string_with(16, fill)).err()
    };
    assert_eq!(fails(|_| Err(Status::IO), &mut buffer), Some(Status::IO));
    assert_eq!(fails(|_| Ok(17), &mut buffer), Some(Status::OUT_OF_RANGE));
    let bad = |room: &mut [u8]| {
        room[0] = 0xff;
        Ok(1)
    };
    assert_eq!(fails(bad, &mut buffer), Some(Status::INVALID_ARGS));
}

#[test]
fn a_message_that_does_not_fit_is_refused_when_it_is_sent() {
    let header = Header::new(ORDINAL, Format::V2);
    for (size, text, status) in [
        (40, &b"123456789"[..], Status::OUT_OF_RANGE),
        (31, b"", Status::OUT_OF_RANGE),
        (40, b"\xff", Status::INVALID_ARGS),
    ] {
        let mut buffer = [0; 40];
        let bytes = encoded(&mut buffer[..size], header, 32, |message| message.string(16, text));
        assert_eq!(bytes.err(), Some(status));
    }
    let mut buffer = [0; 32];
    let beyond = encoded(&mut buffer, header, 24, |message| message.u64(24, 1));
    assert_eq!(beyond.err(), Some(Status::OUT_OF_RANGE));
}

#[test]
fn a_message_has_64_handles_at_most() {
    for (count, fits) in [(64, true), (65, false)] {
        let mut buffer = [0; 300];
        let mut message = Encoder::new(&mut buffer, ORDINAL, 16 + 4 * count);
        for index in 0..count {
            message.handle(16 + 4 * index, Handle::from_raw(3));
        }
        assert_eq!(message.finish().is_ok(), fits);
    }
}

#[test]
fn handles_come_out_in_their_order() {
    let [first, second] = header(Format::V2);
    let bytes = words(&[first, second, u64::MAX << 32, u64::from(u32::MAX)]);
    let mut message = decode(&bytes, &[7, 11]).unwrap().body(32).unwrap();
    assert_eq!(message.optional_handle(16), Ok(false));
    assert_eq!(message.handle(16), Err(Status::INVALID_ARGS));
    assert_eq!(message.handle(20), Ok(()));
    assert_eq!(message.handle(24), Ok(()));
    let mut handles = message.finish().unwrap();
    assert_eq!(handles.take(), Ok(Handle::from_raw(7)));
    assert_eq!(handles.take(), Ok(Handle::from_raw(11)));
    assert_eq!(handles.take(), Err(Status::INVALID_ARGS));
}

#[test]
fn left_over_bytes_and_handles_are_refused() {
    let [first, second] = header(Format::V2);
    let bytes = words(&[first, second, 0]);
    assert!(decode(&bytes, &[]).unwrap().body(24).unwrap().finish().is_ok());
    assert!(decode(&bytes, &[]).unwrap().body(16).unwrap().finish().is_err());
    assert!(decode(&bytes, &[3]).unwrap().body(24).unwrap().finish().is_err());
    assert!(decode(&bytes, &[]).unwrap().body(25).is_err());
    assert!(decode(&bytes, &[]).unwrap().finish().is_ok(), "without a body there is no more");
}

#[test]
fn markers_bounds_and_padding_are_checked() {
    let [first, second] = header(Format::V2);
    let string = |count, presence, content| words(&[first, second, count, presence, content]);
    let read = |bytes: &[u8], limit| {
        let mut message = decode(bytes, &[])?.body(32)?;
        let length = message.bytes(16, limit)?.len();
        message.finish().map(|_| length)
    };
    assert_eq!(read(&string(7, u64::MAX, 0), 7), Ok(7));
    assert_eq!(read(&string(7, u64::MAX, 0), 6), Err(Status::INVALID_ARGS));
    assert_eq!(read(&string(7, 1, 0), 7), Err(Status::INVALID_ARGS));
    assert_eq!(read(&string(7, 0, 0), 7), Err(Status::INVALID_ARGS));
    assert_eq!(read(&string(7, u64::MAX, 1 << 56), 7), Err(Status::INVALID_ARGS));
    assert_eq!(read(&string(9, u64::MAX, 0), 64), Err(Status::INVALID_ARGS));
    assert_eq!(read(&string(u64::MAX, u64::MAX, 0), usize::MAX), Err(Status::INVALID_ARGS));

    let bytes = words(&[first, second, 1]);
    let message = decode(&bytes, &[5]).unwrap().body(24);
    assert_eq!(message.unwrap().handle(16), Err(Status::INVALID_ARGS));
    let message = decode(&bytes, &[]).unwrap().body(24).unwrap();
    assert_eq!(message.padding(20, 4), Ok(()));
    assert_eq!(message.padding(16, 1), Err(Status::INVALID_ARGS));
    assert_eq!(message.padding(20, 5), Err(Status::INVALID_ARGS));
}

#[test]
fn a_header_is_checked() {
    let bytes = words(&header(Format::V1));
    let read = Header::read(&bytes).unwrap();
    assert_eq!((read.ordinal(), read.format()), (ORDINAL, Format::V1));
    assert!(!read.is_two_way());
    assert_eq!(Header::read(&bytes[..15]), Err(Status::INVALID_ARGS));
    let mut other = bytes;
    other[0] = 1;
    assert!(Header::read(&other).unwrap().is_two_way());
    other[7] = 2;
    assert_eq!(Header::read(&other), Err(Status::PROTOCOL_NOT_SUPPORTED));
}

#[test]
fn unions_of_both_formats() {
    for format in [Format::V1, Format::V2] {
        let size = HEADER_SIZE + format.union_size();
        let mut buffer = [0xaa; 64];
        let bytes = encoded(&mut buffer, Header::new(ORDINAL, format), size, |message| {
            message.empty_union(16, 3);
        });
        let bytes = bytes.unwrap();
        let [first, second] = header(format);
        assert_eq!(
            bytes,
            match format {
                Format::V1 => words(&[first, second, 3, 8, u64::MAX, 0]),
                Format::V2 => words(&[first, second, 3, 1 << 48]),
            }
        );
        let read = |bytes: &[u8], content| {
            let mut message = decode(bytes, &[])?.body(size)?;
            assert_eq!(message.u64(16), Ok(3));
            let at = message.envelope(24, content)?;
            message.finish().map(|_| at)
        };
        assert_eq!(read(bytes, 1), Ok(if format == Format::V1 { 40 } else { 24 }));
        assert_eq!(read(bytes, 9), Err(Status::INVALID_ARGS));
        for (at, value) in [(30, 2), (25, 1), (32, 0)] {
            let mut bad = bytes.to_vec();
            if let Some(byte) = bad.get_mut(at) {
                *byte = value;
                let content = read(&bad, 1).is_ok();
                assert_eq!(content, format == Format::V1 && at == 30, "{format:?} {at}");
            }
        }
    }
}

#[test]
fn content_of_more_than_four_bytes_is_out_of_line() {
    for (format, envelope) in [(Format::V1, &[16, u64::MAX][..]), (Format::V2, &[16])] {
        let [first, second] = header(format);
        let fixed = [&[first, second, 5], envelope].concat();
        let bytes = words(&[&fixed[..], &[7, 9]].concat());
        let mut message = decode(&bytes, &[]).unwrap().body(8 * fixed.len()).unwrap();
        let at = message.envelope(24, 16).unwrap();
        assert_eq!((message.u64(at), message.u64(at + 8)), (Ok(7), Ok(9)));
        assert!(message.finish().is_ok());
    }
}

#[test]
fn fields_of_tables_are_written_and_read_back() {
    let mut buffer = [0xaa; 96];
    let header = Header::new(ORDINAL, Format::V2);
    let bytes = encoded(&mut buffer, header, 32, |message| {
        let at = message.vector(16, 3, 8);
        message.field_u32(at, 7);
        message.field_u64(at + 16, u64::MAX - 1);
    });
    let bytes = bytes.unwrap();
    let [first, second] = self::header(Format::V2);
    let inline = 1 << 48 | 7;
    assert_eq!(bytes, words(&[first, second, 3, u64::MAX, inline, 0, 8, u64::MAX - 1]));
    let mut message = decode(bytes, &[]).unwrap().body(32).unwrap();
    let Vector { at, count } = message.vector(16, 8, 8).unwrap();
    assert_eq!(count, 3);
    let field = message.field(at).unwrap().unwrap();
    assert_eq!((field.size, message.u32(field.at)), (4, Ok(7)));
    assert_eq!(message.field(at + 8), Ok(None));
    let field = message.field(at + 16).unwrap().unwrap();
    assert_eq!((field.size, message.u64(field.at)), (8, Ok(u64::MAX - 1)));
    assert!(message.finish().is_ok());
}

#[test]
fn a_field_is_as_long_as_it_says_and_has_its_handles() {
    let [first, second] = header(Format::V2);
    let read = |envelope: u64, content: &[u64], handles: &[u32]| {
        let bytes = words(&[&[first, second, envelope], content].concat());
        let mut message = decode(&bytes, handles)?.body(24)?;
        let field = message.field(16)?;
        message.finish().map(|_| field.map(|field| field.size))
    };
    // 16 bytes with two handles, whatever they are.
    assert_eq!(read(16 | 2 << 32, &[1, 2], &[3, 7]), Ok(Some(16)));
    assert_eq!(read(16 | 2 << 32, &[1, 2], &[3]), Err(Status::INVALID_ARGS));
    assert_eq!(read(16 | 1 << 32, &[1, 2], &[3, 7]), Err(Status::INVALID_ARGS));
    assert_eq!(read(24, &[1, 2], &[]), Err(Status::INVALID_ARGS));
    assert_eq!(read(12, &[1, 2], &[]), Err(Status::INVALID_ARGS));
    assert_eq!(read(u32::MAX.into(), &[], &[]), Err(Status::INVALID_ARGS));
    // Nothing has no handles, and there are no other flags.
    assert_eq!(read(1 << 32, &[], &[3]), Err(Status::INVALID_ARGS));
    assert_eq!(read(2 << 48, &[], &[]), Err(Status::INVALID_ARGS));
    assert_eq!(read(1 << 48 | 1 << 32 | u64::from(u32::MAX), &[], &[3]), Ok(Some(4)));
}

#[test]
fn content_of_a_union_may_have_more_behind_it() {
    let [first, second] = header(Format::V2);
    let read = |size: u64| {
        let bytes = words(&[first, second, 1, size, 3, u64::MAX, 0x00c0_ffee]);
        let mut message = decode(&bytes, &[])?.body(32)?;
        let at = message.content(24, 16)?;
        let data = message.bytes(at, 8)?.to_vec();
        message.finish().map(|_| data)
    };
    assert_eq!(read(24), Ok(vec![0xee, 0xff, 0xc0]));
    assert_eq!(read(8), Err(Status::INVALID_ARGS));
}

#[test]
fn an_epitaph_is_a_status() {
    let bytes = |ordinal, status| words(&[0x0100_0002 << 32, ordinal, status]);
    let not_found = u64::from(Status::NOT_FOUND.into_raw().cast_unsigned());
    let read = |bytes: &[u8]| decode(bytes, &[]).unwrap().epitaph();
    assert_eq!(read(&bytes(u64::MAX, not_found)), Ok(Some(Status::NOT_FOUND)));
    assert_eq!(read(&bytes(ORDINAL, not_found)), Ok(None));
    assert_eq!(read(&bytes(u64::MAX, not_found)[..16]), Err(Status::INVALID_ARGS));
}

#[test]
fn a_flexible_request_says_so() {
    let mut buffer = [0; 16];
    let message = Encoder::flexible(&mut buffer, ORDINAL, 16);
    let (bytes, _) = message.finish().unwrap();
    assert_eq!(bytes[4..8], [2, 0, 0x80, 1]);
}
