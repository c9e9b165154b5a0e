//! Files and directories that another process serves, over fuchsia.io as it was in 2020.

use guest_rt::io::node::{self, NodeKind};
use guest_rt::io::{OpenFlags, directory, file};
use guest_rt::{Owned, channel};
use zx_abi::Status;

use crate::errno::{EISDIR, Result};

/// A connection to a file or directory.
pub struct Remote {
    channel: Owned,
    kind: NodeKind,
}

impl Remote {
    /// A connection whose server has said what it is.
    pub fn new(channel: Owned, kind: NodeKind) -> Self {
        Self { channel, kind }
    }

    /// Opens what is at a path of a directory, and waits until its server says what it is.
    pub fn open(
        directory: guest_rt::Handle,
        flags: OpenFlags,
        path: &[u8],
    ) -> Result<Self, Status> {
        let (client, server) = channel::create()?;
        let client = Owned::new(client);
        directory::open(directory, flags | OpenFlags::DESCRIBE, path, server)?;
        let info = node::opened(client.get())?;
        Ok(Self::new(client, info.kind))
    }

    /// The connection, which stays.
    pub fn channel(&self) -> guest_rt::Handle {
        self.channel.get()
    }

    pub fn is_directory(&self) -> bool {
        self.kind == NodeKind::Directory
    }

    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        if self.is_directory() {
            return Err(EISDIR);
        }
        Ok(file::read(self.channel(), buffer)?)
    }

    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        file::write_all(self.channel(), bytes)?;
        Ok(bytes.len())
    }

    pub fn seek(&self, offset: i64, whence: file::Whence) -> Result<u64> {
        Ok(file::seek(self.channel(), offset, whence)?)
    }

    pub fn attributes(&self) -> Result<node::Attributes> {
        Ok(node::attributes(self.channel())?)
    }
}
