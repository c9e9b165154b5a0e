//! The directory: its one entry is the service.

use guest_rt::Handle;
use guest_rt::fidl::{Decoder, Encoder, HEADER_SIZE, Header};
use guest_rt::io_2020::directory::{DIRENT_SIZE, ordinal as directory};
use guest_rt::io_2020::node::{NodeKind, ordinal as node};
use guest_rt::io_2020::{MAX_PATH, OpenFlags, dirent};
use zx_abi::{Result, Status};

use crate::methods::NAME;
use crate::server::Connection;

/// The entries.
const ENTRIES: [(&str, u8); 2] = [(".", dirent::DIRECTORY), (NAME, dirent::SERVICE)];

/// A new connection.
pub enum Opened {
    /// To the directory.
    Directory(Handle),
    /// To the service.
    Service(Handle),
}

/// A connection to the directory.
pub struct Directory {
    channel: Handle,
    /// How many entries have been read.
    read: usize,
}

impl Connection for Directory {
    fn channel(&self) -> Handle {
        self.channel
    }
}

impl Directory {
    pub fn new(channel: Handle) -> Self {
        Self { channel, read: 0 }
    }

    /// Answers a request, which may bring a new connection. Where that fails, this one ends.
    pub fn answer(&mut self, request: Decoder<'_>, reply: &mut [u8]) -> Result<Option<Opened>> {
        let header = request.header();
        match header.ordinal() {
            node::CLONE => {
                let mut request = request.body(24)?;
                let flags = request.u32(16)?;
                request.handle(20)?;
                return open(OpenFlags::from_bits_retain(flags), ".", request.finish()?.take()?);
            }
            directory::OPEN => {
                let mut request = request.body(48)?;
                let flags = request.u32(16)?;
                let path = request.string(24, MAX_PATH)?;
                request.handle(40)?;
                request.padding(44, 4)?;
                return open(OpenFlags::from_bits_retain(flags), path, request.finish()?.take()?);
            }
            node::CLOSE => {
                request.body(HEADER_SIZE)?.finish()?;
                self.reply_status(header, Status::OK, reply)?;
                // This ends the connection.
                return Err(Status::PEER_CLOSED);
            }
            node::DESCRIBE => {
                request.body(HEADER_SIZE)?.finish()?;
                let size = HEADER_SIZE + header.format().union_size();
                let mut reply = Encoder::with_header(reply, header, size);
                reply.empty_union(16, NodeKind::Directory as u64);
                reply.send(self.channel)?;
            }
            directory::READ_DIRENTS => {
                let request = request.body(24)?;
                let max_bytes = request.u64(16)?;
                request.finish()?;
                self.read_dirents(header, max_bytes, reply)?;
            }
            directory::REWIND => {
                request.body(HEADER_SIZE)?.finish()?;
                self.read = 0;
                self.reply_status(header, Status::OK, reply)?;
            }
            _ => return Err(Status::NOT_SUPPORTED),
        }
        Ok(None)
    }

    fn reply_status(&self, header: Header, status: Status, reply: &mut [u8]) -> Result {
        let mut reply = Encoder::with_header(reply, header, 24);
        reply.status(16, status);
        reply.send(self.channel)
    }

    /// Sends as many of the entries that follow as fit.
    fn read_dirents(&mut self, header: Header, max_bytes: u64, reply: &mut [u8]) -> Result {
        let (mut dirents, mut used) = ([0; 2 * DIRENT_SIZE + 1 + NAME.len()], 0);
        for &(name, node_type) in ENTRIES.iter().skip(self.read) {
            let end = used + DIRENT_SIZE + name.len();
            let Some(place) = dirents.get_mut(used..end).filter(|_| end as u64 <= max_bytes) else {
                break;
            };
            let fields = dirent::INO_UNKNOWN.to_le_bytes().into_iter();
            let fields = fields.chain([name.len() as u8, node_type]).chain(name.bytes());
            place.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
            used = end;
            self.read += 1;
        }
        let fits = used > 0 || self.read == ENTRIES.len();
        let mut reply = Encoder::with_header(reply, header, 40);
        reply.status(16, if fits { Status::OK } else { Status::BUFFER_TOO_SMALL });
        reply.bytes(24, dirents.get(..used).unwrap_or_default());
        reply.send(self.channel)
    }
}

/// Opens a path over a server end. What cannot be opened is closed, after an event if that is
/// asked for.
fn open(flags: OpenFlags, path: &str, server: Handle) -> Result<Option<Opened>> {
    let (status, opened) = match path {
        "." => (Ok(NodeKind::Directory), Some(Opened::Directory(server))),
        NAME if flags.contains(OpenFlags::NODE_REFERENCE) => (Err(Status::NOT_SUPPORTED), None),
        NAME if flags.contains(OpenFlags::DIRECTORY) => (Err(Status::NOT_DIR), None),
        NAME => (Ok(NodeKind::Service), Some(Opened::Service(server))),
        _ => (Err(Status::NOT_FOUND), None),
    };
    if flags.contains(OpenFlags::DESCRIBE) {
        // Who is not there any more, misses nothing.
        let _ = describe(status, server);
    }
    if opened.is_none() {
        server.close();
    }
    Ok(opened)
}

/// Sends `OnOpen`.
fn describe(status: Result<NodeKind>, channel: Handle) -> Result {
    let mut buffer = [0; 56];
    let mut event = Encoder::new(&mut buffer, node::ON_OPEN, 40);
    match status {
        Ok(kind) => event.empty_union(24, kind as u64),
        Err(status) => event.status(16, status),
    }
    event.send(channel)
}
