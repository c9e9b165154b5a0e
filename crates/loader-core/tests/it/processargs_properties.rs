//! Messages go there and back; hostile bytes go nowhere.

use crate::processargs_build::GOLDEN;
use crate::support::patch;
use loader_core::process_args::{
    CStringList, DecodedMessage, HandleInfo, Message, MessageContents, StartupHandle,
};
use proptest::prelude::*;
use zx_abi::HandleType;

fn strings() -> impl Strategy<Value = CStringList> {
    let string = prop::collection::vec(1..=u8::MAX, 0..20);
    prop::collection::vec(string, 0..40).prop_map(|strings| {
        let mut list = CStringList::new();
        for string in strings {
            list.push(&string).expect("the string has no NUL");
        }
        list
    })
}

fn handles() -> impl Strategy<Value = Vec<StartupHandle<u32>>> {
    let handle_type = prop::sample::select(HandleType::ALL.to_vec());
    let handle = (any::<u32>(), handle_type, any::<u16>()).prop_map(|(handle, (_, kind), arg)| {
        StartupHandle { handle, info: HandleInfo::new(kind, arg) }
    });
    prop::collection::vec(handle, 0..=64)
}

prop_compose! {
    fn contents()(
        args in strings(),
        environment_vars in strings(),
        namespace_paths in strings(),
        handles in handles(),
    ) -> MessageContents<u32> {
        MessageContents { args, environment_vars, namespace_paths, handles }
    }
}

proptest! {
    #[test]
    fn what_is_built_is_decoded(contents in contents()) {
        let size = Message::calculate_size(&contents).expect("within the limits");
        let (bytes, handles) = Message::build(contents.clone()).unwrap().into_parts();
        prop_assert_eq!(bytes.len(), size as usize);
        let decoded = DecodedMessage::decode(&bytes, handles.len()).unwrap();
        let again = MessageContents {
            args: decoded.args.into(),
            environment_vars: decoded.environment_vars.into(),
            namespace_paths: decoded.namespace_paths.into(),
            handles: handles
                .into_iter()
                .zip(decoded.handle_infos)
                .map(|(handle, info)| StartupHandle { handle, info })
                .collect(),
        };
        prop_assert_eq!(again, contents);
    }

    #[test]
    fn what_is_decoded_is_what_would_be_built(
        changes in prop::collection::vec((0..GOLDEN.len(), any::<u8>()), 0..4),
        handles in 0..5usize,
    ) {
        let bytes = changes
            .iter()
            .fold(GOLDEN.to_vec(), |bytes, (at, byte)| patch(bytes, *at, &[*byte]));
        if let Ok(decoded) = DecodedMessage::decode(&bytes, handles) {
            let contents = MessageContents {
                args: decoded.args.into(),
                environment_vars: decoded.environment_vars.into(),
                namespace_paths: decoded.namespace_paths.into(),
                handles: decoded
                    .handle_infos
                    .iter()
                    .map(|info| StartupHandle { handle: (), info: *info })
                    .collect(),
            };
            let message = Message::build(contents).unwrap();
            prop_assert_eq!(message.bytes(), &bytes);
        }
    }

    #[test]
    fn an_error_lies_within_the_message(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        good_header in any::<bool>(),
        handles in 0..70usize,
    ) {
        let bytes = if good_header && bytes.len() >= 8 {
            patch(bytes, 0, &GOLDEN[..8])
        } else {
            bytes
        };
        if let Err(error) = DecodedMessage::decode(&bytes, handles) {
            prop_assert!(error.offset() <= bytes.len());
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
