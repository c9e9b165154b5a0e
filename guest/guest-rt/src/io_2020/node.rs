//! `fuchsia.io.Node`: what files and directories have in common.

use zx_abi::{Result, Signals, Status, TIME_INFINITE};

use super::OpenFlags;
use crate::fidl::{Decoder, Encoder, HEADER_SIZE, Handles};
use crate::{Handle, channel};

/// Ordinals, for servers too.
pub mod ordinal {
    /// `Clone(flags, object)`
    pub const CLONE: u64 = 0x5a61_678f_293c_e16f;
    /// `Close() -> (s)`
    pub const CLOSE: u64 = 0x5309_c5bd_1c33_dc44;
    /// `Describe() -> (info)`
    pub const DESCRIBE: u64 = 0x0ffc_ec21_5078_dea0;
    /// `-> OnOpen(s, info)`
    pub const ON_OPEN: u64 = 0x7fc7_bbb1_dbfd_1972;
    /// `GetAttr() -> (s, attributes)`
    pub const GET_ATTR: u64 = 0x7898_5e21_6314_dafd;
}

/// What a node is: the members of the union `NodeInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum NodeKind {
    /// A protocol of another library.
    Service = 1,
    /// A file; it may have an event and a stream.
    File = 2,
    /// A directory.
    Directory = 3,
    /// A pipe; it has a socket.
    Pipe = 4,
    /// A file that is a range of a VMO, which it has.
    Vmofile = 5,
    /// A device; it may have an event.
    Device = 6,
    /// A terminal; it may have an event.
    Tty = 7,
}

impl NodeKind {
    fn from_ordinal(ordinal: u64) -> Result<Self> {
        Ok(match ordinal {
            1 => Self::Service,
            2 => Self::File,
            3 => Self::Directory,
            4 => Self::Pipe,
            5 => Self::Vmofile,
            6 => Self::Device,
            7 => Self::Tty,
            _ => return Err(Status::NOT_SUPPORTED),
        })
    }

    /// Bytes of its member of the union, and how many handles that begins with.
    fn layout(self) -> (usize, usize) {
        match self {
            Self::Service | Self::Directory => (1, 0),
            Self::Pipe | Self::Device | Self::Tty => (4, 1),
            Self::File => (8, 2),
            Self::Vmofile => (24, 1),
        }
    }
}

/// What `Describe` and `OnOpen` say.
pub struct NodeInfo {
    /// What the node is.
    pub kind: NodeKind,
    /// The handles that its kind has.
    pub handles: Handles,
}

/// Asks for another connection to the node. Nothing tells whether it is granted, but an `OnOpen`
/// if the flags have DESCRIBE.
///
/// # Errors
/// As [`channel::write_with`].
pub fn clone(node: Handle, flags: OpenFlags) -> Result<Handle> {
    let (client, server) = channel::create()?;
    let mut buffer = [0; 24];
    let mut request = Encoder::new(&mut buffer, ordinal::CLONE, 24);
    request.u32(16, flags.bits());
    request.handle(20, server);
    request.send(node).inspect_err(|_| client.close())?;
    Ok(client)
}

/// Says goodbye, and closes the channel.
pub fn close(node: Handle) {
    let mut buffer = [0; HEADER_SIZE];
    // There is nothing to do about a server that cannot.
    let _ = Encoder::new(&mut buffer, ordinal::CLOSE, HEADER_SIZE).call(node, &mut [0; 24]);
    node.close();
}

/// Asks what the node is.
///
/// # Errors
/// As [`Encoder::call`]; NOT_SUPPORTED for what is unknown here.
pub fn describe(node: Handle) -> Result<NodeInfo> {
    let (mut request, mut buffer) = ([0; HEADER_SIZE], [0; 72]);
    let request = Encoder::new(&mut request, ordinal::DESCRIBE, HEADER_SIZE);
    let reply = request.call(node, &mut buffer)?;
    let size = HEADER_SIZE + reply.header().format().union_size();
    read_info(reply.body(size)?, HEADER_SIZE)
}

/// Waits until a node that was opened with DESCRIBE says that it is, and what.
///
/// # Errors
/// What opening failed with; PEER_CLOSED; IO for another event; NOT_SUPPORTED for what is unknown
/// here.
pub fn opened(node: Handle) -> Result<NodeInfo> {
    node.wait(Signals::READABLE | Signals::PEER_CLOSED, TIME_INFINITE)?;
    let mut buffer = [0; 72];
    let event = Decoder::read(node, &mut buffer)?;
    if event.header().ordinal() != ordinal::ON_OPEN {
        return Err(Status::IO);
    }
    let size = 24 + event.header().format().union_size();
    let event = event.body(size)?;
    Status::ok(event.status(16)?.into_raw())?;
    read_info(event, 24)
}

/// What is known about a node. Times are in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Attributes {
    /// Its type, and what protects it, as POSIX has them.
    pub mode: u32,
    /// Its number.
    pub id: u64,
    /// Bytes of its content.
    pub content_size: u64,
    /// Bytes that it takes.
    pub storage_size: u64,
    /// How many names it has.
    pub link_count: u64,
    /// When it was made.
    pub creation_time: u64,
    /// When its content changed last.
    pub modification_time: u64,
}

/// Asks for the node's attributes.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn attributes(node: Handle) -> Result<Attributes> {
    let (mut request, mut buffer) = ([0; HEADER_SIZE], [0; 80]);
    let request = Encoder::new(&mut request, ordinal::GET_ATTR, HEADER_SIZE);
    let reply = request.call(node, &mut buffer)?.body(80)?;
    let status = reply.status(16)?;
    let attributes = Attributes {
        mode: reply.u32(24)?,
        id: reply.u64(32)?,
        content_size: reply.u64(40)?,
        storage_size: reply.u64(48)?,
        link_count: reply.u64(56)?,
        creation_time: reply.u64(64)?,
        modification_time: reply.u64(72)?,
    };
    reply.finish()?;
    Status::ok(status.into_raw()).map(|()| attributes)
}

/// Reads the union, which must be there.
fn read_info(mut message: Decoder<'_>, at: usize) -> Result<NodeInfo> {
    let kind = NodeKind::from_ordinal(message.u64(at)?)?;
    let (size, handles) = kind.layout();
    let content = message.envelope(at + 8, size)?;
    for index in 0..handles {
        message.optional_handle(content + 4 * index)?;
    }
    Ok(NodeInfo { kind, handles: message.finish()? })
}
