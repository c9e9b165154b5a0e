//! The bootstrap message (zircon/processargs.h).

use core::fmt;

use zerocopy::{FromBytes, little_endian::U32};
use zx_abi::{HandleType, PROCARGS_PROTOCOL, PROCARGS_VERSION, ProcArgs, Status};

/// Why a message is not a bootstrap message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Reading it failed.
    Read(Status),
    /// It is shorter than its header.
    TooShort,
    /// It is of another protocol.
    Protocol(u32),
    /// It is of another version.
    Version(u32),
    /// The handle infos are not inside it.
    HandleInfo,
    /// A table of strings is not inside it.
    Strings,
}

impl MessageError {
    /// The status to fail with.
    pub fn as_zx_status(self) -> Status {
        match self {
            Self::Read(status) => status,
            Self::Version(_) => Status::NOT_SUPPORTED,
            Self::TooShort | Self::Protocol(_) | Self::HandleInfo | Self::Strings => {
                Status::INVALID_ARGS
            }
        }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(status) => write!(f, "cannot be read: {status}"),
            Self::TooShort => f.write_str("shorter than its header"),
            Self::Protocol(number) => write!(f, "protocol {number:#x}"),
            Self::Version(number) => write!(f, "version {number:#x}"),
            Self::HandleInfo => f.write_str("handle infos out of range"),
            Self::Strings => f.write_str("strings out of range"),
        }
    }
}

/// What a startup handle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandleInfo {
    raw: u32,
}

impl HandleInfo {
    /// The info of this type and argument.
    pub const fn new(handle_type: HandleType, arg: u16) -> Self {
        Self { raw: handle_type as u32 | (arg as u32) << 16 }
    }

    /// Wraps a raw info, as `PA_HND` makes it.
    pub const fn from_raw(raw: u32) -> Self {
        Self { raw }
    }

    /// The raw info.
    pub const fn into_raw(self) -> u32 {
        self.raw
    }

    /// The type, if it is a known one.
    pub const fn handle_type(self) -> Option<HandleType> {
        HandleType::from_raw(self.raw as u8)
    }

    /// The argument: an index or a number whose meaning the type gives.
    pub const fn arg(self) -> u16 {
        (self.raw >> 16) as u16
    }
}

impl fmt::Display for HandleInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.handle_type() {
            Some(handle_type) => write!(f, "{}({})", handle_type.name(), self.arg()),
            None => write!(f, "{:#x}", self.raw),
        }
    }
}

/// A bootstrap message whose tables have been checked.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    infos: &'a [U32],
    args: &'a [u8],
    environ: &'a [u8],
    names: &'a [u8],
}

impl<'a> Message<'a> {
    /// Checks a message that came with this many handles.
    pub fn parse(bytes: &'a [u8], handles: usize) -> Result<Self, MessageError> {
        let (header, _) = ProcArgs::ref_from_prefix(bytes).map_err(|_| MessageError::TooShort)?;
        if header.protocol != PROCARGS_PROTOCOL {
            return Err(MessageError::Protocol(header.protocol.get()));
        }
        if header.version != PROCARGS_VERSION {
            return Err(MessageError::Version(header.version.get()));
        }
        let infos = bytes.get(header.handle_info_off.get() as usize..);
        let (infos, _) = infos
            .and_then(|rest| <[U32]>::ref_from_prefix_with_elems(rest, handles).ok())
            .ok_or(MessageError::HandleInfo)?;
        let table = |offset: U32, count: U32| {
            strings(bytes, offset.get(), count.get()).ok_or(MessageError::Strings)
        };
        Ok(Self {
            infos,
            args: table(header.args_off, header.args_num)?,
            environ: table(header.environ_off, header.environ_num)?,
            names: table(header.names_off, header.names_num)?,
        })
    }

    /// The arguments.
    pub fn args(&self) -> Strings<'a> {
        Strings::new(self.args)
    }

    /// The environment, `NAME=VALUE` by convention.
    pub fn environ(&self) -> Strings<'a> {
        Strings::new(self.environ)
    }

    /// The namespace paths; a `NamespaceDirectory` handle's argument is an index among them.
    pub fn names(&self) -> Strings<'a> {
        Strings::new(self.names)
    }

    /// What each handle is for, in the order of the handles.
    pub fn handle_infos(&self) -> impl Iterator<Item = HandleInfo> + use<'a> {
        self.infos.iter().map(|raw| HandleInfo { raw: raw.get() })
    }
}

