//! Upstream's tests of handle infos.

use loader_core::process_args::{HandleInfo, HandleInfoError};
use zx_abi::{HandleType, Status};

#[test]
fn handle_id() {
    assert!(!HandleType::ALL.is_empty());
    for (_, handle_type) in HandleType::ALL {
        let info = HandleInfo::from(*handle_type);
        assert_eq!((info.handle_type(), info.arg()), (*handle_type, 0));
        for arg in [0, 1, 0x8000, u16::MAX] {
            let info = HandleInfo::new(*handle_type, arg);
            assert_eq!((info.handle_type(), info.arg()), (*handle_type, arg));
            assert_eq!(HandleInfo::try_from(info.as_raw()), Ok(info));
        }
    }
}

#[test]
fn handle_id_raw() {
    for (handle_type, arg, raw) in [
        (HandleType::ProcessSelf, 0, 0x1),
        (HandleType::DirectoryRequest, 0, 0x3b),
        (HandleType::LdsvcLoader, 0xabcd, 0xabcd_0010),
        (HandleType::User0, 1, 0x0001_00f0),
        (HandleType::User1, 0xabcd, 0xabcd_00f1),
        (HandleType::User2, 0xffff, 0xffff_00f2),
    ] {
        assert_eq!(HandleInfo::new(handle_type, arg).as_raw(), raw);
    }
}

#[test]
fn handle_id_from_u32() {
    for (raw, handle_type, arg) in [
        (0x2, HandleType::ThreadSelf, 0),
        (0x0004_0030, HandleType::FileDescriptor, 4),
        (0x501c_00f2, HandleType::User2, 0x501c),
    ] {
        assert_eq!(HandleInfo::try_from(raw), Ok(HandleInfo::new(handle_type, arg)));
    }
    for (raw, error, text) in [
        (
            0x1100,
            HandleInfoError::InvalidHandleInfo(0x1100),
            "Invalid value for HandleInfo: 0x1100",
        ),
        (
            0x0001_0101,
            HandleInfoError::InvalidHandleInfo(0x0001_0101),
            "Invalid value for HandleInfo: 0x10101",
        ),
        (0x0, HandleInfoError::UnknownHandleType(0), "Unknown handle type for HandleInfo: 0x0"),
        (0x6, HandleInfoError::UnknownHandleType(6), "Unknown handle type for HandleInfo: 0x6"),
    ] {
        let actual = HandleInfo::try_from(raw).unwrap_err();
        assert_eq!(actual, error);
        assert_eq!(actual.to_string(), text);
        assert_eq!(actual.as_zx_status(), Status::INVALID_ARGS);
    }
}

#[test]
fn exactly_the_known_types_are_taken() {
    for raw in 0..=0xff {
        let known = HandleType::ALL.iter().any(|(_, known)| *known as u32 == raw);
        assert_eq!(HandleInfo::try_from(raw).is_ok(), known, "{raw:#x}");
    }
}
