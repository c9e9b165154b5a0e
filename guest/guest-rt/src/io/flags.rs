//! Flags of requests.

use bitflags::bitflags;

bitflags! {
    /// How something is opened (`fuchsia.io/Flags`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u64 {
        /// To connect to services below.
        const PERM_CONNECT = 1;
        /// To read a file's content.
        const PERM_READ_BYTES = 2;
        /// To write it.
        const PERM_WRITE_BYTES = 4;
        /// To execute it.
        const PERM_EXECUTE = 8;
        /// To ask for attributes.
        const PERM_GET_ATTRIBUTES = 0x10;
        /// To set them.
        const PERM_UPDATE_ATTRIBUTES = 0x20;
        /// To list a directory.
        const PERM_ENUMERATE = 0x40;
        /// To open what is below.
        const PERM_TRAVERSE = 0x80;
        /// To make, move and remove entries.
        const PERM_MODIFY_DIRECTORY = 0x100;
        /// What it takes to write, where a directory's own connection allows that.
        const PERM_INHERIT_WRITE = 0x2000;
        /// To execute, likewise.
        const PERM_INHERIT_EXECUTE = 0x4000;
        /// Made, if it does not exist.
        const FLAG_MAYBE_CREATE = 0x1_0000;
        /// Made, if it does not exist; else refused.
        const FLAG_MUST_CREATE = 0x2_0000;
        /// Emptied.
        const FILE_TRUNCATE = 0x4_0000;
        /// A directory.
        const PROTOCOL_DIRECTORY = 0x8_0000;
        /// Every write goes to the end.
        const FILE_APPEND = 0x10_0000;
        /// The node as such, not what is behind it.
        const PROTOCOL_NODE = 0x40_0000;
        /// A protocol other than those of file systems.
        const PROTOCOL_SERVICE = 0x1_0000_0000;
        /// A file.
        const PROTOCOL_FILE = 0x2_0000_0000;
        /// A symbolic link.
        const PROTOCOL_SYMLINK = 0x4_0000_0000;
        /// The new channel begins with an event that says what it leads to.
        const FLAG_SEND_REPRESENTATION = 0x100_0000_0000;

        /// What reading takes.
        const PERM_READABLE = 0xd3;
        /// What writing takes.
        const PERM_WRITABLE = 0x1e5;
        /// What executing takes.
        const PERM_EXECUTABLE = 0xc9;
        /// Kinds of nodes; none of them stands for any.
        const PROTOCOLS = Self::PROTOCOL_SERVICE.bits() | Self::PROTOCOL_DIRECTORY.bits()
            | Self::PROTOCOL_FILE.bits() | Self::PROTOCOL_SYMLINK.bits();

        const _ = !0;
    }
}

bitflags! {
    /// What a VMO of a file's is for (`fuchsia.io/VmoFlags`).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VmoFlags: u32 {
        /// To read.
        const READ = 1;
        /// To write.
        const WRITE = 2;
        /// To execute.
        const EXECUTE = 4;
        /// A copy of one's own.
        const PRIVATE_CLONE = 0x1_0000;
        /// The file's very own.
        const SHARED_BUFFER = 0x2_0000;
    }
}
