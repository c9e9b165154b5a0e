//! `fuchsia.io.File`.

use zx_abi::{Result, Status};

use super::{MAX_BUF, VmoFlags};
use crate::Handle;
use crate::fidl::Encoder;

const READ: u64 = 0x29b2_b707_4c95_208c;
const WRITE: u64 = 0x3b64_32f5_7914_225b;
const GET_BUFFER: u64 = 0x4b93_b848_6666_d951;

/// Reads what follows, at most [`MAX_BUF`] bytes. 0 means that the file has no more.
///
/// # Errors
/// As [`Encoder::call`], and what the server says; IO for more than asked for.
pub fn read(file: Handle, buffer: &mut [u8]) -> Result<usize> {
    let (mut request, mut reply) = ([0; 24], [0; 40 + MAX_BUF]);
    let count = buffer.len().min(MAX_BUF);
    let mut request = Encoder::new(&mut request, READ, 24);
    request.u64(16, count as u64);
    let mut reply = request.call(file, &mut reply)?.body(40)?;
    let (status, data) = (reply.status(16)?, reply.bytes(24, MAX_BUF)?);
    reply.finish()?;
    Status::ok(status.into_raw())?;
    buffer
        .get_mut(..data.len())
        .filter(|_| data.len() <= count)
        .ok_or(Status::IO)?
        .copy_from_slice(data);
    Ok(data.len())
}

/// Reads everything that follows.
///
/// # Errors
/// As [`read`]; OUT_OF_RANGE if there is more than room for it.
pub fn read_to_end(file: Handle, buffer: &mut [u8]) -> Result<usize> {
    let mut used = 0;
    while let Some(rest) = buffer.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match read(file, rest)? {
            0 => return Ok(used),
            size => used += size,
        }
    }
    match read(file, &mut [0])? {
        0 => Ok(used),
        _ => Err(Status::OUT_OF_RANGE),
    }
}

/// Writes everything.
///
/// # Errors
/// As [`Encoder::call`], and what the server says; IO if it writes nothing, or more than there is.
pub fn write_all(file: Handle, mut bytes: &[u8]) -> Result {
    while !bytes.is_empty() {
        let (mut request, mut reply) = ([0; 32 + MAX_BUF], [0; 32]);
        let part = bytes.get(..MAX_BUF).unwrap_or(bytes);
        let mut request = Encoder::new(&mut request, WRITE, 32);
        request.bytes(16, part);
        let reply = request.call(file, &mut reply)?.body(32)?;
        let (status, actual) = (reply.status(16)?, reply.u64(24)?);
        reply.finish()?;
        Status::ok(status.into_raw())?;
        let actual = usize::try_from(actual).ok().filter(|&actual| actual > 0);
        bytes = actual.and_then(|actual| bytes.get(actual..)).ok_or(Status::IO)?;
    }
    Ok(())
}

/// Asks for a VMO with the file's content.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: ACCESS_DENIED for example, where the file was
/// not opened to be executed.
pub fn buffer(file: Handle, flags: VmoFlags) -> Result<Handle> {
    let (mut request, mut reply) = ([0; 24], [0; 48]);
    let mut request = Encoder::new(&mut request, GET_BUFFER, 24);
    request.u32(16, flags.bits());
    let mut reply = request.call(file, &mut reply)?.body(32)?;
    let status = reply.status(16)?;
    if let Some(buffer) = reply.boxed(24, 16)? {
        reply.handle(buffer)?;
    }
    let mut handles = reply.finish()?;
    Status::ok(status.into_raw())?;
    handles.take()
}
