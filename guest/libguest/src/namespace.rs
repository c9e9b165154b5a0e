//! The namespace that the program was started with.

use core::{ptr, slice};

use guest_rt::io_2020::{OpenFlags, directory};
use guest_rt::namespace::{Namespace, Place};
use guest_rt::{Handle, Startup};
use zx_abi::{HandleType, Status};

use crate::locked::Locked;

static NAMESPACE: Locked<Namespace> = Locked::new(Namespace::new());

/// Binds the directories of the message. Of those that overlap, the first one wins, and the others
/// vanish.
pub fn adopt(startup: &Startup) {
    for (info, directory) in startup.handles() {
        if info.handle_type() == Some(HandleType::NamespaceDirectory)
            && let Some(path) = startup.names().nth(info.arg().into())
        {
            let _ = NAMESPACE.with(|namespace| namespace.bind(path, directory));
        }
    }
}

/// The directory that is bound as the entry of this index, and its path; 0 after the last one.
///
/// # Safety
/// `path` and `size` are valid for the writes.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_namespace_entry(
    index: usize,
    path: *mut *const u8,
    size: *mut usize,
) -> u32 {
    let entry = NAMESPACE.with(|namespace| namespace.entries().nth(index));
    let text = entry.map_or(&[][..], |entry| entry.path);
    // SAFETY: the caller's promise.
    unsafe {
        path.write(text.as_ptr());
        size.write(text.len());
    }
    entry.map_or(Handle::INVALID, |entry| entry.directory).into_raw()
}

/// The name at an index in a directory between the root and entries; null after the last one.
///
/// # Safety
/// The path has `path_size` bytes; `size` is valid for the write.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_namespace_child(
    path: *const u8,
    path_size: usize,
    index: usize,
    size: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    let path = unsafe { slice::from_raw_parts(path, path_size) };
    let name = NAMESPACE.with(|namespace| namespace.children(path).nth(index));
    // SAFETY: the caller's promise.
    unsafe { size.write(name.map_or(0, <[u8]>::len)) };
    name.map_or(ptr::null(), <[u8]>::as_ptr)
}

/// Opens what is at an absolute path, over a server end, which is consumed. Returns a status:
/// NOT_FOUND where nothing is bound, NOT_SUPPORTED for a directory between the root and entries,
/// else as [`directory::open`].
///
/// # Safety
/// The path has `size` bytes.
// SAFETY: programs declare it with this signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn guest_open(path: *const u8, size: usize, flags: u32, server: u32) -> i32 {
    // SAFETY: the caller's promise.
    let path = unsafe { slice::from_raw_parts(path, size) };
    let server = Handle::from_raw(server);
    let opened = match NAMESPACE.with(|namespace| namespace.find(path)) {
        Ok(Place::Bound(bound, rest)) => {
            directory::open(bound, OpenFlags::from_bits_retain(flags), rest, server)
        }
        Ok(Place::Between) => {
            server.close();
            Err(Status::NOT_SUPPORTED)
        }
        Err(status) => {
            server.close();
            Err(status)
        }
    };
    opened.err().unwrap_or(Status::OK).into_raw()
}
