//! The strict decoder.

use crate::processargs_build::{GOLDEN, golden_contents};
use crate::support::patch;
use loader_core::process_args::{
    DecodeError, DecodedMessage, HandleInfo, HandleInfoError, Message, MessageContents,
};
use zx_abi::Status;

fn golden_with(offset: usize, value: u32) -> Vec<u8> {
    patch(GOLDEN.to_vec(), offset, &value.to_le_bytes())
}

#[track_caller]
fn assert_refused(bytes: &[u8], handles: usize, error: DecodeError, field: &str, offset: usize) {
    let actual = DecodedMessage::decode(bytes, handles).unwrap_err();
    assert_eq!(actual, error);
    assert_eq!((actual.field(), actual.offset()), (field, offset));
    assert_eq!(actual.as_zx_status(), Status::INVALID_ARGS);
}

#[test]
fn the_golden_message_is_taken_apart() {
    let message = DecodedMessage::decode(GOLDEN, 3).unwrap();
    let contents = golden_contents();
    let infos: Vec<HandleInfo> = contents.handles.iter().map(|handle| handle.info).collect();
    assert_eq!(message.handle_infos, infos);
    assert_eq!(message.args, contents.args.as_c_strings());
    assert_eq!(message.environment_vars, contents.environment_vars.as_c_strings());
    assert_eq!(message.namespace_paths, contents.namespace_paths.as_c_strings());
    let args: Vec<&[u8]> = message.args.iter().collect();
    assert_eq!(args, [b"arg1", b"arg2", b"arg3"]);
    assert_eq!((message.args.len(), message.args.is_empty()), (3, false));
}

#[test]
fn an_empty_message_has_nothing_in_it() {
    let bytes = Message::<()>::build(MessageContents::new()).unwrap().into_parts().0;
    let message = DecodedMessage::decode(&bytes, 0).unwrap();
    assert!(message.handle_infos.is_empty());
    assert!(message.args.is_empty());
    assert!(message.environment_vars.is_empty());
    assert!(message.namespace_paths.is_empty());
}

#[test]
fn the_limits_of_a_channel_message_hold() {
    let mut contents = MessageContents::<()>::new();
    contents.args.push(&[b'a'; 65499]).unwrap();
    let mut bytes = Message::build(contents).unwrap().into_parts().0;
    assert!(DecodedMessage::decode(&bytes, 0).is_ok());
    bytes.push(0);
    assert_refused(&bytes, 0, DecodeError::TooLarge { size: 65537 }, "message", 0);
    assert_refused(GOLDEN, 65, DecodeError::TooManyHandles { handles: 65 }, "message", 0);
}

#[test]
fn a_message_has_at_least_a_header() {
    for size in [0, 35] {
        assert_refused(&GOLDEN[..size], 3, DecodeError::TooShort { size }, "message", 0);
    }
}

#[test]
fn protocol_and_version_must_be_right() {
    let wrong = 0x4150_585c;
    assert_refused(
        &golden_with(0, wrong),
        3,
        DecodeError::Protocol { actual: wrong },
        "protocol",
        0,
    );
    assert_refused(
        &golden_with(4, 0x1001),
        3,
        DecodeError::Version { actual: 0x1001 },
        "version",
        4,
    );
}

#[test]
fn offsets_lie_within_the_message() {
    for (field, at) in
        [("handle_info_off", 8), ("args_off", 12), ("environ_off", 20), ("names_off", 28)]
    {
        for actual in [0x53, u32::MAX] {
            let error = DecodeError::OffsetOutside { field, at, actual, size: 0x52 };
            assert_refused(&golden_with(at, actual), 3, error, field, at);
        }
    }
}

#[test]
fn offsets_of_empty_sections_count_too() {
    let bytes = Message::<()>::build(MessageContents::new()).unwrap().into_parts().0;
    for (field, at) in [("args_off", 12), ("environ_off", 20), ("names_off", 28)] {
        let error = DecodeError::OffsetOutside { field, at, actual: 37, size: 36 };
        assert_refused(&patch(bytes.clone(), at, &[37]), 0, error, field, at);
    }
}

