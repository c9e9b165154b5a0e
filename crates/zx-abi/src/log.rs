//! The debug log (zircon/syscalls/log.h).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `ZX_LOG_FLAG_READABLE`: option of `zx_debuglog_create`.
pub const LOG_FLAG_READABLE: u32 = 0x4000_0000;
/// Option bits that `zx_debuglog_write` accepts.
pub const LOG_FLAGS_MASK: u32 = 0x10;
/// Bytes of data in one record, at most.
pub const LOG_RECORD_DATA_MAX: usize = 216;
/// Bytes of one record with its header, at most.
pub const LOG_RECORD_MAX: usize = 256;
/// The header of a `zx_log_record_t`, which the data follows. Records of 2020 have no number: their
/// header begins with `padding`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct LogRecordHeader {
    /// Counts all records ever written, from 0.
    pub sequence: u64,
    /// Zero.
    pub padding: u32,
    /// Bytes of data.
    pub datalen: u16,
    /// `DEBUGLOG_*`
    pub severity: u8,
    /// Zero.
    pub flags: u8,
    /// When it was written, in nanoseconds.
    pub timestamp: i64,
    /// The koid of the process that wrote it.
    pub process: u64,
    /// The koid of the thread that wrote it, 0 for the host.
    pub thread: u64,
}

/// Severity of an ordinary record.
pub const LOG_SEVERITY_INFO: u8 = 0x30;
