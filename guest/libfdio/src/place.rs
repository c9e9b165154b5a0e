//! Where paths of calls lead.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::c_int;

use guest_rt::Handle;
use guest_rt::io::{Flags, MAX_NAME};
use zx_abi::{Result, Status};

use crate::descriptor;
use crate::namespace::{self, Space};
use crate::object::{Kind, Object};
use crate::open::{AT_FDCWD, DIRECTORY};
use crate::path::{self, Clean};
use crate::remote::Remote;

/// What a path is relative to.
enum Base {
    /// A namespace: the path is absolute.
    Space(Arc<Space>),
    /// A directory that is open.
    Directory(Arc<Object>),
}

/// What a path of a call leads to, whether it is there or not.
pub struct Place {
    base: Base,
    path: Vec<u8>,
    /// Whether the path says that it is a directory.
    is_directory: bool,
    /// Whether the path names no entry of a directory.
    is_nameless: bool,
}

impl Place {
    /// Where a path leads from a directory that is open, or from the working directory, unless it is
    /// absolute.
    pub fn of(fd: c_int, path: &[u8]) -> Result<Self> {
        if path.is_empty() {
            return Err(Status::NOT_FOUND);
        }
        let below = |(space, mut directory): (Arc<Space>, Vec<u8>)| {
            directory.push(b'/');
            directory.extend_from_slice(path);
            (Base::Space(space), directory)
        };
        let (base, path) = if path.starts_with(b"/") {
            (Base::Space(namespace::installed()), path.to_vec())
        } else if fd == AT_FDCWD {
            below(path::working_directory())
        } else {
            let object = descriptor::get(fd).map_err(|_| Status::BAD_HANDLE)?;
            match &object.kind {
                Kind::Local(local) => below((local.space.clone(), local.path.clone())),
                Kind::Remote(remote) if remote.is_directory() => {
                    (Base::Directory(object), path.to_vec())
                }
                _ => return Err(Status::NOT_DIR),
            }
        };
        let Clean { text, is_directory, is_nameless } = path::clean(&path)?;
        Ok(Self { base, path: text, is_directory, is_nameless })
    }

    /// Its namespace and path, unless it is relative to a directory that is open.
    pub fn absolute(self) -> Option<(Arc<Space>, Vec<u8>)> {
        match self.base {
            Base::Space(space) => Some((space, self.path)),
            Base::Directory(_) => None,
        }
    }

    /// Opens what is there.
    ///
    /// # Errors
    /// What its server says; NOT_FILE for a directory where none is allowed.
    pub fn open(&self, mut flags: Flags, allow_directory: bool) -> Result<Arc<Object>> {
        if self.is_directory {
            if !allow_directory {
                return Err(Status::NOT_FILE);
            }
            flags |= Flags::PROTOCOL_DIRECTORY;
        }
        if !allow_directory && !flags.intersects(Flags::PROTOCOLS) {
            flags |= Flags::PROTOCOL_FILE | Flags::PROTOCOL_SYMLINK;
        }
        Ok(Object::new(self.base.open(&self.path, flags)?))
    }

    /// Opens the directory that it is in, for something to be done with its name there.
    ///
    /// # Errors
    /// As [`Place::open`]; INVALID_ARGS for a path that names none; NOT_SUPPORTED for what is bound
    /// in the namespace, and for what is between that and the root.
    pub fn entry(&self) -> Result<DirectoryEntry> {
        if self.is_nameless {
            return Err(Status::INVALID_ARGS);
        }
        let split = self.path.iter().rposition(|&byte| byte == b'/');
        let (parent, name) = match split {
            None => (&b"."[..], &self.path[..]),
            Some(slash) => (&self.path[..slash.max(1)], &self.path[slash + 1..]),
        };
        if name.len() + usize::from(self.is_directory) > MAX_NAME {
            return Err(Status::BAD_PATH);
        }
        let name = name.to_vec();
        match self.base.open(parent, DIRECTORY)? {
            Kind::Remote(parent) => {
                Ok(DirectoryEntry { parent, name, is_directory: self.is_directory })
            }
            Kind::Local(local) if !local.names().contains(&name) => Err(Status::NOT_FOUND),
            _ => Err(Status::NOT_SUPPORTED),
        }
    }
}

impl Base {
    fn open(&self, path: &[u8], flags: Flags) -> Result<Kind> {
        match self {
            Self::Space(space) => space.clone().open(path, flags),
            Self::Directory(object) => {
                let remote = object.remote().map_err(|_| Status::NOT_DIR)?;
                remote.open_below(path, flags).map(Kind::Remote)
            }
        }
    }
}

/// A name in a directory, whether it is taken or not.
pub struct DirectoryEntry {
    parent: Remote,
    /// The name itself.
    pub name: Vec<u8>,
    /// Whether the path said that it is a directory.
    pub is_directory: bool,
}

impl DirectoryEntry {
    /// The directory.
    pub fn directory(&self) -> Handle {
        self.parent.channel()
    }

    /// The name, with a slash at its end if it must be a directory.
    pub fn name_with_slash(&self) -> Vec<u8> {
        let mut name = self.name.clone();
        if self.is_directory {
            name.push(b'/');
        }
        name
    }
}
