//! The debug log and the kernel's console.

use zx_abi::{DEBUG_WRITE_MAX_LEN, LOG_RECORD_DATA_MAX, Result, Status};

use crate::{Handle, syscalls};

/// Opens the debug log for writing.
///
/// # Errors
/// ACCESS_DENIED, where the kernel wants a resource for it.
pub fn open() -> Result<Handle> {
    let mut log = 0;
    // SAFETY: `log` is valid for the write.
    Status::ok(unsafe { syscalls::debuglog_create(0, 0, &mut log) })?;
    Ok(Handle::from_raw(log))
}

/// Writes lines into the debug log, as records of at most [`LOG_RECORD_DATA_MAX`] bytes each.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn log(log: Handle, text: &[u8]) -> Result {
    // The log ends each record with a newline of its own.
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    for line in text.split(|&byte| byte == b'\n') {
        for record in line.chunks(LOG_RECORD_DATA_MAX) {
            // SAFETY: the record has the size passed.
            Status::ok(unsafe {
                syscalls::debuglog_write(log.into_raw(), 0, record.as_ptr(), record.len())
            })?;
        }
    }
    Ok(())
}

/// Writes to the kernel's console.
///
/// # Errors
/// NOT_SUPPORTED, ACCESS_DENIED.
pub fn write(text: &[u8]) -> Result {
    for part in text.chunks(DEBUG_WRITE_MAX_LEN as usize) {
        // SAFETY: the part has the size passed.
        Status::ok(unsafe { syscalls::debug_write(part.as_ptr(), part.len()) })?;
    }
    Ok(())
}
