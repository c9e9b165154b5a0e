//! The namespace of the process (lib/fdio/namespace.h).

use alloc::vec::Vec;

use guest_rt::Handle;
use guest_rt::io::OpenFlags;
use guest_rt::lock::Mutex;
use guest_rt::namespace::{Namespace, Place};
use zx_abi::Status;

use crate::remote::Remote;

static NAMESPACE: Mutex<Namespace> = Mutex::new(Namespace::new());

/// Binds a directory to a path, and consumes its handle.
pub fn bind(path: &[u8], directory: Handle) -> Result<(), Status> {
    let path = Vec::from(path).leak();
    NAMESPACE.with(|namespace| namespace.bind(path, directory))
}

/// Opens what is at an absolute path without `.`, `..` and double slashes.
pub fn open(path: &[u8], flags: OpenFlags) -> Result<Remote, Status> {
    match NAMESPACE.with(|namespace| namespace.find(path)) {
        Ok(Place::Bound(directory, rest)) => Remote::open(directory, flags, rest),
        Ok(Place::Between) => Err(Status::NOT_SUPPORTED),
        Err(status) => Err(status),
    }
}
