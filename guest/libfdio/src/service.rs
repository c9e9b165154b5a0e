//! Services of the namespace (lib/fdio/directory.h). Functions return statuses, and consume the
//! handle that they connect.

use core::ffi::{CStr, c_char};

use guest_rt::io::{OpenFlags, directory};
use guest_rt::launcher::FLAGS;
use guest_rt::{Handle, Owned};
use zx_abi::Status;

use crate::namespace;

fn status(result: Result<(), Status>) -> i32 {
    result.err().unwrap_or(Status::OK).into_raw()
}

/// Connects to the service at an absolute path.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect(path: *const c_char, server: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_open(path, FLAGS.bits(), server) }
}

/// Connects to the service at a path of a directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect_at(
    directory: u32,
    path: *const c_char,
    server: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { fdio_open_at(directory, path, FLAGS.bits(), server) }
}

/// Connects to the service of a name in `/svc`.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_service_connect_by_name(name: *const c_char, server: u32) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    status(namespace::connect(&[b"/svc/", name].concat(), FLAGS, server))
}

/// Opens what is at an absolute path.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open(path: *const c_char, flags: u32, server: u32) -> i32 {
    let server = Owned::new(Handle::from_raw(server));
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    status(namespace::connect(path, OpenFlags::from_bits_retain(flags), server))
}

/// Opens what is at a path of a directory.
#[unsafe(no_mangle)]
unsafe extern "C" fn fdio_open_at(
    directory: u32,
    path: *const c_char,
    flags: u32,
    server: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let flags = OpenFlags::from_bits_retain(flags);
    status(directory::open(Handle::from_raw(directory), flags, path, Handle::from_raw(server)))
}
