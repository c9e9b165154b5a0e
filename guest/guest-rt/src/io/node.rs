//! `fuchsia.io.Node`: what files and directories have in common.

use zx_abi::Result;

use super::outcome::{OUTCOME_SIZE, done, response};
use super::{Flags, NodeKind};
use crate::fidl::{Encoder, HEADER_SIZE};
use crate::{Handle, channel};

const CLONE: u64 = 0x20d8_a7ab_a216_8a79;
const CLOSE: u64 = 0x5ac5_d459_ad7f_657e;
const QUERY: u64 = 0x2658_edee_9dec_fc06;
const SYNC: u64 = 0x2c5c_27ca_0ab5_dc49;
const GET_FLAGS: u64 = 0x0176_eb31_8f64_ec23;
const SET_FLAGS: u64 = 0x55a8_0286_8579_1ea8;

/// Bytes of a protocol's name, at most.
const MAX_PROTOCOL: usize = 255;

/// Asks for another connection to the node, with the same rights.
///
/// # Errors
/// As [`channel::write_with`]. That the server refuses it shows later, as PEER_CLOSED.
pub fn clone(node: Handle) -> Result<Handle> {
    let (client, server) = channel::create()?;
    clone_to(node, server).inspect_err(|_| client.close())?;
    Ok(client)
}

/// Does so over a server end, which is consumed.
///
/// # Errors
/// As [`clone`].
pub fn clone_to(node: Handle, server: Handle) -> Result {
    let mut request = [0; 24];
    let mut request = Encoder::new(&mut request, CLONE, 24);
    request.handle(16, server);
    request.send(node)
}

/// Says goodbye, which tells whether what was written has arrived; the channel stays.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn close(node: Handle) -> Result {
    call(node, CLOSE)
}

/// Waits until what was written will last.
///
/// # Errors
/// As [`close`].
pub fn sync(node: Handle) -> Result {
    call(node, SYNC)
}

/// Asks what the node is.
///
/// # Errors
/// As [`Encoder::call`].
pub fn kind(node: Handle) -> Result<NodeKind> {
    let (mut request, mut reply) = ([0; HEADER_SIZE], [0; 32 + MAX_PROTOCOL.next_multiple_of(8)]);
    let request = Encoder::new(&mut request, QUERY, HEADER_SIZE);
    let mut reply = request.call(node, &mut reply)?.body(32)?;
    let protocol = reply.bytes(16, MAX_PROTOCOL)?;
    reply.finish()?;
    Ok(match protocol {
        // As they are called today, and as they were a few years ago.
        b"fuchsia.io.Directory" | b"fuchsia.io/Directory" => NodeKind::Directory,
        b"fuchsia.io.File" | b"fuchsia.io/File" => NodeKind::File,
        b"fuchsia.io.Symlink" | b"fuchsia.io/Symlink" => NodeKind::Symlink,
        _ => NodeKind::Node,
    })
}

/// Asks how the connection was opened: its rights, what it is to, and whether it appends.
///
/// # Errors
/// As [`close`]; NOT_SUPPORTED from older servers.
pub fn flags(node: Handle) -> Result<Flags> {
    let (mut request, mut reply) = ([0; HEADER_SIZE], [0; OUTCOME_SIZE + 8]);
    let request = Encoder::flexible(&mut request, GET_FLAGS, HEADER_SIZE);
    let (reply, at) = response(request.call(node, &mut reply)?, 8)?;
    let flags = Flags::from_bits_retain(reply.u64(at)?);
    reply.finish().map(|_| flags)
}

/// Makes a file's connection append, or not.
///
/// # Errors
/// As [`flags`]; NOT_SUPPORTED for what is no file.
pub fn set_flags(node: Handle, flags: Flags) -> Result {
    let (mut request, mut reply) = ([0; 24], [0; OUTCOME_SIZE]);
    let mut request = Encoder::flexible(&mut request, SET_FLAGS, 24);
    request.u64(16, flags.bits());
    done(request.call(node, &mut reply)?)
}

/// Calls a method without parameters that says whether it failed.
fn call(node: Handle, ordinal: u64) -> Result {
    let (mut request, mut reply) = ([0; HEADER_SIZE], [0; OUTCOME_SIZE]);
    done(Encoder::new(&mut request, ordinal, HEADER_SIZE).call(node, &mut reply)?)
}
