//! A client of `fuchsia.io` as it is today: files and directories that another process serves. The
//! channels belong to the caller. Paths and names are UTF-8; what is none is INVALID_ARGS.

pub mod attributes;
pub mod directory;
pub mod dirents;
pub mod file;
pub mod node;

mod flags;
mod outcome;
mod representation;

pub use flags::{Flags, VmoFlags};
pub use representation::{NodeKind, opened};

/// Bytes that one message reads or writes, at most.
pub const MAX_TRANSFER: usize = 8192;
/// Bytes of a path, at most.
pub const MAX_PATH: usize = 4095;
/// Bytes of a name, at most.
pub const MAX_NAME: usize = 255;
