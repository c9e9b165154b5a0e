//! Bootstrap messages: what is decoded is what would be built.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loader_core::process_args::{DecodedMessage, Message, MessageContents, StartupHandle};

// The first byte says how many handles came with the message.
fuzz_target!(|input: &[u8]| {
    let Some((handles, bytes)) = input.split_first() else { return };
    let decoded = match DecodedMessage::decode(bytes, usize::from(*handles)) {
        Ok(decoded) => decoded,
        Err(error) => {
            assert!(error.offset() <= bytes.len());
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let startup = |info: &_| StartupHandle { handle: (), info: *info };
    let contents = MessageContents {
        args: decoded.args.into(),
        environment_vars: decoded.environment_vars.into(),
        namespace_paths: decoded.namespace_paths.into(),
        handles: decoded.handle_infos.iter().map(startup).collect(),
    };
    let size = Message::calculate_size(&contents).expect("it has been decoded");
    assert_eq!(size as usize, bytes.len());
    assert_eq!(Message::build(contents).expect("it has been decoded").bytes(), bytes);
});
