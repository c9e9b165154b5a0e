//! `fuchsia.io.Directory`.

use zx_abi::{Result, Status};

use super::{MAX_FILENAME, MAX_PATH, OpenFlags};
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

/// Reads a directory's entries from where the last reader stopped.
pub struct Reader {
    directory: Handle,
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
    /// `DIRENT_TYPE_*`, as in [`super::dirent`].
    pub node_type: u8,
}

/// Room for any entry, so that there is progress.
const ROOM: usize = DIRENT_SIZE + MAX_FILENAME;

impl Reader {
    /// Begins to read; the channel stays with the caller.
    pub fn new(directory: Handle) -> Self {
        Self { directory, entries: [0; ROOM], start: 0, end: 0 }
    }

    /// The next entry; none after the last one.
    ///
    /// # Errors
    /// As [`Encoder::call`], and what the server says; IO for what are no entries.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        if self.start == self.end {
            self.read()?;
        }
        let unread = self.entries.get(self.start..self.end).unwrap_or_default();
        if unread.is_empty() {
            return Ok(None);
        }
        let (&[.., size, node_type], rest) =
            unread.split_first_chunk::<DIRENT_SIZE>().ok_or(Status::IO)?;
        let name = rest.get(..size.into()).ok_or(Status::IO)?;
        self.start += DIRENT_SIZE + name.len();
        Ok(Some(Entry { name, node_type }))
    }

    fn read(&mut self) -> Result {
        let (mut request, mut reply) = ([0; 24], [0; 40 + ROOM.next_multiple_of(8)]);
        let mut request = Encoder::new(&mut request, ordinal::READ_DIRENTS, 24);
        request.u64(16, ROOM as u64);
        let mut reply = request.call(self.directory, &mut reply)?.body(40)?;
        let (status, entries) = (reply.status(16)?, reply.bytes(24, ROOM)?);
        reply.finish()?;
        Status::ok(status.into_raw())?;
        (self.start, self.end) = (0, entries.len());
        let room = self.entries.get_mut(..entries.len()).ok_or(Status::IO)?;
        room.copy_from_slice(entries);
        Ok(())
    }
}
