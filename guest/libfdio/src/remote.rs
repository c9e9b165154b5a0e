//! Files and directories that another process serves.

use guest_rt::io::{self, Flags, MAX_TRANSFER, NodeKind, directory, file, node};
use guest_rt::{Handle, Owned, channel};
use zx_abi::{Result, Status};

/// A connection to a file or directory.
pub struct Remote {
    channel: Owned,
    kind: NodeKind,
}

impl Remote {
    /// A connection to something of this kind.
    pub fn new(channel: Owned, kind: NodeKind) -> Self {
        Self { channel, kind }
    }

    /// A connection whose server is asked what it is.
    pub fn from_channel(channel: Owned) -> Result<Self> {
        let kind = node::kind(channel.get())?;
        Ok(Self::new(channel, kind))
    }

    /// Opens something by a request that `ask` sends, and waits until its server says what it is.
    ///
    /// Gives nothing if `ask` says that nobody serves it.
    pub fn open(ask: impl FnOnce(Owned) -> Result<bool>) -> Result<Option<Self>> {
        let (client, server) = channel::create()?;
        let client = Owned::new(client);
        if !ask(Owned::new(server))? {
            return Ok(None);
        }
        let kind = io::opened(client.get())?;
        Ok(Some(Self::new(client, kind)))
    }

    /// Opens what is at a path of this directory.
    pub fn open_below(&self, path: &[u8], flags: Flags) -> Result<Self> {
        let directory = self.directory()?;
        let opened = Self::open(|server| {
            directory::open(directory, path, flags, server.into_inner()).map(|()| true)
        });
        opened?.ok_or(Status::IO)
    }

    /// The connection, which stays.
    pub fn channel(&self) -> Handle {
        self.channel.get()
    }

    /// The connection, which goes to the caller.
    pub fn into_channel(self) -> Handle {
        self.channel.into_inner()
    }

    pub fn is_directory(&self) -> bool {
        self.kind == NodeKind::Directory
    }

    /// The connection, if it is to a directory.
    pub fn directory(&self) -> Result<Handle> {
        if self.is_directory() { Ok(self.channel()) } else { Err(Status::NOT_DIR) }
    }

    /// The connection, if it is to a file's content.
    pub fn file(&self) -> Result<Handle> {
        match self.kind {
            NodeKind::File => Ok(self.channel()),
            NodeKind::Directory => Err(Status::NOT_FILE),
            NodeKind::Node | NodeKind::Symlink => Err(Status::BAD_HANDLE),
        }
    }

    /// Reads what follows, or what is at an offset, as much as there is.
    pub fn read(&self, offset: Option<u64>, buffer: &mut [u8]) -> Result<usize> {
        let file = self.file()?;
        let mut total = 0;
        for part in buffer.chunks_mut(MAX_TRANSFER) {
            match file::read(file, offset.map(|offset| offset + total as u64), part) {
                Ok(size) => {
                    total += size;
                    if size < part.len() {
                        break;
                    }
                }
                Err(status) if total == 0 => return Err(status),
                Err(_) => break,
            }
        }
        Ok(total)
    }

    /// Writes all of it, where the last read or write ended or at an offset.
    pub fn write(&self, offset: Option<u64>, bytes: &[u8]) -> Result<usize> {
        let file = self.file()?;
        let mut total = 0;
        while let Some(rest) = bytes.get(total..).filter(|rest| !rest.is_empty()) {
            match file::write(file, offset.map(|offset| offset + total as u64), rest) {
                Ok(size) if size > 0 => total += size,
                Err(status) if total == 0 => return Err(status),
                Ok(_) if total == 0 => return Err(Status::IO),
                _ => break,
            }
        }
        Ok(total)
    }

    /// Ends the connection, and tells whether what was written has arrived.
    pub fn close(self) -> Result {
        node::close(self.channel())
    }
}
