//! What a connection that was opened leads to.

use zx_abi::{Result, Signals, Status, TIME_INFINITE};

use crate::Handle;
use crate::fidl::Decoder;

/// `-> OnRepresentation(representation)`
const ON_REPRESENTATION: u64 = 0x5cb4_0567_d80a_510c;

/// Room for the event, with whatever it tells.
const ROOM: usize = 8192;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The node as such, or something that is no part of a file system.
    Node,
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link.
    Symlink,
}

/// Waits until a node that was opened with SEND_REPRESENTATION says that it is, and what.
///
/// A file's stream, if it has one, is given up: it is read and written by messages all the same.
///
/// # Errors
/// What opening failed with; PEER_CLOSED; NOT_SUPPORTED for another event, and for what is unknown
/// here.
pub fn opened(node: Handle) -> Result<NodeKind> {
    node.wait(Signals::READABLE | Signals::PEER_CLOSED, TIME_INFINITE)?;
    let mut buffer = [0; ROOM];
    let event = Decoder::read(node, &mut buffer)?;
    if event.header().ordinal() != ON_REPRESENTATION {
        return Err(event.epitaph()?.unwrap_or(Status::NOT_SUPPORTED));
    }
    let mut event = event.body(32)?;
    let kind = match event.u64(16)? {
        1 => NodeKind::Node,
        2 => NodeKind::Directory,
        3 => NodeKind::File,
        4 => NodeKind::Symlink,
        _ => return Err(Status::NOT_SUPPORTED),
    };
    event.field(24)?.ok_or(Status::INVALID_ARGS)?;
    event.finish().map(|_| kind)
}