#[test]
fn each_section_begins_where_the_one_before_it_ends() {
    for (field, at, expected) in
        [("handle_info_off", 8, 0x24), ("environ_off", 20, 0x3f), ("names_off", 28, 0x47)]
    {
        // A gap, an overlap, and out of order.
        for actual in [expected + 1, expected - 1, 0] {
            let error = DecodeError::Misplaced { field, at, expected: expected as usize, actual };
            assert_refused(&golden_with(at, actual), 3, error, field, at);
        }
    }
    for actual in [0x31, 0x2f, 0x20, 0] {
        let error = DecodeError::Misplaced { field: "args_off", at: 12, expected: 0x30, actual };
        assert_refused(&golden_with(12, actual), 3, error, "args_off", 12);
    }
}

#[test]
fn there_are_as_many_infos_as_handles() {
    for handles in [0, 2, 4, 64] {
        let error = DecodeError::HandleCount { infos: 3, handles };
        assert_refused(GOLDEN, handles, error, "args_off", 12);
    }
    for (args_off, infos) in [(0x24, 0), (0x2c, 2), (0x34, 4)] {
        let error = DecodeError::HandleCount { infos, handles: 3 };
        assert_refused(&golden_with(12, args_off), 3, error, "args_off", 12);
    }
}

#[test]
fn infos_are_known_and_well_formed() {
    for (raw, error) in [
        (0x1_0000, HandleInfoError::UnknownHandleType(0x1_0000)),
        (0x120, HandleInfoError::InvalidHandleInfo(0x120)),
    ] {
        let error = DecodeError::HandleInfo { index: 2, at: 0x2c, error };
        assert_refused(&golden_with(0x2c, raw), 3, error, "handle_info", 0x2c);
    }
}

#[test]
fn strings_are_as_many_as_the_header_says() {
    // One too few leaves a gap, one too many takes the next section's first.
    for (field, at, next, stated, end) in [
        ("environ_off", 16, 20, 2, 0x3a),
        ("environ_off", 16, 20, 4, 0x47),
        ("names_off", 24, 28, 0, 0x3f),
        ("names_off", 24, 28, 2, 0x4d),
    ] {
        let actual = if next == 20 { 0x3f } else { 0x47 };
        let error = DecodeError::Misplaced { field, at: next, expected: end, actual };
        assert_refused(&golden_with(at, stated), 3, error, field, next);
    }
    let error = DecodeError::TrailingBytes { end: 0x4d, size: 0x52 };
    assert_refused(&golden_with(32, 1), 3, error, "message", 0x4d);
}

#[test]
fn the_message_holds_every_string_to_its_nul() {
    for (field, at, found) in [("args_num", 16, 6), ("environ_num", 24, 3), ("names_num", 32, 2)] {
        for stated in [found as u32 + 1, u32::MAX] {
            let error = DecodeError::MissingNul { field, at, stated, found };
            assert_refused(&golden_with(at, stated), 3, error, field, at);
        }
    }
    let cut = &GOLDEN[..GOLDEN.len() - 1];
    let error = DecodeError::MissingNul { field: "names_num", at: 32, stated: 2, found: 1 };
    assert_refused(cut, 3, error, "names_num", 32);
}

#[test]
fn nothing_follows_the_last_section() {
    let mut bytes = GOLDEN.to_vec();
    bytes.push(0);
    let error = DecodeError::TrailingBytes { end: 0x52, size: 0x53 };
    assert_refused(&bytes, 3, error, "message", 0x52);
}

#[test]
fn a_message_cut_at_any_byte_is_refused() {
    for length in 0..GOLDEN.len() {
        assert!(DecodedMessage::decode(&GOLDEN[..length], 3).is_err(), "{length}");
    }
}

#[test]
fn errors_say_what_and_where() {
    let error = DecodedMessage::decode(&golden_with(20, 0x40), 3).unwrap_err();
    assert_eq!(error.to_string(), "environ_off is 0x40, but the section before it ends at 0x3f");
    let error = DecodedMessage::decode(&golden_with(0x2c, 6), 3).unwrap_err();
    assert_eq!(error.to_string(), "Handle info 2: Unknown handle type for HandleInfo: 0x6");
}
