//! What is served in the namespace (lib/fdio/directory.h). Functions return statuses, and consume
//! the handle that they connect. Those without a `3` take flags of fuchsia.io as it was in 2020.

use core::ffi::{c_char, c_int};

use guest_rt::io::{Flags, MAX_PATH, directory, node};
use guest_rt::io_2020;
use guest_rt::{Handle, Owned};
use zx_abi::Status;

use crate::namespace::{self, fdio_ns_open, fdio_ns_open3, fdio_ns_service_connect};
use crate::open::AT_FDCWD;
use crate::place::Place;
use crate::text::text;
use crate::{descriptor, status};

/// Connects to the service at an absolute path.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect(path: *const c_char, server: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_service_connect(&namespace::installed(), path, server) }
}

/// Connects to the service at a path of a directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect_at(
    directory: u32,
    path: *const c_char,
    server: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_open3_at(directory, path, Flags::PROTOCOL_SERVICE.bits(), server) }
}

/// Connects to the service of a name in `/svc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect_by_name(name: *const c_char, server: u32) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    // SAFETY: the caller's promise.
    status::of(
        unsafe { text(name) }
            .map_err(|_| Status::INVALID_ARGS)
            .and_then(|name| connect_by_name(name, server)),
    )
}

/// Connects to the service of a name in `/svc`.
pub fn connect_by_name(name: &[u8], server: Owned) -> Result<(), Status> {
    let path = [b"/svc/", name].concat();
    namespace::installed().connect(&path, Flags::PROTOCOL_SERVICE, server)
}

/// Another connection to a node: none, if it cannot be asked for.
#[unsafe(no_mangle)]
extern "C" fn fdio_service_clone(node: u32) -> u32 {
    node::clone(Handle::from_raw(node)).unwrap_or(Handle::INVALID).into_raw()
}

/// Another connection to a node.
#[unsafe(no_mangle)]
extern "C" fn fdio_service_clone_to(node: u32, server: u32) -> i32 {
    status::of(node::clone_to(Handle::from_raw(node), Handle::from_raw(server)))
}

/// Opens what is at an absolute path.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open3(path: *const c_char, flags: u64, server: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_open3(&namespace::installed(), path, flags, server) }
}

/// As fuchsia.io was in 2020.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open(path: *const c_char, flags: u32, server: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_ns_open(&namespace::installed(), path, flags, server) }
}

/// A path that a server is asked for as it is.
///
/// # Safety
/// The pointer is null or a string.
unsafe fn checked<'a>(path: *const c_char) -> Result<&'a [u8], Status> {
    // SAFETY: the caller's promise.
    let path = unsafe { text(path) }.ok().filter(|path| path.len() <= MAX_PATH);
    path.ok_or(Status::INVALID_ARGS)
}

/// Opens what is at a path of a directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open3_at(
    directory: u32,
    path: *const c_char,
    flags: u64,
    server: u32,
) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    let flags = Flags::from_bits_retain(flags);
    // SAFETY: the caller's promise.
    status::of(unsafe { checked(path) }.and_then(|path| {
        directory::open(Handle::from_raw(directory), path, flags, server.into_inner())
    }))
}

/// As fuchsia.io was in 2020.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open_at(
    directory: u32,
    path: *const c_char,
    flags: u32,
    server: u32,
) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    let flags = io_2020::OpenFlags::from_bits_retain(flags);
    // SAFETY: the caller's promise.
    status::of(unsafe { checked(path) }.and_then(|path| {
        let directory = Handle::from_raw(directory);
        io_2020::directory::open(directory, flags, path, server.into_inner())
    }))
}

/// Opens a descriptor of what is at a path, from the working directory if it is not absolute.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open3_fd(path: *const c_char, flags: u64, out: *mut c_int) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { open_fd(AT_FDCWD, path, Flags::from_bits_retain(flags), out) }
}

/// Opens a descriptor of what is at a path of another descriptor's directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open3_fd_at(
    fd: c_int,
    path: *const c_char,
    flags: u64,
    out: *mut c_int,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { open_fd_at(fd, path, Flags::from_bits_retain(flags), out) }
}

/// With flags of 2020.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open_fd(path: *const c_char, flags: u32, out: *mut c_int) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { open_fd(AT_FDCWD, path, translate(flags), out) }
}

/// With flags of 2020.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open_fd_at(
    fd: c_int,
    path: *const c_char,
    flags: u32,
    out: *mut c_int,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { open_fd_at(fd, path, translate(flags), out) }
}

/// # Safety
/// The path is null or a string, and `out` is valid for the write.
unsafe fn open_fd_at(fd: c_int, path: *const c_char, flags: Flags, out: *mut c_int) -> i32 {
    // SAFETY: the caller's promise.
    match unsafe { checked(path) } {
        Ok([b'/', ..]) | Err(_) => Status::INVALID_ARGS.into_raw(),
        // SAFETY: the caller's promise.
        Ok(_) => unsafe { open_fd(fd, path, flags, out) },
    }
}

/// # Safety
/// The path is null or a string, and `out` is valid for the write.
unsafe fn open_fd(fd: c_int, path: *const c_char, flags: Flags, out: *mut c_int) -> i32 {
    let open = || {
        // SAFETY: the caller's promise.
        let path = unsafe { text(path) }.map_err(|_| Status::INVALID_ARGS)?;
        let object = Place::of(fd, path)?.open(flags | Flags::FLAG_SEND_REPRESENTATION, true)?;
        descriptor::insert(object, 0, false).map_err(|_| Status::BAD_STATE)
    };
    // SAFETY: the caller's promise.
    unsafe { status::give(open(), out) }
}

/// What flags of 2020 ask a file system of today for.
fn translate(flags: u32) -> Flags {
    use io_2020::OpenFlags;
    let flags = OpenFlags::from_bits_retain(flags);
    let has = |flag| flags.contains(flag);
    let mut made = Flags::PERM_GET_ATTRIBUTES;
    made.set(Flags::FLAG_SEND_REPRESENTATION, has(OpenFlags::DESCRIBE));
    if has(OpenFlags::DIRECTORY) {
        made |= Flags::PROTOCOL_DIRECTORY;
    } else if has(OpenFlags::NOT_DIRECTORY) {
        made |= Flags::PROTOCOL_FILE;
    }
    if has(OpenFlags::NODE_REFERENCE) {
        return made | Flags::PROTOCOL_NODE;
    }
    for (old, new) in [
        (OpenFlags::READABLE, Flags::PERM_READABLE),
        (OpenFlags::WRITABLE, Flags::PERM_WRITABLE),
        (OpenFlags::EXECUTABLE, Flags::PERM_EXECUTABLE),
        (OpenFlags::POSIX_WRITABLE, Flags::PERM_INHERIT_WRITE),
        (OpenFlags::POSIX_EXECUTABLE, Flags::PERM_INHERIT_EXECUTE),
        (OpenFlags::TRUNCATE, Flags::FILE_TRUNCATE),
        (OpenFlags::APPEND, Flags::FILE_APPEND),
    ] {
        if has(old) {
            made |= new;
        }
    }
    let creates = flags.intersects(OpenFlags::CREATE | OpenFlags::CREATE_IF_ABSENT);
    if creates && !made.intersects(Flags::PROTOCOLS) {
        made |= Flags::PROTOCOL_FILE;
    }
    if has(OpenFlags::CREATE_IF_ABSENT) {
        made |= Flags::FLAG_MUST_CREATE;
    } else if has(OpenFlags::CREATE) {
        made |= Flags::FLAG_MAYBE_CREATE;
    }
    made
}
