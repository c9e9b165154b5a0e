//! `fuchsia.io.Directory`, but for its entries, which are in [`super::dirents`].

use zx_abi::{Result, Status};

use super::outcome::{OUTCOME_SIZE, done};
use super::{Flags, MAX_NAME, MAX_PATH};
use crate::fidl::{Decoder, Encoder, HEADER_SIZE};
use crate::{Handle, Owned};

const OPEN: u64 = 0x568d_dcb9_a9cb_b6d9;
const GET_TOKEN: u64 = 0x26ae_9d18_763c_8655;
const LINK: u64 = 0x7406_04c0_c7c9_30e7;
const UNLINK: u64 = 0x750a_0326_a78d_7bed;
const RENAME: u64 = 0x7060_e772_3b99_28de;
const QUERY_FILESYSTEM: u64 = 0x6f34_4a1c_6b0a_0610;

/// Room that a name takes, with a slash at its end.
const NAME_ROOM: usize = (MAX_NAME + 1).next_multiple_of(8);

/// Opens what is at a path in the directory, over a server end, which is consumed. Nothing tells
/// whether it can be opened, but an event if the flags have SEND_REPRESENTATION.
///
/// # Errors
/// As [`Encoder::send`].
pub fn open(directory: Handle, path: &[u8], flags: Flags, object: Handle) -> Result {
    let mut request = [0; 64 + MAX_PATH.next_multiple_of(8)];
    let mut request = Encoder::new(&mut request, OPEN, 64);
    request.string(16, path);
    request.u64(32, flags.bits());
    // No options.
    request.vector(40, 0, 8);
    request.handle(56, object);
    request.send(directory)
}

/// Removes an entry: a file, or an empty directory.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: NOT_FOUND, NOT_EMPTY, NOT_DIR and others.
pub fn unlink(directory: Handle, name: &[u8], must_be_directory: bool) -> Result {
    const MUST_BE_DIRECTORY: u64 = 1;
    let (mut request, mut reply) = ([0; 48 + NAME_ROOM + 16], [0; OUTCOME_SIZE]);
    let mut request = Encoder::new(&mut request, UNLINK, 48);
    request.string(16, name);
    let at = request.vector(32, usize::from(must_be_directory), 8);
    if must_be_directory {
        request.field_u64(at, MUST_BE_DIRECTORY);
    }
    done(request.call(directory, &mut reply)?)
}

/// What stands for the directory where an entry is moved to it.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: BAD_HANDLE where the directory cannot be changed.
pub fn token(directory: Handle) -> Result<Owned> {
    let (mut request, mut reply) = ([0; HEADER_SIZE], [0; 24]);
    let request = Encoder::new(&mut request, GET_TOKEN, HEADER_SIZE);
    let mut reply = request.call(directory, &mut reply)?.body(24)?;
    let status = reply.status(16)?;
    reply.optional_handle(20)?;
    let mut handles = reply.finish()?;
    Status::ok(status.into_raw())?;
    handles.take().map(Owned::new)
}

/// Moves an entry to the directory that a token stands for. A slash at the end of a name says that
/// it must be a directory.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn rename(directory: Handle, name: &[u8], token: Owned, new_name: &[u8]) -> Result {
    let mut reply = [0; OUTCOME_SIZE];
    done(place(directory, RENAME, name, token, new_name, &mut reply)?)
}

/// Gives a file a further place, likewise.
///
/// # Errors
/// As [`rename`].
pub fn link(directory: Handle, name: &[u8], token: Owned, new_name: &[u8]) -> Result {
    let mut reply = [0; 24];
    let reply = place(directory, LINK, name, token, new_name, &mut reply)?.body(24)?;
    let status = reply.status(16)?;
    reply.finish()?;
    Status::ok(status.into_raw())
}

fn place<'r>(
    directory: Handle,
    ordinal: u64,
    name: &[u8],
    token: Owned,
    new_name: &[u8],
    reply: &'r mut [u8],
) -> Result<Decoder<'r>> {
    let mut request = [0; 56 + 2 * NAME_ROOM];
    let mut request = Encoder::new(&mut request, ordinal, 56);
    request.string(16, name);
    request.handle(32, token.into_inner());
    request.string(40, new_name);
    request.call(directory, reply)
}

/// A file system as such (`fuchsia.io/FilesystemInfo`), less its name.
#[derive(Clone, Copy, Debug)]
pub struct FilesystemInfo {
    /// Bytes that it has room for.
    pub total_bytes: u64,
    /// Bytes that are taken.
    pub used_bytes: u64,
    /// Nodes that it has room for.
    pub total_nodes: u64,
    /// Nodes that there are.
    pub used_nodes: u64,
    /// Its number.
    pub id: u64,
    /// Bytes of a block.
    pub block_size: u32,
    /// Bytes of a name, at most.
    pub max_name: u32,
    /// What kind it is of.
    pub kind: u32,
}

/// Asks for the file system that a node is in.
///
/// # Errors
/// As [`Encoder::call`], and what the server says; IO if it says nothing.
pub fn filesystem(node: Handle) -> Result<FilesystemInfo> {
    let (mut request, mut reply) = ([0; HEADER_SIZE], [0; 32 + 96]);
    let request = Encoder::new(&mut request, QUERY_FILESYSTEM, HEADER_SIZE);
    let mut reply = request.call(node, &mut reply)?.body(32)?;
    Status::ok(reply.status(16)?.into_raw())?;
    let at = reply.boxed(24, 96)?.ok_or(Status::IO)?;
    let info = FilesystemInfo {
        total_bytes: reply.u64(at)?,
        used_bytes: reply.u64(at + 8)?,
        total_nodes: reply.u64(at + 16)?,
        used_nodes: reply.u64(at + 24)?,
        id: reply.u64(at + 40)?,
        block_size: reply.u32(at + 48)?,
        max_name: reply.u32(at + 52)?,
        kind: reply.u32(at + 56)?,
    };
    reply.finish().map(|_| info)
}
