//! The debug log (zircon/syscalls/log.h).

/// `ZX_LOG_FLAG_READABLE`: option of `zx_debuglog_create`.
pub const LOG_FLAG_READABLE: u32 = 0x4000_0000;
/// Option bits that `zx_debuglog_write` accepts.
pub const LOG_FLAGS_MASK: u32 = 0x10;
/// Bytes of data in one record, at most.
pub const LOG_RECORD_DATA_MAX: usize = 216;
/// Bytes of one record with its header, at most.
pub const LOG_RECORD_MAX: usize = 256;
/// Severity of an ordinary record.
pub const LOG_SEVERITY_INFO: u8 = 0x30;
