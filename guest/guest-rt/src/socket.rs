//! Sockets, used as pipes.

use zx_abi::{
    INFO_SOCKET, InfoSocket, PROP_SOCKET_TX_THRESHOLD, Result, SOCKET_DATAGRAM, Signals, Status,
    TIME_INFINITE,
};

use crate::{Handle, syscalls};

/// Reads what is there, and waits if nothing is. 0 means that no more will come.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn read(socket: Handle, buffer: &mut [u8]) -> Result<usize> {
    read_until(socket, buffer, TIME_INFINITE)
}

/// Reads what is there, and waits until a deadline if nothing is. 0 means that no more will come.
///
/// # Errors
/// TIMED_OUT, BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn read_until(socket: Handle, buffer: &mut [u8], deadline: i64) -> Result<usize> {
    loop {
        let mut actual = 0;
        // SAFETY: the buffer has the size passed.
        let status = Status::from_raw(unsafe {
            syscalls::socket_read(
                socket.into_raw(),
                0,
                buffer.as_mut_ptr(),
                buffer.len(),
                &mut actual,
            )
        });
        match status {
            Status::OK => return Ok(actual),
            Status::SHOULD_WAIT => {
                let signals =
                    Signals::READABLE | Signals::PEER_CLOSED | Signals::SOCKET_PEER_WRITE_DISABLED;
                socket.wait(signals, deadline)?;
            }
            // The peer is gone, or has ended its writing.
            Status::PEER_CLOSED | Status::BAD_STATE => return Ok(0),
            error => return Err(error),
        }
    }
}

/// Creates a socket, a stream (`SOCKET_STREAM`) or datagrams (`SOCKET_DATAGRAM`), and returns its two
/// ends.
///
/// # Errors
/// INVALID_ARGS (other options), NO_MEMORY, ACCESS_DENIED (job policy).
pub fn create(options: u32) -> Result<(Handle, Handle)> {
    let (mut one, mut other) = (0, 0);
    // SAFETY: both are valid for the writes.
    Status::ok(unsafe { syscalls::socket_create(options, &mut one, &mut other) })?;
    Ok((Handle::from_raw(one), Handle::from_raw(other)))
}

/// Whether each write is read as a whole. Of what cannot be asked, without INSPECT, it is not known.
pub fn is_datagram(socket: Handle) -> bool {
    let info: Result<InfoSocket> = socket.info(INFO_SOCKET);
    info.is_ok_and(|info| info.options & SOCKET_DATAGRAM != 0)
}

/// Bytes that can be read now.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no INSPECT).
pub fn readable(socket: Handle) -> Result<u64> {
    let info: InfoSocket = socket.info(INFO_SOCKET)?;
    Ok(info.rx_buf_available)
}

/// Ends what can be written, or read, at this end.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED (no MANAGE_SOCKET).
pub fn disable(socket: Handle, write: bool, read: bool) -> Result {
    // `ZX_SOCKET_DISPOSITION_WRITE_DISABLED`
    const DISABLED: u32 = 1;
    let (own, peer) = (if write { DISABLED } else { 0 }, if read { DISABLED } else { 0 });
    // SAFETY: takes no pointer.
    Status::ok(unsafe { syscalls::socket_set_disposition(socket.into_raw(), own, peer) })
}

/// Writes everything, and waits where there is no room.
///
/// # Errors
/// PEER_CLOSED, BAD_STATE (writing has been disabled), BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn write_all(socket: Handle, bytes: &[u8]) -> Result {
    write_until(socket, bytes, TIME_INFINITE).map(drop)
}

/// Writes everything, or what there is room for until a deadline.
///
/// # Errors
/// TIMED_OUT if there was no room at all; as [`write_all`] if nothing has been written, or there is no
/// deadline.
pub fn write_until(socket: Handle, bytes: &[u8], deadline: i64) -> Result<usize> {
    let mut total = 0;
    while let Some(rest) = bytes.get(total..).filter(|rest| !rest.is_empty()) {
        match write(socket, rest) {
            Ok(actual) => total += actual,
            Err(Status::SHOULD_WAIT) => match wait_for_room(socket, rest.len(), deadline) {
                Err(Status::TIMED_OUT) if total > 0 => break,
                waited => waited?,
            },
            // The next write says why.
            Err(_) if total > 0 && deadline != TIME_INFINITE => break,
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

/// Waits until more can be written, after there was no room for so many bytes.
fn wait_for_room(socket: Handle, size: usize, deadline: i64) -> Result {
    let mut signals = Signals::WRITABLE;
    // There is room, but not for a datagram of this size.
    if socket.wait(signals, 0).is_ok() && is_datagram(socket) {
        socket.set_property(PROP_SOCKET_TX_THRESHOLD, size as u64)?;
        signals = Signals::SOCKET_WRITE_THRESHOLD;
    }
    let ends = Signals::PEER_CLOSED | Signals::SOCKET_WRITE_DISABLED;
    socket.wait(signals | ends, deadline).map(drop)
}

fn write(socket: Handle, bytes: &[u8]) -> Result<usize> {
    let mut actual = 0;
    // SAFETY: the bytes have the size passed.
    Status::ok(unsafe {
        syscalls::socket_write(socket.into_raw(), 0, bytes.as_ptr(), bytes.len(), &mut actual)
    })?;
    Ok(actual)
}
