//! Asking the loader service for a library (sdk/fidl/fuchsia.ldsvc, `Loader.LoadObject`).

use guest_rt::fidl::{HANDLE_PRESENT, Header, PRESENT, padded};
use guest_rt::{Handle, channel};
use zerocopy::little_endian::{I32, U32, U64};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};
use zx_abi::{Result, Status, TIME_INFINITE};

const LOAD_OBJECT: u64 = 0x48c5_a151_d6df_2853;
/// Bytes of a name, at most: `string:1024`.
const MAX_NAME: usize = 1024;

#[derive(IntoBytes, FromZeros, Immutable)]
#[repr(C)]
struct Request {
    header: Header,
    name_size: U64,
    name_presence: U64,
    name: [u8; MAX_NAME],
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Response {
    header: Header,
    status: I32,
    object: U32,
}

/// Asks for the library of this name, and waits for the answer.
///
/// # Errors
/// What the service answers, NOT_FOUND for example; OUT_OF_RANGE for a name that is too long;
/// INVALID_ARGS for an answer that is none; else as [`channel::call`].
pub fn load_object(loader: Handle, name: &[u8]) -> Result<Handle> {
    let mut request = Request::new_zeroed();
    request.header = Header::request(LOAD_OBJECT);
    request.name_size.set(name.len() as u64);
    request.name_presence.set(PRESENT);
    let place = request.name.get_mut(..name.len()).ok_or(Status::OUT_OF_RANGE)?;
    place.copy_from_slice(name);
    let size = size_of::<Request>() - MAX_NAME + padded(name.len());
    let message = request.as_bytes().get(..size).ok_or(Status::OUT_OF_RANGE)?;

    let mut reply = Response::new_zeroed();
    let mut handles = [Handle::INVALID];
    let (bytes, handles) =
        channel::call(loader, TIME_INFINITE, message, reply.as_mut_bytes(), &mut handles)?;
    let (size, object) = (bytes.len(), handles.first().copied());
    let refuse = |status| {
        object.unwrap_or(Handle::INVALID).close();
        Err(status)
    };
    if size != size_of::<Response>() || reply.header.ordinal != LOAD_OBJECT {
        return refuse(Status::INVALID_ARGS);
    }
    if let Err(status) = Status::ok(reply.status.get()) {
        return refuse(status);
    }
    match object {
        Some(object) if reply.object == HANDLE_PRESENT => Ok(object),
        _ => refuse(Status::INVALID_ARGS),
    }
}