/// The bytes of a table of `count` NUL-terminated strings.
fn strings(bytes: &[u8], offset: u32, count: u32) -> Option<&[u8]> {
    let rest = bytes.get(offset as usize..)?;
    let mut size = 0;
    for _ in 0..count {
        let tail = rest.get(size..)?;
        size += tail.iter().position(|&byte| byte == 0)? + 1;
    }
    rest.get(..size)
}

/// Iterates over strings, without their NULs.
#[derive(Clone)]
pub struct Strings<'a> {
    /// NUL-terminated strings.
    rest: &'a [u8],
}

impl<'a> Strings<'a> {
    /// Strings that each end with a NUL.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The strings that are left, each with its NUL.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|&byte| byte == 0)?;
        let (string, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..)?;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(infos: &[u32], tables: [&[&str]; 3]) -> Vec<u8> {
        let mut offset = 36 + 4 * infos.len() as u32;
        let mut words = vec![PROCARGS_PROTOCOL, PROCARGS_VERSION, 36];
        let mut strings = Vec::new();
        for table in tables {
            words.extend([offset, table.len() as u32]);
            for string in table {
                strings.extend(string.bytes().chain([0]));
                offset += string.len() as u32 + 1;
            }
        }
        words.extend(infos);
        words.iter().flat_map(|word| word.to_le_bytes()).chain(strings).collect()
    }

    fn text(strings: Strings<'_>) -> Vec<&str> {
        strings.map(|string| str::from_utf8(string).unwrap()).collect()
    }

    #[test]
    fn tables_and_infos_are_read_in_order() {
        let bytes = message(
            &[0x1234_00f1, 0x20, 0x0001_0020],
            [&["arg1", "", "arg3"], &["FOO=BAR"], &["/data", "/pkg"]],
        );
        let parsed = Message::parse(&bytes, 3).ok().unwrap();
        assert_eq!(text(parsed.args()), ["arg1", "", "arg3"]);
        assert_eq!(text(parsed.environ()), ["FOO=BAR"]);
        assert_eq!(text(parsed.names()), ["/data", "/pkg"]);
        let infos: Vec<_> = parsed.handle_infos().collect();
        assert_eq!(
            infos,
            [
                HandleInfo::new(HandleType::User1, 0x1234),
                HandleInfo::new(HandleType::NamespaceDirectory, 0),
                HandleInfo::new(HandleType::NamespaceDirectory, 1),
            ]
        );
        assert_eq!(infos[0].to_string(), "User1(4660)");
        assert_eq!(infos[2].arg(), 1);
    }

    #[test]
    fn an_empty_message_has_only_a_header() {
        let bytes = message(&[], [&[], &[], &[]]);
        assert_eq!(bytes.len(), 36);
        assert_eq!(Message::parse(&bytes, 0).ok().unwrap().args().count(), 0);
        assert_eq!(Message::parse(&bytes[..35], 0).err(), Some(MessageError::TooShort));
    }

    #[test]
    fn other_protocols_and_versions_are_refused() {
        let mut bytes = message(&[], [&[], &[], &[]]);
        bytes[4] = 1;
        assert_eq!(Message::parse(&bytes, 0).err(), Some(MessageError::Version(0x1001)));
        bytes[0] = 0;
        assert_eq!(Message::parse(&bytes, 0).err(), Some(MessageError::Protocol(0x4150_5800)));
    }

    #[test]
    fn tables_beyond_the_message_are_refused() {
        let bytes = message(&[1], [&["a"], &[], &[]]);
        assert!(Message::parse(&bytes, 1).is_ok());
        // One handle info more than there is room for.
        assert_eq!(Message::parse(&bytes, 2).err(), Some(MessageError::HandleInfo));
        // The last NUL is missing.
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(Message::parse(cut, 1).err(), Some(MessageError::Strings));
        // Any offset or count can be out of range.
        for (field, error) in [
            (8, MessageError::HandleInfo),
            (12, MessageError::Strings),
            (16, MessageError::Strings),
            (20, MessageError::Strings),
            (24, MessageError::Strings),
            (28, MessageError::Strings),
            (32, MessageError::Strings),
        ] {
            let mut bad = bytes.clone();
            bad[field..field + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            assert_eq!(Message::parse(&bad, 1).err(), Some(error), "field {field}");
        }
    }
}
