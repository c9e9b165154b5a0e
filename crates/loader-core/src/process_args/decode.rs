//! A message, taken apart.

use super::c_strings::CStrings;
use super::decode_error::DecodeError;
use super::handle_info::HandleInfo;
use super::layout::{HEADER_SIZE, INFO_SIZE};
use core::mem::offset_of;
use zerocopy::FromBytes;
use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_HANDLES, PROCARGS_PROTOCOL, PROCARGS_VERSION, ProcArgs,
};

/// A bootstrap message's contents; strings are borrowed from its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedMessage<'a> {
    /// What each handle is for, in the order of the handles.
    pub handle_infos: Vec<HandleInfo>,
    /// Command line arguments.
    pub args: CStrings<'a>,
    /// Environment.
    pub environment_vars: CStrings<'a>,
    /// Where the directories of the namespace go.
    pub namespace_paths: CStrings<'a>,
}

/// A field of the header: its name, its place, its value.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    at: usize,
    value: u32,
}

macro_rules! field {
    ($header:ident.$name:ident) => {
        Field {
            name: stringify!($name),
            at: offset_of!(ProcArgs, $name),
            value: $header.$name.get(),
        }
    };
}

impl<'a> DecodedMessage<'a> {
    /// Takes apart a message of `bytes` with `handle_count` handles.
    ///
    /// Only the layout of [`super::Message::build`] is accepted: header, handle infos, arguments,
    /// environment, namespace paths, each beginning where the one before it ends, and nothing
    /// after them. The header file allows sections anywhere; no known sender makes use of that.
    /// Strings need not be UTF-8, and namespace handles are not matched with paths.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] for the first thing wrong: the limits of a channel message, the header's
    /// size, protocol and version, offsets outside, and then section by section.
    pub fn decode(bytes: &'a [u8], handle_count: usize) -> Result<Self, DecodeError> {
        let size = bytes.len();
        if size > CHANNEL_MAX_MSG_BYTES as usize {
            return Err(DecodeError::TooLarge { size });
        }
        if handle_count > CHANNEL_MAX_MSG_HANDLES as usize {
            return Err(DecodeError::TooManyHandles { handles: handle_count });
        }
        let (header, _) =
            ProcArgs::ref_from_prefix(bytes).map_err(|_| DecodeError::TooShort { size })?;
        if header.protocol != PROCARGS_PROTOCOL {
            return Err(DecodeError::Protocol { actual: header.protocol.get() });
        }
        if header.version != PROCARGS_VERSION {
            return Err(DecodeError::Version { actual: header.version.get() });
        }

        let handle_info_off = field!(header.handle_info_off);
        let args_off = field!(header.args_off);
        let environ_off = field!(header.environ_off);
        let names_off = field!(header.names_off);
        for Field { name, at, value } in [handle_info_off, args_off, environ_off, names_off] {
            if value as usize > size {
                return Err(DecodeError::OffsetOutside { field: name, at, actual: value, size });
            }
        }

        let handle_infos = decode_infos(bytes, handle_info_off, args_off, handle_count)?;
        let args = section(bytes, args_off.value as usize, field!(header.args_num))?;
        let end = args_off.value as usize + args.packed().len();
        expect_at(environ_off, end)?;
        let environment_vars = section(bytes, end, field!(header.environ_num))?;
        let end = end + environment_vars.packed().len();
        expect_at(names_off, end)?;
        let namespace_paths = section(bytes, end, field!(header.names_num))?;
        let end = end + namespace_paths.packed().len();
        if end != size {
            return Err(DecodeError::TrailingBytes { end, size });
        }
        Ok(Self { handle_infos, args, environment_vars, namespace_paths })
    }
}

/// Checks that a section begins where the one before it ends.
fn expect_at(offset: Field, expected: usize) -> Result<(), DecodeError> {
    if offset.value as usize != expected {
        let Field { name, at, value } = offset;
        return Err(DecodeError::Misplaced { field: name, at, expected, actual: value });
    }
    Ok(())
}

/// The handle infos: they fill what lies between the header and the arguments.
fn decode_infos(
    bytes: &[u8],
    handle_info_off: Field,
    args_off: Field,
    handle_count: usize,
) -> Result<Vec<HandleInfo>, DecodeError> {
    expect_at(handle_info_off, HEADER_SIZE)?;
    let raw = bytes
        .get(HEADER_SIZE..args_off.value as usize)
        .filter(|raw| raw.len().is_multiple_of(INFO_SIZE));
    let Some(raw) = raw else {
        let end = HEADER_SIZE + handle_count * INFO_SIZE;
        let Field { name, at, value } = args_off;
        return Err(DecodeError::Misplaced { field: name, at, expected: end, actual: value });
    };
    let (infos, _) = raw.as_chunks::<INFO_SIZE>();
    if infos.len() != handle_count {
        return Err(DecodeError::HandleCount { infos: infos.len(), handles: handle_count });
    }
    infos
        .iter()
        .enumerate()
        .map(|(index, raw)| {
            u32::from_le_bytes(*raw).try_into().map_err(|error| DecodeError::HandleInfo {
                index,
                at: HEADER_SIZE + index * INFO_SIZE,
                error,
            })
        })
        .collect()
}

/// As many strings as `count` says, from byte `start` on.
fn section(bytes: &[u8], start: usize, count: Field) -> Result<CStrings<'_>, DecodeError> {
    let rest = bytes.get(start..).unwrap_or_default();
    CStrings::split_prefix(rest, count.value as usize).map_err(|found| DecodeError::MissingNul {
        field: count.name,
        at: count.at,
        stated: count.value,
        found,
    })
}
