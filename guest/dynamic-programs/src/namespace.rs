//! The program's namespace.

use core::{ptr, slice};

use guest_rt::io_2020::{OpenFlags, node};
use guest_rt::namespace::Entry;
use guest_rt::{Handle, channel};
use zx_abi::{Result, Status};

unsafe extern "C" {
    fn guest_namespace_entry(index: usize, path: *mut *const u8, size: *mut usize) -> u32;
    fn guest_namespace_child(
        path: *const u8,
        path_size: usize,
        index: usize,
        size: *mut usize,
    ) -> *const u8;
    fn guest_open(path: *const u8, size: usize, flags: u32, server: u32) -> i32;
}

/// The directories that are bound, in the order of binding. They stay the namespace's.
pub fn entries() -> impl Iterator<Item = Entry> {
    (0..).map_while(|index| {
        let (mut path, mut size) = (ptr::null(), 0);
        // SAFETY: both are valid for the writes; paths stay.
        let (directory, path) = unsafe {
            let directory = guest_namespace_entry(index, &mut path, &mut size);
            (Handle::from_raw(directory), slice::from_raw_parts(path, size))
        };
        (directory != Handle::INVALID).then_some(Entry { path, directory })
    })
}

/// The names in a directory between the root and entries, each once.
pub fn children(path: &[u8]) -> impl Iterator<Item = &'static [u8]> {
    (0..).map_while(move |index| {
        let mut size = 0;
        // SAFETY: the path has the size passed, and `size` is valid for the write; names stay.
        unsafe {
            let name = guest_namespace_child(path.as_ptr(), path.len(), index, &mut size);
            (!name.is_null()).then(|| slice::from_raw_parts(name, size))
        }
    })
}

/// Asks for what is at an absolute path. Nothing tells whether it is there, but an event if the
/// flags have DESCRIBE.
///
/// # Errors
/// NOT_FOUND where nothing is bound; NOT_SUPPORTED for a directory between the root and entries;
/// PEER_CLOSED.
pub fn connect(path: &[u8], flags: OpenFlags) -> Result<Handle> {
    let (client, server) = channel::create()?;
    // SAFETY: the path has the size passed.
    let status = Status::ok(unsafe {
        guest_open(path.as_ptr(), path.len(), flags.bits(), server.into_raw())
    });
    status.map(|()| client).inspect_err(|_| client.close())
}

/// Opens what is at an absolute path, and waits until it is open; it is to be closed by
/// [`node::close`].
///
/// # Errors
/// As [`connect`], and what the server says.
pub fn open(path: &[u8], flags: OpenFlags) -> Result<(Handle, node::NodeInfo)> {
    let client = connect(path, flags | OpenFlags::DESCRIBE)?;
    match node::opened(client) {
        Ok(info) => Ok((client, info)),
        Err(status) => {
            client.close();
            Err(status)
        }
    }
}
