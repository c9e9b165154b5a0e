//! Options of sockets (zircon/types.h).

/// `ZX_SOCKET_STREAM`: bytes in a row.
pub const SOCKET_STREAM: u32 = 0;
/// `ZX_SOCKET_DATAGRAM`: each write is read as a whole.
pub const SOCKET_DATAGRAM: u32 = 1;
/// `ZX_SOCKET_PEEK`: what is read stays.
pub const SOCKET_PEEK: u32 = 8;
/// `ZX_SOCKET_DISPOSITION_WRITE_DISABLED`
pub const SOCKET_DISPOSITION_WRITE_DISABLED: u32 = 1;
/// `ZX_SOCKET_DISPOSITION_WRITE_ENABLED`
pub const SOCKET_DISPOSITION_WRITE_ENABLED: u32 = 2;
/// `ZX_SOCKET_SHUTDOWN_WRITE`, of 2020.
pub const SOCKET_SHUTDOWN_WRITE: u32 = 1;
/// `ZX_SOCKET_SHUTDOWN_READ`, of 2020.
pub const SOCKET_SHUTDOWN_READ: u32 = 2;
