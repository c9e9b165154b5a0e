//! Channels.

use zx_abi::{ChannelCallArgs, Result, Status};

use crate::{Handle, syscalls};

/// Creates a channel, and returns its two ends.
///
/// # Errors
/// NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create() -> Result<(Handle, Handle)> {
    let (mut one, mut other) = (0, 0);
    // SAFETY: both are valid for the writes.
    Status::ok(unsafe { syscalls::channel_create(0, &mut one, &mut other) })?;
    Ok((Handle::from_raw(one), Handle::from_raw(other)))
}

/// Reads the next message, which must fit.
///
/// # Errors
/// SHOULD_WAIT, PEER_CLOSED, BUFFER_TOO_SMALL (the message stays), BAD_HANDLE, WRONG_TYPE,
/// ACCESS_DENIED.
pub fn read<'b, 'h>(
    channel: Handle,
    bytes: &'b mut [u8],
    handles: &'h mut [Handle],
) -> Result<(&'b mut [u8], &'h mut [Handle])> {
    let (mut actual_bytes, mut actual_handles) = (0, 0);
    // SAFETY: the buffers have the sizes passed, or more; a `Handle` is a raw handle.
    Status::ok(unsafe {
        syscalls::channel_read(
            channel.into_raw(),
            0,
            bytes.as_mut_ptr(),
            handles.as_mut_ptr().cast(),
            u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            u32::try_from(handles.len()).unwrap_or(u32::MAX),
            &mut actual_bytes,
            &mut actual_handles,
        )
    })?;
    let bytes = bytes.get_mut(..actual_bytes as usize).ok_or(Status::INTERNAL)?;
    let handles = handles.get_mut(..actual_handles as usize).ok_or(Status::INTERNAL)?;
    Ok((bytes, handles))
}

/// Writes a message without handles.
///
/// # Errors
/// PEER_CLOSED, OUT_OF_RANGE (too long), BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn write(channel: Handle, bytes: &[u8]) -> Result {
    let size = u32::try_from(bytes.len()).map_err(|_| Status::OUT_OF_RANGE)?;
    // SAFETY: the bytes have the size passed, and there are no handles.
    Status::ok(unsafe {
        syscalls::channel_write(channel.into_raw(), 0, bytes.as_ptr(), size, core::ptr::null(), 0)
    })
}

/// Sends a message and waits for its reply, whose first four bytes, a number that the kernel
/// chooses, are those of the message. Neither carries handles out.
///
/// # Errors
/// PEER_CLOSED, TIMED_OUT, BUFFER_TOO_SMALL (the reply is lost), INVALID_ARGS (under four bytes),
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn call<'b, 'h>(
    channel: Handle,
    deadline: i64,
    message: &[u8],
    bytes: &'b mut [u8],
    handles: &'h mut [Handle],
) -> Result<(&'b mut [u8], &'h mut [Handle])> {
    let args = ChannelCallArgs {
        wr_bytes: message.as_ptr().expose_provenance() as u64,
        wr_handles: 0,
        rd_bytes: bytes.as_mut_ptr().expose_provenance() as u64,
        rd_handles: handles.as_mut_ptr().expose_provenance() as u64,
        wr_num_bytes: u32::try_from(message.len()).map_err(|_| Status::OUT_OF_RANGE)?,
        wr_num_handles: 0,
        rd_num_bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        rd_num_handles: u32::try_from(handles.len()).unwrap_or(u32::MAX),
    };
    let (mut actual_bytes, mut actual_handles) = (0, 0);
    // SAFETY: the buffers have the sizes in `args`, or more; a `Handle` is a raw handle.
    Status::ok(unsafe {
        syscalls::channel_call(
            channel.into_raw(),
            0,
            deadline,
            &args,
            &mut actual_bytes,
            &mut actual_handles,
        )
    })?;
    let bytes = bytes.get_mut(..actual_bytes as usize).ok_or(Status::INTERNAL)?;
    let handles = handles.get_mut(..actual_handles as usize).ok_or(Status::INTERNAL)?;
    Ok((bytes, handles))
}
