//! The entries of a directory.

use zx_abi::{Result, Status};

use super::{MAX_NAME, MAX_TRANSFER};
use crate::Handle;
use crate::fidl::{Encoder, HEADER_SIZE};

const READ_DIRENTS: u64 = 0x3582_806b_f27f_aa0a;
const REWIND: u64 = 0x16b1_202a_f0f3_4c71;

/// What an entry has before its name: the node's number, the size of the name, and its type.
const DIRENT_SIZE: usize = 10;

/// Room for any entry, so that there is progress.
pub const SMALLEST: usize = DIRENT_SIZE + MAX_NAME;

/// Reads a directory's entries from where the connection's last reader stopped, as many at once as
/// there is room for: [`SMALLEST`] to [`MAX_TRANSFER`] bytes. They were the same in 2020.
pub struct Reader<const ROOM: usize = MAX_TRANSFER> {
    entries: [u8; ROOM],
    /// What has been read, and not yet returned.
    start: usize,
    end: usize,
}

/// An entry of a directory.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// The node's number, or [`ID_UNKNOWN`].
    pub id: u64,
    /// `DT_*`, where POSIX has such nodes.
    pub node_type: u8,
}

/// The number of a node that has none.
pub const ID_UNKNOWN: u64 = u64::MAX;

impl<const ROOM: usize> Reader<ROOM> {
    /// Begins to read.
    pub const fn new() -> Self {
        Self { entries: [0; ROOM], start: 0, end: 0 }
    }

    /// The next entry of the directory; none after the last one. The channel stays with the caller.
    ///
    /// # Errors
    /// As [`Encoder::call`], and what the server says; IO for what are no entries.
    pub fn next_entry(&mut self, directory: Handle) -> Result<Option<Entry<'_>>> {
        if self.start == self.end {
            self.read(directory)?;
        }
        let unread = self.entries.get(self.start..self.end).unwrap_or_default();
        if unread.is_empty() {
            return Ok(None);
        }
        let (&[id @ .., size, node_type], rest) =
            unread.split_first_chunk::<DIRENT_SIZE>().ok_or(Status::IO)?;
        let name = rest.get(..size.into()).ok_or(Status::IO)?;
        self.start += DIRENT_SIZE + name.len();
        Ok(Some(Entry { name, id: u64::from_le_bytes(id), node_type }))
    }

    /// Begins anew.
    ///
    /// # Errors
    /// As [`Encoder::call`], and what the server says.
    pub fn rewind(&mut self, directory: Handle) -> Result {
        (self.start, self.end) = (0, 0);
        let (mut request, mut reply) = ([0; HEADER_SIZE], [0; 24]);
        let request = Encoder::new(&mut request, REWIND, HEADER_SIZE);
        let reply = request.call(directory, &mut reply)?.body(24)?;
        let status = reply.status(16)?;
        reply.finish()?;
        Status::ok(status.into_raw())
    }

    fn read(&mut self, directory: Handle) -> Result {
        let (mut request, mut reply) = ([0; 24], [0; 40 + MAX_TRANSFER]);
        let mut request = Encoder::new(&mut request, READ_DIRENTS, 24);
        request.u64(16, ROOM as u64);
        let mut reply = request.call(directory, &mut reply)?.body(40)?;
        let (status, entries) = (reply.status(16)?, reply.bytes(24, ROOM)?);
        reply.finish()?;
        Status::ok(status.into_raw())?;
        (self.start, self.end) = (0, entries.len());
        let room = self.entries.get_mut(..entries.len()).ok_or(Status::IO)?;
        room.copy_from_slice(entries);
        Ok(())
    }
}

impl<const ROOM: usize> Default for Reader<ROOM> {
    fn default() -> Self {
        Self::new()
    }
}
