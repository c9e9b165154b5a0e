//! Attributes of nodes.

use zx_abi::Result;

use super::outcome::{OUTCOME_SIZE, done, response};
use crate::Handle;
use crate::fidl::{Decoder, Encoder, Vector};

const GET_ATTRIBUTES: u64 = 0x3d43_96a6_38ea_053b;
const UPDATE_ATTRIBUTES: u64 = 0x3308_c1da_5a89_bf08;

/// What is asked for: protocols, abilities, both sizes, links, id, the four times, and mode.
const QUERY: u64 = 0x31ff;

/// Fields of a table of attributes, at most.
const MAX_FIELDS: usize = 64;
/// Room for what is asked for, and for more than that.
const ROOM: usize = 2048;

/// Members of `fuchsia.io/NodeProtocolKinds`.
pub mod protocols {
    /// A service.
    pub const CONNECTOR: u64 = 1;
    /// A directory.
    pub const DIRECTORY: u64 = 2;
    /// A file.
    pub const FILE: u64 = 4;
    /// A symbolic link.
    pub const SYMLINK: u64 = 8;
}

/// What is known about a node. Sizes are in bytes, times in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes {
    /// Bits of [`protocols`].
    pub protocols: u64,
    /// What can be done with it: bits of [`super::Flags`].
    pub abilities: u64,
    /// Bytes of its content.
    pub content_size: u64,
    /// Bytes that it takes.
    pub storage_size: u64,
    /// How many names it has.
    pub link_count: u64,
    /// Its number.
    pub id: Option<u64>,
    /// Its type, and what protects it, as POSIX has them.
    pub mode: Option<u32>,
    /// When it was made.
    pub creation_time: Option<u64>,
    /// When its content changed last.
    pub modification_time: Option<u64>,
    /// When it was read last.
    pub access_time: Option<u64>,
    /// When something about it changed last.
    pub change_time: Option<u64>,
}

/// Asks for a node's attributes.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn get(node: Handle) -> Result<Attributes> {
    let (mut request, mut reply) = ([0; 24], [0; ROOM]);
    let mut request = Encoder::new(&mut request, GET_ATTRIBUTES, 24);
    request.u64(16, QUERY);
    let (mut reply, at) = response(request.call(node, &mut reply)?, 32)?;
    let mut known = Attributes::default();
    each_number(&mut reply, at, |ordinal, value| match ordinal {
        1 => known.creation_time = Some(value),
        2 => known.modification_time = Some(value),
        3 => known.mode = Some(value as u32),
        7 => known.access_time = Some(value),
        _ => {}
    })?;
    each_number(&mut reply, at + 16, |ordinal, value| match ordinal {
        1 => known.protocols = value,
        2 => known.abilities = value,
        3 => known.content_size = value,
        4 => known.storage_size = value,
        5 => known.link_count = value,
        6 => known.id = Some(value),
        7 => known.change_time = Some(value),
        _ => {}
    })?;
    reply.finish().map(|_| known)
}

/// Tells of the fields of a table that are numbers.
fn each_number(message: &mut Decoder<'_>, at: usize, mut tell: impl FnMut(usize, u64)) -> Result {
    let Vector { at, count } = message.vector(at, MAX_FIELDS, 8)?;
    for index in 0..count {
        let Some(field) = message.field(at + 8 * index)? else { continue };
        match field.size {
            4 => tell(index + 1, message.u32(field.at)?.into()),
            8 => tell(index + 1, message.u64(field.at)?),
            _ => {}
        }
    }
    Ok(())
}

/// Times that a node is to have, in nanoseconds since 1970; what is left out stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// When its content changed last.
    pub modification: Option<u64>,
    /// When it was read last.
    pub access: Option<u64>,
}

/// Sets times of a node.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: NOT_SUPPORTED for example, if it keeps no such
/// time.
pub fn set_times(node: Handle, times: Times) -> Result {
    const MODIFICATION: usize = 2;
    const ACCESS: usize = 7;
    let (mut request, mut reply) = ([0; 104], [0; OUTCOME_SIZE]);
    let mut request = Encoder::new(&mut request, UPDATE_ATTRIBUTES, 32);
    let fields = [(MODIFICATION, times.modification), (ACCESS, times.access)];
    let last = fields.iter().rfind(|(_, time)| time.is_some());
    let at = request.vector(16, last.map_or(0, |(ordinal, _)| *ordinal), 8);
    for (ordinal, time) in fields {
        if let Some(time) = time {
            request.field_u64(at + 8 * (ordinal - 1), time);
        }
    }
    done(request.call(node, &mut reply)?)
}
