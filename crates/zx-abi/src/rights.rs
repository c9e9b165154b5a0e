//! `zx_rights_t` (zircon/rights.h).

bitflags::bitflags! {
    /// What a handle allows its holder to do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Rights: u32 {
        /// The handle may be duplicated.
        const DUPLICATE = 1 << 0;
        /// The handle may be moved into a message.
        const TRANSFER = 1 << 1;
        /// Data may be read.
        const READ = 1 << 2;
        /// Data may be written.
        const WRITE = 1 << 3;
        /// A VMO may be mapped executable.
        const EXECUTE = 1 << 4;
        /// A VMO may be mapped.
        const MAP = 1 << 5;
        /// Properties may be read.
        const GET_PROPERTY = 1 << 6;
        /// Properties may be set.
        const SET_PROPERTY = 1 << 7;
        /// Children may be listed and opened.
        const ENUMERATE = 1 << 8;
        /// A task may be killed.
        const DESTROY = 1 << 9;
        /// A job's policy may be set.
        const SET_POLICY = 1 << 10;
        /// A job's policy may be read.
        const GET_POLICY = 1 << 11;
        /// User signals may be set and cleared.
        const SIGNAL = 1 << 12;
        /// The peer's user signals may be set and cleared.
        const SIGNAL_PEER = 1 << 13;
        /// Signals may be waited for.
        const WAIT = 1 << 14;
        /// Information topics may be queried.
        const INSPECT = 1 << 15;
        /// Child jobs may be created.
        const MANAGE_JOB = 1 << 16;
        /// Processes may be created.
        const MANAGE_PROCESS = 1 << 17;
        /// Threads may be created and started.
        const MANAGE_THREAD = 1 << 18;
        /// A profile may be applied.
        const APPLY_PROFILE = 1 << 19;
        /// A socket's disposition may be set.
        const MANAGE_SOCKET = 1 << 20;
        /// Operations on a VMAR may reach into its children.
        const OP_CHILDREN = 1 << 21;
        /// A VMO may be resized.
        const RESIZE = 1 << 22;
        /// A VMO may be attached.
        const ATTACH_VMO = 1 << 23;
        /// VMOs may be managed.
        const MANAGE_VMO = 1 << 24;
        /// In a request: the rights of the handle at hand.
        const SAME_RIGHTS = 1 << 31;

        /// `ZX_RIGHTS_BASIC`
        const BASIC = Self::TRANSFER.bits() | Self::DUPLICATE.bits() | Self::WAIT.bits()
            | Self::INSPECT.bits();
        /// `ZX_RIGHTS_IO`
        const IO = Self::READ.bits() | Self::WRITE.bits();
        /// `ZX_RIGHTS_PROPERTY`
        const PROPERTY = Self::GET_PROPERTY.bits() | Self::SET_PROPERTY.bits();
        /// `ZX_RIGHTS_POLICY`
        const POLICY = Self::GET_POLICY.bits() | Self::SET_POLICY.bits();
    }
}
