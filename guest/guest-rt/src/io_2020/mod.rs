//! Clients of `fuchsia.io` as it was in 2020: files and directories that another process serves. The
//! channels belong to the caller.

pub mod directory;
pub mod file;
pub mod node;

use bitflags::bitflags;

/// Bytes that one message reads or writes, at most.
pub const MAX_BUF: usize = 8192;
/// Bytes of a path, at most.
pub const MAX_PATH: usize = 4096;

bitflags! {
    /// How something is opened or cloned.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenFlags: u32 {
        /// To read.
        const READABLE = 1;
        /// To write.
        const WRITABLE = 2;
        /// To execute.
        const EXECUTABLE = 8;
        /// Made, if it does not exist.
        const CREATE = 0x1_0000;
        /// Only if it did not exist.
        const CREATE_IF_ABSENT = 0x2_0000;
        /// Emptied.
        const TRUNCATE = 0x4_0000;
        /// Only if it is a directory.
        const DIRECTORY = 0x8_0000;
        /// Every write goes to the end.
        const APPEND = 0x10_0000;
        /// The node as such, not what is behind it.
        const NODE_REFERENCE = 0x40_0000;
        /// The new channel begins with an event, `OnOpen`.
        const DESCRIBE = 0x80_0000;
        /// Only if it is no directory.
        const NOT_DIRECTORY = 0x200_0000;
        /// A clone has all rights of its original.
        const CLONE_SAME_RIGHTS = 0x400_0000;
        /// To write, if a directory allows that.
        const POSIX_WRITABLE = 0x800_0000;
        /// To execute, likewise.
        const POSIX_EXECUTABLE = 0x1000_0000;

        const _ = !0;
    }
}

bitflags! {
    /// What a VMO of a file's is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VmoFlags: u32 {
        /// To read.
        const READ = 1;
        /// To execute.
        const EXEC = 4;
        /// A copy of one's own.
        const PRIVATE = 0x1_0000;
    }
}

/// Types of directory entries (`DIRENT_TYPE_*`).
pub mod dirent {
    /// A directory.
    pub const DIRECTORY: u8 = 4;
    /// A service.
    pub const SERVICE: u8 = 16;
    /// The number of a node that has none.
    pub const INO_UNKNOWN: u64 = u64::MAX;
}
