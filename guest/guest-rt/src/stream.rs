//! Streams over the content of VMOs.

use zx_abi::{IoVector, Result, SeekOrigin, Status, StreamMode};

use crate::{Handle, syscalls};

/// Creates a stream over the content of a VMO.
///
/// # Errors
/// NO_MEMORY, INVALID_ARGS (APPEND in 2020), BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn create(vmo: Handle, mode: StreamMode, seek: u64) -> Result<Handle> {
    let mut stream = 0;
    // SAFETY: `stream` is valid for the write.
    Status::ok(unsafe { syscalls::stream_create(mode.bits(), vmo.into_raw(), seek, &mut stream) })?;
    Ok(Handle::from_raw(stream))
}

/// Reads into buffers, and returns how many bytes there were.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, BAD_STATE.
pub fn read<const N: usize>(stream: Handle, buffers: [&mut [u8]; N]) -> Result<usize> {
    let mut vector = buffers.map(|buffer| IoVector {
        buffer: buffer.as_mut_ptr() as u64,
        capacity: buffer.len() as u64,
    });
    let mut actual = 0;
    // SAFETY: the buffers are borrowed mutably until here.
    Status::ok(unsafe {
        syscalls::stream_readv(stream.into_raw(), 0, vector.as_mut_ptr(), N, &mut actual)
    })?;
    Ok(actual)
}

/// Writes buffers, and returns for how many of their bytes there was room. `options` may be
/// [`zx_abi::STREAM_APPEND`].
///
/// # Errors
/// NO_SPACE (in 2020), OUT_OF_RANGE (since 2021), FILE_BIG, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED,
/// BAD_STATE, NO_MEMORY.
pub fn write<const N: usize>(stream: Handle, options: u32, buffers: [&[u8]; N]) -> Result<usize> {
    let vector = buffers
        .map(|buffer| IoVector { buffer: buffer.as_ptr() as u64, capacity: buffer.len() as u64 });
    let mut actual = 0;
    // SAFETY: the buffers are borrowed until here.
    Status::ok(unsafe {
        syscalls::stream_writev(stream.into_raw(), options, vector.as_ptr(), N, &mut actual)
    })?;
    Ok(actual)
}

/// Moves the seek offset, and returns it.
///
/// # Errors
/// INVALID_ARGS, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn seek(stream: Handle, origin: SeekOrigin, offset: i64) -> Result<u64> {
    let mut seek = 0;
    // SAFETY: `seek` is valid for the write.
    Status::ok(unsafe {
        syscalls::stream_seek(stream.into_raw(), origin as u32, offset, &mut seek)
    })?;
    Ok(seek)
}
