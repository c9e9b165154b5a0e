//! `fuchsia.io.Directory`, but for its entries, which are in [`crate::io::dirents`].

use zx_abi::Result;

use super::{MAX_PATH, OpenFlags};
use crate::Handle;
use crate::fidl::Encoder;

/// Ordinals, for servers too.
pub mod ordinal {
    /// `Open(flags, mode, path, object)`
    pub const OPEN: u64 = 0x2c50_4456_1d68_5ec0;
    /// `ReadDirents(max_bytes) -> (s, dirents)`
    pub const READ_DIRENTS: u64 = 0x3582_806b_f27f_aa0a;
    /// `Rewind() -> (s)`
    pub const REWIND: u64 = 0x16b1_202a_f0f3_4c71;
}

/// The mode that clients open with, whatever they open.
const MODE: u32 = 0o755;

/// What an entry has before its name: the node's number, the size of the name, and its type.
pub const DIRENT_SIZE: usize = 10;

/// Opens what is at a path in the directory, over a server end, which is consumed. Nothing tells
/// whether it can be opened, but an `OnOpen` if the flags have DESCRIBE.
///
/// # Errors
/// As [`Encoder::send`].
pub fn open(directory: Handle, flags: OpenFlags, path: &[u8], server: Handle) -> Result {
    let mut buffer = [0; 48 + MAX_PATH];
    let mut request = Encoder::new(&mut buffer, ordinal::OPEN, 48);
    request.u32(16, flags.bits());
    request.u32(20, MODE);
    request.string(24, path);
    request.handle(40, server);
    request.send(directory)
}
