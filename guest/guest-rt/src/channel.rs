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
            size(bytes),
            size(handles),
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
    write_with(channel, bytes, &[])
}

/// Writes a message with handles, which are consumed on every outcome.
///
/// # Errors
/// As [`write`], also for the handles: ACCESS_DENIED without TRANSFER, NOT_SUPPORTED for the
/// channel itself.
pub fn write_with(channel: Handle, bytes: &[u8], handles: &[Handle]) -> Result {
    // SAFETY: bytes and handles have the sizes passed, or more; a `Handle` is a raw handle.
    Status::ok(unsafe {
        syscalls::channel_write(
            channel.into_raw(),
            0,
            bytes.as_ptr(),
            size(bytes),
            handles.as_ptr().cast(),
            size(handles),
        )
    })
}

/// Sends a message with handles, which are consumed on every outcome, and waits for its reply,
/// whose first four bytes, a number that the kernel chooses, are those of the message.
///
/// # Errors
/// As [`write_with`]; TIMED_OUT, BUFFER_TOO_SMALL (the reply is lost), INVALID_ARGS (under four
/// bytes).
pub fn call<'b, 'h>(
    channel: Handle,
    deadline: i64,
    message: &[u8],
    sent: &[Handle],
    bytes: &'b mut [u8],
    handles: &'h mut [Handle],
) -> Result<(&'b mut [u8], &'h mut [Handle])> {
    let args = ChannelCallArgs {
        wr_bytes: message.as_ptr().expose_provenance() as u64,
        wr_handles: sent.as_ptr().expose_provenance() as u64,
        rd_bytes: bytes.as_mut_ptr().expose_provenance() as u64,
        rd_handles: handles.as_mut_ptr().expose_provenance() as u64,
        wr_num_bytes: size(message),
        wr_num_handles: size(sent),
        rd_num_bytes: size(bytes),
        rd_num_handles: size(handles),
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

/// The number of elements as the kernel takes it. It refuses what is too long long before this
/// saturates.
fn size<T>(slice: &[T]) -> u32 {
    u32::try_from(slice.len()).unwrap_or(u32::MAX)
}
