//! `fuchsia.io.File`.

use zx_abi::{Result, Status};

use super::outcome::{OUTCOME_SIZE, done, response};
use super::{MAX_TRANSFER, VmoFlags};
use crate::fidl::Encoder;
use crate::{Handle, Owned};

const READ: u64 = 0x057e_419a_298c_8ede;
const READ_AT: u64 = 0x1607_a293_a60d_723e;
const WRITE: u64 = 0x6a31_4378_3246_9f82;
const WRITE_AT: u64 = 0x793e_efc0_045e_792b;
const SEEK: u64 = 0x7807_9168_162c_5207;
const RESIZE: u64 = 0x2b80_825f_0535_743a;
const GET_BACKING_MEMORY: u64 = 0x00a6_a9e6_54cb_f62b;
const ADVISORY_LOCK: u64 = 0x6ee9_c0ad_53ec_87aa;

/// Reads what follows, or what is at an offset, into at most [`MAX_TRANSFER`] bytes. 0 means that
/// the file has no more.
///
/// # Errors
/// As [`Encoder::call`], and what the server says; IO for more than asked for.
pub fn read(file: Handle, offset: Option<u64>, buffer: &mut [u8]) -> Result<usize> {
    let (mut request, mut reply) = ([0; 32], [0; OUTCOME_SIZE + 16 + MAX_TRANSFER]);
    let count = buffer.len().min(MAX_TRANSFER);
    let mut request = match offset {
        None => Encoder::new(&mut request, READ, 24),
        Some(_) => Encoder::new(&mut request, READ_AT, 32),
    };
    request.u64(16, count as u64);
    if let Some(offset) = offset {
        request.u64(24, offset);
    }
    let (mut reply, at) = response(request.call(file, &mut reply)?, 16)?;
    let data = reply.bytes(at, MAX_TRANSFER)?;
    reply.finish()?;
    buffer
        .get_mut(..data.len())
        .filter(|_| data.len() <= count)
        .ok_or(Status::IO)?
        .copy_from_slice(data);
    Ok(data.len())
}

/// Writes at most [`MAX_TRANSFER`] bytes where the last read or write ended, or at an offset, and
/// returns how many they were.
///
/// # Errors
/// As [`Encoder::call`], and what the server says; IO if it says more than there are.
pub fn write(file: Handle, offset: Option<u64>, bytes: &[u8]) -> Result<usize> {
    let (mut request, mut reply) = ([0; 40 + MAX_TRANSFER], [0; OUTCOME_SIZE + 8]);
    let part = bytes.get(..MAX_TRANSFER).unwrap_or(bytes);
    let mut request = match offset {
        None => Encoder::new(&mut request, WRITE, 32),
        Some(_) => Encoder::new(&mut request, WRITE_AT, 40),
    };
    request.bytes(16, part);
    if let Some(offset) = offset {
        request.u64(32, offset);
    }
    let (reply, at) = response(request.call(file, &mut reply)?, 8)?;
    let actual = reply.u64(at)?;
    reply.finish()?;
    usize::try_from(actual).ok().filter(|&actual| actual <= part.len()).ok_or(Status::IO)
}

/// What an offset counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Origin {
    /// The file's start.
    Start = 0,
    /// Where the next byte would be read.
    Current = 1,
    /// The file's end.
    End = 2,
}

/// Moves to where the next byte is read or written, and returns that.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn seek(file: Handle, origin: Origin, offset: i64) -> Result<u64> {
    let (mut request, mut reply) = ([0; 32], [0; OUTCOME_SIZE + 8]);
    let mut request = Encoder::new(&mut request, SEEK, 32);
    request.u32(16, origin as u32);
    request.u64(24, offset.cast_unsigned());
    let (reply, at) = response(request.call(file, &mut reply)?, 8)?;
    let place = reply.u64(at)?;
    reply.finish().map(|_| place)
}

/// Makes the file longer, by zeros, or shorter.
///
/// # Errors
/// As [`Encoder::call`], and what the server says.
pub fn resize(file: Handle, size: u64) -> Result {
    let (mut request, mut reply) = ([0; 24], [0; OUTCOME_SIZE]);
    let mut request = Encoder::new(&mut request, RESIZE, 24);
    request.u64(16, size);
    done(request.call(file, &mut reply)?)
}

/// Asks for a VMO with the file's content.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: ACCESS_DENIED for example, where the file was
/// not opened to be executed.
pub fn backing_memory(file: Handle, flags: VmoFlags) -> Result<Owned> {
    let (mut request, mut reply) = ([0; 24], [0; OUTCOME_SIZE]);
    let mut request = Encoder::new(&mut request, GET_BACKING_MEMORY, 24);
    request.u32(16, flags.bits());
    let (mut reply, at) = response(request.call(file, &mut reply)?, 4)?;
    reply.handle(at)?;
    reply.finish()?.take().map(Owned::new)
}

/// What others may still do with a file that is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Lock {
    /// Lock it to read, too.
    Read = 1,
    /// Nothing.
    Write = 2,
    /// Everything: the lock is given up.
    Unlock = 3,
}

/// Locks a file for the connection, in place of the lock that this has.
///
/// # Errors
/// As [`Encoder::call`], and what the server says: NOT_SUPPORTED; without `wait`, BAD_STATE or
/// SHOULD_WAIT where another connection is in the way.
pub fn lock(file: Handle, lock: Lock, wait: bool) -> Result {
    let (mut request, mut reply) = ([0; 56], [0; OUTCOME_SIZE]);
    let mut request = Encoder::new(&mut request, ADVISORY_LOCK, 32);
    // The second field would be a range.
    let at = request.vector(16, 3, 8);
    request.field_u32(at, lock as u32);
    request.field_u32(at + 16, wait.into());
    done(request.call(file, &mut reply)?)
}
