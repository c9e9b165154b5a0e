//! The namespace of the process (lib/fdio/namespace.h).

use alloc::vec::Vec;

use guest_rt::io::{OpenFlags, directory, node};
use guest_rt::lock::Mutex;
use guest_rt::namespace::{Namespace, Place};
use guest_rt::{Handle, Owned};
use zx_abi::Status;

use crate::remote::Remote;

static NAMESPACE: Mutex<Namespace> = Mutex::new(Namespace::new());

/// Binds a directory to a path, and consumes its handle.
pub fn bind(path: &[u8], directory: Handle) -> Result<(), Status> {
    let path = Vec::from(path).leak();
    NAMESPACE.with(|namespace| namespace.bind(path, directory))
}

/// Connects to what is at an absolute path, over a server end, which is consumed.
pub fn connect(path: &[u8], flags: OpenFlags, server: Owned) -> Result<(), Status> {
    match NAMESPACE.with(|namespace| namespace.find(path))? {
        Place::Bound(bound, rest) => directory::open(bound, flags, rest, server.into_inner()),
        Place::Between => Err(Status::NOT_SUPPORTED),
    }
}

/// Clones of all entries at a path of these, or below it, with their paths.
pub fn export(prefixes: &[&[u8]]) -> Result<Vec<(&'static [u8], Owned)>, Status> {
    NAMESPACE.with(|namespace| {
        let wanted = |path: &[u8]| prefixes.iter().any(|prefix| is_below(path, prefix));
        let entries = namespace.entries().filter(|entry| wanted(entry.path));
        entries
            .map(|entry| {
                let clone = node::clone(entry.directory, OpenFlags::CLONE_SAME_RIGHTS)?;
                Ok((entry.path, Owned::new(clone)))
            })
            .collect()
    })
}

/// Whether a path is that of a directory or leads below it.
fn is_below(path: &[u8], directory: &[u8]) -> bool {
    let directory = directory.strip_suffix(b"/").unwrap_or(directory);
    path.strip_prefix(directory).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}

/// Opens what is at an absolute path without `.`, `..` and double slashes.
pub fn open(path: &[u8], flags: OpenFlags) -> Result<Remote, Status> {
    match NAMESPACE.with(|namespace| namespace.find(path)) {
        Ok(Place::Bound(directory, rest)) => Remote::open(directory, flags, rest),
        Ok(Place::Between) => Err(Status::NOT_SUPPORTED),
        Err(status) => Err(status),
    }
}
