//! The bootstrap message of a process (src/lib/process_builder/src/process_args.rs,
//! zircon/processargs.h): built by [`Message::build`], taken apart by [`DecodedMessage::decode`].
//!
//! The message is a [`zx_abi::ProcArgs`] header, one u32 per handle, and then the arguments, the
//! environment and the namespace paths: each string with its NUL, without padding.

mod c_strings;
mod contents;
mod decode;
mod decode_error;
mod error;
mod handle_info;
mod layout;
mod message;

pub use c_strings::{CStringList, CStringListError, CStrings};
pub use contents::{MessageContents, StartupHandle};
pub use decode::DecodedMessage;
pub use decode_error::DecodeError;
pub use error::ProcessargsError;
pub use handle_info::{HandleInfo, HandleInfoError};
pub(crate) use layout::Layout;
pub use message::Message;
