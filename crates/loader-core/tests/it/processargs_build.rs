//! Upstream's tests of messages, and lists of strings.

use loader_core::process_args::{
    CStringList, CStringListError, HandleInfo, Message, MessageContents, ProcessargsError,
    StartupHandle,
};
use std::rc::Rc;
use zx_abi::{HandleType, Status};

/// Every field filled; handles are numbers here.
pub fn golden_contents() -> MessageContents<u32> {
    let handle = |handle, handle_type, arg| StartupHandle {
        handle,
        info: HandleInfo::new(handle_type, arg),
    };
    MessageContents {
        args: [c"arg1", c"arg2", c"arg3"].into_iter().collect(),
        environment_vars: [c"FOO=BAR"].into_iter().collect(),
        namespace_paths: [c"/data", c"/pkg"].into_iter().collect(),
        handles: vec![
            handle(3, HandleType::User1, 0x1234),
            handle(7, HandleType::NamespaceDirectory, 0),
            handle(11, HandleType::NamespaceDirectory, 1),
        ],
    }
}

#[rustfmt::skip]
pub const GOLDEN: &[u8] = &[
    0x5d, 0x58, 0x50, 0x41,  0x00, 0x10, 0x00, 0x00,  0x24, 0, 0, 0,
    0x30, 0, 0, 0,  3, 0, 0, 0,
    0x3f, 0, 0, 0,  1, 0, 0, 0,
    0x47, 0, 0, 0,  2, 0, 0, 0,
    0xf1, 0x00, 0x34, 0x12,  0x20, 0x00, 0x00, 0x00,  0x20, 0x00, 0x01, 0x00,
    b'a', b'r', b'g', b'1', 0,  b'a', b'r', b'g', b'2', 0,  b'a', b'r', b'g', b'3', 0,
    b'F', b'O', b'O', b'=', b'B', b'A', b'R', 0,
    b'/', b'd', b'a', b't', b'a', 0,  b'/', b'p', b'k', b'g', 0,
];

fn with_one_arg(length: usize) -> MessageContents<u32> {
    let mut contents = MessageContents::new();
    contents.args.push(&vec![b'a'; length]).unwrap();
    contents
}

fn with_handles(count: u32) -> MessageContents<u32> {
    let info = HandleInfo::from(HandleType::User0);
    MessageContents {
        handles: (0..count).map(|handle| StartupHandle { handle, info }).collect(),
        ..MessageContents::new()
    }
}

#[test]
fn build_and_write_message() {
    assert_eq!(GOLDEN.len(), 0x52);
    assert_eq!(Message::calculate_size(&golden_contents()), Ok(0x52));
    let message = Message::build(golden_contents()).unwrap();
    assert_eq!(message.bytes(), GOLDEN);
    assert_eq!(message.handles(), [3, 7, 11]);
    assert_eq!(message.into_parts(), (GOLDEN.to_vec(), vec![3, 7, 11]));
}

#[test]
fn byte_limit() {
    let message = Message::build(with_one_arg(65499)).unwrap();
    assert_eq!(message.bytes().len(), 65536);
    assert_eq!(Message::calculate_size(&with_one_arg(65499)), Ok(65536));

    let error = Message::build(with_one_arg(65500)).unwrap_err();
    assert_eq!(error, ProcessargsError::SizeTooLarge(65537));
    assert_eq!(
        error.to_string(),
        "Cannot build processargs message, byte size too large (65537 > 65536)"
    );
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    assert_eq!(Message::calculate_size(&with_one_arg(65500)), Err(error));
}

#[test]
fn handle_limit() {
    let message = Message::build(with_handles(64)).unwrap();
    assert_eq!(message.bytes().len(), 36 + 64 * 4);
    assert_eq!(message.handles(), (0..64).collect::<Vec<_>>());

    let error = Message::build(with_handles(65)).unwrap_err();
    assert_eq!(error, ProcessargsError::TooManyHandles(65));
    assert_eq!(error.to_string(), "Cannot build processargs message, too many handles (65 > 64)");
    assert_eq!(error.as_zx_status(), Status::INVALID_ARGS);
    assert_eq!(Message::calculate_size(&with_handles(65)), Err(error));
}

#[test]
fn an_empty_message_is_its_header_with_all_offsets_at_the_end() {
    let message = Message::<u32>::build(MessageContents::new()).unwrap();
    let words: Vec<u32> = message
        .bytes()
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    assert_eq!(words, [0x4150_585d, 0x1000, 36, 36, 0, 36, 0, 36, 0]);
}

#[test]
fn a_failed_build_drops_its_handles() {
    let handle = Rc::new(());
    let info = HandleInfo::from(HandleType::User0);
    let contents = MessageContents {
        handles: vec![StartupHandle { handle: handle.clone(), info }; 65],
        ..MessageContents::new()
    };
    assert_eq!(Rc::strong_count(&handle), 66);
    assert!(Message::build(contents).is_err());
    assert_eq!(Rc::strong_count(&handle), 1);
}

#[test]
fn a_list_keeps_its_strings_packed() {
    let mut list = CStringList::new();
    assert!(list.is_empty());
    list.push(b"one").unwrap();
    list.push(b"").unwrap();
    list.push_c_str(c"tw\xff");
    list.extend_packed(b"three\0\0four\0").unwrap();
    list.extend_packed(b"").unwrap();
    assert_eq!(list.len(), 6);
    assert_eq!(list.packed(), b"one\0\0tw\xff\0three\0\0four\0");
    let strings: Vec<&[u8]> = list.iter().collect();
    assert_eq!(strings, [b"one".as_slice(), b"", b"tw\xff", b"three", b"", b"four"]);
    assert_eq!(format!("{list:?}"), r#"["one", "", "tw�", "three", "", "four"]"#);
}

#[test]
fn a_refused_string_leaves_the_list_as_it_was() {
    let mut list: CStringList = [c"a"].into_iter().collect();
    let before = list.clone();
    let interior = list.push(b"b\0c").unwrap_err();
    assert_eq!(interior, CStringListError::InteriorNul { position: 1 });
    assert_eq!(interior.as_zx_status(), Status::INVALID_ARGS);
    let missing = list.extend_packed(b"b\0c").unwrap_err();
    assert_eq!(missing, CStringListError::MissingNul { length: 3 });
    assert_eq!(list, before);
}
